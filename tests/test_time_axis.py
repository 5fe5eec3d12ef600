"""The index of a frame is read as time once, in one way: by fits, forecasts, scorers, splitters."""

import warnings

import numpy as np
import pandas as pd
import pytest
from planted import SHORTEST
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr._frames import like_frames
from sklearn_dsr._time_axis import TimeAxis
from sklearn_dsr._trajectories import as_trajectories
from sklearn_dsr.exceptions import DataWarning
from sklearn_dsr.model_selection import BlockedKFold, DSRScorer
from sklearn_dsr.model_selection._checks import looks_shuffled
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding, SVDDelayEmbedding

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")


def quick():
    return ShallowPLRNNReconstructor(5, clipped=False, random_state=0, **SHORTEST)


def frame(index):
    t = 0.2 * np.arange(len(index))
    return pd.DataFrame({"a": np.sin(t), "b": np.cos(t)}, index=index)


def as_read(index):
    """The same index without its frequency, as a file gives it."""
    return type(index)(index, freq=None) if hasattr(type(index), "inferred_freq") else index


def cuts(index):
    return TimeAxis.of(frame(index)).cuts.tolist()


HOURS = pd.date_range("2024", periods=300, freq="h")
DAYS = as_read(pd.date_range("2022-01-01", periods=500, freq="D"))
CALENDARS = [
    *("D", "2D", "B", "W-WED", "SMS", "MS", "ME", "BMS", "BME", "2MS", "QS", "QE-NOV", "BQE"),
    *("YS", "YE-JUN", "WOM-3FRI"),
    pd.DateOffset(months=1),
    pd.offsets.CustomBusinessDay(weekmask="Mon Tue Wed Thu Fri Sat"),
    pd.offsets.CustomBusinessDay(weekmask="Sun Mon Tue Wed Thu"),
]


@pytest.mark.parametrize("freq", CALENDARS, ids=str)
@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_a_calendar_is_no_jump_a_missing_row_is_one_and_labels_go_on_by_it(freq, zone):
    whole = as_read(pd.date_range("2021-01-15 10:00", periods=150, freq=freq, tz=zone))
    assert cuts(whole) == []
    for missing in (20, 128):
        known = whole[:130].delete(missing)
        assert cuts(known) == [missing]
        result = like_frames(frame(known), np.zeros((20, 2))).index
        assert list(result) == list(whole[130:]) and result.dtype == whole.dtype


