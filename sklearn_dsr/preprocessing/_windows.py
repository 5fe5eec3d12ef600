"""Delay vectors, and which rows have a complete past."""

import numpy as np


def delay_vectors(values, times, lags):
    """Delay vectors of the rows `times`, with the copies in the order of `lags`.

    Parameters
    ----------
    values : ndarray of shape (n_rows, d)
    times : ndarray of shape (n_times,)
        Row numbers, each at least the largest lag.
    lags : sequence of int
        Ages of the copies in rows.

    Returns
    -------
    ndarray of shape (n_times, n_lags * d)
    """
    return np.concatenate([values[times - age] for age in lags], axis=1)


def complete_spans(trajectories, past):
    """Yield (a, b) for each gap-free piece: rows a..b - 1 have `past` rows before them in it."""
    for a, b in zip(trajectories.starts, trajectories.stops, strict=True):
        if b - a > past:
            yield int(a) + past, int(b)


def kept_rows(trajectories, past, boundary):
    """Mask (n_rows,) of the rows that an embedding returns.

    Parameters
    ----------
    trajectories : Trajectories
    past : int
        Rows that a delay vector needs before its own row.
    boundary : {"nan", "drop"}
        "nan" keeps all rows. "drop" keeps the complete ones, and one row between two pieces of a
        trajectory.

    Returns
    -------
    ndarray of bool of shape (n_rows,)
    """
    kept = np.full(len(trajectories.values), boundary == "nan")
    trajectory_before = -1  # the trajectory that the last complete span lies in
    for a, b in complete_spans(trajectories, past):
        kept[a:b] = True
        trajectory = np.searchsorted(trajectories.offsets, a, side="right")
        if trajectory == trajectory_before:
            kept[a - 1] = True  # a row of NaN that separates the two pieces
        trajectory_before = trajectory
    return kept


def check_length(trajectories, lags):
    """Raise a ValueError if no gap-free piece is long enough for one delay vector."""
    needed = int(lags[-1]) + 1
    if trajectories.longest >= needed:
        return
    found = f"The longest gap-free piece of X has n_samples={trajectories.longest} rows, but "
    steps = np.unique(np.diff(lags))
    if len(steps) > 1:
        raise ValueError(
            f"{found}a delay vector with lags up to {lags[-1]} needs {needed}. Give a longer "
            "piece, or leave out the largest lags."
        )
    lag = int(steps[0]) if len(steps) else 1
    most = 1 + max(trajectories.longest - 1, 0) // lag
    raise ValueError(
        f"{found}a delay vector of {len(lags)} copies {lag} rows apart needs {needed}. Give a "
        f"longer piece, or set n_delays to at most {most} at this lag, or a smaller lag."
    )
