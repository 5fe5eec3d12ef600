"""Candidates of several architectures are trained in turn, until one of them is good."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from planted import verdict

from sklearn_dsr._choice._outcome import CONVERGED
from sklearn_dsr._choice._selected import Result, Selection
from sklearn_dsr._choice._turns import select_among
from sklearn_dsr._training._loop import Candidate

WAYS = {"strong": None, "weak": None, "none": None}
PLAIN, CLIPPED = 0, 1


class Planted:
    """A training whose candidates have planted scores S, (number -> S), and are good below 1."""

    trainer = SimpleNamespace(engine="native")

    def __init__(self, kind, scores, calls, *, n_jobs=1, stops=(), outcome=CONVERGED):
        self.kind, self.scores, self.calls = kind, scores, calls
        self.n_jobs, self.stops, self.outcome = n_jobs, stops, outcome

    def candidate(self, k, name, forcing, rng, stop):
        self.calls.append((k, self.kind, name[1]))
        if self.n_jobs > 1:
            time.sleep(0.01 if len(self.calls) % 2 else 0.0)  # threads end in any order
        S, status = self.scores(k), "finished"
        if (k, self.kind) in self.stops:
            stop.set()
            status = "interrupted"
        losses = [float(rng.random())] if np.isfinite(S) else []
        return Result(Candidate(name[1], losses, status=status), [{"S": S}])

    def is_good(self, result):
        return result.least < 1.0

    def choose(self, results, interrupted=False):
        best = min(range(len(results)), key=lambda k: results[k].least)
        outcome = "interrupted" if interrupted else self.outcome
        found = verdict(results[best].least)
        return Selection({}, self.record(results), (best, 0), {}, outcome, found)

    def record(self, results):
        return [(self.kind, r.candidate.family, r.candidate.losses) for r in results]


def chosen(plain, clipped, n_init=2, until_good=True, outcomes=(CONVERGED, CONVERGED), **options):
    """Selection among two architectures with these scores, its position, and all calls."""
    calls = []
    trainings = [
        Planted(kind, scores, calls, outcome=outcome, **options)
        for kind, (scores, outcome) in enumerate(zip((plain, clipped), outcomes, strict=True))
    ]
    found = select_among(trainings, WAYS, n_init, np.random.default_rng(0), until_good=until_good)
    return *found, calls


def poor(k):
    return 5.0 + k


def kinds(calls):
    return [(k, kind) for k, kind, _ in calls]


def test_architectures_take_turns_and_the_last_one_has_more_candidates():
    _, _, calls = chosen(poor, poor)
    in_turn = [(0, PLAIN), (0, CLIPPED), (1, PLAIN), (1, CLIPPED)]
    assert kinds(calls) == [*in_turn, (2, CLIPPED), (3, CLIPPED)]


def test_one_architecture_has_the_candidates_that_were_asked_for():
    calls = []
    found = select_among(
        [Planted(0, poor, calls)], WAYS, 5, np.random.default_rng(0), until_good=True
    )
    assert kinds(calls) == [(k, 0) for k in range(5)] and found[1] == 0


def test_each_way_of_forcing_is_tried_with_each_architecture_and_then_the_leading_one():
    leads = {0: 9.0, 1: 2.0, 2: 7.0}
    _, _, calls = chosen(lambda k: 9.5, lambda k: leads.get(k, 8.0), n_init=4)
    families = [family for _, _, family in calls]
    assert families[:6] == ["strong", "strong", "weak", "weak", "none", "none"]
    assert set(families[6:]) == {"weak"}


@pytest.mark.parametrize(
    ("plain", "clipped", "n_trained", "position"),
    [
        ({0: 0.5}, {}, 1, PLAIN),
        ({}, {0: 0.5}, 2, CLIPPED),
        ({1: 0.5}, {}, 3, PLAIN),
        ({}, {3: 0.5}, 6, CLIPPED),
        ({1: 0.5}, {1: 0.1}, 3, PLAIN),  # the first good one, not the best
    ],
)
def test_the_first_good_candidate_ends_the_training(plain, clipped, n_trained, position):
    selection, at, calls = chosen(lambda k: plain.get(k, 9.0), lambda k: clipped.get(k, 9.0))
    assert len(calls) == n_trained and at == position
    assert selection.verdict.S == 0.5


def test_a_good_model_is_chosen_even_if_one_of_another_architecture_has_the_better_total():
    # Good is a matter of more than the total.
    class Picky(Planted):
        def is_good(self, result):
            return self.kind == CLIPPED

    calls = []
    trainings = [Picky(PLAIN, lambda k: 5.0, calls), Picky(CLIPPED, lambda k: 6.0, calls)]
    selection, at = select_among(trainings, WAYS, 2, np.random.default_rng(0), until_good=True)
    assert at == CLIPPED and selection.verdict.S == 6.0 and len(calls) == 2


@pytest.mark.parametrize(
    ("plain", "clipped", "outcomes", "position"),
    [
        (5.0, 6.0, (CONVERGED, CONVERGED), PLAIN),
        (6.0, 5.0, (CONVERGED, CONVERGED), CLIPPED),
        (5.0, 6.0, ("escaped", CONVERGED), CLIPPED),
        (6.0, 5.0, (CONVERGED, "collapsed to a cycle"), PLAIN),
    ],
)
def test_if_none_is_good_the_better_one_of_both_is_taken(plain, clipped, outcomes, position):
    _, at, calls = chosen(lambda k: plain, lambda k: clipped, outcomes=outcomes)
    assert at == position and len(calls) == 6


def test_without_a_limit_all_are_trained():
    _, _, calls = chosen(lambda k: 0.0, lambda k: 0.0, until_good=False)
    assert len(calls) == 6


@pytest.mark.parametrize("good_at", [0, 1, 2, None])
@pytest.mark.parametrize("n_jobs", [2, 3, 8])
def test_what_threads_train_beyond_the_first_good_one_is_dropped(good_at, n_jobs):
    def scores(k):
        return 0.5 if k == good_at else 9.0 - k

    one, at, calls = chosen(scores, poor, n_init=4)
    many, position, more = chosen(scores, poor, n_init=4, n_jobs=n_jobs)
    assert position == at and vars(many) == vars(one)
    assert len(more) >= len(calls) and set(calls) <= set(more)


def test_every_candidate_has_random_numbers_of_its_own():
    selection, _, _ = chosen(poor, lambda k: 9.0, n_init=3)
    numbers = [losses[0] for *_, losses in selection.candidates]
    assert len(set(numbers)) == len(numbers) == 3 + 6


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(
    ("stop", "n_trained", "position"),
    [((0, PLAIN), 1, PLAIN), ((0, CLIPPED), 2, PLAIN), ((1, PLAIN), 3, PLAIN)],
)
def test_an_interrupt_keeps_the_best_model_so_far(stop, n_trained, position, n_jobs):
    # A good one is none more when the fit is to stop.
    scores = {(1, PLAIN): 0.5}
    selection, at, calls = chosen(
        lambda k: scores.get((k, PLAIN), 5.0), poor, n_init=3, stops=[stop], n_jobs=n_jobs
    )
    assert selection.outcome == "interrupted" and at == position
    assert n_trained <= len(calls) <= n_trained + n_jobs - 1


def test_an_interrupt_before_the_first_epoch_leaves_nothing():
    with pytest.raises(KeyboardInterrupt):
        chosen(lambda k: np.inf, poor, stops=[(0, PLAIN)])
