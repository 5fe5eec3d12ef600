"""The canonical map z' = A z + W1 relu(W2 z + h2) + h1 + C s: runs, states along rows, exponents.

Shapes: M latent units, L hidden units, N columns, K external inputs. Inputs act in the step from
their state, or row, to the next one. An array of inputs with 0 steps means no inputs.
"""

from operator import index

from ._isa import core


def compiled(A, W1, W2, h1, h2, C):
    """The map in the form that all other functions take. It copies the arrays.

    Parameters
    ----------
    A : float64 ndarray of shape (M, M)
        M is at least 1.
    W1 : float64 ndarray of shape (M, L)
    W2 : float64 ndarray of shape (L, M)
    h1 : float64 ndarray of shape (M,)
    h2 : float64 ndarray of shape (L,)
    C : float64 ndarray of shape (M, K)
        K is 0 without external inputs.

    Raises
    ------
    ValueError
        If sizes differ.
    """
    return core.Map(A, W1, W2, h1, h2, C)


def simulate(map, z0, inputs, n_steps):
    """Free runs; each run has the same bits alone and among others.

    Parameters
    ----------
    map : object
        Result of `compiled`.
    z0 : float64 ndarray of shape (n, M)
        Initial states, not part of the result.
    inputs : float64 ndarray of shape (n, n_steps, K) or (n, 0, K)
    n_steps : int
        At least 0.

    Returns
    -------
    float64 ndarray of shape (n, n_steps, M)
        A run that overflows is infinite or NaN from there on.

    Raises
    ------
    ValueError
        If sizes differ, or `n_steps` is negative.
    """
    return core.simulate(map, z0, inputs, index(n_steps))


def jacobian(map, Z):
    """Jacobians A + W1 diag(W2 z + h2 > 0) W2, (n, M, M), at the states Z (n, M), float64."""
    return core.jacobian(map, Z)


def follow(map, B, inverse, rows, seen, inputs, start):
    """States along rows: observed values correct the run of the map, and the map fills in the rest.

    Parameters
    ----------
    map : object
        Result of `compiled`.
    B : float64 ndarray of shape (N, M)
        Matrix of the observation x = B z.
    inverse : float64 ndarray of shape (M, N), or None
        Matrix that gives the state of a row; None if x is the first N units of z.
    rows : float64 ndarray of shape (n, N)
        At least one row; values that were not seen are not read.
    seen : bool ndarray of shape (n, N)
    inputs : float64 ndarray of shape (n, K) or (0, K)
    start : float64 ndarray of shape (M,)
        State at the first row.

    Returns
    -------
    float64 ndarray of shape (n, M)

    Raises
    ------
    ValueError
        If sizes differ, there is no row, or there are more columns than units without `inverse`.
    """
    return core.follow(map, B, inverse, rows, seen, inputs, start)


def filter(map, B, rows, seen, inputs, start, noise, Q):
    """Run an extended Kalman filter from the first row to the last.

    Parameters
    ----------
    map, B, rows, seen, inputs, start : object
        As in `follow`. The variance of `start` is the mean of `noise`.
    noise : float64 ndarray of shape (N,)
        Variances of the observation noise.
    Q : float64 ndarray of shape (M, M)
        Covariance of the model's one-step error.

    Returns
    -------
    state : float64 ndarray of shape (M,)
    covariance : float64 ndarray of shape (M, M)
        Exactly symmetric.
    squares : float
        Sum of squared innovations without the first quarter of the rows.

    Raises
    ------
    ValueError
        If sizes differ, or there is no row or column.
    """
    return core.filter(map, B, rows, seen, inputs, start, noise, Q)


def smooth(map, B, rows, seen, inputs, start, ratio, blocks):
    """States from earlier and later rows, by the filter with equal noise in all columns.

    Parameters
    ----------
    map, B, rows, seen, inputs, start : object
        As in `follow`.
    ratio : float
        Variance of the noise over the variance of the model's one-step error, above 0.
    blocks : (int, int)
        Rows smoothed at a time, at least 1, and later rows that count too, at least 0.

    Returns
    -------
    float64 ndarray of shape (n, M)
        If the map overflows, NaN in the whole block of rows and after it.

    Raises
    ------
    ValueError
        If sizes differ, there is no row, or a number is out of its range.
    """
    return core.smooth(map, B, rows, seen, inputs, start, float(ratio), blocks)


def noise_sums(map, B, rows, seen, inputs, start, noise, Q, blocks):
    """Log-likelihood of rows, and the sums that give its slopes by both noise covariances.

    The disturbances expected from the rows are Q lambda_t for the states and R u_t for the columns.
    The slope of the log-likelihood by Q is half of ``squares - curvature``, and by the diagonal of
    R half of ``row_squares - row_curvature`` [Koopman 1993].

    Parameters
    ----------
    map, B, rows, seen, inputs, start, noise, Q : object
        As in `filter`.
    blocks : (int, int)
        As in `smooth`.

    Returns
    -------
    likelihood : float
        Log-likelihood without the first row.
    squares, curvature : float64 ndarray of shape (M, M)
        Sums over rows of lambda lambda^T, and of its expectation.
    row_squares, row_curvature : float64 ndarray of shape (N,)
        Sums over the seen values of u^2, and of its expectation.

    Raises
    ------
    ValueError
        If sizes differ, there is no row or column, or a number is out of its range.
    """
    return core.noise_sums(map, B, rows, seen, inputs, start, noise, Q, blocks)


def stretching(map, start, basis, inputs, flow, n_transient, ends):
    """How the Jacobians along a run stretch an orthonormal basis.

    Parameters
    ----------
    map : object
        Result of `compiled`.
    start : float64 ndarray of shape (M,)
    basis : float64 ndarray of shape (n, M)
        Orthonormal rows.
    inputs : float64 ndarray of shape (n_transient + ends[-1], K) or (0, K)
    flow : bool
        Whether the mean of the Jacobian over the segment from a state to the next one takes the
        place of the Jacobian at the state.
    n_transient : int
        Steps that do not count, at least 0.
    ends : int64 ndarray of shape (n_blocks,)
        Ends of blocks of steps, ascending, at least 1, counted from the end of the transient.

    Returns
    -------
    sums : float64 ndarray of shape (n_blocks, n)
        Sums of the logarithms of the stretching factors over the steps of a block.
    state : float64 ndarray of shape (M,)
        The last but one state of the run.

    Raises
    ------
    ValueError
        If sizes differ, or a number is out of its range.
    """
    return core.stretching(map, start, basis, inputs, flow, index(n_transient), ends)


def growth(jacobians, skip):
    """Mean logarithmic growth per step of a vector under Jacobians (n, M, M).

    The first `skip` Jacobians do not count. The result is -inf if the vector becomes 0 or is not
    finite. ValueError unless 0 <= skip < n.
    """
    return core.growth(jacobians, index(skip))
