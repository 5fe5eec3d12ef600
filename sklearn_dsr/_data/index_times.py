"""Read the labels of a pandas index as times, and write times as such labels again."""

import warnings
from datetime import datetime

import numpy as np


def as_times(index):
    """Times that the labels of an index stand for.

    Parameters
    ----------
    index : pandas.Index
        Of one level. Texts, Python's own dates and times, Arrow's, categories, the left ends of
        intervals, and whole numbers such as 20240131 or 202401 that are no even count, are read.

    Returns
    -------
    DatetimeIndex, TimedeltaIndex, PeriodIndex, ndarray of int64 or float64, Index, or None
        Whole numbers of which some are missing are an Index of Int64. None if the labels are no
        times and no numbers.
    """
    import pandas as pd  # only those call this who gave a frame

    if isinstance(index, pd.CategoricalIndex):
        index = index.astype(index.categories.dtype)
    if isinstance(index, pd.IntervalIndex):
        index = index.left
    kind = getattr(index.dtype, "kind", "O")
    if isinstance(index, pd.PeriodIndex):
        return index
    if kind == "M" or isinstance(index.dtype, pd.DatetimeTZDtype):
        return pd.DatetimeIndex(index)
    if kind == "m":
        return pd.TimedeltaIndex(index)
    if kind in "iuf":
        return _numbers(pd, index)
    return None if kind == "b" else _read_objects(pd, index)


def _numbers(pd, index):
    if index.hasnans and index.dtype.kind in "iu":
        try:
            return index.astype("Int64")
        except (TypeError, ValueError, OverflowError):  # beyond 63 bits
            pass
    given = {"dtype": np.float64, "na_value": np.nan} if index.hasnans else {}
    values = index.to_numpy(**given)
    if values.dtype.kind == "f":
        return values.astype(np.float64)
    # Differences of integers are exact: nanoseconds of today are beyond what a float tells.
    values = values.astype(np.int64)
    steps = np.diff(values)
    if len(steps) and np.any(steps != steps[0]):
        for form, low, high in _WRITTEN_AS_NUMBERS:
            if values.min() > low and values.max() < high:
                dates = pd.to_datetime(values.astype(str), format=form, errors="coerce")
                if not dates.hasnans:
                    return dates
    return values


# Calendars that people write as a number, from 1000 to 3000.
_WRITTEN_AS_NUMBERS = (("%Y%m%d", 10_000_000, 30_000_000), ("%Y%m", 100_000, 300_000))


def _read_objects(pd, index):
    kind = pd.api.types.infer_dtype(index, skipna=True)
    try:
        if kind in ("date", "datetime", "datetime64"):
            return _dates(pd, index)
        if kind in ("timedelta", "timedelta64"):
            return pd.TimedeltaIndex(index)
        if kind == "period":
            return pd.PeriodIndex(index)
        if kind in ("integer", "decimal"):
            return _numbers(pd, _whole_numbers(pd, index))
        if kind in ("floating", "mixed-integer-float"):
            return _numbers(pd, pd.to_numeric(index))
        if kind == "time":
            return _read_texts(pd, index.map(str))
        return _read_texts(pd, index) if kind == "string" else None
    except (ValueError, TypeError):  # of several kinds, or only alike
        return None


def _whole_numbers(pd, labels):
    """Objects or texts as whole numbers, exact also where some are missing; else as floats."""
    known = labels[labels.notna()]
    try:
        whole = [int(label) for label in known]
        if all(isinstance(label, str) or label == k for label, k in zip(known, whole, strict=True)):
            values = np.full(len(labels), pd.NA, dtype=object)
            values[labels.notna()] = whole
            return pd.Index(values, dtype="Int64" if len(known) < len(labels) else "int64")
    except (ValueError, TypeError, OverflowError):
        pass
    return pd.to_numeric(labels)


def _dates(pd, values, **given):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # pandas 2: that it will be an error
            return pd.DatetimeIndex(pd.to_datetime(values, **given))
    except ValueError as error:
        if "utc" not in str(error).lower():
            raise
        # A zone whose clocks changed was written as offsets.
        return pd.DatetimeIndex(pd.to_datetime(values, utc=True, **given))


