"""A fitted model's free run, coloured by the linear region of the map that each state lies in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree
from sklearn.base import BaseEstimator
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from .._coordinates.original_coordinates import OriginalCoordinates
from .._data.validation import check_int
from ..dynamics import linear_regions
from ._comparison import column_names, first_state
from ._drawing import is_dark, label_axes, legend_above, line_style, make_axes
from ._projection import Projection
from ._types import AxesLike, Columns, Rows, Style

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

_BLOCK = 256  # Jacobians that are formed at a time
# Part of a colour map in use on a light and on a dark background: its ends are hard to see.
_ON_LIGHT, _ON_DARK = (0.0, 0.9), (0.2, 1.0)


class LinearRegionDisplay:
    """Attractor of a model's free run, coloured by linear region.

    In each region the map is linear. A model with few regions, for example
    :class:`~sklearn_dsr.AlmostLinearRNNReconstructor`, has one colour and one number per region.
    Number 0 is the region that the run visits most. The number stands in the middle of the region's
    part of the attractor.

    A model with more regions is coloured by expansion: how fast the map of the region stretches
    distances in the direction that it stretches most.

    Make a display with `from_estimator`. The parameters are stored as attributes.

    Parameters
    ----------
    generated : ndarray of shape (n_generated, n_dims)
        Coordinates of the run that are drawn.
    sequence : ndarray of shape (n_generated,), int
        Region of each state of the run.
    frequencies : ndarray of shape (n_regions,)
        Share of the run in each region.
    expansion : ndarray of shape (n_regions,)
        Logarithm of the largest singular value of the region's Jacobian, per unit of time. It is
        taken in latent units. 0 keeps distances, -inf maps all states to one.
    labels : sequence of str of length n_dims
        Labels of the axes.

    Attributes
    ----------
    region_lines_ : list of Line2D or Line3D
        The points of each region. Empty if the colour is the expansion.
    texts_ : list of Text
        The numbers of the regions. Empty if the colour is the expansion.
    points_ : PathCollection or None
        The points, if their colour is the expansion.
    colorbar_ : Colorbar or None
        The colour bar of the expansion.
    ax_ : Axes
        The axes.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    sklearn_dsr.dynamics.linear_regions : The regions, their maps, and the transitions.
    FixedPointDisplay : Fixed points and cycles of the same map.
    LyapunovDisplay : The mean expansion along the run.

    Examples
    --------
    >>> from sklearn_dsr import AlmostLinearRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.inspection import LinearRegionDisplay
    >>> X = make_lorenz63(3000, dt=0.02, random_state=0)
    >>> model = AlmostLinearRNNReconstructor(10, 2, n_init=1, max_iter=100, random_state=0)
    >>> display = LinearRegionDisplay.from_estimator(model.fit(X), X)
    >>> len(display.frequencies) <= 4
    True
    """

    def __init__(
        self,
        *,
        generated: NDArray[np.float64],
        sequence: NDArray[np.integer],
        frequencies: NDArray[np.float64],
        expansion: NDArray[np.float64],
        labels: Sequence[str],
    ) -> None:
        self.generated = generated
        self.sequence = sequence
        self.frequencies = frequencies
        self.expansion = expansion
        self.labels = labels

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Rows | None = None,
        *,
        inputs: ArrayLike | None = None,
        n_steps: int = 20_000,
        n_transient: int = 1_000,
        columns: Columns = None,
        n_dims: int | None = None,
        lag: int | str = "auto",
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Run a fitted model freely, and draw the run by its linear regions.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model. An ensemble runs as its best member.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, default=None
            Data. The run starts at their first complete row. None starts at the first row of the
            training data.
        inputs : array-like of shape (n_inputs,), default=None
            Constant external inputs, if the model has any, in the units that the reconstructor was
            fitted in.
        n_steps : int, default=20_000
            Steps to draw, at least 1.
        n_transient : int, default=1_000
            Steps to run before the first one that is drawn, at least 0.
        columns, n_dims, lag : object
            As in :meth:`AttractorDisplay.from_estimator`.
        ax : Axes or None, default=None
            Where to draw. None makes a figure.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        LinearRegionDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If a number is out of its range, the free run diverges, or `ax` holds several axes or
            axes of other dimensions. Also if `inputs` are missing, or given to a model that has
            none.
        TypeError
            If the estimator has no free run.
        ImportError
            If matplotlib is missing.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        check_is_fitted(estimator)
        x0 = None if X is None else first_state(estimator, X)
        regions = linear_regions(
            estimator, x0, inputs=inputs, n_steps=n_steps, n_transient=n_transient
        )
        names = column_names(regions.orbit.shape[1], X, estimator)
        project = Projection.choose(names, [regions.orbit], columns, n_dims, lag, ax)
        return cls(
            generated=project(regions.orbit),
            sequence=regions.sequence[max(project.lags) :],
            frequencies=regions.frequencies,
            expansion=_expansion(regions) / OriginalCoordinates(estimator).dt,
            labels=project.labels,
        ).plot(ax=ax, **kwargs)

    def plot(
        self,
        ax: AxesLike = None,
        *,
        n_colors: int = 8,
        cmap: str | Colormap = "viridis",
        point_kw: Style = None,
    ) -> Self:
        """Draw the run by its linear regions.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw. None makes a figure. Three dimensions need ``projection="3d"``.
        n_colors : int, default=8
            Up to so many regions have a colour and a number each. With more regions the colour is
            the expansion.
        cmap : str or Colormap, default="viridis"
            Where the colours are from.
        point_kw : dict, default=None
            Arguments of the points: as for `matplotlib.axes.Axes.plot` with a colour per region, as
            for `matplotlib.axes.Axes.scatter` with the expansion.

        Returns
        -------
        LinearRegionDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` holds several axes or axes of other dimensions, or `n_colors` is below 1.
        ImportError
            If matplotlib is missing.
        """
        check_int(n_colors, "n_colors", 1, advice="8 are told apart.")
        solid = len(self.labels) == 3
        ax = make_axes(ax, self, 1, figsize=(6.4, 5.4), projection="3d" if solid else None)[0]
        from matplotlib import colormaps

        self.region_lines_, self.texts_, self.points_, self.colorbar_ = [], [], None, None
        cmap = colormaps.get_cmap(cmap)
        if len(self.frequencies) > n_colors:
            self._plot_expansion(ax, cmap, point_kw or {})
        else:
            self._plot_regions(ax, cmap, point_kw)
        label_axes(ax, self.labels)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _plot_regions(self, ax, cmap, point_kw):
        """Draw each region in a colour of its own, with its number."""
        n = len(self.frequencies)
        colors = _visible(cmap, ax, n)
        dots = {"linestyle": "none", "marker": ".", "markersize": 2.5}
        for k in range(n):
            own = {"color": colors[k], "label": f"{k}: {100 * self.frequencies[k]:.3g} %"}
            points = self.generated[self.sequence == k]
            self.region_lines_ += ax.plot(*points.T, **line_style(dots | own, point_kw))
            if len(points):
                place = _middle(points, self.generated[self.sequence != k])
                self.texts_.append(ax.text(*place, str(k), **_NUMBER))
        legend_above(ax, markerscale=4.0, title="region: share of the run")

    def _plot_expansion(self, ax, cmap, point_kw):
        """Draw each state in the colour of its region's expansion, with a colour bar."""
        from matplotlib.colors import ListedColormap

        known = self.expansion[np.isfinite(self.expansion)]
        lowest = np.min(known) if len(known) else 0.0
        values = np.maximum(self.expansion, lowest)[self.sequence]
        style = {"c": values, "s": 3.0, "linewidths": 0.0}
        style |= {"cmap": ListedColormap(_visible(cmap, ax, 256))}
        # A few regions far from all others would take the whole range of colours.
        style |= dict(zip(("vmin", "vmax"), np.quantile(values, (0.01, 0.99)), strict=True))
        if len(self.labels) == 3:
            style["depthshade"] = False
        self.points_ = ax.scatter(*self.generated.T, **style | dict(point_kw))
        pad = 0.12 if len(self.labels) == 3 else 0.03
        self.colorbar_ = ax.figure.colorbar(self.points_, ax=ax, shrink=0.8, pad=pad)
        self.colorbar_.set_label("expansion (1 / unit of time)")
        ax.set_title(f"{len(self.frequencies):,} linear regions", fontsize="medium")


_NUMBER = {
    "ha": "center",
    "va": "center",
    "zorder": 10,
    "color": "black",
    "bbox": {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "0.4"},
}


def _visible(cmap, ax, n):
    """Colours (n, 4) that can be seen on the background of the axes."""
    return cmap(np.linspace(*(_ON_DARK if is_dark(ax) else _ON_LIGHT), n))


def _expansion(regions):
    """Logarithm of the largest singular value of the Jacobian of each region, (n_regions,)."""
    largest = [
        np.linalg.norm(regions._jacobians_of(block), 2, axis=(1, 2))
        for block in np.split(regions.patterns, range(_BLOCK, len(regions), _BLOCK))
    ]
    with np.errstate(divide="ignore"):  # a map to a single point
        return np.log(np.concatenate(largest))


def _middle(points, others):
    """One of the points (n, n_dims), in the midst of the part of them that is far from others."""
    if len(others):
        distance, _ = cKDTree(others).query(points)
        points = points[distance >= np.quantile(distance, 0.7)]
    return points[np.argmin(np.sum((points - np.median(points, axis=0)) ** 2, axis=1))]
