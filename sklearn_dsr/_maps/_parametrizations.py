"""Each model of the family: its own parameters, their initial values, and its map to weights.

A model trains in the form z' = A z + W1 phi(W2 z) + h1 with A diagonal and phi(u) = relu(u + h2),
minus relu(u) if clipped (`Weights`). It is turned into the canonical map once, after training.
A further model whose free weights are its parameters one to one is one further class: shapes,
initial values, `weights` and `parameters`. One that ties weights to each other (a dendritic PLRNN)
needs a pull-back of the gradient in the engines too.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ._canonical import CanonicalMap


class Weights(NamedTuple):
    """Arrays that the training sees: A (M,), W1 (M, L), W2 (L, M), h1 (M,), h2 (L,)."""

    A: np.ndarray
    W1: np.ndarray
    W2: np.ndarray
    h1: np.ndarray
    h2: np.ndarray


@dataclass(frozen=True)
class Parametrization:
    """Base of the models; `latent_dim` is M.

    Subclasses define ``shapes`` (own parameter names and shapes), ``initial(rng)`` (their reference
    initial values), ``weights(parameters)`` and its inverse ``parameters(weights)``. Each parameter
    must be one entry of the weights; the entries that are no parameter are constants.
    """

    latent_dim: int
    clipped = False

    def free(self):
        """Weights of 0 and 1: 1 where an entry is trained, 0 where the model fixes it."""
        none = self.weights({k: np.zeros(s) for k, s in self.shapes.items()})
        ones = self.weights({k: np.ones(s) for k, s in self.shapes.items()})
        return Weights(*[(a != b).astype(float) for a, b in zip(none, ones, strict=True)])

    def canonical(self, weights):
        """Canonical map of the weights; a clipped model has its hidden units twice."""
        A, W1, W2, h1, h2 = (np.asarray(w, dtype=np.float64) for w in weights)
        if self.clipped:
            W1, W2 = np.hstack([W1, -W1]), np.vstack([W2, W2])
            h2 = np.concatenate([h2, np.zeros_like(h2)])
        return CanonicalMap(np.diag(A), W1, W2, h1, h2)


@dataclass(frozen=True)
class ShallowPLRNN(Parametrization):
    """z' = A z + W1 relu(W2 z + h2) + h1 [Hess 2023], A diagonal; `hidden_dim` is L."""

    hidden_dim: int = 1

    @property
    def shapes(self):
        """Shape of each parameter."""
        M, L = self.latent_dim, self.hidden_dim
        return {"A": (M,), "W1": (M, L), "W2": (L, M), "h1": (M,), "h2": (L,)}

    def initial(self, rng):
        """Reference initial values: A near 1, uniform W1 and W2, zero biases."""
        M, L = self.latent_dim, self.hidden_dim
        return {
            "A": np.diag(positive_definite(rng, M)).copy(),
            "W1": rng.uniform(-1, 1, (M, L)) / np.sqrt(L),
            "W2": rng.uniform(-1, 1, (L, M)) / np.sqrt(M),
            "h1": np.zeros(M),
            "h2": np.zeros(L),
        }

    def weights(self, parameters):
        """Weights of the parameters: the same arrays."""
        return Weights(**parameters)

    def parameters(self, weights):
        """Parameters of the weights: the same arrays."""
        return weights._asdict()


@dataclass(frozen=True)
class ClippedShallowPLRNN(ShallowPLRNN):
    """z' = A z + W1 [relu(W2 z + h2) - relu(W2 z)] + h1: bounded if max abs(A) < 1 [Hess 2023]."""

    clipped = True

    def initial(self, rng):
        """Reference initial values; h2 must differ from 0, where the clipped unit is dead."""
        parameters = super().initial(rng)
        L = self.hidden_dim
        return parameters | {"h2": rng.uniform(-1, 1, L) / np.sqrt(L)}


@dataclass(frozen=True)
class PLRNN(Parametrization):
    """z' = A z + W relu(z) + h [Durstewitz 2017], A diagonal, W with zero diagonal."""

    @property
    def shapes(self):
        """Shape of each parameter."""
        M = self.latent_dim
        return {"A": (M,), "W": (M, M), "h": (M,)}

    def initial(self, rng):
        """Reference initial values: a positive-definite matrix, its diagonal is A, the rest W."""
        R = positive_definite(rng, self.latent_dim)
        A = np.diag(R).copy()
        return {"A": A, "W": R - np.diag(A), "h": np.zeros(self.latent_dim)}

    def weights(self, parameters):
        """Weights with W1 = W, W2 the identity and h2 = 0."""
        M, W = self.latent_dim, parameters["W"]
        off_diagonal = W * (1 - np.eye(M))
        return Weights(parameters["A"], off_diagonal, np.eye(M), parameters["h"], np.zeros(M))

    def parameters(self, weights):
        """Own parameters of the weights."""
        return {"A": weights.A, "W": weights.W1, "h": weights.h1}


def positive_definite(rng, M):
    """Random symmetric positive-definite (M, M) matrix with largest eigenvalue 1.

    R'R / M + I over its largest eigenvalue [Talathi and Vartak 2016]: neither exploding nor quickly
    forgetting at the start of the training.
    """
    R = rng.standard_normal((M, M))
    K = R.T @ R / M + np.eye(M)
    return K / np.linalg.eigvalsh(K)[-1]
