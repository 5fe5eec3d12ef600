"""The set of states that data and a model's free run visit, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils._optional_dependencies import check_matplotlib_support

from .._data.validation import check_int
from ._comparison import Comparison, join, near
from ._drawing import (
    DATA,
    MODEL,
    ink,
    label_axes,
    legend_above,
    line_style,
    make_axes,
    same_limits,
)
from ._projection import Projection
from ._types import AxesLike, Columns, Rows, Style

_MANY = 5_000  # rows beyond which lines are thin


class AttractorDisplay:
    """Attractor of data and attractor of a model's free run, in two or three dimensions.

    Make a display with `from_estimator` or `from_trajectories`. The parameters are stored as
    attributes.

    Parameters
    ----------
    true : ndarray of shape (n_true, n_dims)
        Coordinates of the data that are drawn. A row of NaN separates two pieces.
    generated : ndarray of shape (n_generated, n_dims)
        Coordinates of the free run. NaN also from where it diverges.
    labels : sequence of str of length n_dims
        Labels of the axes.

    Attributes
    ----------
    true_line_, generated_line_ : Line2D or Line3D
        Data and free run.
    axes_ : ndarray of Axes
        One axes for each, or a single one for both.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    PowerSpectrumDisplay : At which frequencies both move.
    ReturnMapDisplay : Successive maxima of one column.
    sklearn_dsr.metrics.state_space_divergence : How much the two differ, as a number.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.inspection import AttractorDisplay
    >>> X, Y = make_lorenz63(2000, random_state=0), make_lorenz63(2000, random_state=1)
    >>> display = AttractorDisplay.from_trajectories(X, Y, columns=(0, 2))
    >>> display.labels
    ('x0', 'x2')
    >>> display.axes_[0].get_xlabel()
    'x0'
    """

    def __init__(
        self, *, true: NDArray[np.float64], generated: NDArray[np.float64], labels: Sequence[str]
    ) -> None:
        self.true = true
        self.generated = generated
        self.labels = labels

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Rows,
        *,
        columns: Columns = None,
        n_dims: int | None = None,
        lag: int | str = "auto",
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Run a fitted model freely, and draw the run and X in the coordinates of X.

        The run starts at the first complete row of the longest gap-free piece of each trajectory.
        It is as long as the piece. Noise drives the run of a model with `driven_`.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model. An ensemble runs as its best member.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        columns : int, str, or sequence of up to 3 of these, default=None
            Columns to draw, by number or name. None draws the first `n_dims` ones. A single column
            is drawn against its own past.
        n_dims : {2, 3} or None, default=None
            Dimensions of the picture. None takes those of `ax`, or as many as there are columns,
            but at least 2 and at most 3.
        lag : "auto" or int, default="auto"
            Rows between a single column and its past. "auto" takes the lag of
            :class:`~sklearn_dsr.preprocessing.DelayEmbedding`.
        ax : Axes, array-like of two Axes, or None, default=None
            One axes for both, or one for each. None makes a figure with two.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        AttractorDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If `columns`, `n_dims` or `lag` is out of its range, X is not valid, or `ax` does not
            hold one or two axes of these dimensions.
        TypeError
            If the estimator has no free run.
        ImportError
            If matplotlib is missing.

        Warns
        -----
        ReconstructionWarning
            If the run diverges. It is drawn as far as it is finite and near the data.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        comparison = Comparison.of_estimator(estimator, X)
        if comparison.driven:
            label = {"label": "free run with noise"}
            kwargs["generated_kw"] = label | dict(kwargs.get("generated_kw") or {})
        return cls._from_comparison(comparison, columns, n_dims, lag, ax).plot(ax=ax, **kwargs)

    @classmethod
    def from_trajectories(
        cls,
        true: Rows,
        generated: Rows,
        *,
        columns: Columns = None,
        n_dims: int | None = None,
        lag: int | str = "auto",
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Draw data and a free run, both given as arrays.

        Parameters
        ----------
        true : array-like or DataFrame of shape (n_true, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        generated : array-like of shape (n_generated, n_features), list of such, or 3-D array
            The run, of any length.
        columns, n_dims, lag, ax, **kwargs : object
            As in `from_estimator`.

        Returns
        -------
        AttractorDisplay
            The display, drawn.

        Raises
        ------
        ValueError, ImportError
            As in `from_estimator`; also if the two differ in their number of columns.

        Warns
        -----
        ReconstructionWarning
            If the run diverges.
        """
        check_matplotlib_support(f"{cls.__name__}.from_trajectories")
        comparison = Comparison.of_trajectories(true, generated)
        return cls._from_comparison(comparison, columns, n_dims, lag, ax).plot(ax=ax, **kwargs)

    @classmethod
    def _from_comparison(cls, comparison, columns, n_dims, lag, ax):
        true, generated = comparison.true, comparison.generated
        project = Projection.choose(comparison.names, true, columns, n_dims, lag, ax)
        return cls(
            true=join([project(part) for part in true]),
            generated=join([project(part) for part in generated]),
            labels=project.labels,
        )

    def plot(
        self,
        ax: AxesLike = None,
        *,
        max_rows: int = 20_000,
        true_kw: Style = None,
        generated_kw: Style = None,
    ) -> Self:
        """Draw data and free run, and a dot where the run ends or leaves the picture.

        Parameters
        ----------
        ax : Axes, array-like of two Axes, or None, default=None
            One axes for both, or one for each with the same limits. None makes a figure with two.
            Three dimensions need ``projection="3d"``.
        max_rows : int, default=20_000
            How many rows of each are drawn at most, from the first one on.
        true_kw, generated_kw : dict, default=None
            Arguments of the lines, as for `matplotlib.axes.Axes.plot`.

        Returns
        -------
        AttractorDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` does not hold one or two axes of these dimensions, or `max_rows` is below 1.
        ImportError
            If matplotlib is missing.
        """
        check_int(max_rows, "max_rows", 1, advice="20_000 is usual.")
        solid = len(self.labels) == 3
        axes = make_axes(
            ax,
            self,
            1 if ax is not None and np.size(ax) == 1 else 2,
            shape=(1, 2),
            figsize=(9.0, 4.2) if solid else (8.0, 3.8),
            projection="3d" if solid else None,
        )
        beside = len(axes) == 2
        rows, run = self.true[:max_rows], near(self.generated, self.true)[:max_rows]
        last = np.flatnonzero(np.isfinite(run).all(axis=1))[-1:]
        thin = {"linewidth": 0.4 if len(rows) > _MANY else 0.8} if beside else {}
        true = line_style(DATA | {"color": ink(axes[0])} | thin, true_kw)
        dot = {"marker": "o", "markersize": 4.0, "markevery": list(last)}
        generated = line_style(MODEL | thin | dot, generated_kw)
        (self.true_line_,) = axes[0].plot(*rows.T, **true)
        (self.generated_line_,) = axes[-1].plot(*run.T, **generated)
        for panel in axes:
            label_axes(panel, self.labels)
        if beside:
            axes[0].set_title(true["label"])
            axes[1].set_title(generated["label"])
            same_limits(axes)
        else:
            legend_above(axes[0])
        self.axes_, self.figure_ = axes, axes[0].figure
        return self
