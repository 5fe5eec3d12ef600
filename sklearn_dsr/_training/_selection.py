"""From candidates to one model: train several, score their checkpoints by free run, verify, choose.

One training run with its last weights is not safe, whatever its settings: with the loss at its
floor it may end in a fixed point or a cycle. Several ways of forcing, late checkpoints and the
choice by free run on the training data removed all such failures in 45 fits of six systems.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from threading import Event

import numpy as np

from ._engine_native import NativeEngine
from ._engine_torch import TorchEngine, single_thread
from ._loop import train
from ._optimizer import learning_rates
from ._outcome import CONVERGED
from ._problem import Problem
from ._scoring import FreeRunScore
from ._selected import Selection
from ._threads import map_jobs, threads_of
from ._verdict import caught, rank_of, verified_total, verify
from ._windows import WindowSampler

# Checkpoints that get the long runs; up to ten times as many until one converges and catches no
# rows of the data.
N_VERIFIED = 3
PASSED = 0.9  # of the verification runs of a good model


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
        With ``line(text)``, and ``candidate(problem, name, n_epochs)``, a context manager that
        yields the function to call after each epoch; see `train`.
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

    def select(self, ways, n_init, rng, good=None):
        """Choose among the checkpoints of candidates of this architecture; see `select_among`."""
        return select_among([self], ways, n_init, rng, good)[0]

    @np.errstate(all="ignore")  # what overflows is counted, and named in the outcome
    def candidate(self, k, name, forcing, rng, stop):
        """Train candidate `k`, and score its checkpoints: a `Candidate` and a list of dicts."""
        rates = self.rates()
        engine = self._make_engine(self.initial(k, rng), forcing)
        family = name[1]
        with self.progress.candidate(self.problem, name[0], len(rates)) as watch:
            candidate = train(engine, self.sampler, rates, rng, family, stop=stop, watch=watch)
        scores = self.scored(candidate)
        best = min(s["S"] for s in scores)
        self.progress.line(f"{name[0]}: {candidate.status}, free-run score {best:.3g}")
        return candidate, scores

    @np.errstate(all="ignore")
    def scored(self, candidate):
        """Scores of a candidate's checkpoints by short free runs, a list of dicts."""
        return [
            {"epoch": epoch} | self.score.short(self.problem.model(arrays))
            for epoch, arrays in candidate.checkpoints
        ]

    def is_good(self, result, good):
        """Whether a candidate's best checkpoint is as near to the data as these are to themselves.

        D + 5 H of its short runs are within `good` times those of two halves of the data, the worst
        of its long runs within twice that, and it passes the verification.
        """
        candidate, scores = result
        best = min(range(len(scores)), key=lambda i: scores[i]["S"])
        limit = good * self.score.floor()["S"]
        if not scores[best]["D"] + 5 * scores[best]["H"] <= limit:
            return False
        model, verdict = self.problem.model(candidate.checkpoints[best][1]), scores[best]
        if "outcome" not in verdict:  # not verified yet
            verdict, outcome = verify(self.score, model, verdict["S"])
            verdict["outcome"] = outcome
        if verdict["outcome"] != CONVERGED or verdict["passed"] < PASSED:
            return False
        if verdict["long"] > 2 * limit:
            return False
        if "captured" not in verdict:
            verdict = caught(self.score, verdict, model)
        return verdict["captured"] == 0

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

        def verified(j):
            return verify(self.score, model(j), scores[j])

        def best():
            return min(
                range(len(verdicts)), key=lambda j: rank_of(verdicts[j][1], verdicts[j][0]["total"])
            )

        try:
            while len(verdicts) < len(scores):
                batch = range(len(scores))[len(verdicts) :][:N_VERIFIED]
                found = map_jobs(verified, batch, self.n_jobs, Event())
                verdicts += found
                if len(found) < len(batch):  # in a thread's run
                    raise KeyboardInterrupt
                # Without `captured` a total is a lower bound: only those that may be best need it.
                while "captured" not in verdicts[best()][0]:
                    j = best()
                    verdict, outcome = verdicts[j]
                    verdicts[j] = caught(self.score, verdict, model(j)), outcome
                verdict, outcome = verdicts[best()]
                if outcome == CONVERGED and not verdict["captured"]:
                    break
        except KeyboardInterrupt:
            if not verdicts:
                raise  # nothing was chosen yet
            interrupted = True
        return verdicts, best(), interrupted

    def choose(self, results, interrupted=False):
        """Verify the best checkpoints by long runs and take the one with the smallest sum.

        Parameters
        ----------
        results : list of (Candidate, list of dict)
            At least one.
        interrupted : bool
            Whether to have done with the best by short runs.

        Returns
        -------
        Selection
        """
        order = sorted(
            (entry["S"], k, i)
            for k, (_, scores) in enumerate(results)
            for i, entry in enumerate(scores)
        )[: 1 if interrupted else 10 * N_VERIFIED]

        def model(j):
            _, k, i = order[j]
            return self.problem.model(results[k][0].checkpoints[i][1])

        verdicts, best, cut = self._verdicts([S for S, _, _ in order], model)
        interrupted = interrupted or cut
        for (verdict, outcome), (_, k, i) in zip(verdicts, order, strict=False):
            results[k][1][i].update(verdict | {"outcome": outcome})
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
        total = verdicts[best][0]["total"]
        floor = self.score.floor()
        return Selection(
            candidate.checkpoints[i][1], self.record(results), (k, i), floor, outcome, total
        )

    def record(self, results):
        """What `Selection.candidates` says of candidates."""
        rates = self.rates()[:, -1]
        return [
            {
                "architecture": asdict(self.problem.parametrization),
                "family": c.family,
                "status": c.status,
                "losses": c.losses,
                "alphas": c.alphas,
                "rates": rates[: len(c.losses)].tolist(),
                "checkpoints": scores,
            }
            for c, scores in results
        ]


