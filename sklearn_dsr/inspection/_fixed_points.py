"""Fixed points and cycles of a fitted model among the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from .._coordinates.original_coordinates import OriginalCoordinates
from .._coordinates.pieces import pieces
from .._data.trajectories import pooled
from .._data.validation import check_int
from ..dynamics import cycles
from ..dynamics._found import Cycle
from ._comparison import column_names, join, near
from ._drawing import DATA, MODEL, ink, label_axes, legend_above, line_style, make_axes
from ._projection import Projection
from ._types import AxesLike, Columns, Rows, Style


class FixedPointDisplay:
    """Fixed points and cycles of a model, by their stability, with the data behind them.

    A filled symbol is stable: nearby runs end there. A half-filled symbol is a saddle, an open one
    is unstable in all directions. A line joins the points of a cycle.

    Make a display with `from_estimator`. The parameters are stored as attributes.

    Parameters
    ----------
    cycles : sequence of Cycle
        What :func:`~sklearn_dsr.dynamics.cycles` or :func:`~sklearn_dsr.dynamics.fixed_points`
        returns.
    points : list of ndarray of shape (order, n_dims)
        Coordinates of each cycle that are drawn. NaN for a cycle that is far from the data: in some
        column it leaves their range by more than the width of the range.
    true : ndarray of shape (n_true, n_dims)
        Coordinates of the data. A row of NaN separates two pieces.
    labels : sequence of str of length n_dims
        Labels of the axes.

    Attributes
    ----------
    true_line_ : Line2D or Line3D
        The data.
    point_lines_ : list of Line2D or Line3D
        One line per cycle that is drawn.
    ax_ : Axes
        The axes.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    sklearn_dsr.dynamics.cycles : The numbers, and whether the search was complete.
    sklearn_dsr.dynamics.fixed_points : Fixed points alone.
    LinearRegionDisplay : Linear regions of the same map.

    Examples
    --------
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.inspection import FixedPointDisplay
    >>> X = make_lorenz63(4000, noise_level=0.05, random_state=0)
    >>> model = ShallowPLRNNReconstructor(50, n_init=1, max_iter=100, random_state=0).fit(X)
    >>> display = FixedPointDisplay.from_estimator(model, X)
    >>> len(display.cycles) == len(display.points)
    True
    """

    def __init__(
        self,
        *,
        cycles: Sequence[Cycle],
        points: Sequence[NDArray[np.float64]],
        true: NDArray[np.float64],
        labels: Sequence[str],
    ) -> None:
        self.cycles = cycles
        self.points = points
        self.true = true
        self.labels = labels

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Rows,
        *,
        max_order: int = 1,
        inputs: ArrayLike | None = None,
        random_state: int | np.random.RandomState | np.random.Generator | None = 0,
        columns: Columns = None,
        n_dims: int | None = None,
        lag: int | str = "auto",
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Find the fixed points and cycles of a fitted model, and draw them among the data.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model. An ensemble runs as its best member.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        max_order : int, default=1
            Largest order of a cycle, at least 1. Order 1 is a fixed point.
        inputs : array-like of shape (n_inputs,), default=None
            Constant external inputs, if the model has any, in the units that the reconstructor was
            fitted in.
        random_state : int, RandomState, Generator or None, default=0
            Seed of the search.
        columns, n_dims, lag : object
            As in :meth:`AttractorDisplay.from_estimator`.
        ax : Axes or None, default=None
            Where to draw. None makes a figure.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        FixedPointDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If a number is out of its range, X is not valid, or `ax` holds several axes or axes of
            other dimensions. Also if `inputs` are missing, or given to a model that has none.
        TypeError
            If the estimator has no free run.
        ImportError
            If matplotlib is missing.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        true = [piece.true for piece in pieces(OriginalCoordinates(estimator), X, min_rows=1)]
        names = column_names(true[0].shape[1], X, estimator)
        project = Projection.choose(names, true, columns, n_dims, lag, ax)
        found = cycles(estimator, max_order, X, inputs=inputs, random_state=random_state)
        return cls(
            cycles=found,
            points=[project.of_cycle(_if_near(cycle.points, pooled(true))) for cycle in found],
            true=join([project(part) for part in true]),
            labels=project.labels,
        ).plot(ax=ax, **kwargs)

    def plot(
        self,
        ax: AxesLike = None,
        *,
        max_rows: int = 20_000,
        true_kw: Style = None,
        point_kw: Style = None,
    ) -> Self:
        """Draw the fixed points and cycles that are near the data.

        The legend counts those that are far away.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw. None makes a figure. Three dimensions need ``projection="3d"``.
        max_rows : int, default=20_000
            How many rows of the data are drawn at most, from the first one on.
        true_kw, point_kw : dict, default=None
            Arguments of the line of the data, and of the points, as for
            `matplotlib.axes.Axes.plot`.

        Returns
        -------
        FixedPointDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` holds several axes or axes of other dimensions, or `max_rows` is below 1.
        ImportError
            If matplotlib is missing.
        """
        check_int(max_rows, "max_rows", 1, advice="20_000 is usual.")
        solid = len(self.labels) == 3
        figsize = (6.4, 5.4)
        ax = make_axes(ax, self, 1, figsize=figsize, projection="3d" if solid else None)[0]
        behind = DATA | {"linewidth": 0.4, "color": ink(ax), "alpha": 0.4, "zorder": 1}
        (self.true_line_,) = ax.plot(*self.true[:max_rows].T, **line_style(behind, true_kw))
        self.point_lines_, left_out, named = [], 0, set()
        for cycle, points in zip(self.cycles, self.points, strict=True):
            if np.isnan(points).any():
                left_out += 1
                continue
            style = _style(cycle)
            if style["label"] in named:
                style["label"] = "_"
            named.add(style["label"])
            closed = np.concatenate([points, points[:1]]) if cycle.order > 1 else points
            self.point_lines_ += ax.plot(*closed.T, **line_style(style, point_kw))
        if left_out:
            ax.plot([], [], *[[]] * solid, linestyle="none", label=f"{left_out} far from the data")
        label_axes(ax, self.labels)
        legend_above(ax, ncols=2)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _if_near(points, true):
    """Points (order, N) of a cycle, all NaN if one of them is far from the data (n, N)."""
    return points if np.isfinite(near(points, true)).all() else np.full_like(points, np.nan)


def _style(cycle):
    """Symbol by stability, with a dark edge on light data; smaller for cycles."""
    stability = "stable" if cycle.stable else "saddle" if "saddle" in cycle.kind else "unstable"
    if cycle.kind == "neutral":
        stability = "neutral"
    marker, fill, face = {
        "stable": ("o", "full", MODEL["color"]),
        "saddle": ("D", "left", MODEL["color"]),
        "unstable": ("o", "full", "white"),
        "neutral": ("s", "full", "white"),
    }[stability]
    return {
        "label": f"{stability} {'cycle' if cycle.order > 1 else 'fixed point'}",
        "color": MODEL["color"],
        "linewidth": 1.0 if cycle.order > 1 else 0.0,
        "marker": marker,
        "fillstyle": fill,
        "markersize": 5.0 if cycle.order > 1 else 8.0,
        "markerfacecolor": face,
        "markerfacecoloralt": "white",
        "markeredgecolor": "black",
        "zorder": 3,
    }
