"""Conversion of the labels of a pandas index to times, and back."""

import warnings
from datetime import datetime

import numpy as np


def as_times(index):
    """Times that the labels of an index mean.

    Parameters
    ----------
    index : pandas.Index
        Index of one level. It may hold texts, dates and times of Python or Arrow, categories,
        intervals (their left ends count), and integers such as 20240131 or 202401.

    Returns
    -------
    DatetimeIndex, TimedeltaIndex, PeriodIndex, ndarray of int64 or float64, Index, or None
        Integers with missing ones give an Index of Int64. None if the labels are neither times nor
        numbers.
    """
    import pandas as pd  # installed if X is a DataFrame

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
    # Integers keep differences exact: a float cannot hold nanoseconds of today.
    values = values.astype(np.int64)
    steps = np.diff(values)
    if len(steps) and np.any(steps != steps[0]):
        for form, low, high in _WRITTEN_AS_NUMBERS:
            if values.min() > low and values.max() < high:
                dates = pd.to_datetime(values.astype(str), format=form, errors="coerce")
                if not dates.hasnans:
                    return dates
    return values


# Dates written as a number, for the years 1000 to 3000.
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
    except (ValueError, TypeError):  # mixed kinds
        return None


def _whole_numbers(pd, labels):
    """Objects or texts as exact integers, also with missing ones; else as floats."""
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
            warnings.simplefilter("ignore", FutureWarning)  # pandas 2 announces an error
            return pd.DatetimeIndex(pd.to_datetime(values, **given))
    except ValueError as error:
        if "utc" not in str(error).lower():
            raise
        # Offsets differ where the clocks of a zone change.
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
    """Format of texts for `strftime`, or None if no format fits all of them.

    Day and month may be in either order. The order with more equal steps counts; in doubt the day
    comes first between dots only.
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
        warnings.simplefilter("ignore")  # about a day that is no month
        form = guess_datetime_format(text, dayfirst=day_first)
    return form or next((form for form in _OTHER_FORMS if _is_written(text, form)), None)


# Formats that pandas does not guess.
_OTHER_FORMS = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%b %Y", "%B %Y", "%m/%Y", "%m.%Y")


def _is_written(text, form):
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def unread_date(index):
    """Text of an index without times that looks like a date, or an empty text."""
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
    """Convert times that follow an index to labels in its form.

    Parameters
    ----------
    times : pandas.Index
        Times as `as_times` returns them.
    index : pandas.Index
        Index of one level.

    Returns
    -------
    pandas.Index
        Labels with the name of `index`, and with its data type if possible. Texts without a known
        format are followed by times.
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
