"""Scorers on small stand-ins for reconstructors, whose free runs are known."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from linear_map import LinearMap
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._data.trajectories import as_trajectories
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.metrics import (
    n_step_error,
    power_spectrum_hellinger,
    state_space_divergence,
    valid_prediction_time,
)
from sklearn_dsr.model_selection import (
    WORST,
    DSRScorer,
    neg_n_step_error_scorer,
    neg_power_spectrum_hellinger_scorer,
    neg_state_space_divergence_scorer,
    valid_prediction_time_scorer,
)
from sklearn_dsr.preprocessing import DelayEmbedding

SINGLE = {
    "neg_state_space_divergence": neg_state_space_divergence_scorer,
    "neg_power_spectrum_hellinger": neg_power_spectrum_hellinger_scorer,
    "neg_n_step_error": neg_n_step_error_scorer,
    "valid_prediction_time": valid_prediction_time_scorer,
}


class DrivenMap(BaseEstimator):
    """x_{t+1} = B x_t + C s_t with s the last columns, by least squares: exact if that is it."""

    def __init__(self, n_inputs=1):
        self.n_inputs = n_inputs

    def fit(self, X, y=None):
        segments = as_trajectories(X).segments(2)
        self.n_inputs_ = self.n_inputs
        N = segments[0].shape[1] - self.n_inputs
        now = np.concatenate([s[:-1] for s in segments])
        following = np.concatenate([s[1:, :N] for s in segments])
        self.B_, _, _, _ = np.linalg.lstsq(np.c_[now, np.ones(len(now))], following, rcond=None)
        return self

    def simulate(self, x0, n_steps, inputs):
        N = self.B_.shape[1]
        x, run = np.asarray(x0)[..., :N], []
        assert inputs.shape == (*x.shape[:-1], n_steps, self.n_inputs_)
        for t in range(n_steps):
            one = np.ones((*x.shape[:-1], 1))
            x = np.concatenate([x, inputs[..., t, :], one], axis=-1) @ self.B_
            run.append(x)
        return np.stack(run, axis=-2)


class Playback(BaseEstimator):
    """Whatever the start, its first column plays `tape`; further ones repeat it."""

    def __init__(self, tape=None, width=1):
        self.tape = tape
        self.width = width

    def fit(self, X, y=None):
        return self

    def simulate(self, x0, n_steps):
        run = np.repeat(self.tape[:n_steps, np.newaxis], self.width, axis=1)
        return np.broadcast_to(run, (*np.shape(x0)[:-1], *run.shape))


def circle(n=600, omega=0.2, phase=0.0, amplitude=1.0):
    t = omega * np.arange(n) + phase
    return amplitude * np.column_stack([np.cos(t), np.sin(t)])


FOUR = [
    "neg_state_space_divergence",
    "neg_power_spectrum_hellinger",
    "neg_n_step_error",
    "valid_prediction_time",
]


def delay_pipeline(n_delays=2, lag=3, gain=1.0, boundary="nan"):
    embedding = DelayEmbedding(n_delays, lag, boundary=boundary)
    return Pipeline([("embed", embedding), ("dsr", LinearMap(gain))])


def test_scores_are_the_metrics_of_one_free_run():
    X = circle() + 0.05 * np.random.default_rng(0).normal(size=(600, 2))
    model = LinearMap(gain=0.999, dt=0.5).fit(X)
    calls = []
    model.simulate = lambda x0, n, inner=model.simulate: calls.append(len(x0)) or inner(x0, n)
    scores = DSRScorer(FOUR, horizon=7, sigma=3.0, threshold=0.3)(model, X)
    assert calls == [1, 593]  # one free run, and the forecasts from all rows with a target

    true, run = X[1:], model.simulate(X[:1], 599)[0]
    scale = true.std(axis=0)
    assert scores == pytest.approx(
        {
            "neg_state_space_divergence": -state_space_divergence(true / scale, run / scale),
            "neg_power_spectrum_hellinger": -power_spectrum_hellinger(true, run, sigma=3.0),
            "neg_n_step_error": -n_step_error(X, model.simulate(X[:-7], 7)),
            "valid_prediction_time": valid_prediction_time(true, run, threshold=0.3, dt=0.5),
        },
        rel=1e-12,
    )
    assert list(scores) == FOUR
    every = DSRScorer()(model, X)
    assert list(every) == list(WORST)
    assert all(type(value) is float for value in every.values())


def test_exact_oscillator_is_almost_perfect():
    X = circle()
    scores = DSRScorer()(LinearMap().fit(X), X)
    assert scores["neg_state_space_divergence"] == pytest.approx(0.0, abs=0.3)
    assert scores["neg_power_spectrum_hellinger"] == pytest.approx(0.0, abs=1e-6)
    assert scores["neg_n_step_error"] == pytest.approx(0.0, abs=1e-20)
    assert scores["valid_prediction_time"] == 599.0


def test_original_coordinates_do_not_depend_on_the_embedding():
    rng = np.random.default_rng(0)
    X, tape = circle()[:, :1], np.cos(0.21 * np.arange(600)) + 0.1 * rng.normal(size=600)
    bare = DSRScorer(context=5)(Playback(tape), X)
    # The same free run in other coordinates: other scores there, the same ones here.
    for n_delays, lag in ((2, 4), (3, 2), (5, 1)):
        for boundary in ("nan", "drop"):
            embedding = DelayEmbedding(n_delays, lag, boundary=boundary)
            pipeline = make_pipeline(embedding, Playback(tape, n_delays)).fit(X)
            assert DSRScorer()(pipeline, X) == bare
    scaled = make_pipeline(StandardScaler(), DelayEmbedding(3, 2), Playback(width=3)).fit(X)
    scaled[-1].tape = scaled[0].transform(tape[:, np.newaxis])[:, 0]
    assert DSRScorer()(scaled, X) == pytest.approx(bare, rel=1e-6)


def test_scores_do_not_depend_on_the_units():
    X = circle() + 0.05 * np.random.default_rng(0).normal(size=(600, 2))
    wide = np.repeat(X, 4, axis=1)  # 8 columns: Gaussian mixtures
    for data in (X, wide):
        scores = [
            DSRScorer(["neg_state_space_divergence", "neg_power_spectrum_hellinger"])(
                make_pipeline(StandardScaler(with_mean=False), LinearMap()).fit(unit * data),
                unit * data,
            )
            for unit in (1.0, 1e-6, 1e6)
        ]
        assert scores[1] == pytest.approx(scores[0], rel=1e-3)
        assert scores[2] == pytest.approx(scores[0], rel=1e-3)


def test_a_scorer_that_embeds_sees_the_order_of_rows():
    X = circle()[:, :1]
    backwards = np.sort(X[:, 0])  # the same values in another order
    model = Playback(np.r_[backwards[1:], backwards[:1]])
    plain = neg_state_space_divergence_scorer(model, X)
    delayed = DSRScorer("neg_state_space_divergence", n_delays=2, lag=8)
    assert delayed(model, X) < plain - 2.0
    assert delayed(Playback(X[1:, 0]), X) == 0.0
    # Also across pieces, and where one of them is too short for a delay vector.
    assert delayed(delay_pipeline(2, 1).fit(X), [X[:6], X[:300], X[100:]]) > -0.5


def test_all_forms_of_data_are_scored_and_gaps_are_not_crossed():
    model = delay_pipeline().fit(circle()[:, :1])
    pieces = [circle(n, phase=p)[:, :1] for n, p in ((200, 0.0), (150, 1.0), (220, 2.0))]
    for X in (pieces, np.stack([p[:150] for p in pieces]), pieces[0], pd.DataFrame(pieces[0])):
        scores = DSRScorer()(model, X)
        assert scores["neg_n_step_error"] == pytest.approx(0.0, abs=1e-15)
        assert scores["neg_power_spectrum_hellinger"] == pytest.approx(0.0, abs=1e-6)
    # Of a trajectory with gaps the longest piece counts, after its context of 4 rows.
    gappy = pieces[2].copy()
    gappy[40] = np.nan
    assert valid_prediction_time_scorer(model, gappy) == 220 - 41 - 4
    assert valid_prediction_time_scorer(model, pieces) == np.mean([196, 146, 216])
    # A frame's index jump is a gap, also behind a transformer that returns arrays.
    frame = pd.DataFrame({"v": np.concatenate([pieces[0], pieces[1]])[:, 0]})
    frame.index = np.r_[0:200, 900:1050]
    scaled = make_pipeline(StandardScaler(), LinearMap()).fit(frame)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        assert valid_prediction_time_scorer(scaled, frame) <= 199.0


def driven(n=400, seed=0):
    """Columns x, y, s: a slowly decaying rotation under white noise s."""
    s = np.random.default_rng(seed).normal(size=n)
    x, (sin, cos) = np.zeros((n, 2)), (np.sin(0.3), np.cos(0.3))
    for t in range(n - 1):
        x[t + 1] = 0.98 * np.array([[cos, -sin], [sin, cos]]) @ x[t] + [s[t], -0.5 * s[t] + 0.3]
    return np.c_[x, s]


@pytest.mark.parametrize("scaled", [False, True])
def test_external_inputs_are_those_of_the_test_data(scaled):
    X, test = driven(), driven(seed=1)
    X, test = X * [1.0, 10.0, 100.0], test * [1.0, 10.0, 100.0]
    model = DrivenMap().fit(X)
    if scaled:
        model = make_pipeline(StandardScaler(), DrivenMap()).fit(X)
    # Under other inputs, or those of a row before or after, no forecast would be exact.
    exact = {
        "neg_state_space_divergence": 0.0,
        "neg_power_spectrum_hellinger": 0.0,
        "neg_n_step_error": 0.0,
    }
    gap = np.full((1, 3), np.nan)
    no_input = np.concatenate([test[:250], driven(2, 3), test])
    no_input[250:252, 2] = np.nan
    pieces = [test[:150], test[150:], driven(90, 4) * [1.0, 10.0, 100.0]]
    data_and_times = [
        (test, 399.0),
        (pd.DataFrame(test), 399.0),
        (np.concatenate([test[:250], gap, test]), 399.0),
        (no_input, 399.0),  # an input that is missing is a gap too
        (pieces, np.mean([149, 249, 89])),
        (np.stack([test[:200], test[200:]]), 199.0),
    ]
    for data, time in data_and_times[: 4 if scaled else 6]:  # no scaler takes several trajectories
        scores = DSRScorer()(model, data)
        assert {n: scores[n] for n in exact} == pytest.approx(exact, abs=1e-6)
        assert scores["valid_prediction_time"] == pytest.approx(time)
    assert DSRScorer("valid_prediction_time", context=31)(model, test) == 369.0
    delayed = DSRScorer("neg_state_space_divergence", n_delays=2, lag=3)(model, test)
    assert delayed == pytest.approx(0.0, abs=1e-6)


def test_scores_under_inputs_are_the_metrics_without_the_input_columns():
    test = driven(seed=1)
    model = DrivenMap().fit(driven())
    model.B_ = model.B_ * 0.9
    run = model.simulate(test[0], 399, test[:-1, 2:])
    ends = np.stack([model.simulate(test[t], 7, test[t : t + 7, 2:]) for t in range(393)])
    true, scale = test[:, :2], test[1:, :2].std(axis=0)
    assert DSRScorer(FOUR, horizon=7, sigma=3.0)(model, test) == pytest.approx(
        {
            "neg_state_space_divergence": -state_space_divergence(true[1:] / scale, run / scale),
            "neg_power_spectrum_hellinger": -power_spectrum_hellinger(true[1:], run, sigma=3.0),
            "neg_n_step_error": -n_step_error(true, ends),
            "valid_prediction_time": valid_prediction_time(true[1:], run, threshold=0.4),
        },
        rel=1e-9,
    )


def test_noise_drives_the_runs_of_a_driven_model_in_scores_of_the_long_run():
    rng, (c, s) = np.random.default_rng(0), (np.cos(0.3), np.sin(0.3))
    A = 0.98 * np.array([[c, -s], [s, c]])
    X = np.zeros((3000, 2))
    for t in range(2999):  # comes to rest without noise
        X[t + 1] = A @ X[t] + 0.1 * rng.standard_normal(2)
    model = ShallowPLRNNReconstructor(5, stages="start", random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)  # no better than linear
        model.fit(X[:2000])
    long = DSRScorer(["neg_state_space_divergence", "neg_power_spectrum_hellinger", "skill"])
    others = DSRScorer(["valid_prediction_time", "neg_n_step_error"])
    scores = {}
    for driven in (True, False):
        model.driven_ = driven
        scores[driven] = long(model, X[2000:]), others(model, X[2000:])
    assert all(scores[True][0][name] > scores[False][0][name] for name in long.metrics)
    assert scores[True][1] == scores[False][1]  # of forecasts


def test_a_search_over_driven_models_has_finite_scores():
    search = GridSearchCV(
        make_pipeline(StandardScaler(), DrivenMap()),
        {"drivenmap__n_inputs": [1], "standardscaler__with_mean": [True, False]},
        scoring=DSRScorer(),
        refit="neg_n_step_error",
        cv=TimeSeriesSplit(3),
    ).fit(driven())
    for name in WORST:
        assert np.isfinite(search.cv_results_[f"mean_test_{name}"]).all()
    assert search.cv_results_["mean_test_neg_n_step_error"] == pytest.approx(0.0, abs=1e-12)


def test_transformers_must_keep_the_columns_of_inputs():
    model = make_pipeline(DelayEmbedding(2, 1), DrivenMap()).fit(driven())
    with pytest.raises(ValueError, match="made 6 columns of 3.*the 1 external inputs. Use"):
        DSRScorer()(model, driven())


def test_context_makes_candidates_run_beside_the_same_rows():
    X = circle()[:, :1]
    for n_delays in (2, 3, 6):
        model = delay_pipeline(n_delays, 2).fit(X)
        assert DSRScorer("valid_prediction_time", context=20)(model, X) == 580.0
        assert DSRScorer("valid_prediction_time")(model, X) == 599.0 - 2 * (n_delays - 1)


def of_divergence(record):
    """Messages of the warnings that are not about the data."""
    return [str(w.message) for w in record if issubclass(w.category, ReconstructionWarning)]


def only_warning(record):
    (message,) = of_divergence(record)
    return message


def test_divergence_gives_the_worst_scores_and_one_warning():
    X = circle()
    with pytest.warns(ReconstructionWarning, match="free run diverged at step .* of 599") as record:
        assert DSRScorer()(LinearMap(gain=1e10).fit(X), X) == WORST
    message = only_warning(record)
    assert "20-step forecasts diverged" in message
    for name, scorer in SINGLE.items():
        with pytest.warns(ReconstructionWarning) as record:
            assert scorer(LinearMap(gain=1e10).fit(X), X) == WORST[name]
        assert only_warning(record)
    # It diverges in the free run only: the forecasts keep their score.
    with pytest.warns(ReconstructionWarning, match="free run of piece 1"):
        scores = DSRScorer()(LinearMap(gain=3.0).fit(X), [X[:50], X])
    assert scores["neg_n_step_error"] > WORST["neg_n_step_error"]
    assert scores["valid_prediction_time"] == WORST["valid_prediction_time"]
    with pytest.warns(ReconstructionWarning):
        assert DSRScorer()(Playback(np.full(600, np.nan), 2), X) == WORST


def test_finite_but_far_runs_are_finite_scores():
    X = circle()
    scores = DSRScorer()(Playback(np.full(600, 1e99), 2), X)
    assert all(np.isfinite(value) and value >= WORST[name] for name, value in scores.items())
    assert scores["neg_n_step_error"] == WORST["neg_n_step_error"]


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize("many", [False, True])
def test_a_grid_search_over_pipelines_survives_candidates_that_diverge(many, routing):
    X = circle(900)[:, :1] + 3.0
    if many:
        X = [circle(150, phase=p)[:, :1] + 3.0 for p in range(6)]
    pipeline = Pipeline([("embed", DelayEmbedding()), ("dsr", LinearMap())])
    grid = {"embed__n_delays": [3, 4], "embed__lag": [2], "dsr__gain": [0.9, 1.0, 1e9]}
    cv = KFold(3) if many else TimeSeriesSplit(3)
    with sklearn.config_context(enable_metadata_routing=routing):
        search = GridSearchCV(
            pipeline, grid, scoring=DSRScorer(), refit="neg_state_space_divergence", cv=cv
        )
        with pytest.warns(ReconstructionWarning) as record:
            search.fit(X)
    assert len(of_divergence(record)) == 2 * 3  # the diverging candidates, once per fold
    assert search.best_params_["dsr__gain"] == 1.0
    for name, worst in WORST.items():
        means = search.cv_results_[f"mean_test_{name}"]
        assert np.isfinite(means).all()
        diverged = np.asarray(search.cv_results_["param_dsr__gain"], dtype=float) == 1e9
        np.testing.assert_allclose(means[diverged], worst)
        assert np.isfinite(search.cv_results_[f"std_test_{name}"]).all()
    # A fitted search is scored as its best pipeline.
    assert DSRScorer()(search, X) == DSRScorer()(search.best_estimator_, X)


@pytest.mark.parametrize("name", list(SINGLE))
def test_single_scorers_in_cross_validation(name):
    X = circle(900)
    for routing in (False, True):
        with sklearn.config_context(enable_metadata_routing=routing):
            scores = cross_val_score(LinearMap(), X, scoring=SINGLE[name], cv=TimeSeriesSplit(3))
        assert scores.shape == (3,)
        assert scores[0] == SINGLE[name](LinearMap().fit(X[:225]), X[225:450])
    search = GridSearchCV(LinearMap(), {"gain": [0.5, 1.0]}, scoring=SINGLE[name], cv=KFold(2))
    assert search.fit(X).best_params_ == {"gain": 1.0}
    assert clone(search).scoring == SINGLE[name]


def test_two_processes_give_the_same_scores():
    X = circle(300)[:, :1]
    scoring, cv = neg_state_space_divergence_scorer, TimeSeriesSplit(2)
    one, two = (
        cross_val_score(delay_pipeline(), X, scoring=scoring, cv=cv, n_jobs=n) for n in (1, 2)
    )
    np.testing.assert_array_equal(one, two)


def test_scorers_are_plain_values():
    scorer = DSRScorer(("neg_n_step_error", "valid_prediction_time"), horizon=5, context=9)
    for twin in (pickle.loads(pickle.dumps(scorer)), copy.deepcopy(scorer), eval(repr(scorer))):
        assert twin == scorer
    assert repr(DSRScorer()) == "DSRScorer()"
    assert repr(neg_n_step_error_scorer) == "DSRScorer('neg_n_step_error')"
    X = circle() + 0.1 * np.random.default_rng(0).normal(size=(600, 2))
    model = LinearMap().fit(X)
    assert DSRScorer()(model, X) == DSRScorer()(model, X, None)


def test_forecasts_in_blocks_are_the_same(monkeypatch):
    X = circle() + 0.1 * np.random.default_rng(0).normal(size=(600, 2))
    model = LinearMap().fit(X)
    whole = neg_n_step_error_scorer(model, [X, X[:90]])
    monkeypatch.setattr("sklearn_dsr._coordinates.pieces._BLOCK", 20 * 2 * 37)
    assert neg_n_step_error_scorer(model, [X, X[:90]]) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize(
    ("args", "params", "error", "match"),
    [
        (["r2"], {}, ValueError, "metrics must be some of neg_state.*; got 'r2'"),
        ([()], {}, ValueError, "metrics must be some of"),
        ([], {"n_delays": 0}, ValueError, "n_delays must be an integer, at least 1; got 0"),
        ([], {"lag": 3}, ValueError, "lag=3 has no effect without n_delays"),
        ([], {"horizon": 2.5}, TypeError, "horizon must be an integer"),
        ([], {"context": 0}, ValueError, "context must be"),
        ([], {"sigma": -1.0}, ValueError, "sigma must be"),
    ],
)
def test_bad_parameters_are_named(args, params, error, match):
    with pytest.raises(error, match=match):
        DSRScorer(*args, **params)


def test_folds_of_a_few_rows_are_scored_or_refused():
    model = delay_pipeline(2, 3).fit(circle()[:, :1])
    with pytest.raises(ValueError, match="3 gap-free rows after its context.*has 5 rows"):
        DSRScorer()(model, circle(5)[:, :1])
    scores = DSRScorer()(model, circle(6)[:, :1])  # the start row and two more
    assert all(np.isfinite(value) for value in scores.values())
    assert scores["valid_prediction_time"] == 2.0
    with pytest.raises(ValueError, match="n_samples=9 rows.*copies 8 rows"):
        DSRScorer("neg_state_space_divergence", n_delays=3, lag=8)(model, circle(13)[:, :1])


def test_dropped_rows_of_gappy_data_cannot_be_told():
    X = circle()[:, :1]
    model = delay_pipeline(boundary="drop").fit(X)
    X = X.copy()
    X[70] = np.nan
    with pytest.raises(ValueError, match='Use DelayEmbedding\\(boundary="nan"\\)'):
        DSRScorer()(model, X)
