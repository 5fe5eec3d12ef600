"""Traps of model selection: what looks good but is not, and data that cannot tell."""

import re
import warnings

import numpy as np
import pytest
from linear_map import LinearMap
from sklearn.base import BaseEstimator
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.metrics import r2_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline

from sklearn_dsr import pipeline
from sklearn_dsr._data.trajectories import as_trajectories
from sklearn_dsr._recipe import Recipe
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import DataWarning, ReconstructionWarning
from sklearn_dsr.model_selection import (
    WORST,
    BlockedKFold,
    DSRScorer,
    as_blocks,
    get_scorer,
    neg_n_step_error_scorer,
)
from sklearn_dsr.pipeline import ReconstructionPipeline
from sklearn_dsr.preprocessing import DelayEmbedding

short_data = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.DataWarning")

LORENZ, OTHER = (make_lorenz63(20_000, dt=0.02, random_state=seed) for seed in (0, 1))
LORENZ, OTHER = ((X - LORENZ.mean(axis=0)) / LORENZ.std(axis=0) for X in (LORENZ, OTHER))


class Replay(BaseEstimator):
    """Its free run is a given series, whatever the start."""

    def __init__(self, run, dt=1.0):
        self.run = run
        self.dt = dt

    def simulate(self, x0, n_steps):
        return np.broadcast_to(self.run[:n_steps], (len(x0), n_steps, self.run.shape[1]))


def test_a_linear_map_that_dies_scores_low_although_its_one_step_r2_is_high():
    train, test = LORENZ[:8000], LORENZ[8000:]
    model = LinearMap(dt=0.02).fit(train)
    assert 0.98 < r2_score(test[1:], model.simulate(test[:-1], 1)[:, 0]) < 0.99
    assert np.abs(model.simulate(test[:1], 5000)[0, -1]).max() < 1e-6  # it dies
    dead, alive = DSRScorer()(model, test), DSRScorer()(Replay(OTHER, 0.02), test)
    gaps = {
        "neg_state_space_divergence": 8.0,
        "neg_power_spectrum_hellinger": 0.3,
        "neg_lyapunov_difference": 0.5,
        "skill": 0.7,
    }
    for name, gap in gaps.items():
        assert dead[name] < alive[name] - gap
    assert dead["skill"] == 0.0


class OneStep(LinearMap):
    """With R^2 one step ahead in its own coordinates, as any regressor has it."""

    def score(self, X, y=None):
        segments = as_trajectories(X).segments(2)
        following = np.concatenate([s[1:] for s in segments])
        return r2_score(following, np.concatenate([s[:-1] for s in segments]) @ self.B_)


@short_data  # noise looks shuffled
def test_an_embedding_search_on_white_noise_does_not_prefer_more_delays(monkeypatch):
    monkeypatch.setattr(pipeline, "RECIPE", Recipe(horizon=1))
    noise = np.random.default_rng(0).normal(size=(4000, 1))
    metrics = ("neg_n_step_error", "neg_state_space_divergence", "skill")
    scorer = DSRScorer(metrics, horizon=1, context=4)

    def scores(estimator, X, y=None):
        own = {
            "plain": estimator.score(X),
            "pipeline": ReconstructionPipeline(estimator.steps).score(X),
        }
        return scorer(estimator, X) | own

    search = GridSearchCV(
        Pipeline([("embed", DelayEmbedding(lag=1)), ("dsr", OneStep())]),
        {"embed__n_delays": [1, 2, 4]},
        scoring=scores,
        refit="plain",
        cv=TimeSeriesSplit(2),
    ).fit(noise)

    def gain(name):
        means = search.cv_results_[f"mean_test_{name}"]
        return max(means[1:]) - means[0]

    # In embedded coordinates m - 1 of m columns are known beforehand: that is the trap.
    assert search.best_params_ == {"embed__n_delays": 4} and gain("plain") > 0.2
    assert gain("pipeline") < 0.03 and gain("neg_n_step_error") < 0.03  # of a variance of 1
    assert gain("neg_state_space_divergence") < 1.5  # of some 13 nats
    assert search.cv_results_["mean_test_skill"] == pytest.approx(0.0, abs=0.05)


def circles(*amplitudes, n=300):
    t = 0.2 * np.arange(n)
    return [a * np.column_stack([np.cos(t), np.sin(t)]) for a in amplitudes]


@short_data
@pytest.mark.parametrize("name", list(WORST))
def test_a_model_that_diverges_in_one_fold_does_not_win_nor_change_the_others(name):
    X, cv = circles(1.0, 2.0, 5.0), KFold(3)
    decaying, diverging = {"gain": [0.98]}, {"limit": [3.0]}
    given = {"scoring": DSRScorer(), "refit": name, "cv": cv}
    with pytest.warns(ReconstructionWarning) as record:
        search = GridSearchCV(LinearMap(), [decaying, diverging], **given).fit(X)
    # One warning, of the only fold in which it diverges.
    assert [str(w.message)[:12] for w in record if w.category is ReconstructionWarning] == [
        "The free run"
    ]
    alone = GridSearchCV(LinearMap(), decaying, **given).fit(X)
    exact = GridSearchCV(LinearMap(), {"gain": [1.0]}, **given).fit(X)
    results = search.cv_results_
    for metric, worst in WORST.items():
        splits = np.array([results[f"split{k}_test_{metric}"] for k in range(3)])
        unspoilt = [exact.cv_results_[f"split{k}_test_{metric}"][0] for k in range(3)]
        assert splits[:, 1].tolist() == [*unspoilt[:2], worst]
        untouched = [alone.cv_results_[f"split{k}_test_{metric}"][0] for k in range(3)]
        assert splits[:, 0].tolist() == untouched
        assert np.isfinite(results[f"mean_test_{metric}"]).all()
        assert np.isfinite(results[f"std_test_{metric}"]).all()
    assert search.best_params_ == {"gain": 0.98}


