"""A pipeline forecasts, runs freely and scores in the units of X: by hand it gives the same."""

import copy
import pickle
import re
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer, StandardScaler

import sklearn_dsr.pipeline
from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._recipe import Recipe
from sklearn_dsr.datasets import make_duffing, make_lorenz63
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.pipeline import (
    ReconstructionPipeline,
    forecast,
    make_reconstruction_pipeline,
    simulate,
)
from sklearn_dsr.preprocessing import DelayEmbedding, SVDDelayEmbedding

pytestmark = pytest.mark.filterwarnings("ignore:ShallowPLRNNReconstructor")  # of short fits

X = make_lorenz63(400, dt=0.02, noise_level=0.02, random_state=0) * [1.0, 10.0, 100.0] + 5.0
GAP = np.full((1, 3), np.nan)


def new(**params):
    short = {"hidden_dim": 10, "clipped": False, "max_iter": 2, "n_init": 1, "stages": "train"}
    return ShallowPLRNNReconstructor(**(short | {"random_state": 0} | params))


def delays(Z, n_delays, lag):
    """Delay vectors of all rows that have a complete past."""
    past = (n_delays - 1) * lag
    return np.hstack([Z[past - k * lag : len(Z) - k * lag] for k in range(n_delays)])


MEAN, SCALE, WINDOW_MEAN = X.mean(axis=0), X.std(axis=0), delays(X, 6, 2).mean(axis=0)
HALF = FunctionTransformer(lambda Z: Z / 2.0, lambda Z: 2.0 * Z)
SVD = [SVDDelayEmbedding(6, 4, lag=2)]
SCALED_DELAYS = [StandardScaler(), DelayEmbedding(2, 5)]
TWO = [make_pipeline(StandardScaler(), DelayEmbedding(2, 3)), DelayEmbedding(2, 4)]


def scaled(Z):
    return (Z - MEAN) / SCALE


def unscaled(Z):
    return Z[..., :3] * SCALE + MEAN


def now(Z, C=None):
    return Z[..., :3] if C is None else Z @ C[:, :3] + WINDOW_MEAN[:3]


# Steps; rows that a state needs; states of X and rows of states, by hand (C: fitted directions).
BY_HAND = {
    "no step": ([], 1, lambda Z, C: Z, now),
    "scaler": ([StandardScaler()], 1, lambda Z, C: scaled(Z), unscaled),
    "functions": (
        [FunctionTransformer(), HALF, "passthrough"],
        1,
        lambda Z, C: Z / 2,
        lambda Z: 2 * Z,
    ),
    "delays": ([DelayEmbedding(3, 4)], 9, lambda Z, C: delays(Z, 3, 4), now),
    "dropping": ([DelayEmbedding(2, 5, boundary="drop")], 6, lambda Z, C: delays(Z, 2, 5), now),
    "scaler, delays": (SCALED_DELAYS, 6, lambda Z, C: delays(scaled(Z), 2, 5), unscaled),
    "two embeddings": (TWO, 8, lambda Z, C: delays(delays(scaled(Z), 2, 3), 2, 4), unscaled),
    "components": ([PCA(2)], 1, lambda Z, C: (Z - MEAN) @ C.T, lambda Z, C: Z @ C + MEAN),
    "components of delays": (SVD, 11, lambda Z, C: (delays(Z, 6, 2) - WINDOW_MEAN) @ C.T, now),
}


@pytest.fixture(scope="module")
def pipelines():
    return {
        name: make_reconstruction_pipeline(*steps, new()).fit(X)
        for name, (steps, *_) in BY_HAND.items()
    }


def by_hand(pipeline, name):
    """Rows that a state needs; functions from rows of X to states and back."""
    _, context, states_of, rows_of = BY_HAND[name]
    C = getattr(pipeline[0], "components_", None)
    return context, lambda Z: states_of(Z, C), rows_of if C is None else lambda Z: rows_of(Z, C)


