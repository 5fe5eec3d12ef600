"""External inputs: the last columns of X act on the map, and every method follows them."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr._recipe import Recipe
from sklearn_dsr.datasets import make_duffing
from sklearn_dsr.forcing import GTF
from sklearn_dsr.metrics import state_space_divergence
from sklearn_dsr.model_selection import DSRScorer
from sklearn_dsr.reconstruction import ShallowPLRNNReconstructor, _use

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

A = np.array([0.9, 0.7])
C = np.array([[0.5, 0.02], [-0.3, 0.04]])


def driven(n_rows, seed=0):
    """Rows x, s of x' = A x + C s + const under two white inputs of other units and means."""
    rng = np.random.default_rng(seed)
    s = rng.normal(size=(n_rows, 2)) * [1.0, 20.0] + [0.5, -3.0]
    x = np.zeros((n_rows, 2))
    for t in range(n_rows - 1):
        x[t + 1] = A * x[t] + C @ s[t] + [0.1, -0.2]
    return np.c_[x, s]


def planted(new, **params):
    """A short fit whose weights of the inputs are drawn, so that they matter."""
    model = new(n_inputs=2, **params).fit(driven(150))
    model.C_ = np.random.default_rng(0).normal(size=model.C_.shape)
    return model


OBSERVATIONS = [{}, {"observation": "affine", "latent_dim": 3}]


@pytest.fixture(params=OBSERVATIONS, ids=["identity", "affine"])
def model(request, new):
    return planted(new, **request.param)


def test_a_driven_linear_system_is_recovered(new):
    params = {"forcing": GTF(0.5), "max_iter": 30}
    model = new(n_inputs=2, latent_penalty=0.0, learning_rate_init=1e-2, **params)
    model.fit(driven(1500))
    in_units = model.C_ * model.scale_[:2, np.newaxis] / model.scale_[2:]
    np.testing.assert_allclose(in_units, C, rtol=2e-3)
    test = driven(300, seed=1)
    run = model.simulate(test[0], 299, test[:, 2:])
    assert np.max(np.abs(run - test[1:, :2]) / test[:, :2].std(axis=0)) < 0.1
    assert model.score(test) > 0.999
    # Without its inputs, the same system is noise.
    assert new(**params).fit(driven(1500)[:, :2]).score(test[:, :2]) < 0.5
    assert model.outcome_ == "converged"


def test_predict_simulate_and_forecast_equal_a_plain_loop(model, plain):
    X, p = driven(60, seed=3), plain(model)
    assert model.C_.shape == (p.M, 2) and model.n_inputs_ == 2
    states = [p.first(p.split(row)[0]) for row in X]
    one = [p.run(z, row[np.newaxis, 2:])[0] for z, row in zip(states, X, strict=True)]
    np.testing.assert_allclose(model.predict(X), one, rtol=1e-9)
    # Row k of inputs acts in the step from k to k + 1, and row 0 is at the time of the start.
    np.testing.assert_allclose(
        model.simulate(X[7], 40, X[7:47, 2:]), p.run(states[7], X[7:47, 2:]), rtol=1e-8
    )
    # The first step of a forecast has the input of the last row.
    np.testing.assert_allclose(
        model.forecast(X[:20], 40, X[20:, 2:]),
        p.run(p.last_state(X[:20]), X[19:59, 2:]),
        rtol=1e-6,
        atol=1e-9,
    )


def test_forecast_is_simulate_with_the_last_input_in_front(model):
    X = driven(60, seed=3)
    run = model.forecast(X[19:20], 30, X[20:49, 2:])
    np.testing.assert_array_equal(run, model.simulate(X[19], 30, X[19:49, 2:]))
    # The input at the time of the last row of the forecast, and any further ones, are not used.
    np.testing.assert_array_equal(run, model.forecast(X[19:20], 30, X[20:, 2:]))
    np.testing.assert_array_equal(run, model.forecast(X[19:20], 30, X[20:49, 2:].tolist()))
    np.testing.assert_array_equal(
        model.simulate(X[0], 9, X[:9, 2:]), model.simulate(X[0], 9, X[:, 2:])
    )
    # One step needs no further input at all, and is the prediction of the last row.
    np.testing.assert_allclose(model.forecast(X[-1:], 1)[0], model.predict(X)[-1], rtol=1e-12)


