"""The time axis of a forecast: the index of a frame, or the time since the last row."""

import numpy as np


def times(past, future, n_past, n_steps, dt):
    """Times of the last rows of data and of the forecast rows, and the name of the axis.

    Parameters
    ----------
    past, future : DataFrame or other
        Data and forecast. If both are frames with numbers or dates, their indices are the times.
    n_past, n_steps : int
        How many rows of data and of the forecast are drawn.
    dt : float
        Time between two rows.

    Returns
    -------
    past_time, time : ndarray of shape (n_past,), ndarray of shape (n_steps,)
    name : str
    """
    indices = [_plain(frame) for frame in (past, future)]
    if all(index is not None for index in indices):
        before, after = (index.to_numpy() for index in indices)
        name = str(indices[0].name or "time")
        if before.dtype.kind == "m":
            before, after = (t / np.timedelta64(1, "s") for t in (before, after))
            name += " (s)"
        return before[len(before) - n_past :], after[:n_steps], name
    steps = np.arange(1 - n_past, n_steps + 1) * dt
    return steps[:n_past], steps[n_past:], "time after the last row"


def _plain(frame):
    """Index of a frame as numbers or dates without a zone; None if it is of another kind."""
    index = getattr(frame, "index", None)
    if not hasattr(index, "get_level_values"):
        return None
    index = index.get_level_values(index.nlevels - 1)
    if hasattr(index, "to_timestamp"):
        index = index.to_timestamp()
    if getattr(index, "tz", None) is not None:
        index = index.tz_localize(None)
    return index if index.dtype.kind in "iufMm" else None
