"""Small training problems with parameters of order one, shared by the tests of the training."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from models import FAMILY

from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr._training._problem import Penalties, Problem


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
        K=0,
        affine=False,
        n_steps=8,
        batch_size=5,
        missing=0.0,
        noise=0.0,
        dtype=np.float64,
        seed=0,
        **penalties,
    ):
        rng = np.random.default_rng(seed)
        parametrization = FAMILY[model](M, L)
        rows = rng.standard_normal((60, N + K))
        seen = rng.random((60, N)) >= missing if missing else None
        problem = Problem(
            rows,
            parametrization,
            affine,
            n_steps,
            batch_size,
            Penalties(**penalties),
            dtype,
            K,
            seen,
            noise,
        )
        size = {
            "A": 0.3,
            "W1": 0.7 / np.sqrt(L),
            "W": 0.7 / np.sqrt(M),
            "W2": 1 / np.sqrt(M),
            "alphas": 1 / np.sqrt(L),
        }
        masks = problem.masks()
        arrays = {
            k: size.get(k, 0.5) * rng.standard_normal(s) * masks[k]
            for k, s in problem.shapes.items()
        }
        if affine:
            U, _, V = np.linalg.svd(rng.standard_normal((N, M)), full_matrices=False)
            arrays["B"] = U * rng.uniform(0.6, 1.8, min(N, M)) @ V
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
def draw_noise():
    """Return a function: (problem, n_updates, seed) -> noise of its windows; None without."""

    def draw(problem, n_updates=None, seed=2):
        if not problem.noise:
            return None
        size = (problem.n_steps + 1, problem.batch_size, problem.sizes[1])
        size = size if n_updates is None else (n_updates, *size)
        return problem.noise * np.random.default_rng(seed).standard_normal(size)

    return draw


@pytest.fixture(scope="session")
def adaptive():
    """Adaptive forcing whose memory is short enough to move within tens of updates."""
    return lambda mean, **options: replace(Forcing(1.0, mean, 0.9, 0.8, 5), **options)