def test_simulate_takes_rows_with_and_without_their_inputs(model):
    X = driven(30, seed=3)
    run = model.simulate(X[0], 20, X[:20, 2:])
    assert run.shape == (20, 2)
    np.testing.assert_array_equal(run, model.simulate(X[0, :2], 20, X[:20, 2:]))
    with_other = X[0].copy()
    with_other[2:] = np.nan  # not used
    np.testing.assert_array_equal(run, model.simulate(with_other, 20, X[:20, 2:]))
    each = np.stack([X[:20, 2:], X[5:25, 2:], X[9:29, 2:]])
    runs = model.simulate(X[:3], 20, each)
    assert runs.shape == (3, 20, 2)
    for k in range(3):
        np.testing.assert_allclose(runs[k], model.simulate(X[k], 20, each[k]), rtol=1e-12)
    # The same inputs for all.
    np.testing.assert_array_equal(
        model.simulate(X[:3], 20, each[1]), model.simulate(X[:3], 20, each[[1, 1, 1]])
    )


@pytest.mark.parametrize("score_horizon", [1, 12])
def test_score_compares_forecasts_under_the_inputs_of_x(model, monkeypatch, score_horizon):
    monkeypatch.setattr(_use, "RECIPE", Recipe(horizon=score_horizon))
    parts = [driven(40, seed=3), driven(25, seed=4)]
    r2 = []
    for k in range(1, score_horizon + 1):
        true = np.concatenate([X[k:, :2] for X in parts])
        runs = [
            model.simulate(X[t], k, X[t : t + k, 2:])[-1] for X in parts for t in range(len(X) - k)
        ]
        r2.append(r2_score(true, runs, multioutput="raw_values"))
    assert model.score(parts) == pytest.approx(np.mean(r2), rel=1e-9)
    gap = np.full((1, 4), np.nan)
    joined = np.concatenate([parts[0], gap, parts[1]])
    assert model.score(joined) == pytest.approx(np.mean(r2), rel=1e-9)


def test_several_trajectories_with_inputs_of_their_own(model):
    parts = [driven(n, seed) for seed, n in enumerate((20, 30, 25))]
    inputs = [driven(n, seed)[:, 2:] for seed, n in ((7, 14), (8, 20), (9, 15))]
    runs = model.forecast(parts, 15, inputs)
    assert runs.shape == (3, 15, 2)
    for run, X, s in zip(runs, parts, inputs, strict=True):
        np.testing.assert_allclose(run, model.forecast(X, 15, s), rtol=1e-12)
    stacked = np.stack([s[:14] for s in inputs])
    np.testing.assert_array_equal(model.forecast(parts, 15, stacked), runs)
    np.testing.assert_array_equal(model.forecast(parts, 15, tuple(inputs)), runs)
    common = model.forecast(parts, 15, inputs[0])
    np.testing.assert_array_equal(common[0], runs[0])
    assert not np.allclose(common[1], runs[1])
    stack = np.stack([X[:20] for X in parts])
    assert model.forecast(stack, 15, stacked).shape == (3, 15, 2)
    assert model.forecast(stack[:1], 15, stacked[:1]).shape == (1, 15, 2)
    predicted = model.predict(parts)
    assert [len(part) for part in predicted] == [20, 30, 25] and predicted[0].shape == (20, 2)
    assert model.predict(stack).shape == (3, 20, 2)


