"""Logarithms, cells of a box, and the sums of L-BFGS: the same bits on every processor."""

from operator import index

from ._isa import core

# Values beyond this count as diverged: sums of their squares over time could overflow.
LARGEST = core.LARGEST


def log(x):
    """Natural logarithms, within 2 units in the last place.

    The logarithms of NumPy and of the C library differ between processors in the last bit.

    Parameters
    ----------
    x : float64 ndarray of shape (n,)

    Returns
    -------
    float64 ndarray of shape (n,)
        -inf below the least normal number, including 0 and negative numbers; NaN for NaN.

    Raises
    ------
    TypeError
        If `x` is no such array.
    """
    return core.log(x)


def cell_numbers(rows, low, width, n_bins):
    """Numbers of the cells of a box that rows lie in.

    Parameters
    ----------
    rows : float64 ndarray of shape (n, d)
        NaN and infinity are allowed.
    low, width : float64 ndarray of shape (d,)
        Lower border of the box, and width of a bin, in each column.
    n_bins : int
        Bins in each column, at least 1; n_bins**d is at most 2**63 - 1.

    Returns
    -------
    int64 ndarray of shape (n_inside,)
        Cell numbers in [0, n_bins**d) of the rows inside the box, in their order. The bin of the
        last column is the lowest digit.

    Raises
    ------
    TypeError
        If a type is another one.
    ValueError
        If sizes do not fit, or there are too many cells.
    """
    return core.cell_numbers(rows, low, width, index(n_bins))


def dot(a, b):
    """Inner product of two vectors, independent of the threads of BLAS.

    Parameters
    ----------
    a, b : float64 ndarray of shape (n,)

    Returns
    -------
    float

    Raises
    ------
    TypeError
        If a type is another one.
    ValueError
        If the sizes differ.
    """
    return core.dot(a, b)


def lbfgs_direction(gradient, steps, changes, n):
    """Descent direction of L-BFGS: minus the approximate inverse Hessian times the gradient.

    The approximation comes from the last steps [Nocedal 1980].

    Parameters
    ----------
    gradient : float64 ndarray of shape (size,)
    steps, changes : float64 ndarray of shape (n_kept, size)
        Steps, and the change of the gradient on each. Step i is row i modulo n_kept; only the last
        n_kept steps count.
    n : int
        Number of steps so far, at least 0.

    Returns
    -------
    float64 ndarray of shape (size,)
        Not finite if a change has no component along its step. O(min(n, n_kept) size) time.

    Raises
    ------
    TypeError
        If a type is another one.
    ValueError
        If sizes do not fit, or `n` is negative.
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
        Number of operations, two for each multiply-add of a number.
    """
    core.multiply_adds(n)
    return 2 * core.multiply_adds_width * n
