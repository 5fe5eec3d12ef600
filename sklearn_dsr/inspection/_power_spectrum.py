"""At which frequencies data and a model's free run move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils._optional_dependencies import check_matplotlib_support

from .._data.validation import TINY, check_real
from ..metrics._spectrum import SIGMA, spectral_distance, telling_length
from ._comparison import Comparison, pick
from ._drawing import (
    DASHED,
    DATA,
    MODEL,
    ink,
    legend_above,
    line_style,
    make_axes,
    positive,
)
from ._spectra import Spectra, length_in_common
from ._types import AxesLike, Columns, Rows, Style

# The axis ends at so many times the frequency below which this share of the data's power lies.
_SHARE, _BEYOND = 0.99, 1.5
# Densities below this share of the upper limit are out of the picture.
_LOWEST = 1e-6


class PowerSpectrumDisplay:
    """Power spectral density of data and of a model's free run, one panel per column.

    Each panel has two spectra of either series. The thick line is the periodogram with the Gaussian
    smoothing of D_H. The thin line is Welch's estimate [1]_, the mean over windows of an eighth of
    the series, and of 32 rows at least. It still has peaks where a series is so short that the
    smoothing of D_H flattens them. The legend then says that D_H cannot tell.

    The integral of a density over the frequencies is the variance of the column. The picture thus
    shows amplitudes, which D_H ignores.

    Make a display with `from_estimator` or `from_trajectories`. The parameters are stored as
    attributes.

    Parameters
    ----------
    frequency : ndarray of shape (n_frequencies,)
        Frequencies of the smoothed spectra in units of 1 / dt, from 0 to 1 / (2 dt).
    true, generated : ndarray of shape (n_frequencies, n_shown)
        Smoothed densities of data and free run, in squared units of X times the unit of time. NaN
        for a run that diverged.
    welch_frequency : ndarray of shape (n_welch,)
        Frequencies of the Welch spectra.
    true_welch, generated_welch : ndarray of shape (n_welch, n_shown)
        Welch densities of data and free run. NaN for a run that diverged.
    hellinger : ndarray of shape (n_shown,)
        Hellinger distance D_H of the two smoothed spectra in each column, in [0, 1].
    telling : bool
        Whether the series are long enough for D_H, see
        :func:`~sklearn_dsr.metrics.power_spectrum_hellinger`.
    names : sequence of str of length n_shown
        Names of the columns.

    Attributes
    ----------
    true_lines_, generated_lines_ : list of Line2D
        The smoothed spectra, one line per column.
    true_welch_lines_, generated_welch_lines_ : list of Line2D
        The Welch spectra, one line per column.
    axes_ : ndarray of Axes of shape (n_shown,)
        The panels.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    AttractorDisplay : Which states both visit.
    sklearn_dsr.metrics.power_spectrum_hellinger : D_H, the mean over all columns.
    scipy.signal.welch : The function behind the thin lines.

    References
    ----------
    .. [1] Welch (1967), "The use of fast Fourier transform for the estimation of power spectra",
       IEEE Transactions on Audio and Electroacoustics 15, 70-73.

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

    def __init__(
        self,
        *,
        frequency: NDArray[np.float64],
        true: NDArray[np.float64],
        generated: NDArray[np.float64],
        welch_frequency: NDArray[np.float64],
        true_welch: NDArray[np.float64],
        generated_welch: NDArray[np.float64],
        hellinger: NDArray[np.float64],
        telling: bool,
        names: Sequence[str],
    ) -> None:
        self.frequency = frequency
        self.true = true
        self.generated = generated
        self.welch_frequency = welch_frequency
        self.true_welch = true_welch
        self.generated_welch = generated_welch
        self.hellinger = hellinger
        self.telling = telling
        self.names = names

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Rows,
        *,
        columns: Columns = None,
        sigma: float = SIGMA,
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Run a fitted model freely, and draw the spectra of X and of the run.

        The run starts at the first complete row of the longest gap-free piece of each trajectory.
        It is as long as the piece. Noise drives the run of a model with `driven_`. The spectra are
        means over pieces of a common length.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model. An ensemble runs as its best member.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        columns : int, str, or sequence of these, default=None
            Columns to draw, by number or name. None draws the first three.
        sigma : float, default=20
            Standard deviation of the smoothing in frequency bins, at least 0 (no smoothing).
        ax : Axes, array-like of n_shown Axes, or None, default=None
            Where to draw. None makes a figure.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        PowerSpectrumDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If `columns` or `sigma` is out of its range, X is not valid, or `ax` does not hold one
            axes per column.
        TypeError
            If the estimator has no free run.
        ImportError
            If matplotlib is missing.

        Warns
        -----
        ReconstructionWarning
            If the run diverges. It has no spectrum then.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        comparison = Comparison.of_estimator(estimator, X)
        return cls._from_comparison(comparison, columns, sigma).plot(ax=ax, **kwargs)

    @classmethod
    def from_trajectories(
        cls,
        true: Rows,
        generated: Rows,
        *,
        dt: float = 1.0,
        columns: Columns = None,
        sigma: float = SIGMA,
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the spectra of data and of a free run, both given as arrays.

        Parameters
        ----------
        true : array-like or DataFrame of shape (n_true, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        generated : array-like of shape (n_generated, n_features), list of such, or 3-D array
            The run. Both are cut to a common length.
        dt : float, default=1.0
            Time between two rows.
        columns, sigma, ax, **kwargs : object
            As in `from_estimator`.

        Returns
        -------
        PowerSpectrumDisplay
            The display, drawn.

        Raises
        ------
        ValueError, ImportError
            As in `from_estimator`; also if the two differ in their number of columns.

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
        both = [true] if comparison.diverged else [true, run]
        length = length_in_common(*both)
        data, *model = (Spectra(parts, length, sigma, comparison.dt) for parts in both)
        hellinger = np.ones(len(shown))
        if model:
            pairs = zip(data.share.T, model[0].share.T, strict=True)
            hellinger = np.array([spectral_distance(a[:, None], b[:, None]) for a, b in pairs])
        unknown = np.full_like(data.density, np.nan), np.full_like(data.welch, np.nan)
        return cls(
            frequency=data.frequency,
            true=data.density,
            generated=model[0].density if model else unknown[0],
            welch_frequency=data.welch_frequency,
            true_welch=data.welch,
            generated_welch=model[0].welch if model else unknown[1],
            hellinger=hellinger,
            telling=length >= telling_length(sigma),
            names=tuple(comparison.names[k] for k in shown),
        )

    def plot(
        self,
        ax: AxesLike = None,
        *,
        max_frequency: float | None = None,
        true_kw: Style = None,
        generated_kw: Style = None,
    ) -> Self:
        """Draw the spectra of data and free run, one panel per column.

        Parameters
        ----------
        ax : Axes, array-like of n_shown Axes, or None, default=None
            Where to draw. None makes a figure.
        max_frequency : float or None, default=None
            End of the frequency axis. None is 1.5 times the frequency below which 99 percent of the
            data's power lie.
        true_kw, generated_kw : dict, default=None
            Arguments of the thick lines, as for `matplotlib.axes.Axes.plot`. The thin lines take
            their colour.

        Returns
        -------
        PowerSpectrumDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` does not hold one axes per column, or `max_frequency` is not above 0.
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
        self.true_welch_lines_, self.generated_welch_lines_ = [], []
        for k, panel in enumerate(axes):
            distance = f"= {self.hellinger[k]:.2f}" if self.telling else "cannot tell"
            data = DATA | {"color": ink(panel), "linewidth": 1.4}
            run = MODEL | DASHED | {"label": f"free run, $D_H$ {distance}"}
            data, run = line_style(data, true_kw), line_style(run, generated_kw)
            for lines, thin, densities, style in (
                (self.true_lines_, self.true_welch_lines_, self._of_data, data),
                (self.generated_lines_, self.generated_welch_lines_, self._of_run, run),
            ):
                smoothed, welch = (density[:, k] for density in densities)
                fine = {"color": style["color"], "linewidth": 0.7, "alpha": 0.7}
                thin += _draw(panel, self.welch_frequency, welch, max_frequency, fine)
                lines += _draw(panel, self.frequency, smoothed, max_frequency, style)
            thin = self.true_welch_lines_[-1]
            thin.set_label("thin: Welch")
            panel.set_ylabel(f"density of {self.names[k]}")
            legend_above(panel, handles=[self.true_lines_[-1], self.generated_lines_[-1], thin])
            panel.set_ylim(bottom=max(panel.get_ylim()[0], _LOWEST * panel.get_ylim()[1]))
        axes[-1].set_xlabel("frequency (1 / unit of time)")
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    @property
    def _of_data(self):
        return self.true, self.true_welch

    @property
    def _of_run(self):
        return self.generated, self.generated_welch


def _draw(ax, frequency, density, highest, style):
    """Draw a density up to the highest frequency."""
    shown = frequency <= highest
    return ax.semilogy(frequency[shown], positive(density[shown]), **style)
