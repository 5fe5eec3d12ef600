"""Where measured rows lie among draws of their forecasts: whether bands are right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom
from sklearn.base import BaseEstimator
from sklearn.utils._optional_dependencies import check_matplotlib_support

from .._coordinates.ends import fitted_coordinates
from .._coordinates.forecasting import forecast_samples
from .._data.trajectories import as_trajectories, is_many
from .._data.validation import check_int, check_real
from ._comparison import pick
from ._drawing import make_axes
from ._types import AxesLike, Columns, Rows

_BINS = 10


class PITDisplay:
    """Histogram of the probability integral transform of forecasts, one panel per horizon.

    The transform [1]_ of a measured value is the share of the draws of its forecast that are below
    it. Bands that are right give a flat histogram. A hump in the middle says that the bands are too
    wide, humps at both ends say that they are too narrow, and a slope says that they are biased.

    The grey range holds nine of ten bars if the values are independent. Values of overlapping
    forecasts of a slow series depend on each other. Their bars scatter more.

    Make a display with `from_estimator`. The parameters are stored as attributes.

    Parameters
    ----------
    pit : ndarray of shape (n_horizons, n_values)
        The transforms, in [0, 1]. NaN where a value is missing or no draw is finite.
    horizons : tuple of int
        How many rows ahead the forecasts look.
    names : list of str
        Names of the columns that count.

    Attributes
    ----------
    bars_ : list of BarContainer
        The bars of each panel.
    axes_ : ndarray of Axes
        The panels.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    ForecastDisplay : A single forecast with its bands.
    sklearn_dsr.EnsembleReconstructor : Forecasts with bands.

    References
    ----------
    .. [1] Gneiting, Balabdaoui, Raftery (2007), "Probabilistic forecasts, calibration and
       sharpness", Journal of the Royal Statistical Society B 69, 243-268.

    Examples
    --------
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.inspection import PITDisplay
    >>> X = make_lorenz63(3000, dt=0.02, noise_level=0.05, random_state=0)
    >>> model = ShallowPLRNNReconstructor(50, stages="start", random_state=0).fit(X[:2000])
    >>> display = PITDisplay.from_estimator(model, X, start=2000, horizons=(1, 10), n_origins=50)
    >>> bool((0.8 < display.coverage(0.9)).all())
    True
    """

    def __init__(
        self, *, pit: NDArray[np.float64], horizons: Sequence[int], names: Sequence[str]
    ) -> None:
        self.pit = pit
        self.horizons = horizons
        self.names = names

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Rows,
        *,
        horizons: Sequence[int] = (1, 5, 20),
        start: int = 0,
        columns: Columns = None,
        n_origins: int = 200,
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Forecast rows of X from those before, and draw where they lie among the draws.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model, without external inputs.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The data. Use rows that the model was not fitted on: its bands look better than they
            are on the others.
        horizons : sequence of int, default=(1, 5, 20)
            How many rows ahead to forecast, each at least 1.
        start : int, default=0
            First row of each trajectory that is forecast. The forecasts use the rows before it.
        columns : int, str, sequence of these, or None, default=None
            Columns that count, by number or name. None counts all.
        n_origins : int, default=200
            How many forecasts are made at most, evenly spread over X, at least 1.
        ax : array-like of Axes or None, default=None
            Where to draw, one axes per horizon. None makes a figure.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        PITDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If a number is out of its range, X is not valid, or no piece of it has the rows for a
            forecast and its largest horizon.
        TypeError
            If the estimator draws no forecasts, or has external inputs.
        ImportError
            If matplotlib is missing.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        horizons = tuple(check_int(h, "each of horizons", 1) for h in np.ravel(horizons))
        check_int(start, "start", 0, advice="It is the first row to forecast.")
        check_int(n_origins, "n_origins", 1, advice="200 is usual.")
        model = fitted_coordinates(estimator)
        if model.n_inputs:
            raise TypeError(
                f"{type(model.reconstructor).__name__} has {model.n_inputs} external inputs, whose "
                "values ahead are not known. Compare quantiles of forecast with the rows instead."
            )
        trajectories, parts = as_trajectories(X), list(X) if is_many(X) else [X]
        known = _origins(trajectories, model.context_length, start, max(horizons))
        if not len(known):
            raise ValueError(
                f"No gap-free piece of X has {model.context_length} rows and {max(horizons)} more "
                f"from row {start} on. Give more rows, or smaller horizons."
            )
        known = known[np.unique(np.linspace(0, len(known) - 1, n_origins).astype(int))]
        owner = np.searchsorted(trajectories.offsets, known, side="left") - 1
        ends = known - trajectories.offsets[owner]
        pasts = [_before(parts[k], end) for k, end in zip(owner, ends, strict=True)]
        samples = forecast_samples(estimator, pasts, max(horizons))
        names = tuple(map(str, getattr(parts[0], "columns", ()))) or _numbered(samples.shape[-1])
        chosen = pick(range(len(names)) if columns is None else columns, names)
        pit = []
        for h in horizons:
            true, drawn = trajectories.values[known + h - 1], samples[:, :, h - 1]
            finite = np.isfinite(drawn)
            with np.errstate(invalid="ignore"):
                share = np.sum(finite & (drawn < true), axis=0) / finite.sum(axis=0)
            pit.append(np.where(np.isfinite(true), share, np.nan)[:, chosen].ravel())
        display = cls(pit=np.array(pit), horizons=horizons, names=[names[k] for k in chosen])
        return display.plot(ax=ax, **kwargs)

    def coverage(self, level: float = 0.9) -> NDArray[np.float64]:
        """Share of the values within the central band of the forecasts.

        Parameters
        ----------
        level : float in [0, 1], default=0.9
            Share of the draws within the band.

        Returns
        -------
        ndarray of shape (n_horizons,)
            Near `level` if the bands are right.

        Raises
        ------
        ValueError, TypeError
            If `level` is not in [0, 1].
        """
        check_real(level, "level", 0.0, 1.0, advice="0.9 is usual.")
        inside = np.abs(self.pit - 0.5) <= level / 2
        return np.sum(inside, axis=1) / np.sum(np.isfinite(self.pit), axis=1)

    def plot(self, ax: AxesLike = None, **kwargs: Any) -> Self:
        """Draw a histogram for each horizon.

        Parameters
        ----------
        ax : array-like of Axes or None, default=None
            Where to draw, one axes per horizon. None makes a figure.
        **kwargs : dict
            Further arguments of the bars, as for `matplotlib.axes.Axes.bar`.

        Returns
        -------
        PITDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there are not as many axes as horizons.
        ImportError
            If matplotlib is missing.
        """
        n = len(self.horizons)
        axes = make_axes(ax, self, n, shape=(1, n), figsize=(2.9 * n, 2.8), sharey=True)
        self.bars_, covered = [], self.coverage()
        edges = np.linspace(0.0, 1.0, _BINS + 1)
        for panel, values, h, share in zip(axes, self.pit, self.horizons, covered, strict=True):
            values = values[np.isfinite(values)]
            counts = np.histogram(values, edges)[0] / max(len(values), 1)
            low, high = binom.interval(0.9, len(values), 1 / _BINS)
            panel.axhspan(
                low / max(len(values), 1),
                high / max(len(values), 1),
                color="0.5",
                alpha=0.25,
                linewidth=0.0,
            )
            panel.axhline(1 / _BINS, color="0.4", linewidth=0.8)
            style = {"width": 0.9 / _BINS, "align": "edge", "color": "#ee7f1a"} | kwargs
            self.bars_.append(panel.bar(edges[:-1] + 0.05 / _BINS, counts, **style))
            rows = "row" if h == 1 else "rows"
            panel.set(xlabel=f"{h} {rows} ahead", title=f"90 % band: {share:.0%}", xlim=(0, 1))
        axes[0].set_ylabel("share of the values")
        self.axes_, self.figure_ = axes, axes[0].figure
        return self


def _origins(trajectories, context, start, horizon):
    """Rows, counted through all trajectories, that are the first of a forecast."""
    owner = np.searchsorted(trajectories.offsets, trajectories.starts, side="right") - 1
    spans = zip(trajectories.offsets[owner], trajectories.starts, trajectories.stops, strict=True)
    ranges = [np.arange(max(a + context, o + start), b - horizon + 1) for o, a, b in spans]
    return np.concatenate([np.zeros(0, dtype=np.int64), *ranges])


def _numbered(n):
    return tuple(f"x{k}" for k in range(n))


def _before(part, end):
    return part.iloc[:end] if hasattr(part, "iloc") else np.asarray(part)[:end]
