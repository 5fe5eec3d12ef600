"""How much two series differ in their power spectra, and in their amplitudes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import rfft
from scipy.ndimage import correlate1d

from .._core.linalg import exponential
from .._data.trajectories import pooled
from .._data.types import Floats
from .._data.validation import LARGEST, check_real
from ._inputs import check_pair

SIGMA = 20.0  # bins, as Hess et al. (2023)


def power_spectrum_hellinger(
    true: ArrayLike, generated: ArrayLike, *, sigma: float = SIGMA
) -> float:
    r"""Hellinger distance D_H of the smoothed power spectra, mean over the columns.

    The periodogram \|rfft\|^2 of each centred column is smoothed by a Gaussian over the frequency
    bins and normalised to sum 1. For the spectra f (true) and g (generated) of a column

    .. math:: H = \sqrt{\tfrac12 \sum_\omega (\sqrt{f_\omega} - \sqrt{g_\omega})^2}

    and D_H is the mean of H over the columns [1]_. The smoothing mirrors the spectrum at its ends
    and cuts the Gaussian at 4 `sigma`.

    Parameters
    ----------
    true : array-like (n_samples, n_features), list of such, or 3-D array
        True series; a row that holds NaN is a gap.
    generated : array-like (n_generated, n_features), list of such, or 3-D array
        Generated series, non-finite values allowed.
    sigma : float, default=20
        Standard deviation of the smoothing in frequency bins, at least 0 (no smoothing).

    Returns
    -------
    float
        In [0, 1]. 0 for identical series; 1 in a column where one series is constant and the other
        is not, 0 where both are; 1 if `generated` holds a value that is not finite or beyond 1e100.

    Raises
    ------
    ValueError
        If `true` is infinite somewhere or has no row without NaN; if `generated` has no row or
        another width; if `sigma` is negative or not finite.

    Notes
    -----
    Spectra of different lengths have different bins, so all series are cut to one common length,
    from their start: the shorter of the two. With several trajectories or gaps, each side's
    spectrum is the mean over its gap-free pieces, and its length the one that keeps most rows;
    shorter pieces are left out. `sigma` is in bins: compare figures of equal lengths only.

    The distance ignores amplitudes: look at :func:`standard_deviation_ratio` beside it, since the
    spectrum of a run that dies away at 1e-7 is still a spectrum.

    Cost: O(n_features n (log n + sigma)).

    References
    ----------
    .. [1] Hess et al. (2023), "Generalized teacher forcing for learning chaotic dynamics", ICML,
       PMLR 202:13017, arXiv:2306.04406 (performance measure D_H).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.metrics import power_spectrum_hellinger
    >>> time = np.arange(2000.0).reshape(-1, 1)
    >>> slow, fast = np.sin(0.1 * time), np.sin(time)
    >>> power_spectrum_hellinger(slow, slow)
    0.0
    >>> print(round(power_spectrum_hellinger(slow, fast), 3))
    0.991
    """
    check_real(sigma, "sigma", 0.0)
    true, generated = check_pair(true, generated)
    if not all(np.all(np.abs(part) <= LARGEST) for part in generated):
        return 1.0
    segments = true.segments()
    length = min(common_length(segments), common_length(generated))
    return spectral_distance(
        smoothed_spectrum(cut_to_length(segments, length), sigma=sigma),
        smoothed_spectrum(cut_to_length(generated, length), sigma=sigma),
    )


def common_length(segments):
    """Length that keeps most rows if longer segments are cut to it and shorter ones left out."""
    lengths = np.sort([len(segment) for segment in segments])[::-1]
    return int(lengths[np.argmax(lengths * np.arange(1, len(lengths) + 1))])


def cut_to_length(segments, length):
    """First `length` rows of each segment that has them, (n_long_enough, length, n_features)."""
    return np.stack([segment[:length] for segment in segments if len(segment) >= length])


def smoothed_spectrum(series, *, sigma=SIGMA):
    """Smoothed power spectrum of each column, normalised to sum 1.

    Parameters
    ----------
    series : ndarray of shape (n, n_features) or (n_segments, n, n_features)
        Finite values. For a stack the mean of the segments' periodograms is taken.
    sigma : float, default=20
        Standard deviation of the smoothing in frequency bins.

    Returns
    -------
    ndarray of shape (n // 2 + 1, n_features)
        Columns sum to 1; the column of a constant series is 0.
    """
    stack = series if series.ndim == 3 else series[np.newaxis]
    # Per column of the whole stack, so that a quiet segment keeps its small share of the power.
    # Any common factor cancels below; the range of the smallest values does not underflow as
    # their variance does.
    # A copy with columns first: numpy is slow along the outer axes of a narrow array.
    columns = np.array(np.moveaxis(stack, -1, 0), order="C")
    low, high, mean = (f(columns, axis=(1, 2)) for f in (np.min, np.max, np.mean))
    span = high - low
    # Rounding in the last digits around a fixed point is no motion.
    moving = span > 16 * np.finfo(np.float64).eps * np.maximum(np.abs(low), np.abs(high))
    columns -= mean[:, None, None]
    columns /= np.where(moving, span, 1.0)[:, None, None]
    waves = rfft(columns, axis=2, overwrite_x=True)
    power = np.mean(waves.real**2 + waves.imag**2, axis=1)
    radius = int(4.0 * sigma + 0.5)
    if radius > 0:
        weights = exponential(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
        power = correlate1d(power, weights / weights.sum(), axis=1, mode="mirror")
    power[~moving] = 0.0
    return (power / np.where(moving, power.sum(axis=1), 1.0)[:, None]).T


def spectral_distance(true_spectrum, generated_spectrum):
    """Mean Hellinger distance of the columns of two results of `smoothed_spectrum`, in [0, 1]."""
    difference = np.sqrt(true_spectrum) - np.sqrt(generated_spectrum)
    distance = np.sqrt(0.5 * np.sum(difference**2, axis=0))
    # A constant column has no spectrum; the formula would give sqrt(1/2) against a moving one.
    one_constant = true_spectrum.any(axis=0) != generated_spectrum.any(axis=0)
    return float(np.mean(np.where(one_constant, 1.0, np.minimum(distance, 1.0))))


def standard_deviation_ratio(true: ArrayLike, generated: ArrayLike) -> Floats:
    """Standard deviation of the generated series over that of the true one, per column.

    Parameters
    ----------
    true : array-like (n_samples, n_features), list of such, or 3-D array
        True series; trajectories are pooled, rows with NaN left out.
    generated : array-like (n_generated, n_features), list of such, or 3-D array
        Generated series, non-finite values allowed.

    Returns
    -------
    ndarray of shape (n_features,)
        In [0, inf], never NaN: 0 for a run that died, 1 for the right amplitude, inf for a column
        with a value that is not finite or beyond 1e100. A constant true column gives 1 if the
        generated one is constant too, else inf.

    Raises
    ------
    ValueError
        If `true` is infinite somewhere or has no row without NaN; if `generated` has no row or
        another width.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.metrics import standard_deviation_ratio
    >>> true = np.array([[1.0, 0.0], [-1.0, 3.0]])
    >>> standard_deviation_ratio(true, 0.5 * true + 7.0)
    array([0.5, 0.5])
    """
    true, generated = check_pair(true, generated)
    rows, points = pooled(true.segments()), pooled(generated)
    usable = np.all(np.abs(points) <= LARGEST, axis=0)
    reference, spread = _spread(rows), _spread(np.where(usable, points, 0.0))
    ratio = np.where(spread == 0.0, 1.0, np.inf)
    np.divide(spread, reference, out=ratio, where=reference > 0.0)
    return np.where(usable, ratio, np.inf)


def _spread(rows):
    """Standard deviation per column, (n_features,), exactly 0 for a constant column."""
    # The rounded mean of equal values can differ from them.
    return np.where(rows.min(axis=0) == rows.max(axis=0), 0.0, rows.std(axis=0))
