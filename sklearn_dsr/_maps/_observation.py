"""Observation models: from latent states to observed rows, and from rows to latent states."""

from dataclasses import dataclass

import numpy as np

from .._core import linalg


@dataclass(frozen=True)
class IdentityObservation:
    """x = the first N latent units; the other units, if any, are hidden.

    L0 (M - N, N) gives the first values of the hidden units, L0 x [Brenner 2022]. Later values come
    from the map, because only observed units are forced.
    """

    L0: np.ndarray
    partial = True  # whether data set only the first N latent units

    @property
    def matrix(self):
        """B (N, M) of x = B z."""
        return np.eye(self.L0.shape[1], sum(self.L0.shape))

    @property
    def inverse(self):
        """Matrix (M, N) that gives the state of an observed row."""
        return np.vstack([np.eye(self.L0.shape[1]), self.L0])

    def observe(self, Z):
        """Observed rows (..., N) of latent states (..., M)."""
        return Z[..., : self.L0.shape[1]]

    def infer(self, X):
        """Latent states (..., M) of observed rows (..., N)."""
        if len(self.L0) == 0:
            return X
        return np.concatenate([X, linalg.product(X, self.L0.T)], axis=-1)


@dataclass(frozen=True)
class AffineObservation:
    """x = B z with B (N, M); states are inferred by the pseudo-inverse, z = pinv(B) x.

    N > M reduces dimensions. N < M gives the model more latent units than the data have columns.
    """

    B: np.ndarray
    partial = False

    @property
    def matrix(self):
        """B (N, M) of x = B z."""
        return self.B

    @property
    def inverse(self):
        """Matrix (M, N) that gives the state of an observed row, of smallest norm if M > N."""
        return linalg.pseudo_inverse(self.B)

    def observe(self, Z):
        """Observed rows (..., N) of latent states (..., M); values that are not finite stay so."""
        return linalg.product(Z, self.B.T)

    def infer(self, X):
        """Latent states (..., M) of observed rows (..., N)."""
        return linalg.product(X, self.inverse.T)


def initial_loading(rng, covariance, M):
    """Initial B (N, M) with condition number 1.

    Parameters
    ----------
    rng : numpy.random.Generator
    covariance : ndarray of shape (N, N)
        Covariance of the observed (internally standardised) columns.
    M : int
        Latent units.

    Returns
    -------
    ndarray of shape (N, M)
        For M <= N, the leading principal directions: the first forcing signals then keep as much of
        the data as M units can. For M > N, random orthonormal rows.
    """
    N = len(covariance)
    if M <= N:
        directions = linalg.eigh(covariance)[1][:, ::-1][:, :M]
        # Rounding decides the sign of an eigenvector; a rule fixes it.
        largest = directions[np.argmax(np.abs(directions), axis=0), np.arange(M)]
        return directions * np.where(largest < 0, -1.0, 1.0)
    return linalg.orthonormal(rng.standard_normal((M, N)).T)
