"""The canonical map z' = A z + W1 relu(W2 z + h2) + h1 + C s: step, Jacobian and free run.

Every model of the family is an instance of it (see `_parametrizations`), so that whatever is done
with a trained model is written here once. All of it is float64.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from ._algebra import copy
from ._compiling import INLINE, OPTIONS


@dataclass(frozen=True)
class CanonicalMap:
    """Piecewise-linear map of M latent units with L hidden units.

    Attributes
    ----------
    A : ndarray of shape (M, M)
    W1 : ndarray of shape (M, L)
    W2 : ndarray of shape (L, M)
    h1 : ndarray of shape (M,)
    h2 : ndarray of shape (L,)
    C : ndarray of shape (M, K), or None
        Weights of external inputs s, which enter linearly; None without.
    """

    A: np.ndarray
    W1: np.ndarray
    W2: np.ndarray
    h1: np.ndarray
    h2: np.ndarray
    C: np.ndarray | None = None

    @property
    def latent_dim(self):
        """Number M of latent units."""
        return self.W1.shape[0]

    def step(self, Z):
        """Next states (n, M) of the states Z (n, M), without inputs."""
        return self.simulate(Z, 1)[:, 0]

    def simulate(self, Z0, n_steps, inputs=None):
        """Free run from each row of Z0.

        Parameters
        ----------
        Z0 : ndarray of shape (n_ic, M)
            Initial states, not part of the result.
        n_steps : int
            Steps to run.
        inputs : ndarray of shape (n_ic, n_steps, K), default=None
            External inputs: ``inputs[:, k]`` acts in the step from state k to k + 1. None is 0.

        Returns
        -------
        ndarray of shape (n_ic, n_steps, M)
            States after 1..n_steps steps. A run that overflows is infinite or NaN from there on.
        """
        Z0 = np.ascontiguousarray(Z0, dtype=np.float64)
        states = np.empty((len(Z0), n_steps, self.latent_dim))
        run = _simulate_four if self.latent_dim <= 4 else _simulate
        run(Z0, self.drive(inputs, (len(Z0), n_steps)), *self.padded(), states)
        return states

    def drive(self, inputs, shape):
        """What inputs (n, n_steps, K) add to the padded states, (n, n_steps, padded M).

        Without inputs, n_steps is 0.
        """
        size = self.latent_dim + -self.latent_dim % 4
        if inputs is None or self.C is None:
            return np.zeros((shape[0], 0, size))
        drive = np.zeros((*shape, size))
        np.matmul(inputs, self.C.T, out=drive[..., : self.latent_dim])
        return drive

    def jacobian(self, Z):
        """Jacobians J(z) = A + W1 diag(W2 z + h2 > 0) W2 at the rows of Z, (n, M, M)."""
        Z = np.ascontiguousarray(Z, dtype=np.float64)
        out = np.empty((len(Z), self.latent_dim, self.latent_dim))
        A, W1, W2T, _, h2 = self.padded()
        _jacobians(Z, A, W1, W2T, h2, out)
        return out

    def padded(self):
        """Arrays for the compiled functions: A, W1, W2 transposed, h1, h2.

        M is padded with zeros to a multiple of 4 and L to a multiple of 16, which is inert and
        leaves the compiled loops without remainders.
        """
        M, L = self.W1.shape
        m, l = -M % 4, -L % 16
        return (
            np.pad(self.A, ((0, m), (0, m))),
            np.pad(self.W1, ((0, m), (0, l))),
            np.ascontiguousarray(np.pad(self.W2.T, ((0, m), (0, l)))),
            np.pad(self.h1, (0, m)),
            np.pad(self.h2, (0, l)),
        )


@njit(**INLINE)
def advance(z, A, W1, W2T, h1, h2, u, z_next):
    """z_next = F(z) for one state of padded size M, without inputs; u (L,) is work space."""
    M = z.shape[0]
    for m in range(0, M, 4):  # four rows a pass: more would need alias checks and not vectorise
        z0, z1, z2, z3 = z[m], z[m + 1], z[m + 2], z[m + 3]
        w0, w1, w2, w3 = W2T[m], W2T[m + 1], W2T[m + 2], W2T[m + 3]
        if m == 0:
            for l in range(u.shape[0]):
                u[l] = h2[l] + (z0 * w0[l] + z1 * w1[l] + z2 * w2[l] + z3 * w3[l])
        else:
            for l in range(u.shape[0]):
                u[l] += z0 * w0[l] + z1 * w1[l] + z2 * w2[l] + z3 * w3[l]
    for m in range(0, M, 4):
        w0, w1, w2, w3 = W1[m], W1[m + 1], W1[m + 2], W1[m + 3]
        s0, s1, s2, s3 = h1[m], h1[m + 1], h1[m + 2], h1[m + 3]
        for l in range(u.shape[0]):
            f = u[l] if u[l] > 0.0 else 0.0  # a NaN state stays visible through A z
            s0 += f * w0[l]
            s1 += f * w1[l]
            s2 += f * w2[l]
            s3 += f * w3[l]
        for k in range(M):
            s0 += A[m, k] * z[k]
            s1 += A[m + 1, k] * z[k]
            s2 += A[m + 2, k] * z[k]
            s3 += A[m + 3, k] * z[k]
        z_next[m], z_next[m + 1], z_next[m + 2], z_next[m + 3] = s0, s1, s2, s3


@njit(**OPTIONS)
def _simulate(Z0, drive, A, W1, W2T, h1, h2, states):
    u, z, z_next = np.empty_like(h2), np.empty_like(h1), np.empty_like(h1)
    M = Z0.shape[1]
    for i in range(Z0.shape[0]):
        z[:] = 0.0
        copy(Z0[i], z[:M])
        for t in range(states.shape[1]):
            advance(z, A, W1, W2T, h1, h2, u, z_next)
            z, z_next = z_next, z
            for m in range(M):
                if drive.shape[1]:
                    z[m] += drive[i, t, m]
                states[i, t, m] = z[m]


@njit(**OPTIONS)
def _simulate_four(Z0, drive, A, W1, W2T, h1, h2, states):
    """Free run of a map padded to four states: they stay in registers, four times faster."""
    M = Z0.shape[1]
    w0, w1, w2, w3 = W2T[0], W2T[1], W2T[2], W2T[3]
    v0, v1, v2, v3 = W1[0], W1[1], W1[2], W1[3]
    z = np.zeros(4)
    for i in range(Z0.shape[0]):
        copy(Z0[i], z[:M])
        z0, z1, z2, z3 = z[0], z[1], z[2], z[3]
        for t in range(states.shape[1]):
            s0, s1, s2, s3 = h1[0], h1[1], h1[2], h1[3]
            for l in range(h2.shape[0]):
                u = h2[l] + (z0 * w0[l] + z1 * w1[l] + z2 * w2[l] + z3 * w3[l])
                f = u if u > 0.0 else 0.0  # a NaN state stays visible through A z
                s0 += f * v0[l]
                s1 += f * v1[l]
                s2 += f * v2[l]
                s3 += f * v3[l]
            s0 += A[0, 0] * z0 + A[0, 1] * z1 + A[0, 2] * z2 + A[0, 3] * z3
            s1 += A[1, 0] * z0 + A[1, 1] * z1 + A[1, 2] * z2 + A[1, 3] * z3
            s2 += A[2, 0] * z0 + A[2, 1] * z1 + A[2, 2] * z2 + A[2, 3] * z3
            s3 += A[3, 0] * z0 + A[3, 1] * z1 + A[3, 2] * z2 + A[3, 3] * z3
            if drive.shape[1]:
                s0 += drive[i, t, 0]
                s1 += drive[i, t, 1]
                s2 += drive[i, t, 2]
                s3 += drive[i, t, 3]
            z0, z1, z2, z3 = s0, s1, s2, s3
            states[i, t, 0] = z0
            if M > 1:
                states[i, t, 1] = z1
            if M > 2:
                states[i, t, 2] = z2
            if M > 3:
                states[i, t, 3] = z3


@njit(**INLINE)
def active(u, gates):
    """Gates (L,) of hidden units with the inputs u (L,), as `advance` leaves them: 1 above 0."""
    one, zero = u.dtype.type(1), u.dtype.type(0)
    for l in range(u.shape[0]):
        gates[l] = one if u[l] > zero else zero


@njit(**INLINE)
def active_share(u, v, gates):
    """Gates (L,) of a straight way on which the inputs go from u to v: the share of it above 0."""
    for l in range(u.shape[0]):
        above = max(u[l], 0.0) + max(v[l], 0.0)
        gates[l] = above / (abs(u[l]) + abs(v[l])) if above > 0.0 else 0.0


@njit(**INLINE)
def jacobian_from(gates, A, W1, W2T, gated, J):
    """J = A + W1 diag(gates) W2, (M, M): with the gates of `active`, dF/dz.

    gated (L,) is work space. Sizes are the unpadded M of J and the padded ones of all others.
    """
    for m in range(J.shape[0]):
        w = W1[m]
        for l in range(gates.shape[0]):
            gated[l] = w[l] * gates[l]
        for k in range(J.shape[1]):
            v, total = W2T[k], A[m, k]
            for l in range(gates.shape[0]):
                total += gated[l] * v[l]
            J[m, k] = total


@njit(**OPTIONS)
def _jacobians(Z, A, W1, W2T, h2, out):
    u, gates, gated = np.empty_like(h2), np.empty_like(h2), np.empty_like(h2)
    for i in range(Z.shape[0]):
        for l in range(h2.shape[0]):
            u[l] = h2[l]
        for m in range(Z.shape[1]):
            w, z = W2T[m], Z[i, m]
            for l in range(h2.shape[0]):
                u[l] += z * w[l]
        active(u, gates)
        jacobian_from(gates, A, W1, W2T, gated, out[i])
