"""BlockedKFold and as_blocks join nothing, and the checks of test data know what they claim."""

import re

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from planted import SHORTEST
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._data.trajectories import as_trajectories
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.model_selection import BlockedKFold, as_blocks, neg_n_step_error_scorer
from sklearn_dsr.model_selection._checks import looks_shuffled, needed_rows, shortfall
from sklearn_dsr.preprocessing import DelayEmbedding

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

DIVERGENCE = "neg_state_space_divergence"


def numbered(n_rows, gaps=(), partial=()):
    """Rows that hold their own number; those of `gaps` are NaN, of `partial` in one column."""
    X = np.repeat(np.arange(float(n_rows))[:, None], 2, axis=1)
    X[list(gaps)] = np.nan
    X[list(partial), 1] = np.nan
    return X


def framed(X, index):
    n = len(X)
    indexes = {
        "numbers": np.arange(n),
        "descending": np.arange(n)[::-1],
        "days": pd.date_range("2020-01-01", periods=n),
        "subjects": pd.MultiIndex.from_arrays([np.zeros(n), np.arange(n)]),
    }
    return pd.DataFrame(X, columns=["a", "b"], index=indexes[index])


def nothing_is_joined(X, train):
    """As a model reads the training rows: steps within a segment are steps of one row in X."""
    for mask_inputs in (None, 0):
        segments = as_trajectories(_safe_indexing(X, train), mask_inputs=mask_inputs).segments()
        for segment in segments:
            assert np.all(np.diff(segment[:, 0]) == 1.0)


rows_of_X = st.integers(12, 80).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.sets(st.integers(0, n - 1), max_size=5),
        st.sets(st.integers(0, n - 1), max_size=3),
    )
)


@given(rows_of_X, st.integers(2, 6), st.integers(0, 4), st.sampled_from(["auto", "both", "longer"]))
@pytest.mark.parametrize("index", [None, "numbers", "descending", "days", "subjects"])
def test_blocks_cover_all_rows_the_gap_is_kept_and_nothing_is_joined(
    index, rows, n_splits, gap, sides
):
    X = numbered(*rows)
    complete = ~np.isnan(X).any(axis=1)
    X = X if index is None else framed(X, index)
    splitter = BlockedKFold(n_splits, gap=gap, sides=sides)
    end, counts = 0, []
    try:
        folds = list(splitter.split(X))
    except ValueError as error:
        assert re.search("no training rows|exceeds|needs something that cuts", str(error))
        return
    assert len(folds) == splitter.get_n_splits() == n_splits
    for train, test in folds:
        np.testing.assert_array_equal(test, np.arange(end, end + len(test)))
        counts.append(complete[test].sum())
        end += len(test)
        near = np.arange(max(test[0] - gap, 0), min(test[-1] + gap + 1, len(X)))
        used = train[~np.isnan(np.asarray(X)[train]).all(axis=1)]
        assert len(np.intersect1d(used, near)) == 0 and len(np.unique(used)) == len(used)
        nothing_is_joined(X, train)
    assert end == len(X)
    assert max(counts) - min(counts) <= 1


@given(rows_of_X, st.integers(1, 4), st.integers(0, 2))
@pytest.mark.parametrize("index", [None, "days"])
def test_as_blocks_gives_consecutive_pieces_and_leaves_out_only_the_gap(index, rows, n, gap):
    X = numbered(rows[0])
    blocks = as_blocks(X if index is None else framed(X, index), n, gap=gap)
    assert isinstance(blocks[0], np.ndarray if index is None else pd.DataFrame)
    values = [np.asarray(block)[:, 0] for block in blocks]
    left = np.concatenate(values)
    assert left[0] == 0 and left[-1] == len(X) - 1 and len(left) == len(X) - gap * (n - 1)
    for a, b in zip(values[:-1], values[1:], strict=True):
        assert b[0] - a[-1] == gap + 1
    sizes = [len(v) + gap * (k > 0) for k, v in enumerate(values)]
    assert max(sizes) - min(sizes) <= 1