@pytest.mark.parametrize("name", BY_HAND)
def test_forecast_and_free_run_are_those_made_by_hand(pipelines, name):
    pipeline = pipelines[name]
    context, states_of, rows_of = by_hand(pipeline, name)
    states = states_of(X)
    expected = rows_of(pipeline[-1].forecast(states, 30))
    plain = Pipeline(pipeline.steps)
    for run in (pipeline.forecast(X, 30), forecast(pipeline, X, 30), forecast(plain, X, 30)):
        np.testing.assert_allclose(run, expected, rtol=1e-9)
    assert np.abs(expected[0] - X[-1]).max() < X.std()  # goes on from the last row
    expected = rows_of(pipeline[-1].simulate(states[[-1, 100]], 30))
    ends = [X, X[: 100 + context]]
    for run in (pipeline.simulate(ends, 30), simulate(plain, ends, 30)):
        np.testing.assert_allclose(run, expected, rtol=1e-9)
    if context > 1:
        np.testing.assert_allclose(pipeline.simulate(X, 30), expected[0], rtol=1e-9)
    else:
        np.testing.assert_allclose(simulate(plain, X[[-1, 100]], 30), expected, rtol=1e-9)
        np.testing.assert_allclose(pipeline.simulate(X[100], 30), expected[1], rtol=1e-9)
        np.testing.assert_allclose(pipeline.simulate(list(X[100]), 30), expected[1], rtol=1e-9)


@pytest.mark.parametrize("name", [name for name in BY_HAND if BY_HAND[name][1] > 1])
def test_exactly_the_rows_of_one_state_are_enough_and_one_fewer_are_an_error(pipelines, name):
    pipeline = pipelines[name]
    context, states_of, rows_of = by_hand(pipeline, name)
    assert pipeline.context_length_ == context
    enough, short = X[-context:], X[1 - context :]
    expected = rows_of(pipeline[-1].forecast(states_of(enough), 5))
    np.testing.assert_allclose(pipeline.forecast(enough, 5), expected, rtol=1e-9)
    np.testing.assert_array_equal(pipeline.simulate(enough, 5), pipeline.simulate(X, 5))
    numbers = f"ends with {context - 1} rows without a gap.* needs {context} for one state. Give"
    for run in (pipeline.forecast, pipeline.simulate):
        with pytest.raises(ValueError, match=f"^X {numbers}"):
            run(short, 5)
        with pytest.raises(ValueError, match=rf"^X\[1\] {numbers}"):
            run([X, short], 5)
        with pytest.raises(ValueError, match=f"^X {numbers}"):
            run(np.r_[X, GAP, short], 5)
    with pytest.raises(ValueError, match=f"has {context} rows.* score needs {context + 1}"):
        pipeline.score(enough)


@pytest.mark.parametrize("name", ["scaler, delays", "components", "no step"])
def test_lists_and_3d_arrays_are_gone_on_from_one_by_one(pipelines, name):
    pipeline = pipelines[name]
    parts = [X[:90], X[100:170], X[200:]]
    alone = np.stack([pipeline.forecast(part, 7) for part in parts])
    assert alone.shape == (3, 7, 3)
    np.testing.assert_array_equal(pipeline.forecast(parts, 7), alone)
    frames = [pd.DataFrame(part) for part in parts]
    np.testing.assert_array_equal(forecast(pipeline, frames, 7), alone)
    stack = np.stack([X[:70], X[100:170]])
    np.testing.assert_array_equal(pipeline.forecast(stack, 7)[1], alone[1])
    np.testing.assert_array_equal(pipeline.simulate(parts, 7)[1], pipeline.simulate(stack, 7)[1])
    assert pipeline.forecast(parts[:1], 7).shape == (1, 7, 3)


