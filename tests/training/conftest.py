"""Small training problems with parameters of order one, shared by the tests of the training."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sklearn_dsr._maps._parametrizations import PLRNN, ClippedShallowPLRNN, ShallowPLRNN
from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr._training._problem import Problem


@pytest.fixture(scope="session", autouse=True)
def one_torch_thread():
    """Two threads on matrices this small are slower than one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def build_problem():
    """Return a function: sizes and options -> a Problem and arrays of order one to start from."""

    def build(
        model="shallow",
        *,
        N=3,
        M=3,
        L=7,
        affine=False,
        n_steps=8,
        batch_size=5,
        latent_penalty=0.0,
        observation_penalty=0.0,
        dtype=np.float64,
        seed=0,
    ):
        rng = np.random.default_rng(seed)
        parametrization = {
            "shallow": lambda: ShallowPLRNN(M, L),
            "clipped": lambda: ClippedShallowPLRNN(M, L),
            "PLRNN": lambda: PLRNN(M),
        }[model]()
        size = {"A": 0.3, "W1": 0.7 / np.sqrt(L), "W": 0.7 / np.sqrt(M), "W2": 1 / np.sqrt(M)}
        drawn = {
            k: size.get(k, 0.5) * rng.standard_normal(s) for k, s in parametrization.shapes.items()
        }
        arrays = parametrization.weights(drawn)._asdict()
        if affine:
            U, _, V = np.linalg.svd(rng.standard_normal((N, M)), full_matrices=False)
            arrays["B"] = U * rng.uniform(0.6, 1.8, min(N, M)) @ V
        problem = Problem(
            rng.standard_normal((60, N)),
            parametrization,
            affine,
            n_steps,
            batch_size,
            latent_penalty,
            observation_penalty,
            dtype,
        )
        return problem, arrays

    return build


@pytest.fixture(scope="session")
def draw_starts():
    """Return a function: (problem, n_updates, seed) -> first rows of random windows."""

    def draw(problem, n_updates=None, seed=1):
        rng = np.random.default_rng(seed)
        size = (problem.batch_size,) if n_updates is None else (n_updates, problem.batch_size)
        return rng.integers(len(problem.rows) - problem.n_steps, size=size)

    return draw


@pytest.fixture(scope="session")
def adaptive():
    """Adaptive forcing whose memory is short enough to move within tens of updates."""
    return lambda mean, **options: replace(Forcing(1.0, mean, 0.9, 0.8, 5), **options)