def test_all_forms_of_driven_data_give_the_same_fit(new):
    parts = [driven(80, seed) for seed in range(2)]
    fit = new(n_inputs=2).fit(parts)
    joined = np.concatenate([parts[0], np.full((1, 4), np.nan), parts[1]])
    late = np.r_[0:80, 500:580]
    frame = pd.DataFrame(np.concatenate(parts), index=late, columns=["x", "y", "u", "v"])
    for X in (np.stack(parts), joined, frame):
        other = new(n_inputs=2).fit(X)
        np.testing.assert_array_equal(other.A_, fit.A_)
        np.testing.assert_array_equal(other.C_, fit.C_)
    inputs = driven(20, seed=5)[:, 2:]
    run = other.forecast(frame, 15, pd.DataFrame(inputs, columns=["u", "v"]))
    np.testing.assert_allclose(run, fit.forecast(parts[1], 15, inputs), rtol=1e-12)
    np.testing.assert_array_equal(other.feature_names_in_, ["x", "y", "u", "v"])
    np.testing.assert_array_equal(other.predict(frame), np.concatenate(fit.predict(parts)))


def test_input_columns_are_standardised_and_results_do_not_depend_on_their_units(new):
    X = driven(150)
    model = new(n_inputs=2).fit(X)
    np.testing.assert_allclose(model.mean_, X.mean(axis=0))
    np.testing.assert_allclose(model.scale_, X.std(axis=0))
    assert np.abs(model.C_).max() > 0
    units = np.array([1.0, 1.0, 2.0**40, 2.0**-40])
    scaled = new(n_inputs=2).fit(units * X)
    np.testing.assert_array_equal(scaled.C_, model.C_)
    np.testing.assert_array_equal(scaled.predict(units * X), model.predict(X))
    # The common scale is that of the state alone: inputs keep their own.
    common = new(n_inputs=2, standardize="common").fit(X)
    np.testing.assert_allclose(common.scale_[:2], 2 * [np.sqrt(np.mean(X[:, :2].var(axis=0)))])
    np.testing.assert_allclose(common.scale_[2:], X[:, 2:].std(axis=0))
    plain = new(n_inputs=2, standardize=False).fit(X)
    np.testing.assert_array_equal([plain.mean_, plain.scale_], [[0, 0, 0, 0], [1, 1, 1, 1]])


def test_a_constant_input_is_no_harm_but_a_constant_state_is(new):
    X = driven(150)
    X[:, 3] = 7.0
    model = new(n_inputs=2).fit(X)
    assert model.scale_[3] == 1.0
    assert np.isfinite(model.forecast(X, 30, X[:, 2:])).all()
    X[:, :2] = 1.0  # a moving input alone is no dynamics
    with pytest.raises(ValueError, match="all of its 2 columns are constant"):
        new(n_inputs=2).fit(X)


@pytest.mark.parametrize("missing", ["gap", "mask"])
def test_a_row_whose_input_is_missing_is_a_gap(new, missing):
    X = driven(150)
    gap, one = X.copy(), X.copy()
    gap[60] = np.nan
    one[60, 3] = np.nan
    fits = [new(n_inputs=2, missing=missing).fit(rows) for rows in (gap, one)]
    for name in ("A_", "C_", "mean_", "scale_"):
        np.testing.assert_array_equal(*(getattr(fit, name) for fit in fits))
    for method in (fits[0].predict, fits[0].jacobian):
        result = method(one)
        assert np.isnan(result[60]).all() and np.isfinite(np.delete(result, 60, axis=0)).all()
    assert fits[0].score(one) == fits[0].score(gap)
    with pytest.raises(ValueError, match="last row of X is a gap"):
        fits[0].forecast(one[:61], 3, X[:3, 2:])


def test_the_loss_is_that_of_a_plain_loop(new, plain, at_start):
    # One window only: its loss is known. A warm start brings another C_.
    X = driven(21)
    for alpha in (0.0, 0.3, 1.0):
        model = new(n_inputs=2, sequence_length=20, forcing=GTF(alpha), **at_start).fit(X)
        model.C_ = np.random.default_rng(1).normal(size=model.C_.shape)
        model.set_params(warm_start=True).fit(X)
        assert np.abs(model.C_).max() > 0.5
        assert model.loss_curve_[0] == pytest.approx(plain(model).loss(X, alpha), rel=1e-4)


