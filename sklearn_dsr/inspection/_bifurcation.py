"""What a model of related systems does in the long run, along one of their features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils._optional_dependencies import check_matplotlib_support

from ._bifurcation_points import diagram
from ._drawing import DASHED, DATA, MODEL, ink, label_axes, legend_above, line_style, make_axes
from ._types import AxesLike, Rows, Style


class BifurcationDisplay:
    """Bifurcation diagram: the points that free runs visit in the long run, along one feature.

    A model of related systems has one map for each vector of features: known control parameters or
    learned numbers. The horizontal axis is one of them. Above each value are the local maxima of a
    column of the free run, or all its rows. A cycle gives a few points, chaos gives many. Dashed
    lines mark the lowest and the highest value in training: outside of them the model extrapolates.

    Each run begins at the first row of the trajectory of the fit whose features are nearest. If
    several attractors exist for a value, the diagram shows the one that this run goes to.

    Make a display with `from_estimator`. The parameters are stored as attributes.

    Parameters
    ----------
    values : ndarray of shape (n_values,)
        Values of the feature.
    points : list of n_values ndarrays of shape (n_points_i,)
        Points of the free run for each value, in the units of X.
    diverged : ndarray of bool of shape (n_values,)
        Whether the run diverges. It has no points then.
    training_values : ndarray of shape (n_subjects,)
        The feature of each trajectory of the fit.
    data_values : ndarray of shape (n_pieces,), or None
        The feature of each gap-free piece of data.
    data_points : list of n_pieces ndarrays of shape (n_points_i,), or None
        Points of each piece.
    labels : sequence of str of length 2
        Labels of the axes.

    Attributes
    ----------
    model_points_ : Line2D
        Points of the free runs.
    data_points_ : Line2D or None
        Points of the data.
    training_lines_ : list of Line2D
        The two lines that mark the range of the training.
    ax_ : Axes
        The axes.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    ReturnMapDisplay : Each maximum against the one before, for one model.
    sklearn_dsr.dynamics.basins : All attractors of one model.

    Examples
    --------
    Eight logistic maps, whose parameter is the second column:

    >>> import numpy as np
    >>> from sklearn_dsr import HierarchicalReconstructor
    >>> from sklearn_dsr.inspection import BifurcationDisplay
    >>> X = np.full((8, 400, 2), 0.3)
    >>> X[:, :, 1] = np.linspace(3.0, 3.9, 8)[:, None]
    >>> for t in range(399):
    ...     X[:, t + 1, 0] = X[:, t, 1] * X[:, t, 0] * (1 - X[:, t, 0])
    >>> model = HierarchicalReconstructor(n_parameters=1, random_state=0).fit(X)
    >>> display = BifurcationDisplay.from_estimator(model, X, points="rows", n_steps=200)
    >>> len(display.values), len(display.points)
    (200, 200)
    """

    def __init__(
        self,
        *,
        values: NDArray[np.float64],
        points: list[NDArray[np.float64]],
        diverged: NDArray[np.bool_],
        training_values: NDArray[np.float64],
        data_values: NDArray[np.float64] | None,
        data_points: list[NDArray[np.float64]] | None,
        labels: Sequence[str],
    ) -> None:
        self.values = values
        self.points = points
        self.diverged = diverged
        self.training_values = training_values
        self.data_values = data_values
        self.data_points = data_points
        self.labels = labels

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Rows | None = None,
        *,
        feature: int | str = 0,
        values: ArrayLike | None = None,
        column: int | str = 0,
        points: Literal["maxima", "minima", "rows"] = "maxima",
        n_steps: int = 2_000,
        n_transient: int = 2_000,
        prominence: float = 0.3,
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Run the model of each value of a feature freely, and draw where the runs go.

        A run begins at ``initial_row_`` of its model. It diverges if it overflows, or leaves the
        range of the training data by more than ten times its width. A run that is at rest has one
        point, its last value.

        Parameters
        ----------
        estimator : fitted HierarchicalReconstructor
            The model of related systems, or another estimator with its `subject_features_`,
            `n_parameters`, `get_feature_names_out()` and `reconstructor(features)`.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array, \
default=None
            Data to draw beside the model, with all columns of the fit. A trajectory is drawn at its
            own parameter, or at the feature that `transform` learns from it, from its first row on.
            A row that holds NaN is a gap.
        feature : int or str, default=0
            Feature of the horizontal axis, by number or name. The others are held at their medians
            in `subject_features_`.
        values : array-like of shape (n_values,), default=None
            Values of the feature. None takes 200 at equal distances, from the lowest to the highest
            in `subject_features_`.
        column : int or str, default=0
            Column of the vertical axis, by number or name.
        points : {"maxima", "minima", "rows"}, default="maxima"
            What is drawn of a run. "maxima" and "minima" are for systems in continuous time: tops
            of the parabola through a row and its two neighbours. "rows" is for systems in discrete
            time.
        n_steps : int, default=2_000
            Steps of each run that give points, at least 3.
        n_transient : int, default=2_000
            Steps of each run before these, at least 0.
        prominence : float, default=0.3
            Least prominence of a maximum or minimum of X, in standard deviations of its gap-free
            piece. Lower ones are taken for noise. X is not smoothed, so noise moves the others
            outwards. Free runs have no noise, and all of theirs are drawn.
        ax : Axes or None, default=None
            Where to draw. None makes a figure.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        BifurcationDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        TypeError
            If the estimator is no model of related systems, or a number has the wrong type.
        ValueError
            If a parameter is out of its range, X is not valid, the model has external inputs, or
            `ax` holds several axes or axes of three dimensions.
        ImportError
            If matplotlib is missing.

        Warns
        -----
        ReconstructionWarning
            If a run diverges.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        steps = n_transient, n_steps
        made = diagram(estimator, X, feature, values, column, points, steps, prominence)
        return cls(**made).plot(ax=ax, **kwargs)

    def plot(self, ax: AxesLike = None, *, model_kw: Style = None, data_kw: Style = None) -> Self:
        """Draw the points of the model and of the data, and the range of the training.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw. None makes a figure.
        model_kw, data_kw : dict, default=None
            Arguments of the points, as for `matplotlib.axes.Axes.plot`.

        Returns
        -------
        BifurcationDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` holds several axes or axes of three dimensions.
        ImportError
            If matplotlib is missing.
        """
        ax = make_axes(ax, self, 1, figsize=(6.4, 4.8))[0]
        n_bad, n = int(np.sum(self.diverged)), len(self.values)
        dots = MODEL | {"linestyle": "none", "marker": ".", "markersize": 2.0, "rasterized": True}
        dots |= {"label": f"free run: {n_bad} of {n} diverge"} if n_bad else {}
        self.model_points_ = _draw(ax, self.values, self.points, line_style(dots, model_kw))
        self.data_points_ = None
        if self.data_values is not None:
            circles = DATA | {"color": ink(ax), "linestyle": "none", "marker": "o", "zorder": 3}
            circles = line_style(circles | {"markersize": 3.0}, data_kw)
            self.data_points_ = _draw(ax, self.data_values, self.data_points, circles)
        low, high, shown = min(self.training_values), max(self.training_values), ax.get_xlim()
        style = DASHED | {"color": "0.6", "linewidth": 0.9, "zorder": 0}
        self.training_lines_ = [ax.axvline(low, **style), ax.axvline(high, **style)]
        self.training_lines_[0].set_label(f"training: {low:.4g} to {high:.4g}")
        ax.set_xlim(shown)  # lines outside do not widen the picture
        label_axes(ax, self.labels)
        legend = legend_above(ax)
        for line in legend.get_lines()[: 1 if self.data_points_ is None else 2]:
            line.set_markersize(4.0)  # the dots of the model are hard to see alone
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _draw(ax, values, points, style):
    """One line with all points above their values."""
    x = np.repeat(values, [len(part) for part in points])
    return ax.plot(x, np.concatenate(points), **style)[0]
