"""Lags of a non-uniform delay embedding by PECUZAL."""

import numpy as np
from scipy.stats import binom

from ._embedding_dimension import fewest, is_settled, make_library, tolerance
from ._windows import delay_vectors

# Largest candidate lag in units of the scale of the series.
_REACH = 4
# Sizes of neighbourhoods in the continuity statistic, and the significance level of its test.
_SIZES, _LEVEL = np.arange(8, 14), 0.05
# Largest numbers of neighbourhoods in the statistic, and of peaks whose cost is computed.
_MOST_FIDUCIALS, _MOST_PEAKS = 1000, 12


def pecuzal_lags(series, scale, window, max_delays):
    r"""Lags by PECUZAL (Kraemer et al. [1]_), the same for all columns.

    The embedding starts with the present row. Each round adds the lag with the lowest noise
    amplification L (see :meth:`Library.cost`) among the peaks of the continuity statistic
    :math:`\langle \epsilon^* \rangle(\tau)`. The result has the fewest lags that reach the lowest
    L, up to the tolerance of :func:`count_delays`. In contrast, [1]_ stops at the first lag that
    does not lower L, and fails if a series needs two more lags at once. It also takes the best of
    several horizons.

    Parameters
    ----------
    series : History
    scale : int
        Horizon of the cost. Candidate lags are at most four times as large.
    window : int
        Theiler window in rows.
    max_delays : int

    Returns
    -------
    lags : ndarray of int
        Increasing, 0 first.
    costs : ndarray of shape (n_tried,)
        Cost with 1, 2, ... lags, in the order in which they were added, before the cut.

    References
    ----------
    .. [1] K. H. Kraemer et al. (2021). "A unified and automated approach to attractor
       reconstruction". New Journal of Physics 23, 033017.
    """
    library, n_steps = make_library(series, scale, window, _REACH)
    lags = [0]
    if library is None:
        return np.array(lags), np.zeros(0)
    costs = [library.cost(delay_vectors(series.values, library.times, lags))]
    worth = tolerance(library)
    while len(lags) < max_delays and n_steps and not is_settled(costs, worth):
        statistic = continuity(library, lags, n_steps * scale)
        tried = []
        for peak in _peaks(statistic, lags):
            vectors = delay_vectors(series.values, library.times, [*lags, peak])
            tried.append((library.cost(vectors), peak))
        if not tried:
            break
        cost, peak = min(tried)
        lags.append(int(peak))
        costs.append(cost)
    return np.sort(lags[: fewest(costs, worth)]), np.array(costs)


def continuity(library, lags, max_lag):
    r"""Continuity statistic: mean radius within which the state determines x_{t - lag}.

    Take a neighbourhood of n rows. The map to :math:`x_{t - \tau}` counts as continuous at radius
    :math:`\epsilon` if more images lie within this radius than coin tosses allow at a level of 5 %.
    :math:`\epsilon^*` is the smallest such radius over n = 8..13. Lags with large values are
    independent of the embedding so far. Takes O(n_queries max_lag d) time.

    Parameters
    ----------
    library : Library
    lags : list of int
        Embedding so far.
    max_lag : int

    Returns
    -------
    ndarray of shape (max_lag + 1,)
        Mean over rows and columns.
    """
    vectors = delay_vectors(library.values, library.times, lags)
    near = library.neighbors(vectors, int(_SIZES[-1]))
    known = np.flatnonzero(near[:, 0] >= 0)
    if len(known) == 0:
        return np.zeros(max_lag + 1)
    known = known[np.linspace(0, len(known) - 1, min(len(known), _MOST_FIDUCIALS)).astype(int)]
    center, around = library.times[library.queries[known]], library.times[near[known]]
    needed = binom.isf(_LEVEL, _SIZES, 0.5).astype(int) + 1
    statistic = np.zeros(max_lag + 1)
    for lag in range(max_lag + 1):
        here = library.values[center - lag, np.newaxis]
        distance = np.abs(library.values[around - lag] - here)
        radii = [
            np.partition(distance[:, :n], k - 1, axis=1)[:, k - 1]
            for n, k in zip(_SIZES, needed, strict=True)
        ]
        statistic[lag] = np.mean(np.min(radii, axis=0))
    return statistic


def _peaks(statistic, lags):
    """Lags of the highest local maxima, ends included, without those in use."""
    padded = np.concatenate([[-np.inf], statistic, [-np.inf]])
    peaks = np.flatnonzero((statistic >= padded[:-2]) & (statistic > padded[2:]))
    peaks = peaks[~np.isin(peaks, lags)]
    return peaks[np.argsort(-statistic[peaks], kind="stable")][:_MOST_PEAKS]