def test_without_gaps_the_test_blocks_are_those_of_kfold():
    X = numbered(23)
    for (_, mine), (_, theirs) in zip(BlockedKFold(5).split(X), KFold(5).split(X), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_row_of_nan_anywhere_gives_both_sides_to_arrays():
    X = numbered(31, gaps=[0])
    for train, test in BlockedKFold(3, gap=2).split(X):
        used = set(train[train > 0])
        assert used == set(range(1, 31)) - set(range(test[0] - 2, test[-1] + 3))


def test_a_row_with_one_missing_value_is_no_cut():
    # With missing="mask" a model reads over it.
    train, _ = list(BlockedKFold(3).split(numbered(30, partial=[2])))[1]
    assert np.all(np.diff(train) == 1)


def test_a_frame_gives_both_sides_if_asked_and_only_if_its_index_shows_the_hole():
    X = numbered(30)
    for index in ("numbers", "days", "subjects"):
        train, test = list(BlockedKFold(3, sides="both").split(framed(X, index)))[1]
        assert len(train) + len(test) == 30
    for blind in (pd.DataFrame(X, index=list("abcde" * 6)), pd.DataFrame(X, index=[0] * 30), X):
        with pytest.raises(ValueError, match="Put a row of NaN in front of X"):
            list(BlockedKFold(3, sides="both").split(blind))


def test_the_longer_side_is_that_with_more_complete_rows():
    train, _ = list(BlockedKFold(4, sides="longer").split(numbered(40)))[1]
    np.testing.assert_array_equal(train, np.arange(20, 40))
    X = numbered(60, gaps=range(0, 20))
    train, test = list(BlockedKFold(4, sides="longer").split(X))[1]
    assert test[0] == 30 and train[0] == 40


@pytest.mark.parametrize("stack", [False, True])
def test_of_many_trajectories_whole_ones_are_taken_from_both_sides(stack):
    X = [numbered(10) for _ in range(6)]
    folds = list(BlockedKFold(3).split(np.stack(X) if stack else X))
    assert [(a.tolist(), b.tolist()) for a, b in folds] == [
        ([2, 3, 4, 5], [0, 1]),
        ([0, 1, 4, 5], [2, 3]),
        ([0, 1, 2, 3], [4, 5]),
    ]
    assert [len(a) for a, _ in BlockedKFold(3, gap=1).split(X)] == [3, 2, 3]


@pytest.mark.parametrize("routing", [False, True])
def test_scikit_learn_takes_the_splitter(routing):
    X = np.r_[np.full((1, 3), np.nan), make_lorenz63(400, random_state=0)]
    model = ShallowPLRNNReconstructor(5, clipped=False, **SHORTEST, random_state=0)
    pipeline = make_pipeline(StandardScaler(), DelayEmbedding(2, 3), model)
    cv = BlockedKFold(3, gap=5)
    with sklearn.config_context(enable_metadata_routing=routing):
        scores = cross_val_score(pipeline, X, scoring=neg_n_step_error_scorer, cv=cv)
        search = GridSearchCV(
            model, {"hidden_dim": [3, 5]}, scoring=neg_n_step_error_scorer, cv=BlockedKFold(3)
        ).fit(as_blocks(X, 6))
    assert np.isfinite(scores).all() and scores.shape == (3,)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert repr(cv) == "BlockedKFold(gap=5, n_splits=3, sides='auto')"
    with pytest.warns(UserWarning, match="groups is ignored"):
        next(cv.split(X, groups=np.zeros(len(X))))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: BlockedKFold(1), ValueError, "n_splits must be .* got 1"),
        (lambda: BlockedKFold(2.0), TypeError, "n_splits must be"),
        (lambda: BlockedKFold(gap=-1), ValueError, "gap must be .* got -1"),
        (lambda: BlockedKFold(sides="left"), ValueError, "sides must be one of"),
        (lambda: list(BlockedKFold(9).split(numbered(9, [0]))), ValueError, "8 complete rows"),
        (lambda: list(BlockedKFold(3).split([numbered(9)])), ValueError, "1 complete traj"),
        (lambda: list(BlockedKFold(2, gap=5).split(numbered(10))), ValueError, "gap=5 leaves no"),
        (
            lambda: list(BlockedKFold(3, gap=5).split([numbered(9)] * 6)),
            ValueError,
            "gap=5 leaves no .* trajectories 0 to 1 of 6",
        ),
        (lambda: as_blocks([numbered(3)], 2), ValueError, "1 trajectories already"),
        (lambda: as_blocks(numbered(6), 3, gap=2), ValueError, "gap=2 takes all .* block 1"),
        (lambda: as_blocks(numbered(6), 7), ValueError, "n_blocks=7 exceeds the 6"),
    ],
)
def test_errors_say_what_was_given_and_what_to_try(make, error, message):
    with pytest.raises(error, match=message):
        make()


