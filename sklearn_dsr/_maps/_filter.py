"""States along a series that the rows alone do not tell: hidden units, and missing values."""

import numpy as np
from numba import njit

from ._algebra import copy
from ._canonical import advance
from ._compiling import OPTIONS


def follow(canonical, observation, rows, seen, inputs=None):
    """Run the map along rows; what was observed corrects it, the rest it carries on itself.

    z_t = F(z~_{t-1}); z~_t is the state of the row t in which the missing values are those of z_t,
    and its hidden units are those of z_t. The first row's missing values are 0, the mean.

    Parameters
    ----------
    canonical : CanonicalMap
    observation : IdentityObservation or AffineObservation
    rows : ndarray of shape (n, N)
        Consecutive rows, standardised.
    seen : bool ndarray of shape (n, N)
        Where `rows` holds an observed value.
    inputs : ndarray of shape (n, K), default=None
        External inputs at the rows.

    Returns
    -------
    ndarray of shape (n, M)
        The states z~.
    """
    rows = np.where(seen, rows, 0.0)
    states = np.empty((len(rows), canonical.latent_dim))
    states[0] = observation.infer(rows[0])
    _follow(
        rows,
        np.asarray(seen, dtype=np.bool_),
        canonical.drive(None if inputs is None else inputs[None], (1, len(rows)))[0],
        *canonical.padded(),
        np.ascontiguousarray(observation.matrix),
        np.ascontiguousarray(observation.inverse),
        observation.partial,
        states,
    )
    return states


@njit(**OPTIONS)
def _follow(rows, seen, drive, A, W1, W2T, h1, h2, B, inverse, partial, states):
    N, M = B.shape
    u, z, z_next, x = np.empty_like(h2), np.zeros_like(h1), np.empty_like(h1), np.empty(N)
    for t in range(1, rows.shape[0]):
        copy(states[t - 1], z[:M])
        advance(z, A, W1, W2T, h1, h2, u, z_next)
        for m in range(M):
            z_next[m] += drive[t - 1, m] if drive.shape[0] else 0.0
            states[t, m] = z_next[m]
        for n in range(N):
            x[n] = rows[t, n]
            if not seen[t, n]:
                x[n] = 0.0
                for m in range(M):
                    x[n] += B[n, m] * z_next[m]
        for m in range(N if partial else M):
            states[t, m] = 0.0
            for n in range(N):
                states[t, m] += inverse[m, n] * x[n]
