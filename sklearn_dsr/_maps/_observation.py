"""Observation models: from latent states to observed rows and back."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class IdentityObservation:
    """x = z: the latent units are the observed columns."""

    B = None

    def observe(self, Z):
        """Observed rows (..., N) of latent states (..., M)."""
        return Z

    def infer(self, X):
        """Latent states (..., M) of observed rows (..., N)."""
        return X


@dataclass(frozen=True)
class AffineObservation:
    """x = B z with B (N, M); states are inferred by the pseudo-inverse, z = pinv(B) x.

    N > M reduces dimensions, N < M gives the model more latent units than the data has columns.
    """

    B: np.ndarray

    def observe(self, Z):
        """Observed rows (..., N) of latent states (..., M); a diverged run stays one."""
        with np.errstate(over="ignore", invalid="ignore"):
            return Z @ self.B.T

    def infer(self, X):
        """Latent states (..., M) of observed rows (..., N): of smallest norm where M > N."""
        return X @ np.linalg.pinv(self.B).T


def initial_loading(rng, covariance, M):
    """Initial B (N, M) with condition number 1.

    Parameters
    ----------
    rng : numpy.random.Generator
    covariance : ndarray of shape (N, N)
        Of the observed (internally standardised) columns.
    M : int
        Latent units.

    Returns
    -------
    ndarray of shape (N, M)
        For M <= N the leading principal directions, so that the first forcing signals keep as much
        of the data as M units can. For M > N orthonormal rows at random.
    """
    N = len(covariance)
    if M <= N:
        directions = np.linalg.eigh(covariance)[1][:, ::-1][:, :M]
        # The sign of an eigenvector is an accident of rounding.
        largest = directions[np.argmax(np.abs(directions), axis=0), np.arange(M)]
        return directions * np.where(largest < 0, -1.0, 1.0)
    return np.linalg.qr(rng.standard_normal((M, N)))[0].T.copy()
