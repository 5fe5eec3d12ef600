"""Compiled search for cycles: solve in guessed linear regions, check, and go on from the result.

A map is a tuple (A, W1 transposed, W2, h1, h2), unpadded; a pattern (L,) holds which hidden units
are active, W2 z + h2 > 0, which is the same in all of a linear region; there z' = J z + c.
"""

import numpy as np
from numba import njit

from .._validation import LARGEST
from ._algebra import affine, below, copy, multiply, solve
from ._compiling import STRICT

# A cycle closes up to this share of its size, which is far above rounding and far below 1e-8.
TOLERANCE = 1e-11


def arrays(canonical):
    """The tuple of arrays of a CanonicalMap that the functions of this file take."""
    W1T, W2 = np.ascontiguousarray(canonical.W1.T), np.ascontiguousarray(canonical.W2)
    return np.ascontiguousarray(canonical.A), W1T, W2, canonical.h1.copy(), canonical.h2.copy()


def settled(canonical, Z, n_iterations):
    """Cycles to which the search from each of Z (n, k, M) comes, and its status; see `settle`."""
    Z, status = np.array(Z, dtype=np.float64), np.empty(len(Z), dtype=np.int64)
    settle_all(Z, arrays(canonical), n_iterations, status)
    return Z, status


@njit(**STRICT)
def step(z, f, pattern, z_next):
    """z_next = F(z), and the pattern of the linear region of z."""
    A, W1T, W2, h1, h2 = f
    for m in range(len(z)):
        z_next[m] = h1[m]
        for k in range(len(z)):
            z_next[m] += A[m, k] * z[k]
    for l in range(len(h2)):
        u = h2[l]
        for m in range(len(z)):
            u += W2[l, m] * z[m]
        pattern[l] = u > 0.0
        if pattern[l]:
            for m in range(len(z)):
                z_next[m] += W1T[l, m] * u


@njit(**STRICT)
def linear_piece(pattern, f, J, c):
    """J (M, M) and c (M,) of the map in the region of `pattern`."""
    A, W1T, W2, h1, h2 = f
    copy(A, J)
    copy(h1, c)
    for l in range(len(h2)):
        if pattern[l]:
            for m in range(len(c)):
                w = W1T[l, m]
                c[m] += w * h2[l]
                for k in range(len(c)):
                    J[m, k] += w * W2[l, k]


@njit(**STRICT)
def solve_cycle(patterns, f, J, c, z):
    """Cycle z (k, M) of the linear pieces of `patterns` (k, L), real or virtual; False if singular.

    z_1 = (I - J_k ... J_1)^-1 (c_k + J_k c_{k-1} + ... + J_k ... J_2 c_1), and on from there; J
    (k, M, M) and c (k, M) are work space.
    """
    n, M = z.shape
    product, product_next = np.zeros((M, M)), np.empty((M, M))
    constant, constant_next = np.zeros(M), np.empty(M)
    for m in range(M):
        product[m, m] = 1.0
    for j in range(n):
        linear_piece(patterns[j], f, J[j], c[j])
        multiply(J[j], product, product_next)
        affine(J[j], constant, c[j], constant_next)
        product, product_next = product_next, product
        constant, constant_next = constant_next, constant
    if not solve(product, constant):
        return False
    copy(constant, z[0])
    for j in range(n - 1):
        affine(J[j], z[j], c[j], z[j + 1])
    return True


@njit(**STRICT)
def visit(z, f, run, patterns):
    """Patterns (k, L) that z (k, M) visits, and how far z is from a cycle, in units of its size.

    With `run`, all but the first state are replaced by those of the map's run from it.
    """
    n, M = z.shape
    z_next = np.empty(M)
    error = size = 0.0
    for j in range(n):
        step(z[j], f, patterns[j], z_next)
        if run and j < n - 1:
            copy(z_next, z[j + 1])
        if not below(z[j], LARGEST):
            return np.inf
        for m in range(M):
            size = max(size, abs(z[j, m]), abs(f[3][m]))
            error = max(error, abs(z_next[m] - z[(j + 1) % n, m]))
    return error / size if error > 0.0 else 0.0


@njit(**STRICT)
def settle(patterns, f, n_iterations, run, z):
    """Solve, check, and solve again in the regions that the virtual cycle visits.

    `patterns` (k, L) is where to begin, z (k, M) is the result. Returns 1 if it is a cycle, 0 if
    `n_iterations` solutions were all virtual, -1 if the last one was not unique.
    """
    n, M = z.shape
    J, c = np.empty((n, M, M)), np.empty((n, M))
    for _ in range(n_iterations):
        if not solve_cycle(patterns, f, J, c, z):
            return -1
        error = visit(z, f, run, patterns)
        if error <= TOLERANCE:
            return 1
        if error == np.inf:
            return 0
    return 0


@njit(**STRICT)
def settle_all(Z, f, n_iterations, status):
    """`settle` from the regions of each of Z (n, k, M), in place; status (n,) is what it returns.

    What a virtual cycle visits is ambiguous: the regions of its k points, or those of the map's run
    from its first one. Starts take turns, as either finds cycles that the other does not.
    """
    patterns = np.zeros((Z.shape[1], len(f[4])), np.bool_)
    for i in range(len(Z)):
        visit(Z[i], f, False, patterns)
        status[i] = settle(patterns, f, n_iterations, i % 2 == 1, Z[i])


@njit(**STRICT)
def settle_everywhere(n_sequences, f, Z):
    """Solve for each sequence of patterns, of numbers below `n_sequences`.

    The k L bits of a number are the units of the k patterns. Of sequences that are rotations of
    one another the least is taken. Returns how many cycles there are, of which as many are kept as
    Z (n, k, M) has room for, and for how many sequences the cycle is not unique.
    """
    k, L = Z.shape[1], len(f[4])
    patterns, z = np.empty((k, L), np.bool_), np.empty(Z.shape[1:])
    found = degenerate = 0
    for number in range(n_sequences):
        rotated, least = number, True
        for _ in range(k - 1):
            rotated = (rotated >> L) | ((rotated & ((1 << L) - 1)) << (L * (k - 1)))
            least &= number <= rotated
        if not least:
            continue
        for j in range(k):
            for l in range(L):
                patterns[j, l] = (number >> (j * L + l)) & 1
        status = settle(patterns, f, 1, False, z)
        degenerate += status == -1
        if status == 1:
            if found < len(Z):
                copy(z, Z[found])
            found += 1
    return found, degenerate
