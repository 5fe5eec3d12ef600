"""State at the end of noisy rows: an extended Kalman filter, its gain chosen from the rows."""

import numpy as np
from numba import njit

from ._algebra import copy
from ._canonical import active, advance, jacobian_from
from ._compiling import INLINE, OPTIONS

# Variance of the observation noise in units of that of the model's one-step error: from rows that
# are as good as exact (the last one decides) to rows that say little beside the model.
RATIOS = (1e-6, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5)


def last_state(canonical, observation, rows, seen, inputs=None, noise=None):
    r"""Latent state at the last of consecutive rows, from all of them.

    The forced run z~_t = z_t + K_t (x_t - B z_t), z_t = F(z~_{t-1}), with the gain of an extended
    Kalman filter [1]_ in place of a constant alpha,

    .. math:: P_t = J P_{t-1} J^T + q I, \quad
       K_t = P_t B^T (B P_t B^T + R)^{-1}, \quad P_t \leftarrow (I - K_t B) P_t

    which is exact within a linear region of F. So directions in which errors grow are corrected
    most, and hidden units are corrected by what they have to do with the columns. Of the values of
    q with the mean of R over q in `RATIOS`, the one with the smallest mean squared innovation
    x_t - B z_t, the first quarter of the rows left out, is taken: for rows without noise the
    largest, with which the last row is the state. O(n (M^2 L + M^3 + N M^2)) time for each.

    Parameters
    ----------
    canonical : CanonicalMap
    observation : IdentityObservation or AffineObservation
    rows : ndarray of shape (n, N)
        Consecutive rows, standardised.
    seen : bool ndarray of shape (n, N)
        Where `rows` holds an observed value. Missing ones in the first row are 0, the mean.
    inputs : ndarray of shape (n, K), default=None
        External inputs at the rows.
    noise : ndarray of shape (N,), default=None
        Diagonal of R, the variances of the observation noise, above 0; None if all are equal. The
        state depends on their ratios only.

    Returns
    -------
    state : ndarray of shape (M,)
    covariance : ndarray of shape (M, M)
        Of its error, as far as `noise` and the model are right.
    ratio : float
        The one of `RATIOS` that was taken.

    References
    ----------
    .. [1] Jazwinski (1970), "Stochastic processes and filtering theory", Theorem 8.1.
    """
    rows = np.where(seen, rows, 0.0)
    noise = np.ones(rows.shape[1]) if noise is None else np.asarray(noise, dtype=np.float64)
    start, state = observation.infer(rows[0]), observation.infer(rows[-1])  # if a map explodes
    covariance = spread = np.mean(noise) * np.eye(canonical.latent_dim)
    drive = canonical.drive(None if inputs is None else inputs[None], (1, len(rows)))[0]
    arrays = canonical.padded()
    chosen = RATIOS[0]
    B, best, z = np.ascontiguousarray(observation.matrix), np.inf, np.zeros_like(arrays[3])
    for ratio in RATIOS if len(rows) > 1 else ():
        q = np.mean(noise) / ratio
        z[: len(start)], P = start, spread.copy()
        error = follow_rows(rows, seen, drive, *arrays, B, q, noise, z, P, path(0, *B.shape))
        if error < best and np.all(np.isfinite(P)):
            best, state, covariance, chosen = error, z[: len(start)].copy(), P, ratio
    return state, covariance, chosen


def path(n, N, M):
    """Arrays in which `follow_rows` keeps what it does at n rows, none for n = 0.

    Of each row: state and its covariance before the row is looked at, the Jacobian that led there,
    and of each column the gain, the innovation and its variance.
    """
    sizes = ((n, M), (n, M, M), (n, M, M), (n, N, M), (n, N), (n, N))
    return tuple(np.zeros(size) for size in sizes[:-1]) + (np.ones(sizes[-1]),)


@njit(**OPTIONS)
def follow_rows(rows, seen, drive, A, W1, W2T, h1, h2, B, q, noise, z, P, kept):
    """Bring z (M,) and P (M, M) from the first row to the last; return the sum of squared errors.

    The columns of a row are taken one after the other, which is the same as all at once and needs
    no inverse. `kept` is a `path`.
    """
    N, M = B.shape
    states, spreads, jacobians, gains, errors, variances = kept
    u, gates, gated = np.empty_like(h2), np.empty_like(h2), np.empty_like(h2)
    z_next, gain = np.empty_like(h1), np.empty(M)
    J, product = np.empty((M, M)), np.empty((M, M))
    squares = 0.0
    for t in range(1, rows.shape[0]):
        advance(z, A, W1, W2T, h1, h2, u, z_next)
        active(u, gates)
        jacobian_from(gates, A, W1, W2T, gated, J)
        for m in range(M):
            z[m] = z_next[m] + (drive[t - 1, m] if drive.shape[0] else 0.0)
        _propagate(J, q, product, P)
        if len(states):
            copy(z[:M], states[t])
            copy(P, spreads[t])
            copy(J, jacobians[t])
        for n in range(N):
            if seen[t, n] and 4 * t >= rows.shape[0]:
                squares += _innovation(rows[t, n], B[n], z) ** 2
        for n in range(N):
            if not seen[t, n]:
                continue
            error, variance = _innovation(rows[t, n], B[n], z), noise[n]
            for m in range(M):
                gain[m] = 0.0
                for k in range(M):
                    gain[m] += P[m, k] * B[n, k]
                variance += B[n, m] * gain[m]
            for m in range(M):
                z[m] += gain[m] * error / variance
                for k in range(M):
                    P[m, k] -= gain[m] * gain[k] / variance
            if len(states):
                copy(gain, gains[t, n])
                errors[t, n], variances[t, n] = error, variance
    return squares


@njit(**INLINE)
def _innovation(x, b, z):
    """Error x - b z of one column."""
    for m in range(b.shape[0]):
        x -= b[m] * z[m]
    return x


@njit(**INLINE)
def _propagate(J, q, product, P):
    """P = J P J' + q I, exactly symmetric; product is work space."""
    M = J.shape[0]
    for m in range(M):
        for k in range(M):
            product[m, k] = 0.0
            for i in range(M):
                product[m, k] += J[m, i] * P[i, k]
    for m in range(M):
        for k in range(m + 1):
            total = q if m == k else 0.0
            for i in range(M):
                total += product[m, i] * J[k, i]
            P[m, k] = total
            P[k, m] = total
