"""Noise of observations: estimated from one-step residuals, drawn for an ensemble's forecasts."""

import numpy as np
from scipy.optimize import nnls

from .._core import linalg
from .._recipe import BUDGET
from .._validation import check_real, is_auto


def _entry(system):
    """How noise of a standardised row enters the state, (M, N); hidden units know theirs."""
    M, N = system.canonical.latent_dim, system.n_columns
    return np.eye(M, N) if system.observation.partial else system.observation.inverse


def root(covariances):
    """Square roots (n, M, M) of covariances; rounding may make an eigenvalue negative."""
    values, vectors = map(np.stack, zip(*map(linalg.eigh, covariances), strict=True))
    return vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]


def normal_draws(seed, n_rows, shape, N):
    """Standard normal draws (n_rows, members, n_draws, N), in pairs of opposite sign."""
    # Row by row: a longer forecast begins with the shorter one.
    shape, n_draws = (n_rows, shape[0], (shape[1] + 1) // 2, N), shape[1]
    half = np.random.default_rng(seed).standard_normal(shape)
    return np.concatenate([half, -half], axis=2)[:, :, :n_draws]


def estimate_noise(systems, trajectories):
    """Standard deviation of the noise of each column, from one-step residuals; see the class."""
    N, scale, values = systems[0].n_columns, systems[0].scale, trajectories.values
    spans = zip(trajectories.starts, trajectories.stops, strict=True)
    at = np.concatenate([np.arange(a, b - 1) for a, b in spans])
    at = at[:: -(-len(at) // BUDGET.n_residuals)]
    inputs = values[at, None, N:] if systems[0].n_inputs else None
    predicted, growth = np.zeros((len(at), N)), np.zeros((len(at), N, N))
    for system in systems:
        states = system.along(trajectories)[at]
        predicted += system.run(states, 1, inputs)[:, 0] / len(systems)
        jacobians = system.canonical.jacobian(states)
        entering = linalg.product(jacobians, _entry(system)).swapaxes(1, 2)
        leaving = linalg.product(entering, system.observation.matrix.T).swapaxes(1, 2)
        growth += leaving / len(systems)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = ((values[at + 1, :N] - predicted) / scale[:N]) ** 2
    known = np.isfinite(squares)
    n, seen = np.maximum(known.sum(axis=0), 1), ~np.isnan(values[at, :N])
    shares = np.sum(known[:, :, None] * growth**2 * seen[:, None, :], axis=0)
    factors = shares / n[:, None] + np.eye(N)
    variances, _ = nnls(factors, np.where(known, squares, 0.0).sum(axis=0) / n)
    return np.sqrt(variances) * scale[:N]


def given_noise(given, N):
    """Standard deviations (N,) as the parameter `observation_noise` sets them; None if "auto"."""
    if is_auto(given):
        return None
    values = [given] * N if np.ndim(given) == 0 else list(given)
    if len(values) != N:
        raise ValueError(
            f"observation_noise has {len(values)} values for {N} columns. Give one of each."
        )
    advice = '"auto" estimates it.'
    return np.array([check_real(v, "observation_noise", 0.0, advice=advice) for v in values])
