"""Steps of a pipeline bring runs back rightly or are refused; failed fits leave all as it was."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.pipeline import forecast, make_reconstruction_pipeline, simulate
from sklearn_dsr.preprocessing import (
    DelayEmbedding,
    Difference,
    SeasonalMeans,
    SVDDelayEmbedding,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

X = make_lorenz63(600, dt=0.02, random_state=0)
LEVELS = np.cumsum(X - X.mean(axis=0), axis=0) * 0.02 + 1000


def model(**params):
    return ShallowPLRNNReconstructor(10, stages="start", random_state=0, **params)


def changes(rows):
    rows = np.asarray(rows)
    return np.vstack([np.full((1, rows.shape[1]), np.nan), np.diff(rows, axis=0)])


def own_difference():
    return FunctionTransformer(changes, lambda rows: np.cumsum(rows, axis=0), check_inverse=False)


@pytest.mark.parametrize("before", [[], [StandardScaler()], [MinMaxScaler(), RobustScaler()]])
@pytest.mark.parametrize("kind", ["array", "list", "stack", "nested", "periodic", "missing"])
def test_a_step_whose_inverse_goes_on_from_rows_before_is_refused_before_the_model(before, kind):
    data = LEVELS
    if kind == "periodic":  # the changes of whole periods add up to 0
        angle = 2 * np.pi * np.arange(600) / 20
        data = np.column_stack([np.sin(angle), np.cos(angle)])
    if kind == "missing":
        data = LEVELS.copy()
        data[::7] = np.nan
    if kind in ("list", "stack"):
        # Few transformers take several trajectories; the step alone does here.
        step = FunctionTransformer(
            lambda parts: [changes(p) for p in parts] if np.ndim(parts) == 3 else changes(parts),
            lambda rows: np.cumsum(rows, axis=0),
            check_inverse=False,
        )
        data, before = (list if kind == "list" else np.array)([LEVELS[:300], LEVELS[300:]]), []
    else:
        step = own_difference()
    if kind == "nested":
        before, step = [], make_pipeline(*before, step)
    pipeline = make_reconstruction_pipeline(*before, step, model())
    match = r"Step 'functiontransformer' of the pipeline .*depend on the rows before.*\. Give the "
    with pytest.raises(TypeError, match=match):
        pipeline.fit(data)
    assert not hasattr(pipeline[-1], "outcome_")


FINE = {
    "scalers": [StandardScaler(), MinMaxScaler(), RobustScaler()],
    "embedding": [DelayEmbedding(2, 3)],
    "svd": [StandardScaler(), SVDDelayEmbedding(3, 8)],
    "pca that loses": [PCA(2)],
    "power": [PowerTransformer()],
    "quantiles": [QuantileTransformer(n_quantiles=100)],
    "function": [FunctionTransformer(np.sqrt, np.square)],
    "nested": [make_pipeline(StandardScaler(), make_pipeline(PCA(2), DelayEmbedding(2, 3)))],
    "difference": [StandardScaler(), Difference(), StandardScaler()],
    "season": [SeasonalMeans(12), StandardScaler()],
    "single precision": [FunctionTransformer(np.float32, np.float32), StandardScaler(), PCA(2)],
    "nothing": ["passthrough"],
}


@pytest.mark.parametrize("steps", FINE.values(), ids=FINE)
@pytest.mark.parametrize("offset", [50.0, 1e6])
def test_an_inverse_by_row_is_taken_whatever_it_loses(steps, offset):
    pipeline = make_reconstruction_pipeline(*steps, model())
    data = X.copy()
    data[:, 2] *= 1e-4
    pipeline.fit(data + offset)
    assert pipeline.forecast(data + offset, 3).shape == (3, 3)


GAPS = X.copy()
GAPS[100:110] = np.nan
MASKED = np.ma.masked_invalid(GAPS)
MASKED.data[100:110] = -9999


def fits():
    return make_reconstruction_pipeline(StandardScaler(), model())


def test_what_is_masked_is_missing_behind_transformers_too():
    assert MASKED.data.min() == -9999
    expected, found = fits().fit(GAPS), fits().fit(MASKED)
    np.testing.assert_array_equal(found[0].mean_, expected[0].mean_)
    shorter, gaps = MASKED[:150], GAPS[:150]
    stack, gap_stack = np.ma.stack([shorter, shorter]), np.stack([gaps, gaps])
    for masked, plain in [
        (shorter, gaps),
        ([shorter, shorter], [gaps, gaps]),
        (stack, gap_stack),
    ]:
        for call in (
            lambda data: expected.forecast(data, 3),
            lambda data: forecast(make_pipeline(*expected), data, 3),
            lambda data: expected.score(data),
        ):
            np.testing.assert_array_equal(call(masked), call(plain))
    np.testing.assert_array_equal(expected.predict(shorter), expected.predict(gaps))
    many = [shorter[-5:], shorter[-9:]]
    np.testing.assert_array_equal(expected.simulate(many, 3), expected.simulate([gaps[-5:]] * 2, 3))


def test_no_run_starts_from_what_is_masked():
    pipeline = fits().fit(GAPS)
    for start in (MASKED[100], MASKED[99:102], [MASKED[101], MASKED[5]]):
        with pytest.raises(ValueError, match="x0 holds NaN"):
            model().fit(X).simulate(start, 3)
    for start in (MASKED[100], MASKED[99:102]):
        for run in (pipeline.simulate, lambda *a: simulate(make_pipeline(*pipeline), *a)):
            with pytest.raises(ValueError, match="NaN"):
                run(start, 3)
    with pytest.raises(ValueError, match="gap"):
        pipeline.forecast(MASKED[:105], 3)


@pytest.mark.parametrize("scaled", [False, True])
def test_masked_inputs_are_refused_as_nan_is(scaled):
    fitted = model(n_inputs=1)
    fitted = make_reconstruction_pipeline(StandardScaler(), fitted) if scaled else fitted
    fitted.fit(X)
    inputs = np.ma.masked_array(np.ones((5, 1)), mask=[[0], [1], [0], [0], [0]])
    for given in (inputs, [inputs]):
        with pytest.raises(ValueError, match="inputs hold NaN"):
            fitted.forecast(X if given is inputs else [X], 5, given)
    with pytest.raises(ValueError, match="inputs hold NaN"):
        fitted.simulate(X[0], 5, inputs)


def raising(error):
    def fit(*_, **__):
        raise error

    return fit


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
@pytest.mark.parametrize("memory", [False, True])
@pytest.mark.parametrize("nested", [False, True])
def test_a_fit_that_ends_without_a_model_leaves_all_steps_as_they_were(
    error, memory, nested, monkeypatch, tmp_path
):
    scaler = make_pipeline(StandardScaler()) if nested else StandardScaler()
    pipeline = make_reconstruction_pipeline(
        scaler, PCA(2), model(), memory=str(tmp_path) if memory else None
    ).fit(X)
    expected, steps = pipeline.forecast(X, 4), list(pipeline.steps)
    with monkeypatch.context() as patch, pytest.raises(error):
        patch.setattr(ShallowPLRNNReconstructor, "fit", raising(error))
        pipeline.fit(5 * X + 100)
    assert pipeline.steps == steps
    np.testing.assert_array_equal(pipeline.forecast(X, 4), expected)
    with monkeypatch.context() as patch, pytest.raises(error):
        patch.setattr(PCA, "fit_transform", raising(error))
        pipeline.fit(7 * X + 100)  # that memory does not know
    np.testing.assert_array_equal(pipeline.forecast(X, 4), expected)


def test_a_fit_that_the_model_refuses_leaves_all_steps_as_they_were():
    pipeline = fits().fit(X)
    expected = pipeline.forecast(X, 4)
    pipeline[-1].set_params(sequence_length=-3)
    with pytest.raises(ValueError, match="sequence_length"):
        pipeline.fit(5 * X + 100)
    np.testing.assert_array_equal(pipeline.forecast(X, 4), expected)
    pipeline = fits()
    with pytest.raises((ValueError, TypeError)):
        pipeline.set_params(shallowplrnnreconstructor__hidden_dim=-1).fit(X)
    assert not hasattr(pipeline[0], "mean_")


def test_an_interrupted_fit_with_a_model_keeps_the_scaler_it_was_fitted_behind(monkeypatch):
    pipeline, fit = fits().fit(X), ShallowPLRNNReconstructor.fit

    def interrupted(self, *args, **kwargs):
        fit(self, *args, **kwargs)
        raise KeyboardInterrupt

    monkeypatch.setattr(ShallowPLRNNReconstructor, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pipeline.fit(5 * X + 100)
    monkeypatch.undo()
    expected = fits().fit(5 * X + 100)
    np.testing.assert_array_equal(pipeline.forecast(X, 4), expected.forecast(X, 4))


class Wrong(TransformerMixin, BaseEstimator):
    """Returns one row too few, by the way named."""

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X


class WrongForecast(Wrong):
    def inverse_forecast(self, run, history):
        return run[:-1]


class WrongColumns(Wrong):
    def inverse_forecast(self, run, history):
        return run[:, :-1]


class WrongRows(Wrong):
    def inverse_transform(self, X):
        return X[:-1]


@pytest.mark.parametrize("step", [WrongForecast(), WrongColumns(), WrongRows()])
@pytest.mark.parametrize("further", [[], [Difference()]])
def test_a_way_back_of_a_wrong_shape_is_told_with_its_step(step, further):
    pipeline = make_reconstruction_pipeline(*further, step, model()).fit(X)
    match = rf"inverse_\w+ of the step {type(step).__name__} made shape .* 4 rows\. Let it return"
    with pytest.raises(ValueError, match=match):
        pipeline.forecast(X, 4)
