"""Row numbers from the times in the index of a DataFrame."""

from dataclasses import dataclass

import numpy as np

BUSINESS = "B"
# Largest deviation of a time from the count, in steps: months differ by a tenth.
_OFF = 0.25


@dataclass(frozen=True)
class Clock:
    """Counts rows by their times, from the first row of a fit.

    Attributes
    ----------
    first, step : float
        Time of the first row, and time between two rows.
    freq : str, or None
        Frequency whose periods or business days are counted; None counts microseconds.
    """

    first: float
    step: float
    freq: str | None

    @classmethod
    def of(cls, X):
        """Clock of a DataFrame, or None without equally spaced times."""
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
            # Business days show only in more than a week: weekends are missing then.
            if not step > 0 or (freq == BUSINESS and (usual != 1 or np.ptp(ticks) <= 5)):
                continue
            rows = (ticks - ticks[0]) / step
            if np.max(np.abs(rows - np.rint(rows))) < _OFF:
                return cls(float(ticks[0]), float(step), freq)
        return None

    def rows(self, X):
        """Numbers of the rows of a DataFrame, int (n_rows,), or None without times."""
        index = _times(X, whole=True)
        ticks = None if index is None else _ticks(index, self.freq)
        return None if ticks is None else np.rint((ticks - self.first) / self.step).astype(np.int64)


def _times(X, whole=False):
    """Times in an index, of its first trajectory or of all (`whole`); None without times."""
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
    """Ordinals of periods, business days or microseconds, float64; None if impossible."""
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
    except (ValueError, AttributeError, TypeError):  # a frequency without periods
        return None
