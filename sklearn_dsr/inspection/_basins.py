"""Basins of attraction of a fitted model, one colour for each attractor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from .._coordinates.original_coordinates import OriginalCoordinates
from .._coordinates.pieces import pieces
from .._data.trajectories import pooled
from .._data.validation import check_int
from ..dynamics import Basins, basins
from ._comparison import column_names, pick
from ._drawing import ink, label_axes, legend_above, line_style, make_axes
from ._types import AxesLike, Columns, Rows, Style

# Light colours that differ in brightness too; black and white symbols can be seen on each.
COLORS = ("#8ecae6", "#ffb703", "#b7e4c7", "#cdb4db", "#f4a6a0", "#e9edc9", "#a0a4d8", "#d4a373")
DIVERGED, OPEN = "#9a9a9a", "#d9d9d9"
MARKERS = "oDs^vP*X"
MARGIN = 0.1  # widening of the data's range on each side


class BasinDisplay:
    """Basins of attraction: each start has the colour of the attractor that its run ends in.

    Symbols show the attractors. The legend has the share of the starts that lead to each.

    Make a display with `from_estimator` or `from_basins`. The parameters are stored as attributes.

    Parameters
    ----------
    basins : Basins
        What :func:`~sklearn_dsr.dynamics.basins` returns.
    columns : (int, int)
        Numbers of the columns of X that are drawn.
    labels : sequence of str of length 2
        Labels of the axes.

    Attributes
    ----------
    mesh_ : QuadMesh or PathCollection
        The grid, or the starts if they are no grid.
    attractor_lines_ : list of Line2D
        One line per attractor.
    ax_ : Axes
        The axes.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    sklearn_dsr.dynamics.basins : The numbers.
    FixedPointDisplay : Fixed points and cycles, unstable ones too.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.inspection import BasinDisplay
    >>> X = np.full((2000, 2), 0.1)
    >>> for t in range(1999):  # the Henon map
    ...     X[t + 1] = 1 - 1.4 * X[t, 0] ** 2 + X[t, 1], 0.3 * X[t, 0]
    >>> model = ShallowPLRNNReconstructor(50, stages="start", random_state=0).fit(X)
    >>> display = BasinDisplay.from_estimator(model, X, resolution=20, n_steps=500)
    >>> display.basins.labels.shape, display.basins.attractors[-1].kind
    ((20, 20), 'aperiodic')
    """

    def __init__(self, *, basins: Basins, columns: tuple[int, int], labels: Sequence[str]) -> None:
        self.basins = basins
        self.columns = columns
        self.labels = labels

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Rows,
        *,
        columns: Columns = None,
        resolution: int = 100,
        inputs: ArrayLike | None = None,
        n_steps: int = 5_000,
        n_jobs: int | None = None,
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Find the basins of a fitted model on a grid over the range of data, and draw them.

        The grid is a tenth wider than the range of X on each side. Other columns than the two drawn
        are held at their medians.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model. An ensemble runs as its best member.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        columns : sequence of two int or str, default=None
            Numbers or names of the columns that are drawn. None takes the first two.
        resolution : int, default=100
            Starts in each of the two directions, at least 2.
        inputs : array-like of shape (n_inputs,), default=None
            Constant external inputs, if the model has any, in the units that the reconstructor was
            fitted in.
        n_steps, n_jobs : object
            As in :func:`~sklearn_dsr.dynamics.basins`.
        ax : Axes or None, default=None
            Where to draw. None makes a figure.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        BasinDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If a number is out of its range, X is not valid or has one column, or `ax` holds several
            axes or axes of three dimensions. Also as in :func:`~sklearn_dsr.dynamics.basins`.
        TypeError
            If the estimator has no free run.
        ImportError
            If matplotlib is missing.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        check_int(resolution, "resolution", 2, advice="100 is usual.")
        true = pooled([p.true for p in pieces(OriginalCoordinates(estimator), X, min_rows=1)])
        names = column_names(true.shape[1], X, estimator)
        columns = _two(columns, names)
        low, high = np.nanmin(true, axis=0), np.nanmax(true, axis=0)
        margin = MARGIN * (high - low)
        grid = list(np.nanmedian(true, axis=0))
        for k in columns:
            grid[k] = np.linspace(low[k] - margin[k], high[k] + margin[k], resolution)
        found = basins(estimator, tuple(grid), inputs=inputs, n_steps=n_steps, n_jobs=n_jobs)
        labels = tuple(names[k] for k in columns)
        return cls(basins=found, columns=columns, labels=labels).plot(ax=ax, **kwargs)

    @classmethod
    def from_basins(
        cls,
        basins: Basins,
        *,
        columns: tuple[int, int] | None = None,
        labels: Sequence[str] | None = None,
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Draw basins that are computed already.

        Parameters
        ----------
        basins : Basins
            What :func:`~sklearn_dsr.dynamics.basins` returns: a grid with two columns of several
            values, or rows of starts with at least two columns.
        columns : (int, int), default=None
            Numbers of the columns that are drawn. None takes those of the grid, or the first two.
        labels : sequence of str of length 2, default=None
            Labels of the axes. None numbers the columns: x0, x1.
        ax : Axes or None, default=None
            Where to draw. None makes a figure.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        BasinDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there are not two columns to draw, or `ax` holds several axes or axes of three
            dimensions.
        ImportError
            If matplotlib is missing.
        """
        check_matplotlib_support(f"{cls.__name__}.from_basins")
        names = column_names(basins.starts.shape[1])
        varied = _varied(basins)
        if columns is None and varied is not None:
            columns = varied
        columns = _two(columns, names)
        if varied is not None and sorted(columns) != sorted(varied):
            raise ValueError(
                f"The grid has several values in the columns {list(varied)}, and the picture shows "
                f"the columns {list(columns)}. Give a grid with two columns of several values."
            )
        labels = tuple(names[k] for k in columns) if labels is None else labels
        return cls(basins=basins, columns=columns, labels=labels).plot(ax=ax, **kwargs)

    def plot(
        self, ax: AxesLike = None, *, mesh_kw: Style = None, attractor_kw: Style = None
    ) -> Self:
        """Draw the basins and the attractors.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw. None makes a figure.
        mesh_kw : dict, default=None
            Arguments of the colours, as for `matplotlib.axes.Axes.pcolormesh`, or `scatter` if the
            starts are no grid.
        attractor_kw : dict, default=None
            Arguments of the attractors, as for `matplotlib.axes.Axes.plot`.

        Returns
        -------
        BasinDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` holds several axes or axes of three dimensions.
        ImportError
            If matplotlib is missing.
        """
        ax = make_axes(ax, self, 1, figsize=(6.4, 5.4))[0]
        from matplotlib.colors import ListedColormap

        found, (i, j) = self.basins, self.columns
        n = len(found.attractors)
        # -2 open, -1 diverged, then the attractors
        colors = ListedColormap([OPEN, DIVERGED, *(COLORS[k % len(COLORS)] for k in range(n))])
        style = {"cmap": colors, "vmin": -2.5, "vmax": n - 0.5, "zorder": 0} | dict(mesh_kw or {})
        if found.axes is None:
            style = {"s": 6.0} | style
            self.mesh_ = ax.scatter(*found.starts[:, [i, j]].T, c=found.labels, **style)
        else:
            labels = found.labels.T if i < j else found.labels
            style = {"shading": "nearest", "rasterized": True} | style
            self.mesh_ = ax.pcolormesh(found.axes[i], found.axes[j], labels, **style)
            limits = ax.axis()
        self.attractor_lines_ = []
        for k, attractor in enumerate(found.attractors):
            own = line_style(_style(k, attractor, ax), attractor_kw)
            self.attractor_lines_ += ax.plot(*attractor.points[:, [i, j]].T, **own)
        if found.axes is not None:
            ax.axis(limits)  # an attractor outside the grid does not shrink it
        for share, color, text in (
            (found.diverged, DIVERGED, "diverges"),
            (found.unsettled, OPEN, "open"),
        ):
            if share:
                ax.fill_between([], [], color=color, label=f"{text}: {100 * share:.3g} %")
        label_axes(ax, self.labels)
        legend_above(ax, ncols=2)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _two(columns, names):
    """Numbers of two columns."""
    chosen = pick(columns, names, most=2)
    if len(set(chosen)) != 2:
        raise ValueError(
            f"Basins are drawn in two columns, and columns={columns!r} of {len(names)} was given. "
            "Give two different columns; sklearn_dsr.dynamics.basins has the labels of any number."
        )
    return chosen


def _varied(found):
    """Numbers of the columns of a grid that have several values; None if there is no grid."""
    if found.axes is None:
        return None
    return tuple(k for k, values in enumerate(found.axes) if np.ndim(values))


def _style(number, attractor, ax):
    """Black and white symbols for fixed points and cycles, dots for an orbit."""
    style = {"linestyle": "none", "color": ink(ax), "zorder": 3}
    style["label"] = f"{attractor.kind}: {100 * attractor.share:.3g} %"
    if attractor.kind == "aperiodic":
        return style | {"marker": ".", "markersize": 1.5}
    style |= {"marker": MARKERS[number % len(MARKERS)], "markersize": 8.0}
    face = COLORS[number % len(COLORS)]
    return style | {"markerfacecolor": face, "markeredgecolor": "black", "markeredgewidth": 1.5}
