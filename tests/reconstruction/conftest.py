"""Small data and both reconstructors at sizes that fit in a fraction of a second."""

import numpy as np
import pytest

from sklearn_dsr.reconstruction import PLRNNReconstructor, ShallowPLRNNReconstructor


def _make(kind, **params):
    params = {"max_iter": 4, "n_init": 1, "random_state": 0} | params
    if kind == "vanilla":
        return PLRNNReconstructor(**params)
    return ShallowPLRNNReconstructor(**{"hidden_dim": 12} | params)


@pytest.fixture(params=["shallow", "vanilla"])
def new(request):
    """Function (**params) -> unfitted estimator, of each kind."""
    return lambda **params: _make(request.param, **params)


@pytest.fixture
def shallow():
    """Function (**params) -> unfitted ShallowPLRNNReconstructor."""
    return lambda **params: _make("shallow", **params)


@pytest.fixture
def rotation():
    """Function (n_rows, seed) -> noisy rotation by 0.1 radian, amplitudes 1 and 3, not centred."""

    def make(n_rows=300, seed=0):
        rng = np.random.default_rng(seed)
        phase = 0.1 * np.arange(n_rows) + rng.uniform(0, 2 * np.pi)
        rows = np.column_stack([np.sin(phase) + 5.0, 3.0 * np.cos(phase)])
        return rows + 0.01 * rng.normal(size=rows.shape)

    return make
