"""A forecast after the end of data, with what really followed, and with bands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from .._coordinates.original_coordinates import OriginalCoordinates
from .._data.validation import TINY, check_real
from ._comparison import column_names, near
from ._drawing import DASHED, DATA, MODEL, ink, legend_above, line_style, make_axes, name_dates
from ._forecast_data import (
    arrays,
    check_bands,
    check_steps,
    inputs_of,
    one_of,
    paired_quantiles,
    with_bands,
)
from ._types import AxesLike, Columns, Rows, Style


class ForecastDisplay:
    """Forecast of a model, the rows before it, and those that followed, one panel per column.

    Make a display with `from_estimator` or `from_trajectories`. The parameters are stored as
    attributes.

    Parameters
    ----------
    past_time, time : ndarray of shape (n_past,), ndarray of shape (n_steps,)
        Times of the rows before the forecast and of the forecast.
    past : ndarray of shape (n_past, n_shown)
        The last rows before the forecast. NaN in gaps.
    generated : ndarray of shape (n_steps, n_shown)
        The forecast, of an ensemble the median. NaN from where it diverges.
    true : ndarray of shape (n_steps, n_shown) or None
        Measured rows at the times of the forecast. NaN where unknown.
    bands : ndarray of shape (n_quantiles, n_steps, n_shown) or None
        Quantiles of the forecast.
    quantiles : sequence of float
        Which quantiles these are, ascending.
    data_range : ndarray of shape (2, n_shown)
        Lowest and highest values of all data, NaN without data. A forecast that leaves this range
        by more than its width is not drawn there.
    names : sequence of str of length n_shown
        Names of the columns.
    time_name : str
        Label of the time axis.

    Attributes
    ----------
    past_lines_, true_lines_, generated_lines_ : list of Line2D
        One line per column. `true_lines_` is empty if `true` is None.
    bands_ : list of FillBetweenPolyCollection
        Bands between quantiles, column by column.
    axes_ : ndarray of Axes of shape (n_shown,)
        The panels.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    PITDisplay : Whether the bands are right.
    sklearn_dsr.EnsembleReconstructor : Forecasts with bands.
    sklearn_dsr.metrics.valid_prediction_time : For how long a forecast holds.

    Examples
    --------
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.inspection import ForecastDisplay
    >>> X = make_lorenz63(2100, dt=0.02, random_state=0)
    >>> model = ShallowPLRNNReconstructor(20, max_iter=50, n_init=1, dt=0.02, random_state=0)
    >>> model = model.fit(X[:2000])
    >>> display = ForecastDisplay.from_estimator(model, X[:2000], true=X[2000:])
    >>> display.time[-1].round(6), display.generated.shape
    (np.float64(2.0), (100, 3))
    """

    def __init__(
        self,
        *,
        past_time: NDArray[Any],
        time: NDArray[Any],
        past: NDArray[np.float64],
        generated: NDArray[np.float64],
        true: NDArray[np.float64] | None,
        bands: NDArray[np.float64] | None,
        quantiles: Sequence[float],
        data_range: NDArray[np.float64],
        names: Sequence[str],
        time_name: str,
    ) -> None:
        self.past_time = past_time
        self.time = time
        self.past = past
        self.generated = generated
        self.true = true
        self.bands = bands
        self.quantiles = quantiles
        self.data_range = data_range
        self.names = names
        self.time_name = time_name

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Rows,
        n_steps: int | None = None,
        *,
        true: Rows | None = None,
        inputs: ArrayLike | None = None,
        quantiles: Sequence[float] = (0.05, 0.95),
        trajectory: int = 0,
        n_past: int | None = None,
        columns: Columns = None,
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Forecast the rows after the end of X, and draw them in the units of X.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The series to continue. The index of a DataFrame is the time axis.
        n_steps : int or None, default=None
            Rows to forecast. None forecasts as many as `true` has, or 200.
        true : array-like or DataFrame of shape (n_true, n_features), list of such, default=None
            Measured rows at the times of the forecast.
        inputs : array-like of shape (n_steps, n_inputs), default=None
            External inputs at the times of the forecast, in the units of X. None takes the last
            columns of `true`, if it has all columns of X.
        quantiles : sequence of float, default=(0.05, 0.95)
            Bounds of the bands, ascending: the first and the last one bound the outermost band.
        trajectory : int, default=0
            Which trajectory to continue, if X holds several.
        n_past : int or None, default=None
            Rows to draw before the forecast. None draws half as many as the forecast has.
        columns : int, str, or sequence of these, default=None
            Columns to draw, by number or name. None draws the first three.
        ax : Axes, array-like of n_shown Axes, or None, default=None
            Where to draw. None makes a figure.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        ForecastDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If a parameter is out of its range, or X ends in a gap. Also if `inputs` are missing or
            short, or given to a model that has none.
        TypeError
            If the estimator has no free run.
        ImportError
            If matplotlib is missing.

        Warns
        -----
        ReconstructionWarning
            If the forecast diverges. It is drawn as far as it is finite and near the data.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        model = OriginalCoordinates(estimator)
        X, true = (one_of(part, trajectory) for part in (X, true))
        n_steps = check_steps(n_steps, true)
        inputs = inputs_of(true, X, model.n_inputs) if inputs is None else inputs
        levels = paired_quantiles(quantiles)
        generated, bands = with_bands(estimator, X, n_steps, inputs, levels)
        names = column_names(np.shape(generated)[1], X, estimator)
        drawn = arrays(X, true, generated, bands, names, columns, n_past, model.dt)
        return cls(quantiles=levels, **drawn).plot(ax=ax, **kwargs)

    @classmethod
    def from_trajectories(
        cls,
        true: Rows | None,
        generated: Rows,
        *,
        past: Rows | None = None,
        bands: ArrayLike | None = None,
        quantiles: Sequence[float] = (0.05, 0.95),
        dt: float = 1.0,
        n_past: int | None = None,
        columns: Columns = None,
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Draw a forecast given as arrays.

        Parameters
        ----------
        true : array-like or DataFrame of shape (n_true, n_features) or None
            Measured rows. The first one is at the time of the first row of `generated`.
        generated : array-like or DataFrame of shape (n_steps, n_features)
            The forecast. Its index is the time axis, if `past` has an index too.
        past : array-like or DataFrame of shape (n_rows, n_features), default=None
            The rows before.
        bands : array-like of shape (n_quantiles, n_steps, n_features), default=None
            Quantiles of the forecast.
        quantiles : sequence of float, default=(0.05, 0.95)
            Which quantiles these are, ascending and in pairs.
        dt : float, default=1.0
            Time between two rows.
        n_past, columns, ax, **kwargs : object
            As in `from_estimator`.

        Returns
        -------
        ForecastDisplay
            The display, drawn.

        Raises
        ------
        ValueError, ImportError
            As in `from_estimator`; also if the shapes do not fit together.

        Warns
        -----
        ReconstructionWarning
            If the forecast diverges.
        """
        check_matplotlib_support(f"{cls.__name__}.from_trajectories")
        check_real(dt, "dt", TINY, advice="1.0 counts time in rows.")
        frames = (frame for frame in (past, generated, true) if hasattr(frame, "columns"))
        names = column_names(np.shape(generated)[-1], next(frames, None))
        levels = () if bands is None else paired_quantiles(quantiles)
        if bands is not None:
            bands = check_bands(bands, levels, np.shape(generated))
        drawn = arrays(past, true, generated, bands, names, columns, n_past, dt)
        return cls(quantiles=levels, **drawn).plot(ax=ax, **kwargs)

    def plot(
        self,
        ax: AxesLike = None,
        *,
        true_kw: Style = None,
        generated_kw: Style = None,
        band_kw: Style = None,
    ) -> Self:
        """Draw the forecast, one panel per column.

        Parameters
        ----------
        ax : Axes, array-like of n_shown Axes, or None, default=None
            Where to draw. None makes a figure.
        true_kw, generated_kw : dict, default=None
            Arguments of the lines, as for `matplotlib.axes.Axes.plot`.
        band_kw : dict, default=None
            Arguments of the bands, as for `matplotlib.axes.Axes.fill_between`.

        Returns
        -------
        ForecastDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` does not hold one axes per column.
        ImportError
            If matplotlib is missing.
        """
        n = len(self.names)
        axes = make_axes(ax, self, n, figsize=(6.4, 1.2 + 1.5 * n), sharex=True)
        self.past_lines_, self.true_lines_, self.generated_lines_, self.bands_ = [], [], [], []
        run = line_style(MODEL | DASHED | {"label": "forecast"}, generated_kw)
        for k, panel in enumerate(axes):
            data = line_style(DATA | {"color": ink(panel)}, true_kw)
            if len(self.past):
                self.past_lines_ += panel.plot(self.past_time, self.past[:, k], **data)
                panel.axvline(self.past_time[-1], color="0.6", linewidth=0.8)
            if self.true is not None:
                again = {"label": "_"} if len(self.past) else {}
                time = np.concatenate([self.past_time[-1:], self.time])
                true = np.concatenate([self.past[-1:, k], self.true[:, k]])
                self.true_lines_ += panel.plot(time, true, **data | again)
            self._plot_bands(panel, k, band_kw)
            generated = near(self.generated, self.data_range)[:, k]
            self.generated_lines_ += panel.plot(self.time, generated, **run)
            panel.set_ylabel(self.names[k])
        legend_above(axes[0])
        axes[-1].set_xlabel(self.time_name)
        name_dates(axes[-1], self.time)
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _plot_bands(self, panel, k, band_kw):
        """Draw the bands of column k, from the widest to the narrowest."""
        if self.bands is None:
            return
        bands = near(self.bands, self.data_range)[:, :, k]
        for i in range(len(bands) // 2):
            share = self.quantiles[-1 - i] - self.quantiles[i]
            style = {"color": MODEL["color"], "alpha": 0.22 * (i + 1), "linewidth": 0.0}
            style |= {"label": f"{100 * share:.3g} % of forecasts"} | dict(band_kw or {})
            band = panel.fill_between(self.time, bands[i], bands[-1 - i], **style)
            self.bands_.append(band)
