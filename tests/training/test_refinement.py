"""L-BFGS finds minima, whatever the threads; a refinement is forced by smoothed rows only."""

import numpy as np
import pytest
from engines import CompiledEngine, both_engines
from hypothesis import given
from hypothesis import strategies as st
from models import next_state
from scipy.optimize import minimize, rosen, rosen_der
from threadpoolctl import threadpool_limits

from sklearn_dsr._maps._parametrizations import ShallowPLRNN
from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr._training._lbfgs import minimise
from sklearn_dsr._training._problem import Penalties, Problem
from sklearn_dsr._training._refinement import Tiles, _Refiner, n_refined

T, N_ROWS = 10, 211


def quadratic(n, seed):
    """Convex quadratic function with a condition number of 1e4, and its minimum."""
    rng = np.random.default_rng(seed)
    Q, best = np.linalg.qr(rng.standard_normal((n, n)))[0], rng.standard_normal(n)
    H = (Q * np.geomspace(1e-2, 1e2, n)) @ Q.T
    return lambda x: (0.5 * (x - best) @ H @ (x - best), H @ (x - best)), best


@given(st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_lbfgs_finds_the_minimum_of_a_quadratic_function(n, seed):
    function, best = quadratic(n, seed)
    found, value = minimise(function, np.zeros(n), 500)
    assert value <= function(np.zeros(n))[0] and value == function(found)[0]
    np.testing.assert_allclose(found, best, atol=1e-3)


def test_lbfgs_needs_about_as_many_evaluations_as_scipys():
    calls = []

    def function(x):
        calls.append(x)
        return rosen(x), rosen_der(x)

    start = np.full(20, -1.0)
    found, _ = minimise(function, start, 500)
    np.testing.assert_allclose(found, 1.0, atol=1e-4)
    assert len(calls) < 3 * minimize(rosen, start, jac=rosen_der, method="L-BFGS-B").nfev


def test_lbfgs_shortens_a_step_to_where_the_function_is_not_finite():
    def function(x):  # log(x) beside a wall at 0
        with np.errstate(all="ignore"):
            return float(np.sum(x - np.log(x))), 1 - 1 / x

    found, value = minimise(function, np.full(3, 1e-3), 200)
    np.testing.assert_allclose(found, 1.0, atol=1e-3)
    assert np.isfinite(value)
    stuck, value = minimise(lambda x: (np.nan, x), np.ones(2), 5)  # nowhere to go: stays
    np.testing.assert_array_equal(stuck, 1.0)


def test_lbfgs_gives_the_same_bits_whatever_the_threads_of_blas():
    # Long sums are split among BLAS's threads, and round otherwise.
    n = 100_000
    rng = np.random.default_rng(0)
    weights, best = rng.random(n) + 0.1, rng.standard_normal(n)

    def function(x):
        d = x - best
        return float(np.sum(weights * d * d)), 2 * weights * d

    results = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            results.append(minimise(function, np.zeros(n), 15)[0])
    np.testing.assert_array_equal(*results)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(1, 40)), min_size=1),
    st.integers(1, 6),
    st.integers(0, 2**32 - 1),
)
def test_tiles_cover_segments_side_by_side_and_cross_no_gap(pieces, n_steps, seed):
    edges = np.cumsum(np.ravel(pieces))
    starts, stops = edges[::2], edges[1::2]
    tiles = Tiles(starts, stops, n_steps)
    drawn = tiles.draw(np.random.default_rng(seed), (1, tiles.n_windows))
    assert drawn.dtype == np.int64 and drawn.shape == (1, tiles.n_windows)
    for a, b in zip(starts, stops, strict=True):
        own = np.sort(drawn[(drawn >= a) & (drawn < b)])
        assert len(own) == (b - a - 1) // n_steps
        assert np.all(np.diff(own) == n_steps) and np.all(own + n_steps < b)


def test_rows_of_a_refinement_are_held_within_memory_but_make_some_windows():
    assert n_refined(100, 100) == 40_000
    assert n_refined(2000, 100) * 2000 == 3.2e7
    assert n_refined(1_000_000, 100) == 16 * 101


