"""The state at the end of noisy rows: against Gaussian conditioning, exact rows, and free runs."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from known_maps import linear, rotation

from sklearn_dsr._maps import _kalman, _smoother
from sklearn_dsr._maps._canonical import CanonicalMap
from sklearn_dsr._maps._kalman import filtered_state, last_state
from sklearn_dsr._maps._observation import AffineObservation, IdentityObservation
from sklearn_dsr._maps._smoother import smooth

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, 5)


def random_system(seed, N, M, affine, linear, n=8):
    rng = np.random.default_rng(seed)
    M, L = M if affine else max(M, N), 4
    canonical = CanonicalMap(
        0.8 * rng.standard_normal((M, M)) / np.sqrt(M),
        (0.0 if linear else 0.5) * rng.standard_normal((M, L)) / np.sqrt(L),
        rng.standard_normal((L, M)),
        rng.standard_normal(M),
        rng.standard_normal(L),
        rng.standard_normal((M, 2)),
    )
    if affine:
        observation = AffineObservation(rng.standard_normal((N, M)))
    else:
        observation = IdentityObservation(rng.standard_normal((M - N, N)))
    return rng, canonical, observation, rng.standard_normal((n, N)), rng.standard_normal((n, 2))


@given(SEEDS, SIZES, SIZES, st.booleans(), st.sampled_from([0.1, 1.0, 30.0]))
def test_smoothed_states_of_a_linear_map_are_their_means_given_all_rows(seed, N, M, affine, ratio):
    rng, m, observation, rows, inputs = random_system(seed, N, M, affine, linear=True)
    seen = rng.random(rows.shape) < 0.7
    seen[0] = True
    wanted, _ = conditioned(m, observation, rows, seen, inputs, np.ones(N), ratio)
    rows[~seen] = np.nan
    with mock.patch.multiple(_smoother, N_BLOCK=3, LAG=100):  # blocks change nothing
        states = smooth(m, observation, rows, seen, inputs, ratio)
    np.testing.assert_allclose(states, wanted, rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(states.shape, (len(rows), m.latent_dim))


def test_blocks_and_far_rows_do_not_matter_and_noise_is_averaged_out():
    m, observation = rotation(0.1), IdentityObservation(np.zeros((0, 2)))
    true = m.simulate(np.array([[1.0, 0.0]]), 5900)[0]
    rows = true + 0.1 * np.random.default_rng(0).standard_normal(true.shape)
    seen = np.ones(rows.shape, bool)
    ratio = last_state(m, observation, rows, seen)[2]
    states = smooth(m, observation, rows, seen, None, ratio)
    with mock.patch.multiple(_smoother, N_BLOCK=10_000):
        whole = smooth(m, observation, rows, seen, None, ratio)
    np.testing.assert_allclose(states, whole, atol=1e-3)
    assert ratio == 1e5 and np.std(states - true) < 0.02
    ratio = last_state(m, observation, true, seen)[2]
    assert np.std(smooth(m, observation, true, seen, None, ratio) - true) < 1e-6


def only(ratio, *args, **kwargs):
    """Result with one ratio of noise to model error."""
    ratios = _kalman.RATIOS
    try:
        _kalman.RATIOS = (ratio,)
        return last_state(*args, **kwargs)
    finally:
        _kalman.RATIOS = ratios


def conditioned(m, observation, rows, seen, inputs, noise, ratio):
    """Mean (n, M) and covariance (n M, n M) of all states of a linear map, given the rows."""
    n, M, B = len(rows), m.latent_dim, observation.matrix
    # Joint Gaussian of all states: z_0 about the first row's, z_t = A z_{t-1} + h1 + C s + error.
    mean, covariance = [observation.infer(rows[0])], np.zeros((n, M, n, M))
    covariance[0, :, 0] = noise.mean() * np.eye(M)
    for t in range(1, n):
        mean.append(m.A @ mean[-1] + m.h1 + m.C @ inputs[t - 1])
        covariance[t] = np.einsum("ij,jsk->isk", m.A, covariance[t - 1])
        covariance[:, :, t] = np.einsum("sij,kj->sik", covariance[:, :, t - 1], m.A)
        covariance[t, :, t] = m.A @ covariance[t - 1, :, t] + noise.mean() / ratio * np.eye(M)
    # Values seen after the first row, as one linear map H of all states.
    places = [(t, c) for t in range(1, n) for c in range(len(B)) if seen[t, c]]
    H = np.zeros((len(places), n, M))
    for row, (t, c) in zip(H, places, strict=True):
        row[t] = B[c]
    H, joint = H.reshape(len(places), n * M), covariance.reshape(n * M, n * M)
    values = np.array([rows[place] for place in places])
    R = np.diag([noise[c] for _, c in places])
    gain = joint @ H.T @ np.linalg.inv(H @ joint @ H.T + R)
    wanted = np.ravel(mean) + gain @ (values - H @ np.ravel(mean))
    return wanted.reshape(n, M), joint - gain @ H @ joint


@given(SEEDS, SIZES, SIZES, st.booleans(), st.sampled_from([0.1, 1.0, 30.0]))
def test_of_a_linear_map_it_is_the_mean_and_covariance_of_the_state_given_all_rows(
    seed, N, M, affine, ratio
):
    rng, m, observation, rows, inputs = random_system(seed, N, M, affine, linear=True)
    seen = rng.random(rows.shape) < 0.7
    seen[0] = True
    M, values = m.latent_dim, rows.copy()
    rows[~seen] = np.nan
    for noise in (np.ones(N), rng.uniform(0.5, 2.0, N)):  # last_state has equal noise only
        wanted, covariance = conditioned(m, observation, values, seen, inputs, noise, ratio)
        Q = noise.mean() / ratio * np.eye(M)
        found = [filtered_state(m, observation, rows, inputs, noise, Q)]
        if np.all(noise == 1):
            found.append(only(ratio, m, observation, rows, seen, inputs)[:2])
        for state, spread in found:
            np.testing.assert_allclose(state, wanted[-1], rtol=1e-6, atol=1e-8)
            np.testing.assert_allclose(spread, covariance[-M:, -M:], rtol=1e-6, atol=1e-8)


@given(SEEDS, SIZES, st.booleans())
def test_rows_of_the_map_itself_end_in_their_last_row(seed, M, affine):
    _, m, observation, rows, inputs = random_system(seed, M, M, affine, linear=False, n=30)
    states = m.simulate(observation.infer(rows[:1]), 29, inputs[None, :29])[0]
    rows[1:] = observation.observe(states)
    state, _, _ = last_state(m, observation, rows, np.ones(rows.shape, bool), inputs)
    np.testing.assert_allclose(state, states[-1], rtol=1e-6, atol=1e-7)


@given(SEEDS, SIZES, SIZES, st.booleans())
def test_where_nothing_is_seen_the_map_goes_on_by_itself(seed, N, M, affine):
    _, m, observation, rows, inputs = random_system(seed, N, M, affine, linear=False)
    seen = np.zeros(rows.shape, bool)
    seen[0] = True
    state, _, _ = last_state(m, observation, rows, seen, inputs)
    run = m.simulate(observation.infer(rows[:1]), 7, inputs[None, :7])
    np.testing.assert_allclose(state, run[0, -1], rtol=1e-9, atol=1e-10)
    alone, spread, _ = last_state(m, observation, rows[:1], seen[:1], inputs[:1])
    np.testing.assert_array_equal(alone, observation.infer(rows[0]))
    np.testing.assert_array_equal(spread, np.eye(len(alone)))


@pytest.mark.parametrize("level", [0.03, 0.1, 0.5])
def test_noise_is_averaged_out_along_a_rotation_and_by_how_much_is_known(level):
    m = rotation(0.1)
    true = np.vstack([[1.0, 0.0], m.simulate(np.array([[1.0, 0.0]]), 399)[0]])
    errors, claimed = [], []
    for seed in range(40):
        rows = true + level * np.random.default_rng(seed).standard_normal(true.shape)
        state, covariance, _ = last_state(
            m, IdentityObservation(np.zeros((0, 2))), rows, np.ones(rows.shape, bool)
        )
        errors.append(np.sum((state - true[-1]) ** 2))
        claimed.append(level**2 * np.trace(covariance))
    assert np.sqrt(np.mean(errors) / 2) < 0.2 * level
    assert 0.5 < np.mean(errors) / np.mean(claimed) < 4.0


def test_hidden_units_are_found_from_what_they_do_to_the_column():
    # The column is driven by a hidden rotation that the first row says nothing about.
    A = np.array([[0.5, 1.0, 0.0], [0.0, 0.8, -0.6], [0.0, 0.6, 0.8]])
    m = linear(A)
    true = m.simulate(np.array([[0.3, 1.0, -1.0]]), 60)[0]
    state, _, _ = last_state(
        m, IdentityObservation(np.zeros((2, 1))), true[:, :1], np.ones((60, 1), bool)
    )
    np.testing.assert_allclose(state, true[-1], rtol=1e-3)


def test_a_map_that_explodes_leaves_a_finite_state():
    m = linear(1e200 * np.eye(2))
    rows = np.random.default_rng(0).standard_normal((20, 2))
    state, covariance, _ = last_state(
        m, IdentityObservation(np.zeros((0, 2))), rows, np.ones(rows.shape, bool)
    )
    assert np.isfinite(state).all() and np.isfinite(covariance).all()