@pytest.mark.parametrize(
    "cv",
    [ShuffleSplit(3, test_size=0.3, random_state=0), KFold(3, shuffle=True, random_state=0)],
    ids=["ShuffleSplit", "KFold"],
)
def test_shuffled_splits_warn_once_per_fold_in_arrays_but_not_in_lists(cv):
    X = LORENZ[:6000]
    with pytest.warns(
        DataWarning, match="look shuffled or drawn at random.*Split by time"
    ) as record:
        cross_val_score(LinearMap(), X, scoring=neg_n_step_error_scorer, cv=cv)
    assert len(record) == 3
    parts = as_blocks(X, 6)
    assert len(cross_val_score(LinearMap(), parts, scoring=neg_n_step_error_scorer, cv=cv)) == 3


def test_the_default_resource_of_a_halving_search_warns():
    given = {"scoring": neg_n_step_error_scorer, "cv": KFold(2), "random_state": 0}
    grid = {"gain": [0.9, 0.95, 1.0]}
    with pytest.warns(DataWarning, match="default resource of a halving search"):
        HalvingGridSearchCV(LinearMap(), grid, min_resources=1000, **given).fit(LORENZ[:6000])
    given |= {"resource": "max_iter", "max_resources": 9}
    assert HalvingGridSearchCV(LinearMap(), grid, **given).fit(LORENZ[:6000]).best_params_


@pytest.mark.parametrize("cv", [TimeSeriesSplit(2), KFold(2), BlockedKFold(2, gap=20)])
def test_splits_in_time_order_do_not_warn(cv):
    scorer = DSRScorer(["neg_state_space_divergence", "neg_power_spectrum_hellinger", "skill"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for score in cross_val_score(LinearMap(), LORENZ, scoring=get_scorer("skill"), cv=cv):
            assert score < 0.1
        assert scorer(LinearMap().fit(LORENZ), LORENZ)["skill"] < 0.1


SHORT = {
    "neg_state_space_divergence": (DSRScorer("neg_state_space_divergence"), 1000),
    "of delay vectors": (DSRScorer("neg_state_space_divergence", n_delays=3, lag=8), 1000),
    "neg_power_spectrum_hellinger": (DSRScorer("neg_power_spectrum_hellinger"), 400),
    "skill": (DSRScorer("skill"), 1000),
    "neg_n_step_error": (DSRScorer("neg_n_step_error", horizon=50), 300),
}


@pytest.mark.parametrize("name", SHORT)
def test_a_short_test_block_is_told_how_long_it_should_be_and_so_long_it_is_enough(name):
    scorer, n_rows = SHORT[name]
    X = LORENZ[:, :1] if scorer.n_delays else LORENZ
    model = LinearMap(dt=0.02).fit(X)
    with pytest.warns(
        DataWarning, match=f"have {n_rows - bool(scorer.n_delays) * 16:,} rows"
    ) as record:
        scorer(model, X[:n_rows])
    assert len(record) == 1 and record[0].filename == __file__
    needed = int(re.search(r"needs about ([\d,]+)", str(record[0].message))[1].replace(",", ""))
    assert n_rows < needed < 16_000
    assert np.isfinite(scorer(model, X[: int(1.3 * needed)]))  # without a warning


def test_few_starts_of_the_prediction_time_are_told_what_to_do():
    scorer = get_scorer("valid_prediction_time")
    with pytest.warns(DataWarning, match="mean of 1 starts.*needs 10.*as_blocks"):
        scorer(LinearMap().fit(LORENZ), LORENZ)
    assert scorer(LinearMap().fit(LORENZ), as_blocks(LORENZ, 10)) > 0.0


def test_one_warning_for_all_that_is_wrong_with_the_data():
    X = np.random.default_rng(0).permutation(LORENZ)[:300]
    with pytest.warns(DataWarning) as record:
        DSRScorer()(LinearMap().fit(LORENZ), X)
    assert len(record) == 1 and record[0].filename == __file__
    for part in ("look shuffled", "neg_state_space_divergence needs", "skill needs"):
        assert part in str(record[0].message)


@short_data
def test_trajectories_too_short_for_the_embedding_are_left_out():
    long = [part[:, :1] for part in as_blocks(LORENZ[:3000], 2)]
    short = LORENZ[:9, :1]  # of 17 rows that a state needs
    for boundary in ("nan", "drop"):
        model = make_pipeline(DelayEmbedding(3, 8, boundary=boundary), LinearMap()).fit(long)
        assert DSRScorer()(model, [long[0], short, long[1]]) == DSRScorer()(model, long)
        pipeline = ReconstructionPipeline(model.steps)
        assert pipeline.score([short, *long]) == pytest.approx(pipeline.score(long), abs=1e-12)
        with pytest.raises(ValueError, match="n_samples=9 rows"):
            DSRScorer()(model, [short, short])


@short_data
def test_scores_are_deterministic_and_leave_the_global_generator_alone():
    X, model = LORENZ[:1500], LinearMap(dt=0.02).fit(LORENZ)
    seed, state = np.random.seed, np.random.get_state  # noqa: NPY002
    seed(1)
    before = state()[1].copy()
    first = DSRScorer(n_starts=3)(model, X)
    np.testing.assert_array_equal(state()[1], before)
    seed(2)
    assert DSRScorer(n_starts=3)(model, X) == first
