"""What is no table of numbers is told in two sentences, which name the column: any kind of X."""

import datetime
import re
import warnings

import numpy as np
import pandas as pd
import pytest

from sklearn_dsr import (
    EnsembleReconstructor,
    HierarchicalReconstructor,
    ShallowPLRNNReconstructor,
)
from sklearn_dsr._data.trajectories import as_trajectories
from sklearn_dsr.exceptions import DataWarning
from sklearn_dsr.preprocessing import DelayEmbedding, SVDDelayEmbedding

N = 50
X = np.column_stack([np.sin(0.1 * np.arange(N)), np.cos(0.1 * np.arange(N))])
FRAME = pd.DataFrame(X, columns=["a", "b"])
DATES = pd.date_range("2020-01-01", periods=N)


def beside(column):
    return FRAME.assign(c=column)


def objects(*parts):
    out = np.empty(len(parts), dtype=object)
    out[:] = parts
    return out


BAD = {
    "dates": (beside(DATES), TypeError, "Column 'c' of X holds times.*set_index\\('c'\\)"),
    "dates of a zone": (beside(DATES.tz_localize("UTC")), TypeError, "Column 'c' of X holds times"),
    "periods": (beside(DATES.to_period("D")), TypeError, "Column 'c' of X holds times"),
    "time differences": (beside(DATES - DATES[0]), TypeError, "Column 'c' of X holds times"),
    "dates only": (pd.DataFrame({"t": DATES}), TypeError, "Column 't' of X holds times"),
    "dates as an array": (DATES.to_numpy()[:, None], TypeError, "X holds times"),
    "days": (beside([datetime.date(2020, 1, 1)] * N), TypeError, "Column 'c' of X holds times"),
    "objects of dates": (
        beside(pd.Series([pd.Timestamp("2020")] * N, dtype=object)),
        TypeError,
        "Column 'c' of X holds times",
    ),
    "NA": (
        beside(pd.Series([1.0, pd.NA] * (N // 2), dtype=object)),
        TypeError,
        "Column 'c' .*NA in row 1",
    ),
    "texts": (beside(["u"] * N), ValueError, "Column 'c' of X .*'u'"),
    "categories": (beside(pd.Categorical(["u", "v"] * (N // 2))), ValueError, "Column 'c' .*'u'"),
    "complex": (beside(X[:, 0] + 1j), ValueError, "column 'c' of X"),
    "lists": (beside([[1.0, 2.0]] * N), ValueError, "Column 'c' of X holds a list"),
    "dicts": (beside([{}] * N), TypeError, "Column 'c' of X holds a dict"),
    "sparse": (pd.DataFrame({"a": pd.arrays.SparseArray(X[:, 0])}), TypeError, "column 'a' of X"),
    "two of a name": (pd.DataFrame(X, columns=["a", "a"]), ValueError, "named 'a'"),
    "two kinds of names": (pd.DataFrame(X, columns=["a", 1]), TypeError, "int and str"),
    "no column": (pd.DataFrame(), ValueError, "no column"),
    "ragged objects": (objects([1.0, 2.0], [3.0]), ValueError, "1 to 2 entries"),
    "ragged lists": ([[1.0, 2.0], [3.0]], ValueError, "1 to 2 entries"),
    "ragged lists within": ([[[1.0, 2.0], [3.0]]], ValueError, "1 to 2 entries"),
    "objects of arrays": (objects(X, X[:9]), ValueError, "9 to 50 entries"),
    "a dict": ({"a": X[:, 0]}, TypeError, "X is a dict.*pandas.DataFrame\\(X\\)"),
    "a set": ({1.0, 2.0}, TypeError, "X is a set"),
    "a generator": ((row for row in X), TypeError, "X is a generator.*list\\(X\\)"),
    "None": (None, TypeError, "X is None"),
    "a number": (3.0, TypeError, "X is the number 3.0"),
    "a text": ("abc", TypeError, "X is the text 'abc'"),
    "a class": (pd.DataFrame, TypeError, "X is the class DataFrame"),
    "a function": (len, TypeError, "X is the function len"),
    "one dimension": (X[:, 0], ValueError, "1D array.*X.reshape\\(-1, 1\\)"),
    "a series": (FRAME["a"], ValueError, "1D array.*shape \\(50,\\).*X.to_frame\\(\\)"),
    "list of texts": (["a", "b"], ValueError, "'a'"),
    "list of dicts": ([{"a": 1.0}] * 5, TypeError, "a dict"),
    "list of series": ([FRAME["a"], FRAME["b"]], ValueError, "2 series of 50 .*column_stack"),
    "list of arrays": (
        [X[:, 0], X[:, 1]],
        ValueError,
        "2 series of 50 .*reshape\\(x, \\(-1, 1\\)\\)",
    ),
    "structured": (np.zeros(5, [("a", float), ("b", float)]), TypeError, "fields a, b"),
    "a matrix": (X.view(np.matrix), TypeError, "numpy.matrix.*numpy.asarray"),
    "too large integers": ([[10**400, 1], [2, 3]], ValueError, "Column 0 of X.*Rescale"),
    "a bad trajectory": ([FRAME, beside(DATES)], TypeError, "Column 'c' of X\\[1\\] holds times"),
    "no trajectory": ([X, None], TypeError, "X\\[1\\] is None"),
    "five dimensions": (np.ones((2,) * 5), ValueError, "dim 5"),
    "bytes": (np.array([[b"u"]] * 5), ValueError, "Column 0 of X .*b'u'"),
}
JARGON = re.compile(
    "DType|promot|dtypes\\.|sequence|float\\(\\)|NAType|Traceback|buffer|object at 0x"
)


def assert_two_sentences(error):
    text = str(error)
    assert len(re.split(r"(?<=\.)\s+(?=[A-Z])", text)) == 2 and text.endswith("."), text
    assert "\n" not in text and not JARGON.search(text), text


@pytest.mark.parametrize("with_names", [False, True])
@pytest.mark.parametrize("name", BAD)
def test_what_is_no_table_is_told_in_two_sentences(name, with_names):
    data, kind, match = BAD[name]
    estimator = {"estimator": ShallowPLRNNReconstructor(), "reset": True} if with_names else {}
    if name in ("a generator",):
        data = (row for row in X)
    with pytest.raises(kind) as caught:
        as_trajectories(data, **estimator)
    assert type(caught.value) is kind
    assert re.search(match, str(caught.value), re.DOTALL), caught.value
    assert_two_sentences(caught.value)


@pytest.mark.parametrize("name", ["dates", "a dict", "texts", "list of series"])
def test_every_fit_says_so(name):
    data, kind, match = BAD[name]
    for estimator in (
        ShallowPLRNNReconstructor(),
        EnsembleReconstructor(),
        HierarchicalReconstructor(),
        DelayEmbedding(),
        SVDDelayEmbedding(),
    ):
        with pytest.raises(kind, match=match) as caught:
            estimator.fit(data)
        assert_two_sentences(caught.value)


def test_polars_frames_are_told_as_well():
    pl = pytest.importorskip("polars")
    days = [datetime.date(2020, 1, 1)] * N
    for data, match in (
        (pl.DataFrame({"a": X[:, 0], "d": days}), "Column 'd' of X holds times.*drop\\('d'\\)"),
        (pl.DataFrame({"a": X[:, 0], "d": ["u"] * N}), "Column 'd' of X .*'u'"),
        (pl.LazyFrame({"a": X[:, 0]}), "X is a LazyFrame.*X.collect\\(\\)"),
    ):
        with pytest.raises((TypeError, ValueError), match=match) as caught:
            as_trajectories(data)
        assert_two_sentences(caught.value)


@pytest.mark.parametrize(
    "column",
    [
        pd.array([1, None] * (N // 2), dtype="Int64"),
        pd.array([1.0, None] * (N // 2), dtype="Float64"),
        pd.array([True, None] * (N // 2), dtype="boolean"),
        pd.Series([1.0, None] * (N // 2), dtype=object),
    ],
    ids=["Int64", "Float64", "boolean", "None"],
)
def test_missing_values_of_other_dtypes_are_gaps(column):
    read = as_trajectories(beside(column))
    assert np.isnan(read.values[1::2, 2]).all() and (read.values[::2, 2] == 1.0).all()


def test_truth_values_and_categories_of_numbers_are_numbers():
    for column in ([True, False] * (N // 2), pd.Categorical([1, 0] * (N // 2))):
        np.testing.assert_array_equal(as_trajectories(beside(column)).values[:, 2][:2], [1.0, 0.0])


def test_rows_in_lists_stay_rows():
    assert as_trajectories(X.tolist()).values.shape == X.shape
    assert as_trajectories(list(X)).values.shape == X.shape
    model = ShallowPLRNNReconstructor(8, max_iter=1, n_init=1, stages="start", random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X)
    assert model.predict([X[0]]).shape == (1, 2)  # one row, of the columns of the fit


TURNED = {
    "array": (X.T, r"X has 2 rows and 50 columns.* give X\.T\.$"),
    "list": ([X.T, X.T], r"4 rows in 2 trajectories and 50 columns.* \[x\.T for x in X\]"),
    "stack": (np.stack([X.T, X.T]), r"4 rows in 2 trajectories.* X\.swapaxes\(1, 2\)"),
}


@pytest.mark.parametrize("name", TURNED)
def test_time_along_the_columns_is_told_at_once(name):
    data, match = TURNED[name]
    model = ShallowPLRNNReconstructor(4, max_iter=1, n_init=1, stages="train", start="random")
    cohort = HierarchicalReconstructor(0, hidden_dim=4, stages="start")  # of one subject, too
    ensemble = EnsembleReconstructor(model, n_members=2)
    for estimator in (model, ensemble, cohort, DelayEmbedding(2, 5)):
        with warnings.catch_warnings(record=True) as record:
            warnings.simplefilter("always")
            try:
                estimator.fit(data)
            except ValueError:
                assert isinstance(estimator, DelayEmbedding)  # which needs more rows
        told = [w for w in record if issubclass(w.category, DataWarning)]
        assert len(told) == 1 and re.search(match, str(told[0].message)), told
        assert told[0].filename == __file__


def test_delay_vectors_of_a_short_series_are_not_turned():
    short = DelayEmbedding(6, 2).fit_transform(X[:20])  # 12 columns, 10 rows without NaN
    short = DelayEmbedding(12, 1, boundary="drop").fit_transform(X[:20])
    assert short.shape[0] < short.shape[1]
    model = ShallowPLRNNReconstructor(4, max_iter=1, n_init=1, stages="train", start="random")
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        model.fit(short)
    assert not [w for w in record if issubclass(w.category, DataWarning)]
