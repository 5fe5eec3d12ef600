"""Compiled copies."""

from numba import njit

from ._compiling import STRICT


@njit(**STRICT)
def copy(source, target):
    """Target = source, of equal sizes, which compiles far sooner than an assignment of slices."""
    for i in range(source.size):
        target.flat[i] = source.flat[i]
