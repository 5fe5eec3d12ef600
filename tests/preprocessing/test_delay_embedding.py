"""DelayEmbedding against a plain loop, on every form of X, with gaps, frames and pipelines."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr._data.trajectories import as_trajectories
from sklearn_dsr.preprocessing import DelayEmbedding


def brute_force(X, m, lag):
    """Delay vectors of one 2-D array, row by row; all NaN where the window holds a NaN."""
    n, d = X.shape
    out = np.full((n, m * d), np.nan)
    for t in range((m - 1) * lag, n):
        window = X[t - (m - 1) * lag : t + 1]
        if not np.isnan(window).any():
            out[t] = np.concatenate([X[t - k * lag] for k in range(m)])
    return out


def random_rows(seed, n, d, gaps=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    X[rng.integers(0, n, size=gaps), rng.integers(0, d)] = np.nan
    return X


@given(
    st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), st.integers(17, 60),
    st.integers(0, 3), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_delay_vectors_equal_a_loop_and_come_back(m, lag, d, n, gaps, seed):
    X = random_rows(seed, n, d, gaps)
    embedding = DelayEmbedding(m, lag)
    expected = brute_force(X, m, lag)
    if np.isnan(expected).all():
        with pytest.raises(ValueError, match=r"n_samples=\d+ rows.*Give a longer"):
            embedding.fit(X)
        return
    U = embedding.fit_transform(X)
    np.testing.assert_array_equal(U, expected)
    complete = ~np.isnan(U).any(axis=1)
    np.testing.assert_array_equal(np.isnan(U).any(axis=1), np.isnan(U).all(axis=1))
    back = embedding.inverse_transform(U)
    assert back.shape == X.shape
    np.testing.assert_array_equal(back[complete], X[complete])
    assert np.isnan(back[~complete]).all()

    dropped = embedding.set_params(boundary="drop").fit_transform(X)
    np.testing.assert_array_equal(dropped[~np.isnan(dropped).any(axis=1)], U[complete])
    # The gap-free pieces stay the same, none is joined to the next.
    pieces, same = as_trajectories(dropped).segments(), as_trajectories(U).segments()
    assert [len(p) for p in pieces] == [len(p) for p in same]


def test_one_gap_free_piece_loses_exactly_the_context():
    X = random_rows(0, 30, 2)
    embedding = DelayEmbedding(3, 4, boundary="drop").fit(X)
    assert embedding.context_length_ == 9
    assert embedding.transform(X).shape == (22, 6)
    assert not np.isnan(embedding.transform(X)).any()


@pytest.mark.parametrize("boundary", ["nan", "drop"])
def test_each_trajectory_of_a_list_is_embedded_by_itself(boundary):
    X = [random_rows(k, n, 2) for k, n in enumerate((12, 30, 7))]
    embedding = DelayEmbedding(3, 2, boundary=boundary)
    U = embedding.fit_transform(X)
    assert isinstance(U, list)
    for x, u in zip(X, U, strict=True):
        expected = brute_force(x, 3, 2)
        np.testing.assert_array_equal(u, expected if boundary == "nan" else expected[4:])
    back = embedding.inverse_transform(U)
    assert isinstance(back, list)
    np.testing.assert_array_equal(back[1][-20:], X[1][-20:])


def test_a_short_trajectory_in_a_list_is_a_gap():
    U = DelayEmbedding(3, 2).fit_transform([np.ones((3, 1)), np.ones((9, 1))])
    assert np.isnan(U[0]).all()
    assert not np.isnan(U[1][4:]).any()


def test_each_trajectory_of_a_stack_is_embedded_by_itself():
    X = np.stack([random_rows(k, 15, 2) for k in range(3)])
    embedding = DelayEmbedding(2, 3)
    U = embedding.fit_transform(X)
    assert U.shape == (3, 15, 4)
    np.testing.assert_array_equal(U[2], brute_force(X[2], 2, 3))
    assert embedding.inverse_transform(U).shape == X.shape
    assert embedding.set_params(boundary="drop").fit_transform(X).shape == (3, 12, 4)
    X[1, 7] = np.nan  # unequal numbers of complete rows: a list
    dropped = embedding.fit_transform(X)
    assert isinstance(dropped, list)
    assert [len(u) for u in dropped] == [12, 9, 12]  # 4 + NaN row + 4 in the second


def test_frame_index_jump_is_a_border():
    X = pd.DataFrame({"v": np.arange(12.0)}, index=[0, 1, 2, 3, 4, 5, 20, 21, 22, 23, 24, 25])
    U = DelayEmbedding(2, 2).fit_transform(X)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(U[:, 0])), [0, 1, 6, 7])


@pytest.mark.parametrize("boundary", ["nan", "drop"])
def test_pandas_output_keeps_the_index(boundary):
    X = pd.DataFrame(random_rows(0, 20, 2), columns=["v", "w"], index=np.arange(20) * 5)
    X.iloc[11, 0] = np.nan
    embedding = DelayEmbedding(2, 3, boundary=boundary)
    plain = embedding.fit_transform(X)
    assert isinstance(plain, np.ndarray)
    U = embedding.set_output(transform="pandas").fit_transform(X)
    assert list(U.columns) == ["v", "w", "v_lag3", "w_lag3"]
    np.testing.assert_array_equal(U, plain)
    # Dropped: 3 + 3 context rows, and the gap; the last context row of the second piece stays.
    kept = list(range(20)) if boundary == "nan" else [*range(3, 11), 14, *range(15, 20)]
    np.testing.assert_array_equal(U.index, X.index[kept])
    np.testing.assert_array_equal(embedding.inverse_transform(U)[-4:], X.iloc[-4:])


@pytest.mark.parametrize("boundary", ["nan", "drop"])
def test_pandas_output_of_lists_is_a_list_of_frames(boundary):
    X = [pd.DataFrame(random_rows(k, 10 + k, 1), columns=["v"]) for k in range(3)]
    embedding = DelayEmbedding(2, 1, boundary=boundary).set_output(transform="pandas")
    for U in (embedding.fit_transform(X), embedding.transform(X)):
        assert isinstance(U, list)
        assert [list(u.columns) for u in U] == [["v", "v_lag1"]] * 3
        assert U[1].index[-1] == X[1].index[-1]
    stacked = embedding.fit_transform(np.zeros((2, 5, 1)))
    assert [type(u) for u in stacked] == [pd.DataFrame] * 2


def test_names_of_the_columns_tell_their_lag():
    embedding = DelayEmbedding(3, 10).fit(np.zeros((40, 2)))
    assert list(embedding.get_feature_names_out()) == [
        "x0", "x1", "x0_lag10", "x1_lag10", "x0_lag20", "x1_lag20",
    ]  # fmt: skip
    assert list(embedding.get_feature_names_out(["a", "b"])[:3]) == ["a", "b", "a_lag10"]
    with pytest.raises(ValueError, match="input_features"):
        embedding.get_feature_names_out(["a"])


def test_a_pipeline_with_a_scaler_inverts():
    X = 5.0 + 3.0 * random_rows(0, 40, 2, gaps=2)
    for steps in (
        [StandardScaler(), DelayEmbedding(3, 1)],
        [DelayEmbedding(3, 1), StandardScaler()],
    ):
        pipeline = make_pipeline(*steps).fit(X)
        U = pipeline.transform(X)
        complete = ~np.isnan(U).any(axis=1)
        assert complete.sum() > 20
        np.testing.assert_allclose(pipeline.inverse_transform(U)[complete], X[complete])


def test_pandas_pipeline_keeps_index_jumps():
    X = pd.DataFrame({"v": np.arange(8.0)}, index=[0, 1, 2, 3, 9, 10, 11, 12])
    pipeline = Pipeline([("scale", StandardScaler()), ("embed", DelayEmbedding(2, 1))])
    U = pipeline.set_output(transform="pandas").fit_transform(X)
    np.testing.assert_array_equal(np.flatnonzero(U.isna().any(axis=1)), [0, 4])


def test_copies_transform_alike_and_clones_keep_the_parameters():
    X = random_rows(0, 20, 2)
    embedding = DelayEmbedding(2, 3, boundary="drop").fit(X)
    again = pickle.loads(pickle.dumps(embedding))
    np.testing.assert_array_equal(again.transform(X), embedding.transform(X))
    assert clone(embedding).get_params() == {
        "n_delays": 2, "lag": 3, "lags": None, "max_delays": None, "boundary": "drop",
    }  # fmt: skip
    # Parameters changed after fit wait for the next fit.
    assert embedding.set_params(n_delays=5).transform(X).shape == (17, 4)


def test_input_is_not_changed_and_output_is_new():
    X = random_rows(0, 20, 2)
    before = X.copy()
    embedding = DelayEmbedding(1)
    U = embedding.fit_transform(X)
    U[:] = 0.0
    embedding.inverse_transform(X)[:] = 0.0
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize(
    ("params", "error", "match"),
    [
        ({"n_delays": 0}, ValueError, "n_delays must be an integer, at least 1; got 0"),
        ({"n_delays": 2.0}, TypeError, "n_delays must be an integer"),
        (
            {"n_delays": "cao"},
            ValueError,
            "n_delays must be one of .auto., .*; got .cao.",
        ),
        ({"lag": 0}, ValueError, "lag must be an integer, at least 1; got 0"),
        ({"boundary": "pad"}, ValueError, "boundary must be one of 'nan', 'drop'; got 'pad'"),
        (
            {"n_delays": 4, "lag": 5},
            ValueError,
            "n_samples=12 rows.*4 copies 5 rows apart needs 16.*n_delays to at most 3",
        ),
    ],
)
def test_bad_parameters_are_refused(params, error, match):
    with pytest.raises(error, match=match):
        DelayEmbedding(**params).fit(np.zeros((12, 1)))


def test_advice_of_the_length_error_works():
    for n in range(1, 12):
        X = np.zeros((n, 1))
        with pytest.raises(ValueError, match="at most") as info:
            DelayEmbedding(5, 3).fit(X)
        most = int(str(info.value).split("at most ")[1].split()[0])
        DelayEmbedding(most, 3).fit(X)
        with pytest.raises(ValueError, match="at most"):
            DelayEmbedding(most + 1, 3).fit(X)


def test_fitted_methods_refuse_bad_input():
    embedding = DelayEmbedding(2, 3).fit(np.zeros((10, 2)))
    with pytest.raises(ValueError, match="X has 3 features, but DelayEmbedding is expecting 2"):
        embedding.transform(np.zeros((10, 3)))
    with pytest.raises(ValueError, match="n_samples=3 rows"):
        embedding.transform(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="X has 2 columns.*have 4"):
        embedding.inverse_transform(np.zeros((10, 2)))
    with pytest.raises(NotFittedError):
        DelayEmbedding().transform(np.zeros((10, 2)))
