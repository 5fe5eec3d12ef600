"""Differences, seasons and lines: equal to NumPy and SciPy, and back given the rows before."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.signal import detrend
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._coordinates import forecasting
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import Detrend, Difference, SeasonalDifference, SeasonalMeans

T = np.arange(240)
RNG = np.random.default_rng(0)
SEASON = RNG.standard_normal((12, 2))
SEASON -= SEASON.mean(axis=0)
X = 3 + T[:, None] * [0.05, -0.02] + 2 * SEASON[T % 12] + 0.1 * RNG.standard_normal((240, 2))
STEPS = [Difference(), Difference(3), SeasonalDifference(12), SeasonalMeans(12), Detrend()]
# What no map with a memory can pass: see test_delay_embedding_checks.py.
HAS_MEMORY = {
    "check_methods_sample_order_invariance": "shuffled rows have another past",
    "check_methods_subset_invariance": "single rows have no past",
}


@parametrize_with_checks(
    [Difference(), SeasonalDifference(2), SeasonalMeans(2), Detrend()],
    expected_failed_checks=lambda estimator: HAS_MEMORY,
    xfail_strict=False,  # of independent draws a season or a line may be told by few rows
)
def test_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("step", STEPS, ids=repr)
def test_the_inverse_of_what_follows_continues_the_rows_before(step):
    step.fit(X)
    for cut in (150, 151, 200):
        future = step.transform(X)[cut : cut + 30]
        history = X[:cut]
        if isinstance(step, Detrend):  # the level is that of the rows that are there
            future = future + step.transform(history)[-1] - step.transform(X)[cut - 1]
        np.testing.assert_allclose(step.inverse_forecast(future, history), X[cut : cut + 30])
        if not isinstance(step, Detrend):
            short = X[cut - 24 : cut]
            np.testing.assert_allclose(step.inverse_forecast(future, short), X[cut : cut + 30])
    copy = pickle.loads(pickle.dumps(step))
    np.testing.assert_array_equal(copy.transform(X), step.transform(X))


@pytest.mark.parametrize("step", STEPS, ids=repr)
def test_gaps_lists_and_frames_keep_their_rows(step):
    gap = X.copy()
    gap[100] = np.nan
    out = step.fit(gap).transform(gap)
    assert out.shape == X.shape and np.isnan(out[100]).all()
    lag = {Difference: 1, SeasonalDifference: 12}.get(type(step), 0)
    lag = getattr(step, "lag", lag)
    assert np.isnan(out).any(axis=1).sum() == 1 + 2 * lag
    parts = step.transform([gap[:100], gap[101:]])
    np.testing.assert_allclose(parts[1], out[101:])
    frame = pd.DataFrame(gap, columns=["a", "b"])
    framed = step.set_output(transform="pandas").fit_transform(frame)
    step.set_output(transform="default")
    assert list(framed.columns) == ["a", "b"]
    np.testing.assert_allclose(framed, out)


def test_differences_are_those_of_numpy():
    np.testing.assert_array_equal(Difference().fit_transform(X)[1:], np.diff(X, axis=0))
    twelve = SeasonalDifference(12).fit_transform(X)
    np.testing.assert_array_equal(twelve[12:], X[12:] - X[:-12])
    np.testing.assert_array_equal(Difference(12).fit_transform(X), twelve)
    run = RNG.standard_normal((40, 2))
    expected = X[-1] + np.cumsum(run, axis=0)
    np.testing.assert_allclose(Difference().fit(X).inverse_forecast(run, X), expected)


def test_a_line_is_that_of_scipy_and_of_the_calendar():
    step = Detrend().fit(X)
    np.testing.assert_allclose(step.transform(X), detrend(X, axis=0), atol=1e-12)
    slope, level = np.polyfit(T, X, 1)
    np.testing.assert_allclose(step.coef_, slope)
    np.testing.assert_allclose(step.intercept_, level)
    frame = pd.DataFrame(X, index=pd.date_range("1990-01-01", periods=240, freq="MS"))
    step = Detrend().fit(frame[:180])
    slope, level = np.polyfit(T[:180], X[:180], 1)
    assert step.context_length_ == 1
    # Rows that begin elsewhere, and a single one, are on the same line.
    for rows in (slice(200, 240), slice(215, 216)):
        expected = X[rows] - (level + T[rows, None] * slope)
        np.testing.assert_allclose(step.transform(frame.iloc[rows]), expected, atol=1e-9)


def test_a_season_is_that_of_the_classical_decomposition():
    step = SeasonalMeans(12).fit(X)
    weights = np.r_[0.5, np.ones(11), 0.5] / 12
    level = np.column_stack([np.convolve(x, weights, "valid") for x in X.T])
    rest, phase = X[6:-6] - level, T[6:-6] % 12
    means = np.array([rest[phase == p].mean(axis=0) for p in range(12)])
    np.testing.assert_allclose(step.seasonal_means_, means - means.mean(axis=0))
    np.testing.assert_allclose(step.seasonal_means_, 2 * SEASON, atol=0.15)


@pytest.mark.parametrize("first", [1, 5, 100, 203])
def test_arrays_that_begin_at_another_phase_are_matched(first):
    step = SeasonalMeans(12).fit(X[:180])
    expected = X[first:] - step.seasonal_means_[T[first:] % 12]
    np.testing.assert_allclose(step.transform(X[first:]), expected)
    joined = np.concatenate([X[first:], np.full((1, 2), np.nan), X[3:40]])
    other = X[3:40] - step.seasonal_means_[T[3:40] % 12]
    np.testing.assert_allclose(step.transform(joined)[-37:], other)


@pytest.mark.parametrize(
    "index",
    [
        pd.date_range("1958-03-01", periods=240, freq="MS"),
        pd.date_range("2000-01-03", periods=240, freq="B"),
        pd.date_range("2020-03-20", periods=240, freq="h", tz="Europe/Berlin"),
        pd.period_range("1700", periods=240, freq="Y"),
        pd.timedelta_range("0s", periods=240, freq="10ms"),
    ],
    ids=lambda index: str(index.freqstr),
)
def test_the_calendar_tells_the_phase_of_rows_too_few_to_match(index):
    frame = pd.DataFrame(X, index=index)
    # Rows left out are cuts, behind which the calendar goes on; so are weekends without a freq.
    fitted = frame.iloc[np.delete(T, [20, 21, 50])[:170]] if index.freqstr != "B" else frame[:170]
    step = SeasonalMeans(12).fit(fitted)
    for rows in ([205], range(207, 212)):
        out = step.transform(frame.iloc[list(rows)])
        np.testing.assert_allclose(out, X[rows] - step.seasonal_means_[T[rows] % 12])
        back = step.inverse_forecast(out, frame.iloc[rows[0] - 1 : rows[0]])
        np.testing.assert_allclose(back, X[rows])


@pytest.mark.parametrize(
    ("step", "rows", "error", "match"),
    [
        (Difference(0), 20, ValueError, "lag must be an integer, at least 1; got 0"),
        (Difference(1.5), 20, TypeError, "lag must be an integer"),
        (Difference(5), 5, ValueError, "n_samples=5 rows.*5 apart needs 6. Give a longer"),
        (SeasonalDifference(0), 20, ValueError, "period must be an integer, at least 1"),
        (SeasonalMeans(1), 20, ValueError, "period must be an integer, at least 2"),
        (SeasonalMeans(12), 23, ValueError, "n_samples=23 rows.*needs 24"),
        (Detrend(), 1, ValueError, "n_samples=1 rows.*needs two"),
    ],
)
def test_bad_settings_and_short_series_are_refused(step, rows, error, match):
    with pytest.raises(error, match=match):
        step.fit(X[:rows])
    assert not hasattr(step, "n_features_in_")


@pytest.mark.parametrize(
    ("step", "history", "match"),
    [
        (SeasonalDifference(12), X[:11], "11 rows without a gap.*needs 12. Give more rows"),
        (SeasonalMeans(12), X[:11], "n_samples=11 rows.*needs 12"),
        (Difference(), np.r_[X, [[np.nan, 0]]], "last row of X is a gap"),
    ],
)
def test_a_history_that_does_not_tell_is_refused(step, history, match):
    step.fit(X)
    with pytest.raises(ValueError, match=match):
        step.inverse_forecast(X[:3], history)
    with pytest.raises(ValueError, match=r"run has shape \(3, 1\), and X had 2 columns"):
        step.inverse_forecast(X[:3, :1], X)


@pytest.mark.filterwarnings("ignore:ShallowPLRNNReconstructor")  # a sine is linear
def test_all_draws_go_back_to_the_units_of_x_at_once(monkeypatch):
    t = np.arange(400)
    x = (np.sin(0.5 * t) + np.array([0, 1, 0, -1])[t % 4] + 0.01 * t)[:, np.newaxis]
    model = ShallowPLRNNReconstructor(10, stages="start", random_state=0)
    pipeline = make_reconstruction_pipeline(SeasonalMeans(4), Difference(), model).fit(x[:300])
    pasts, calls = [x[:310], x[:325], x[:351]], []
    for step in (SeasonalMeans, Difference):
        plain = step._inverse_forecasts
        monkeypatch.setattr(
            step, "_inverse_forecasts", lambda *a, plain=plain: calls.append(a) or plain(*a)
        )
    draws = forecasting.forecast_samples(pipeline, pasts, 6)
    assert draws.shape == (400, 3, 6, 1) and len(calls) == 2 * len(pasts)
    runs = pipeline[-1].forecast_samples([pipeline[:-1].transform(past) for past in pasts], 6)
    for k, past in enumerate(pasts):
        by_hand = pipeline[1].inverse_forecast(runs[7, k], pipeline[0].transform(past))
        by_hand = pipeline[0].inverse_forecast(by_hand, past)
        np.testing.assert_allclose(draws[7, k], by_hand, rtol=1e-6, atol=1e-6)
    monkeypatch.setattr(forecasting, "_BLOCK", 40)
    np.testing.assert_allclose(
        forecasting.forecast_samples(pipeline, pasts, 6), draws, rtol=1e-9, atol=1e-9
    )
