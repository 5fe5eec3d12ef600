"""rank_average_refit chooses the candidate with the best mean rank, in every kind of search."""

import pickle

import numpy as np
import pytest
from planted import SHORTEST
from sklearn.model_selection import GridSearchCV, KFold

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.model_selection import (
    DSRScorer,
    neg_n_step_error_scorer,
    rank_average_refit,
    valid_prediction_time_scorer,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

METRICS = ["neg_n_step_error", "valid_prediction_time"]


def results(**scores):
    return {f"mean_test_{name}": np.array(values) for name, values in scores.items()}


def test_the_best_mean_rank_wins():
    # Ranks 1 3 2, 3 1 2, 3 2 1: means 7/3, 2, 5/3.
    table = results(a=[9.0, 1.0, 5.0], b=[0.1, 0.9, 0.5], c=[0.0, 1.0, 2.0])
    assert rank_average_refit(["a", "b", "c"])(table) == 2
    assert rank_average_refit("b")(table) == 1


def test_weights_weigh_the_ranks():
    table = results(a=[3.0, 2.0, 1.0], b=[1.0, 2.0, 3.0])
    assert rank_average_refit(["a", "b"], weights=[1, 2])(table) == 2
    assert rank_average_refit(["a", "b"], weights=[1, 0])(table) == 0


def test_equal_mean_ranks_are_told_apart_by_the_first_metric_then_by_order():
    table = results(a=[1.0, 2.0], b=[2.0, 1.0])
    assert rank_average_refit(["a", "b"])(table) == 1
    assert rank_average_refit(["b", "a"])(table) == 0
    assert rank_average_refit(["a"])(results(a=[1.0, 5.0, 5.0])) == 1
    # 0.1 + 0.2 + 0.3 in another order is a tie all the same.
    table = results(a=[1.0, 3.0, 2.0], b=[3.0, 2.0, 1.0], c=[2.0, 1.0, 3.0])
    assert rank_average_refit(["a", "b", "c"], weights=[0.1, 0.1, 0.1])(table) == 1


def test_tied_scores_share_their_mean_rank():
    # a: 1.5 1.5 3, b: 3 1 2. With smallest ranks the third would not be as far behind.
    assert rank_average_refit(["a", "b"])(results(a=[2, 2, 1], b=[1, 3, 2])) == 1


def test_nan_ranks_last():
    assert rank_average_refit(["a"])(results(a=[np.nan, -1e100, np.nan])) == 1
    assert rank_average_refit(["a"])(results(a=[np.nan, np.nan])) == 0


@pytest.mark.parametrize(
    "scoring",
    [
        DSRScorer(METRICS),
        dict(zip(METRICS, [neg_n_step_error_scorer, valid_prediction_time_scorer], strict=True)),
    ],
    ids=["callable", "dict"],
)
def test_searches_take_it_and_copies_choose_alike(scoring):
    X = [make_lorenz63(150, random_state=k) for k in range(4)]
    refit = rank_average_refit(METRICS)
    model = ShallowPLRNNReconstructor(5, clipped=False, **SHORTEST, random_state=0)
    grid = {"learning_rate_init": [1e-12, 1e-2]}
    search = GridSearchCV(model, grid, scoring=scoring, refit=refit, cv=KFold(2)).fit(X)
    assert search.best_index_ == refit(search.cv_results_)
    assert (
        search.best_estimator_.learning_rate_init == grid["learning_rate_init"][search.best_index_]
    )
    copy = pickle.loads(pickle.dumps(refit))
    assert copy == refit and copy(search.cv_results_) == search.best_index_


def test_a_missing_metric_is_an_error_that_lists_what_there_is():
    with pytest.raises(ValueError, match="no score 'c'; it has a, b"):
        rank_average_refit(["a", "c"])(results(a=[1.0], b=[1.0]))


@pytest.mark.parametrize(
    ("metrics", "weights", "error", "message"),
    [
        ([], None, ValueError, "one or more different names"),
        (["a", "a"], None, ValueError, "different names"),
        ([1], None, TypeError, "must be names"),
        (["a"], [1.0, 2.0], ValueError, "2 weights for 1 metrics"),
        (["a"], [-1.0], ValueError, "A weight must be"),
        (["a"], [0.0], ValueError, "All weights are 0"),
    ],
)
def test_bad_arguments_are_named(metrics, weights, error, message):
    with pytest.raises(error, match=message):
        rank_average_refit(metrics, weights)