@pytest.mark.parametrize("name", ["scaler, delays", "components", "dropping", "no step"])
def test_rows_before_the_last_gap_do_not_matter_and_none_may_be_at_the_end(pipelines, name):
    pipeline = pipelines[name]
    expected = pipeline.forecast(X[300:], 7)
    np.testing.assert_array_equal(pipeline.forecast(np.r_[X[:50], GAP, X[300:]], 7), expected)
    # The index of a frame shows a gap, although a scaler hides it from the steps behind.
    jump = pd.DataFrame(X).drop(index=range(50, 300)).set_axis(np.r_[0:0.5:0.01, 3:4:0.01])
    np.testing.assert_array_equal(pipeline.forecast(jump, 7), expected)
    with pytest.raises(ValueError, match="last row of X is a gap.*Cut it off"):
        pipeline.forecast(np.r_[X, GAP], 7)
    with pytest.raises(ValueError, match=r"last 2 rows of X\[0\] are a gap.*Cut it off"):
        pipeline.simulate([np.r_[X, GAP, GAP], X], 7)


def test_hidden_units_settle_over_the_rows_before_as_in_the_model():
    long = make_lorenz63(2500, dt=0.02, noise_level=0.02, random_state=1)
    pipeline = make_reconstruction_pipeline(StandardScaler(), new(latent_dim=5)).fit(long)
    expected = pipeline[-1].forecast((long - long.mean(axis=0)) / long.std(axis=0), 9)
    expected = expected * long.std(axis=0) + long.mean(axis=0)
    np.testing.assert_allclose(pipeline.forecast(long, 9), expected, rtol=1e-9)
    assert np.abs(pipeline.simulate(long[-1], 9) - expected).max() > 1e-3  # they do matter


def test_missing_values_of_the_last_row_are_known_from_those_before():
    Z = X.copy()
    Z[[200, -1], 1] = np.nan
    pipeline = make_reconstruction_pipeline(StandardScaler(), new(missing="mask")).fit(Z)
    expected = pipeline[-1].forecast(pipeline[0].transform(Z), 5)
    expected = expected * pipeline[0].scale_ + pipeline[0].mean_
    np.testing.assert_allclose(pipeline.forecast(Z, 5), expected, rtol=1e-9)
    bare = new(missing="mask").fit(Z)
    np.testing.assert_array_equal(forecast(bare, Z, 5), bare.forecast(Z, 5))


NO_INVERSE = {
    "normalizer": Normalizer(),
    "functiontransformer": FunctionTransformer(np.arctan),  # scikit-learn inverts by the identity
    "pipeline": make_pipeline(StandardScaler(), FunctionTransformer(np.arctan)),
}


@pytest.mark.parametrize("name", NO_INVERSE)
def test_a_step_without_inverse_is_named(name):
    steps = [("scaler", StandardScaler()), (name, NO_INVERSE[name]), ("model", new())]
    plain = Pipeline(steps).fit(X)  # scikit-learn's own is refused where it is used
    assert plain.predict(X).shape == (400, 3)
    for use in (
        lambda: forecast(plain, X, 3),
        lambda: simulate(plain, X, 3),
        lambda: ReconstructionPipeline(steps).fit(X),
        lambda: make_reconstruction_pipeline(*[step for _, step in steps]),
    ):
        with pytest.raises(TypeError, match=f"Step '{name}' of the pipeline .*Use an invertible"):
            use()


@pytest.fixture(scope="module")
def driven():
    data = make_duffing(400, random_state=0) * [1.0, 10.0, 100.0] + 5.0
    return data, make_reconstruction_pipeline(StandardScaler(), new(n_inputs=1)).fit(data)


