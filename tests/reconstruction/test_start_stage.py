"""The first stage of a fit: what noise is found, what is called noise, and what is left to train.

Where a verdict is by chance, it has to be right for most of five seeds.
"""

import numpy as np
import pytest
from engines import CompiledEngine
from planted import fitted, plant_none_good

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._choice._verdict import Verdict
from sklearn_dsr._data.trajectories import Trajectories
from sklearn_dsr._maps._parametrizations import ShallowPLRNN
from sklearn_dsr._recipe import Budget, Recipe
from sklearn_dsr._training._problem import Problem
from sklearn_dsr.datasets import make_duffing, make_lorenz63
from sklearn_dsr.reconstruction import _stages
from sklearn_dsr.reconstruction._start_stage import Started, start_by_regression

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

SEEDS = range(5)
CLEAN = make_lorenz63(5000, random_state=0)
NOISY = make_lorenz63(5000, noise_level=0.05, random_state=0)


def standardised(rows):
    return (rows - rows.mean(axis=0)) / rows.std(axis=0)


def started(
    rows, *, hidden_dim="auto", cuts=(), missing=None, n_inputs=0, latent_dim=None, affine=False
):
    """What the start finds in standardised rows, in pieces between the cuts."""
    edges = np.array([0, *cuts, len(rows)])
    pieces = Trajectories(rows, np.array([0, len(rows)]), edges[:-1], edges[1:], "array")
    latent_dim = latent_dim or rows.shape[1] - n_inputs
    size = 192 if hidden_dim == "auto" else hidden_dim
    model = ShallowPLRNN(latent_dim, hidden_dim=size, linear="dense")
    problem = Problem(rows, model, affine, 20, 16, dtype=np.float64, n_inputs=n_inputs)
    return start_by_regression(problem, pieces, missing, hidden_dim, np.random.default_rng(0))


def quick(**params):
    return ShallowPLRNNReconstructor(**({"max_iter": 2, "n_init": 1, "random_state": 0} | params))


def untrained(model):
    """Whether nothing of a fit is a training."""
    return {c["family"] for c in model.candidates_} == {"regression"} and (
        model.n_iter_ == 0
        and np.isnan(model.gtf_alpha_)
        and not any(c["losses"] for c in model.candidates_)
    )


def autoregression(seed, n_rows=400):
    """A linear series, two values of it a row."""
    rng = np.random.default_rng(seed)
    x = np.zeros(n_rows + 101)
    for t in range(2, len(x)):
        x[t] = 1.6 * x[t - 1] - 0.8 * x[t - 2] + rng.standard_normal()
    return np.column_stack([x[101:], x[100:-1]])


def test_white_noise_is_called_noise_and_is_not_trained():
    outcomes = []
    for seed in SEEDS:
        model = fitted(quick(), np.random.default_rng(seed).standard_normal((500, 2)))
        outcomes.append(model.outcome_)
        assert untrained(model) or model.outcome_ != "noise"
    assert outcomes.count("noise") >= 3


def test_a_linear_series_is_no_better_than_linear():
    outcomes = [fitted(quick(random_state=seed), autoregression(seed)).outcome_ for seed in SEEDS]
    assert outcomes.count("no better than linear") >= 3


def test_chaos_is_neither_noise_nor_linear():
    for rows in (CLEAN[:800], NOISY[:800], NOISY):
        found = started(standardised(rows))
        assert found.forecasts and not found.is_noise and not found.is_linear


@pytest.mark.parametrize("cuts", [(), (1700, 3000)])
def test_noise_is_found_and_the_smoothed_rows_are_nearer_to_the_clean_ones(cuts):
    mean, scale = NOISY.mean(axis=0), NOISY.std(axis=0)
    noisy, clean = ((rows - mean) / scale for rows in (NOISY, CLEAN))
    noise = np.sqrt(np.mean((noisy - clean) ** 2))
    assert 0.04 < noise < 0.06  # one orbit, and noise of 0.05
    found = started(noisy, cuts=cuts)
    assert found.noisy
    np.testing.assert_array_equal(found.rows.starts, [0, *cuts])
    error = np.sqrt(np.mean((found.rows.values - clean) ** 2, axis=0))
    assert np.all(error < 0.5 * noise)


