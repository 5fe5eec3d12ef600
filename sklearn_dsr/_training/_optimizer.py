"""The schedule of the learning rate."""

import numpy as np

from .._recipe import RECIPE


def learning_rates(initial, n_updates, warmup=RECIPE.warmup):
    """Learning rate of each update: linear from 0 to `initial`, then linear to 0.

    Decay to zero in a straight line is the best simple schedule [Defazio 2023]; the short warm-up
    lets RAdam's second moments settle.

    Parameters
    ----------
    initial : float
        Largest rate.
    n_updates : int
    warmup : float in [0, 1)
        Share of the updates spent on the way up.

    Returns
    -------
    ndarray of shape (n_updates,)
    """
    share = (np.arange(n_updates) + 1.0) / (n_updates + 1.0)
    rise = share / warmup if warmup > 0 else np.ones(n_updates)
    return initial * np.minimum(np.minimum(rise, 1.0), (1.0 - share) / (1.0 - warmup))
