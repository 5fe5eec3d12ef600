"""Cohorts of related systems, and models of them that are fitted in a fraction of a second."""

import numpy as np

from sklearn_dsr import HierarchicalReconstructor
from sklearn_dsr.datasets import make_lorenz63

RHO = np.linspace(28.0, 56.0, 6)


def quick(*args, **params):
    """An estimator that fits in a fraction of a second."""
    settings = {"hidden_dim": 20, "stages": "start", "random_state": 0}
    return HierarchicalReconstructor(*args, **(settings | params))


def lorenz(rho=RHO, n_rows=250, seed=0, **params):
    """Lorenz systems, which differ in one parameter."""
    return [make_lorenz63(n_rows, rho=r, dt=0.02, random_state=seed, **params) for r in rho]


def with_columns(X, *values):
    """The trajectories, with constant last columns, each of one value per trajectory."""
    return [
        np.column_stack([x, *(np.full(len(x), v) for v in own)])
        for x, *own in zip(X, *values, strict=True)
    ]


def turns(f, n_rows=120, K=0, seed=0):
    """Orbits of x' = (A_0 + f A_1) x + f b + C s, which are affine in f, and the map of f."""
    A0 = 0.97 * np.array([[np.cos(0.3), -np.sin(0.3)], [np.sin(0.3), np.cos(0.3)]])
    A1, b, C = np.diag([0.02, -0.03]), np.array([0.3, -0.2]), np.array([[1.0, 0.0], [0.5, -1.0]])
    rng, orbits = np.random.default_rng(seed), []

    def step(f, x, s=()):
        return (A0 + f * A1) @ x + f * b + C[:, :K] @ np.reshape(s, K)

    for own in f:
        inputs, rows = rng.standard_normal((n_rows, K)), [2.0 * rng.standard_normal(2)]
        for s in inputs[:-1]:
            rows.append(step(own, rows[-1], s))
        orbits.append(np.column_stack([rows, inputs]))
    return orbits, step
