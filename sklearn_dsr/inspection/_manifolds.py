"""Stable and unstable manifolds of a fitted model's saddles among the data."""

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
from ..dynamics import Cycle, Manifolds, fixed_points, manifolds
from ..dynamics._manifold import has_curve
from ._comparison import column_names, join
from ._drawing import DATA, MODEL, ink, label_axes, legend_above, line_style, make_axes
from ._projection import Projection
from ._types import AxesLike, Columns, Rows, Style

STABLE = {"color": "#1f78b4", "linewidth": 1.0, "zorder": 2, "linestyle": "--"}
UNSTABLE = {"color": MODEL["color"], "linewidth": 1.4, "zorder": 2}
SADDLE = {"linestyle": "none", "marker": "D", "markersize": 7.0, "zorder": 3}


class ManifoldDisplay:
    """Curves along which runs leave the saddles of a model, and come to them.

    Solid curves are unstable manifolds, dashed ones stable. A stable manifold often is the boundary
    of two basins of attraction.

    Make a display with `from_estimator`. The parameters are stored as attributes.

    Parameters
    ----------
    manifolds : sequence of Manifolds
        What :func:`~sklearn_dsr.dynamics.manifolds` returns, one for each saddle.
    columns : tuple of int
        Numbers of the columns of X that are drawn, 2 or 3.
    true : ndarray of shape (n_true, n_dims)
        Coordinates of the data. A row of NaN separates two pieces.
    labels : sequence of str of length n_dims
        Labels of the axes.

    Attributes
    ----------
    true_line_ : Line2D or Line3D
        The data.
    stable_lines_, unstable_lines_ : list of Line2D or Line3D
        The curves.
    saddle_line_ : Line2D or Line3D
        The saddles.
    ax_ : Axes
        The axes.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    sklearn_dsr.dynamics.manifolds : The numbers.
    BasinDisplay : Basins of attraction.
    FixedPointDisplay : All fixed points.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.inspection import ManifoldDisplay
    >>> X = np.full((2000, 2), 0.1)
    >>> for t in range(1999):  # the Henon map
    ...     X[t + 1] = 1 - 1.4 * X[t, 0] ** 2 + X[t, 1], 0.3 * X[t, 0]
    >>> model = ShallowPLRNNReconstructor(50, stages="start", random_state=0).fit(X)
    >>> display = ManifoldDisplay.from_estimator(model, X, n_steps=4)
    >>> len(display.unstable_lines_) == len(display.manifolds)
    True
    """

    def __init__(
        self,
        *,
        manifolds: Sequence[Manifolds],
        columns: Sequence[int],
        true: NDArray[np.float64],
        labels: Sequence[str],
    ) -> None:
        self.manifolds = manifolds
        self.columns = columns
        self.true = true
        self.labels = labels

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Rows,
        *,
        cycles: Sequence[Cycle] | None = None,
        inputs: ArrayLike | None = None,
        n_steps: int = 1_000,
        max_segments: int = 10_000,
        columns: Columns = None,
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Compute the manifolds of a fitted model's saddles, and draw them among the data.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model. An ensemble runs as its best member.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        cycles : sequence of Cycle, default=None
            Saddles. None takes the fixed points in the range of X that have a manifold which is a
            curve.
        inputs : array-like of shape (n_inputs,), default=None
            Constant external inputs, if the model has any, in the units that the reconstructor was
            fitted in.
        n_steps, max_segments : int
            As in :func:`~sklearn_dsr.dynamics.manifolds`.
        columns : sequence of two or three int or str, default=None
            Numbers or names of the columns that are drawn. None takes the first three, or two.
        ax : Axes or None, default=None
            Where to draw. None makes a figure.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        ManifoldDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If no saddle has such a manifold, X is not valid or has one column, or `ax` holds
            several axes or axes of other dimensions. Also as in
            :func:`~sklearn_dsr.dynamics.manifolds`.
        TypeError
            If the estimator has no free run.
        ImportError
            If matplotlib is missing.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        true = [piece.true for piece in pieces(OriginalCoordinates(estimator), X, min_rows=1)]
        names = column_names(true[0].shape[1], X, estimator)
        project = Projection.choose(names, true, columns, None, 1, ax)
        if any(project.lags):
            raise ValueError(
                f"Manifolds are drawn in two or three columns, and columns={columns!r} of "
                f"{len(names)} was given. Give two columns."
            )
        if cycles is None:
            found = fixed_points(estimator, X, inputs=inputs)
            cycles = [c for c in found if c.in_range and has_curve(c)]
            if not cycles:
                raise ValueError(
                    f"None of the {len(found)} fixed points is a saddle in the range of X with a "
                    "manifold that is a curve. Give cycles=, for instance from "
                    "sklearn_dsr.dynamics.cycles."
                )
        many = {"inputs": inputs, "n_steps": n_steps, "max_segments": max_segments}
        return cls(
            manifolds=[manifolds(estimator, cycle, **many) for cycle in cycles],
            columns=project.columns,
            true=join([project(part) for part in true]),
            labels=project.labels,
        ).plot(ax=ax, **kwargs)

    def plot(
        self,
        ax: AxesLike = None,
        *,
        true_kw: Style = None,
        stable_kw: Style = None,
        unstable_kw: Style = None,
    ) -> Self:
        """Draw the curves, the saddles and the data.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw. None makes a figure. Three dimensions need ``projection="3d"``.
        true_kw, stable_kw, unstable_kw : dict, default=None
            Arguments of the lines, as for `matplotlib.axes.Axes.plot`.

        Returns
        -------
        ManifoldDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` holds several axes or axes of other dimensions.
        ImportError
            If matplotlib is missing.
        """
        solid = len(self.labels) == 3
        ax = make_axes(ax, self, 1, figsize=(6.4, 5.4), projection="3d" if solid else None)[0]
        columns = list(self.columns)
        behind = DATA | {"linewidth": 0.4, "color": ink(ax), "alpha": 0.4, "zorder": 1}
        (self.true_line_,) = ax.plot(*self.true.T, **line_style(behind, true_kw))
        self.stable_lines_, self.unstable_lines_ = [], []
        for lines, name, style, given in (
            (self.unstable_lines_, "unstable", UNSTABLE, unstable_kw),
            (self.stable_lines_, "stable", STABLE, stable_kw),
        ):
            curves = [getattr(one, name) for one in self.manifolds]
            for curve in (curve for curve in curves if curve is not None):
                label = "_" if lines else f"{name} manifold"
                own = line_style(style | {"label": label}, given)
                lines += ax.plot(*curve.lines[:, columns].T, **own)
        points = np.concatenate([one.cycle.points for one in self.manifolds])[:, columns]
        saddle = SADDLE | {"color": ink(ax), "label": "saddle"}
        (self.saddle_line_,) = ax.plot(*points.T, **saddle)
        label_axes(ax, self.labels)
        legend_above(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self