def test_clean_rows_stay_as_they_are():
    rows = standardised(CLEAN)
    found = started(rows)
    assert not found.noisy
    np.testing.assert_array_equal(found.rows.values, rows)


def test_missing_values_are_smoothed_by_what_is_known_of_them():
    mean, scale = NOISY.mean(axis=0), NOISY.std(axis=0)
    noisy, clean = ((rows[:2000] - mean) / scale for rows in (NOISY, CLEAN))
    missing = np.random.default_rng(1).random(noisy.shape) < 0.1
    filled, at = noisy.copy(), np.arange(len(noisy))
    for x, lost in zip(filled.T, missing.T, strict=True):
        x[lost] = np.interp(at[lost], at[~lost], x[~lost])
    found = started(filled, missing=missing)
    assert found.noisy
    for part in (missing, ~missing):
        error, before = (
            np.sqrt(np.mean((rows - clean)[part] ** 2)) for rows in (found.rows.values, filled)
        )
        assert error < 0.6 * before


def test_columns_that_are_copies_are_not_smoothed():
    x = standardised(NOISY)[:, 0]
    rows = np.column_stack([x[2:], x[1:-1], x[:-2]])
    found = started(rows)
    assert not found.noisy
    np.testing.assert_array_equal(found.rows.values, rows)
    for arrays in found.draw(np.random.default_rng(0)):
        np.testing.assert_array_equal(arrays["W1"][1:], 0.0)


def test_a_number_of_hidden_units_that_is_given_is_kept():
    for rows in (standardised(NOISY), standardised(NOISY[:400]), autoregression(0)):
        for hidden_dim in (1, 7):
            found = started(rows, hidden_dim=hidden_dim)
            assert found.problem.parametrization.hidden_dim == hidden_dim
            assert {arrays["W2"].shape for arrays in found.draw(np.random.default_rng(0))} == {
                (hidden_dim, rows.shape[1])
            }
    model = fitted(quick(hidden_dim=7, stages="start"), NOISY[:400])
    assert model.hidden_dim_ == 7 and model.W1_.shape == (3, 7)


def test_more_rows_ask_for_more_hidden_units():
    few, many = (
        started(standardised(CLEAN[:n])).draw(np.random.default_rng(0))[0]["W2"].shape[0]
        for n in (60, len(CLEAN))
    )
    assert many > few >= 1


def test_a_start_has_all_arrays_of_its_model():
    X = standardised(make_duffing(1000, random_state=0))
    for sizes in ({}, {"latent_dim": 4}, {"latent_dim": 3, "affine": True}):
        found = started(X, n_inputs=1, **sizes)
        for arrays in found.draw(np.random.default_rng(0)):
            shapes = {name: values.shape for name, values in arrays.items()}
            assert shapes == found.problem.shapes
            assert all(np.isfinite(values).all() for values in arrays.values())


def test_too_few_rows_to_hold_any_apart_are_no_verdict():
    found = started(standardised(CLEAN[:8]))
    assert found.forecasts == {} and not found.is_noise and not found.is_linear
    assert len(found.draw(np.random.default_rng(0))) >= 1


@pytest.mark.parametrize("X", [NOISY[:1000], CLEAN[:300], autoregression(0)])
def test_stages_start_trains_nothing(monkeypatch, X):
    monkeypatch.setattr(CompiledEngine, "run", lambda *_: 1 / 0)
    model = fitted(quick(stages="start"), X)
    assert untrained(model) and model.n_smoothings_ == 0 and model.loss_curve_ == []
    assert np.isfinite(model.forecast(X, 5)).all()


def test_a_start_that_is_good_is_not_trained(monkeypatch):
    monkeypatch.setattr(CompiledEngine, "run", lambda *_: 1 / 0)
    turns = 0.1 * np.arange(600)
    model = quick(stages="train").fit(np.column_stack([np.sin(turns), np.cos(turns)]))
    assert untrained(model) and model.outcome_ == "converged"
    k, i = model.chosen_
    assert model.candidates_[k]["checkpoints"][i]["epoch"] == 0


