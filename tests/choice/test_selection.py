"""The choice among candidates and checkpoints: who is trained, what is kept, what is chosen."""

import time
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from engines import COMPILED, CompiledEngine
from planted import verdict

from sklearn_dsr._choice import _selection, _verdict
from sklearn_dsr._choice._free_run_score import FreeRunScore
from sklearn_dsr._choice._outcome import CONVERGED
from sklearn_dsr._choice._selected import Result
from sklearn_dsr._choice._selection import Choice
from sklearn_dsr._choice._turns import select, select_among
from sklearn_dsr._maps._parametrizations import ShallowPLRNN
from sklearn_dsr._recipe import BUDGET
from sklearn_dsr._training._loop import Candidate
from sklearn_dsr._training._problem import Penalties, Problem
from sklearn_dsr._training._trainer import Trainer
from sklearn_dsr._training._windows import WindowSampler
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.reconstruction._forcing import families

N_EPOCHS, BATCHES = 20, 5
FORCING = families(None, N_EPOCHS * BATCHES)
WAYS = list(FORCING)
N_INIT = len(WAYS) + 2
N_VERIFIED = BUDGET.n_verified


class Silent:
    """Progress that goes to a function."""

    def __init__(self, line):
        self.line = line

    def candidate(self, problem, name, n_epochs):
        return nullcontext(lambda *_: False)

    def found(self, problem, arrays):
        """No callback asks for the best model so far."""


@pytest.fixture(scope="module")
def rows():
    rows = make_lorenz63(800, random_state=0)
    return (rows - rows.mean(axis=0)) / rows.std(axis=0)


@pytest.fixture(scope="module")
def training(rows):
    """Return a function: options -> Choice of a small model on a short series."""

    def make(*, clipped=True, n_jobs=1, rate=3e-3, line=lambda *_: None):
        parametrization = ShallowPLRNN(3, 20, clipped=clipped)
        problem = Problem(rows, parametrization, False, 10, 8, Penalties(latent=1e-5))
        trainer = Trainer(
            problem,
            WindowSampler(np.array([0]), np.array([len(rows)]), 11),
            lambda k, rng: [problem.initial(rng, np.eye(3))],
            N_EPOCHS,
            BATCHES,
            rate,
            COMPILED,
            Silent(line),
        )
        return Choice(trainer, FreeRunScore([rows]), n_jobs)

    return make


@pytest.fixture(scope="module")
def choose(training):
    """Return a function that chooses among candidates of one architecture."""

    def run(n_init=3, *, seed=0, **options):
        return select(training(**options), FORCING, n_init, np.random.default_rng(seed))

    run.problem = training().problem
    return run


