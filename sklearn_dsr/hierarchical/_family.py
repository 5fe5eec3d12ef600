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

    def of(self, features):
        """Weights (P, M) of the features (k,)."""
        weights = self.weights[0].copy()
        for f, selected in zip(features, self.weights[1:], strict=True):
            weights += f * selected
        return weights

    def arrays(self, features):
        """Arrays of the map of the features (k,), by name; C only with external inputs."""
        arrays = self._cut(self.of(features))
        arrays["A"] = np.eye(self.latent_dim) + arrays["A"]
        return arrays | {"W2": self.W2, "h2": self.h2}

    def parts(self):
        """Arrays A_a, W1_a, h1_a, and C_a with external inputs, by name, for a = 0, ..., k."""
        parts = [self._cut(weights) for weights in self.weights]
        parts[0]["A"] = np.eye(self.latent_dim) + parts[0]["A"]
        return parts

    @classmethod
    def from_parts(cls, parts, W2, h2):
        """Family of the arrays that `parts` returns, and of the kinks."""
        weights = []
        for a, part in enumerate(parts):
            A = part["A"] - np.eye(len(part["A"])) if a == 0 else part["A"]
            arrays = [A, part["W1"], *([part["C"]] if "C" in part else []), part["h1"][:, None]]
            weights.append(np.concatenate([array.T for array in arrays]))
        return cls(np.stack(weights), W2, h2)

    def _cut(self, weights):
        """A - I, W1, h1, and C with external inputs, of weights (P, M)."""
        M, L = self.latent_dim, len(self.h2)
        A, W1, C, h1 = np.split(weights, [M, M + L, len(weights) - 1])
        arrays = {"A": A.T.copy(), "W1": W1.T.copy(), "h1": h1[0].copy()}
        return arrays | ({"C": C.T.copy()} if len(C) else {})

    def maps(self, features):
        """Canonical map and observation model of the features (k,)."""
        return maps_of(self.parametrization, self.arrays(features), self.latent_dim)
