"""Ridge regression, compiled: the same bits for any number of threads, which BLAS does not promise.

scikit-learn's Ridge gives other last digits with two threads than with one, and a chaotic training
makes another model of them.
"""

import numpy as np
from numba import njit

from .._maps._compiling import STRICT


def ridge(features, targets, penalty):
    """Least squares with `penalty` on the squared weights, by normal equations.

    Parameters
    ----------
    features : ndarray of shape (n, F)
    targets : ndarray of shape (n, M)
    penalty : float
        Above 0. The intercept is not penalised.

    Returns
    -------
    weights : ndarray of shape (M, F)
    intercept : ndarray of shape (M,)
    """
    with_one = np.column_stack([features, np.ones(len(features))])
    gram, moments = _normal_equations(with_one, np.ascontiguousarray(targets))
    F = features.shape[1]
    gram[np.arange(F), np.arange(F)] += penalty
    solution = _solve(gram, moments).T
    return solution[:, :F], solution[:, F]


@njit(**STRICT)
def _normal_equations(X, Y):
    """Lower triangle of X^T X, and X^T Y; many entries of X are 0."""
    n, F = X.shape
    gram, moments = np.zeros((F, F)), np.zeros((F, Y.shape[1]))
    for t in range(n):
        for i in range(F):
            x = X[t, i]
            if x != 0.0:
                for j in range(i + 1):
                    gram[i, j] += x * X[t, j]
                for m in range(Y.shape[1]):
                    moments[i, m] += x * Y[t, m]
    return gram, moments


@njit(**STRICT)
def _solve(G, B):
    """Solution of G X = B from the lower triangle of G, by Cholesky's decomposition in place."""
    F, M = B.shape
    for i in range(F):
        for j in range(i + 1):
            total = G[i, j]
            for k in range(j):
                total -= G[i, k] * G[j, k]
            G[i, j] = np.sqrt(total) if i == j else total / G[j, j]
    for m in range(M):
        for i in range(F):
            for k in range(i):
                B[i, m] -= G[i, k] * B[k, m]
            B[i, m] /= G[i, i]
        for i in range(F - 1, -1, -1):
            for k in range(i + 1, F):
                B[i, m] -= G[k, i] * B[k, m]
            B[i, m] /= G[i, i]
    return B
