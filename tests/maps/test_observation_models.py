"""Observation models: states from rows and back, and the first loading matrix."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dsr._maps._observation import (
    AffineObservation,
    IdentityObservation,
    initial_loading,
)

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, 8)


def random_loading(rng, N, M):
    """Loading matrix with condition number below 4."""
    U, _, V = np.linalg.svd(rng.standard_normal((N, M)), full_matrices=False)
    return U * rng.uniform(0.5, 2, min(N, M)) @ V


def random_covariance(rng, N):
    R = rng.standard_normal((N, 2 * N))
    return R @ R.T / (2 * N)


@given(SEEDS, SIZES, SIZES)
def test_rows_are_linear_in_the_states(seed, N, M):
    rng = np.random.default_rng(seed)
    B = random_loading(rng, N, M)
    Z = rng.standard_normal((2, 5, M))
    expected = [[B @ z for z in run] for run in Z]
    np.testing.assert_allclose(AffineObservation(B).observe(Z), expected, rtol=1e-10, atol=1e-12)


@given(SEEDS, SIZES, SIZES)
def test_state_survives_observation_if_there_are_as_many_columns_as_units(seed, N, M):
    N, M = max(N, M), min(N, M)
    rng = np.random.default_rng(seed)
    model = AffineObservation(random_loading(rng, N, M))
    Z = rng.standard_normal((2, 5, M))
    np.testing.assert_allclose(model.infer(model.observe(Z)), Z, rtol=1e-9, atol=1e-10)


@given(SEEDS, SIZES, SIZES)
def test_row_survives_inference_if_there_are_as_many_units_as_columns(seed, N, M):
    N, M = min(N, M), max(N, M)
    rng = np.random.default_rng(seed)
    model = AffineObservation(random_loading(rng, N, M))
    X = rng.standard_normal((2, 5, N))
    np.testing.assert_allclose(model.observe(model.infer(X)), X, rtol=1e-9, atol=1e-10)


@given(SEEDS, SIZES, SIZES)
def test_inferred_state_is_the_least_squares_solution_of_smallest_norm(seed, N, M):
    rng = np.random.default_rng(seed)
    B, x = random_loading(rng, N, M), rng.standard_normal(N)
    expected = np.linalg.lstsq(B, x, rcond=None)[0]
    np.testing.assert_allclose(AffineObservation(B).infer(x), expected, rtol=1e-8, atol=1e-9)


def test_identity_observation_without_hidden_units_changes_nothing():
    model, X = IdentityObservation(np.zeros((0, 2))), np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(model.observe(X), X)
    np.testing.assert_array_equal(model.infer(X), X)


@given(SEEDS, SIZES, st.integers(0, 4))
def test_identity_observation_sees_the_first_units_and_infers_hidden_ones_linearly(
    seed, N, n_hidden
):
    rng = np.random.default_rng(seed)
    L0 = rng.standard_normal((n_hidden, N))
    model = IdentityObservation(L0)
    X, Z = rng.standard_normal((2, 5, N)), rng.standard_normal((2, 5, N + n_hidden))
    np.testing.assert_array_equal(model.observe(Z), Z[..., :N])
    np.testing.assert_array_equal(model.observe(model.infer(X)), X)
    hidden = [[L0 @ x for x in run] for run in X]
    assert model.infer(X).shape == Z.shape
    np.testing.assert_allclose(model.infer(X)[..., N:], hidden, rtol=1e-10, atol=1e-12)


@given(SEEDS, SIZES, SIZES, st.booleans())
def test_matrix_and_inverse_are_what_observes_and_infers(seed, N, M, affine):
    rng = np.random.default_rng(seed)
    M = M if affine else max(M, N)
    model = (
        AffineObservation(random_loading(rng, N, M))
        if affine
        else IdentityObservation(rng.standard_normal((M - N, N)))
    )
    X, Z = rng.standard_normal((5, N)), rng.standard_normal((5, M))
    assert model.matrix.shape == (N, M) and model.inverse.shape == (M, N)
    np.testing.assert_allclose(model.observe(Z), Z @ model.matrix.T, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(model.infer(X), X @ model.inverse.T, rtol=1e-10, atol=1e-12)
    assert model.partial == (not affine)  # data set all units, or the first N only


@given(SEEDS, SIZES, SIZES)
def test_first_loading_has_condition_number_one(seed, N, M):
    rng = np.random.default_rng(seed)
    B = initial_loading(rng, random_covariance(rng, N), M)
    assert B.shape == (N, M)
    np.testing.assert_allclose(np.linalg.svd(B)[1], 1, rtol=1e-10)


@pytest.mark.parametrize("M", [1, 2, 3, 4])
def test_first_loading_keeps_the_principal_directions_if_it_reduces_dimensions(M):
    rng = np.random.default_rng(0)
    directions = np.linalg.qr(rng.standard_normal((4, 4)))[0]
    variances = np.array([0.3, 5.0, 1.0, 2.0])
    B = initial_loading(rng, directions * variances @ directions.T, M)
    wanted = directions[:, [1, 3, 2, 0][:M]]
    np.testing.assert_allclose(np.abs(wanted.T @ B), np.eye(M), atol=1e-10)


def test_first_loading_of_more_units_than_columns_is_random():
    covariance = np.diag([1.0, 2.0])
    first, again, other = (
        initial_loading(np.random.default_rng(s), covariance, 5) for s in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
