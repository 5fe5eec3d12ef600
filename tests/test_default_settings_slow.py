"""The default settings reconstruct the Lorenz-63 attractor from noisy data."""

import pytest

from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.metrics import power_spectrum_hellinger, state_space_divergence
from sklearn_dsr.reconstruction import ShallowPLRNNReconstructor


@pytest.mark.slow
def test_defaults_reconstruct_lorenz63():
    X = make_lorenz63(20_000, noise_level=0.05, random_state=0)
    model = ShallowPLRNNReconstructor(random_state=0, n_jobs=2).fit(X)  # a warning is an error
    assert model.outcome_ == "converged"
    true = make_lorenz63(100_000, random_state=1)
    run = model.simulate(X[-1], 100_000)
    scale = true.std(axis=0)
    assert state_space_divergence(true / scale, run / scale) < 0.6
    assert power_spectrum_hellinger(true, run) < 0.12
    # Not a copy of the data: it forecasts rows that it has not seen.
    assert model.score(make_lorenz63(5_000, random_state=2)) > 0.97