def test_external_inputs_are_scaled_like_their_column(driven):
    data, pipeline = driven
    mean, scale = data.mean(axis=0), data.std(axis=0)
    inputs, model = data[100:107, 2:], pipeline[-1]
    Z, z_inputs = (data - mean) / scale, (inputs - mean[2]) / scale[2]
    for n_steps in (1, 2, 8):
        expected = model.forecast(Z, n_steps, z_inputs) * scale[:2] + mean[:2]
        np.testing.assert_allclose(pipeline.forecast(data, n_steps, inputs), expected, rtol=1e-9)
    np.testing.assert_array_equal(pipeline.forecast(data, 1), pipeline.forecast(data, 1, inputs))
    expected = model.simulate(Z[[3, 9]], 7, z_inputs) * scale[:2] + mean[:2]
    np.testing.assert_allclose(pipeline.simulate(data[[3, 9]], 7, inputs), expected, rtol=1e-9)
    both = [inputs, data[200:207, 2:]]
    runs = pipeline.forecast([data, data[:50]], 8, both)
    np.testing.assert_array_equal(runs[1], pipeline.forecast(data[:50], 8, both[1]))
    with pytest.raises(ValueError, match=r"inputs=None was given. Give inputs of shape \(7, 1\)"):
        pipeline.forecast(data, 8)
    with pytest.raises(ValueError, match="fitted without external inputs. Leave them out"):
        make_reconstruction_pipeline(StandardScaler(), new()).fit(X).forecast(X, 3, inputs)
    embedded = make_reconstruction_pipeline(DelayEmbedding(2, 1), new(n_inputs=1)).fit(data)
    with pytest.raises(ValueError, match="made 6 columns of 3.*unknown which ones"):
        embedded.forecast(data, 8, inputs)


def frame(data):
    return pd.DataFrame(data, columns=list("abc"))


@pytest.mark.parametrize("output", ["default", "pandas"])
def test_frames_in_and_between_the_steps_change_nothing_and_warn_of_nothing(output, driven):
    steps = [StandardScaler(), DelayEmbedding(2, 5)]
    # One checkpoint: a choice by long runs may turn on the rounding in which frames differ.
    plain = make_reconstruction_pipeline(*steps, new(max_iter=1)).fit(X)
    framed = clone(plain).set_output(transform=output).fit(frame(X))
    data, plain_driven = driven
    framed_driven = clone(plain_driven).set_output(transform=output).fit(frame(data))
    inputs, bare = data[:9, 2:], new().fit(frame(X))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for verb, *more in (("forecast", 9), ("simulate", 9), ("score",)):
            ours, theirs = (getattr(p, verb)(Z, *more) for p, Z in ((framed, frame(X)), (plain, X)))
            np.testing.assert_allclose(ours, theirs, rtol=1e-9)
        run = framed_driven.forecast(frame(data), 9, inputs)
        np.testing.assert_allclose(run, plain_driven.forecast(data, 9, inputs), rtol=1e-9)
        row = framed_driven.simulate(frame(data).iloc[5], 9, inputs)
        np.testing.assert_allclose(row, plain_driven.simulate(data[5], 9, inputs), rtol=1e-9)
        np.testing.assert_array_equal(forecast(bare, frame(X), 9), bare.forecast(frame(X), 9))
    for estimator in (framed, bare):
        with pytest.raises(ValueError, match="feature names should match|same order"):
            forecast(estimator, frame(X)[["c", "b", "a"]], 9)


