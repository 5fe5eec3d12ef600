"""The index of a frame is read as time once, in one way: by fits, forecasts, scorers, splitters."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler
from timed import DAYS, as_read, cuts, frame, quick

from sklearn_dsr import EnsembleReconstructor
from sklearn_dsr._data.frames import like_frames
from sklearn_dsr._data.time_axis import TimeAxis
from sklearn_dsr._data.trajectories import as_trajectories
from sklearn_dsr.dynamics import max_lyapunov_exponent
from sklearn_dsr.exceptions import DataWarning
from sklearn_dsr.model_selection import BlockedKFold, DSRScorer
from sklearn_dsr.model_selection._checks import looks_shuffled
from sklearn_dsr.pipeline import make_reconstruction_pipeline

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")


HOURS = pd.date_range("2024", periods=300, freq="h")
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
    "by time, in words": (
        pd.MultiIndex.from_tuples([(k, f"row {i}") for i in range(150) for k in "ab"]),
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
    with pytest.warns(DataWarning, match=f"The index of X cuts its .*{message}") as caught:
        try:
            quick().fit(frame(index))
        except ValueError as error:  # pieces of one row
            assert "consecutive" in str(error) and kind.startswith("by time")
    assert len([w for w in caught if w.category is DataWarning]) == 1


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
    with pytest.raises(ValueError, match=message):  # the scaler would hide the index
        make_reconstruction_pipeline(StandardScaler(), quick()).fit(X)
    model = quick().fit(X.to_numpy())
    pipeline = make_reconstruction_pipeline(StandardScaler(), quick()).fit(X.to_numpy())
    scorer = DSRScorer("neg_n_step_error")
    for call in (
        lambda: model.score(X),
        lambda: model.forecast(X, 3),
        lambda: pipeline.score(X),
        lambda: pipeline.forecast(X, 3),
        lambda: scorer(pipeline, X),
        lambda: max_lyapunov_exponent(X),
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
    with pytest.raises(ValueError, match="last row of X has no time.*Give it a time, or leave"):
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
