"""Regression of the steps: with its kinks given, all else of a shallow model is found."""

from dataclasses import replace

import numpy as np
import pytest

from sklearn_dsr._data.trajectories import Trajectories
from sklearn_dsr._maps._observation import IdentityObservation
from sklearn_dsr._maps._parametrizations import ShallowPLRNN
from sklearn_dsr._recipe import BUDGET
from sklearn_dsr._training import _regression
from sklearn_dsr._training._problem import Problem
from sklearn_dsr._training._regression import (
    Regression,
    Steps,
    draw_kinks,
    hidden_units,
    sized,
    stacked,
)

M, L, N_ROWS = 3, 8, 2000
SMALL = (1e-13, 1e-13)
KINDS = [
    {"linear": linear, "clipped": clipped}
    for linear in ("dense", "diagonal")
    for clipped in (False, True)
]


def truth(model, rng, n_inputs=0):
    """Arrays of a map whose linear part contracts, with kinks through the middle of the rows."""
    A = 0.5 * np.linalg.qr(rng.standard_normal((M, M)))[0]
    arrays = {
        "A": A if model.linear == "dense" else np.diag(rng.uniform(0.2, 0.9, M)),
        "W1": rng.standard_normal((M, model.hidden_dim)) / model.hidden_dim,
        "W2": rng.standard_normal((model.hidden_dim, M)),
        "h1": rng.standard_normal(M),
        "h2": rng.standard_normal(model.hidden_dim),
    }
    return arrays | ({"C": rng.standard_normal((M, n_inputs))} if n_inputs else {})


def steps_of(model, arrays, rng, n_rows=N_ROWS):
    """Steps of the map from rows all over the place, and inputs."""
    z = rng.standard_normal((n_rows, M))
    C = arrays.get("C", np.zeros((M, 0)))
    inputs = rng.standard_normal((n_rows, C.shape[1]))
    units = hidden_units(model, z, arrays["W2"], arrays["h2"])
    after = z @ arrays["A"].T + units @ arrays["W1"].T + arrays["h1"] + inputs @ C.T
    return Steps(z, after, inputs)


def given_kinks(monkeypatch, arrays):
    """The kinks of the next regressions are those of a map."""
    monkeypatch.setattr(_regression, "draw_kinks", lambda *_: (arrays["W2"], arrays["h2"]))


def regression(model, steps, seed=0, hidden_dim=None):
    hidden_dim = model.hidden_dim if hidden_dim is None else hidden_dim
    return Regression(model, steps, hidden_dim, np.random.default_rng(seed))


def errors(model, arrays, steps):
    """Mean squared errors of the steps of a model."""
    units = hidden_units(model, steps.z, arrays["W2"], arrays["h2"])
    C = arrays.get("C", np.zeros((M, 0)))
    ahead = steps.z @ arrays["A"].T + units @ arrays["W1"].T + arrays["h1"] + steps.inputs @ C.T
    return np.mean((ahead - steps.after) ** 2)