@pytest.mark.parametrize("name", ["scaler", "components of delays", "scaler, delays"])
def test_score_is_the_mean_r2_in_the_units_of_x(pipelines, monkeypatch, name):
    monkeypatch.setattr(sklearn_dsr.pipeline, "RECIPE", Recipe(horizon=4))
    pipeline = clone(pipelines[name]).fit(X)
    context, states_of, rows_of = by_hand(pipeline, name)
    runs = rows_of(pipeline[-1].simulate(states_of(X), 4))
    targets, weight = X[context - 1 :], np.arange(400.0)[context - 1 :]
    for w in (np.ones_like(weight), weight):
        r2 = [r2_score(targets[k:], runs[:-k, k - 1], sample_weight=w[:-k]) for k in (1, 2, 3, 4)]
        w = np.r_[np.ones(context - 1), w]
        assert pipeline.score(X, sample_weight=w) == pytest.approx(np.mean(r2), abs=1e-9)
    assert pipeline.score(X) == pipeline.score(X, sample_weight=np.ones(400))
    parts = [X[:200], X[200:]]
    joined = pipeline.score(np.r_[X[:200], GAP, X[200:]])
    assert pipeline.score(parts) == pytest.approx(joined, abs=1e-12)
    assert pipeline.score(np.stack(parts)) == pytest.approx(joined, abs=1e-12)
    with pytest.raises(ValueError, match="sample_weight is not numeric.*Give one weight"):
        pipeline.score(X, sample_weight=["a"] * 400)


def test_the_score_of_a_model_alone_is_the_model_s(driven):
    Z = X.copy()
    Z[::7, 1] = np.nan
    for model, rows in ((new(), X), (new(latent_dim=5), X), (new(missing="mask"), Z)):
        pipeline = make_reconstruction_pipeline(model).fit(rows)
        assert pipeline.score(rows) == pipeline[-1].score(rows)
    data, pipeline = driven
    scaled_data = (data - data.mean(axis=0)) / data.std(axis=0)
    assert pipeline.score(data) == pytest.approx(pipeline[-1].score(scaled_data), abs=1e-9)


@pytest.mark.parametrize("routing", [False, True])
def test_grid_search_over_parameters_of_steps_and_forecasts_of_the_best(routing):
    pipeline = make_reconstruction_pipeline(StandardScaler(), DelayEmbedding(2, 5), new())
    grid = {"delayembedding__n_delays": [2, 3], "shallowplrnnreconstructor__hidden_dim": [5, 10]}
    cv = TimeSeriesSplit(2)
    with sklearn.config_context(enable_metadata_routing=routing):
        search = GridSearchCV(pipeline, grid, cv=cv).fit(X)
        train, test = next(cv.split(X))
        by_hand = clone(pipeline).set_params(**search.cv_results_["params"][3]).fit(X[train])
        assert search.cv_results_["split0_test_score"][3] == by_hand.score(X[test])
    best = search.best_estimator_
    assert type(best) is ReconstructionPipeline
    assert best.get_params().items() >= search.best_params_.items()
    np.testing.assert_array_equal(forecast(search, X, 9), best.forecast(X, 9))
    np.testing.assert_array_equal(simulate(search, X, 9), best.simulate(X, 9))
    of_list, parts = GridSearchCV(pipeline[1:], {}, cv=KFold(2)), [X[:150], X[150:280], X]
    best = of_list.fit(parts).best_estimator_
    np.testing.assert_array_equal(forecast(of_list, parts, 9), best.forecast(parts, 9))
    with pytest.raises(TypeError, match="fitted with refit"):
        forecast(GridSearchCV(pipeline, {}, cv=cv, refit=False).fit(X), X, 9)


def test_sample_weight_is_routed_to_the_score():
    weight = np.r_[np.zeros(250), np.ones(150)]
    model = new()
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_reconstruction_pipeline(
            StandardScaler().set_fit_request(sample_weight=False),
            model.set_score_request(sample_weight=True),
        )
        given = {"cv": TimeSeriesSplit(2), "params": {"sample_weight": weight}}
        scores = cross_validate(pipeline, X, return_estimator=True, **given)
    _, test = next(TimeSeriesSplit(2).split(X))
    fitted = scores["estimator"][0]
    assert scores["test_score"][0] == fitted.score(X[test], sample_weight=weight[test])
    assert scores["test_score"][0] != pytest.approx(fitted.score(X[test]), rel=1e-6)


