"""The canonical map z' = A z + W1 relu(W2 z + h2) + h1 + C s: step, Jacobian and free run.

Every model of the family is an instance of it (see `_parametrizations`), so each operation on a
trained model is written once, here. All arrays are float64.
"""

from dataclasses import dataclass, replace

import numpy as np

from .._core import maps


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
        Weights of external inputs s, which enter linearly; None without inputs.
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
            Number of steps.
        inputs : ndarray of shape (n_ic, n_steps, K), default=None
            External inputs: ``inputs[:, k]`` acts in the step from state k to k + 1. None is 0.

        Returns
        -------
        ndarray of shape (n_ic, n_steps, M)
            States after 1..n_steps steps. A run that overflows is infinite or NaN from there on.
        """
        Z0 = np.ascontiguousarray(Z0, dtype=np.float64)
        return maps.simulate(self.compiled(), Z0, self.driving(inputs, (len(Z0),)), n_steps)

    def driven(self, entering):
        """Return the map with more inputs after its own, with the weights `entering` (M, k)."""
        C = entering if self.C is None else np.concatenate([self.C, entering], axis=1)
        return replace(self, C=C)

    def driving(self, inputs, shape=()):
        """External inputs (*shape, n_steps, K) as the compiled functions take them.

        n_steps is 0 without inputs, or for a map without inputs.
        """
        if inputs is None or self.C is None:
            return np.zeros((*shape, 0, 0 if self.C is None else self.C.shape[1]))
        return np.ascontiguousarray(inputs, dtype=np.float64)

    def compiled(self):
        """The map as the functions of `_core.maps` take it."""
        C = np.zeros((self.latent_dim, 0)) if self.C is None else self.C
        arrays = (self.A, self.W1, self.W2, self.h1, self.h2, C)
        return maps.compiled(*(np.ascontiguousarray(a, dtype=np.float64) for a in arrays))

    def jacobian(self, Z):
        """Jacobians J(z) = A + W1 diag(W2 z + h2 > 0) W2 at the rows of Z, (n, M, M)."""
        return maps.jacobian(self.compiled(), np.ascontiguousarray(Z, dtype=np.float64))
