"""Reconstructors in scikit-learn's pipelines, cross validation and searches."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr.model_selection import (
    WORST,
    DSRScorer,
    neg_n_step_error_scorer,
    neg_power_spectrum_hellinger_scorer,
    neg_state_space_divergence_scorer,
    valid_prediction_time_scorer,
)
from sklearn_dsr.preprocessing import DelayEmbedding
from sklearn_dsr.reconstruction import ShallowPLRNNReconstructor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

MAIN = "neg_state_space_divergence"
SCORERS = {
    "neg_state_space_divergence": neg_state_space_divergence_scorer,
    "neg_power_spectrum_hellinger": neg_power_spectrum_hellinger_scorer,
    "neg_n_step_error": neg_n_step_error_scorer,
    "valid_prediction_time": valid_prediction_time_scorer,
}


def wave(n_rows, phase=0.0):
    """One column: a noisy sine, not centred."""
    rng = np.random.default_rng(n_rows)
    rows = 4.0 + 2.0 * np.sin(0.2 * np.arange(n_rows) + phase)
    return (rows + 0.01 * rng.normal(size=n_rows))[:, np.newaxis]


def data(form):
    if form == "array":
        return wave(480), TimeSeriesSplit(2)
    parts = [wave(120, phase) for phase in range(4)]
    if form == "frames":
        parts = [pd.DataFrame(part, columns=["v"]) for part in parts]
    return (np.stack(parts) if form == "stack" else parts), KFold(2)


def new(**params):
    short = {"hidden_dim": 10, "clipped": False, "max_iter": 2, "n_init": 1, "stages": "train"}
    return ShallowPLRNNReconstructor(**(short | {"random_state": 0} | params))


def embedded(**params):
    return Pipeline([("embed", DelayEmbedding(n_delays=2, lag=5)), ("dsr", new(**params))])


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize("form", ["array", "list", "stack", "frames"])
def test_grid_search_with_several_metrics(form, routing):
    X, cv = data(form)
    grid = {"embed__n_delays": [2, 3], "dsr__hidden_dim": [5, 10]}
    with sklearn.config_context(enable_metadata_routing=routing):
        search = GridSearchCV(embedded(), grid, scoring=DSRScorer(), refit=MAIN, cv=cv)
        search.fit(X)
    assert set(search.best_params_) == set(grid)
    for name, worst in WORST.items():
        scores = search.cv_results_[f"mean_test_{name}"]
        assert scores.shape == (4,) and np.isfinite(scores).all() and np.all(scores >= worst)
    assert search.best_index_ == np.argmax(search.cv_results_[f"mean_test_{MAIN}"])
    # The refitted pipeline is used like a model of X.
    rows = search.predict(X)
    assert len(rows) == len(X)
    assert set(DSRScorer()(search, X)) == set(WORST)


@pytest.mark.parametrize("routing", [False, True])
def test_default_score_in_cross_validation(routing):
    for form in ("array", "list"):
        X, cv = data(form)
        with sklearn.config_context(enable_metadata_routing=routing):
            for model in (new(), make_pipeline(StandardScaler(), new())):
                if form == "list" and not isinstance(model, ShallowPLRNNReconstructor):
                    continue  # StandardScaler takes no list
                scores = cross_val_score(model, X, cv=cv)
                assert np.isfinite(scores).all() and np.all(scores <= 1.0)
            assert np.isfinite(embedded().fit(X).score(X))


@pytest.mark.parametrize("form", ["array", "list"])
def test_halving_search_gives_more_epochs_to_the_better(form):
    X, cv = data(form)
    search = HalvingGridSearchCV(
        new(start="random"),
        {"hidden_dim": [3, 6, 12], "learning_rate_init": [1e-3, 1e-2]},
        resource="max_iter",
        min_resources=2,
        max_resources=8,
        factor=2,
        scoring=neg_state_space_divergence_scorer,
        cv=cv,
        random_state=0,
    ).fit(X)
    assert search.n_resources_ == [2, 4, 8]
    assert search.n_candidates_ == [6, 3, 2]
    assert search.best_estimator_.max_iter == 8


def test_a_randomized_search_has_finite_scores():
    X, cv = data("array")
    search = RandomizedSearchCV(
        embedded(),
        {"dsr__latent_penalty": [0.0, 1e-4], "embed__lag": [2, 3, 4]},
        n_iter=2,
        scoring=DSRScorer(MAIN, n_delays=2, lag=5, context=10),
        cv=cv,
        random_state=0,
    ).fit(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_scaler_and_an_embedding_keep_gaps():
    X = np.c_[wave(300), 1e3 * wave(300, 1.0)]
    for with_gap in (False, True):
        if with_gap:
            X[100] = np.nan
        pipeline = make_pipeline(StandardScaler(), DelayEmbedding(2, 3), new()).fit(X)
        assert pipeline[-1].n_features_in_ == 4
        rows = pipeline.predict(X)
        assert rows.shape == (300, 4)
        assert np.isnan(rows[:3]).all() and np.isnan(rows[100:104]).all() == with_gap
        assert np.isfinite(list(DSRScorer()(pipeline, X).values())).all()


def test_an_index_that_jumps_is_a_gap_behind_transformers():
    frame = pd.DataFrame(np.c_[wave(200), wave(200, 1.0)], columns=["u", "v"])
    frame.index = np.r_[0:90, 1000:1110]  # a jump
    pipeline = make_pipeline(StandardScaler(), DelayEmbedding(2, 3), new())
    pipeline.set_output(transform="pandas").fit(frame)
    names = ["u", "v", "u_lag3", "v_lag3"]
    np.testing.assert_array_equal(pipeline[-1].feature_names_in_, names)
    rows = pipeline.predict(frame)
    # The frame's index has come through: no delay vector crosses its jump.
    assert np.isnan(rows).any(axis=1).nonzero()[0].tolist() == [0, 1, 2, 90, 91, 92]
    listed = pipeline.fit(frame[:90])
    assert listed.predict(frame[:90]).shape == (90, 4)


def test_a_search_finds_the_trained_one_beside_one_that_learns_nothing():
    X, cv = data("array")
    search = GridSearchCV(
        new(max_iter=20, start="random"),
        {"learning_rate_init": [1e-12, 1e-2]},
        scoring=DSRScorer(),
        refit="neg_n_step_error",
        cv=cv,
    ).fit(np.c_[X, wave(480, np.pi / 2)])
    assert search.best_params_ == {"learning_rate_init": 1e-2}
