"""How the Lyapunov exponents of a fitted model converge along its free run."""

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from .._data.validation import check_int
from ..dynamics import lyapunov_spectrum
from ._comparison import N_SHOWN, first_state
from ._drawing import MODEL, legend_above, line_style, make_axes


class LyapunovDisplay:
    """Convergence of the Lyapunov exponents of a model's free run, one panel per exponent.

    Make one with `from_estimator`, or of a spectrum that is there already with
    ``LyapunovDisplay(**vars(lyapunov_spectrum(model, return_history=True))).plot()``. The
    parameters are stored as attributes.

    Parameters
    ----------
    exponents : ndarray of shape (n_exponents,)
        Per unit of time.
    standard_error : ndarray of shape (n_exponents,)
        Of the exponents.
    time : ndarray of shape (n_blocks,)
        Since the end of the transient.
    history : ndarray of shape (n_blocks, n_exponents)
        The exponents up to these times.

    Attributes
    ----------
    lines_ : list of Line2D
        The history of each exponent that is drawn.
    bands_ : list of FillBetweenPolyCollection
        Standard errors: at a time t that at the end, T, times the square root of T / t.
    axes_ : ndarray of Axes of shape (n_shown,)
        The panels.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    sklearn_dsr.dynamics.lyapunov_spectrum : The numbers, and how they are made.

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

    def __init__(self, *, exponents, standard_error, time, history):
        self.exponents = exponents
        self.standard_error = standard_error
        self.time = time
        self.history = history

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X=None,
        *,
        inputs=None,
        n_steps=50_000,
        n_transient=5_000,
        n_exponents=None,
        flow=False,
        ax=None,
        **kwargs,
    ):
        """Compute the exponents of a fitted model, and draw how they converge.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model; of an ensemble its best member.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, default=None
            Data, from whose first complete row the run starts. None starts from that of the
            training data.
        inputs : array-like of shape (n_transient + n_steps, n_inputs), default=None
            External inputs along the run, in the units that the reconstructor was fitted in.
        n_steps, n_transient : int, default=50_000, default=5_000
            Steps to average over, and to run before.
        n_exponents : int or None, default=None
            How many exponents, from the largest; None is all, of which `plot` shows three.
        flow : bool, default=False
            Exponents of the map, or of the flow that it takes steps of.
        ax : Axes, array-like of n_shown Axes, or None, default=None
            None makes a figure.
        kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        LyapunovDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            As :func:`~sklearn_dsr.dynamics.lyapunov_spectrum`, as if the free run diverges.
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

    def plot(self, ax=None, *, n_shown=None, line_kw=None, band_kw=None):
        """Draw the exponents over the time up to which they are averaged.

        Parameters
        ----------
        ax : Axes, array-like of n_shown Axes, or None, default=None
            None makes a figure.
        n_shown : int or None, default=None
            How many exponents, from the largest; None is three at most.
        line_kw, band_kw : dict, default=None
            Arguments of the lines and of the bands of the standard error, as for
            `matplotlib.axes.Axes.plot` and `matplotlib.axes.Axes.fill_between`.

        Returns
        -------
        LyapunovDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` holds other axes, or `n_shown` is out of range.
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
            band = {"color": MODEL["color"], "alpha": 0.22, "linewidth": 0.0} | (band_kw or {})
            self.bands_.append(
                panel.fill_between(self.time, history - error, history + error, **band)
            )
            if np.prod(panel.get_ylim()) < 0:  # 0 is in the picture
                panel.axhline(0.0, color="0.6", linewidth=0.8, zorder=0)
            panel.set_ylabel(rf"$\lambda_{{{i + 1}}}$")
            legend_above(panel)
        axes[-1].set_xlabel("time of the average")
        self.axes_, self.figure_ = axes, axes[0].figure
        return self


def _with_error(value, error):
    """Both as a text, to two digits of the error."""
    if not error > 0:
        return f"{value:.3g}"
    n_decimals = max(1 - int(np.floor(np.log10(error))), 0)
    return f"{value:.{n_decimals}f} ± {error:.{n_decimals}f}"
