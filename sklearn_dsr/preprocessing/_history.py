"""Standardised rows of X with their position in their gap-free piece, for automatic choices."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class History:
    """Standardised rows outside gaps, with the numbers of rows before and after each.

    Attributes
    ----------
    values : ndarray of shape (n_rows, d)
        All gap-free pieces in their order. Columns have mean 0 and standard deviation 1. Constant
        columns are left out, so d may be 0.
    age, ahead : ndarray of shape (n_rows,)
        Numbers of rows before and after each row in its piece.
    """

    values: np.ndarray
    age: np.ndarray
    ahead: np.ndarray

    @property
    def max_lag(self):
        """Largest lag worth trying: a tenth of the longest piece, at least 1."""
        return max((int(np.max(self.age, initial=0)) + 1) // 10, 1)

    def times(self, past, future=0, n_most=None):
        """Rows with `past` rows before and `future` rows after them, `n_most` at most.

        Too many rows are sampled at random, because a regular sample sees a periodic series at few
        phases only. The seed is fixed.
        """
        times = np.flatnonzero((self.age >= past) & (self.ahead >= future))
        if n_most is None or len(times) <= n_most:
            return times
        return np.sort(np.random.default_rng(0).choice(times, n_most, replace=False))


def history(trajectories):
    """Prepare trajectories for the automatic choices.

    Parameters
    ----------
    trajectories : Trajectories

    Returns
    -------
    History
    """
    spans = list(zip(trajectories.starts, trajectories.stops, strict=True))
    rows = np.concatenate([np.zeros((0, trajectories.values.shape[1])), *trajectories.segments()])
    age = np.concatenate([np.zeros(0, dtype=int), *(np.arange(b - a) for a, b in spans)])
    ahead = np.concatenate([age[:0], *(np.arange(b - a)[::-1] for a, b in spans)])
    if len(rows) == 0:
        return History(rows[:, :0], age, ahead)
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    moving = scale > 1e-12 * np.abs(rows).max(axis=0)
    return History((rows[:, moving] - mean[moving]) / scale[moving], age, ahead)
