"""The set of states that data and a model's free run visit, one beside the other."""

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support

from .._data.validation import check_int
from ._comparison import Comparison, join, near
from ._drawing import (
    DATA,
    MODEL,
    label_axes,
    legend_above,
    line_style,
    make_axes,
    same_limits,
)
from ._projection import Projection

_MANY = 5_000  # rows beyond which lines are thin


class AttractorDisplay:
    """Attractor of data beside that of a model's free run, in two or three dimensions.

    Make one with `from_estimator` or `from_trajectories`; the parameters are stored as attributes.

    Parameters
    ----------
    true, generated : ndarray of shape (n_true, n_dims), ndarray of shape (n_generated, n_dims)
        Coordinates that are drawn, of the data and of the run, with a row of NaN between two
        pieces; the run also has NaN from where it diverges.
    labels : sequence of str of length n_dims
        What stands at the axes.

    Attributes
    ----------
    true_line_, generated_line_ : Line2D or Line3D
        What was drawn.
    axes_ : ndarray of Axes
        One of each, or a single one for both.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    PowerSpectrumDisplay : Whether both move at the same frequencies.
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

    def __init__(self, *, true, generated, labels):
        self.true = true
        self.generated = generated
        self.labels = labels

    @classmethod
    def from_estimator(
        cls, estimator, X, *, columns=None, n_dims=None, lag="auto", ax=None, **kwargs
    ):
        """Let a fitted model run freely beside X, and draw both.

        The run starts from the first complete row of the longest gap-free piece of each trajectory,
        is as long as that, and is drawn in the coordinates of X.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model; of an ensemble its best member.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        columns : int, str, or sequence of up to 3 of these, default=None
            Which columns, by number or name; None is the first `n_dims` ones. One column is drawn
            against its own past.
        n_dims : {2, 3} or None, default=None
            Dimensions of the picture. None is as many as `ax` has, or as there are columns, at
            least 2 and at most 3.
        lag : "auto" or int, default="auto"
            Rows between a column and its past where there is one; "auto" is that of
            :class:`~sklearn_dsr.preprocessing.DelayEmbedding`.
        ax : Axes, array-like of two Axes, or None, default=None
            Both are drawn into one, or each into its own; None makes a figure with two.
        kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        AttractorDisplay

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If `columns`, `n_dims` or `lag` is out of its range, X is not valid, or `ax` holds other
            axes.
        TypeError
            If the estimator has no free run.
        ImportError
            If matplotlib is missing.

        Warns
        -----
        ReconstructionWarning
            If the run diverges; it is drawn as far as it is finite and near the data.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        comparison = Comparison.of_estimator(estimator, X)
        return cls._from_comparison(comparison, columns, n_dims, lag, ax).plot(ax=ax, **kwargs)

    @classmethod
    def from_trajectories(
        cls, true, generated, *, columns=None, n_dims=None, lag="auto", ax=None, **kwargs
    ):
        """Draw data beside a free run that is there already.

        Parameters
        ----------
        true : array-like or DataFrame of shape (n_true, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        generated : array-like of shape (n_generated, n_features), list of such, or 3-D array
            The run, of any length.
        columns, n_dims, lag, ax, kwargs : object
            As in `from_estimator`.

        Returns
        -------
        AttractorDisplay

        Raises
        ------
        ValueError, ImportError
            As `from_estimator`, or if the two have not the same number of columns.

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

    def plot(self, ax=None, *, max_rows=20_000, true_kw=None, generated_kw=None):
        """Draw data and free run, and a dot where the run ends or leaves the picture.

        Parameters
        ----------
        ax : Axes, array-like of two Axes, or None, default=None
            Both are drawn into one, or each into its own with the same limits; None makes a figure
            with two. For three dimensions they have ``projection="3d"``.
        max_rows : int, default=20_000
            Rows of each that are drawn at most, the first ones: more would fill the picture.
        true_kw, generated_kw : dict, default=None
            Arguments of the lines, as for `matplotlib.axes.Axes.plot`.

        Returns
        -------
        AttractorDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` holds other axes, or `max_rows` is below 1.
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
        true = line_style(DATA | thin, true_kw)
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
