"""Lags of a non-uniform delay embedding: continuity peaks, kept while they lower the cost."""

import numpy as np
from scipy.stats import binom

from ._embedding_dimension import fewest, is_settled, make_library, tolerance
from ._windows import delay_vectors

# Candidate lags reach up to so many times the scale of the series.
_REACH = 4
# Sizes of neighbourhoods in the continuity statistic, and the level of its test.
_SIZES, _LEVEL = np.arange(8, 14), 0.05
# Rows in whose neighbourhoods the statistic is taken, and peaks whose cost is computed.
_MOST_FIDUCIALS, _MOST_PEAKS = 1000, 12


def pecuzal_lags(series, scale, window, max_delays):
    r"""Lags by PECUZAL (Kraemer et al. [1]_), the same for all columns.

    From the present row on, the lag is added that gives the lowest noise amplification L (see
    :meth:`Library.cost`) among the peaks of the continuity statistic
    :math:`\langle \epsilon^* \rangle(\tau)`. Kept are as few as reach the lowest L but for the
    tolerance, as in :func:`count_delays`: [1]_ ends at the first lag that does not lower L, where a
    series that needs two more lags at once is lost, and takes the best of several horizons.

    Parameters
    ----------
    series : History
    scale : int
        Horizon of the cost; candidate lags reach up to four times this.
    window : int
        Theiler window in rows.
    max_delays : int

    Returns
    -------
    lags : ndarray of int
        From 0 on, increasing.
    costs : ndarray of shape (n_tried,)
        Cost with one, two, ... lags in the order in which they were added, dropped ones too.

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
    r"""Mean of the smallest radius at which the present state still tells x_{t - lag}.

    For a neighbourhood of n rows the map to :math:`x_{t - \tau}` is accepted as continuous at
    radius :math:`\epsilon` if so many of them land within it that coin tosses would do so in 5 % of
    cases only; :math:`\epsilon^*` is the smallest such radius over n = 8..13. Large values mark
    lags that are independent of the embedding so far. O(n_queries max_lag d).

    Parameters
    ----------
    library : Library
    lags : list of int
        Embedding so far.
    max_lag : int

    Returns
    -------
    ndarray of shape (max_lag + 1,)
        Averaged over rows and columns.
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
    """Lags of the highest local maxima, the ends included, but those used already."""
    padded = np.concatenate([[-np.inf], statistic, [-np.inf]])
    peaks = np.flatnonzero((statistic >= padded[:-2]) & (statistic > padded[2:]))
    peaks = peaks[~np.isin(peaks, lags)]
    return peaks[np.argsort(-statistic[peaks], kind="stable")][:_MOST_PEAKS]