def test_without_the_stage_everything_is_trained():
    model = fitted(quick(start="random", stages="train"), CLEAN[:300])
    assert not {c["family"] for c in model.candidates_} & {"regression"}
    assert all(len(c["losses"]) == 2 for c in model.candidates_)


def test_the_start_is_the_same_in_any_number_of_threads():
    one, two = (fitted(quick(n_jobs=n, stages="start"), NOISY[:1000]) for n in (1, 2))
    assert one.candidates_ == two.candidates_ and one.chosen_ == two.chosen_
    np.testing.assert_array_equal(one.W1_, two.W1_)


@pytest.mark.parametrize("rows", [CLEAN[:600], NOISY[:600]], ids=["clean", "noisy"])
def test_a_training_that_makes_the_start_worse_is_not_taken(monkeypatch, rows):
    plant_none_good(monkeypatch)
    monkeypatch.setattr(_stages, "RECIPE", Recipe(few_rows=100))  # all of them are many
    monkeypatch.setattr(_stages, "BUDGET", Budget(n_lots=1))
    model = fitted(quick(hidden_dim=20, learning_rate_init=1.0, stages="train"), rows)
    assert any(c["losses"] for c in model.candidates_)
    record = model.candidates_[model.chosen_[0]]
    assert record["family"] == "regression" and model.n_iter_ == 0
    start = fitted(quick(hidden_dim=20, stages="start"), rows)
    np.testing.assert_array_equal(model.W1_, start.W1_)


def test_of_few_rows_a_training_has_to_forecast_better_than_the_start(monkeypatch):
    plant_none_good(monkeypatch)
    monkeypatch.setattr(_stages, "BUDGET", Budget(n_lots=1))
    model = fitted(quick(hidden_dim=20, learning_rate_init=1.0), CLEAN[:600])
    assert untrained(model)
    start = fitted(quick(hidden_dim=20, stages="start"), CLEAN[:600])
    np.testing.assert_array_equal(model.W1_, start.W1_)


def test_lots_of_draws_are_made_until_one_is_good_and_all_of_few_rows(monkeypatch):
    n_draws = len(fitted(quick(hidden_dim=20, stages="start"), CLEAN[:600]).candidates_)
    monkeypatch.setattr(Verdict, "is_good", True)
    few = fitted(quick(hidden_dim=20, stages="train"), CLEAN[:600])
    assert len(few.candidates_) == 3 * n_draws and untrained(few)
    monkeypatch.setattr(_stages, "RECIPE", Recipe(few_rows=100))  # all of them are many
    monkeypatch.setattr(Started, "explains", True)
    good = iter([False, True])
    monkeypatch.setattr(Verdict, "is_good", property(lambda self: next(good)))
    model = fitted(quick(hidden_dim=20, stages="train"), CLEAN[:600])
    assert len(model.candidates_) == 2 * n_draws and untrained(model)
    scores = [c["checkpoints"][0]["S"] for c in model.candidates_]
    assert len(set(scores)) == len(scores)  # each draw has kinks of its own


def test_errors_of_rows_held_apart_are_those_of_forecasts():
    model = fitted(quick(stages="start"), CLEAN[:2000])
    errors = model.held_out_errors_
    assert set(errors) == {"model", "linear", "persistence", "mean"}
    # Each fifth was held apart in turn; persistence needs no model.
    rows = (CLEAN[:2000] - model.mean_) / model.scale_
    for k in (1, 5, 20):
        differences = rows[k:] - rows[:-k]
        expected = np.sqrt(np.mean(differences**2))
        assert errors["persistence"][k - 1] == pytest.approx(expected, rel=0.2)
    assert errors["model"][0] < errors["linear"][0] < errors["persistence"][0]
    random = fitted(quick(stages="start", start="random"), CLEAN[:2000])
    assert random.held_out_errors_ == {}


def test_a_refinement_of_a_start_has_no_epochs_before_it():
    model = fitted(quick(hidden_dim=30, max_iter=20), NOISY[:800])
    refined = [c for c in model.candidates_ if c["n_smoothings"]]
    assert refined and not any(c["losses"] for c in model.candidates_ if not c["n_smoothings"])
    assert all(c["epochs_before"] == 0 for c in refined)
