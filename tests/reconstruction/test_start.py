"""A shallow model starts from the data: kinks among rows, a regression of the steps, and no NaN."""

import warnings

import numpy as np
import pytest

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._data.trajectories import Trajectories
from sklearn_dsr._maps._parametrizations import ShallowPLRNN
from sklearn_dsr._training._problem import Problem
from sklearn_dsr.datasets import make_duffing, make_lorenz63
from sklearn_dsr.reconstruction._start import initial_start

X = make_lorenz63(3000, random_state=0)
X = (X - X.mean(axis=0)) / X.std(axis=0)


def start(
    rows,
    *,
    latent_dim=3,
    hidden_dim=60,
    clipped=False,
    affine=False,
    n_inputs=0,
    cut=None,
    start_from="regression",
    k=0,
):
    """Problem and initial arrays; `cut` splits the rows into two segments."""
    starts, stops = ([0], [len(rows)]) if cut is None else ([0, cut], [cut, len(rows)])
    trajectories = Trajectories(
        rows, np.array([0, len(rows)]), np.array(starts), np.array(stops), "array"
    )
    model = ShallowPLRNN(latent_dim, hidden_dim, clipped)
    problem = Problem(rows, model, affine, 20, 16, dtype=np.float64, n_inputs=n_inputs)
    return problem, initial_start(problem, trajectories, start_from)(k, np.random.default_rng(0))[0]


def one_step_error(problem, arrays, rows):
    """Mean squared error of the states one step ahead, in units of that of no motion."""
    N = problem.sizes[1]
    canonical, observation = problem.model(arrays)
    states = observation.infer(rows[:, :N])
    inputs = rows[:-1, None, N:] if problem.n_inputs else None
    ahead = canonical.simulate(states[:-1], 1, inputs)[:, 0]
    return np.mean((ahead - states[1:]) ** 2) / np.mean((states[:-1] - states[1:]) ** 2)


@pytest.mark.parametrize("clipped", [False, True])
@pytest.mark.parametrize("sizes", [{}, {"latent_dim": 5}, {"latent_dim": 2, "affine": True}])
def test_a_step_is_predicted_before_any_training(clipped, sizes):
    problem, arrays = start(X, clipped=clipped, **sizes)
    reference = problem.initial(np.random.default_rng(0), np.cov(X.T))
    error = one_step_error(problem, arrays, X)
    assert error < 0.2  # 1 is no motion
    assert error < 0.2 * one_step_error(problem, reference, X)
    assert np.all(np.abs(np.diag(arrays["A"])) <= 1.0)


def test_a_random_start_is_that_of_the_reference():
    problem, arrays = start(X, start_from="random")
    for name, values in problem.initial(np.random.default_rng(0), np.cov(X.T)).items():
        np.testing.assert_array_equal(arrays[name], values)


@pytest.mark.parametrize(
    ("clipped", "k", "is_random"), [(False, 1, False), (True, 0, False), (True, 1, True)]
)
def test_every_other_clipped_candidate_starts_at_random(clipped, k, is_random):
    arrays, other = (
        start(X, clipped=clipped, start_from=name, k=k)[1] for name in ("regression", "random")
    )
    assert all(np.array_equal(arrays[name], other[name]) for name in other) == is_random


@pytest.mark.parametrize("clipped", [False, True])
def test_each_kink_passes_between_two_rows(clipped):
    arrays = start(X, clipped=clipped)[1]
    side = np.sign(X @ arrays["W2"].T + arrays["h2"])
    assert np.all(np.any(side[1:] != side[:-1], axis=0)) and np.all(side != 0)


def test_inputs_have_weights_from_the_start():
    rows = make_duffing(3000, random_state=0)
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    problem, arrays = start(rows, latent_dim=2, n_inputs=1)
    assert arrays["C"].shape == (2, 1)
    without = arrays | {"C": np.zeros((2, 1))}
    assert one_step_error(problem, arrays, rows) < 0.5 * one_step_error(problem, without, rows)


def test_no_step_leads_over_a_gap():
    # Two rows before the gap, which stay where they are: a step over it would move them.
    rows = np.concatenate([np.zeros((2, 3)), np.full((2, 3), 9.0)])
    for cut, stays in ((2, True), (None, False)):
        problem, arrays = start(rows, cut=cut, hidden_dim=2)
        canonical, observation = problem.model(arrays)
        ahead = canonical.simulate(observation.infer(rows[:2]), 1)[:, 0]
        assert np.allclose(ahead, rows[:2], atol=1e-2) == stays


def test_two_rows_and_columns_that_rest_are_enough():
    for rows in (X[:2], np.column_stack([X[:50, :2], np.zeros(50)])):
        arrays = start(rows)[1]
        assert all(np.isfinite(values).all() for values in arrays.values())


def test_rows_of_any_size_start_finite_or_are_said_to_diverge():
    # A regression is as good in any units; a training is not, in float32.
    rows = 1e90 * X[:300]
    model = ShallowPLRNNReconstructor(10, standardize=False, max_iter=2, n_init=1, random_state=0)
    for start in ("regression", "random"):
        with warnings.catch_warnings(record=True):  # a few kinks may be a poor model
            warnings.simplefilter("always")
            model.set_params(start=start).fit(rows)
        assert (model.outcome_ == "diverged") == (start == "random")
        names = ("A", "W1", "W2", "h1", "h2")
        assert all(np.isfinite(getattr(model, f"{n}_")).all() for n in names)
