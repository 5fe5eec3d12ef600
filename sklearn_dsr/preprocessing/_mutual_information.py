"""Lag of a delay embedding, by the mutual information of a series and its past."""

import numpy as np

# Largest and least number of pairs per lag, and of pairs in all: about half a second.
_MOST_PAIRS, _LEAST_PAIRS, _MOST_VALUES = 50_000, 5_000, 15_000_000
# Largest number of columns in the mean; they are evenly chosen among more.
_MOST_COLUMNS = 16
# Longest lag in decay times of the autocorrelation, and in rows.
_DECAY_TIMES, _MOST_LAGS = 4, 2_000
# A minimum counts if the curve falls by the first and rises again by the second share of its value
# at lag 1. The lag is the first one within the third share of the minimum, so that it is at the
# start of a flat valley.
_FALL, _RISE, _CLOSE = 0.1, 0.01, 0.02
# A minimum after this number of decay times belongs to a slower motion.
_LATEST = 1.5


def bin_codes(column, n_bins):
    """Bin number of each value, for bins with equal numbers of values; ties share a bin."""
    edges = np.unique(np.quantile(column, np.arange(1, n_bins) / n_bins))
    return np.searchsorted(edges, column, side="right")


def mutual_information(a, b, n_bins):
    r"""Mutual information of two series of bin numbers, in nats.

    .. math:: I = \sum_{ij} p_{ij} \log \frac{p_{ij}}{p_i q_j} - \frac{(B - 1)^2}{2 n}

    with the shares p of pairs per bin. The second term is the mean of the first one for n
    independent pairs and B bins (Miller and Madow).

    Parameters
    ----------
    a, b : ndarray of int of shape (n,)
        Bin numbers, from 0 to n_bins - 1.
    n_bins : int

    Returns
    -------
    float
        About 0 for independent series; sampling noise may make it negative.
    """
    joint = np.bincount(a * n_bins + b, minlength=n_bins**2).reshape(n_bins, n_bins) / len(a)
    product = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    used = joint > 0
    entropy = np.sum(joint[used] * np.log(joint[used] / product[used]))
    return entropy - (n_bins - 1) ** 2 / (2 * len(a))


def mutual_information_lag(series, decay):
    """First minimum of the mutual information of x_t and x_{t - lag}, averaged over the columns.

    Bins hold equal numbers of values, so the curve does not depend on units or on a monotone
    distortion of a column [1]_. Values are blurred by Gaussians with the width of a kernel density
    estimate, n_rows^(-1/6) / 2 standard deviations, because otherwise the curve of a smooth series
    shows the edges of the bins. A valley counts as a minimum if the curve rises after it by 1 % of
    its value at lag 1 and by more than sampling noise. The search ends where no dependence is left.
    Without a minimum up to 1.5 decay times of the autocorrelation, the lag is the decay time.
    Takes O(n_lags n_rows d) time, at most about 0.5 s.

    Parameters
    ----------
    series : History
    decay : int
        Decay time of the autocorrelation in rows.

    Returns
    -------
    lag : int
    curve : ndarray of shape (n_lags,)
        Mutual information in nats at the lags 1, 2, ... that were searched.

    References
    ----------
    .. [1] A. M. Fraser and H. L. Swinney (1986). "Independent coordinates for strange attractors
       from mutual information". Physical Review A 33, 1134-1140.
    """
    n_lags = min(_DECAY_TIMES * decay, series.max_lag, _MOST_LAGS)
    n_columns = min(series.values.shape[1], _MOST_COLUMNS)
    n_most = _MOST_VALUES // (n_lags * max(n_columns, 1))
    n_most = int(np.clip(n_most, _LEAST_PAIRS, _MOST_PAIRS))
    times = series.times(1, n_most=n_most)
    if n_columns == 0 or len(times) < 10:
        return decay, np.zeros(0)
    n_bins = int(np.clip(np.sqrt(len(times) / 20), 4, 32))
    noise = 4 * (n_bins - 1) / (np.sqrt(2 * n_columns) * len(times))  # 4 standard deviations
    present, past = _blurred_codes(series, n_columns, n_bins, times, n_most)
    times, shift = _copies(times, len(series.values), present.shape[1])
    curve, smooth = [], []
    for lag in range(1, n_lags + 1):
        known = series.age[times] >= lag
        t = (times + shift)[known]
        if len(t) < max(10, len(times) // 4):
            break
        pairs = zip(present, past, strict=True)
        curve.append(np.mean([mutual_information(a[t], b[t - lag], n_bins) for a, b in pairs]))
        smooth.append(np.mean(curve[-_width(lag) :]))
        fall, rise = curve[0] - min(smooth), smooth[-1] - min(smooth)
        if fall > _FALL * curve[0] and rise > _RISE * curve[0] + noise:
            lag = int(np.flatnonzero(smooth <= min(smooth) + _CLOSE * fall)[0]) + 1
            lag -= _width(lag) // 2
            return (lag if lag <= _LATEST * decay else decay), np.array(curve)
        if curve[-1] < 2 * noise:
            break
    return decay, np.array(curve)


def _width(lag):
    """Width of the moving average at a lag; it removes false minima of long jagged curves."""
    return 1 + lag // 10


def _copies(times, n_rows, n_all):
    """Row numbers in each copy of the series, and the start of the copy."""
    shift = np.repeat(np.arange(0, n_all, n_rows), len(times))
    return np.tile(times, n_all // n_rows), shift


def _blurred_codes(series, n_columns, n_bins, times, n_most):
    """Bins of present and past values, (n_columns, n_copies * n_rows), blurred independently.

    A short series is repeated in several copies, so that the blur averages out.
    """
    rng = np.random.default_rng(0)
    columns = np.linspace(0, series.values.shape[1] - 1, n_columns).astype(int)
    n_copies = max(min(n_most, 20_000) // len(times), 1)
    values = np.tile(series.values[:, columns].T, n_copies)
    width = 0.5 * len(times) ** (-1 / 6)
    blurred = (values + width * rng.standard_normal(values.shape) for _ in range(2))
    return [np.stack([bin_codes(column, n_bins) for column in v]) for v in blurred]
