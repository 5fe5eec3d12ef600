"""Each maximum of a column against the one before: chaos in three dimensions as a curve."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks
from sklearn.base import BaseEstimator
from sklearn.utils._optional_dependencies import check_matplotlib_support

from .._data.trajectories import pooled
from .._data.validation import check_real
from ._comparison import Comparison, near, pick
from ._drawing import DATA, MODEL, ink, legend_above, line_style, make_axes
from ._types import AxesLike, Rows, Style


class ReturnMapDisplay:
    """Return map of successive maxima of one column, of data and of a model's free run.

    Each maximum is drawn against the one before [1]_. In a strongly contracting system of three
    dimensions, for example Lorenz-63, the points lie near a curve. A cycle gives a few points. A
    model with the right dynamics has the same picture as the data. Noise in the data widens their
    curve, and moves it up and to the right.

    Make a display with `from_estimator` or `from_trajectories`. The parameters are stored as
    attributes.

    Parameters
    ----------
    true : ndarray of shape (n_pairs, 2)
        A maximum of the data and the next one in the same gap-free piece, in the units of X.
    generated : ndarray of shape (n_generated_pairs, 2)
        The same of the free run, where both maxima are near the data.
    name : str
        Name of the column.

    Attributes
    ----------
    true_line_, generated_line_ : Line2D
        Data and free run.
    ax_ : Axes
        The axes.
    figure_ : Figure
        The figure of the axes.

    See Also
    --------
    AttractorDisplay : All columns instead of one.
    sklearn_dsr.dynamics.max_lyapunov_exponent : How fast nearby states part.

    References
    ----------
    .. [1] Lorenz (1963), "Deterministic nonperiodic flow", Journal of the Atmospheric Sciences 20,
       130-141, section 8.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.inspection import ReturnMapDisplay
    >>> X, Y = make_lorenz63(9000, random_state=0), make_lorenz63(9000, random_state=1)
    >>> display = ReturnMapDisplay.from_trajectories(X, Y, column=2)
    >>> display.ax_.get_ylabel()
    'next maximum of x2'
    """

    def __init__(
        self, *, true: NDArray[np.float64], generated: NDArray[np.float64], name: str
    ) -> None:
        self.true = true
        self.generated = generated
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: Rows,
        *,
        column: int | str = 0,
        prominence: float = 0.3,
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Run a fitted model freely, and draw the return maps of X and of the run.

        The run starts at the first complete row of the longest gap-free piece of each trajectory.
        It is as long as the piece. Noise drives the run of a model with `driven_`.

        Parameters
        ----------
        estimator : fitted reconstructor, Pipeline that ends in one, or search over either
            The model. An ensemble runs as its best member.
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        column : int or str, default=0
            Column to draw, by number or name.
        prominence : float, default=0.3
            Least height of a maximum above the higher one of the minima on its two sides, in
            standard deviations of the data. Lower maxima are taken for noise.
        ax : Axes or None, default=None
            Where to draw. None makes a figure.
        **kwargs : dict
            Further arguments of `plot`.

        Returns
        -------
        ReturnMapDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If `column` or `prominence` is out of its range, X is not valid, no piece of the data
            has two maxima, or `ax` holds several axes.
        TypeError
            If the estimator has no free run.
        ImportError
            If matplotlib is missing.

        Warns
        -----
        ReconstructionWarning
            If the run diverges. Its maxima are drawn as far as it is finite and near the data.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        comparison = Comparison.of_estimator(estimator, X)
        return cls._from_comparison(comparison, column, prominence).plot(ax=ax, **kwargs)

    @classmethod
    def from_trajectories(
        cls,
        true: Rows,
        generated: Rows,
        *,
        column: int | str = 0,
        prominence: float = 0.3,
        ax: AxesLike = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the return maps of data and of a free run, both given as arrays.

        Parameters
        ----------
        true : array-like or DataFrame of shape (n_true, n_features), list of such, or 3-D array
            The data. A row that holds NaN is a gap.
        generated : array-like of shape (n_generated, n_features), list of such, or 3-D array
            The run, of any length.
        column, prominence, ax, **kwargs : object
            As in `from_estimator`.

        Returns
        -------
        ReturnMapDisplay
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
        return cls._from_comparison(comparison, column, prominence).plot(ax=ax, **kwargs)

    @classmethod
    def _from_comparison(cls, comparison, column, prominence):
        check_real(prominence, "prominence", 0.0, advice="0.3 is usual.")
        (k,) = pick(column, comparison.names, most=1)
        true, run = (
            [part[:, k] for part in parts] for parts in (comparison.true, comparison.generated)
        )
        least = prominence * np.std(pooled(true))
        pairs, run_pairs = successive_maxima(true, least), successive_maxima(run, least)
        if not len(pairs):
            raise ValueError(
                f"No gap-free piece of column {comparison.names[k]} has two maxima of a prominence "
                f"of {least:.3g}. Set prominence lower, or give more rows."
            )
        close = np.isfinite(near(run_pairs, pooled(true)[:, None])).all(axis=1)
        return cls(true=pairs, generated=run_pairs[close], name=comparison.names[k])

    def plot(
        self, ax: AxesLike = None, *, true_kw: Style = None, generated_kw: Style = None
    ) -> Self:
        """Draw both return maps, and the diagonal.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw. None makes a figure.
        true_kw, generated_kw : dict, default=None
            Arguments of the points, as for `matplotlib.axes.Axes.plot`.

        Returns
        -------
        ReturnMapDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `ax` holds several axes.
        ImportError
            If matplotlib is missing.
        """
        ax = make_axes(ax, self, 1, figsize=(5.2, 4.8))[0]
        dots = DATA | {"color": ink(ax), "linestyle": "none", "marker": "o", "markersize": 3.0}
        crosses = MODEL | {"linestyle": "none", "marker": "+", "markersize": 6.0}
        crosses |= {"markeredgewidth": 1.2}
        crosses |= {} if len(self.generated) else {"label": "free run: no maxima"}
        (self.true_line_,) = ax.plot(*self.true.T, **line_style(dots, true_kw))
        (self.generated_line_,) = ax.plot(*self.generated.T, **line_style(crosses, generated_kw))
        ax.axline((self.true[0, 0],) * 2, slope=1.0, color="0.6", linewidth=0.8, zorder=0)
        ax.set(xlabel=f"maximum of {self.name}", ylabel=f"next maximum of {self.name}")
        legend_above(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def successive_maxima(parts, least):
    """Pairs (n_pairs, 2) of successive maxima of series (n_i,), of prominence `least` or more."""
    heights = [maxima(x, least) for x in parts]
    return np.concatenate([np.column_stack([h[:-1], h[1:]]) for h in heights])


def maxima(x, least):
    """Maxima of a series (n,), of prominence `least` or more.

    A maximum is the top of the parabola through the highest row and its two neighbours.
    """
    at, _ = find_peaks(x, prominence=least)
    slope, bend = (x[at + 1] - x[at - 1]) / 2, x[at - 1] - 2 * x[at] + x[at + 1]
    return x[at] - np.where(bend < 0, slope**2 / (2 * np.where(bend < 0, bend, 1.0)), 0.0)
