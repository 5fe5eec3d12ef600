"""States along noisy rows, from the rows before and after: a fixed-lag extended Kalman smoother."""

import numpy as np
from numba import njit

from ._algebra import copy
from ._compiling import OPTIONS
from ._kalman import follow_rows, path

# Rows smoothed at a time, and rows behind them that still count: beyond some hundred, nothing is
# learned of a state.
N_BLOCK, LAG = 2_000, 500


def smooth(canonical, observation, rows, seen, inputs=None, ratio=1.0):
    r"""States at consecutive rows, from up to 500 rows after and all rows before each.

    The gains are those of the filter, see :func:`_kalman.last_state`. Backwards, with the
    innovations e_n of the columns, their variances s_n and gains g_n = P b_n (Bryson and Frazier
    [1]_),

    .. math:: \lambda \leftarrow \lambda - b_n (e_n + g_n^T \lambda) / s_n
       \text{ for each column}, \quad \hat z_t = z_t - P_t \lambda, \quad
       \lambda \leftarrow J_t^T \lambda

    which needs no inverse. O(n (M^2 L + M^3 + N M^2)) time, and O(2500 M (M + N)) memory.

    Parameters
    ----------
    canonical, observation, rows, seen, inputs : object
        As in :func:`_kalman.last_state`.
    ratio : float
        Variance of the observation noise, the same for all columns, in units of that of the
        model's one-step error; see `last_state`.

    Returns
    -------
    ndarray of shape (n, M)
        NaN in a whole block of rows, and from there on, where the map overflows.

    References
    ----------
    .. [1] Bierman (1973), "Fixed interval smoothing with discrete measurements", International
       Journal of Control 18, 65-75.
    """
    known, arrays = np.where(seen, rows, 0.0), canonical.padded()
    drive = canonical.drive(None if inputs is None else inputs[None], (1, len(rows)))[0]
    B = np.ascontiguousarray(observation.matrix)
    N, M = B.shape
    z, P = np.zeros_like(arrays[3]), np.eye(M)
    z[:M] = observation.infer(known[0])
    out = np.empty((len(rows), M))
    for a in range(0, len(rows), N_BLOCK):
        b, end = min(a + N_BLOCK, len(rows)), min(a + N_BLOCK + LAG, len(rows))
        kept = path(end - a, N, M)
        first, spread = z[:M].copy(), P.copy()
        part = slice(a, end)
        follow_rows(
            known[part], seen[part], drive[part], *arrays, B, 1.0 / ratio, np.ones(N), z, P, kept
        )
        block = np.empty((end - a, M))
        _backwards(B, first, spread, *kept, block)
        out[a:b] = block[: b - a]
        if b < len(rows):  # the filter goes on from row b
            states, spreads, _, gains, errors, variances = (part[b - a] for part in kept)
            z[:M] = states + (errors / variances) @ gains
            P[:] = spreads - gains.T @ (gains / variances[:, None])
    return out


@njit(**OPTIONS)
def _backwards(B, first, spread, states, spreads, jacobians, gains, errors, variances, out):
    """Smoothed states `out` (n, M) of a path of the filter, from the last row to the first."""
    N, M = B.shape
    weight, before = np.zeros(M), np.empty(M)
    for t in range(len(states) - 1, 0, -1):
        for n in range(N - 1, -1, -1):
            total = errors[t, n]
            for m in range(M):
                total += gains[t, n, m] * weight[m]
            for m in range(M):
                weight[m] -= B[n, m] * total / variances[t, n]
        for m in range(M):
            out[t, m] = states[t, m]
            before[m] = 0.0
            for k in range(M):
                out[t, m] -= spreads[t, m, k] * weight[k]
                before[m] += jacobians[t, k, m] * weight[k]
        copy(before, weight)
    for m in range(M):
        out[0, m] = first[m]
        for k in range(M):
            out[0, m] -= spread[m, k] * weight[k]
