"""Maps of many subjects: shared arrays, plus those that the features of a subject select."""

from dataclasses import dataclass

import numpy as np

from .._maps._parametrizations import ShallowPLRNN
from .._training._problem import maps_of


@dataclass(frozen=True)
class Family:
    """Shallow PLRNNs with the same kinks whose other arrays are affine in features [Brenner 2025].

    The map of the features f is z' = A z + W1 relu(W2 z + h2) + h1 + C s with
    A = A_0 + sum_a f_a A_a, and W1, h1 and C in the same way.

    Attributes
    ----------
    weights : ndarray of shape (1 + k, P, M)
        Transposes of [A_a - I or A_a, W1_a, C_a, h1_a] for a = 0, ..., k: the weights of the
        regressors (z, relu(W2 z + h2), s, 1) in z' - z. P = M + L + K + 1.
    W2 : ndarray of shape (L, M)
    h2 : ndarray of shape (L,)
    """

    weights: np.ndarray
    W2: np.ndarray
    h2: np.ndarray

    @property
    def n_features(self):
        """Number k of features."""
        return len(self.weights) - 1

    @property
    def latent_dim(self):
        """Number M of latent units."""
        return self.weights.shape[2]

    @property
    def parametrization(self):
        """Form of each map."""
        return ShallowPLRNN(self.latent_dim, len(self.h2), clipped=False, linear="dense")

    def stored(self):
        """The same family after a way through its arrays I + A, which rounds the weights."""
        weights, at = self.weights.copy(), np.arange(self.latent_dim)
        weights[:, at, at] = (1.0 + weights[:, at, at]) - 1.0
        return Family(weights, self.W2, self.h2)

    def of(self, features):
        """Weights (P, M) of the features (k,)."""
        weights = self.weights[0].copy()
        for f, selected in zip(features, self.weights[1:], strict=True):
            weights += f * selected
        return weights

    def arrays(self, features):
        """Arrays of the map of the features (k,), by name; C only with external inputs."""
        return self.split(self.of(features)) | {"W2": self.W2, "h2": self.h2}

    def split(self, weights):
        """A, W1, h1, and C with external inputs, of weights (P, M)."""
        M, L = self.latent_dim, len(self.h2)
        A, W1, C, h1 = np.split(weights, [M, M + L, len(weights) - 1])
        arrays = {"A": np.eye(M) + A.T, "W1": W1.T.copy(), "h1": h1[0].copy()}
        return arrays | ({"C": C.T.copy()} if len(C) else {})

    def maps(self, features):
        """Canonical map and observation model of the features (k,)."""
        return maps_of(self.parametrization, self.arrays(features), self.latent_dim)
