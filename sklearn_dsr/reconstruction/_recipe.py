"""Numbers of the reconstructors that are no parameters."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """Constants of all fits.

    Attributes
    ----------
    batch_size : int
        Windows of one update.
    batches_per_epoch : int
        Updates of one epoch.
    manifold_share : float
        Share of the latent units that `manifold_penalty` holds, the last ones.
    score_horizon : int
        Longest forecast in `score`, in rows.
    """

    # As Hess et al. (2023): learning_rate_init is for updates by so many windows.
    batch_size: int = 16
    # As Hess et al. (2023): an epoch is but the unit of max_iter.
    batches_per_epoch: int = 50
    # Half of the units for slow, half for fast dynamics, the usual share.
    manifold_share: float = 0.5
    # R^2 of one step is near 1 even for a model that dies at a point; longer horizons tell more.
    score_horizon: int = 20


RECIPE = Recipe()
