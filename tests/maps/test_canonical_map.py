"""The canonical map: step, free run and Jacobian against plain NumPy and finite differences."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from known_maps import map_step

from sklearn_dsr._maps._canonical import CanonicalMap

SEEDS = st.integers(0, 2**32 - 1)


def random_map(rng, M, L, radius=0.9, K=0):
    """Map with entries of order one whose linear part has the given spectral radius."""
    A = rng.standard_normal((M, M))
    A *= radius / np.abs(np.linalg.eigvals(A)).max()
    W1 = 0.3 * rng.standard_normal((M, L)) / np.sqrt(L)
    return CanonicalMap(
        A,
        W1,
        rng.standard_normal((L, M)),
        rng.standard_normal(M),
        rng.standard_normal(L),
        rng.standard_normal((M, K)) if K else None,
    )


def widened(m, M):
    """The same map with further units that start, and stay, at 0."""
    old, L = m.latent_dim, len(m.h2)
    A, W1, W2, h1 = np.zeros((M, M)), np.zeros((M, L)), np.zeros((L, M)), np.zeros(M)
    A[:old, :old], W1[:old], W2[:, :old], h1[:old] = m.A, m.W1, m.W2, m.h1
    return CanonicalMap(A, W1, W2, h1, m.h2)


@given(SEEDS, st.integers(1, 9), st.integers(1, 40))
def test_free_run_equals_a_plain_numpy_loop(seed, M, L):
    rng = np.random.default_rng(seed)
    m = random_map(rng, M, L)
    Z0 = rng.standard_normal((3, M))
    states = m.simulate(Z0, 12)
    assert states.shape == (3, 12, M)
    for z, run in zip(Z0, states, strict=True):
        for state in run:
            z = map_step(m, z)
            np.testing.assert_allclose(state, z, rtol=1e-9, atol=1e-11)


@given(SEEDS, st.integers(1, 9), st.integers(1, 20), st.integers(1, 3))
def test_inputs_are_added_linearly_to_every_step(seed, M, L, K):
    rng = np.random.default_rng(seed)
    m = random_map(rng, M, L, K=K)
    Z0, inputs = rng.standard_normal((3, M)), rng.standard_normal((3, 12, K))
    states = m.simulate(Z0, 12, inputs)
    for z, run, driven in zip(Z0, states, inputs, strict=True):
        for state, s in zip(run, driven, strict=True):
            z = map_step(m, z, s)
            np.testing.assert_allclose(state, z, rtol=1e-9, atol=1e-11)


@given(SEEDS, st.integers(1, 9), st.integers(1, 20), st.integers(1, 3))
def test_no_inputs_are_inputs_of_zero_and_step_has_none(seed, M, L, K):
    rng = np.random.default_rng(seed)
    m = random_map(rng, M, L, K=K)
    Z0 = rng.standard_normal((3, M))
    without = replace(m, C=None).simulate(Z0, 12)
    np.testing.assert_array_equal(m.simulate(Z0, 12), without)
    np.testing.assert_array_equal(m.step(Z0), without[:, 0])
    still = m.simulate(Z0, 12, np.zeros((3, 12, K)))
    np.testing.assert_allclose(still, without, rtol=1e-9, atol=1e-11)
    # A map that knows no inputs does not see any.
    np.testing.assert_array_equal(replace(m, C=None).simulate(Z0, 12, still[:, :, :1]), without)


@given(SEEDS, st.integers(1, 9), st.integers(1, 40))
def test_step_is_the_first_state_of_the_free_run(seed, M, L):
    rng = np.random.default_rng(seed)
    m = random_map(rng, M, L)
    Z = rng.standard_normal((5, M))
    np.testing.assert_array_equal(m.step(Z), m.simulate(Z, 3)[:, 0])
    np.testing.assert_allclose(m.step(Z), [map_step(m, z) for z in Z], rtol=1e-9, atol=1e-11)


@given(SEEDS, st.integers(1, 9), st.integers(1, 40), st.integers(0, 2))
def test_free_run_goes_on_from_any_of_its_states_bit_for_bit(seed, M, L, K):
    rng = np.random.default_rng(seed)
    m = random_map(rng, M, L, K=K)
    inputs = rng.standard_normal((2, 9, K)) if K else None
    states = m.simulate(rng.standard_normal((2, M)), 9, inputs)
    rest = inputs[:, 5:] if K else None
    np.testing.assert_array_equal(m.simulate(states[:, 4], 4, rest), states[:, 5:])


@given(SEEDS, st.integers(1, 9), st.integers(1, 40), st.integers(0, 2))
def test_rows_of_a_batch_do_not_depend_on_each_other_bit_for_bit(seed, M, L, K):
    rng = np.random.default_rng(seed)
    m = random_map(rng, M, L, K=K)
    Z, inputs = rng.standard_normal((6, M)), rng.standard_normal((6, 7, K))
    some = rng.permutation(6)[:4]

    def run(rows):
        return m.simulate(Z[rows], 7, inputs[rows] if K else None)

    whole = run(np.arange(6))
    np.testing.assert_array_equal(whole[some], run(some))
    np.testing.assert_array_equal(m.jacobian(Z)[some], m.jacobian(Z[some]))
    for i in range(6):
        np.testing.assert_array_equal(whole[i], run([i])[0])


@given(SEEDS, st.integers(1, 4), st.integers(1, 40))
def test_path_of_few_units_equals_the_general_path(seed, M, L):
    rng = np.random.default_rng(seed)
    m = random_map(rng, M, L)
    Z = rng.standard_normal((3, M))
    general = widened(m, 5).simulate(np.pad(Z, ((0, 0), (0, 5 - M))), 12)
    np.testing.assert_allclose(m.simulate(Z, 12), general[:, :, :M], rtol=1e-9, atol=1e-11)
    np.testing.assert_array_equal(general[:, :, M:], 0)


@given(SEEDS, st.integers(1, 9), st.integers(1, 40))
def test_jacobian_is_the_derivative_of_the_step_away_from_kinks(seed, M, L):
    rng = np.random.default_rng(seed)
    m = random_map(rng, M, L)
    z, h = rng.standard_normal(M), 1e-6
    assume(np.abs(m.W2 @ z + m.h2).min() > 1e-4)
    differences = [(map_step(m, z + h * e) - map_step(m, z - h * e)) / (2 * h) for e in np.eye(M)]
    np.testing.assert_allclose(m.jacobian(z[None])[0], np.transpose(differences), atol=1e-7)


def test_unit_at_its_kink_counts_as_off_in_the_jacobian():
    m = CanonicalMap(
        np.array([[0.5]]), np.array([[2.0]]), np.array([[1.0]]), np.zeros(1), -np.ones(1)
    )
    np.testing.assert_array_equal(m.jacobian([[1.0], [1.0 + 1e-12]]).ravel(), [0.5, 2.5])


@given(
    SEEDS,
    st.integers(1, 9),
    st.integers(1, 20),
    st.sampled_from([np.nan, np.inf, -np.inf, 1e308, -1e308]),
    st.sampled_from([0.0, 0.5, 1.0, 3.0]),
)
def test_states_that_stopped_being_finite_stay_so(seed, M, L, value, share):
    rng = np.random.default_rng(seed)
    m = random_map(rng, M, L, radius=2.0)
    # Zeros are where a NaN could be lost: 0 * NaN must stay NaN.
    m = CanonicalMap(m.A * (rng.random((M, M)) < share), m.W1 * 1e3, m.W2 * 1e3, m.h1, m.h2)
    Z0 = rng.standard_normal((2, M))
    Z0[0, rng.integers(M)] = value
    states = m.simulate(Z0, 30)
    finite = np.isfinite(states).all(axis=2)
    if not np.isfinite(value):
        assert not finite[0].any()
    assert np.all(finite[:, 1:] <= finite[:, :-1])


@pytest.mark.parametrize("M", [2, 6])
def test_states_are_finite_until_they_overflow(M):
    m = CanonicalMap(2 * np.eye(M), np.zeros((M, 1)), np.zeros((1, M)), np.zeros(M), np.zeros(1))
    finite = np.isfinite(m.simulate(np.ones((1, M)), 1100)).all(axis=(0, 2))
    assert finite[:1023].all() and not finite[1023:].any()
