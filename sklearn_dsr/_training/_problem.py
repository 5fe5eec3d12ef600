"""The function to be minimised: data, model, sizes and penalties, the same for both engines."""

from dataclasses import dataclass, field

import numpy as np

from .._maps._observation import AffineObservation, IdentityObservation, initial_loading
from .._maps._parametrizations import Parametrization


@dataclass(frozen=True)
class Penalties:
    """Weights of the penalties, all at least 0.

    Attributes
    ----------
    latent : float
        Weight of |1 - A|^2 and of the squares of all other parameters of the map, including C
        [Hess 2023].
    observation : float
        Weight of (1 - s_max(B) / s_min(B))^2 [Hess 2023].
    manifold : float
        Weight of |1 - A| + |W| + |h| of the last units, which gives them a long memory
        [Schmidt 2021].
    manifold_share : float
        Share of the latent units, from the last one, that `manifold` applies to.
    l1, l2 : float
        Weights of the absolute values and of the squares of the map's weight matrices and of C.
    """

    latent: float = 0.0
    observation: float = 0.0
    manifold: float = 0.0
    manifold_share: float = 0.5
    l1: float = 0.0
    l2: float = 0.0


@dataclass(frozen=True)
class Problem:
    """The mean squared forced-run error plus penalties, as a function of the trained arrays.

    loss = mean over t = 2..T + 1, windows and columns of (observed z_t - x_t)^2 + penalties

    with z_t = F(z~_{t-1}) + C s_{t-1}. Missing values are left out of the mean. The trained arrays
    are a dict: the model's own parameters; "B" (N, M) if the observation is affine; "L0" (M - N, N)
    if it is the identity and there are more units than columns; and "C" (M, K) if there are
    external inputs.

    Attributes
    ----------
    rows : ndarray of shape (n_rows, N + K)
        Internally standardised data, preferably in `dtype`: engines then share them without a copy.
        External inputs are the last K columns. Missing values are filled in; only first states of
        windows use them. Rows that belong to no segment are never read.
    parametrization : Parametrization
    affine : bool
        Affine or identity observation.
    n_steps, batch_size : int
        Steps T of a window and windows S of a batch.
    penalties : Penalties
    dtype : numpy dtype
        float32 or float64.
    n_inputs : int
        Number K of external inputs.
    seen : ndarray of shape (n_rows, N), or None
        False where a value is missing; None if none is.
    noise : float
        Standard deviation of the Gaussian noise on first states and forcing signals.
    """

    rows: np.ndarray
    parametrization: Parametrization
    affine: bool
    n_steps: int
    batch_size: int
    penalties: Penalties = field(default_factory=Penalties)
    dtype: type = np.float32
    n_inputs: int = 0
    seen: np.ndarray | None = None
    noise: float = 0.0

    @property
    def sizes(self):
        """Latent units M, columns N, external inputs K."""
        return (
            self.parametrization.latent_dim,
            self.rows.shape[1] - self.n_inputs,
            self.n_inputs,
        )

    @property
    def shapes(self):
        """Shape of each trained array."""
        M, N, K = self.sizes
        surrounding = {"B": (N, M)} if self.affine else {"L0": (M - N, N)} if M > N else {}
        return self.parametrization.shapes | surrounding | ({"C": (M, K)} if K else {})

    def masks(self):
        """Dict of arrays like the trained ones: 1 where an entry is trained, 0 where fixed."""
        own = self.parametrization.masks()
        return {name: own.get(name, np.ones(shape)) for name, shape in self.shapes.items()}

    def squared_and_absolute(self):
        """Weights of (p - target)^2 and of abs(p - target) for each trained entry, two dicts.

        The target is the identity for A and 0 for all other arrays.
        """
        p, masks, parametrization = self.penalties, self.masks(), self.parametrization
        M = parametrization.latent_dim
        held = p.manifold * (np.arange(M) >= M - round(p.manifold_share * M))
        squared = {k: p.latent * v for k, v in masks.items() if k not in ("B", "L0")}
        absolute = {"A": held[:, None] * masks["A"]}
        for name in (*parametrization.matrices, "C"):
            if name in masks:
                squared[name] = squared[name] + p.l2 * masks[name]
                absolute[name] = p.l1 * masks[name]
        for name in parametrization.rows:
            rows = held.reshape(-1, *[1] * (masks[name].ndim - 1)) * masks[name]
            absolute[name] = absolute.get(name, 0.0) + rows
        return squared, absolute

    def initial(self, rng, covariance):
        """Initial values of the trained arrays, as in the reference code.

        Parameters
        ----------
        rng : numpy.random.Generator
        covariance : ndarray of shape (N, N)
            Covariance of the columns. An affine observation starts from their principal directions.
        """
        M, N, K = self.sizes
        deviation = np.sqrt(np.max(np.diag(covariance)))
        arrays = self.parametrization.initial(rng, -2.0 * deviation, 2.0 * deviation)
        if self.affine:
            arrays["B"] = initial_loading(rng, covariance, M)
        elif M > N:
            arrays["L0"] = rng.uniform(-1, 1, (M - N, N)) / np.sqrt(N)
        return arrays | ({"C": np.zeros((M, K))} if K else {})

    def maps(self, arrays):
        """Canonical map and observation model of the trained arrays."""
        return maps_of(self.parametrization, arrays, self.sizes[1])


def maps_of(parametrization, arrays, n_columns):
    """Canonical map and observation model of a parametrization's trained arrays."""
    canonical = parametrization.canonical(arrays, arrays.get("C"))
    if "B" in arrays:
        return canonical, AffineObservation(arrays["B"])
    return canonical, IdentityObservation(arrays.get("L0", np.zeros((0, n_columns))))
