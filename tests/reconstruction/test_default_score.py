"""score is the mean R^2 of forecasts 1 to 20 steps ahead, as r2_score has it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from sklearn_dsr._recipe import BUDGET, Recipe
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.metrics import state_space_divergence
from sklearn_dsr.model_selection import neg_state_space_divergence_scorer
from sklearn_dsr.reconstruction import ShallowPLRNNReconstructor, _use

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")


def brute_force(model, trajectories, weights=None, horizon=20):
    """Mean over horizons and columns of r2_score, pairs of all trajectories pooled."""
    weights = weights or [np.ones(len(x)) for x in trajectories]
    horizon = min(horizon, max(len(x) for x in trajectories) - 1)
    scores = []
    for k in range(1, horizon + 1):
        long = [i for i, x in enumerate(trajectories) if len(x) > k]
        true = np.concatenate([trajectories[i][k:] for i in long])
        forecast = np.concatenate([model.simulate(trajectories[i][:-k], k)[:, -1] for i in long])
        weight = np.concatenate([weights[i][:-k] for i in long])
        if len(true) == 1:
            scores.append(np.zeros(true.shape[1]))  # as of a target that does not vary
            continue
        scores.append(r2_score(true, forecast, sample_weight=weight, multioutput="raw_values"))
    return np.mean(scores)


def tame(model):
    """The model with a map that contracts more: no forecast explodes, where R^2 is cut off."""
    for name in ("A_", "W_", "W1_"):
        if hasattr(model, name):
            setattr(model, name, 0.5 * getattr(model, name))
    return model


@pytest.mark.parametrize("params", [{}, {"observation": "affine", "latent_dim": 3}])
@pytest.mark.parametrize("horizon", [1, 7, 20, 100])
def test_score_is_the_mean_of_r2_scores(new, rotation, monkeypatch, params, horizon):
    monkeypatch.setattr(_use, "RECIPE", Recipe(horizon=horizon))
    model = tame(new(**params).fit(rotation()))
    X = rotation(60, 1)
    assert model.score(X) == pytest.approx(brute_force(model, [X], None, horizon), rel=1e-9)
    weight = np.random.default_rng(0).uniform(size=60)
    weight[5:20] = 0.0
    wanted = brute_force(model, [X], [weight], horizon)
    assert model.score(X, sample_weight=weight) == pytest.approx(wanted, rel=1e-9)
    assert model.score(X, sample_weight=7.0 * weight) == pytest.approx(wanted, rel=1e-9)


def test_score_of_several_trajectories_pools_their_pairs(new, rotation):
    model = tame(new().fit(rotation()))
    parts = [rotation(n, seed) for seed, n in enumerate((40, 12, 25, 1, 2))]
    wanted = brute_force(model, parts)
    assert model.score(parts) == pytest.approx(wanted, rel=1e-9)
    gap = np.full((1, 2), np.nan)
    joined = np.concatenate([row for part in parts for row in (part, gap)])
    assert model.score(joined) == pytest.approx(wanted, rel=1e-9)
    index = np.concatenate([np.arange(len(part)) + 1000 * k for k, part in enumerate(parts)])
    frame = pd.DataFrame(np.concatenate(parts), index=index)
    assert model.score(frame) == pytest.approx(wanted, rel=1e-9)
    # Weights are of rows, trajectories one after the other.
    weights = [np.random.default_rng(k).uniform(size=len(part)) for k, part in enumerate(parts)]
    wanted = brute_force(model, parts, weights)
    weighted = model.score(parts, sample_weight=np.concatenate(weights))
    assert weighted == pytest.approx(wanted, rel=1e-9)


def test_score_in_blocks_is_the_same(new, rotation, monkeypatch):
    model, X = tame(new().fit(rotation())), rotation(100, 1)
    parts, weight = [X, X[:30]], np.random.default_rng(0).uniform(size=130)
    whole = model.score(parts, sample_weight=weight)
    monkeypatch.setattr(
        "sklearn_dsr.reconstruction._scoring.BUDGET", replace(BUDGET, score_numbers=20 * 2 * 7)
    )
    assert model.score(parts, sample_weight=weight) == pytest.approx(whole, rel=1e-12)


def test_score_ignores_y(new, rotation):
    model, X = new().fit(rotation(), np.arange(300)), rotation(50, 1)
    assert model.score(X, np.arange(50)) == model.score(X, None) == model.score(X)


def test_a_column_that_does_not_vary_takes_no_part(new, rotation, monkeypatch):
    X = np.c_[rotation(100), np.full(100, 3.0)]
    model = new().fit(X)
    moving = r2_score(X[1:], model.predict(X[:-1]), multioutput="raw_values")[:2]
    monkeypatch.setattr(_use, "RECIPE", Recipe(horizon=1))
    assert model.score(X) == pytest.approx(np.mean(moving), rel=1e-6)


def linear_model(X):
    """Reconstructor whose arrays are planted: the least-squares linear map of X."""
    model = ShallowPLRNNReconstructor(3, clipped=False, max_iter=1, n_init=1, random_state=0)
    model.fit(X)
    Z = (X - model.mean_) / model.scale_
    B = np.linalg.lstsq(np.c_[Z[:-1], np.ones(len(Z) - 1)], Z[1:], rcond=None)[0]
    # Hidden units that are always active are linear.
    model.A_, model.W2_, model.h2_ = np.zeros((3, 3)), np.eye(3), np.full(3, 1e3)
    model.W1_ = B[:3].T
    model.h1_ = B[3] - model.W1_ @ model.h2_
    return model


def test_a_dead_linear_map_is_near_one_at_one_step_and_found_out_by_its_free_run(monkeypatch):
    X = make_lorenz63(5000, random_state=0)
    model = linear_model(X)
    monkeypatch.setattr(_use, "RECIPE", Recipe(horizon=1))
    assert model.score(X) > 0.98
    monkeypatch.undo()
    assert model.score(X) < 0.9
    run = model.simulate(X[0], 5000)
    assert np.all(run[-500:].std(axis=0) < 0.05 * X.std(axis=0))
    assert state_space_divergence(X, run) > 10.0
    assert neg_state_space_divergence_scorer(model, X) < -10.0
