"""Number of a row by the calendar: times of a frame's index, counted in rows of the fit."""

from dataclasses import dataclass

import numpy as np

BUSINESS = "B"
# Share of a step by which times may be off the count: months differ by a tenth.
_OFF = 0.25


@dataclass(frozen=True)
class Clock:
    """Counts rows from the first one of a fit on.

    Attributes
    ----------
    first, step : float
        Time of that row, and between two rows.
    freq : str, or None
        Calendar frequency whose periods, or business days, are counted; None counts microseconds.
    """

    first: float
    step: float
    freq: str | None

    @classmethod
    def of(cls, X):
        """Clock of a frame; None if it has no times, or they are not equally spaced."""
        index = _times(X)
        if index is None or len(index) < 2:
            return None
        for freq in (getattr(index, "freqstr", None) or BUSINESS, BUSINESS, None):
            ticks = _ticks(index, freq)
            if ticks is None:
                continue
            steps = np.diff(ticks)
            usual = np.median(steps)
            # The mean of the regular steps: months are not equally long.
            step = np.mean(steps[np.abs(steps - usual) <= 0.5 * abs(usual)])
            # Every day of more than a week: only then weekends are known to be left out.
            if not step > 0 or (freq == BUSINESS and (usual != 1 or np.ptp(ticks) <= 5)):
                continue
            rows = (ticks - ticks[0]) / step
            if np.max(np.abs(rows - np.rint(rows))) < _OFF:
                return cls(float(ticks[0]), float(step), freq)
        return None

    def rows(self, X):
        """Numbers (n_rows,) of the rows of a frame, int; None if it has no times."""
        index = _times(X, whole=True)
        ticks = None if index is None else _ticks(index, self.freq)
        return None if ticks is None else np.rint((ticks - self.first) / self.step).astype(np.int64)


def _times(X, whole=False):
    """Times of a frame's index, of the first trajectory in it or of all; None if it has none."""
    index = getattr(X, "index", None)
    if index is None or not hasattr(index, "get_level_values") or len(index) == 0:
        return None
    if index.nlevels > 1 and not whole:
        same = np.ones(len(index), dtype=bool)
        for level in range(index.nlevels - 1):
            ids = index.get_level_values(level)
            same &= np.asarray(ids == ids[0])
        index = index[same]
    index = index.get_level_values(index.nlevels - 1)
    return index if hasattr(index, "asi8") and not index.hasnans else None


def _ticks(index, freq):
    """Times as float64: ordinals of periods, business days or microseconds; None if impossible."""
    if getattr(index, "tz", None) is not None:
        index = index.tz_convert(None)
    try:
        if hasattr(index, "to_timestamp"):  # periods
            return index.asfreq(freq or index.freq).asi8.astype(np.float64)
        if freq is None or not hasattr(index, "to_period"):
            return index.as_unit("us").asi8.astype(np.float64)
        if freq == BUSINESS:
            days = index.to_numpy().astype("datetime64[D]")
            count = np.busday_count(np.datetime64("1970-01-01"), days).astype(np.float64)
            return count if np.is_busday(days).all() else None
        return index.to_period(freq).asi8.astype(np.float64)
    except (ValueError, AttributeError, TypeError):  # a frequency that has no periods
        return None
