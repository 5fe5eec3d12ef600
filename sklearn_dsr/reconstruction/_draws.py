"""Trajectories of an ensemble's forecast: those of each member, with draws of the noise."""

import numpy as np

from .._core.linalg import product
from ._observation_noise import normal_draws, root


def drawn_runs(systems, trajectories, inputs, n_steps, noise, draws):
    """Runs of several models after the last row of each trajectory, in the units of X.

    Each starts from the state that its model estimates, plus a draw of the error of that, and has
    the noise of the rows to come added.

    Parameters
    ----------
    systems : list of System
    trajectories : Trajectories
        None ends in a gap.
    inputs : ndarray of shape (n_trajectories, n_steps, K), or None
        The first ones are those of the last rows.
    n_steps : int
    noise : ndarray of shape (N,)
        Standard deviations, in the units of X.
    draws : (int, int)
        How many of each model, if there is noise (else one), and their seed.

    Returns
    -------
    ndarray of shape (n_systems * n_draws, n_trajectories, n_steps, N)
        Model by model; from where a run diverges, not finite.
    """
    N, n = len(noise), len(trajectories.offsets) - 1
    noisy = bool(np.any(noise > 0))
    n_draws, seed = draws if noisy else (1, draws[1])
    shape = (len(systems), n_draws)
    # Each trajectory has draws of its own, whatever others are forecast with it.
    width = max(N, *(system.canonical.latent_dim for system in systems))
    # (n_trajectories, n_steps + 1, models, n_draws, width): of the start, and of the rows
    normal = np.stack([normal_draws([seed, k], n_steps + 1, shape, width) for k in range(n)])
    added = normal[:, 1:, ..., :N] * noise
    known = np.maximum(noise, 1e-6 * systems[0].scale[:N])
    if inputs is not None:
        inputs = inputs.repeat(n_draws, axis=0)
    out = np.empty((*shape, n, n_steps, N))
    for k, system in enumerate(systems):
        states, covariances = system.last_states(trajectories, known)
        starts = np.repeat(states[:, None], n_draws, axis=1)
        if noisy:
            spread = normal[:, 0, k, :, : states.shape[1]]
            roots = root(covariances).swapaxes(1, 2)
            starts = starts + np.stack([product(*p) for p in zip(spread, roots, strict=True)])
        runs = system.run(starts.reshape(n * n_draws, -1), n_steps, inputs)
        runs = runs.reshape(n, n_draws, n_steps, N)
        out[k] = (runs + added[:, :, k].swapaxes(1, 2)).swapaxes(0, 1)
    return out.reshape(-1, *out.shape[2:])
