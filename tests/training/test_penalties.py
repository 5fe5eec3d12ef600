"""Penalties: what each adds to loss and gradient, written out here for each model."""

from dataclasses import replace

import numpy as np
import pytest
from engines import both_engines
from models import FAMILY, LAYERS

from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr._training._problem import Penalties


def weights_of(model):
    """Weight matrices of a model, and its arrays with a row per unit, by name."""
    return (["W1", "W2"], ["W1", "h1"]) if model in LAYERS else (["W"], ["W", "h"])


each_model = pytest.mark.parametrize("model", FAMILY)


def added(engine, problem, arrays, starts, penalties):
    """What penalties add to loss and gradient."""
    with_, without = (
        engine(replace(problem, penalties=p), arrays, Forcing()).loss_gradient(starts, 0.3)
        for p in (penalties, Penalties())
    )
    return with_[0] - without[0], {k: with_[1][k] - without[1][k] for k in arrays}


def assert_adds(actual, loss, gradient):
    """`gradient` holds what is not 0."""
    assert actual[0] == pytest.approx(loss, rel=1e-9, abs=1e-13)
    for name, value in actual[1].items():
        np.testing.assert_allclose(value, gradient.get(name, 0.0 * value), rtol=1e-7, atol=1e-10)


@both_engines
@each_model
def test_latent_penalty_pulls_a_to_the_identity_and_the_rest_of_the_map_to_zero(
    build_problem, draw_starts, engine, model
):
    problem, arrays = build_problem(model, N=2, K=2)
    inner = {k: v for k, v in arrays.items() if k != "L0"}
    distance = {k: v - np.eye(3) if k == "A" else v for k, v in inner.items()}
    assert "C" in distance
    assert_adds(
        added(engine, problem, arrays, draw_starts(problem), Penalties(latent=0.3)),
        0.3 * sum(np.sum(v**2) for v in distance.values()),
        {k: 0.6 * v for k, v in distance.items()},
    )


@both_engines
@each_model
def test_l1_and_l2_penalties_are_on_the_weight_matrices_and_those_of_inputs(
    build_problem, draw_starts, engine, model
):
    problem, arrays = build_problem(model, N=2, K=2)
    weights = {name: arrays[name] for name in [*weights_of(model)[0], "C"]}
    starts = draw_starts(problem)
    assert_adds(
        added(engine, problem, arrays, starts, Penalties(l1=0.3)),
        0.3 * sum(np.sum(np.abs(v)) for v in weights.values()),
        {k: 0.3 * np.sign(v) for k, v in weights.items()},
    )
    assert_adds(
        added(engine, problem, arrays, starts, Penalties(l2=0.3)),
        0.3 * sum(np.sum(v**2) for v in weights.values()),
        {k: 0.6 * v for k, v in weights.items()},
    )


@both_engines
@each_model
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_manifold_penalty_is_the_absolute_sum_over_the_last_units(
    build_problem, draw_starts, engine, model, share
):
    problem, arrays = build_problem(model, N=2, K=2)
    held = slice(3 - round(share * 3), 3)
    distance = {k: np.zeros_like(arrays[k]) for k in ["A", *weights_of(model)[1]]}
    for name, value in distance.items():
        value[held] = (arrays[name] - (np.eye(3) if name == "A" else 0))[held]
    penalties = Penalties(manifold=0.3, manifold_share=share)
    assert_adds(
        added(engine, problem, arrays, draw_starts(problem), penalties),
        0.3 * sum(np.sum(np.abs(v)) for v in distance.values()),
        {k: 0.3 * np.sign(v) for k, v in distance.items()},
    )


@both_engines
@pytest.mark.parametrize("N", [2, 5])
def test_observation_penalty_grows_with_the_condition_number(build_problem, draw_starts, engine, N):
    problem, arrays = build_problem("shallow", N=N, affine=True)
    loss, gradient = added(engine, problem, arrays, draw_starts(problem), Penalties(0.0, 0.7))
    assert loss == pytest.approx(0.7 * (1 - np.linalg.cond(arrays["B"])) ** 2, rel=1e-10)
    d = np.random.default_rng(0).standard_normal((N, 3))
    ends = [0.7 * (1 - np.linalg.cond(arrays["B"] + e * d)) ** 2 for e in (1e-6, -1e-6)]
    assert np.sum(gradient["B"] * d) == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-6)
    assert all(np.allclose(v, 0, atol=1e-12) for k, v in gradient.items() if k != "B")


@both_engines
def test_penalties_of_the_map_leave_the_observation_alone(build_problem, draw_starts, engine):
    problem, arrays = build_problem("vanilla", N=2, affine=True)
    _, gradient = added(
        engine, problem, arrays, draw_starts(problem), Penalties(0.3, 0.0, 0.3, 0.5, 0.3, 0.3)
    )
    np.testing.assert_allclose(gradient["B"], 0, atol=1e-12)


@both_engines
def test_penalties_count_trained_entries_only(build_problem, draw_starts, engine):
    problem, arrays = build_problem("vanilla")
    starts, penalties = draw_starts(problem), Penalties(0.3, 0.0, 0.3, 1.0, 0.3, 0.3)
    loss = added(engine, problem, arrays, starts, penalties)[0]
    arrays = arrays | {"W": arrays["W"] + np.eye(3)}  # the diagonal is fixed
    again, gradient = added(engine, problem, arrays, starts, penalties)
    assert again == pytest.approx(loss, rel=1e-10)
    np.testing.assert_array_equal(np.diag(gradient["W"]), 0)
