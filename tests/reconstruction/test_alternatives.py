"""Architectures are tried in turn until the free runs of one are good; the better one is kept."""

import numpy as np
import pytest
from planted import plant_outcomes

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._training._selection import Selection
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.reconstruction import _rounds
from sklearn_dsr.reconstruction._rounds import GOOD, GOOD_SMOOTHED, MORE, best_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
KINDS = [{"clipped": False}, {"clipped": True}]


def selection(total, outcome="converged", n=2, beside_smoothed=None):
    """Of a model with this score beside X, and another one beside the rows it was trained on."""
    found = total if beside_smoothed is None else beside_smoothed
    candidates = [{"checkpoints": [{"total": found}]}] * n
    return Selection({}, candidates, (1, 0), {}, outcome, total)


def tried(*results):
    """What `best_of` makes of two architectures with these results, and how many were tried."""
    calls = []

    def select(k, architecture):
        calls.append(architecture)
        if isinstance(results[k], type):
            raise results[k]
        return results[k]

    return best_of(KINDS, select), len(calls)


def test_a_good_first_model_is_enough():
    chosen, n = tried(selection(GOOD))
    assert n == 1 and chosen.chosen == (1, 0) and chosen.candidates[1]["architecture"] == KINDS[0]


def test_a_model_that_only_the_noise_of_x_keeps_from_it_is_good():
    assert tried(selection(8.0, beside_smoothed=GOOD_SMOOTHED))[1] == 1
    assert tried(selection(8.0, beside_smoothed=GOOD_SMOOTHED + 1), selection(9.0))[1] == 2


@pytest.mark.parametrize(
    ("first", "second", "place"),
    [
        (selection(7.0), selection(6.0), 3),
        (selection(7.0), selection(8.0), 1),
        (selection(1.0, "collapsed to a cycle"), selection(8.0), 3),
        (selection(7.0), selection(1.0, "escaped"), 1),
    ],
)
def test_else_the_better_one_of_both_is_taken(first, second, place):
    chosen, n = tried(first, second)
    assert n == 2 and chosen.chosen == (place, 0) and len(chosen.candidates) == 4
    assert [c["architecture"] for c in chosen.candidates] == [KINDS[0]] * 2 + [KINDS[1]] * 2


def test_an_interrupt_keeps_the_best_model_so_far():
    chosen, _ = tried(selection(7.0), KeyboardInterrupt)
    assert chosen.outcome == "interrupted" and chosen.chosen == (1, 0)
    chosen, _ = tried(selection(7.0), selection(6.0, "interrupted"))
    assert chosen.outcome == "interrupted" and chosen.chosen == (1, 0)
    with pytest.raises(KeyboardInterrupt):
        tried(KeyboardInterrupt)
    chosen, n = tried(selection(7.0, "interrupted"))
    assert n == 1 and chosen.outcome == "interrupted"


X = make_lorenz63(300, random_state=0)
SHORT = {"hidden_dim": 5, "max_iter": 2, "n_init": 2, "stages": "train", "random_state": 0}


def test_auto_is_the_plain_model_where_that_is_good(monkeypatch):
    plant_outcomes(monkeypatch)
    monkeypatch.setattr(_rounds, "GOOD", np.inf)
    auto = ShallowPLRNNReconstructor(**SHORT).fit(X)
    plain = ShallowPLRNNReconstructor(**SHORT, clipped=False).fit(X)
    assert auto.architecture_["clipped"] is False
    assert auto.candidates_ == plain.candidates_
    np.testing.assert_array_equal(auto.W1_, plain.W1_)


def test_auto_trains_both_where_the_plain_model_is_poor_and_goes_on_with_the_fitted_one(
    monkeypatch,
):
    plant_outcomes(monkeypatch, "escaped")
    model = ShallowPLRNNReconstructor(**SHORT).fit(X)
    kinds = [c["architecture"]["clipped"] for c in model.candidates_]
    assert kinds == [False] * 2 + [True] * (MORE * 2)
    assert kinds[model.chosen_[0]] == model.architecture_["clipped"]
    n_units = model.hidden_dim_
    model.set_params(warm_start=True, n_init=1).fit(X)
    assert model.hidden_dim_ == n_units and len(model.candidates_) == 1


@pytest.mark.parametrize("clipped", [0.5, "yes", None])
def test_a_value_of_clipped_that_is_no_kind_is_refused(clipped):
    with pytest.raises(ValueError, match="clipped must be"):
        ShallowPLRNNReconstructor(clipped=clipped).fit(make_lorenz63(100, random_state=0))
