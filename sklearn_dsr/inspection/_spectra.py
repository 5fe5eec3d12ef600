"""Power spectral densities of series: smoothed as in D_H, and by Welch's method."""

import numpy as np
from scipy.fft import rfftfreq
from scipy.signal import welch

from ..metrics._spectrum import common_length, cut_to_length, smoothed_spectrum

# A Welch spectrum averages over windows of this share of the series, and of so many rows at least.
_WINDOW, _LEAST = 8, 32


class Spectra:
    """Spectra of gap-free parts (n_i, n_columns), all cut to `length` rows.

    Attributes
    ----------
    share : ndarray of shape (n_frequencies, n_columns)
        Smoothed periodogram, of sum 1; 0 for a constant column.
    density : ndarray of shape (n_frequencies, n_columns)
        The same with the variance as its integral.
    frequency : ndarray of shape (n_frequencies,)
    welch : ndarray of shape (n_welch, n_columns)
        Density by Welch's method: finer than the smoothed one for short series, but noisier.
    welch_frequency : ndarray of shape (n_welch,)
    """

    def __init__(self, parts, length, sigma, dt):
        stack = cut_to_length(parts, length)
        self.share = smoothed_spectrum(stack, sigma=sigma)
        self.density = self.share * stack.var(axis=(0, 1)) * length * dt
        self.frequency = rfftfreq(length, dt)
        n_window = min(length, max(length // _WINDOW, _LEAST))
        centred = stack - stack.mean(axis=(0, 1))
        self.welch_frequency, density = welch(
            centred, fs=1.0 / dt, nperseg=n_window, detrend=False, axis=1
        )
        # Of a constant column, rounding errors have a spectrum too.
        self.welch = np.where(self.share.any(axis=0), density.mean(axis=0), 0.0)


def length_in_common(*series):
    """Rows to which the parts of all series are cut."""
    return min(common_length(parts) for parts in series)
