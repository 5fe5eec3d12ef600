"""What is to be minimised: data, model, sizes and penalties, the same for both engines."""

from dataclasses import dataclass

import numpy as np

from .._maps._observation import AffineObservation, IdentityObservation
from .._maps._parametrizations import Parametrization, Weights


@dataclass(frozen=True)
class Problem:
    """The mean squared forced-run error plus penalties, as a function of the trained arrays.

    loss = mean over t = 2..T + 1, windows and columns of (observed z_t - x_t)^2
         + latent_penalty (|1 - A|^2 + |W1|^2 + |W2|^2 + |h1|^2 + |h2|^2), trained entries only,
         + observation_penalty (1 - s_max(B) / s_min(B))^2      [Hess 2023]
         + manifold_penalty (|1 - A| + |W1| + |h1|) of the last units      [Schmidt 2021]

    The trained arrays are a dict: the fields of `Weights`, and "B" (N, M) if the observation is
    affine.

    Attributes
    ----------
    rows : ndarray of shape (n_rows, N)
        Internally standardised data, best in `dtype` already: engines share them without a copy.
        Rows that belong to no segment are never read.
    parametrization : Parametrization
    affine : bool
        Affine or identity observation.
    n_steps, batch_size : int
        Steps T of a window and windows S of a batch.
    latent_penalty, observation_penalty : float
    dtype : numpy dtype
        float32 or float64.
    manifold_penalty : float
    manifold_share : float
        Share of the latent units, the last ones, that the manifold penalty holds.
    """

    rows: np.ndarray
    parametrization: Parametrization
    affine: bool
    n_steps: int
    batch_size: int
    latent_penalty: float
    observation_penalty: float
    dtype: type
    manifold_penalty: float = 0.0
    manifold_share: float = 0.5

    @property
    def sizes(self):
        """Latent units M, hidden units L, columns N."""
        free = self.parametrization.free()
        return (*free.W1.shape, self.rows.shape[1])

    def trained(self):
        """Dict of masks like the trained arrays: 1 where an entry is trained, 0 where fixed."""
        masks = self.parametrization.free()._asdict()
        M, _, N = self.sizes
        return masks | ({"B": np.ones((N, M))} if self.affine else {})

    def penalties(self):
        """Weights of (p - target)^2 and of abs(p - target) for each trained entry, two dicts.

        The target is 1 for A and 0 for all others.
        """
        masks = {k: v for k, v in self.trained().items() if k != "B"}
        M = self.sizes[0]
        held = np.arange(M) >= M - round(self.manifold_share * M)
        rows = {"A": held, "W1": held[:, None], "h1": held}
        return (
            {k: self.latent_penalty * v for k, v in masks.items()},
            {k: self.manifold_penalty * masks[k] * v for k, v in rows.items()},
        )

    def model(self, arrays):
        """Canonical map and observation model of the trained arrays."""
        return self.model_of(self.parametrization, arrays)

    @staticmethod
    def model_of(parametrization, arrays):
        """Canonical map and observation model of a parametrization's trained arrays."""
        weights = Weights(*[arrays[name] for name in Weights._fields])
        observation = AffineObservation(arrays["B"]) if "B" in arrays else IdentityObservation()
        return parametrization.canonical(weights), observation
