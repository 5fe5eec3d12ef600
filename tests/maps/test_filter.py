"""States along a series with missing values and hidden units: against a plain NumPy loop."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from known_maps import map_step

from sklearn_dsr._maps._canonical import CanonicalMap
from sklearn_dsr._maps._filter import follow
from sklearn_dsr._maps._observation import AffineObservation, IdentityObservation

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(1, 6)


def random_system(seed, N, M, affine, K=0):
    """Map, observation model and 15 rows with the inputs at them."""
    rng = np.random.default_rng(seed)
    M, L = M if affine else max(M, N), 5
    canonical = CanonicalMap(
        0.4 * rng.standard_normal((M, M)) / np.sqrt(M),
        0.5 * rng.standard_normal((M, L)) / np.sqrt(L),
        rng.standard_normal((L, M)),
        rng.standard_normal(M),
        rng.standard_normal(L),
        rng.standard_normal((M, K)) if K else None,
    )
    if affine:
        U, _, V = np.linalg.svd(rng.standard_normal((N, M)), full_matrices=False)
        observation = AffineObservation(U * rng.uniform(0.5, 2, min(N, M)) @ V)
    else:
        observation = IdentityObservation(rng.standard_normal((M - N, N)))
    inputs = rng.standard_normal((15, K)) if K else None
    return rng, canonical, observation, rng.standard_normal((15, N)), inputs


def plain(m, observation, rows, seen, inputs):
    """The states by the definition, one row after the other."""
    states = [observation.infer(np.where(seen[0], rows[0], 0.0))]
    for t in range(1, len(rows)):
        z = map_step(m, states[-1], None if inputs is None else inputs[t - 1])
        if isinstance(observation, AffineObservation):
            x = np.where(seen[t], rows[t], observation.B @ z)
            z = np.linalg.pinv(observation.B) @ x
        else:
            z[: rows.shape[1]][seen[t]] = rows[t][seen[t]]
        states.append(z)
    return np.array(states)


@given(
    SEEDS,
    SIZES,
    SIZES,
    st.booleans(),
    st.integers(0, 2),
    st.sampled_from([0.0, 0.3, 0.8]),
)
def test_states_are_corrected_by_what_is_seen_and_carried_on_by_the_map(
    seed, N, M, affine, K, share
):
    rng, canonical, observation, rows, inputs = random_system(seed, N, M, affine, K)
    seen = rng.random(rows.shape) >= share
    rows[~seen] = np.nan
    given_rows, given_seen = rows.copy(), seen.copy()
    states = follow(canonical, observation, rows, seen, inputs)
    expected = plain(canonical, observation, rows, seen, inputs)
    np.testing.assert_allclose(states, expected, rtol=1e-9, atol=1e-10)
    np.testing.assert_array_equal(rows, given_rows)
    np.testing.assert_array_equal(seen, given_seen)


@given(SEEDS, SIZES, SIZES, st.booleans())
def test_rows_tell_the_states_if_nothing_is_missing_and_no_unit_hidden(seed, N, M, affine):
    M = M if affine else N
    _, canonical, observation, rows, _ = random_system(seed, N, M, affine)
    states = follow(canonical, observation, rows, np.ones(rows.shape, bool))
    np.testing.assert_allclose(states, observation.infer(rows), rtol=1e-9, atol=1e-10)


@given(SEEDS, SIZES, SIZES, st.booleans(), st.integers(0, 2))
def test_states_are_a_free_run_where_nothing_is_seen(seed, N, M, affine, K):
    M = min(N, M) if affine else M  # for more units than columns, z is projected to B's rows
    _, canonical, observation, rows, inputs = random_system(seed, N, M, affine, K)
    seen = np.zeros(rows.shape, bool)
    seen[0] = True
    run = canonical.simulate(
        observation.infer(rows[:1]), 14, None if inputs is None else inputs[None, :14]
    )
    states = follow(canonical, observation, rows, seen, inputs)
    np.testing.assert_allclose(states[1:], run[0], rtol=1e-8, atol=1e-9)


def test_hidden_units_remember_what_the_rows_no_longer_show():
    # The hidden unit counts the rows; the column is seen, and replaced, at every row.
    counter = CanonicalMap(
        np.eye(2), np.zeros((2, 1)), np.zeros((1, 2)), np.array([0.0, 1.0]), np.zeros(1)
    )
    observation = IdentityObservation(np.array([[2.0]]))
    rows = np.array([[3.0], [7.0], [-1.0]])
    states = follow(counter, observation, rows, np.ones((3, 1), bool))
    np.testing.assert_array_equal(states, [[3.0, 6.0], [7.0, 7.0], [-1.0, 8.0]])
