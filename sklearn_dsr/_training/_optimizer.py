"""The schedule of the learning rate."""

import numpy as np

from .._recipe import RECIPE


def learning_rates(initial, n_updates, warmup=RECIPE.warmup):
    """Learning rate of each update: linear from 0 to `initial`, then linear to 0.

    Linear decay to zero is the best simple schedule [Defazio 2023]. During the short warm-up
    RAdam's second moments settle.

    Parameters
    ----------
    initial : float
        Largest rate.
    n_updates : int
    warmup : float in [0, 1)
        Share of the updates in which the rate rises.

    Returns
    -------
    ndarray of shape (n_updates,)
    """
    share = (np.arange(n_updates) + 1.0) / (n_updates + 1.0)
    rise = share / warmup if warmup > 0 else np.ones(n_updates)
    return initial * np.minimum(np.minimum(rise, 1.0), (1.0 - share) / (1.0 - warmup))
