"""How the Lyapunov exponents of a fitted model converge along its free run."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from .._data.validation import check_int
from ..dynamics import lyapunov_spectrum
from ._comparison import N_SHOWN, first_state
from ._drawing import MODEL, legend_above, line_style, make_axes
from ._types import AxesLike, Rows, Style


class LyapunovDisplay:
    """Convergence of the Lyapunov exponents of a model's free run, one panel per exponent.

    Make a display with `from_estimator`. Of a spectrum that you have, make one with
    ``LyapunovDisplay(**vars(lyapunov_spectrum(model, return_history=True))).plot()``. The
    parameters are stored as attributes.

    Parameters
    ----------
    exponents : ndarray of shape (n_exponents,)
        Lyapunov exponents per unit of time, the largest first.
    standard_error : ndarray of shape (n_exponents,)
        Standard errors of the exponents.
    time : ndarray of shape (n_blocks,)
        Times since the end of the transient.
    history : ndarray of shape (n_blocks, n_exponents)
        The exponents of the run up to these times.

    Attributes
    ----------
    lines_ : list of Line2D
        The history of each exponent that is drawn.
    bands_ : list of FillBetweenPolyCollection
        Standard errors. At time t the error of the whole run, of length T, is multiplied by the
        square root of T / t.
    axes_ : ndarray of Axes of shape (n_shown,)
        The panels.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    sklearn_dsr.dynamics.lyapunov_spectrum : The numbers and the method.
    sklearn_dsr.dynamics.max_lyapunov_exponent : The largest exponent of data, without a model.

    Examples
    --------
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.inspection import LyapunovDisplay
    >>> X = make_lorenz63(2000, dt=0.02, random_state=0)
    >>> model = ShallowPLRNNReconstructor(20, max_iter=50, n_init=1, dt=0.02, random_state=0)
    >>> display = LyapunovDisplay.from_estimator(model.fit(X), X, n_steps=5000)
    >>> display.time[-1], display.history.shape
    (np.float64(100.0), (20, 3))
    """

    def __init__(
        self,
        *,
        exponents: NDArray[np.float64],
        standard_error: NDArray[np.float64],
        time: NDArray[np.float64],
        history: NDArray[np.float64],
    ) -> None:
        self.exponents = exponents
        self.standard_error = standard_error
        self.time = time
        self.history = history

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Rows | None = None,
        *,
        inputs: ArrayLike | None = None,
        n_steps: int = 50_000,
        n_transient: int = 5_000,
        n_exponents: int | None = None,
        flow: bool = False,
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Compute the exponents of a fitted model, and draw how they converge.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model. An ensemble runs as its best member.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, default=None
            Data. The run starts at their first complete row. None starts at the first row of the
            training data.
        inputs : array-like of shape (n_transient + n_steps, n_inputs), default=None
            External inputs along the run, in the units that the reconstructor was fitted in.
        n_steps : int, default=50_000
            Steps to average over.
        n_transient : int, default=5_000
            Steps to run before these.
        n_exponents : int or None, default=None
            How many exponents to compute, from the largest one on. None computes all.
        flow : bool, default=False
            Whether the exponents are those of the flow instead of the map; see
            :func:`~sklearn_dsr.dynamics.lyapunov_spectrum`.
        ax : Axes, array-like of n_shown Axes, or None, default=None
            Where to draw. None makes a figure.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        LyapunovDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            As in :func:`~sklearn_dsr.dynamics.lyapunov_spectrum`, for example if the free run
            diverges.
        TypeError
            If the estimator has no free run.
        ImportError
            If matplotlib is missing.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        x0 = None if X is None else first_state(estimator, X)
        spectrum = lyapunov_spectrum(
            estimator,
            x0,
            inputs=inputs,
            n_steps=n_steps,
            n_transient=n_transient,
            n_exponents=n_exponents,
            flow=flow,
            return_history=True,
        )
        return cls(**vars(spectrum)).plot(ax=ax, **kwargs)

    def plot(
        self,
        ax: AxesLike = None,
        *,
        n_shown: int | None = None,
        line_kw: Style = None,
        band_kw: Style = None,
    ) -> Self:
        """Draw the exponents over the length of the run that they are the mean of.

        Parameters
        ----------
        ax : Axes, array-like of n_shown Axes, or None, default=None
            Where to draw. None makes a figure.
        n_shown : int or None, default=None
            How many exponents to draw, from the largest one on. None draws three at most.
        line_kw : dict, default=None
            Arguments of the lines, as for `matplotlib.axes.Axes.plot`.
        band_kw : dict, default=None
            Arguments of the bands of the standard error, as for
            `matplotlib.axes.Axes.fill_between`.

        Returns
        -------
        LyapunovDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` does not hold one axes per exponent, or `n_shown` is out of its range.
        ImportError
            If matplotlib is missing.
        """
        n = min(N_SHOWN, len(self.exponents))
        if n_shown is not None:
            n = check_int(n_shown, "n_shown", 1, len(self.exponents))
        axes = make_axes(ax, self, n, figsize=(6.4, 1.2 + 1.6 * n), sharex=True)
        self.lines_, self.bands_ = [], []
        for i, panel in enumerate(axes):
            value = _with_error(self.exponents[i], self.standard_error[i])
            history = np.where(np.isfinite(self.history[:, i]), self.history[:, i], np.nan)
            error = self.standard_error[i] * np.sqrt(self.time[-1] / self.time)
            style = line_style(
                MODEL | {"marker": ".", "label": f"{value} per unit of time"}, line_kw
            )
            self.lines_ += panel.plot(self.time, history, **style)
            band = {"color": MODEL["color"], "alpha": 0.22, "linewidth": 0.0} | dict(band_kw or {})
            self.bands_.append(
                panel.fill_between(self.time, history - error, history + error, **band)
            )
            if np.prod(panel.get_ylim()) < 0:  # 0 is in the picture
                panel.axhline(0.0, color="0.6", linewidth=0.8, zorder=0)
            panel.set_ylabel(rf"$\lambda_{{{i + 1}}}$")
            legend_above(panel)
        axes[-1].set_xlabel("time averaged over")
        self.axes_, self.figure_ = axes, axes[0].figure
        return self


def _with_error(value, error):
    """Both as a text, to two digits of the error."""
    if not error > 0:
        return f"{value:.3g}"
    n_decimals = max(1 - int(np.floor(np.log10(error))), 0)
    return f"{value:.{n_decimals}f} ± {error:.{n_decimals}f}"