@pytest.mark.parametrize("n_inputs", [0, 2])
@pytest.mark.parametrize("clipped", [False, True])
def test_a_planted_map_is_found_when_its_kinks_are_given(monkeypatch, clipped, n_inputs):
    model = ShallowPLRNN(M, hidden_dim=L, clipped=clipped, linear="dense")
    rng = np.random.default_rng(1)
    arrays = truth(model, rng, n_inputs)
    given_kinks(monkeypatch, arrays)
    found = regression(model, steps_of(model, arrays, rng)).solve(SMALL)
    assert found.keys() == arrays.keys()
    for name, value in arrays.items():
        np.testing.assert_allclose(found[name], value, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("n_inputs", [0, 2])
@pytest.mark.parametrize("clipped", [False, True])
def test_beside_a_diagonal_a_all_else_is_a_regression_of_what_that_leaves(clipped, n_inputs):
    model, rng = ShallowPLRNN(M, hidden_dim=L, clipped=clipped), np.random.default_rng(1)
    arrays = truth(model, rng, n_inputs)
    steps = steps_of(model, arrays, rng)
    found = regression(model, steps).solve(SMALL)
    assert found.keys() == arrays.keys()
    a = np.diag(found["A"])
    np.testing.assert_array_equal(found["A"], np.diag(a))
    wanted = np.sum(steps.z * steps.after, axis=0) / np.sum(steps.z**2, axis=0)
    np.testing.assert_allclose(a, np.clip(wanted, 0.0, 1.0), rtol=1e-12)
    units = hidden_units(model, steps.z, found["W2"], found["h2"])
    features = np.column_stack([units, steps.inputs, np.ones(len(units))])
    weights = np.linalg.lstsq(features, steps.after - a * steps.z, rcond=None)[0]
    np.testing.assert_allclose(found["W1"], weights[:L].T, atol=1e-6)
    np.testing.assert_allclose(found["h1"], weights[-1], atol=1e-6)


@pytest.mark.parametrize("clipped", [False, True])
def test_a_diagonal_a_is_that_of_each_column_by_itself_and_at_most_one(clipped):
    rng = np.random.default_rng(2)
    z = rng.standard_normal((N_ROWS, M))
    steps = Steps(z, z * [0.5, 2.0, -0.5], np.zeros((N_ROWS, 0)))
    found = regression(ShallowPLRNN(M, clipped=clipped, hidden_dim=L), steps).solve(SMALL)
    np.testing.assert_allclose(found["A"], np.diag([0.5, 1.0, 0.0]), atol=1e-12)


@pytest.mark.parametrize("size", [0.5, 1.5, 10.0])
def test_the_norm_of_a_of_a_clipped_model_is_one_at_most(monkeypatch, size):
    rng = np.random.default_rng(3)
    z = rng.standard_normal((N_ROWS, M))
    A = size * np.linalg.qr(rng.standard_normal((M, M)))[0]
    steps = Steps(z, z @ A.T, np.zeros((N_ROWS, 0)))
    for linear in ("dense", "diagonal"):
        for penalties in (SMALL, (1e-4, 1e-3)):
            for clipped in (True, False):
                model = ShallowPLRNN(M, clipped=clipped, hidden_dim=L, linear=linear)
                norm = np.linalg.norm(regression(model, steps).solve(penalties)["A"], 2)
                if clipped:
                    assert norm <= 1.0 + 1e-12
                elif linear == "dense":
                    assert (norm > 1.0) == (size > 1.0)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_steps_in_pieces_give_the_same_as_at_once(monkeypatch, kind):
    model, rng = ShallowPLRNN(M, hidden_dim=L, **kind), np.random.default_rng(4)
    steps = steps_of(model, truth(model, rng, 1), rng)
    once = regression(model, steps).solve((1e-4, 1e-3))
    monkeypatch.setattr(_regression, "BUDGET", replace(BUDGET, features=7 * (L + M + 1)))
    pieces = regression(model, steps).solve((1e-4, 1e-3))
    for name, value in once.items():
        np.testing.assert_allclose(pieces[name], value, rtol=1e-7, atol=1e-9, err_msg=name)


def test_a_large_penalty_leaves_a_map_that_stays_where_it_is():
    model, rng = ShallowPLRNN(M, hidden_dim=L, linear="dense"), np.random.default_rng(5)
    found = regression(model, steps_of(model, truth(model, rng), rng)).solve((1e9, 1e9))
    np.testing.assert_allclose(found["A"], np.eye(M), atol=1e-6)
    np.testing.assert_allclose(found["W1"], 0.0, atol=1e-6)


@pytest.mark.parametrize("penalties", [(1e-3, 1e-1), (1e-1, 1e-3)])
def test_each_weight_has_its_penalty_beside_the_mean_squared_error(penalties):
    # The minimum of the sum: no step away from it makes it less.
    model, rng = ShallowPLRNN(M, hidden_dim=L, linear="dense"), np.random.default_rng(6)
    steps = steps_of(model, truth(model, rng, 1), rng, 200)
    found = regression(model, steps).solve(penalties)

    def loss(a):
        linear = np.sum((a["A"] - np.eye(M)) ** 2) + np.sum(a["C"] ** 2)
        penalty = penalties[0] * linear + penalties[1] * np.sum(a["W1"] ** 2)
        return M * errors(model, a, steps) + penalty * np.mean(steps.z.var(axis=0))

    least = loss(found)
    for name in ("A", "W1", "C", "h1"):
        for sign in (-1, 1):
            step = sign * 1e-3 * rng.standard_normal(found[name].shape)
            assert loss(found | {name: found[name] + step}) > least


def delay_vectors(n_columns=4, n_rows=500, slope=1.0):
    """A random series, its last values, and other units of all but the first column."""
    x = np.cumsum(np.random.default_rng(7).standard_normal(n_rows + n_columns))
    columns = [x[n_columns - k : len(x) - k] for k in range(n_columns)]
    return np.column_stack([columns[0], *(slope * c + 1.0 for c in columns[1:])])


@pytest.mark.parametrize("slope", [1.0, -3.0])
def test_columns_that_are_copies_of_a_row_before_are_exact_rows_of_the_map(slope):
    rows = delay_vectors(slope=slope)
    steps = Steps(rows[:-1], rows[1:], np.zeros((len(rows) - 1, 0)))
    copies = steps.copies()
    assert {k: copy[0] for k, copy in copies.items()} == {1: 0, 2: 1, 3: 2}
    model = ShallowPLRNN(4, hidden_dim=L, linear="dense")
    found = regression(model, steps).solve((1e-2, 1e-2))
    for k, j in ((1, 0), (2, 1), (3, 2)):
        np.testing.assert_array_equal(found["W1"][k], 0.0)
        assert np.flatnonzero(found["A"][k]).tolist() == [j]
        ahead = found["A"][k, j] * rows[:-1, j] + found["h1"][k]
        np.testing.assert_allclose(ahead, rows[1:, k], rtol=1e-9, atol=1e-9)
    assert np.count_nonzero(found["A"][0]) == 4  # the newest one is no copy


def test_a_column_with_the_least_noise_of_its_own_is_no_copy():
    rows = delay_vectors()
    rows += 1e-4 * np.random.default_rng(8).standard_normal(rows.shape)
    assert not Steps(rows[:-1], rows[1:], np.zeros((len(rows) - 1, 0))).copies()


def test_a_column_that_rests_is_no_copy_and_leaves_finite_weights():
    rows = np.column_stack([delay_vectors(2), np.full(500, 3.0)])
    steps = Steps(rows[:-1], rows[1:], np.zeros((len(rows) - 1, 0)))
    assert set(steps.copies()) == {1}
    model = ShallowPLRNN(3, hidden_dim=L, linear="dense")
    assert all(np.isfinite(v).all() for v in regression(model, steps).solve((1e-6, 1e-6)).values())


def test_kinks_pass_between_a_row_and_the_next_one():
    rng = np.random.default_rng(9)
    z = rng.standard_normal((50, M))
    steps = Steps(z, z + 0.1 * rng.standard_normal(z.shape), np.zeros((50, 0)))
    W2, h2 = draw_kinks(steps, 400, rng)
    sides = [np.sign(x @ W2.T + h2) for x in (steps.z, steps.after)]
    assert np.all(np.any(sides[0] != sides[1], axis=0))
    directions = W2 / np.linalg.norm(W2, axis=1, keepdims=True)
    assert np.linalg.norm(directions.mean(axis=0)) < 5 / np.sqrt(400)  # uniform: no preferred one


def test_without_kinks_a_regression_is_the_linear_one():
    model, rng = ShallowPLRNN(M, hidden_dim=L, linear="dense"), np.random.default_rng(10)
    steps = steps_of(model, truth(model, rng), rng)
    found = regression(model, steps, hidden_dim=0).solve(SMALL)
    features = np.column_stack([steps.z, np.ones(len(steps.z))])
    wanted = np.linalg.lstsq(features, steps.after, rcond=None)[0]
    np.testing.assert_allclose(found["A"], wanted[:M].T, atol=1e-8)
    np.testing.assert_allclose(found["h1"], wanted[M], atol=1e-8)
    assert found["W1"].shape == (M, 0) and found["W2"].shape == (0, M)


@pytest.mark.parametrize("n_inputs", [0, 1])
@pytest.mark.parametrize("clipped", [False, True])
def test_a_stacked_model_is_the_mean_of_the_maps(clipped, n_inputs):
    rng = np.random.default_rng(11)
    sizes = (3, 5, 1)
    models = [ShallowPLRNN(M, hidden_dim=n, clipped=clipped, linear="dense") for n in sizes]
    arrays = [truth(model, rng, n_inputs) for model in models]
    whole = ShallowPLRNN(M, hidden_dim=sum(sizes), clipped=clipped, linear="dense")
    mean = stacked(arrays)
    assert {name: mean[name].shape for name in whole.shapes} == whole.shapes
    z, inputs = rng.standard_normal((100, M)), rng.standard_normal((100, 1, n_inputs))
    inputs = inputs if n_inputs else None
    steps = [
        model.canonical(a, a.get("C")).simulate(z, 1, inputs)
        for model, a in zip([*models, whole], [*arrays, mean], strict=True)
    ]
    np.testing.assert_allclose(steps[-1], np.mean(steps[:-1], axis=0), rtol=1e-12, atol=1e-12)


def trajectories(rows, cut):
    """Rows in two pieces, with inputs in the last columns."""
    offsets, stops = np.array([0, len(rows)]), np.array([cut, len(rows)])
    return Trajectories(rows, offsets, np.array([0, cut]), stops, "array")


def test_steps_are_those_within_a_piece_with_the_inputs_before_them():
    rows = np.arange(20.0)[:, None] + [0.0, 100.0, 1000.0]
    pieces, rng = trajectories(rows, 12), np.random.default_rng(0)
    steps = Steps.of(IdentityObservation(np.zeros((0, 2))), 2, pieces, 100, rng)
    at = [k for k in range(19) if k != 11]
    np.testing.assert_array_equal(steps.z, rows[at, :2])
    np.testing.assert_array_equal(steps.after, rows[np.array(at) + 1, :2])
    np.testing.assert_array_equal(steps.inputs, rows[at, 2:])


def test_of_many_steps_some_are_drawn_each_once():
    rows, rng = np.arange(100.0)[:, None], np.random.default_rng(0)
    observation = IdentityObservation(np.zeros((0, 1)))
    steps = Steps.of(observation, 1, trajectories(rows, 50), 30, rng)
    assert len(np.unique(steps.z)) == 30 and 49.0 not in steps.z
    np.testing.assert_array_equal(steps.after, steps.z + 1)


def test_a_problem_of_another_size_is_the_same_but_for_its_hidden_units():
    problem = Problem(np.zeros((30, 2)), ShallowPLRNN(2, hidden_dim=4), False, 5, 8)
    other = sized(problem, 7)
    assert other.shapes["W1"] == (2, 7) and problem.shapes["W1"] == (2, 4)
    assert other.rows is problem.rows and other.n_steps == 5
