"""An index whose times fall, stay, or stand in front of names is never fitted without a word."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler
from timed import as_read, cuts, frame, quick

from sklearn_dsr._data.frames import like_frames
from sklearn_dsr._data.time_axis import TimeAxis
from sklearn_dsr.exceptions import DataWarning
from sklearn_dsr.pipeline import make_reconstruction_pipeline

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

HOURS = pd.date_range("2024", periods=300, freq="h")
WEEKDAYS = as_read(pd.date_range("2024", periods=300, freq="B"))


def trajectories(times, n_ids, reversed_ids):
    """Index of trajectories at the same times, of which some are newest first."""
    tuples = [(k, t) for k in range(n_ids) for t in (times[::-1] if k in reversed_ids else times)]
    return pd.MultiIndex.from_tuples(tuples)


def partly(times, share):
    """Times of which the first share is newest first."""
    n = round(share * len(times))
    return times[:n][::-1].append(times[n:])


def messages(X, model=None):
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        (quick() if model is None else model).fit(X)
    return [str(w.message) for w in record if w.category is DataWarning]


@pytest.mark.parametrize(
    ("index", "which"),
    [
        (trajectories(HOURS[:60], 10, {2, 5, 6, 9}), " in trajectory 2"),
        (trajectories(HOURS[:150], 2, {1}), " in trajectory 1"),
        (trajectories(WEEKDAYS[:60], 10, {9}), " in trajectory 9"),
        (partly(HOURS, 0.6), ""),
        (partly(WEEKDAYS, 0.6), ""),
    ],
    ids=["4 of 10", "1 of 2", "1 of 10, weekdays", "60 %", "60 %, weekdays"],
)
def test_each_trajectory_is_judged_by_itself_for_time_that_runs_backwards(index, which):
    with pytest.raises(
        ValueError, match=rf"times of X run backwards, from .*to .*\d{which}\. Sort"
    ):
        quick().fit(frame(index))
    ordered = frame(index).sort_index()
    TimeAxis.of(ordered).check()
    assert TimeAxis.of(ordered).problem() == ""


@pytest.mark.parametrize("n", [30, 100, 300])
def test_shuffled_times_are_warned_of_and_never_an_error(n):
    pairs = pd.MultiIndex.from_product([list("abcde"), HOURS[: n // 5]])
    for seed in range(100):
        order = np.random.default_rng(seed).permutation(n)
        for index in (HOURS[:n][order], pairs[order], pd.Index(order)):
            axis = TimeAxis.of(frame(index))
            axis.check()
            assert "pieces, the longest of" in axis.problem()


@pytest.mark.parametrize("share", [0.2, 0.4])
def test_a_part_that_runs_backwards_is_warned_of(share):
    for times in (HOURS, pd.Index(range(300))):
        (message,) = messages(frame(partly(times, share)))
        assert "since times are not in order. Sort its rows" in message


FALLING = {
    "floats": 0.5 * np.arange(300)[::-1],
    "integers": np.arange(300)[::-1],
    "a range": pd.RangeIndex(300, 0, -1),
    "years": range(2020, 1720, -1),
    "texts": [str(k) for k in range(399, 99, -1)],
    "nullable": pd.Index([*range(300, 150, -1), pd.NA, *range(149, 0, -1)], dtype="Int64"),
    "of one trajectory": trajectories(range(100), 3, {1}),
    "60 %": partly(pd.Index(range(300)), 0.6),
}


@pytest.mark.parametrize("kind", FALLING)
def test_numbers_that_fall_are_taken_in_their_order_with_a_warning(kind):
    index = FALLING[kind]
    X = frame(index if isinstance(index, pd.MultiIndex) else pd.Index(index))
    (message,) = messages(X)
    assert message.startswith("The index of X falls from ") and message.count(". ") == 1
    assert message.endswith("If the index is time, sort the rows by X.sort_index().")
    assert TimeAxis.of(X.sort_index()).problem() == ""
    assert messages(X, make_reconstruction_pipeline(StandardScaler(), quick())) == [message]


@pytest.mark.parametrize(
    "index",
    [
        pd.DatetimeIndex(HOURS[:1].repeat(300)),
        pd.Index(np.full(300, 7)),
        pd.MultiIndex.from_tuples([(k, t if k else 0) for k in (0, 1) for t in range(100)]),
    ],
    ids=["dates", "numbers", "one of two trajectories"],
)
def test_times_that_are_all_the_same_are_warned_of(index):
    message = TimeAxis.of(frame(index)).problem()
    assert message.startswith("The index of X has one time, ") and "Give each row" in message


@pytest.mark.parametrize("n_names", [3, 50])
@pytest.mark.parametrize("texts", [False, True], ids=["dates", "texts of dates"])
def test_dates_in_front_of_names_are_an_error_however_many_names_there_are(n_names, texts):
    dates = HOURS[:40].strftime("%d/%m/%Y %H:%M") if texts else HOURS[:40]
    X = frame(pd.MultiIndex.from_product([dates, [f"s{k}" for k in range(n_names)]]))
    with pytest.raises(ValueError, match=r"times of X are in level 0.*reorder_levels\(\[1, 0\]\)"):
        quick().fit(X)
    behind = pd.MultiIndex.from_product([[f"s{k}" for k in range(n_names)], HOURS[:40]])
    TimeAxis.of(frame(behind)).check()
    assert TimeAxis.of(frame(behind)).problem() == ""


def test_dates_in_front_of_more_numbers_are_warned_of_with_both_readings():
    X = frame(pd.MultiIndex.from_product([HOURS[:40], range(50)]))
    (message,) = messages(X)
    assert "each date names a trajectory. If the numbers are the names" in message
    assert "X.reorder_levels([1, 0]).sort_index()" in message
    swapped = X.reorder_levels([1, 0]).sort_index()
    assert TimeAxis.of(swapped).problem() == "" and len(TimeAxis.of(swapped).cuts) == 49
    days = pd.DatetimeIndex(["2024-01-02", "2024-01-05", "2024-02-01", "2024-02-02"])
    sessions = pd.MultiIndex.from_product([days, range(60)])  # no steps of time
    assert TimeAxis.of(frame(sessions)).problem() == ""


@pytest.mark.parametrize("freq", ["MS", "ME", "QS", "QE", "YS", "YE", "2MS"])
@pytest.mark.parametrize("n", [2, 3])
def test_two_rows_tell_that_they_are_months_apart(freq, n):
    whole = as_read(pd.date_range("2023-01-01 10:00", periods=n + 12, freq=freq))
    later = like_frames(frame(whole[:n]), np.zeros((12, 2))).index
    assert list(later) == list(whole[n:])


def test_two_rows_some_days_apart_go_on_by_their_step():
    dates = pd.DatetimeIndex(["2024-01-31", "2024-02-07"])
    later = like_frames(frame(dates), np.zeros((2, 2))).index
    assert list(later) == [pd.Timestamp("2024-02-14"), pd.Timestamp("2024-02-21")]


NANOSECONDS = 1_700_000_000_000_000_000 + 200 * np.arange(300)


@pytest.mark.parametrize("kind", ["Int64", "object", "Decimal", "texts"])
@pytest.mark.parametrize("missing", [False, True])
def test_whole_numbers_are_exact_and_a_missing_one_is_a_row_alone(kind, missing):
    form = {"Decimal": Decimal, "texts": str}.get(kind, int)
    labels = [form(int(k)) for k in NANOSECONDS]
    if missing:
        labels[100] = pd.NA if kind == "Int64" else None
    index = pd.Index(labels, dtype="Int64" if kind == "Int64" else object)
    assert cuts(index) == ([100, 101] if missing else [])
    later = like_frames(frame(index), np.zeros((2, 2))).index
    assert [int(label) for label in later] == [int(NANOSECONDS[-1]) + 200 * k for k in (1, 2)]