def logistic(n):
    x = [0.3]
    for _ in range(n - 1):
        x.append(4.0 * x[-1] * (1.0 - x[-1]))
    return np.array(x)[:, None]


SERIES = {
    "lorenz": make_lorenz63(3000, random_state=0),
    "noisy": make_lorenz63(3000, noise_level=0.5, random_state=0),
    "coarse": make_lorenz63(600, dt=0.5, random_state=0),
    "logistic map": logistic(500),  # no correlation at any lag
    "64 columns": make_lorenz63(1000, random_state=0)
    @ np.random.default_rng(0).normal(size=(3, 64)),
    "gap": np.r_[make_lorenz63(300, random_state=0), [[np.nan] * 3], np.zeros((9, 3))],
    "list": [make_lorenz63(100, random_state=k) + 100.0 * k for k in range(30)],
}


@pytest.mark.parametrize("name", SERIES)
def test_shuffled_series_are_told_from_ordered_ones(name):
    X = SERIES[name]
    assert not looks_shuffled(X)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        shuffled = [rng.permutation(x) for x in X] if name == "list" else rng.permutation(X)
        assert looks_shuffled(shuffled)


def test_what_the_check_for_shuffling_cannot_tell():
    rng = np.random.default_rng(0)
    assert looks_shuffled(rng.normal(size=(500, 2)))  # white: nothing to reconstruct either
    assert not looks_shuffled(rng.normal(size=(40, 2)))  # too short
    thinned = next(KFold(5, shuffle=True, random_state=0).split(SERIES["noisy"]))[1]
    assert not looks_shuffled(SERIES["noisy"][thinned, :1])  # in order, with holes, and noisy
    assert looks_shuffled(pd.DataFrame(SERIES["noisy"]).iloc[thinned])
    assert not looks_shuffled(np.ones((100, 2)) * np.arange(100)[:, None])


def test_the_rows_that_the_divergence_needs_hardly_depend_on_the_rows_given():
    X = make_lorenz63(50_000, random_state=0)
    needed = [needed_rows(DIVERGENCE, [X[:n]]) for n in (1000, 2000, 5000, 20_000, 50_000)]
    assert 6000 < min(needed) and max(needed) < 20_000
    assert needed_rows(DIVERGENCE, np.split(X[:20_000], 10)) == pytest.approx(needed[3], rel=0.1)
    assert shortfall([X[:20_000]], DIVERGENCE) is None
    assert re.search("5,000 rows, .* needs about 10,000", shortfall([X[:5000]], DIVERGENCE))


def test_other_metrics_have_rules_of_their_own():
    waves = np.sin(0.1 * np.arange(20_000))[:, None]  # 63 rows each
    spectrum = "neg_power_spectrum_hellinger"
    assert 2300 < needed_rows(spectrum, [waves]) < 2700  # 40 oscillations
    assert shortfall([waves[:3000]], spectrum) is None
    assert "1,000 rows in one piece" in shortfall([waves[:1000]] * 5, spectrum)
    assert "a mean of 3 starts" in shortfall([waves] * 3, "valid_prediction_time")
    assert shortfall([waves] * 10, "valid_prediction_time") is None
    assert "100 rows" in shortfall([waves[:100]], "neg_n_step_error")
    assert "7 columns" not in str(shortfall([np.ones((9, 7))], "skill"))
    assert needed_rows(DIVERGENCE, [np.ones((9, 7))]) == 5000
    assert shortfall([waves[:3]], "neg_lyapunov_difference") is None
    assert shortfall([np.ones((5000, 1))], spectrum) is None
