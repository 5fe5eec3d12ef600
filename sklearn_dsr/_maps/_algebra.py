"""Compiled algebra of small matrices, (M, M), in plain loops: any order of operations is fixed."""

from numba import njit

from ._compiling import STRICT


@njit(**STRICT)
def copy(source, target):
    """Target = source, of equal sizes, which compiles far sooner than an assignment of slices."""
    for i in range(source.size):
        target.flat[i] = source.flat[i]


@njit(**STRICT)
def multiply(left, right, out):
    """Out = left right for matrices (M, M)."""
    out[:] = 0.0
    for m in range(len(out)):
        for i in range(len(out)):
            for k in range(len(out)):
                out[m, k] += left[m, i] * right[i, k]


@njit(**STRICT)
def affine(J, z, c, out):
    """Out = J z + c."""
    for m in range(len(out)):
        out[m] = c[m]
        for k in range(len(out)):
            out[m] += J[m, k] * z[k]


@njit(**STRICT)
def below(values, limit):
    """Whether all `values` are below `limit` in modulus, and so no NaN."""
    for i in range(values.size):
        if not abs(values.flat[i]) < limit:
            return False
    return True


@njit(**STRICT)
def solve(matrix, vector):
    """Overwrite `vector` by the solution of (I - matrix) x = vector; False if it is not unique.

    Gaussian elimination with partial pivoting in `matrix`. A pivot below 1e-13 of the largest entry
    of `matrix` and I is none.
    """
    n = len(vector)
    largest = 1.0
    for i in range(n):
        for k in range(n):
            largest = max(largest, abs(matrix[i, k]))
            matrix[i, k] = (1.0 if i == k else 0.0) - matrix[i, k]
    for i in range(n):
        p = i
        for r in range(i + 1, n):
            p = r if abs(matrix[r, i]) > abs(matrix[p, i]) else p
        if not abs(matrix[p, i]) > 1e-13 * largest:
            return False
        if p != i:
            for k in range(i, n):
                matrix[i, k], matrix[p, k] = matrix[p, k], matrix[i, k]
            vector[i], vector[p] = vector[p], vector[i]
        for r in range(i + 1, n):
            factor = matrix[r, i] / matrix[i, i]
            if factor != 0.0:
                for k in range(i + 1, n):
                    matrix[r, k] -= factor * matrix[i, k]
                vector[r] -= factor * vector[i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            vector[i] -= matrix[i, k] * vector[k]
        vector[i] /= matrix[i, i]
    return True
