"""A forecast after the end of data, with what really followed, and with an ensemble's bands."""

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from .._coordinates.original_coordinates import OriginalCoordinates
from .._data.trajectories import as_trajectories
from .._data.validation import TINY, check_int, check_real
from ..metrics._inputs import check_generated
from ._comparison import column_names, near, pick, warn_diverged
from ._drawing import DASHED, DATA, MODEL, legend_above, line_style, make_axes, name_dates
from ._forecast_data import check_quantiles, first_columns, one_of, with_bands
from ._time import times

N_STEPS = 200  # of a forecast, if nothing says how long


class ForecastDisplay:
    """Forecast of a model, the rows before, and, where known, those that followed.

    Made by `from_estimator` or `from_trajectories`; the parameters are stored as attributes.

    Parameters
    ----------
    past_time, time : ndarray of shape (n_past,), ndarray of shape (n_steps,)
        Times of the rows before and of the forecast.
    past : ndarray of shape (n_past, n_shown)
        The last rows before the forecast, NaN in gaps.
    generated : ndarray of shape (n_steps, n_shown)
        The forecast; NaN from where it diverges. Of an ensemble the median.
    true : ndarray of shape (n_steps, n_shown) or None
        What followed, NaN where unknown.
    bands : ndarray of shape (n_quantiles, n_steps, n_shown) or None
        Quantiles of the forecast.
    quantiles : sequence of float
        Which these are, ascending.
    data_range : ndarray of shape (2, n_shown)
        Lowest and highest values of all data, NaN if there are none: a forecast is drawn as far as
        it is no further away from them than they are from each other.
    names, time_name : sequence of str of length n_shown, str
        Of the columns, and of the time axis.

    Attributes
    ----------
    past_lines_, true_lines_, generated_lines_ : list of Line2D
        What was drawn, one line per column; `true_lines_` is empty if `true` is None.
    bands_ : list of FillBetweenPolyCollection
        Bands between quantiles, column by column.
    axes_ : ndarray of Axes of shape (n_shown,)
        The panels.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    sklearn_dsr.EnsembleReconstructor : Forecasts that say how sure they are.
    sklearn_dsr.metrics.valid_prediction_time : For how long a forecast holds, as a number.

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
        past_time,
        time,
        past,
        generated,
        true,
        bands,
        quantiles,
        data_range,
        names,
        time_name,
    ):
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
        estimator,
        X,
        n_steps=None,
        *,
        true=None,
        inputs=None,
        quantiles=(0.05, 0.95),
        trajectory=0,
        n_past=None,
        columns=None,
        ax=None,
        **kwargs,
    ):
        """Forecast with a fitted model after the last row of X, and draw it in the units of X.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The series to go on from. The index of a DataFrame is the time axis, and goes on.
        n_steps : int or None, default=None
            Rows to forecast; None is as many as `true` has, else 200.
        true : array-like or DataFrame of shape (n_true, n_features), list of such, default=None
            What followed, as far as known.
        inputs : array-like of shape (n_steps, n_inputs), default=None
            External inputs at the times of the forecast rows, in the units of X. None takes those
            of `true`, if it has these columns.
        quantiles : sequence of float, default=(0.05, 0.95)
            What bounds the bands of an ensemble's forecast, in pairs from the outside in.
        trajectory : int, default=0
            Which trajectory, if X holds several.
        n_past : int or None, default=None
            Rows before the forecast that are drawn; None is half of `n_steps`.
        columns : int, str, or sequence of these, default=None
            Which columns, by number or name; None is the first three.
        ax : Axes, array-like of n_shown Axes, or None, default=None
            None makes a figure.
        kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        ForecastDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If a parameter is out of its range, X ends in a gap, or inputs are missing, short or
            not wanted.
        TypeError
            If the estimator has no free run.
        ImportError
            If matplotlib is missing.

        Warns
        -----
        ReconstructionWarning
            If the forecast diverges; it is drawn as far as it is finite and near the data.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        model = OriginalCoordinates(estimator)
        X, true = (one_of(part, trajectory) for part in (X, true))
        n_steps = N_STEPS if n_steps is None and true is None else n_steps
        n_steps = len(true) if n_steps is None else check_int(n_steps, "n_steps", 1)
        with_inputs = true is not None and np.shape(true)[1] == np.shape(X)[1]
        if model.n_inputs and inputs is None and with_inputs:
            inputs = as_trajectories(true, name="true").values[:, -model.n_inputs :]
        levels = check_quantiles(quantiles)
        generated, bands = with_bands(estimator, X, n_steps, inputs, levels)
        _warn_if_diverged(generated)
        names = column_names(np.shape(generated)[1], X, estimator)
        span = n_past, model.dt
        display = cls._of(X, true, generated, (levels, bands), names, columns, span)
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_trajectories(
        cls,
        true,
        generated,
        *,
        past=None,
        bands=None,
        quantiles=(0.05, 0.95),
        dt=1.0,
        n_past=None,
        columns=None,
        ax=None,
        **kwargs,
    ):
        """Draw a forecast that is there already.

        Parameters
        ----------
        true : array-like or DataFrame of shape (n_true, n_features) or None
            What followed, row by row beside `generated`.
        generated : array-like or DataFrame of shape (n_steps, n_features)
            The forecast. Its index is the time axis, if `past` has one too.
        past : array-like or DataFrame of shape (n_rows, n_features), default=None
            The rows before.
        bands : array-like of shape (n_quantiles, n_steps, n_features), default=None
            Quantiles of the forecast.
        quantiles : sequence of float, default=(0.05, 0.95)
            Which these are, ascending; see `from_estimator`.
        dt : float, default=1.0
            Time between two rows.
        n_past, columns, ax, kwargs : object
            As in `from_estimator`.

        Returns
        -------
        ForecastDisplay

        Raises
        ------
        ValueError, ImportError
            As `from_estimator`, or if the shapes do not fit together.

        Warns
        -----
        ReconstructionWarning
            If the forecast diverges.
        """
        check_matplotlib_support(f"{cls.__name__}.from_trajectories")
        check_real(dt, "dt", TINY, advice="1.0 counts time in rows.")
        n_columns = np.shape(generated)[-1]
        _warn_if_diverged(check_generated(generated, n_columns)[0])
        frames = (frame for frame in (past, generated, true) if hasattr(frame, "columns"))
        names = column_names(n_columns, next(frames, None))
        levels = ()
        if bands is not None:
            levels, bands = check_quantiles(quantiles), np.asarray(bands, dtype=np.float64)
            wanted = (len(levels), *np.shape(generated))
            if bands.shape != wanted:
                raise ValueError(
                    f"bands has shape {bands.shape}; for {len(levels)} quantiles of this forecast "
                    f"it must be {wanted}. Give what forecast(X, n_steps, quantiles=...) returned."
                )
        quantiles, span = (levels, bands), (n_past, dt)
        display = cls._of(past, true, generated, quantiles, names, columns, span)
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def _of(cls, past, true, generated, quantiles, names, columns, span):
        (levels, bands), (n_past, dt), N = quantiles, span, len(names)
        rows, shown = check_generated(generated, N)[0], list(pick(columns, names))
        n_steps = len(rows)
        before = first_columns(past, N, "past")[:, shown]
        after = first_columns(true, N, "true")[:n_steps, shown]
        everything = np.concatenate([before, after])
        n_past = max(n_steps // 2, 1) if n_past is None else check_int(n_past, "n_past", 0)
        n_past = min(n_past, len(before))
        past_time, time, time_name = times(past, generated, n_past, n_steps, dt)
        missing = np.full((n_steps - len(after), len(shown)), np.nan)
        return cls(
            past_time=past_time,
            time=time,
            past=before[len(before) - n_past :],
            generated=rows[:, shown],
            true=None if true is None else np.concatenate([after, missing]),
            bands=None if bands is None else bands[:, :, shown],
            quantiles=levels,
            data_range=np.stack([f.reduce(everything, initial=np.nan) for f in (np.fmin, np.fmax)]),
            names=tuple(names[k] for k in shown),
            time_name=time_name,
        )

    def plot(self, ax=None, *, true_kw=None, generated_kw=None, band_kw=None):
        """Draw the forecast, one panel per column.

        Parameters
        ----------
        ax : Axes, array-like of n_shown Axes, or None, default=None
            None makes a figure.
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
            If `ax` holds other axes.
        ImportError
            If matplotlib is missing.
        """
        n = len(self.names)
        axes = make_axes(ax, self, n, figsize=(6.4, 1.2 + 1.5 * n), sharex=True)
        self.past_lines_, self.true_lines_, self.generated_lines_, self.bands_ = [], [], [], []
        data = line_style(DATA, true_kw)
        label = {"label": "forecast"}
        run = line_style(MODEL | DASHED | label, generated_kw)
        for k, panel in enumerate(axes):
            if len(self.past):
                self.past_lines_ += panel.plot(self.past_time, self.past[:, k], **data)
                panel.axvline(self.past_time[-1], color="0.6", linewidth=0.8)
            if self.true is not None:
                again = {"label": "_"} if len(self.past) else {}
                self.true_lines_ += panel.plot(self.time, self.true[:, k], **data | again)
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
            style |= {"label": f"{100 * share:.3g} % of forecasts"} | (band_kw or {})
            band = panel.fill_between(self.time, bands[i], bands[-1 - i], **style)
            self.bands_.append(band)


def _warn_if_diverged(generated):
    finite = np.isfinite(np.asarray(generated)).all(axis=1)
    if not finite.all():
        problem = f"the forecast diverged at step {np.argmin(finite) + 1} of {len(finite)}"
        warn_diverged(problem)
