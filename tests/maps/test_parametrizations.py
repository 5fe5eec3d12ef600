"""Each model's equation, written out here, against its canonical map; masks and initial values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dsr._maps._parametrizations import (
    PLRNN,
    ClippedShallowPLRNN,
    ShallowPLRNN,
    positive_definite,
)

SEEDS = st.integers(0, 2**32 - 1)
few = settings(max_examples=40, deadline=None)


def relu(u):
    return np.maximum(u, 0)


def shallow(p, z):
    return p["A"] * z + p["W1"] @ relu(p["W2"] @ z + p["h2"]) + p["h1"]


def clipped_shallow(p, z):
    u = p["W2"] @ z
    return p["A"] * z + p["W1"] @ (relu(u + p["h2"]) - relu(u)) + p["h1"]


def plrnn(p, z):
    return p["A"] * z + p["W"] @ relu(z) + p["h"]


MODELS = {
    "shallow": (lambda M: ShallowPLRNN(M, 7), shallow),
    "clipped shallow": (lambda M: ClippedShallowPLRNN(M, 7), clipped_shallow),
    "PLRNN": (PLRNN, plrnn),
}
each_model = pytest.mark.parametrize("name", MODELS)


def random_parameters(model, rng):
    parameters = {k: rng.standard_normal(s) for k, s in model.shapes.items()}
    if "W" in parameters:
        np.fill_diagonal(parameters["W"], 0)
    return parameters


@each_model
@few
@given(seed=SEEDS, M=st.integers(1, 6))
def test_canonical_map_is_the_models_equation(name, seed, M):
    build, equation = MODELS[name]
    rng = np.random.default_rng(seed)
    model = build(M)
    parameters = random_parameters(model, rng)
    Z = rng.standard_normal((4, M))
    expected = [equation(parameters, z) for z in Z]
    canonical = model.canonical(model.weights(parameters))
    np.testing.assert_allclose(canonical.step(Z), expected, rtol=1e-10, atol=1e-12)


@each_model
@few
@given(seed=SEEDS, M=st.integers(1, 6))
def test_parameters_survive_the_way_to_weights_and_back(name, seed, M):
    model = MODELS[name][0](M)
    parameters = random_parameters(model, np.random.default_rng(seed))
    back = model.parameters(model.weights(parameters))
    assert back.keys() == parameters.keys() == model.shapes.keys()
    for key, value in parameters.items():
        np.testing.assert_array_equal(back[key], value)


@each_model
def test_initial_values_have_the_declared_shapes_and_their_weights_return_them(name):
    model = MODELS[name][0](5)
    parameters = model.initial(np.random.default_rng(3))
    assert {k: v.shape for k, v in parameters.items()} == model.shapes
    back = model.parameters(model.weights(parameters))
    for key, value in parameters.items():
        np.testing.assert_array_equal(back[key], value)


@pytest.mark.parametrize("name", ["shallow", "clipped shallow"])
def test_shallow_models_train_every_entry(name):
    for mask in MODELS[name][0](4).free():
        np.testing.assert_array_equal(mask, 1)


def test_vanilla_model_trains_the_diagonal_of_a_and_the_rest_of_w_only():
    free = PLRNN(4).free()
    np.testing.assert_array_equal(free.A, 1)
    np.testing.assert_array_equal(free.h1, 1)
    np.testing.assert_array_equal(free.W1, 1 - np.eye(4))
    np.testing.assert_array_equal(free.W2, np.zeros((4, 4)))
    np.testing.assert_array_equal(free.h2, np.zeros(4))


def test_fixed_entries_of_the_vanilla_model_are_an_identity_and_zeros():
    weights = PLRNN(4).weights({"A": np.ones(4), "W": np.ones((4, 4)), "h": np.ones(4)})
    np.testing.assert_array_equal(weights.W2, np.eye(4))
    np.testing.assert_array_equal(weights.h2, np.zeros(4))
    np.testing.assert_array_equal(np.diag(weights.W1), np.zeros(4))


@few
@given(SEEDS, st.integers(1, 20))
def test_initial_matrix_is_positive_definite_with_largest_eigenvalue_one(seed, M):
    R = positive_definite(np.random.default_rng(seed), M)
    np.testing.assert_allclose(R, R.T, rtol=1e-12)
    values = np.linalg.eigvalsh(R)
    assert values[0] > 0
    assert values[-1] == pytest.approx(1, rel=1e-10)


@each_model
@few
@given(seed=SEEDS, M=st.integers(1, 12))
def test_initial_diagonal_lies_above_zero_and_up_to_one(name, seed, M):
    A = MODELS[name][0](M).initial(np.random.default_rng(seed))["A"]
    assert np.all(A > 0) and np.all(A <= 1 + 1e-12)


def test_vanilla_model_starts_as_a_positive_definite_linear_map_where_all_units_are_positive():
    p = PLRNN(6).initial(np.random.default_rng(0))
    values = np.linalg.eigvalsh(np.diag(p["A"]) + p["W"])
    assert values[0] > 0 and values[-1] == pytest.approx(1, rel=1e-10)
    np.testing.assert_array_equal(p["h"], 0)


@pytest.mark.parametrize("build", [ShallowPLRNN, ClippedShallowPLRNN])
def test_initial_uniform_values_fill_their_published_ranges(build):
    M, L = 9, 400
    p = build(M, L).initial(np.random.default_rng(0))
    limits = {"W1": 1 / np.sqrt(L), "W2": 1 / np.sqrt(M)}
    if build is ClippedShallowPLRNN:
        limits["h2"] = 1 / np.sqrt(L)
    else:
        np.testing.assert_array_equal(p["h2"], 0)
    for key, limit in limits.items():
        assert np.abs(p[key]).max() <= limit
        assert p[key].max() > 0.97 * limit and p[key].min() < -0.97 * limit
        assert p[key].std() == pytest.approx(limit / np.sqrt(3), rel=0.1)
    np.testing.assert_array_equal(p["h1"], 0)


@each_model
def test_initial_values_follow_the_seed(name):
    model = MODELS[name][0](3)
    first, again, other = (model.initial(np.random.default_rng(s)) for s in (1, 1, 2))
    assert all(np.array_equal(first[k], again[k]) for k in first)
    assert not np.array_equal(first["A"], other["A"])


@few
@given(SEEDS, st.integers(1, 6), st.floats(0.1, 100.0))
def test_clipped_model_with_contracting_diagonal_has_bounded_orbits(seed, M, size):
    rng = np.random.default_rng(seed)
    model = ClippedShallowPLRNN(M, 7)
    p = {k: size * rng.standard_normal(s) for k, s in model.shapes.items()}
    p["A"] = rng.uniform(-0.95, 0.95, M)
    z0 = size * rng.standard_normal(M)
    # A clipped unit lies between 0 and h2, so that |z'| <= |A| |z| + |W1| |h2| + |h1|.
    push = np.abs(p["W1"]) @ np.abs(p["h2"]) + np.abs(p["h1"])
    bound = np.maximum(np.abs(z0), push / (1 - np.abs(p["A"])))
    orbit = model.canonical(model.weights(p)).simulate(z0[None], 500)[0]
    assert np.all(np.abs(orbit) <= bound * (1 + 1e-9))
