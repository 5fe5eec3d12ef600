"""A fitted model's free run, coloured by the linear region of the map that each state lies in."""

import numpy as np
from scipy.spatial import cKDTree
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from .._data.validation import check_int
from ..dynamics import linear_regions
from ._comparison import column_names, first_state
from ._drawing import label_axes, legend_above, line_style, make_axes
from ._projection import Projection


class LinearRegionDisplay:
    """Attractor of a model's free run, coloured by linear region.

    In each region the map is linear. Regions are numbered from the most visited one on, and each
    has its number in the middle of its part of the attractor. It takes a model with few regions,
    as :class:`~sklearn_dsr.AlmostLinearRNNReconstructor`; others may have thousands.

    Make one with `from_estimator`; the parameters are stored as attributes.

    Parameters
    ----------
    generated : ndarray of shape (n_generated, n_dims)
        Coordinates of the run that are drawn.
    sequence : ndarray of shape (n_generated,), int
        Region of each.
    frequencies : ndarray of shape (n_regions,)
        Share of the run in each region.
    labels : sequence of str of length n_dims
        What stands at the axes.

    Attributes
    ----------
    region_lines_ : list of Line2D or Line3D
        The points of each region that has a colour of its own.
    other_line_ : Line2D, Line3D or None
        Those of all other regions, if there are any.
    texts_ : list of Text
        The numbers.
    ax_ : Axes
        The axes.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    sklearn_dsr.dynamics.linear_regions : The regions, their maps, and the transitions.

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

    def __init__(self, *, generated, sequence, frequencies, labels):
        self.generated = generated
        self.sequence = sequence
        self.frequencies = frequencies
        self.labels = labels

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X=None,
        *,
        inputs=None,
        n_steps=20_000,
        n_transient=1_000,
        columns=None,
        n_dims=None,
        lag="auto",
        ax=None,
        **kwargs,
    ):
        """Let a fitted model run freely, and draw the run by its linear regions.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model; of an ensemble its best member.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, default=None
            Data, from whose first complete row the run starts. None starts from that of the
            training data.
        inputs : array-like of shape (n_inputs,), default=None
            Constant external inputs, if the model has any, in the units that the reconstructor was
            fitted in.
        n_steps, n_transient : int, default=20_000, default=1_000
            Steps that are drawn, and those before.
        columns, n_dims, lag : object
            As in :meth:`AttractorDisplay.from_estimator`.
        ax : Axes or None, default=None
            None makes a figure.
        kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        LinearRegionDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If a number is out of its range, the model has external inputs and none are given, or
            the other way round, the free run diverges, or `ax` is several axes or of other
            dimensions.
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
            labels=project.labels,
        ).plot(ax=ax, **kwargs)

    def plot(self, ax=None, *, n_colors=8, cmap="viridis", point_kw=None):
        """Draw the run by its linear regions.

        Parameters
        ----------
        ax : Axes or None, default=None
            None makes a figure. For three dimensions it has ``projection="3d"``.
        n_colors : int, default=8
            How many regions, the most visited ones, have a colour and a number; the others share a
            light grey.
        cmap : str or Colormap, default="viridis"
            Where the colours are from.
        point_kw : dict, default=None
            Arguments of the points, as for `matplotlib.axes.Axes.plot`.

        Returns
        -------
        LinearRegionDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` is several axes or of other dimensions, or `n_colors` is below 1.
        ImportError
            If matplotlib is missing.
        """
        check_int(n_colors, "n_colors", 1, advice="8 are told apart.")
        solid = len(self.labels) == 3
        ax = make_axes(ax, self, 1, figsize=(6.4, 5.4), projection="3d" if solid else None)[0]
        from matplotlib import colormaps

        n = min(n_colors, len(self.frequencies))
        colors = colormaps.get_cmap(cmap)(np.linspace(0.0, 0.9, n))
        dots = {"linestyle": "none", "marker": ".", "markersize": 2.5}
        self.region_lines_, self.texts_, self.other_line_ = [], [], None
        if n < len(self.frequencies):
            share = 100 * self.frequencies[n:].sum()
            more = {"color": "0.85", "label": f"{len(self.frequencies) - n} more: {share:.2g} %"}
            points = self.generated[self.sequence >= n]
            (self.other_line_,) = ax.plot(*points.T, **line_style(dots | more, point_kw))
        for k in range(n):
            own = {"color": colors[k], "label": f"{k}: {100 * self.frequencies[k]:.2g} %"}
            points = self.generated[self.sequence == k]
            self.region_lines_ += ax.plot(*points.T, **line_style(dots | own, point_kw))
            if len(points):
                place = _middle(points, self.generated[self.sequence != k])
                self.texts_.append(ax.text(*place, str(k), **_NUMBER))
        label_axes(ax, self.labels)
        lines = [*self.region_lines_, *([self.other_line_] if self.other_line_ else [])]
        legend_above(ax, handles=lines, markerscale=4.0, title="region: share of the run")
        self.ax_, self.figure_ = ax, ax.figure
        return self


_NUMBER = {
    "ha": "center",
    "va": "center",
    "zorder": 10,
    "bbox": {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "0.4"},
}


def _middle(points, others):
    """One of the points (n, n_dims), in the midst of the part of them that is far from others."""
    if len(others):
        distance, _ = cKDTree(others).query(points)
        points = points[distance >= np.quantile(distance, 0.7)]
    return points[np.argmin(np.sum((points - np.median(points, axis=0)) ** 2, axis=1))]
