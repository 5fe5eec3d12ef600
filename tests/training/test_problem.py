"""The problem that is minimised: which arrays are trained, their initial values, their model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dsr._maps._observation import AffineObservation, IdentityObservation
from sklearn_dsr._training._problem import maps_of


@pytest.mark.parametrize("K", [0, 2])
@pytest.mark.parametrize(
    ("sizes", "observation"),
    [
        ({"N": 3, "M": 3}, {}),
        ({"N": 2, "M": 5}, {"L0": (3, 2)}),
        ({"N": 5, "M": 3, "affine": True}, {"B": (5, 3)}),
        ({"N": 2, "M": 3, "affine": True}, {"B": (2, 3)}),
    ],
    ids=str,
)
def test_observation_and_inputs_are_trained_beside_the_map(build_problem, sizes, observation, K):
    problem, arrays = build_problem("dendritic", **sizes, K=K)
    expected = problem.parametrization.shapes | observation
    expected |= {"C": (sizes["M"], K)} if K else {}
    assert problem.shapes == expected == {k: v.shape for k, v in arrays.items()}
    masks = problem.masks()
    assert masks.keys() == expected.keys()
    for name in (*observation, *(["C"] if K else [])):
        np.testing.assert_array_equal(masks[name], np.ones(expected[name]))
    np.testing.assert_array_equal(masks["W"], 1 - np.eye(sizes["M"]))
    initial = problem.initial(np.random.default_rng(0), np.eye(sizes["N"]))
    assert {k: v.shape for k, v in initial.items()} == expected


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(0, 4))
def test_first_hidden_values_are_of_the_size_of_the_columns(build_problem, seed, N, n_hidden):
    problem, _ = build_problem("vanilla", N=N, M=N + n_hidden)
    L0 = problem.initial(np.random.default_rng(seed), np.eye(N)).get("L0", np.zeros((0, N)))
    assert L0.shape == (n_hidden, N)
    assert np.all(np.abs(L0) <= 1 / np.sqrt(N))


def test_inputs_start_without_effect_and_thresholds_in_the_range_of_the_data(build_problem):
    problem, _ = build_problem("dendritic", N=2, M=30, L=30, K=2)
    initial = problem.initial(np.random.default_rng(0), np.diag([1.0, 9.0]))
    np.testing.assert_array_equal(initial["C"], 0)
    # Two standard deviations of the widest column.
    assert -6 <= initial["H"].min() < -5.9 and 5.9 < initial["H"].max() <= 6


def test_affine_observation_starts_from_the_principal_directions(build_problem):
    problem, _ = build_problem("vanilla", N=3, M=2, affine=True)
    B = problem.initial(np.random.default_rng(0), np.diag([1.0, 3.0, 2.0]))["B"]
    np.testing.assert_allclose(B, [[0, 0], [1, 0], [0, 1]], atol=1e-12)


def test_model_of_the_arrays_has_their_observation_and_inputs(build_problem):
    problem, arrays = build_problem("vanilla", N=2, K=1)
    canonical, observation = problem.maps(arrays)
    np.testing.assert_array_equal(canonical.C, arrays["C"])
    assert isinstance(observation, IdentityObservation)
    np.testing.assert_array_equal(observation.L0, arrays["L0"])
    problem, arrays = build_problem("vanilla")
    canonical, observation = maps_of(problem.parametrization, arrays, 3)
    assert canonical.C is None and observation.L0.shape == (0, 3)
    problem, arrays = build_problem("vanilla", N=5, affine=True)
    _, observation = problem.maps(arrays)
    assert isinstance(observation, AffineObservation)
    np.testing.assert_array_equal(observation.B, arrays["B"])
