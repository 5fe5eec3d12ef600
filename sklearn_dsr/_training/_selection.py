"""From candidates to one model: train several, score their checkpoints by free run, verify, choose.

One training run with its last weights is not safe, whatever its settings: with the loss at its
floor it may end in a fixed point or a cycle. Several ways of forcing, late checkpoints and the
choice by free run on the training data removed all such failures in 45 fits of six systems.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from threading import Event

import numpy as np

from ._capture import captured
from ._engine_native import NativeEngine
from ._engine_torch import TorchEngine, single_thread
from ._loop import train
from ._optimizer import learning_rates
from ._outcome import CONVERGED, diagnose
from ._problem import Problem
from ._scoring import FreeRunScore
from ._threads import map_jobs
from ._windows import WindowSampler

# Checkpoints that get the long runs; up to three times as many until one converges and catches no
# rows of the data.
N_VERIFIED = 10


@dataclass
class Selection:
    """The chosen model and the whole record of the choice.

    Attributes
    ----------
    arrays : dict of ndarray
        Trained arrays of the chosen checkpoint.
    candidates : list of dict
        Per candidate: family, status; losses, alphas and learning rates (last one) per epoch; and
        checkpoints, a list of dicts with epoch, D, H, E, F, S, of those that were verified also
        passed, long and total, and of those whose total might be the smallest captured.
    chosen : (int, int)
        Position of the candidate, and of its checkpoint.
    floor : dict
        D, H and S of the first half of the data against the second.
    outcome : str
        See `_outcome.diagnose`.
    total : float
        Verified score of the chosen model: of its short runs, verification and long runs.
    """

    arrays: dict
    candidates: list
    chosen: tuple
    floor: dict
    outcome: str
    total: float

    @property
    def verdict(self):
        """Record of the chosen checkpoint, beside the rows that it was trained on."""
        candidate, checkpoint = self.chosen
        return self.candidates[candidate]["checkpoints"][checkpoint]

    @property
    def captured(self):
        """Share of runs that a fixed point of the chosen model caught in its verification."""
        return self.verdict["captured"]

    @property
    def rank(self):
        """See `rank_of`."""
        return rank_of(self.outcome, self.total)


@dataclass(frozen=True)
class Training:
    """What the candidates of a fit share.

    Attributes
    ----------
    problem : Problem
    sampler : WindowSampler
    score : FreeRunScore
    initial : callable (k, rng) -> dict
        Initial trained arrays of candidate k.
    max_iter, batches_per_epoch : int
        Epochs, and updates of one.
    learning_rate_init : float
    engine : {"native", "torch"}
    device : str
        Of the torch engine.
    n_jobs : int or None
        Threads, as in joblib.
    progress : object
        With ``line(text)``, and ``candidate(k, name, n_epochs)``, a context manager that yields the
        function to call after each epoch; see `train`.
    """

    problem: Problem
    sampler: WindowSampler
    score: FreeRunScore
    initial: Callable
    max_iter: int
    batches_per_epoch: int
    learning_rate_init: float
    engine: str
    device: str
    n_jobs: int | None
    progress: object

    def select(self, ways, n_init, rng):
        """Train `n_init` candidates and choose among all their checkpoints.

        Parameters
        ----------
        ways : dict of Forcing
            One candidate of each; those beyond are of the one whose best S leads.
        n_init : int
        rng : numpy.random.Generator
            Every candidate gets a child of its own, so that threads do not change results.

        Returns
        -------
        Selection
        """
        rates = self.rates()
        names = list(ways)[:n_init] if len(ways) > 1 else list(ways) * n_init
        streams = rng.spawn(n_init)
        stop = Event()

        @np.errstate(all="ignore")  # what overflows is counted, and named in the outcome
        def run(job):
            k, family = job

            name = f"candidate {k + 1}/{n_init} ({family})"
            engine = self._make_engine(self.initial(k, streams[k]), ways[family])
            with self.progress.candidate(k, name, len(rates)) as watch:
                candidate = train(
                    engine, self.sampler, rates, streams[k], family, stop=stop, watch=watch
                )
            scores = [
                {"epoch": epoch} | self.score.short(self.problem.model(arrays))
                for epoch, arrays in candidate.checkpoints
            ]
            best = min(s["S"] for s in scores)
            self.progress.line(f"{name}: {candidate.status}, free-run score {best:.3g}")
            return candidate, scores

        with single_thread() if self.engine == "torch" else nullcontext():
            results = map_jobs(run, list(enumerate(names)), self.n_jobs, stop)
            best = [min(s["S"] for s in scores) for _, scores in results]
            leader = names[int(np.argmin(best))] if best else names[0]
            results += map_jobs(
                run, [(k, leader) for k in range(len(names), n_init)], self.n_jobs, stop
            )
        results = [r for r in results if r[0].losses or not stop.is_set()]
        if not results:
            raise KeyboardInterrupt  # before any model was trained for an epoch
        return self._choose(results, rates[:, -1], stop.is_set())

    def rates(self):
        """Learning rate of each update, (max_iter, batches_per_epoch)."""
        shape = (self.max_iter, self.batches_per_epoch)
        return learning_rates(self.learning_rate_init, shape[0] * shape[1]).reshape(shape)

    def _make_engine(self, arrays, forcing):
        if self.engine == "native":
            return NativeEngine(self.problem, arrays, forcing)
        return TorchEngine(self.problem, arrays, forcing, self.device)

    def total(self, arrays):
        """Score of trained arrays as the choice sees it, see `verified_total`."""
        return verified_total(self.score, self.problem.model(arrays))

    def _verdicts(self, scores, model):
        """Verdicts on the first models, (dict, outcome) each, position of the best, interrupted.

        As many as it takes for one to converge that catches no rows. `scores` are the S of models
        by rank, at least one; ``model(j)`` is the one of position j.
        """
        verdicts, interrupted = [], False

        def verify(j):
            return _verify(self.score, model(j), scores[j])

        def best():
            return min(
                range(len(verdicts)), key=lambda j: rank_of(verdicts[j][1], verdicts[j][0]["total"])
            )

        try:
            while len(verdicts) < len(scores):
                batch = range(len(scores))[len(verdicts) :][:N_VERIFIED]
                found = map_jobs(verify, batch, self.n_jobs, Event())
                verdicts += found
                if len(found) < len(batch):  # in a thread's run
                    raise KeyboardInterrupt
                # Without `captured` a total is a lower bound: only those that may be best need it.
                while "captured" not in verdicts[best()][0]:
                    j = best()
                    verdict, outcome = verdicts[j]
                    verdicts[j] = _caught(self.score, verdict, model(j)), outcome
                verdict, outcome = verdicts[best()]
                if outcome == CONVERGED and not verdict["captured"]:
                    break
        except KeyboardInterrupt:
            if not verdicts:
                raise  # nothing was chosen yet
            interrupted = True
        return verdicts, best(), interrupted

    def _choose(self, results, rates, interrupted):
        """Verify the best checkpoints by long runs and take the one with the smallest sum."""
        order = sorted(
            (entry["S"], k, i)
            for k, (_, scores) in enumerate(results)
            for i, entry in enumerate(scores)
        )[: 1 if interrupted else 3 * N_VERIFIED]

        def model(j):
            _, k, i = order[j]
            return self.problem.model(results[k][0].checkpoints[i][1])

        verdicts, best, cut = self._verdicts([S for S, _, _ in order], model)
        interrupted = interrupted or cut
        for (verdict, _), (_, k, i) in zip(verdicts, order, strict=False):
            results[k][1][i].update(verdict)
        _, k, i = order[best]
        candidate = results[k][0]
        outcome = "interrupted" if interrupted else verdicts[best][1]
        if candidate.status == "diverged" and not candidate.losses:
            outcome = "diverged"  # untrained, whatever its free run does
        self.progress.line(
            f"chosen: candidate {k + 1} ({candidate.family}) after epoch "
            f"{candidate.checkpoints[i][0]}, verified score {verdicts[best][0]['total']:.3g}; "
            f"{outcome}"
        )
        record = [
            {
                "family": c.family,
                "status": c.status,
                "losses": c.losses,
                "alphas": c.alphas,
                "rates": rates[: len(c.losses)].tolist(),
                "checkpoints": scores,
            }
            for c, scores in results
        ]
        total = verdicts[best][0]["total"]
        floor = self.score.floor()
        return Selection(candidate.checkpoints[i][1], record, (k, i), floor, outcome, total)


@np.errstate(all="ignore")
def verified_total(score, model):
    """Score of a model as a choice sees it: short runs, verification, long runs, and capture.

    Parameters
    ----------
    score : FreeRunScore
    model : (CanonicalMap, observation)

    Returns
    -------
    float
        S + 10 (1 - passed + captured) + long, in the terms of `FreeRunScore` and `captured`.
    """
    verdict, _ = _verify(score, model, score.short(model)["S"])
    return _caught(score, verdict, model)["total"]


@np.errstate(all="ignore")
def _verify(score, model, S):
    """Verdict on a model with the score S of its short runs, a dict, and its outcome."""
    runs, passed = score.long_runs(model), score.passed(model)
    verdict = {"passed": passed, "long": score.long(runs)}
    verdict["total"] = S + 10 * (1 - passed) + verdict["long"]
    return verdict, diagnose(runs, passed, score)


@np.errstate(all="ignore")
def _caught(score, verdict, model):
    """The verdict with the share `captured`, which takes as long as all the rest."""
    share = captured(score, model)
    return verdict | {"captured": share, "total": verdict["total"] + 10 * share}


def rank_of(outcome, total):
    """What is less for a better model: one that wanders as the data do comes first.

    A cycle may have the better sum.
    """
    return (outcome != CONVERGED, total)
