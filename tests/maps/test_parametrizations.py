"""Each model's equation against its canonical map; masks and initial values."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from models import FAMILY, next_state, random_parameters

from sklearn_dsr._maps._parametrizations import (
    PLRNN,
    AlmostLinearRNN,
    positive_definite,
)

SEEDS = st.integers(0, 2**32 - 1)
UNITS = st.integers(1, 6)


CLIPPED = [name for name in FAMILY if "clipped" in name]
each_model = pytest.mark.parametrize("name", FAMILY)


def assert_same_map(model, rng):
    parameters = random_parameters(model, rng)
    Z = rng.standard_normal((4, model.latent_dim))
    canonical = model.canonical(parameters)
    expected = [next_state(model, parameters, z) for z in Z]
    np.testing.assert_allclose(canonical.step(Z), expected, rtol=1e-9, atol=1e-11)
    assert canonical.C is None and canonical.latent_dim == model.latent_dim


@each_model
@given(seed=SEEDS, M=UNITS, B=st.integers(1, 7))
def test_canonical_map_is_the_models_equation(name, seed, M, B):
    assert_same_map(FAMILY[name](M, B), np.random.default_rng(seed))


@given(seed=SEEDS, M=UNITS, data=st.data())
def test_almost_linear_map_is_nonlinear_in_its_last_units_only(seed, M, data):
    P = data.draw(st.integers(1, M))
    model = AlmostLinearRNN(M, n_nonlinear=P)
    assert_same_map(model, np.random.default_rng(seed))
    assert model.hidden_dim == P and model.n_linear == M - P


def test_almost_linear_map_of_nonlinear_units_only_is_the_vanilla_one_with_a_diagonal_of_w():
    rng = np.random.default_rng(0)
    p = random_parameters(AlmostLinearRNN(4, n_nonlinear=4), rng)
    Z = rng.standard_normal((9, 4))
    steps = [m.canonical(p).step(Z) for m in (AlmostLinearRNN(4, n_nonlinear=4), PLRNN(4))]
    np.testing.assert_array_equal(*steps)
    assert np.all(np.diag(p["W"]) != 0)


@each_model
def test_canonical_map_keeps_the_weights_of_inputs(name):
    model, rng = FAMILY[name](3, 4), np.random.default_rng(0)
    parameters, C = random_parameters(model, rng), rng.standard_normal((3, 2))
    np.testing.assert_array_equal(model.canonical(parameters, C).C, C)


@each_model
@given(seed=SEEDS, M=UNITS, B=st.integers(1, 7))
def test_canonical_arrays_are_the_same_in_torch(name, seed, M, B):
    model = FAMILY[name](M, B)
    parameters = random_parameters(model, np.random.default_rng(seed))
    ours = model.canonical_arrays(parameters, np)
    theirs = model.canonical_arrays({k: torch.tensor(v) for k, v in parameters.items()}, torch)
    L = ours[1].shape[1]
    assert [a.shape for a in ours] == [(M, M), (M, L), (L, M), (M,), (L,)]
    for array, tensor in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(tensor.numpy(), array, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("shallow", 5),
        ("clipped shallow", 5),
        ("vanilla", 3),
        ("dendritic", 15),
        ("almost-linear", 2),
    ],
)
def test_hidden_dim_counts_hidden_units_or_units_times_bases(name, expected):
    assert FAMILY[name](3, 5).hidden_dim == expected


@each_model
def test_every_entry_is_trained_but_the_diagonal_of_w_where_a_has_it_already(name):
    model = FAMILY[name](4, 3)
    masks = model.masks()
    assert {k: v.shape for k, v in masks.items()} == model.shapes
    linear = np.ones((4, 4)) if "dense" in name else np.eye(4)
    np.testing.assert_array_equal(masks.pop("A"), linear)
    W = masks.pop("W", None)
    assert all(np.all(mask == 1) for mask in masks.values())
    if name == "almost-linear":
        np.testing.assert_array_equal(W, 1 - np.diag([1, 1, 0, 0]))
    elif W is not None:
        np.testing.assert_array_equal(W, 1 - np.eye(4))


@pytest.mark.parametrize("P", [1, 2, 4])
def test_almost_linear_model_trains_the_diagonal_of_w_in_its_nonlinear_units(P):
    mask = AlmostLinearRNN(4, n_nonlinear=P).masks()["W"]
    np.testing.assert_array_equal(np.diag(mask), (4 - P) * [0] + P * [1])
    np.testing.assert_array_equal(mask[~np.eye(4, dtype=bool)], 1)


@each_model
@given(seed=SEEDS, M=UNITS, B=st.integers(1, 7))
def test_initial_values_have_the_declared_shapes_and_fixed_entries_are_zero(name, seed, M, B):
    model = FAMILY[name](M, B)
    parameters = model.initial(np.random.default_rng(seed))
    assert {k: v.shape for k, v in parameters.items()} == model.shapes
    for key, mask in model.masks().items():
        np.testing.assert_array_equal(parameters[key][mask == 0], 0)


@given(SEEDS, st.integers(1, 20))
def test_initial_matrix_is_positive_definite_with_largest_eigenvalue_one(seed, M):
    R = positive_definite(np.random.default_rng(seed), M)
    np.testing.assert_allclose(R, R.T, rtol=1e-12)
    values = np.linalg.eigvalsh(R)
    assert values[0] > 0
    assert values[-1] == pytest.approx(1, rel=1e-10)


@each_model
@given(seed=SEEDS, M=st.integers(1, 12))
def test_initial_diagonal_lies_above_zero_and_up_to_one(name, seed, M):
    A = FAMILY[name](M, 7).initial(np.random.default_rng(seed))["A"]
    a = np.diag(A)
    np.testing.assert_array_equal(A, np.diag(a))
    assert np.all(a > 0) and np.all(a <= 1 + 1e-12)


@pytest.mark.parametrize("model", [PLRNN(6), AlmostLinearRNN(6, n_nonlinear=2)])
def test_map_starts_positive_definite_and_linear_where_all_units_are_positive(model):
    p = model.initial(np.random.default_rng(0))
    values = np.linalg.eigvalsh(p["A"] + p["W"])
    assert values[0] > 0 and values[-1] == pytest.approx(1, rel=1e-10)
    np.testing.assert_array_equal(p["h"], 0)
    z = np.random.default_rng(1).uniform(0, 1, 6)
    np.testing.assert_allclose(model.canonical(p).jacobian(z[None])[0], p["A"] + p["W"], rtol=1e-12)


@pytest.mark.parametrize("name", ["shallow", "clipped shallow"])
def test_initial_uniform_values_fill_their_published_ranges(name):
    M, L = 9, 400
    p = FAMILY[name](M, L).initial(np.random.default_rng(0))
    limits = {"W1": 1 / np.sqrt(L), "W2": 1 / np.sqrt(M)}
    if name == "clipped shallow":
        limits["h2"] = 1 / np.sqrt(L)
    else:
        np.testing.assert_array_equal(p["h2"], 0)
    for key, limit in limits.items():
        assert_fills(p[key], -limit, limit)
    np.testing.assert_array_equal(p["h1"], 0)


def test_initial_bases_fill_the_range_of_the_data_and_slopes_shrink_with_their_number():
    p = PLRNN(9, n_bases=400).initial(np.random.default_rng(0), low=-3.0, high=5.0)
    assert_fills(p["H"], -3.0, 5.0)
    assert_fills(p["alphas"], -1 / np.sqrt(400), 1 / np.sqrt(400))


def assert_fills(values, low, high):
    """Values look uniform in [low, high]."""
    width = high - low
    assert low <= values.min() < low + 0.02 * width
    assert high >= values.max() > high - 0.02 * width
    assert values.std() == pytest.approx(width / np.sqrt(12), rel=0.1)


@each_model
def test_initial_values_follow_the_seed(name):
    model = FAMILY[name](3, 7)
    first, again, other = (model.initial(np.random.default_rng(s)) for s in (1, 1, 2))
    assert all(np.array_equal(first[k], again[k]) for k in first)
    assert not np.array_equal(first["A"], other["A"])


@pytest.mark.parametrize("name", CLIPPED)
@given(SEEDS, UNITS, st.floats(0.1, 100.0))
def test_clipped_model_with_contracting_diagonal_has_bounded_orbits(name, seed, M, size):
    rng = np.random.default_rng(seed)
    model = FAMILY[name](M, 7)
    p = random_parameters(model, rng, size)
    p["A"] = np.diag(rng.uniform(-0.95, 0.95, M))
    z0 = size * rng.standard_normal(M)
    if "W1" in p:  # a clipped unit lies between 0 and h2
        push = np.abs(p["W1"]) @ np.abs(p["h2"]) + np.abs(p["h1"])
    else:  # and relu(z - H) - relu(z) between 0 and -H
        push = np.abs(p["W"]) @ (np.abs(p["H"]) @ np.abs(p["alphas"])) + np.abs(p["h"])
    # So that |z'| <= |A| |z| + push.
    bound = np.maximum(np.abs(z0), push / (1 - np.abs(np.diag(p["A"]))))
    orbit = model.canonical(p).simulate(z0[None], 500)[0]
    assert np.all(np.abs(orbit) <= bound * (1 + 1e-9))


def test_unclipped_bases_do_not_bound_orbits():
    p = {
        "A": 0.5 * np.eye(2),
        "W": np.array([[0.0, 1.0], [1.0, 0.0]]),
        "h": np.ones(2),
        "alphas": np.ones(1),
        "H": np.zeros((2, 1)),
    }
    assert PLRNN(2, 1).canonical(p).simulate(np.ones((1, 2)), 100)[0, -1].max() > 1e10
    assert PLRNN(2, 1, clipped=True).canonical(p).simulate(np.ones((1, 2)), 100).max() <= 2