@pytest.mark.parametrize("freq", ["MS", "ME", "QE", "B"])
@pytest.mark.parametrize("n", [8, 12, 20])
def test_few_rows_with_one_missing_still_tell_their_calendar(freq, n):
    whole = as_read(pd.date_range("2024-01-01", periods=n + 3, freq=freq))
    known = whole[:n].delete(n // 2)
    assert cuts(known) == [n // 2]
    assert list(like_frames(frame(known), np.zeros((3, 2))).index) == list(whole[n:])


def test_business_days_of_a_file_are_fitted_as_those_with_a_frequency(tmp_path):
    X = frame(pd.date_range("2020-01-01", periods=300, freq="B"))
    X.to_csv(tmp_path / "X.csv")
    read = pd.read_csv(tmp_path / "X.csv", index_col=0, parse_dates=True)
    assert read.index.freq is None
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        models = [quick().fit(X) for X in (X, read, read.reset_index(drop=True))]
    for model in models[1:]:
        np.testing.assert_array_equal(model.A_, models[0].A_)
        assert model.sequence_length_ == models[0].sequence_length_ > 4
    later = models[1].forecast(read, 3).index
    assert list(later) == list(pd.date_range(X.index[-1], periods=4, freq="B")[1:])
    assert not looks_shuffled(read)
    assert models[1].score(read) == pytest.approx(models[0].score(X), rel=1e-9)
    scorer = DSRScorer("neg_n_step_error")
    assert scorer(models[1], read) == pytest.approx(scorer(models[0], X), rel=1e-9)
    train, _ = list(BlockedKFold(3, sides="both").split(read))[1]
    assert cuts(read.index[train]) == [100]


def test_rows_beside_the_calendar_count_as_the_nearest_ones():
    fridays = pd.date_range("2024-01-05", periods=60, freq="W-FRI").to_series()
    fridays.iloc[[20, 59]] -= pd.Timedelta(days=1)  # holidays
    weeks = pd.DatetimeIndex(fridays)
    assert cuts(weeks) == []
    later = like_frames(frame(weeks), np.zeros((2, 2))).index
    assert list(later) == [pd.Timestamp("2025-02-28"), pd.Timestamp("2025-03-07")]
    rng = np.random.default_rng(0)
    closing = pd.date_range("2024-01-01", periods=100, freq="B") + pd.to_timedelta(
        16 * 60 + rng.normal(0, 30, 100), unit="min"
    )
    assert cuts(closing) == []
    later = like_frames(frame(closing), np.zeros((1, 2))).index[0]
    assert later == closing[-1] + pd.Timedelta(days=3)  # it was a Friday


def test_days_stay_at_midnight_and_hours_pass_evenly_when_clocks_change():
    days = as_read(pd.date_range("2024-01-01", periods=120, freq="D", tz="Europe/Berlin"))
    assert cuts(days) == [] and cuts(days.delete(40)) == [40]
    later = like_frames(frame(days[:80].delete(40)), np.zeros((40, 2))).index
    assert list(later) == list(days[80:]) and {t.hour for t in later} == {0}
    hours = as_read(pd.date_range("2024-03-01", periods=900, freq="h", tz="Europe/Berlin"))
    assert cuts(hours) == [] and cuts(hours.delete(300)) == [300]
    assert list(like_frames(frame(hours[:700].delete(3)), np.zeros((200, 2))).index) == list(
        hours[700:]
    )
    # Four times a day by the clock on the wall, where the data show it.
    wall = pd.date_range("2024-01-01", periods=1300, freq="6h").tz_localize("Europe/Berlin")
    assert cuts(as_read(wall)) == []
    later = like_frames(frame(as_read(wall[:1190])), np.zeros((110, 2))).index
    assert list(later) == list(wall[1190:])


def test_nanoseconds_are_counted_exactly():
    assert cuts(as_read(pd.date_range("2024", periods=300, freq="200ns"))) == []
    assert cuts(as_read(pd.date_range("2024", periods=300, freq="200ns")).delete(70)) == [70]


def test_the_minutes_of_trading_hours_are_one_piece_a_day_without_a_word():
    days = pd.date_range("2024-01-01", periods=4, freq="B") + pd.Timedelta(hours=9.5)
    minutes = [pd.date_range(day, periods=390, freq="min") for day in days]
    axis = TimeAxis.of(frame(minutes[0].append(minutes[1:])))
    assert axis.cuts.tolist() == [390, 780, 1170] and axis.problem() == ""


SHREDDED = {
    "repeated": (HOURS.repeat(2)[:300], "150 pieces, the longest of 2 .* repeated. Keep one row"),
    "shuffled": (HOURS[np.random.default_rng(0).permutation(300)], "not in order. Sort"),
    "irregular": (
        HOURS[0] + pd.to_timedelta(np.random.default_rng(0).exponential(60, 300).cumsum(), "min"),
        "not evenly spaced. Bring them to an even step.*resample.*to_numpy",
    ),
    "few hours a day": (HOURS[HOURS.hour < 7], "13 pieces, the longest of 7 rows"),
    "numbers": (pd.Index(np.random.default_rng(0).permutation(300)), "not in order. Sort"),
    "by time, not by trajectory": (
        pd.MultiIndex.from_tuples([(k, t) for t in HOURS[:150] for k in "ab"]),
        "300 pieces, the longest of 1 rows, since trajectories alternate. Sort",
    ),
    "counted in front": (
        pd.MultiIndex.from_product([range(150), [0, 1]]),
        "150 pieces, the longest of 2 rows. If another level .*swap",
    ),
}


@pytest.mark.parametrize("kind", SHREDDED)
def test_an_index_that_shreds_x_is_warned_of_once_with_what_to_do(kind):
    index, message = SHREDDED[kind]
    with pytest.warns(DataWarning, match=f"The index of X cuts its .*{message}"):
        if index.is_unique and kind != "by time, not by trajectory":
            quick().fit(frame(index))
        else:  # of two rows, no model is made
            as_trajectories(frame(index))
            warnings.warn(TimeAxis.of(frame(index)).problem(), DataWarning, stacklevel=1)


@pytest.mark.parametrize("n_missing", [0, 1, 3])
def test_some_holes_are_no_reason_to_warn(n_missing):
    known = DAYS.delete(np.linspace(50, 450, n_missing).astype(int))
    assert TimeAxis.of(frame(known)).problem() == ""
    assert TimeAxis.of(frame(DAYS[:60].delete([30]))).problem() == ""
    trials = pd.MultiIndex.from_product([range(30), range(40)])  # short, as they are
    assert TimeAxis.of(frame(trials)).problem() == ""


def test_an_ensemble_warns_once_and_of_a_list_the_trajectory_is_named():
    index, _ = SHREDDED["irregular"]
    member = EnsembleReconstructor(quick(), n_members=2, n_draws=2, random_state=0)
    with pytest.warns(DataWarning) as caught:
        member.fit([frame(HOURS), frame(index)])
    messages = [str(w.message) for w in caught if w.category is DataWarning]
    assert len(messages) == 1 and messages[0].startswith("The index of X[1] cuts its 300 rows")


BACKWARDS = {
    "dates": HOURS[::-1],
    "with a frequency": pd.date_range("2024", periods=300, freq="-1D"),
    "with a hole": HOURS[::-1].delete(40),
    "periods": pd.period_range("2000-01", periods=300, freq="M")[::-1],
    "differences": pd.timedelta_range("0s", periods=300, freq="s")[::-1],
    "texts": pd.Index(HOURS[::-1].strftime("%Y-%m-%d %H:%M")),
    "each trajectory": pd.MultiIndex.from_product([["a", "b"], HOURS[:150][::-1]]),
}


@pytest.mark.parametrize("kind", BACKWARDS)
def test_no_model_is_made_or_judged_where_time_runs_backwards(kind):
    X, message = frame(BACKWARDS[kind]), r"times of X run backwards, from .*to .*\. Sort its rows"
    with pytest.raises(ValueError, match=message):
        quick().fit(X)
    model = quick().fit(X.to_numpy())
    pipeline = make_reconstruction_pipeline(StandardScaler(), quick()).fit(X.to_numpy())
    scorer = DSRScorer("neg_n_step_error")
    for call in (
        lambda: model.score(X),
        lambda: model.forecast(X, 3),
        lambda: pipeline.score(X),
        lambda: pipeline.forecast(X, 3),
        lambda: scorer(pipeline, X),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # names of columns
            with pytest.raises(ValueError, match=message):
                call()
    with pytest.raises(ValueError, match=r"times of X\[1\] run backwards"):
        quick().fit([frame(HOURS), X])
    # Starts of free runs may be in any order.
    assert pipeline.simulate(X.to_numpy()[[9, 3]], 4).shape == (2, 4, 2)


SWAPPED = {
    "words": pd.MultiIndex.from_product([HOURS[:100], ["a", "b", "c"]]),
    "numbers": pd.MultiIndex.from_product([HOURS[:100], [1, 2, 3]]),
    "counted": pd.MultiIndex.from_product([range(100), ["a", "b", "c"]]),
    "sorted by name": pd.MultiIndex.from_tuples([(t, k) for k in (1, 2) for t in HOURS[:100]]),
    "date and hour": pd.MultiIndex.from_product([DAYS[:40], range(24)]),
}


@pytest.mark.parametrize("kind", SWAPPED)
def test_times_in_front_of_names_are_an_error_that_says_how_to_swap(kind):
    X = frame(SWAPPED[kind])
    with pytest.raises(ValueError, match=r"times of X are in level 0.*Swap them by X\.reorder_lev"):
        quick().fit(X)
    if kind != "date and hour":
        swapped = X.reorder_levels([1, 0]).sort_index()
        assert len(TimeAxis.of(swapped).cuts) == swapped.index.droplevel(-1).nunique() - 1
    sessions = pd.MultiIndex.from_product([DAYS[:5], range(60)])  # long, and named by a date
    assert cuts(sessions) == [60, 120, 180, 240]
    TimeAxis.of(frame(sessions)).check()


def texts(dates, form):
    return pd.Index(dates.strftime(form))


KNOWN = {
    "dates": lambda dates: pd.Index(dates.date, dtype=object),
    "timestamps": lambda dates: dates.astype(object),
    "ISO": lambda dates: texts(dates, "%Y-%m-%d"),
    "ISO of objects": lambda dates: texts(dates, "%Y-%m-%d").astype(object),
    "day first": lambda dates: texts(dates, "%d.%m.%Y"),
    "month first": lambda dates: texts(dates, "%m/%d/%Y"),
    "minutes": lambda dates: texts(dates, "%Y-%m-%d %H:%M"),
    "numbers": lambda dates: texts(dates, "%Y%m%d").astype(int),
    "digits": lambda dates: texts(dates, "%Y%m%d"),
    "Arrow": lambda dates: arrow(dates, "timestamp[us][pyarrow]"),
    "Arrow with zone": lambda dates: arrow(
        dates.tz_localize("Europe/Berlin"), "timestamp[us, tz=Europe/Berlin][pyarrow]"
    ),
    "Arrow dates": lambda dates: arrow(dates, "date32[pyarrow]"),
    "Arrow texts": lambda dates: arrow(texts(dates, "%Y-%m-%d"), "string[pyarrow]"),
}


def arrow(index, dtype):
    pytest.importorskip("pyarrow", reason="Arrow's types need pyarrow")
    return pd.Index(pd.Series(index).astype(dtype))


@pytest.mark.parametrize("kind", KNOWN)
@pytest.mark.parametrize("business", [False, True])
def test_dates_in_any_form_are_read_as_dates_and_go_on_in_that_form(kind, business):
    dates = as_read(pd.date_range("2022-01-03", periods=500, freq="B" if business else "D"))
    whole = KNOWN[kind](dates)
    known = whole[:490].delete(range(100, 400))  # a hole of most of a year
    assert cuts(known) == [100]
    named = known.rename("when")
    later = like_frames(frame(named), np.zeros((10, 2))).index
    assert later.name == "when"
    assert list(later) == list(whole[490:]) and later.dtype == whole.dtype


OTHERS = {
    "months": texts(pd.date_range("2000", periods=90, freq="MS"), "%Y-%m"),
    "months in words": texts(pd.date_range("2000", periods=90, freq="MS"), "%B %Y"),
    "months as numbers": texts(pd.date_range("2000", periods=90, freq="MS"), "%Y%m").astype(int),
    "quarters": pd.Index(pd.period_range("2000Q1", periods=90, freq="Q").astype(str)),
    "years": pd.Index(1900 + np.arange(90)),
    "years as texts": pd.Index([str(y) for y in range(1900, 1990)]),
    "counted in texts": pd.Index([str(k) for k in range(90)]),
    "numbers as objects": pd.Index(list(range(90)), dtype=object),
    "nullable": pd.Index(range(90), dtype="Int64"),
    "periods": pd.period_range("2000-01", periods=90, freq="M"),
    "periods of two hours": pd.period_range("2000-01", periods=90, freq="2h"),
    "days of weeks": pd.period_range("2000-01-01", periods=630, freq="D")[::7],
    "differences": pd.timedelta_range("0s", periods=90, freq="10ms"),
    "times of day": pd.Index(pd.date_range("2024", periods=90, freq="5min").time, dtype=object),
    "texts of times": texts(pd.date_range("2024", periods=90, freq="5min"), "%H:%M:%S"),
    "intervals": pd.interval_range(pd.Timestamp("2024"), periods=90, freq="D"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_holes_of_other_indices_cut_and_their_labels_go_on(kind):
    whole = as_read(OTHERS[kind])
    assert cuts(whole) == []
    known = whole[:80].delete([40, 41])
    assert cuts(known) == [40]
    later = like_frames(frame(known), np.zeros((10, 2))).index
    assert list(later) == list(whole[80:]) and later.dtype == whole.dtype


def test_categories_are_read_by_what_they_stand_for():
    known = pd.CategoricalIndex(DAYS.delete(range(100, 400)))
    assert cuts(known) == [100]
    later = like_frames(frame(known), np.zeros((2, 2))).index
    assert list(later) == list(pd.date_range(DAYS[-1], periods=3)[1:])


def test_texts_with_offsets_of_a_zone_are_times():
    hours = pd.date_range("2024-03-25", periods=300, freq="h", tz="Europe/Berlin")
    index = pd.Index([t.isoformat() for t in hours])
    assert cuts(index) == [] and cuts(index.delete(200)) == [200]
    later = like_frames(frame(index), np.zeros((2, 2))).index
    assert list(later) == list(pd.date_range(hours[-1], periods=3, freq="h")[1:])


def test_dates_that_cannot_be_read_are_warned_of_and_words_are_not():
    index = [str(d.date()) if k % 2 else d.strftime("%d %B %Y") for k, d in enumerate(DAYS)]
    with pytest.warns(DataWarning, match="dates as texts, such as '01 January 2022'.*to_datetime"):
        quick().fit(frame(pd.Index(index)))
    for words in ([f"row {k}" for k in range(100)], list("ab") * 50):
        axis = TimeAxis.of(frame(pd.Index(words)))
        assert axis.problem() == "" and len(axis.cuts) == 0


@pytest.mark.parametrize(
    "index",
    [
        pd.DatetimeIndex(HOURS.to_series().mask(np.arange(300) == 50)),
        pd.Index(np.where(np.arange(300) == 50, np.nan, np.arange(300.0))),
        pd.Index([*range(50), pd.NA, *range(51, 300)], dtype="Int64"),
        pd.Index([None if k == 50 else d for k, d in enumerate(HOURS.date)], dtype=object)[::1],
    ],
    ids=["dates", "numbers", "nullable", "objects"],
)
def test_a_row_of_unknown_time_is_joined_to_none(index):
    assert {50, 51} <= set(cuts(index))
    with pytest.raises(ValueError, match="last row of X has no time.*Give it one, or leave"):
        like_frames(frame(index[:51]), np.zeros((2, 2)))


def test_each_frame_of_a_list_has_its_own_axis():
    X = [frame(as_read(pd.date_range("2024", periods=60, freq=f))).iloc[:50] for f in ("MS", "B")]
    assert as_trajectories(X).starts.tolist() == [0, 50]
    model = quick().fit(X)
    months, days = model.forecast(X, 3)
    assert list(months.index) == list(pd.date_range("2024", periods=53, freq="MS")[50:])
    assert list(days.index) == list(pd.date_range("2024", periods=53, freq="B")[50:])


def test_labels_of_several_levels_keep_their_types():
    days = as_read(pd.date_range("2024-01-01", periods=100, freq="B", tz="Europe/Berlin"))
    index = pd.MultiIndex.from_product([["cat", "dog"], days[:90]], names=["animal", "day"])
    assert cuts(index) == [90]
    later = like_frames(frame(index), np.zeros((10, 2))).index
    expected = pd.MultiIndex.from_product([["dog"], days[90:]], names=["animal", "day"])
    pd.testing.assert_index_equal(later, expected)


# ---- behind transformers ------------------------------------------------------------------------

RNG = np.random.default_rng(0)
JUMP = pd.DataFrame(RNG.normal(size=(300, 2)), DAYS.delete(range(150, 350)), ["a", "b"])
EMBEDDINGS = [DelayEmbedding(3, lag=2), SVDDelayEmbedding(4, n_components=3)]


@pytest.mark.parametrize("library", [None, "polars"])
@pytest.mark.parametrize("embedding", EMBEDDINGS, ids=lambda step: type(step).__name__)
def test_a_pipeline_is_fitted_on_a_frame_that_jumps_as_on_rows_with_a_gap(embedding, library):
    if library is not None:
        pytest.importorskip(library)
    scaler = StandardScaler().set_output(transform=library)
    pipeline = make_reconstruction_pipeline(scaler, embedding, quick()).fit(JUMP)
    assert pipeline.memory is None
    rows = JUMP.to_numpy()
    gap = np.full((1, 2), np.nan)
    gappy = np.concatenate([rows[:150], gap, rows[150:]])
    if library is None:
        other = make_reconstruction_pipeline(StandardScaler(), embedding, quick()).fit(gappy)
        np.testing.assert_allclose(pipeline[-1].A_, other[-1].A_, rtol=1e-4)
        forecasts = (pipeline.forecast(JUMP, 5), other.forecast(gappy, 5))
        np.testing.assert_allclose(*forecasts, rtol=1e-9)
        assert pipeline.score(JUMP) == pytest.approx(other.score(gappy), rel=1e-9)
        both = np.delete(other.predict(gappy), 150, axis=0)
        np.testing.assert_allclose(pipeline.predict(JUMP), both, rtol=1e-9)
    assert np.isnan(pipeline.predict(JUMP)[[0, 150]]).all()  # no delay vector joins the two sides


def test_a_jump_in_front_of_the_model_itself_cuts_behind_a_scaler():
    pipeline = make_reconstruction_pipeline(StandardScaler(), quick()).fit(JUMP)
    rows = pd.DataFrame(StandardScaler().fit_transform(JUMP), JUMP.index)
    np.testing.assert_array_equal(pipeline[-1].A_, quick().fit(rows).A_)
    joined = make_pipeline(StandardScaler(), quick()).fit(JUMP)  # scikit-learn hides the index
    assert np.any(joined[-1].A_ != pipeline[-1].A_)


def test_frames_of_a_list_are_cut_behind_an_embedding():
    pipeline = make_reconstruction_pipeline(DelayEmbedding(2, lag=1), quick()).fit([JUMP, JUMP])
    pieces = [JUMP.iloc[:150], JUMP.iloc[150:]] * 2
    other = make_reconstruction_pipeline(DelayEmbedding(2, lag=1), quick()).fit(pieces)
    np.testing.assert_array_equal(pipeline[-1].A_, other[-1].A_)


def test_a_step_that_drops_rows_of_a_frame_that_jumps_is_an_error():
    dropping = make_reconstruction_pipeline(DelayEmbedding(2, lag=1, boundary="drop"), quick())
    with pytest.raises(ValueError, match='index jumps.*unknown.*Use DelayEmbedding.boundary="nan"'):
        dropping.fit(JUMP)
    assert dropping.memory is None


def test_the_cache_of_a_pipeline_works_on_frames_that_jump(tmp_path):
    pipelines = [
        make_reconstruction_pipeline(StandardScaler(), DelayEmbedding(2, lag=1), quick(), **given)
        for given in ({}, {"memory": str(tmp_path)}, {"memory": str(tmp_path)})
    ]
    for pipeline in pipelines:
        pipeline.fit(JUMP)
        np.testing.assert_array_equal(pipeline[-1].A_, pipelines[0][-1].A_)
    assert pipelines[1].memory == str(tmp_path)


def test_plain_pipelines_are_used_on_each_piece_of_a_frame_by_itself():
    rows = JUMP.to_numpy()
    plain = make_pipeline(StandardScaler(), DelayEmbedding(2, lag=3), quick()).fit(rows)
    scorer = DSRScorer("neg_n_step_error")
    gappy = np.concatenate([rows[:150], np.full((1, 2), np.nan), rows[150:]])
    assert scorer(plain, JUMP.set_axis([0, 1], axis=1)) == pytest.approx(
        scorer(plain, gappy), rel=1e-9
    )
