"""Dense linear algebra in float64, with sums in an order that no processor or thread changes.

BLAS and LAPACK promise no order, and one other last bit makes another model of a chaotic training.
Arrays may have any layout and any type of real numbers; other types raise TypeError.
"""

import math

import numpy as np

from ._isa import core


def _array(values):
    values = np.asarray(values, order="C")
    if values.dtype.kind not in "biuf":
        raise TypeError(f"The array must hold real numbers; its type is {values.dtype}.")
    return values.astype(np.float64, order="C", copy=False)


def product(X, Y):
    """Product X Y of X (..., k) and a matrix Y (k, m), (..., m). Overflow gives infinity or NaN.

    Each entry is the sum over k in order, by fused multiply-adds. ValueError if sizes differ.
    """
    X, Y = _array(X), _array(Y)
    rows = X.reshape(math.prod(X.shape[:-1]), X.shape[-1])
    return core.multiply(rows, Y).reshape(*X.shape[:-1], Y.shape[1])


def gram(X, Y):
    """X^T Y, (k, m), of X (n, k) and Y (n, m): sums over n in order. ValueError if n differs."""
    return core.gram(_array(X), _array(Y))


def normal_equations(n_features, n_targets):
    """Least squares of targets on features with an intercept; rows may come in parts.

    Returns
    -------
    object
        ``add(X, Y)`` takes float64 arrays (n, n_features) and (n, n_targets). ``solve(penalties)``
        takes the penalties (n_features,) on the squared weights, each at least 0, and returns
        weights (n_targets, n_features) and intercept (n_targets,). The intercept has no penalty.
        The result is not finite if the equations are singular up to rounding. ValueError if sizes
        differ or exceed 100,000, a value is infinite or NaN, or a penalty is negative.
    """
    return core.NormalEquations(n_features, n_targets)


def ridge(features, targets, penalty):
    """Least squares with `penalty` on the squared weights, by normal equations.

    Parameters
    ----------
    features : ndarray of shape (n, F)
        At least one row.
    targets : ndarray of shape (n, M)
    penalty : float
        At least 0. The intercept is not penalised.

    Returns
    -------
    weights : ndarray of shape (M, F)
    intercept : ndarray of shape (M,)
        Not finite if the normal equations are singular up to rounding.

    Raises
    ------
    ValueError
        If a value is infinite or NaN, the penalty is negative, or sizes differ.
    """
    features, targets = _array(features), _array(targets)
    if len(features) == 0:
        raise ValueError("features has no row")
    equations = core.NormalEquations(features.shape[1], targets.shape[1])
    equations.add(features, targets)
    return equations.solve(np.full(features.shape[1], float(penalty)))


def solve(G, B):
    """Solution (n, m) of G X = B for a positive-definite G (n, n) and B (n, m), by Cholesky.

    Only the upper triangle of G is read. The result is not finite if G is singular up to rounding.
    ValueError if sizes differ, or a value is infinite or NaN.
    """
    return core.solve(_array(G), _array(B))


def eigh(S):
    """Eigenvalues (n,), ascending, and eigenvectors (n, n), the columns, of a symmetric S (n, n).

    Uses cyclic Jacobi rotations in O(n^3) time with a factor of about 30. Only the lower triangle
    of S is read. ValueError if S is not square, or a value is infinite or NaN.
    """
    return core.eigh(_array(S))


def pseudo_inverse(B):
    """Pseudo-inverse (M, N) of B (N, M), by one-sided Jacobi rotations.

    Singular values below max(N, M) times the rounding of the largest one count as 0. ValueError if
    a value is infinite or NaN.
    """
    return core.pseudo_inverse(_array(B))


def orthonormal(X):
    """Orthonormal rows (n, m): the first k span the first k rows of X (Gram-Schmidt, twice).

    ValueError if a row depends on the rows before it, or a value is infinite or NaN.
    """
    return core.orthonormal(_array(X))


def exponential(x):
    """Exponential of each entry, within 2 units in the last place."""
    x = _array(x)
    return core.exponential(x.ravel()).reshape(x.shape)