def test_clone_and_parameters_of_steps(pipelines):
    pipeline = pipelines["scaler, delays"]
    copy = clone(pipeline)
    assert copy.get_params().keys() == pipeline.get_params().keys()
    with pytest.raises(NotFittedError):
        copy.forecast(X, 3)
    np.testing.assert_array_equal(copy.fit(X).forecast(X, 9), pipeline.forecast(X, 9))
    copy.set_params(delayembedding__n_delays=4).fit(X)
    assert copy.context_length_ == 16 and copy[-1].n_features_in_ == 12
    named = make_pipeline(StandardScaler(), DelayEmbedding(), new()).named_steps
    assert isinstance(pipeline, Pipeline) and list(pipeline.named_steps) == list(named)


def test_a_run_beyond_all_use_is_nan_with_a_warning(pipelines):
    pipeline = copy.deepcopy(pipelines["scaler"])
    pipeline[-1].A_ = 5.0 * np.eye(len(pipeline[-1].A_))  # finite up to 1e308: step 440
    for run in (pipeline.forecast, pipeline.simulate):
        with warnings.catch_warnings(record=True) as record:
            warnings.simplefilter("always")
            assert np.isnan(run(X[-1:], 300)).any()
        assert len(record) == 2 and {r.filename for r in record} == {__file__}
        leaves, passed = (str(r.message) for r in record)
        assert "leaves the range of the training data at step 2 of 300" in leaves
        assert "passed 1e+100 at step 1" in passed


def test_a_pickled_pipeline_gives_the_same_bits(pipelines):
    for name in ("scaler, delays", "components", "components of delays", "two embeddings"):
        pipeline = pipelines[name]
        copy = pickle.loads(pickle.dumps(pipeline))
        np.testing.assert_array_equal(copy.forecast(X, 50), pipeline.forecast(X, 50))
        np.testing.assert_array_equal(copy.simulate(X[-40:], 50), pipeline.simulate(X[-40:], 50))
        assert copy.score(X) == pipeline.score(X)


def test_html_shows_all_steps_fitted_or_not(pipelines):
    fitted = pipelines["scaler, delays"]
    for pipeline, state in ((fitted, "Fitted"), (clone(fitted), "Not fitted")):
        html = pipeline._repr_html_()
        for part in ("ReconstructionPipeline", "StandardScaler", "DelayEmbedding", "ShallowPLRNN"):
            assert part in html
        assert f"<span>{state}</span>" in html
    assert "ReconstructionPipeline" in GridSearchCV(fitted, {})._repr_html_()


def test_unfitted_and_wrong_numbers_of_steps_are_errors(pipelines):
    unfitted = clone(pipelines["scaler, delays"])
    for use in (
        lambda: unfitted.forecast(X, 3),
        lambda: unfitted.simulate(X, 3),
        lambda: unfitted.score(X),
        lambda: unfitted.context_length_,
        lambda: forecast(GridSearchCV(unfitted, {}), X, 3),
        lambda: simulate(new(), X, 3),
    ):
        with pytest.raises(NotFittedError, match="not fitted yet"):
            use()
    pipeline = pipelines["scaler, delays"]
    for run in (pipeline.forecast, pipeline.simulate):
        for bad, error in ((0, ValueError), (-1, ValueError), (2.0, TypeError)):
            message = f"n_steps must be an integer, at least 1; got {re.escape(str(bad))}"
            with pytest.raises(error, match=message):
                run(X, bad)


def test_a_run_that_diverges_is_nan_and_warns_once_at_the_line_of_the_call(pipelines):
    pipeline = clone(pipelines["scaler"]).fit(X)
    pipeline[-1].A_ = 1e9 * pipeline[-1].A_
    for run in (pipeline.simulate, lambda *args: simulate(pipeline, *args)):
        with pytest.warns(ReconstructionWarning, match="diverged") as record:
            rows = run(X[0], 50)
        assert len(record) == 1 and record[0].filename == __file__
        assert np.isfinite(rows[:5]).all() and np.isnan(rows[40:]).all()
