"""Teacher forcing: when and how strongly, as a constant or adapted to the Jacobians.

The forced state is z~ = (1 - alpha) z + alpha z^. Generalized forcing applies it at every step
[Hess 2023]; sparse forcing applies it at every n-th step with alpha = 1 [Mikhaeil 2022]. Adaptive
forcing sets alpha = 1 - 1 / kappa, where kappa is the growth rate of the Jacobians along the data,
so the gradient's product of Jacobians stays bounded. Both engines call the functions here.
"""

from dataclasses import dataclass

import numpy as np

from .._recipe import BUDGET

# Definitions of the growth rate kappa of a window's Jacobians J_t; the position is the code.
MEANS = (
    "constant",  # no adaptation: alpha is constant
    "product_upper_bound",  # geometric mean over t of the spectral norms of J_t
    "arithmetic_mean",  # spectral norm of the mean of J_t
    "explog_approx",  # spectral norm of the entrywise geometric mean of abs(J_t)
    "batch_maximum",  # largest spectral norm
    "jacobian_upper_bound",  # max abs(A) + norm(W1) norm(W2), for any data
)


@dataclass(frozen=True)
class Forcing:
    """One way of forcing; immutable, shared by the engines.

    Attributes
    ----------
    alpha : float
        The constant alpha in [0, 1]; for adaptive forcing, its first value.
    mean : str, one of `MEANS`
        Definition of kappa; "constant" keeps `alpha`.
    scale : float
        Factor on the adaptive alpha.
    gamma : float
        Memory of the decay of alpha, per adaptation.
    every : int
        Updates from one adaptation to the next.
    interval : int
        Steps from one forced state to the next; 1 forces all.
    """

    alpha: float = 1.0
    mean: str = "constant"
    scale: float = 1.0
    gamma: float = 0.0
    every: int = 1
    interval: int = 1

    @property
    def code(self):
        """Position of `mean` in `MEANS`, for the compiled functions."""
        return MEANS.index(self.mean)

    def times(self, n_steps):
        """Array (n_steps + 1,): 1 where a window is forced, else 0; the first state is given."""
        return (np.arange(n_steps + 1) % self.interval == 0).astype(float)


def n_time_points(latent_dim, n_steps):
    """Number of time points of a window whose Jacobians give kappa."""
    return min(n_steps, BUDGET.n_jacobians[latent_dim >= BUDGET.many_units])


def growth_rate(mean, jacobians):
    """Kappa of a batch: the largest of the windows' means of Jacobians over time.

    The native core has its own version. The torch engine and the tests use this one.

    Parameters
    ----------
    mean : str, one of `MEANS` that takes Jacobians
    jacobians : ndarray of shape (n_windows, n_points, M, M)
    """
    if mean == "arithmetic_mean":
        means = jacobians.mean(axis=1)
    elif mean == "explog_approx":
        means = np.exp(np.mean(np.log(np.abs(jacobians) + 1e-30), axis=1))
    else:
        norms = np.linalg.norm(jacobians, ord=2, axis=(2, 3))
        if mean == "batch_maximum":
            return float(norms.max())
        return float(np.exp(np.mean(np.log(norms + 1e-30), axis=1)).max())
    return float(np.linalg.norm(means, ord=2, axis=(1, 2)).max())


def adapt(alpha, kappa, gamma):
    """New alpha: up to 1 - 1 / kappa at once, down with memory gamma [Hess 2023]."""
    wanted = max(0.0, 1.0 - 1.0 / kappa) if kappa > 0.0 else 0.0
    return wanted if wanted > alpha else gamma * alpha + (1.0 - gamma) * wanted
