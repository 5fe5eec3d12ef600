"""Checks whether X is a table of numbers; errors name the column, row and value."""

from collections.abc import Iterator, Mapping, Set
from numbers import Number
from reprlib import repr as short

import numpy as np
from scipy.sparse import issparse

_TIMES = ("period", "datetime", "date", "duration", "time")  # names of dtypes, in lower case
_NO_ORDER = "Give an array or a DataFrame with rows in time order"


def check_kind(X, name):
    """Raise if the type of X or of one of its columns is no table of numbers."""
    word = "" if issparse(X) else _kind(X)  # scikit-learn reports sparse X
    if word:
        hint = f"{_NO_ORDER}, for instance pandas.DataFrame({name})."
        if hasattr(X, "collect_schema") and hasattr(X, "collect"):  # a lazy frame of polars
            hint = f"Give {name}.collect()."
        elif isinstance(X, Iterator):
            hint = f"Give {name} as an array, for instance numpy.array(list({name}))."
        elif not isinstance(X, (Mapping, Set)):
            hint = f"{_NO_ORDER}."
        raise TypeError(f"{name} is {word}, not a table of numbers. {hint}")
    if isinstance(X, np.matrix):
        raise TypeError(f"{name} is a numpy.matrix. Give numpy.asarray({name}).")
    if isinstance(X, np.ndarray):
        _check_dtype(X, name)
    elif hasattr(X, "columns") and not callable(X.columns):
        _check_columns(X, name)


def _kind(X):
    """Name of the kind of X if it has no rows, else an empty text."""
    if X is None:
        return "None"
    if isinstance(X, (str, bytes)):
        return f"the text {X!r}" if len(X) < 40 else "a text"
    if isinstance(X, Number) and np.ndim(X) == 0 and not isinstance(X, np.generic):
        return f"the number {X!r}"
    if isinstance(X, type) or callable(X) and not hasattr(X, "__array__"):
        return f"the {'class' if isinstance(X, type) else 'function'} {X.__name__}"
    unordered = isinstance(X, (Mapping, Set, Iterator))
    ways = ("__array__", "__array_interface__", "__dataframe__", "__len__", "__dlpack__")
    if unordered or not any(hasattr(type(X), way) for way in ways):
        return f"{_article(type(X).__name__)}"
    return ""


def _article(noun):
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _check_dtype(X, name):
    if X.dtype.names:
        raise TypeError(
            f"{name} is a structured array with the fields {', '.join(X.dtype.names)}. Give "
            f"numpy.lib.recfunctions.structured_to_unstructured({name})."
        )
    if X.dtype.kind in "mM":
        raise TypeError(_of_times(name, "", X.dtype, "Give the measured values."))
    if X.dtype.kind == "c":
        raise ValueError(_of_complex(name, ""))


def _check_columns(X, name):
    """Raise for equal column names, and for columns of times, complex or sparse numbers."""
    labels = list(X.columns)
    twice = [label for k, label in enumerate(labels) if label in labels[:k]] if labels else []
    if len(labels) == 0:
        raise ValueError(f"{name} has 0 feature(s), so no column. Give at least one column.")
    if twice:
        raise ValueError(f"{name} has two columns named {twice[0]!r}. Rename one, or drop it.")
    kinds = {type(label).__name__ for label in labels}
    if "str" in kinds and len(kinds) > 1:
        raise TypeError(
            f"The columns of {name} are named by {' and '.join(sorted(kinds))}. Make all names "
            f"strings, for instance {name}.columns = {name}.columns.astype(str)."
        )
    for label, dtype in zip(labels, X.dtypes, strict=True):
        kind, column = getattr(dtype, "kind", ""), f"column {label!r} of "
        words = str(dtype).lower()
        if kind in ("m", "M") or words.startswith(_TIMES):
            advice = f"Drop it: {name}.drop({label!r})."
            if hasattr(X, "set_index"):
                advice = f"Make it the index, {name}.set_index({label!r}), or drop it."
            raise TypeError(_of_times(name, column, dtype, advice))
        if kind == "c":
            raise ValueError(_of_complex(name, column))
        if words.startswith("sparse"):
            raise TypeError(f"Sparse data in {column}{name}. Give {name}.sparse.to_dense().")


