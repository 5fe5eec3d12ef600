"""Searches for the fixed points and cycles of a map.

A map is a CanonicalMap z' = A z + W1 relu(W2 z + h2) + h1 with M latent and L hidden units. Its
external inputs are ignored. If the map is not finite, the search ends with an arbitrary result.
"""

from operator import index

import numpy as np

from ._isa import core


def settle_all(canonical, Z, n_iterations):
    """Solve for cycles in guessed linear regions, and again in the regions of the solution.

    The first guess is the regions of the given points. The regions of a solution outside them are
    ambiguous: the regions of its k points, or of the map's run from its first point. Starts
    alternate between the two, as each finds cycles that the other misses. O(k (M^2 L + M^3)) for a
    solution.

    Parameters
    ----------
    canonical : CanonicalMap
    Z : float64 ndarray of shape (n, k, M)
        Points to start from, k >= 1.
    n_iterations : int
        Most solutions from one start, at least 0.

    Returns
    -------
    Z : float64 ndarray of shape (n, k, M)
        Points of the last solution.
    status : int64 ndarray of shape (n,)
        1 if they are a cycle, 0 if no solution was one, -1 if the last solution was not unique.

    Raises
    ------
    TypeError
        If a type is another one.
    ValueError
        If sizes do not fit.
    """
    return core.settle_all(_arrays(canonical), Z, index(n_iterations))


def settle_everywhere(canonical, order, n_kept):
    """Solve for the cycle of each of the 2**(order L) sequences of active units.

    Parameters
    ----------
    canonical : CanonicalMap
    order : int
        Points k of a cycle, at least 1; k L is at most 60.
    n_kept : int
        Most cycles to return.

    Returns
    -------
    Z : float64 ndarray of shape (n, k, M)
        The first `n_kept` cycles, including cycles of orders that divide k. Each begins with one of
        its points.
    n_found : int
        Number of cycles found.
    n_degenerate : int
        Number of sequences whose solution is not unique.

    Raises
    ------
    TypeError
        If a type is another one.
    ValueError
        If sizes do not fit, or a number is out of its range.
    """
    return core.settle_everywhere(_arrays(canonical), index(order), index(n_kept))


def search_boxes(canonical, low, high, order, n_boxes, n_kept):
    """Places in a box where first points of cycles may be, by interval arithmetic on its parts.

    Parameters
    ----------
    canonical : CanonicalMap
    low, high : float64 ndarray of shape (M,)
        Ends of the box, low < high.
    order : int in [1, 1000]
        Points k of a cycle.
    n_boxes : int
        Most boxes to examine. Each takes O(k (M^2 L + M^3)).
    n_kept : int
        Most candidates to return.

    Returns
    -------
    candidates : float64 ndarray of shape (n, M)
        One point in each box of the size of rounding that may hold a cycle. If the whole box was
        decided, there are no other cycles in it, up to rounding.
    n_found : int
        Number of such boxes.
    n_used : int
        Number of boxes examined.
    undecided : float
        Share of the volume that is undecided after `n_boxes`, in [0, 1].

    Raises
    ------
    TypeError
        If a type is another one.
    ValueError
        If sizes do not fit, a number is out of its range, or `low` is not below `high` by a finite
        amount.
    """
    return core.search_boxes(
        _arrays(canonical), low, high, index(order), index(n_boxes), index(n_kept)
    )


def _arrays(canonical):
    """The arrays of a map as the core takes them."""
    try:
        arrays = canonical.A, canonical.W1, canonical.W2, canonical.h1, canonical.h2
    except AttributeError as error:
        raise TypeError(f"canonical must be a CanonicalMap; got {canonical!r}.") from error
    return tuple(np.ascontiguousarray(array) for array in arrays)
