"""Dense linear algebra in float64, with sums in an order that no processor or thread changes.

BLAS and LAPACK promise no such order, and a chaotic training makes another model of another last
bit. Arrays may have any layout and any type of real numbers; TypeError for anything else.
"""

import math

import numpy as np

from ._isa import core


def _array(values):
    values = np.asarray(values, order="C")
    if values.dtype.kind not in "biuf":
        raise TypeError(f"Real numbers are wanted, and the array has the type {values.dtype}.")
    return values.astype(np.float64, order="C", copy=False)


def product(X, Y):
    """X Y of X (..., k) and a matrix Y (k, m), (..., m); what overflows is infinite or NaN.

    Each entry is the sum over k in order, by fused multiply-adds. ValueError if sizes differ.
    """
    X, Y = _array(X), _array(Y)
    rows = X.reshape(math.prod(X.shape[:-1]), X.shape[-1])
    return core.multiply(rows, Y).reshape(*X.shape[:-1], Y.shape[1])


def gram(X, Y):
    """X^T Y, (k, m), of X (n, k) and Y (n, m): sums over n in order. ValueError if n differs."""
    return core.gram(_array(X), _array(Y))


def normal_equations(n_features, n_targets):
    """Least squares of targets on features with an intercept, of rows that may come in parts.

    Returns
    -------
    object
        With ``add(X, Y)``, float64 (n, n_features) and (n, n_targets), and ``solve(penalties)``,
        (n_features,) of the squared weights, each at least 0: weights (n_targets, n_features) and
        intercept (n_targets,), which has no penalty. They are not finite where the equations are
        singular in rounding. ValueError if sizes differ or are beyond 100,000, a value is infinite
        or NaN, or a penalty is below 0.
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
        Not finite where the normal equations are singular in rounding.

    Raises
    ------
    ValueError
        If a value is infinite or NaN, the penalty is below 0, or sizes differ.
    """
    features, targets = _array(features), _array(targets)
    if len(features) == 0:
        raise ValueError("features has no row")
    equations = core.NormalEquations(features.shape[1], targets.shape[1])
    equations.add(features, targets)
    return equations.solve(np.full(features.shape[1], float(penalty)))


def eigh(S):
    """Eigenvalues (n,), ascending, and eigenvectors (n, n), the columns, of a symmetric S (n, n).

    By cyclic Jacobi rotations, O(n^3) with a factor of some 30. The lower triangle of S counts.
    ValueError if it is not square, or a value is infinite or NaN.
    """
    return core.eigh(_array(S))


def pseudo_inverse(B):
    """Pseudo-inverse (M, N) of B (N, M), by one-sided Jacobi rotations.

    Singular values below max(N, M) times the rounding of the largest count as 0. ValueError if a
    value is infinite or NaN.
    """
    return core.pseudo_inverse(_array(B))


def orthonormal(X):
    """Orthonormal rows (n, m) that span, up to each, what those of X do (Gram and Schmidt, twice).

    ValueError if a row depends on those before it, or a value is infinite or NaN.
    """
    return core.orthonormal(_array(X))


def exponential(x):
    """Exponential of each entry, within 2 units in the last place."""
    x = _array(x)
    return core.exponential(x.ravel()).reshape(x.shape)
