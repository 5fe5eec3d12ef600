"""Compiled sums of monomials and of trees, for the free runs of the peers."""

import numpy as np
from numba import njit


def factors_of(powers):
    """Powers (n_terms, d) of monomials as columns to multiply (n_terms, degree); d stands for 1."""
    n_terms, d = powers.shape
    factors = np.full((n_terms, max(int(powers.sum(axis=1).max()), 1)), d)
    for k, row in enumerate(powers):
        columns = np.repeat(np.arange(d), row)
        factors[k, : len(columns)] = columns
    return factors


@njit(cache=True)
def polynomials(Z, factors, coef):
    """Sum of monomials at each of the rows Z (n, d), coefficients (n_columns, n_terms)."""
    n, d = Z.shape
    out = np.zeros((n, coef.shape[0]))
    for i in range(n):
        for k in range(len(factors)):
            value = 1.0
            for j in factors[k]:
                if j == d:
                    break
                value *= Z[i, j]
            for c in range(coef.shape[0]):
                out[i, c] += coef[c, k] * value
    return out


@njit(cache=True)
def boosted(Z, base, roots, owners, children, value, threshold, feature, is_leaf):
    """Sum over the trees, each of which belongs to a column, for rows Z (n, d)."""
    out = np.empty((len(Z), len(base)))
    for i in range(len(Z)):
        out[i] = base
        for k in range(len(roots)):
            node = roots[k]
            while not is_leaf[node]:
                node = children[node, 0 if Z[i, feature[node]] <= threshold[node] else 1]
            out[i, owners[k]] += value[node]
    return out
