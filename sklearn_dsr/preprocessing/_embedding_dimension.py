"""Number of delays of a uniform delay embedding, by its noise amplification."""

import numpy as np

from ._embedding_cost import Library
from ._windows import delay_vectors

# A further copy must lower the decimal logarithm of the cost by this: a factor of 1.12.
WORTH = 0.05
# The search ends after this number of copies without such a decrease.
_PATIENCE = 3
# Least number of rows with a complete past.
_LEAST_ROWS = 30


def tolerance(library):
    """Decrease of the cost that counts: `WORTH` plus the sampling noise of few rows."""
    return WORTH + 1.0 / np.sqrt(max(len(library.queries), 1))


def fewest(costs, worth):
    """Smallest number of copies with a cost within `worth` of the lowest one."""
    return int(np.flatnonzero(np.array(costs) <= min(costs) + worth)[0]) + 1


def is_settled(costs, worth):
    """Whether the last copies did not lower the cost by `worth`."""
    return len(costs) > _PATIENCE and min(costs) > min(costs[:-_PATIENCE]) - worth


def make_library(series, lag, window, n_steps):
    """Library for embeddings with up to `n_steps` multiples of `lag`, fewer if X is too short.

    Parameters
    ----------
    series : History
    lag : int
        Lag, which is also the horizon.
    window : int
        Theiler window.
    n_steps : int
        Number of lags wanted.

    Returns
    -------
    library : Library or None
        None if X is too short or constant.
    n_steps : int
        Number of lags that leave a quarter of the rows, and at least 30, with a complete past.
    """
    for steps in range(n_steps, -1, -1):
        n_complete = np.count_nonzero((series.age >= steps * lag) & (series.ahead >= lag))
        if n_complete >= max(_LEAST_ROWS, len(series.age) / 4) and series.values.shape[1]:
            n_columns = (steps + 1) * series.values.shape[1]
            return Library(series, steps * lag, lag, window, n_columns), steps
    return None, 0


def count_delays(series, lag, window, max_delays):
    """Smallest number of delays with the lowest cost, up to the tolerance.

    The cost is the noise amplification of :meth:`Library.cost` at horizons up to `lag`. White noise
    gets one delay, because past rows do not help there. Takes at most `max_delays` searches for
    neighbours among 40,000 rows: 0.5 s for one column, 2 s for many.

    Parameters
    ----------
    series : History
    lag : int
    window : int
        Theiler window in rows.
    max_delays : int

    Returns
    -------
    n_delays : int
    costs : ndarray of shape (n_tried,)
        Cost with 1, 2, ... delays; empty if X is too short or constant.
    """
    library, n_steps = make_library(series, lag, window, max_delays - 1)
    if library is None:
        return 1, np.zeros(0)
    vectors = delay_vectors(series.values, library.times, lag * np.arange(n_steps + 1))
    costs, worth = [], tolerance(library)
    for m in range(1, n_steps + 2):
        cost = library.cost(vectors[:, : m * series.values.shape[1]])
        if not np.isfinite(cost):
            break
        costs.append(cost)
        if is_settled(costs, worth):
            break
    return (fewest(costs, worth) if costs else 1), np.array(costs)
