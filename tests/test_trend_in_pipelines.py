"""Pipelines bring runs back through steps that need the rows before, everywhere; and advice."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import KernelPCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.inspection import reconstruction_report
from sklearn_dsr.model_selection import DSRScorer
from sklearn_dsr.pipeline import (
    ReconstructionPipeline,
    forecast,
    make_reconstruction_pipeline,
    simulate,
)
from sklearn_dsr.preprocessing import (
    DelayEmbedding,
    Detrend,
    Difference,
    SeasonalDifference,
    SeasonalMeans,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

T = np.arange(400)
SEASON = np.array([0.0, 3, 5, 4, 1, -2, -3, -1])
CORE = np.sin(0.37 * T)
X = (10 + 0.05 * T + 2 * SEASON[T % 8] + CORE)[:, None]


def new(**params):
    return ShallowPLRNNReconstructor(**({"stages": "start", "random_state": 0} | params))


@pytest.mark.parametrize(
    "steps",
    [
        [Difference(), SeasonalDifference(8)],
        [SeasonalDifference(8)],
        [SeasonalMeans(8), Difference(), StandardScaler()],
        [make_pipeline(StandardScaler(), SeasonalMeans(8)), Difference()],
    ],
    ids=str,
)
def test_a_planted_season_and_trend_go_on(steps):
    pipeline = make_reconstruction_pipeline(*steps, DelayEmbedding(4, 1), new()).fit(X[:300])
    for k in (300, 333, 370):
        for rows in (X[:k], X[101:k]):
            run = pipeline.forecast(rows, 24)
            assert np.abs(run - X[k : k + 24]).max() < 0.1
            np.testing.assert_array_equal(forecast(Pipeline(pipeline.steps), rows, 24), run)
            assert np.abs(simulate(pipeline, rows, 24) - X[k : k + 24]).max() < 0.1
    assert pipeline.score(X[280:]) > 0.99
    assert DSRScorer("neg_n_step_error")(pipeline, X[280:]) > -0.05
    assert DSRScorer("neg_power_spectrum_hellinger", n_starts=2)(pipeline, X) > -0.1
    both = pipeline.forecast([X[:333], X[:370]], 5)
    np.testing.assert_array_equal(both[0], pipeline.forecast(X[:333], 5))
    np.testing.assert_array_equal(both[1], pipeline.forecast(X[:370], 5))


def test_a_frame_goes_on_by_its_calendar_from_rows_fewer_than_a_level_needs():
    index = pd.date_range("1980-01-01", periods=400, freq="MS")
    frame = pd.DataFrame({"a": X[:, 0]}, index=index)
    pipeline = make_reconstruction_pipeline(Detrend(), DelayEmbedding(16, 1), new())
    pipeline.fit(frame[:300])
    assert pipeline.context_length_ == 16
    run = pipeline.forecast(frame[330:360], 12)
    assert np.abs(run.to_numpy() - X[360:372]).max() < 0.1
    assert run.index.equals(index[360:372])


def test_the_forecast_of_differences_is_their_sum_from_the_last_row():
    pipeline = make_reconstruction_pipeline(Difference(), DelayEmbedding(8, 1), new()).fit(X)
    changes = pipeline[-1].forecast(pipeline[:-1].transform(X), 20)[:, :1]
    np.testing.assert_allclose(pipeline.forecast(X, 20), X[-1] + np.cumsum(changes, axis=0))


def test_quantiles_are_those_of_sums():
    ensemble = EnsembleReconstructor(new(), n_members=2, n_draws=3, random_state=0)
    rows = X + 0.1 * np.random.default_rng(0).standard_normal(X.shape)
    pipeline = make_reconstruction_pipeline(Difference(), DelayEmbedding(8, 1), ensemble).fit(rows)
    states = pipeline[:-1].transform(rows)
    samples = ensemble.forecast_samples(states, 9)[:, :, :1]
    expected = np.quantile(rows[-1] + np.cumsum(samples, axis=1), [0.1, 0.9], axis=0)
    np.testing.assert_allclose(pipeline.forecast(rows, 9, quantiles=(0.1, 0.9)), expected)


class Ratio(TransformerMixin, BaseEstimator):
    """Growth from row to row: a step of somebody else."""

    def fit(self, X, y=None):
        self.context_length_, self.n_features_in_ = 2, X.shape[1]
        self.seen = []
        return self

    def transform(self, X):
        return np.concatenate([np.full((1, X.shape[1]), np.nan), X[1:] / X[:-1]])

    def inverse_forecast(self, run, history):
        self.seen.append(len(history))
        return history[-1] * np.cumprod(run, axis=0)


def test_any_step_with_inverse_forecast_can_join():
    pipeline = make_reconstruction_pipeline(
        StandardScaler(with_mean=False), Ratio(), DelayEmbedding(8, 1), new()
    ).fit(X)
    growth = pipeline[-1].forecast(pipeline[:-1].transform(X), 12)[:, :1]
    np.testing.assert_allclose(pipeline.forecast(X, 12), X[-1] * np.cumprod(growth, axis=0))
    assert pipeline[1].seen[-1] == len(X)
    assert np.isfinite(pipeline.score(X[:60]))


NO_WAY_BACK = [
    Normalizer(),
    SimpleImputer(),
    KernelPCA(2),
    make_pipeline(StandardScaler(), Normalizer()),
]


@pytest.mark.parametrize("step", NO_WAY_BACK, ids=lambda step: type(step).__name__)
def test_a_step_without_a_way_back_is_refused_before_anything_is_fitted(step):
    name = type(step).__name__.lower()
    match = f"Step '{name}' of the pipeline .*neither inverse_transform nor inverse_forecast.*Use"
    with pytest.raises(TypeError, match=match):
        make_reconstruction_pipeline(StandardScaler(), step, new())
    scaler = StandardScaler()
    made = ReconstructionPipeline([("scaler", scaler), (name, step), ("model", new())])
    with pytest.raises(TypeError, match=match):
        made.fit(X)
    assert not hasattr(scaler, "mean_")


def test_a_last_step_without_a_free_run_is_refused_too():
    with pytest.raises(TypeError, match="Ridge has no simulate.*Give a reconstructor"):
        make_reconstruction_pipeline(StandardScaler(), Ridge())


def test_external_inputs_behind_a_difference_are_refused():
    rows = np.c_[X, CORE]
    pipeline = make_reconstruction_pipeline(Difference(), new(n_inputs=1)).fit(rows)
    with pytest.raises(ValueError, match="mix the columns of X.*transform X before the pipeline"):
        pipeline.forecast(rows, 3, CORE[:3, None])


RNG = np.random.default_rng(0)
RAMP = (0.02 * T + np.sin(0.3 * T) + 0.1 * RNG.standard_normal(400))[:, None]
PULSE = (np.where(T % 12 < 3, 2.0, 0.0) + 0.3 * RNG.standard_normal(400))[:, None]
ADVICE = {
    "trend": (RAMP, r"line explains \d+% of column 0 of X.*Difference\(\) or Detrend\(\)"),
    "season": (PULSE, r"period of 12 rows.*SeasonalMeans\(12\) or SeasonalDifference\(12\)"),
}


@pytest.mark.filterwarnings("always::sklearn_dsr.exceptions.ReconstructionWarning")
@pytest.mark.parametrize("name", ADVICE)
def test_advice_and_report_name_a_trend_or_season_and_its_transformer(name):
    rows, match = ADVICE[name]
    with pytest.warns(ReconstructionWarning, match=match):
        model = new().fit(rows)
    with pytest.warns(ReconstructionWarning, match=match):
        EnsembleReconstructor(new(), n_members=2).fit(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = reconstruction_report(model, rows, max_order=1, verbose=False)
    assert pd.Series(report.remarks).str.contains(match).any()


@pytest.mark.filterwarnings("always::sklearn_dsr.exceptions.ReconstructionWarning")
def test_advice_is_silent_on_trend_and_season_where_there_is_none():
    rows = np.zeros((400, 1))
    for t in range(1, 400):
        rows[t] = 0.9 * rows[t - 1] + RNG.standard_normal()
    with pytest.warns(ReconstructionWarning) as caught:
        new().fit(rows)
    assert "line explains" not in str(caught[0].message)
    assert "period of" not in str(caught[0].message)
