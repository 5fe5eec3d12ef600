"""Frames in, frames out: forecasts whose index goes on, and polars where scikit-learn takes it."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import SHORTEST
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr._data.frames import like_frames
from sklearn_dsr.model_selection import BlockedKFold, DSRScorer, as_blocks
from sklearn_dsr.pipeline import forecast, make_reconstruction_pipeline, simulate
from sklearn_dsr.preprocessing import DelayEmbedding, SVDDelayEmbedding

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

QUICK = {"hidden_dim": 5, "clipped": False, "random_state": 0, **SHORTEST}


def quick():
    return ShallowPLRNNReconstructor(**QUICK)


def wave(n=200):
    t = 0.2 * np.arange(n)
    return np.column_stack([np.sin(t), np.cos(t), np.sin(0.5 * t)])


def frame(index=None, n=200):
    return pd.DataFrame(wave(n), columns=["a", "b", "c"], index=index)


INDICES = {
    "counted": pd.RangeIndex(200),
    "numbers": pd.Index(0.5 + 0.25 * np.arange(200), name="time"),
    "days": pd.date_range("2026-01-01", periods=200, freq="D", name="day"),
    "business days": pd.date_range("2026-01-01", periods=200, freq="B"),
    "months": pd.date_range("2000-01-01", periods=200, freq="MS"),
    "zone": pd.date_range("2026-03-01", periods=200, freq="h", tz="Europe/Berlin"),
    "periods": pd.period_range("1990-01", periods=200, freq="Q"),
    "delays": pd.timedelta_range("0s", periods=200, freq="10ms"),
}


@pytest.mark.parametrize("kind", INDICES)
@pytest.mark.parametrize("known", [True, False], ids=["freq", "no freq"])
def test_the_index_of_a_forecast_goes_on(kind, known):
    whole = INDICES[kind]
    if not known and hasattr(whole, "freq") and kind != "periods":
        whole = type(whole)(whole, freq=None)  # as read from a file
    X = frame(whole).iloc[:150]
    result = like_frames(X, wave(50))
    assert list(result.index) == list(whole[150:]) and result.index.name == whole.name
    assert result.index.dtype == whole.dtype
    np.testing.assert_array_equal(result, wave(50))
    assert list(result.columns) == ["a", "b", "c"]


def test_an_index_of_several_levels_goes_on_in_its_last():
    days = pd.date_range("2026-01-01", periods=100)
    index = pd.MultiIndex.from_product([["cat", "dog"], days], names=["animal", "day"])
    result = like_frames(frame(index), wave(3))
    assert list(result.index.get_level_values("animal")) == ["dog"] * 3
    np.testing.assert_array_equal(
        result.index.get_level_values("day"), pd.date_range("2026-04-11", periods=3)
    )


def test_words_are_followed_by_the_numbers_of_the_rows():
    result = like_frames(frame([f"row {i}" for i in range(200)]), wave(3))
    assert list(result.index) == [200, 201, 202]
    assert list(like_frames(frame(["a"], 1), wave(2)).index) == [1, 2]


def test_one_row_and_equal_times_are_followed_as_far_as_the_index_tells():
    assert list(like_frames(frame().iloc[-1:], wave(3)).index) == [200, 201, 202]
    assert list(like_frames(frame(INDICES["months"]).iloc[-1:], wave(1)).index) == [
        pd.Timestamp("2016-09-01")
    ]
    one = frame(pd.DatetimeIndex(["2026-01-01"]), 1)
    assert list(like_frames(one, wave(2)).index) == [1, 2]
    equal = frame(pd.DatetimeIndex(["2026-01-01"] * 3), 3)
    assert list(like_frames(equal, wave(2)).index) == [3, 4]
    words = frame([True, False, True], 3)
    assert list(like_frames(words, wave(2)).index) == [3, 4]


def test_months_of_an_index_of_several_levels_go_on_as_months():
    months = pd.date_range("2020-01-01", periods=10, freq="MS")
    index = pd.MultiIndex.from_product([["cat", "dog"], months])
    result = like_frames(frame(index, 20), wave(3)).index.get_level_values(1)
    assert list(result) == list(pd.date_range("2020-11-01", periods=3, freq="MS"))


def test_the_usual_step_counts_where_the_index_jumps():
    index = np.r_[np.arange(100), 500 + np.arange(100)]
    assert list(like_frames(frame(index), wave(3)).index) == [600, 601, 602]
    times = pd.Timestamp("2026-01-01") + pd.to_timedelta(index, "s")
    result = like_frames(frame(times), wave(2)).index
    assert list(result) == [times[-1] + pd.Timedelta(k, "s") for k in (1, 2)]


@given(st.integers(2, 40), st.integers(1, 30), st.integers(1, 10**6), st.integers(-(10**9), 10**9))
def test_a_frame_cut_anywhere_is_followed_by_its_own_index(cut, more, step, first):
    index = pd.to_datetime(first + step * np.arange(cut + more), unit="s")
    result = like_frames(frame(index[:cut], cut), np.zeros((more, 3)))
    np.testing.assert_array_equal(result.index.values, index[cut:].values)


def models():
    member = quick()
    return {
        "model": member,
        "ensemble": EnsembleReconstructor(member, n_members=2, n_draws=2, random_state=0),
        "pipeline": make_reconstruction_pipeline(StandardScaler(), quick()),
    }


@pytest.mark.parametrize("kind", models())
def test_forecasts_of_frames_are_those_of_arrays(kind):
    X = frame(INDICES["days"])
    model = models()[kind].fit(X)
    other = models()[kind].fit(X.to_numpy())
    rows = other.forecast(X.to_numpy(), 7)
    assert isinstance(rows, np.ndarray)
    result = model.forecast(X, 7)
    assert list(result.columns) == ["a", "b", "c"] and result.index[0] == pd.Timestamp("2026-07-20")
    np.testing.assert_array_equal(result, rows)
    several = model.forecast([X, X.iloc[:90]], 7)
    pd.testing.assert_frame_equal(several[0], result)
    assert several[1].index[0] == pd.Timestamp("2026-04-01")
    pd.testing.assert_frame_equal(forecast(model, X, 7), result)
    assert isinstance(model.simulate(X.iloc[[-1]], 7), np.ndarray)  # has no place in time


def test_columns_of_inputs_are_not_forecast():
    X = frame(INDICES["days"])
    model = ShallowPLRNNReconstructor(**QUICK, n_inputs=1).fit(X)
    inputs = X[["c"]].iloc[:4]
    assert list(model.forecast(X, 5, inputs).columns) == ["a", "b"]


def test_quantiles_are_a_frame_each():
    X = frame(INDICES["days"])
    model = models()["ensemble"].fit(X)
    low, high = model.forecast(X, 7, quantiles=(0.1, 0.9))
    assert (low <= high).all(axis=None) and list(low.columns) == ["a", "b", "c"]
    pd.testing.assert_index_equal(low.index, model.forecast(X, 7).index)


def test_business_days_are_no_gaps_whether_or_not_the_index_has_a_frequency():
    X = frame(INDICES["business days"])
    whole = quick().fit(X.to_numpy())
    np.testing.assert_array_equal(quick().fit(X).A_, whole.A_)
    X.index.freq = None
    np.testing.assert_array_equal(quick().fit(X).A_, whole.A_)


@pytest.mark.parametrize("transformer", [DelayEmbedding(2, 3), SVDDelayEmbedding(4)], ids=str)
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_transformers_give_the_frames_that_set_output_asks_for(transformer, library):
    rows = transformer.fit_transform(wave())
    kind = {"pandas": pd.DataFrame, "polars": pl.DataFrame}[library]
    for X in (wave(), frame(INDICES["days"]), pl.DataFrame(wave(), schema=["a", "b", "c"])):
        other = type(transformer)(**transformer.get_params()).set_output(transform=library)
        result = other.fit(X).transform(X)
        assert isinstance(result, kind)
        np.testing.assert_array_equal(result.to_numpy(), rows)
        if library == "pandas" and isinstance(X, pd.DataFrame):
            pd.testing.assert_index_equal(result.index, X.index)


def test_polars_frames_are_taken_everywhere():
    rows, X = wave(), pl.DataFrame(wave(), schema=["a", "b", "c"])
    model, other = quick().fit(X), quick()
    other.fit(rows)
    assert list(model.feature_names_in_) == ["a", "b", "c"]
    np.testing.assert_array_equal(model.predict(X), other.predict(rows))
    np.testing.assert_array_equal(model.forecast(X, 5), other.forecast(rows, 5))
    np.testing.assert_array_equal(model.forecast([X, X], 5), other.forecast([rows, rows], 5))
    np.testing.assert_array_equal(simulate(model, X[3:5], 5), other.simulate(rows[3:5], 5))
    assert model.score(X) == other.score(rows)
    assert DSRScorer("neg_n_step_error")(model, X) == DSRScorer("neg_n_step_error")(other, rows)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(X.select(["b", "a", "c"]))
    np.testing.assert_array_equal(as_blocks(X, 2)[1].to_numpy(), as_blocks(rows, 2)[1])
    grid = {"delayembedding__n_delays": [1, 2]}
    for cv in (TimeSeriesSplit(2), BlockedKFold(2)):
        results = []
        for data in (X, rows):
            pipeline = make_reconstruction_pipeline(DelayEmbedding(lag=3), quick())
            search = GridSearchCV(pipeline, grid, scoring=DSRScorer("neg_n_step_error"), cv=cv)
            search.fit(data)
            results.append(search.cv_results_["mean_test_score"])
            assert forecast(search, data, 4).shape == (4, 3)
        np.testing.assert_array_equal(*results)


def test_a_free_run_starts_from_the_columns_of_the_fit_in_their_order():
    time = 0.1 * np.arange(300)
    X = pd.DataFrame({"a": np.sin(time), "b": np.cos(time), "input": 0 * time})
    model = ShallowPLRNNReconstructor(5, n_inputs=1, stages="start", random_state=0).fit(X)
    inputs = np.zeros((3, 1))
    expected = model.simulate(X.to_numpy()[7, :2], 3, inputs)
    for x0 in (X.iloc[7], X[["a", "b"]].iloc[7], X.iloc[[7]], X[["a", "b"]].iloc[[7]]):
        np.testing.assert_array_equal(np.reshape(model.simulate(x0, 3, inputs), (3, 2)), expected)
    for x0 in (X[["b", "a"]].iloc[7], X[["b", "a", "input"]].iloc[[7]]):
        with pytest.raises(ValueError, match=r"x0 has the columns b, a.* fitted on a, b, input"):
            model.simulate(x0, 3, inputs)
