"""Searches for the fixed points and cycles of a map.

A map is a CanonicalMap z' = A z + W1 relu(W2 z + h2) + h1 of M latent and L hidden units; its
external inputs are left out. With a map that is not finite a search ends, with any result.
"""

from operator import index

import numpy as np

from ._isa import core


def settle_all(canonical, Z, n_iterations):
    """Solve for cycles in guessed linear regions, and again in the regions that come out.

    The regions of the first guess are those of the given points. What a virtual cycle visits is
    ambiguous: the regions of its k points, or those of the map's run from its first one. Starts
    take turns, as either finds cycles that the other does not. O(k (M^2 L + M^3)) for a solution.

    Parameters
    ----------
    canonical : CanonicalMap
    Z : float64 ndarray of shape (n, k, M)
        Points to start from, k >= 1.
    n_iterations : int
        Solutions from one start, at most; at least 0.

    Returns
    -------
    Z : float64 ndarray of shape (n, k, M)
        Points of the last solution.
    status : int64 ndarray of shape (n,)
        1 if they are a cycle, 0 if all solutions were virtual, -1 if the last one was not unique.

    Raises
    ------
    TypeError, ValueError
        If a type is another one, or sizes do not fit one another.
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
        Cycles to return at most.

    Returns
    -------
    Z : float64 ndarray of shape (n, k, M)
        The first `n_kept` cycles, each from one of its points, and those of orders that divide k.
    n_found : int
        How many there are.
    n_degenerate : int
        Sequences for which the solution is not unique.

    Raises
    ------
    TypeError, ValueError
        If a type is another one, sizes do not fit, or a number is out of its range.
    """
    return core.settle_everywhere(_arrays(canonical), index(order), index(n_kept))


def search_boxes(canonical, low, high, order, n_boxes, n_kept):
    """Where in a box first points of cycles may be, by interval arithmetic on its parts.

    Parameters
    ----------
    canonical : CanonicalMap
    low, high : float64 ndarray of shape (M,)
        Ends of the box, low < high.
    order : int in [1, 1000]
        Points k of a cycle, at least 1.
    n_boxes : int
        Boxes to look at, at most. Each takes O(k (M^2 L + M^3)).
    n_kept : int
        Candidates to return at most.

    Returns
    -------
    candidates : float64 ndarray of shape (n, M)
        Points, each in a box too small to be told from it. Outside such boxes there are no
        cycles, up to rounding, if all of the box was decided.
    n_found : int
        How many there are.
    n_used : int
        Boxes that were looked at.
    undecided : float
        Share of the volume that was not decided within `n_boxes`, in [0, 1].

    Raises
    ------
    TypeError, ValueError
        If a type is another one, sizes do not fit, a number is out of its range, or `low` is not
        below `high` by a finite amount.
    """
    return core.search_boxes(
        _arrays(canonical), low, high, index(order), index(n_boxes), index(n_kept)
    )


def _arrays(canonical):
    """The arrays of a map as the core takes them."""
    try:
        arrays = canonical.A, canonical.W1, canonical.W2, canonical.h1, canonical.h2
    except AttributeError as error:
        raise TypeError(f"A CanonicalMap is wanted, not {canonical!r}.") from error
    return tuple(np.ascontiguousarray(array) for array in arrays)
