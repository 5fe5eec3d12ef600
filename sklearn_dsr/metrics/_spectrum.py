"""How much two series differ in their power spectra and in their amplitudes."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import rfft
from scipy.ndimage import correlate1d

from .._core.linalg import exponential
from .._data.trajectories import pooled
from .._data.types import Floats
from .._data.validation import LARGEST, check_real
from .._data.warning_level import level
from ..exceptions import DataWarning
from ._inputs import check_pair

SIGMA = 20.0  # bins, as Hess et al. (2023)
# A sine and white noise are as different as spectra can be. Where the smoothing leaves them less
# than half of the range of D_H apart, D_H says nothing of spectra that differ less.
TELLING = 0.5


def power_spectrum_hellinger(
    true: ArrayLike, generated: ArrayLike, *, sigma: float = SIGMA
) -> float:
    r"""Hellinger distance D_H of the smoothed power spectra, mean over the columns.

    The periodogram \|rfft\|^2 of each centred column is smoothed by a Gaussian over the frequency
    bins and normalised to sum 1. For the spectra f (true) and g (generated) of a column,

    .. math:: H = \sqrt{\tfrac12 \sum_\omega (\sqrt{f_\omega} - \sqrt{g_\omega})^2}

    D_H is the mean of H over the columns [1]_. The smoothing mirrors the spectrum at its ends and
    cuts the Gaussian at 4 `sigma`.

    Parameters
    ----------
    true : array-like of shape (n_samples, n_features), list of such, or 3-D array
        True series; a row that holds NaN is a gap.
    generated : array-like of shape (n_generated, n_features), list of such, or 3-D array
        Generated series; non-finite values are allowed.
    sigma : float, default=20
        Standard deviation of the smoothing in frequency bins, at least 0 (no smoothing).

    Returns
    -------
    float
        Distance in [0, 1], 0 for identical series. A column counts 1 if one of its series is
        constant and the other is not, and 0 if both are constant. The result is 1 if `generated`
        holds a value that is not finite or beyond 1e100.

    Raises
    ------
    TypeError
        If a number is of the wrong type.
    ValueError
        If `true` holds infinity or has no row without NaN; if `generated` has no row or another
        width; if `sigma` is negative or not finite.

    Warns
    -----
    DataWarning
        If the common length is below 17.8 `sigma` rows, 357 for the default: the smoothing then
        hides the difference between a sine and white noise.

    See Also
    --------
    standard_deviation_ratio : Compares the amplitudes, which D_H ignores.
    state_space_divergence : Compares where the series are, which D_H ignores.

    Notes
    -----
    Series of different lengths have different frequency bins. All series are therefore cut to the
    shorter of two lengths, from their start. With several trajectories or gaps, the spectrum of
    each side is the mean over its gap-free pieces; its length is the one that keeps the most rows,
    and shorter pieces are left out.

    `sigma` is in bins, so D_H depends on the length: compare values of equal lengths only.

    D_H ignores amplitudes: a run that dies away at 1e-7 still has a spectrum. Check
    :func:`standard_deviation_ratio` too.

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
    distance, length = distance_and_length(true, generated, sigma)
    if length is not None and length < telling_length(sigma):
        warnings.warn(cannot_tell(length, sigma), DataWarning, stacklevel=level())
    return distance


def distance_and_length(true, generated, sigma=SIGMA):
    """D_H without a warning, and the common length in rows; None if `generated` has diverged."""
    true, generated = check_pair(true, generated)
    if not all(np.all(np.abs(part) <= LARGEST) for part in generated):
        return 1.0, None
    segments = true.segments()
    length = min(common_length(segments), common_length(generated))
    spectra = (
        smoothed_spectrum(cut_to_length(parts, length), sigma=sigma)
        for parts in (segments, generated)
    )
    return spectral_distance(*spectra), length


def telling_length(sigma=SIGMA):
    r"""Rows from which on a sine and white noise have a D_H of `TELLING` or more.

    Smoothing turns the line of the sine into a Gaussian of width sigma, and leaves noise flat over
    the n / 2 bins. Integration gives D_H^2 = 1 - (8 pi sigma^2)^(1/4) / (n / 2)^(1/2).
    """
    return int(np.ceil(2.0 * np.sqrt(8.0 * np.pi) * sigma / (1.0 - TELLING**2) ** 2))


def cannot_tell(length, sigma=SIGMA):
    """Two sentences for series that are too short for D_H."""
    return (
        f"D_H compares {length} rows, and its smoothing over {sigma:g} frequency bins hides even "
        f"the difference between a sine and white noise below {telling_length(sigma)} rows. Give "
        "longer series, or look at the Welch spectra of PowerSpectrumDisplay."
    )


def common_length(segments):
    """Length that keeps the most rows if longer segments are cut to it and shorter ones dropped."""
    lengths = np.sort([len(segment) for segment in segments])[::-1]
    return int(lengths[np.argmax(lengths * np.arange(1, len(lengths) + 1))])


def cut_to_length(segments, length):
    """First `length` rows of each segment that is long enough, (n_kept, length, n_features)."""
    return np.stack([segment[:length] for segment in segments if len(segment) >= length])


def smoothed_spectrum(series, *, sigma=SIGMA):
    """Smoothed power spectrum of each column, normalised to sum 1.

    Parameters
    ----------
    series : ndarray of shape (n, n_features) or (n_segments, n, n_features)
        Finite values. A 3-D array gives the mean of the periodograms of its segments.
    sigma : float, default=20
        Standard deviation of the smoothing in frequency bins.

    Returns
    -------
    ndarray of shape (n // 2 + 1, n_features)
        Columns sum to 1; the column of a constant series is 0.
    """
    stack = series if series.ndim == 3 else series[np.newaxis]
    # Scaled per column of the whole stack: a quiet segment keeps its small share of the power.
    # The factor cancels below. The range of tiny values does not underflow; their variance does.
    # Columns go first in a copy: numpy is slow along the outer axes of a narrow array.
    columns = np.array(np.moveaxis(stack, -1, 0), order="C")
    low, high, mean = (f(columns, axis=(1, 2)) for f in (np.min, np.max, np.mean))
    span = high - low
    # A change in the last digits is rounding, not motion.
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
    # A constant column has no spectrum: the formula would give sqrt(1/2) against a moving one.
    one_constant = true_spectrum.any(axis=0) != generated_spectrum.any(axis=0)
    return float(np.mean(np.where(one_constant, 1.0, np.minimum(distance, 1.0))))


def standard_deviation_ratio(true: ArrayLike, generated: ArrayLike) -> Floats:
    """Standard deviation of the generated series, divided by the true one, per column.

    A ratio of 1 means the right amplitude, and 0 a run that died away.

    Parameters
    ----------
    true : array-like of shape (n_samples, n_features), list of such, or 3-D array
        True series. Trajectories are pooled, and rows with NaN are left out.
    generated : array-like of shape (n_generated, n_features), list of such, or 3-D array
        Generated series; non-finite values are allowed.

    Returns
    -------
    ndarray of shape (n_features,)
        Ratios in [0, inf], never NaN. A column with a generated value that is not finite or beyond
        1e100 gives inf. A constant true column gives 1 if the generated one is constant too, and
        inf otherwise.

    Raises
    ------
    ValueError
        If `true` holds infinity or has no row without NaN; if `generated` has no row or another
        width.

    See Also
    --------
    power_spectrum_hellinger : Compares the spectra without their amplitudes.

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
    # The rounded mean of equal values can differ from the values.
    return np.where(rows.min(axis=0) == rows.max(axis=0), 0.0, rows.std(axis=0))