def problem_and_arrays(dtype=np.float64, missing=0.0):
    rng = np.random.default_rng(1)
    t = 0.2 * np.arange(N_ROWS)
    rows = np.column_stack([np.sin(t), np.cos(1.3 * t)]) + 0.05 * rng.standard_normal((N_ROWS, 2))
    seen = rng.random(rows.shape) >= missing if missing else None
    n_windows = (N_ROWS - 1) // T
    model = ShallowPLRNN(2, 8)
    problem = Problem(
        rows, model, False, T, n_windows, Penalties(latent=1e-4), dtype, seen=seen, noise=1.0
    )
    return problem, model.initial(rng) | {"h2": rng.standard_normal(8)}


def plain_loss(problem, p, smoothed, starts, alpha):
    """The loss by a loop: errors beside the rows, forced by smoothed ones."""
    errors, weights = [], []
    for start in starts:
        z = smoothed[start].copy()
        for t in range(start + 1, start + T + 1):
            z = next_state(problem.parametrization, p, z)
            seen = np.ones(2) if problem.seen is None else problem.seen[t].astype(float)
            errors.append(seen * (z - problem.rows[t]) ** 2)
            weights.append(seen)
            z = z + alpha * seen * (smoothed[t] - z)
    size = sum(np.sum((v - (np.eye(2) if k == "A" else 0)) ** 2) for k, v in p.items())
    return np.sum(errors) / np.sum(weights) + 1e-4 * size


@both_engines
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_a_refinement_predicts_the_rows_and_is_forced_by_smoothed_ones(engine, missing):
    problem, arrays = problem_and_arrays(missing=missing)
    smoothed = 0.9 * problem.rows + 0.01
    smoothed[5] = np.nan  # a row of no window
    starts = 6 + T * np.arange(problem.batch_size - 1)
    problem = Problem(**(vars(problem) | {"batch_size": len(starts)}))
    refiner = _Refiner(engine(problem, arrays, Forcing(alpha=0.3)), lambda _: smoothed, 40)
    before = plain_loss(problem, arrays, smoothed, starts, 0.3)
    losses, alphas = refiner.run(starts[None], np.ones(1), None)
    after = plain_loss(problem, refiner.arrays, smoothed, starts, 0.3)
    np.testing.assert_allclose(losses[0], after, rtol=1e-9)
    assert after < 0.5 * before and list(alphas) == [0.3]


def test_an_epoch_smooths_along_the_model_that_the_one_before_has_left():
    problem, arrays = problem_and_arrays()
    models = []
    engine = CompiledEngine(problem, arrays, Forcing(alpha=0.3))
    refiner = _Refiner(engine, lambda model: models.append(model) or problem.rows, 3)
    starts = T * np.arange(problem.batch_size)[None]
    refiner.run(starts, np.ones(1), None)
    between = refiner.arrays
    refiner.run(starts, np.ones(1), None)
    np.testing.assert_array_equal(models[0]["W2"], arrays["W2"])
    np.testing.assert_array_equal(models[1]["W2"], between["W2"])


def test_an_epoch_whose_smoothed_rows_overflow_leaves_the_model_and_counts_as_diverged():
    problem, arrays = problem_and_arrays()
    engine = CompiledEngine(problem, arrays, Forcing(alpha=0.3))
    refiner = _Refiner(engine, lambda _: np.full(problem.rows.shape, np.inf), 3)
    losses, _ = refiner.run(T * np.arange(problem.batch_size)[None], np.ones(1), None)
    assert len(losses) == 0
    np.testing.assert_array_equal(refiner.arrays["W1"], arrays["W1"])


@both_engines
def test_arrays_of_an_engine_may_be_set(engine):
    problem, arrays = problem_and_arrays()
    other = {k: v + 0.1 for k, v in arrays.items()}
    made, given = (engine(problem, a, Forcing(alpha=0.3)) for a in (other, arrays))
    given.arrays = other
    starts, noise = T * np.arange(problem.batch_size), np.zeros((T + 1, problem.batch_size, 2))
    np.testing.assert_array_equal(given.arrays["W1"], other["W1"])
    assert given.loss_gradient(starts, 0.3, noise)[0] == made.loss_gradient(starts, 0.3, noise)[0]
