"""Each model of the family: its own parameters, their initial values, and its canonical map.

A new model is one new class with shapes, initial values, and `canonical_arrays`. The latter works
for NumPy and torch, so autograd pulls gradients back to the parameters. The compiled kernels train
two forms: a hidden layer (`ShallowPLRNN`), and an activation of each unit by itself (`PLRNN`),
which is much cheaper than its canonical map if the map repeats the units.
"""

from dataclasses import dataclass, field

import numpy as np

from .._core import linalg
from ._canonical import CanonicalMap


@dataclass(frozen=True)
class Parametrization:
    """Base of the models; `latent_dim` is M, and `linear` says which entries of A are trained.

    "diagonal", as in the papers, trains the diagonal of A, and "dense" all entries. The shape of A
    is (M, M) in both cases.

    Subclasses define ``hidden_dim``, ``shapes`` (names and shapes of the parameters), ``matrices``
    (names of the weight matrices), ``rows`` (names of all arrays but A with a row per unit),
    ``initial(rng, low, high)``, and ``canonical_arrays(parameters, xp)``.
    """

    latent_dim: int
    linear: str = field(default="diagonal", kw_only=True)

    def masks(self):
        """Arrays of 0 and 1 like the parameters: 1 where an entry is trained, 0 where fixed."""
        masks = {name: np.ones(shape) for name, shape in self.shapes.items()}
        return masks | ({"A": np.eye(self.latent_dim)} if self.linear == "diagonal" else {})

    def jacobian_bound(self, p):
        """Bound of the Jacobian's spectral norm at any state: norm of A plus nonlinear part."""
        return np.linalg.norm(p["A"], 2) + self._steepest(p)

    def canonical(self, parameters, C=None):
        """Canonical map of the parameters, with the weights C (M, K) of external inputs."""
        arrays = {k: np.asarray(parameters[k], dtype=np.float64) for k in self.shapes}
        return CanonicalMap(*self.canonical_arrays(arrays, np), C)


@dataclass(frozen=True)
class ShallowPLRNN(Parametrization):
    """z' = A z + W1 relu(W2 z + h2) + h1 [Hess 2023]; `hidden_dim` is L.

    The clipped form has W1 [relu(W2 z + h2) - relu(W2 z)]. It bounds orbits if the norm of A is
    below 1.
    """

    hidden_dim: int = 1
    clipped: bool = False
    matrices = ("W1", "W2")
    rows = ("W1", "h1")

    @property
    def shapes(self):
        """Shape of each parameter."""
        M, L = self.latent_dim, self.hidden_dim
        return {"A": (M, M), "W1": (M, L), "W2": (L, M), "h1": (M,), "h2": (L,)}

    def initial(self, rng, low=-1.0, high=1.0):
        """Initial values as in the reference code: A near 1, uniform W1 and W2, zero biases.

        If clipped, h2 is uniform, because a clipped unit with h2 = 0 is always 0.
        """
        M, L = self.latent_dim, self.hidden_dim
        parameters = {
            "A": np.diag(np.diag(positive_definite(rng, M))),
            "W1": rng.uniform(-1, 1, (M, L)) / np.sqrt(L),
            "W2": rng.uniform(-1, 1, (L, M)) / np.sqrt(M),
            "h1": np.zeros(M),
            "h2": np.zeros(L),
        }
        return parameters | ({"h2": rng.uniform(-1, 1, L) / np.sqrt(L)} if self.clipped else {})

    def _steepest(self, p):
        return np.linalg.norm(p["W1"], 2) * np.linalg.norm(p["W2"], 2)

    def canonical_arrays(self, p, xp):
        """A (M, M), W1, W2, h1, h2 of the canonical map, for xp NumPy or torch.

        A clipped model has each hidden unit twice: with h2, and with 0 and the opposite sign.
        """
        A, W1, W2, h1, h2 = p["A"], p["W1"], p["W2"], p["h1"], p["h2"]
        if self.clipped:
            W1, W2 = xp.concatenate([W1, -W1], axis=1), xp.concatenate([W2, W2])
            h2 = xp.concatenate([h2, xp.zeros_like(h2)])
        return A, W1, W2, h1, h2