def _read_texts(pd, index):
    known = index[index.notna()]
    if not all(any(c.isdigit() for c in text) for text in (known[0], known[-1])):
        return None
    form = text_format(pd, known)
    if form is not None:
        try:
            return _dates(pd, index, format=form)
        except ValueError:
            pass
    for read in (_whole_numbers, lambda pd, texts: _dates(pd, texts, format="ISO8601")):
        try:
            times = read(pd, index)
        except (ValueError, TypeError):
            continue
        return times if isinstance(times, pd.DatetimeIndex) else _numbers(pd, times)
    try:
        return pd.PeriodIndex(index, freq="Q") if "Q" in known[0] else None
    except ValueError:
        return None


def text_format(pd, texts):
    """Format in which texts are written, as of `strftime`; None if there is none for all of them.

    The day may come before the month: that order is taken in which more steps are alike, and in
    doubt it does between dots only.
    """
    fitting = {}
    for day_first in (True, False) if "." in texts[0] else (False, True):
        form = _guess(texts[0], day_first)
        if form is None or form in fitting:
            continue
        try:
            steps = np.diff(_dates(pd, texts, format=form).asi8).astype(np.float64)
        except ValueError:
            continue
        usual = np.median(steps) if len(steps) else 0.0
        fitting[form] = np.mean(np.abs(steps - usual) <= 0.5 * usual) if usual > 0.0 else 0.0
    return max(fitting, key=fitting.get) if fitting else None


def _guess(text, day_first):
    from pandas.tseries.api import guess_datetime_format

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a day in front is no month
        form = guess_datetime_format(text, dayfirst=day_first)
    return form or next((form for form in _OTHER_FORMS if _is_written(text, form)), None)


# What pandas does not guess.
_OTHER_FORMS = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%b %Y", "%B %Y", "%m/%Y", "%m.%Y")


def _is_written(text, form):
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def unread_date(index):
    """Text of an index without times that yet looks like a date, empty if there is none."""
    import pandas as pd

    known = index[index.notna()]
    if not len(known) or pd.api.types.infer_dtype(known) != "string":
        return ""
    text = known[0]
    if not any(c.isdigit() for c in text):
        return ""
    try:
        pd.to_datetime(known[[0, -1]], format="mixed", utc=True)
    except ValueError:
        return ""
    return text


def as_labels(times, index):
    """Write times that follow an index as its own labels are written.

    Parameters
    ----------
    times : pandas.Index
        As `as_times` gives them.
    index : pandas.Index
        Of one level.

    Returns
    -------
    pandas.Index
        With the name of `index`, and its data type where that can hold them. Texts whose form is
        not found are followed by times.
    """
    import pandas as pd

    if isinstance(index, pd.CategoricalIndex):
        index = index.astype(index.categories.dtype)
    kind = getattr(index.dtype, "kind", "O")
    if isinstance(times, pd.DatetimeIndex) and kind in "iu":
        form = _WRITTEN_AS_NUMBERS[0 if index[0] > _WRITTEN_AS_NUMBERS[0][1] else 1][0]
        times = pd.Index(times.strftime(form).astype(np.int64)).astype(index.dtype)
    elif kind in "iuf" and (times.dtype.kind == "i" or kind == "f"):
        times = times.astype(index.dtype)
    elif isinstance(index.dtype, pd.ArrowDtype) and kind in "mM":
        times = times.astype(index.dtype)
    elif kind == "O" or isinstance(index.dtype, pd.StringDtype):
        times = _as_objects(pd, times, index)
    return times.rename(index.name)


def _as_objects(pd, times, index):
    kind = pd.api.types.infer_dtype(index, skipna=True)
    if kind == "string":
        return _as_texts(pd, times, index)
    if isinstance(times, pd.DatetimeIndex) and kind in ("date", "time"):
        return pd.Index(getattr(times, kind), dtype=object)
    return times.astype(index.dtype)


def _as_texts(pd, times, index):
    known = index[index.notna()]
    if isinstance(times, pd.DatetimeIndex):
        form = text_format(pd, known) or ("%Y" if len(known[0]) == 4 else None)
        if form is not None:
            again = _dates(pd, known[-1:], format=form).strftime(form)
            texts = times.strftime(form)
            if again[0] == known[-1] and texts.is_unique:
                return texts.astype(index.dtype)
        return times
    return pd.Index([str(t) for t in times], dtype=index.dtype)