def select_among(trainings, ways, n_init, rng, good=None):
    """Train candidates of several architectures in turn, until one is good, and choose a model.

    Parameters
    ----------
    trainings : list of Training
        One of each architecture, with a candidate of each in turn.
    ways : dict of Forcing
        One candidate of each; those beyond are of the one whose best S leads.
    n_init : int
        Candidates of an architecture; of the last one of several twice as many: clipped models
        of the ECG and the EEG differ more from seed to seed than others.
    rng : numpy.random.Generator
        Every candidate gets a child of its own, so that threads do not change results.
    good : float, default=None
        See `Training.is_good`; None trains all candidates. The first good one by its number ends
        it, and those that threads have trained beyond are dropped.

    Returns
    -------
    selection : Selection
    position : int
        That of the chosen architecture.
    """
    names, first, stop = list(ways), trainings[0], Event()
    plan = [(k, a) for k in range(n_init) for a in range(len(trainings))]
    if len(trainings) > 1:
        plan += [(k, len(trainings) - 1) for k in range(n_init, 2 * n_init)]
    streams, results = rng.spawn(len(plan)), [[] for _ in trainings]
    n_first = min(len(names) if len(names) > 1 else n_init, n_init) * len(trainings)

    def leader():
        best = [(min(s["S"] for s in r[1]), r[0].family) for part in results for r in part]
        return min(best, key=lambda b: b[0])[1]

    def run(j):
        k, a = plan[j]
        family = names[k % len(names)] if j < n_first else lead
        n = sum(a == other for _, other in plan)
        name = f"candidate {k + 1}/{n} ({family})", family
        return trainings[a].candidate(k, name, ways[family], streams[j], stop)

    found, at, lead = None, 0, None
    size = len(plan) if good is None else threads_of(first.n_jobs)
    with single_thread() if first.engine == "torch" else nullcontext():
        while at < len(plan) and found is None and not stop.is_set():
            if at == n_first:
                lead = leader()
            batch = range(at, min(at + size, n_first if at < n_first else len(plan)))
            for j, result in zip(batch, map_jobs(run, batch, first.n_jobs, stop), strict=False):
                a = plan[j][1]
                if result[0].losses or not stop.is_set():
                    results[a].append(result)
                    if good and not stop.is_set() and trainings[a].is_good(result, good):
                        found = a
                        break
            at = batch.stop
    if not any(results):
        raise KeyboardInterrupt  # before any model was trained for an epoch
    chosen = [
        (training.choose(part, stop.is_set()), a)
        for a, (training, part) in enumerate(zip(trainings, results, strict=True))
        if part and found in (None, a)
    ]
    selection, best = min(chosen, key=lambda c: c[0].rank)
    records = [t.record(part) for t, part in zip(trainings, results, strict=True)]
    k, i = selection.chosen
    k += sum(map(len, records[:best]))
    return replace(selection, candidates=sum(records, []), chosen=(k, i)), best
