"""Samples of future measurements, from one or several fitted models."""

import numpy as np

from ._noise import normal_draws


def sample_forecasts(systems, trajectories, n_steps, draws, inputs):
    """Sample measurements after the last row of each trajectory, in the units of X.

    Parameters
    ----------
    systems : list of System
        Fitted models with their noise.
    trajectories : Trajectories
        Rows up to the forecast; no trajectory ends in a gap.
    n_steps : int
    draws : (int, int)
        Number of samples per system, and the seed.
    inputs : ndarray of shape (n_trajectories, n_steps, K), or None
        In the units of X.

    Returns
    -------
    ndarray of shape (n_systems * n_draws, n_trajectories, n_steps, N)
    """
    (n_draws, seed), N = draws, systems[0].n_columns
    n, M = len(trajectories.offsets) - 1, max(s.canonical.latent_dim for s in systems)
    # The draws of a trajectory do not depend on the other trajectories.
    shape = (len(systems), n_draws)
    normal = [normal_draws([seed, k], n_steps + 1, shape, M + N) for k in range(n)]
    normal = np.stack(normal)  # (n, n_steps + 1, n_systems, n_draws, M + N)
    out = np.empty((*shape, n, n_steps, N))
    for k, system in enumerate(systems):
        own = normal[:, :, k]
        own = np.concatenate([own[..., : system.canonical.latent_dim], own[..., M:]], axis=-1)
        out[k] = system.sampled(trajectories, own, inputs).swapaxes(0, 1)
    return out.reshape(-1, n, n_steps, N)
