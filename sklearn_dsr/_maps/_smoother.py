"""States along noisy rows, from earlier and later rows: a fixed-lag extended Kalman smoother."""

import numpy as np

from .._core import maps

# Rows smoothed at a time, and later rows that still count. Rows further ahead tell nothing about a
# state.
N_BLOCK, LAG = 2_000, 500


def smooth(canonical, observation, rows, seen, inputs=None, ratio=1.0):
    r"""States at consecutive rows, each from all earlier rows and up to 500 later ones.

    The gains come from the filter, see :func:`_kalman.last_state`. The backward pass of Bryson
    and Frazier [1]_ uses the innovations e_n of the columns, their variances s_n and gains g_n = P
    b_n,

    .. math:: \lambda \leftarrow \lambda - b_n (e_n + g_n^T \lambda) / s_n
       \text{ for each column}, \quad \hat z_t = z_t - P_t \lambda, \quad
       \lambda \leftarrow J_t^T \lambda

    and needs no inverse. O(n (M^2 L + M^3 + N M^2)) time, and O(2500 M (M + N)) memory.

    Parameters
    ----------
    canonical, observation, rows, seen, inputs : object
        As in :func:`_kalman.last_state`.
    ratio : float
        Variance of the observation noise, the same for all columns, over the variance of the
        model's one-step error; see `last_state`.

    Returns
    -------
    ndarray of shape (n, M)
        If the map overflows, NaN in the whole block of rows and after it.

    References
    ----------
    .. [1] Bierman (1973), "Fixed interval smoothing with discrete measurements", International
       Journal of Control 18, 65-75.
    """
    seen = np.ascontiguousarray(seen, dtype=np.bool_)
    rows = np.where(seen, rows, 0.0)
    return maps.smooth(
        canonical.compiled(),
        np.ascontiguousarray(observation.matrix),
        rows,
        seen,
        canonical.driving(inputs),
        observation.infer(rows[0]),
        ratio,
        (N_BLOCK, LAG),
    )
