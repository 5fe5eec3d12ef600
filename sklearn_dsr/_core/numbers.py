"""Logarithms, cells of a box, and the sums of L-BFGS: the same bits on every processor."""

from operator import index

from ._isa import core

# Beyond this the square of a value leaves float64 with too little room for sums over time.
LARGEST = core.LARGEST


def log(x):
    """Natural logarithms, within 2 units in the last place.

    NumPy's, and those of the C library, differ between processors in the last bit.

    Parameters
    ----------
    x : float64 ndarray of shape (n,)

    Returns
    -------
    float64 ndarray of shape (n,)
        -inf below the least normal number, so for 0 and negative numbers, too; NaN for NaN.

    Raises
    ------
    TypeError
        If `x` is no such array.
    """
    return core.log(x)


def cell_numbers(rows, low, width, n_bins):
    """Numbers of the cells of a box in which rows lie.

    Parameters
    ----------
    rows : float64 ndarray of shape (n, d)
        May hold NaN and infinity.
    low, width : float64 ndarray of shape (d,)
        Lower border of the box, and width of a bin, in each column.
    n_bins : int
        Bins in each column, at least 1; n_bins**d is at most 2**63 - 1.

    Returns
    -------
    int64 ndarray of shape (n_inside,)
        In [0, n_bins**d), of those rows that lie inside, in their order; the last column counts
        the units.

    Raises
    ------
    TypeError, ValueError
        If a type is another one, sizes do not fit, or there are too many cells.
    """
    return core.cell_numbers(rows, low, width, index(n_bins))


def dot(a, b):
    """Inner product of two vectors, whatever the threads of BLAS.

    Parameters
    ----------
    a, b : float64 ndarray of shape (n,)

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If a type is another one, or the sizes differ.
    """
    return core.dot(a, b)


def lbfgs_direction(gradient, steps, changes, n):
    """Minus the inverse Hessian, as the last steps have it, times the gradient [Nocedal 1980].

    Parameters
    ----------
    gradient : float64 ndarray of shape (size,)
    steps, changes : float64 ndarray of shape (n_kept, size)
        Steps, and by how much the gradient changed on each. Step i is row i modulo n_kept; only
        the last n_kept ones count.
    n : int
        Steps so far, at least 0.

    Returns
    -------
    float64 ndarray of shape (size,)
        Not finite where a change has no component along its step. O(min(n, n_kept) size) time.

    Raises
    ------
    TypeError, ValueError
        If a type is another one, sizes do not fit, or `n` is negative.
    """
    return core.lbfgs_direction(gradient, steps, changes, index(n))


def multiply_adds(n):
    """Do n times 12 multiply-adds of whole registers in float32, for benchmarks.

    Parameters
    ----------
    n : int

    Returns
    -------
    int
        Operations that were done, two for each multiply-add.
    """
    core.multiply_adds(n)
    return 2 * core.multiply_adds_width * n
