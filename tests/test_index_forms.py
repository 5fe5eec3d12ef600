"""Labels of an index in any form are read as times, and go on in that form."""

import numpy as np
import pandas as pd
import pytest
from timed import DAYS, as_read, cuts, frame, quick

from sklearn_dsr._data.frames import like_frames
from sklearn_dsr._data.time_axis import TimeAxis
from sklearn_dsr.exceptions import DataWarning

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")


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


@pytest.mark.parametrize("n", [8, 90])
@pytest.mark.parametrize("form", ["%d.%m.%Y", "%m/%d/%Y"])
def test_day_and_month_are_told_apart_by_what_is_even(n, form):
    for freq in ("MS", "D") if n > 12 else ("MS",):
        whole = texts(pd.date_range("2020-01-01", periods=n + 2, freq=freq), form)
        assert cuts(whole) == []
        assert list(like_frames(frame(whole[:n]), np.zeros((2, 2))).index) == list(whole[n:])


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
