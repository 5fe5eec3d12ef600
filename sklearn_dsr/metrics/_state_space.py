"""How much two series differ in where they are in state space, whatever the order in time."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .._data.trajectories import pooled
from .._data.types import Seed
from .._data.validation import check_choice, check_real
from ._binning import BinnedDensity
from ._inputs import check_pair, check_true
from ._mixture import MixtureDensity

# With more columns a histogram with 30 bins per column is almost empty.
_MOST_BINNED_COLUMNS = 5


def state_space_divergence(
    true: ArrayLike,
    generated: ArrayLike,
    *,
    method: Literal["auto", "binning", "gmm"] = "auto",
    n_bins: int = 30,
    smoothing: float = 1e-5,
    escaped: Literal["outside", "drop"] = "outside",
    sigma: float = 1.0,
    n_samples: int = 1000,
    max_points: int | None = 10_000,
    random_state: Seed = 0,
) -> float:
    r"""State space divergence D_stsp: Kullback-Leibler divergence of the occupation of state space.

    A box around the true series is divided into K = n_bins^n_features cells. Cell k holds h_k of
    the n true points and g_k of the m generated points. With the pseudo-count a = `smoothing`,

    .. math:: D_{stsp} = \sum_{k=1}^K p_k \log(p_k / q_k), \quad
       p_k = \frac{h_k + a}{n + a K}, \quad q_k = \frac{g_k + a}{m + a K}

    In each column the box is [min - 0.1 sd, max + 0.1 sd] of the true series [1]_. For many
    columns the two densities are Gaussian mixtures, and a Monte-Carlo mean takes the place of the
    sum [1]_ [2]_.

    Parameters
    ----------
    true : array-like of shape (n_samples, n_features), list of such, or 3-D array
        True series. Trajectories are pooled. A row that holds NaN is a gap and is left out.
    generated : array-like of shape (n_generated, n_features), list of such, or 3-D array
        Generated series. Non-finite values are allowed: these points have escaped.
    method : {"auto", "binning", "gmm"}, default="auto"
        "auto" is "binning" up to 5 columns and "gmm" above.
    n_bins : int, default=30
        Bins per column, at least 1 (binning).
    smoothing : float, default=1e-5
        Pseudo-count of each cell, at least 1e-12 (binning).
    escaped : {"outside", "drop"}, default="outside"
        How generated points outside the box count. "outside": m is the number of all generated
        points, so the escaped points are probability mass where the true series has none. The
        divergence grows continuously with their share; if all points escape, it has its largest
        value D_stsp = log((m + a K) / a) + sum p_k log p_k. "drop": m is the number of points
        inside, as in the reference code, so one point inside can hide 99,999 outside. If no point
        is inside, "drop" gives the value of "outside". If no point escapes, both agree exactly.
        With "gmm" a point escapes where it is not finite; see Notes.
    sigma : float, default=1.0
        Standard deviation of each Gaussian in the units of the data, at least 1e-12 (gmm). The
        default suits standardised columns.
    n_samples : int, default=1000
        Monte-Carlo samples, at least 1 (gmm).
    max_points : int, default=10_000
        Number of rows of each series that are used, at least 1 (gmm): the first ones, as in the
        published figures. Later rows do not enter.
    random_state : int, numpy.random.Generator, RandomState or None, default=0
        Draws the samples (gmm). None draws other samples at each call.

    Returns
    -------
    float
        Divergence in nats, finite, and 0 for identical series. "binning" gives no negative value;
        "gmm" can give small negative values by sampling.

    Raises
    ------
    TypeError
        If a number is of the wrong type.
    ValueError
        If `true` holds infinity or has no row without NaN; if `generated` has no row or another
        width; if a parameter is out of its range; if `n_bins` ** n_features exceeds 2**63 - 1
        (binning).

    See Also
    --------
    escaped_fraction : Share of the generated points outside the range of the true series.
    power_spectrum_hellinger : Compares the order in time, which D_stsp ignores.
    sklearn_dsr.model_selection.DSRScorer : Computes this and other metrics of a fitted model.

    Notes
    -----
    The value depends on the lengths of the series: a short generated series scores higher than a
    long one from the same system. Report the length with the value, and compare equal lengths.

    If K is not small compared with n, the pseudo-counts outweigh the data and the value falls
    towards 0. With the defaults this happens above 5 columns.

    "gmm" has no box. A value far outside the range of the true series is moved to a border, NaN to
    the upper one. The border lies 10 times the larger of the standard deviation and `sigma`
    outside the range, so the result is bounded. "drop" leaves out points with non-finite values,
    unless no point would be left.

    Cost: O(n log n) time and O(n) memory for any number of cells (binning),
    O(n_samples max_points n_features) time (gmm).

    References
    ----------
    .. [1] Hess et al. (2023), "Generalized teacher forcing for learning chaotic dynamics", ICML,
       PMLR 202:13017, arXiv:2306.04406 (performance measure D_stsp).
    .. [2] Hershey and Olsen (2007), "Approximating the Kullback Leibler divergence between
       Gaussian mixture models", ICASSP.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.metrics import state_space_divergence
    >>> angle = np.linspace(0, 200 * np.pi, 10_000)
    >>> circle = np.column_stack([np.cos(angle), np.sin(angle)])
    >>> state_space_divergence(circle, circle)
    0.0
    >>> print(round(state_space_divergence(circle, 0.9 * circle), 1))
    16.1
    """
    density = state_space_density(
        true,
        method=method,
        n_bins=n_bins,
        smoothing=smoothing,
        sigma=sigma,
        n_samples=n_samples,
        max_points=max_points,
        random_state=random_state,
    )
    return density.divergence(generated, escaped=escaped)


def state_space_density(
    true,
    *,
    method="auto",
    n_bins=30,
    smoothing=1e-5,
    sigma=1.0,
    n_samples=1000,
    max_points=10_000,
    random_state=0,
):
    """Density of a true series with a method ``divergence(generated, *, escaped="outside")``.

    Several generated series are scored against one true series, which is counted once. See
    :func:`state_space_divergence` for the parameters. Returns a BinnedDensity or a MixtureDensity.
    """
    check_choice(method, "method", ("auto", "binning", "gmm"))
    n_features = check_true(true).values.shape[1]
    if method == "binning" or (method == "auto" and n_features <= _MOST_BINNED_COLUMNS):
        return BinnedDensity(true, n_bins=n_bins, smoothing=smoothing)
    return MixtureDensity(
        true, sigma=sigma, n_samples=n_samples, max_points=max_points, random_state=random_state
    )


def escaped_fraction(true: ArrayLike, generated: ArrayLike, margin: float = 0.0) -> float:
    """Share of the generated points that lie outside the range of the true series.

    A point is outside if one of its values is not finite or lies outside
    [min - margin sd, max + margin sd] of its column in the true series.

    Parameters
    ----------
    true : array-like of shape (n_samples, n_features), list of such, or 3-D array
        True series. Trajectories are pooled, and rows with NaN are left out.
    generated : array-like of shape (n_generated, n_features), list of such, or 3-D array
        Generated series; non-finite values are allowed.
    margin : float, default=0.0
        Widening of the range on both sides in standard deviations of the true column, at least 0.
        0.1 gives the box of :func:`state_space_divergence`.

    Returns
    -------
    float
        Share in [0, 1].

    Raises
    ------
    TypeError
        If a number is of the wrong type.
    ValueError
        If `true` holds infinity or has no row without NaN; if `generated` has no row or another
        width; if `margin` is negative or not finite.

    See Also
    --------
    state_space_divergence : Counts escaped points as probability mass outside.

    Examples
    --------
    >>> from sklearn_dsr.metrics import escaped_fraction
    >>> escaped_fraction([[0.0], [1.0]], [[0.5], [0.9], [1.1], [float("nan")]])
    0.5
    """
    check_real(margin, "margin", 0.0)
    true, generated = check_pair(true, generated)
    rows, points = pooled(true.segments()), pooled(generated)
    reach = margin * rows.std(axis=0)
    # NaN compares as False, so a point with NaN is outside.
    inside = (points >= rows.min(axis=0) - reach) & (points <= rows.max(axis=0) + reach)
    return float(np.mean(~inside.all(axis=1)))
