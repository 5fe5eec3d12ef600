"""At which frequencies data and a model's free run move."""

import numpy as np
from scipy.fft import rfftfreq
from sklearn.utils._optional_dependencies import check_matplotlib_support

from .._data.validation import TINY, check_real
from ..metrics._spectrum import (
    common_length,
    cut_to_length,
    smoothed_spectrum,
    spectral_distance,
)
from ._comparison import Comparison, pick
from ._drawing import DASHED, DATA, MODEL, legend_above, line_style, make_axes, positive

# The axis ends at so many times the frequency below which this share of the data's power lies.
_SHARE, _BEYOND = 0.99, 1.5


class PowerSpectrumDisplay:
    """Power spectral density of data and of a model's free run, one panel per column.

    The periodogram, smoothed by a Gaussian over the frequency bins as in D_H, and scaled such that
    its integral is the variance of the column. Unlike D_H, the picture shows amplitudes.

    Make one with `from_estimator` or `from_trajectories`; the parameters are stored as attributes.

    Parameters
    ----------
    frequency : ndarray of shape (n_frequencies,)
        In units of 1 / dt, from 0 to 1 / (2 dt).
    true, generated : ndarray of shape (n_frequencies, n_shown)
        Power spectral densities in squared units of X times dt; NaN for a run that diverged.
    hellinger : ndarray of shape (n_shown,)
        Hellinger distance D_H of the two in each column, in [0, 1].
    names : sequence of str of length n_shown
        Of the columns.

    Attributes
    ----------
    true_lines_, generated_lines_ : list of Line2D
        What was drawn, one line per column.
    axes_ : ndarray of Axes of shape (n_shown,)
        The panels.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    sklearn_dsr.metrics.power_spectrum_hellinger : D_H, its mean over all columns.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.inspection import PowerSpectrumDisplay
    >>> X, Y = make_lorenz63(5000, random_state=0), make_lorenz63(5000, random_state=1)
    >>> display = PowerSpectrumDisplay.from_trajectories(X, Y, dt=0.01, columns=2)
    >>> display.frequency[-1]
    np.float64(50.0)
    >>> display.axes_[-1].get_xlabel()
    'frequency (1 / unit of time)'
    """

    def __init__(self, *, frequency, true, generated, hellinger, names):
        self.frequency = frequency
        self.true = true
        self.generated = generated
        self.hellinger = hellinger
        self.names = names

    @classmethod
    def from_estimator(cls, estimator, X, *, columns=None, sigma=20, ax=None, **kwargs):
        """Let a fitted model run freely beside X, and draw the spectra of both.

        The run starts from the first complete row of the longest gap-free piece of each trajectory,
        and is as long as that; spectra are means over pieces of a common length.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model; of an ensemble its best member.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        columns : int, str, or sequence of these, default=None
            Which columns, by number or name; None is the first three.
        sigma : float, default=20
            Standard deviation of the smoothing in frequency bins, at least 0 (none).
        ax : Axes, array-like of n_shown Axes, or None, default=None
            None makes a figure.
        kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        PowerSpectrumDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If `columns` or `sigma` is out of range, X is not valid, or `ax` holds other axes.
        TypeError
            If the estimator has no free run.
        ImportError
            If matplotlib is missing.

        Warns
        -----
        ReconstructionWarning
            If the run diverges; it has no spectrum then.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        comparison = Comparison.of_estimator(estimator, X)
        return cls._from_comparison(comparison, columns, sigma).plot(ax=ax, **kwargs)

    @classmethod
    def from_trajectories(
        cls, true, generated, *, dt=1.0, columns=None, sigma=20, ax=None, **kwargs
    ):
        """Draw the spectra of data and of a free run that is there already.

        Parameters
        ----------
        true : array-like or DataFrame of shape (n_true, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        generated : array-like of shape (n_generated, n_features), list of such, or 3-D array
            The run. Both are cut to a common length.
        dt : float, default=1.0
            Time between two rows.
        columns, sigma, ax, kwargs : object
            As in `from_estimator`.

        Returns
        -------
        PowerSpectrumDisplay

        Raises
        ------
        ValueError, ImportError
            As `from_estimator`, or if the two have not the same number of columns.

        Warns
        -----
        ReconstructionWarning
            If the run diverges.
        """
        check_matplotlib_support(f"{cls.__name__}.from_trajectories")
        check_real(dt, "dt", TINY, advice="1.0 counts time in rows.")
        comparison = Comparison.of_trajectories(true, generated, dt)
        return cls._from_comparison(comparison, columns, sigma).plot(ax=ax, **kwargs)

    @classmethod
    def _from_comparison(cls, comparison, columns, sigma):
        check_real(sigma, "sigma", 0.0, advice="20 is usual.")
        shown = pick(columns, comparison.names)
        true, run = (
            [part[:, shown] for part in parts] for parts in (comparison.true, comparison.generated)
        )
        length = common_length(true)
        if not comparison.diverged:
            length = min(length, common_length(run))
        frequency = rfftfreq(length, comparison.dt)
        true_share, true_density = _spectra(true, length, sigma, comparison.dt)
        density = np.full_like(true_density, np.nan)
        hellinger = np.ones(len(shown))
        if not comparison.diverged:
            share, density = _spectra(run, length, sigma, comparison.dt)
            columns = [[k] for k in range(len(shown))]
            hellinger = np.array(
                [spectral_distance(true_share[:, k], share[:, k]) for k in columns]
            )
        return cls(
            frequency=frequency,
            true=true_density,
            generated=density,
            hellinger=hellinger,
            names=tuple(comparison.names[k] for k in shown),
        )

    def plot(self, ax=None, *, max_frequency=None, true_kw=None, generated_kw=None):
        """Draw the spectra of data and free run, one panel per column.

        Parameters
        ----------
        ax : Axes, array-like of n_shown Axes, or None, default=None
            None makes a figure.
        max_frequency : float or None, default=None
            Where the frequency axis ends; None is a little above the frequencies below which 99
            percent of the data's power lie.
        true_kw, generated_kw : dict, default=None
            Arguments of the lines, as for `matplotlib.axes.Axes.plot`.

        Returns
        -------
        PowerSpectrumDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` holds other axes, or `max_frequency` is not above 0.
        ImportError
            If matplotlib is missing.
        """
        if max_frequency is None:
            below = np.cumsum(self.true, axis=0) < _SHARE * self.true.sum(axis=0)
            last = 1 + int(_BEYOND * below.sum(axis=0).max())
            max_frequency = self.frequency[min(last, len(self.frequency) - 1)]
        check_real(max_frequency, "max_frequency", TINY)
        n = len(self.names)
        axes = make_axes(ax, self, n, figsize=(6.4, 1.4 + 1.8 * n), sharex=True)
        self.true_lines_, self.generated_lines_ = [], []
        shown = self.frequency <= max_frequency
        for k, panel in enumerate(axes):
            run = MODEL | DASHED | {"label": f"free run, $D_H$ = {self.hellinger[k]:.2f}"}
            for lines, density, style in (
                (self.true_lines_, self.true, line_style(DATA, true_kw)),
                (self.generated_lines_, self.generated, line_style(run, generated_kw)),
            ):
                lines += panel.semilogy(self.frequency[shown], positive(density[shown, k]), **style)
            panel.set_ylabel(f"density of {self.names[k]}")
            legend_above(panel)
        axes[-1].set_xlabel("frequency (1 / unit of time)")
        self.axes_, self.figure_ = axes, axes[0].figure
        return self


def _spectra(parts, length, sigma, dt):
    """Share of power per frequency and power spectral density, (n_frequencies, n_shown) each."""
    stack = cut_to_length(parts, length)
    share = smoothed_spectrum(stack, sigma=sigma)
    return share, share * stack.var(axis=(0, 1)) * length * dt