def _of_times(name, column, dtype, advice):
    where = f"{column}{name}"
    return f"{where[0].upper()}{where[1:]} holds times ({dtype}), which are no states. {advice}"


def _of_complex(name, column):
    return (
        f"Complex data not supported, as in {column}{name}. Give real and imaginary parts as "
        "separate columns."
    )


def explain(X, name):
    """Message that names the first value of X that is no number, or None.

    The search is slow and only runs after an error.
    """
    for place, row, value in _values(X):
        try:
            if np.ndim(value) == 0:
                float(value) if value is not None else None
                continue
        except (TypeError, ValueError, OverflowError):
            pass
        where = f"{place} of {name} holds"
        if isinstance(value, (str, bytes)):
            return (
                f"{where} text in row {row}: could not convert string to float: {short(value)}. "
                "Select or encode numeric columns first."
            )
        if type(value).__name__ == "NAType":
            return (
                f"{where} pandas.NA in row {row} as an object. Give the column a dtype of numbers, "
                "for instance 'Float64', where it is a missing value."
            )
        if hasattr(value, "isoformat"):
            return (
                f"{where} times, as {value} in row {row}, which are no states. Make it the index, "
                "or drop it."
            )
        if isinstance(value, complex):
            return _of_complex(name, f"{place.lower()} of ")
        if isinstance(value, int):
            return f"{where} an integer in row {row} that no float can hold. Rescale the column."
        if np.ndim(value) > 0 or hasattr(value, "__len__") and not isinstance(value, Mapping):
            return (
                f"{where} {_article(type(value).__name__)} in row {row}, and not a number. Give "
                "each number a column of its own."
            )
        return (
            f"{where} {_article(type(value).__name__)} in row {row}, and each value of this "
            "argument must be a number or a string of a number. Select or encode numeric columns "
            "first."
        )
    return None


def _values(X):
    """Values of a table with the names of their columns and rows; nothing if X is no table."""
    if hasattr(X, "columns") and not callable(X.columns):
        for k, label in enumerate(X.columns):
            column = X.iloc[:, k] if hasattr(X, "iloc") else X[label]
            for row, value in enumerate(column):
                yield f"Column {label!r}", row, value
        return
    if isinstance(X, np.ndarray) and X.ndim == 1:
        return
    for i, row in enumerate(X if isinstance(X, (list, tuple, np.ndarray)) else ()):
        if isinstance(row, (list, tuple, np.ndarray)):
            for k, value in enumerate(row):
                yield f"Column {k}", i, value
        else:
            yield "The only column", i, row


def of_dimensions(X, name):
    """Message for X without two dimensions."""
    shape = np.shape(X)
    if hasattr(X, "to_frame"):
        return (
            f"Expected 2D array, got 1D array instead, {name} is a Series of shape {shape}. Give a "
            f"DataFrame of one column: {name}.to_frame()."
        )
    return (
        f"Expected 2D array, got {len(shape)}D array instead, {name} of shape {shape}. Reshape "
        f"your data: {name}.reshape(-1, 1) is one column of a series, {name}.reshape(1, -1) one "
        "row."
    )


def of_uneven(X, name):
    """Message for parts of unequal length, which are neither rows nor trajectories."""
    lengths = sorted({len(part) for part in X if hasattr(part, "__len__")})
    parts = f"its {len(X)} parts have {lengths[0]} to {lengths[-1]} entries" if lengths else ""
    return (
        f"{name} has an inhomogeneous shape: {parts or 'its entries are no numbers'}. Give each "
        "trajectory as an array (n_samples, n_features)."
    )