@dataclass(frozen=True)
class PLRNN(Parametrization):
    """z' = A z + W phi(z) + h, W with zero diagonal, phi acting on each unit.

    phi is one of

    * relu(z) [Durstewitz 2017], * with bases, sum_b alphas_b relu(z - H_b), where each unit has its
    own thresholds [Brenner 2022], * if clipped, the same minus sum_b alphas_b relu(z), which bounds
    orbits if the norm of A is below
      1 [Brenner 2022].

    With `mean_centered`, z - mean(z) takes the place of z in phi [Brenner 2022].
    """

    n_bases: int = 0
    clipped: bool = False
    mean_centered: bool = False
    n_linear = 0  # number of first units with phi(z) = z
    matrices = ("W",)
    rows = ("W", "h")

    @property
    def hidden_dim(self):
        """One per nonlinear unit and basis; if clipped, each unit has one more kink at 0."""
        return (self.latent_dim - self.n_linear) * max(self.n_bases, 1)

    @property
    def shapes(self):
        """Shape of each parameter."""
        M, B = self.latent_dim, self.n_bases
        shapes = {"A": (M, M), "W": (M, M), "h": (M,)}
        return shapes | ({"alphas": (B,), "H": (M, B)} if B else {})

    def masks(self):
        """W has a zero diagonal: A alone says how a unit acts on itself."""
        return super().masks() | {"W": 1.0 - np.eye(self.latent_dim)}

    def initial(self, rng, low=-1.0, high=1.0):
        """Initial values as in the reference code; thresholds H are uniform in [low, high].

        [low, high] is the range of the data.
        """
        M, B = self.latent_dim, self.n_bases
        R = positive_definite(rng, M)
        A = np.diag(np.diag(R))
        parameters = {"A": A, "W": R - A, "h": np.zeros(M)}
        if B:
            alphas = rng.uniform(-1, 1, B) / np.sqrt(B)
            parameters |= {"alphas": alphas, "H": rng.uniform(low, high, (M, B))}
        return parameters

    def _steepest(self, p):  # the slope of phi is at most the sum over all bases
        slope = np.sum(np.abs(p["alphas"])) if self.n_bases else 1.0
        return np.linalg.norm(p["W"], 2) * slope

    def canonical_arrays(self, p, xp):
        """A (M, M), W1, W2, h1, h2 of the canonical map: one hidden unit per unit and basis."""
        n, W = self.n_linear, p["W"]
        eye = xp.diag(xp.ones_like(p["h"]))
        K = eye - (1.0 / self.latent_dim if self.mean_centered else 0.0)
        A = p["A"]
        if n:  # W[:, :n] K[:n]
            A = A + xp.concatenate([W[:, :n], xp.zeros_like(W[:, n:])], axis=1)
            if self.mean_centered:
                A = A - W[:, :n].sum(axis=1)[:, None] / self.latent_dim
        W, K, zero = W[:, n:], K[n:], xp.zeros_like(p["h"])[n:]
        if not self.n_bases:
            return A, W, K, p["h"], zero
        scales, thresholds = list(p["alphas"]), list(p["H"][n:].T)
        if self.clipped:
            scales, thresholds = [*scales, -p["alphas"].sum()], [*thresholds, zero]
        return (
            A,
            xp.concatenate([a * W for a in scales], axis=1),
            xp.concatenate([K] * len(scales)),
            p["h"],
            -xp.concatenate(thresholds),
        )


@dataclass(frozen=True)
class AlmostLinearRNN(PLRNN):
    """z' = A z + W phi(z) + h, relu on the last `n_nonlinear` units, phi(z) = z on the others.

    A is diagonal. W is full, without the terms that A has already [Brenner 2024].
    """

    n_nonlinear: int = 1

    @property
    def n_linear(self):
        """Number of units with phi(z) = z."""
        return self.latent_dim - self.n_nonlinear

    def masks(self):
        """W has a diagonal in the nonlinear units only; in the others A has it already."""
        linear = np.arange(self.latent_dim) < self.n_linear
        return super().masks() | {"W": 1.0 - np.diag(linear.astype(float))}


def positive_definite(rng, M):
    """Random symmetric positive-definite (M, M) matrix with largest eigenvalue 1.

    R'R / M + I, divided by its largest eigenvalue [Talathi and Vartak 2016]. At the start of the
    training the map neither explodes nor forgets quickly.
    """
    R = rng.standard_normal((M, M))
    K = linalg.gram(R, R) / M + np.eye(M)
    return K / linalg.eigh(K)[0][-1]


def difference(architecture, first):
    """Sizes and switches of a model that differ from a first model, as text."""
    return ", ".join(f"{k}={v}" for k, v in architecture.items() if v != first.get(k))