@pytest.fixture(scope="module")
def selection(choose):
    """Of models none of which converges, so that as many as allowed are verified."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(_verdict, "diagnose", lambda *_: "escaped")
        return choose(N_INIT)


@pytest.fixture
def as_selected(monkeypatch):
    """No model converges, as for `selection`."""
    monkeypatch.setattr(_verdict, "diagnose", lambda *_: "escaped")


def planted_short(S):
    return {"D": S, "H": 0.0, "F": 0.0, "S": S}


def assert_same_selection(first, second):
    assert first.chosen == second.chosen and first.outcome == second.outcome
    assert first.floor == second.floor
    for name, value in first.arrays.items():
        np.testing.assert_array_equal(value, second.arrays[name])
    assert first.candidates == second.candidates


def test_one_candidate_of_each_way_and_the_rest_of_the_leading_one(selection):
    names = [candidate["family"] for candidate in selection.candidates]
    assert names[: len(WAYS)] == WAYS
    best = [min(c["S"] for c in one["checkpoints"]) for one in selection.candidates[: len(WAYS)]]
    assert names[len(WAYS) :] == 2 * [names[int(np.argmin(best))]]


@pytest.mark.parametrize("leader", range(len(WAYS)))
def test_way_with_the_best_checkpoint_gets_the_further_candidates(choose, monkeypatch, leader):
    calls = []

    def short(self, model):
        calls.append(model)
        k, i = divmod(len(calls) - 1, 12)
        # The leader is bad on average and best at one checkpoint.
        return planted_short(1.0 if (k, i) == (leader, 5) else 9.0 if k == leader else 2.0 + k)

    monkeypatch.setattr(FreeRunScore, "short", short)
    names = [candidate["family"] for candidate in choose(N_INIT).candidates]
    assert names[len(WAYS) :] == 2 * [WAYS[leader]]


@pytest.mark.parametrize("n_init", [1, 2])
def test_fewer_candidates_than_ways_take_the_first_ways(choose, n_init):
    names = [candidate["family"] for candidate in choose(n_init).candidates]
    assert names == WAYS[:n_init]


def test_candidates_of_one_way_differ(selection):
    first, second = selection.candidates[len(WAYS) :]
    assert first["losses"] != second["losses"]


def test_record_of_a_candidate_is_complete(selection):
    for candidate in selection.candidates:
        assert candidate["status"] == "finished"
        assert len(candidate["losses"]) == len(candidate["alphas"]) == N_EPOCHS
        assert [c["epoch"] for c in candidate["checkpoints"]] == list(range(9, 21))
        assert all({"D", "H", "F", "S"} <= c.keys() for c in candidate["checkpoints"])


def test_best_checkpoints_are_verified_and_the_smallest_total_is_chosen(selection):
    entries = {
        (k, i): entry
        for k, candidate in enumerate(selection.candidates)
        for i, entry in enumerate(candidate["checkpoints"])
    }
    verified = {at: entry for at, entry in entries.items() if "total" in entry}
    assert selection.outcome == "escaped" and len(verified) == BUDGET.most_verified
    others = [entry["S"] for at, entry in entries.items() if at not in verified]
    assert max(entry["S"] for entry in verified.values()) <= min(others)
    for entry in verified.values():
        assert entry["total"] == pytest.approx(entry["S"] + entry["long"])
    assert not any("captured" in entry for entry in verified.values())  # none converged
    assert selection.chosen == min(verified, key=lambda at: verified[at]["total"])


def test_scores_on_record_are_those_of_the_chosen_arrays(choose, selection, rows):
    k, i = selection.chosen
    entry = selection.candidates[k]["checkpoints"][i]
    score, model = FreeRunScore([rows]), choose.problem.maps(selection.arrays)
    again = score.short(model)
    assert {key: entry[key] for key in again} == again
    assert entry["passed"] == score.passed(model)
    assert (entry["long"], entry["error"]) == score.long(score.long_runs(model))
    assert selection.floor == score.floor()


def test_verification_can_overturn_the_order_of_the_short_scores(choose, monkeypatch):
    # The verification fails every model but the one it sees last.
    seen = []

    def passed(self, model):
        seen.append(model)
        return float(len(seen) == N_VERIFIED)

    monkeypatch.setattr(FreeRunScore, "passed", passed)

    def diagnose(runs, passed, score):
        return CONVERGED if passed == 1 else "not verified"

    monkeypatch.setattr(_verdict, "diagnose", diagnose)
    monkeypatch.setattr(_verdict, "captured", lambda *_: 0.0)
    monkeypatch.setattr(FreeRunScore, "short", lambda self, model: planted_short(0.01 * len(seen)))
    selection = choose(1)
    k, i = selection.chosen
    assert selection.candidates[k]["checkpoints"][i]["passed"] == 1.0
    np.testing.assert_array_equal(seen[N_VERIFIED - 1][0].A, selection.arrays["A"])


@pytest.mark.parametrize("n_bad", [0, N_VERIFIED - 1, N_VERIFIED, 2 * N_VERIFIED + 3])
def test_checkpoints_are_verified_in_lots_until_one_converges(choose, monkeypatch, n_bad):
    outcomes = iter(n_bad * ["escaped"] + 3 * N_VERIFIED * [CONVERGED])
    monkeypatch.setattr(_verdict, "diagnose", lambda *_: next(outcomes))
    monkeypatch.setattr(_verdict, "captured", lambda *_: 0.0)
    chosen = choose(3)
    verified = [c for one in chosen.candidates for c in one["checkpoints"] if "total" in c]
    assert len(verified) == (1 + n_bad // N_VERIFIED) * N_VERIFIED
    assert chosen.outcome == CONVERGED


@pytest.mark.parametrize("n_lots", [1, 2, 3])
def test_checkpoints_are_verified_in_lots_until_the_best_catches_no_rows(
    choose, monkeypatch, n_lots
):
    verified = []
    monkeypatch.setattr(_verdict, "diagnose", lambda *_: verified.append(1) or CONVERGED)

    def captured(score, model):
        return 1e6 * (len(verified) < n_lots * N_VERIFIED)

    monkeypatch.setattr(_verdict, "captured", captured)
    chosen = choose(3)
    assert len(verified) == n_lots * N_VERIFIED
    assert chosen.verdict.captured == 0.0


def test_threads_do_not_change_the_result(choose, selection, as_selected, monkeypatch):
    run = CompiledEngine.run

    def yielding(self, starts, rates, noise):
        time.sleep(1e-4)  # so that the threads take turns in epochs this short
        return run(self, starts, rates, noise)

    monkeypatch.setattr(CompiledEngine, "run", yielding)
    assert_same_selection(choose(N_INIT, n_jobs=2), selection)


def test_seed_decides_the_result(choose, selection, as_selected):
    assert_same_selection(choose(N_INIT), selection)
    assert not np.array_equal(choose(N_INIT, seed=1).arrays["A"], selection.arrays["A"])


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("n_calls", [2, 12, N_EPOCHS + 7])
def test_interrupt_during_training_keeps_the_best_so_far(choose, monkeypatch, n_calls, n_jobs):
    run, calls = CompiledEngine.run, []

    def interrupted(self, starts, rates, noise):
        calls.append(self)
        if len(calls) > n_calls:
            raise KeyboardInterrupt
        return run(self, starts, rates, noise)

    monkeypatch.setattr(CompiledEngine, "run", interrupted)
    selection = choose(N_INIT, n_jobs=n_jobs)
    assert selection.outcome == "interrupted"
    assert all(np.all(np.isfinite(value)) for value in selection.arrays.values())
    assert {c["status"] for c in selection.candidates} <= {"finished", "interrupted"}
    assert all(c["losses"] for c in selection.candidates)  # none is begun after the interrupt
    assert len(selection.candidates) <= len(WAYS)
    k, i = selection.chosen
    scores = [c["S"] for one in selection.candidates for c in one["checkpoints"]]
    assert selection.candidates[k]["checkpoints"][i]["S"] == min(scores)


def test_interrupt_while_more_checkpoints_are_verified_keeps_the_best_so_far(choose, monkeypatch):
    verdicts = []

    def verify(score, model, short):
        if len(verdicts) == 3:
            raise KeyboardInterrupt
        verdicts.append(short["S"])
        return verdict(-short["S"], outcome="collapsed to a cycle")

    monkeypatch.setattr(_selection, "BUDGET", replace(BUDGET, n_verified=2))
    monkeypatch.setattr(_selection, "verify", verify)
    selection = choose(2)
    assert selection.outcome == "interrupted"
    assert len(verdicts) == 3
    assert selection.verdict.total == -max(verdicts)


def test_interrupt_of_the_search_for_fixed_points_keeps_the_best_so_far(choose, monkeypatch):
    def interrupted(score, model):
        raise KeyboardInterrupt

    monkeypatch.setattr(_verdict, "captured", interrupted)
    monkeypatch.setattr(_verdict, "diagnose", lambda *_: CONVERGED)
    selection = choose(2)
    assert selection.outcome == "interrupted"
    verified = [c for one in selection.candidates for c in one["checkpoints"] if "total" in c]
    assert len(verified) == N_VERIFIED and not any("captured" in entry for entry in verified)
    total = selection.verdict.total
    assert np.isfinite(total) and total in [c["total"] for c in verified]


def test_training_that_diverges_is_named_and_keeps_finite_arrays(choose):
    selection = choose(3, rate=1e30)
    assert {c["status"] for c in selection.candidates} == {"diverged"}
    assert all(np.all(np.isfinite(value)) for value in selection.arrays.values())
    assert selection.outcome != "converged"


def test_progress_names_every_candidate_and_the_choice(choose):
    lines = []
    choose(4, line=lambda text, level=1: lines.append((level, text)))
    first = [line for level, line in lines if level == 1]
    assert [line[:13] for line in first[:4]] == [f"candidate {k}/4" for k in range(1, 5)]
    assert len(first) == 5 and first[4].startswith("chosen: candidate ")


@pytest.mark.parametrize(
    ("changed", "good"),
    [
        ({}, True),
        ({"D": 1.49}, True),
        ({"D": 1.51}, False),  # D + 5 H beyond twice the floor
        ({"H": 0.25}, False),
        ({"D": np.inf}, False),
        ({"D": np.nan}, False),
        ({"outcome": "collapsed to a cycle"}, False),
        ({"outcome": "escaped"}, False),
        ({"long": 2.0}, True),
        ({"long": 2.01}, False),
        ({"captured": 0.01}, False),
    ],
    ids=str,
)
def test_good_is_what_passes_every_test_within_twice_the_floor(
    training, choose, monkeypatch, changed, good
):
    found = verdict(1.0, **({"D": 1.0, "H": 0.1, "long": 1.0} | changed))
    assert found.is_good == good
    monkeypatch.setattr(FreeRunScore, "floor", lambda self: {"S": 1.0})
    monkeypatch.setattr(_selection, "verify", lambda *_: replace(found, captured=np.nan))
    monkeypatch.setattr(_selection, "caught", lambda *_: found)
    arrays = choose.problem.initial(np.random.default_rng(0), np.eye(3))
    candidate = Candidate("any", checkpoints=2 * [(1, arrays)])
    # The checkpoint with the least S alone counts.
    shorts = [planted_short(9.0), {"S": 1.0, "D": found.D, "H": found.H}]
    assert training().is_good(Result(candidate, shorts)) == good


def test_a_checkpoint_is_verified_once(training, choose, monkeypatch):
    made, calls = training(), []
    arrays = choose.problem.initial(np.random.default_rng(0), np.eye(3))
    monkeypatch.setattr(FreeRunScore, "floor", lambda self: {"S": 1e3})  # so that it may be good
    verify = _selection.verify
    monkeypatch.setattr(_selection, "verify", lambda *a: calls.append(a) or verify(*a))
    result = made.scored(Candidate("any", checkpoints=[(1, arrays)]))
    made.is_good(result)
    chosen = made.choose([result])
    assert len(calls) == 1 and chosen.verdict.S == result.short[0]["S"]


def test_a_candidate_that_overflows_is_not_good(training, choose):
    arrays = choose.problem.initial(np.random.default_rng(0), np.eye(3))
    arrays["A"] = 1e200 * np.eye(3)
    candidate = Candidate("any", checkpoints=[(1, arrays)])
    made = training()
    assert not made.is_good(made.scored(candidate))


def test_two_architectures_in_turn_give_the_same_in_threads(training, as_selected):
    found = []
    for n_jobs in (1, 2):
        trainings = [training(clipped=clipped, n_jobs=n_jobs) for clipped in (False, True)]
        found.append(select_among(trainings, FORCING, 2, np.random.default_rng(0), until_good=True))
    (one, at), (two, position) = found
    assert at == position
    assert one.candidates[one.chosen[0]]["architecture"]["clipped"] == bool(at)
    assert_same_selection(one, two)