def test_training_sees_the_input_before_and_not_after_the_step():
    # x' = s: an input shifted by one row, forwards or backwards, would be of no use.
    s = np.random.default_rng(0).choice([-1.0, 1.0], size=400)
    X = np.c_[np.r_[0.0, s[:-1]], s]
    model = ShallowPLRNNReconstructor(
        8,
        n_inputs=1,
        forcing=GTF(0.5),
        max_iter=20,
        n_init=1,
        learning_rate_init=1e-2,
        random_state=0,
    ).fit(X)
    # The first row, 0, is like no other.
    np.testing.assert_allclose(model.predict(X)[1:-1], X[2:, :1], atol=0.1)


def test_clone_and_pickle_keep_the_inputs(model):
    X = driven(60, seed=3)
    twin = pickle.loads(pickle.dumps(model))
    wanted = model.forecast(X[:20], 30, X[20:, 2:])
    np.testing.assert_array_equal(twin.forecast(X[:20], 30, X[20:, 2:]), wanted)
    assert clone(model).n_inputs == 2 and not hasattr(clone(model), "C_")


def test_warm_start_needs_the_same_number_of_inputs(new):
    X = driven(100)
    model = new(n_inputs=2, warm_start=True).fit(X)
    for n_inputs in (0, 1):
        with pytest.raises(ValueError, match="and some of them have changed"):
            model.set_params(n_inputs=n_inputs).fit(X)
    first = model.C_
    model.set_params(n_inputs=2, max_iter=1, learning_rate_init=1e-9).fit(X)
    np.testing.assert_allclose(model.C_, first, atol=1e-6)


def test_scorers_and_searches_follow_the_inputs_in_original_units():
    X, test = (make_duffing(500, random_state=seed) for seed in (0, 1))
    X, test = X * [1.0, 10.0, 100.0] + 3.0, test * [1.0, 10.0, 100.0] + 3.0
    settings = {"max_iter": 5, "n_init": 1, "stages": "train", "random_state": 0}
    model = ShallowPLRNNReconstructor(20, clipped=True, n_inputs=1, standardize=False, **settings)
    pipeline = make_pipeline(StandardScaler(), model).fit(X)
    # By hand: a free run from the first row, under the inputs of the data.
    scaler = pipeline[0]
    rows = scaler.transform(test)
    run = pipeline[-1].simulate(rows[0], len(rows) - 1, rows[:, 2:])
    run = run * scaler.scale_[:2] + scaler.mean_[:2]
    scale = test[1:, :2].std(axis=0)
    scores = DSRScorer()(pipeline, test)
    assert all(np.isfinite(value) for value in scores.values())
    assert scores["neg_state_space_divergence"] == pytest.approx(
        -state_space_divergence(test[1:, :2] / scale, run / scale), rel=1e-9
    )
    ends = [
        pipeline[-1].simulate(rows[t], 20, rows[t : t + 20, 2:])[-1] for t in range(len(rows) - 20)
    ]
    errors = ends * scaler.scale_[:2] + scaler.mean_[:2] - test[20:, :2]
    assert scores["neg_n_step_error"] == pytest.approx(-np.mean(errors**2), rel=1e-9)

    search = GridSearchCV(
        make_pipeline(StandardScaler(), model),
        {"shallowplrnnreconstructor__hidden_dim": [2, 20]},
        scoring=DSRScorer(),
        refit="neg_n_step_error",
        cv=TimeSeriesSplit(2),
    ).fit(X)
    assert search.best_index_ == np.argmax(search.cv_results_["mean_test_neg_n_step_error"])
    for name in scores:
        assert np.isfinite(search.cv_results_[f"mean_test_{name}"]).all()
    assert DSRScorer()(search, test) == DSRScorer()(search.best_estimator_, test)
    assert search.predict(test).shape == (500, 2)
