"""Autocorrelation of a series with gaps, and its decay time."""

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft


def autocorrelation(series, max_lag):
    r"""Autocorrelation, averaged over the columns.

    .. math:: r(\tau) = \frac{1}{d} \sum_j \langle x_{t,j} \, x_{t-\tau,j} \rangle

    where the mean is over all pairs in one gap-free piece. Takes O(n_rows d log n_rows) time.

    Parameters
    ----------
    series : History
        Columns with mean 0 and standard deviation 1.
    max_lag : int
        Largest lag, below the length of the longest piece.

    Returns
    -------
    ndarray of shape (max_lag + 1,)
        Autocorrelation at the lags 0, 1, ..., max_lag.
    """
    total, count = np.zeros(max_lag + 1), np.zeros(max_lag + 1)
    for a in np.flatnonzero(series.age == 0):
        n = int(series.ahead[a]) + 1
        reach = min(max_lag, n - 1) + 1
        size = next_fast_len(n + reach, real=True)
        for column in series.values[a : a + n].T:
            power = np.abs(rfft(column, size)) ** 2
            total[:reach] += irfft(power, size)[:reach]
        count[:reach] += n - np.arange(reach)
    return total / (count * max(series.values.shape[1], 1))


def decay_lag(curve):
    """First lag at which an autocorrelation is below 1/e, or else the last lag.

    Parameters
    ----------
    curve : ndarray of shape (max_lag + 1,)

    Returns
    -------
    int
        At least 1.
    """
    below = np.flatnonzero(curve[1:] < np.exp(-1.0))
    return int(below[0]) + 1 if len(below) else max(len(curve) - 1, 1)
