"""Labels of the rows after an index, with its form and step."""

import numpy as np

from .calendar import dates_after
from .index_times import as_labels, as_times

# Last rows that determine the step of an index, because it may change.
_RECENT = 1000


def labels_after(index, n_steps):
    """Index of the `n_steps` rows after those of `index`.

    Parameters
    ----------
    index : pandas.Index
        With several levels, the last one continues that of the last trajectory.
    n_steps : int

    Returns
    -------
    pandas.Index
        Labels with the usual step, dates by their calendar. An index without a step, such as
        words, is followed by row numbers.

    Raises
    ------
    ValueError
        If the last label is missing.
    """
    import pandas as pd  # installed if X is a DataFrame

    if index.nlevels == 1:
        return _labels(pd, index, n_steps)
    ids, recent = index.droplevel(-1)[-_RECENT:], index[-_RECENT:]
    own = recent[np.asarray(ids == ids[-1])].get_level_values(-1)
    levels = [index.get_level_values(k)[-1:].repeat(n_steps) for k in range(index.nlevels - 1)]
    return pd.MultiIndex.from_arrays([*levels, _labels(pd, own, n_steps)], names=index.names)


def _labels(pd, index, n_steps):
    if isinstance(index, pd.RangeIndex) and len(index):
        return pd.Index(index[-1] + index.step * np.arange(1, n_steps + 1), name=index.name)
    if isinstance(index, pd.IntervalIndex):
        ends = _labels(pd, index.left, n_steps + 1)
        return pd.IntervalIndex.from_breaks(ends, closed=index.closed, name=index.name)
    recent = as_times(index[-_RECENT:])
    if recent is not None and len(index):
        if pd.isna(recent[-1]):
            raise ValueError(
                "The last row of X has no time in the index, so forecasts have no times. Give it a "
                "time, or leave the row out."
            )
        later = _times_after(pd, recent, n_steps)
        if later is not None:
            return as_labels(later, index)
    return pd.Index(len(index) + np.arange(n_steps), name=index.name)


def _times_after(pd, times, n_steps):
    """Times after the last one, or None without a step."""
    ahead = np.arange(1, n_steps + 1)
    freq = getattr(times, "freq", None)
    known = times[~pd.isna(times)]
    if isinstance(times, pd.Index) and isinstance(times.dtype, pd.Int64Dtype):
        known = known.to_numpy(dtype=np.int64)
    if isinstance(times, pd.PeriodIndex):
        steps = np.diff(known.asi8)  # a period may have several units
        n = max(round(np.median(steps) / freq.n), 1) if len(steps) else 1
        return times[-1:].repeat(n_steps) + n * ahead
    if freq is not None:
        several = pd.date_range if isinstance(times, pd.DatetimeIndex) else pd.timedelta_range
        return several(times[-1], periods=n_steps + 1, freq=freq)[1:].as_unit(times.unit)
    if isinstance(times, pd.DatetimeIndex):
        return dates_after(known, n_steps)
    step = np.median(np.diff(getattr(known, "asi8", known))) if len(known) > 1 else 0
    if isinstance(times, pd.TimedeltaIndex):
        unit = f"timedelta64[{times.unit}]"
        later = times.values[-1] + (int(step) * ahead).astype(unit)
        return pd.TimedeltaIndex(later) if step else None
    whole = known.dtype.kind == "i" and step == int(step)
    return pd.Index(times[-1] + (int(step) if whole else step) * ahead) if len(known) > 1 else None
