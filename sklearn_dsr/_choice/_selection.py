"""From candidates to one model: train several, score their checkpoints, verify, choose.

A single training run can end in a fixed point or a cycle although its loss is low. Several ways of
forcing, late checkpoints, and the choice by free runs avoid this.
"""

from dataclasses import asdict, dataclass, replace
from threading import Event

import numpy as np

from .._recipe import BUDGET
from .._training._threads import map_jobs
from .._training._trainer import Trainer
from ._free_run_score import FreeRunScore
from ._outcome import CONVERGED, INTERRUPTED
from ._selected import Result, Selection
from ._verdict import caught, is_near, judge, verify


@dataclass(frozen=True)
class Choice:
    """Candidates of one architecture, compared with the same rows.

    Attributes
    ----------
    trainer : Trainer
    score : FreeRunScore
    n_jobs : int or None
        Threads, as in joblib.
    """

    trainer: Trainer
    score: FreeRunScore
    n_jobs: int | None

    @property
    def problem(self):
        """Problem that is trained."""
        return self.trainer.problem

    @property
    def progress(self):
        """Receiver of progress messages."""
        return self.trainer.progress

    def with_trainer(self, **changed):
        """Return the same choice with other attributes of its trainer."""
        return replace(self, trainer=replace(self.trainer, **changed))

    def candidate(self, k, name, forcing, rng, stop):
        """Train candidate `k`, see `Trainer.candidate`, and score its checkpoints: a `Result`."""
        candidate = self.trainer.candidate(k, name, forcing, rng, stop)
        try:
            result = self.scored(candidate)
        except KeyboardInterrupt:  # keeps the training: scoring one checkpoint is quick
            stop.set()
            candidate.checkpoints, candidate.status = candidate.checkpoints[-1:], "interrupted"
            result = self.scored(candidate)
        self.progress.found(self.problem, result.arrays(result.nearest))
        self.progress.line(f"{name[0]}: {candidate.status}, free-run score {result.least:.3g}")
        return result

    @np.errstate(all="ignore")
    def scored(self, candidate):
        """Result of a candidate, its checkpoints scored by short free runs."""
        pairs = (self.problem.maps(arrays) for _, arrays in candidate.checkpoints)
        return Result(candidate, [self.score.short(maps) for maps in pairs])

    def judge(self, arrays):
        """Whole verdict on trained arrays, compared with the rows of this choice."""
        return judge(self.score, self.problem.maps(arrays))

    def is_good(self, result):
        """Whether the checkpoint of a candidate with the best short runs is good; see `Verdict`."""
        i = result.nearest
        maps, short = self.problem.maps(result.arrays(i)), result.short[i]
        # Cheap checks come first: short runs, then long runs, then the search for fixed points.
        if not is_near(short["D"], short["H"], self.score.floor()["S"]):
            return False
        verdict = verify(self.score, maps, short)
        if replace(verdict, captured=0.0).is_good:
            verdict = caught(self.score, maps, verdict)
        result.verdicts[i] = verdict
        return verdict.is_good

    def _verdicts(self, places):
        """Verdicts on the first checkpoints, position of the best, whether it was interrupted.

        Verification ends at the first batch with a checkpoint that converged and catches no runs.

        Parameters
        ----------
        places : list of (Result, int)
            Candidates and positions of checkpoints, by rank, at least one.
        """
        verdicts, interrupted, stop = [], False, Event()

        def maps(j):
            result, i = places[j]
            return self.problem.maps(result.arrays(i))

        def verified(j):
            result, i = places[j]
            known = result.verdicts.get(i)  # `is_good` has verified it already
            return known or verify(self.score, maps(j), result.short[i])

        def best():
            return min(range(len(verdicts)), key=lambda j: verdicts[j].rank)

        try:
            while len(verdicts) < len(places):
                batch = range(len(places))[len(verdicts) :][: BUDGET.n_verified]
                verdicts += map_jobs(verified, batch, self.n_jobs, stop)
                if stop.is_set():
                    raise KeyboardInterrupt
                # The search for fixed points takes longest: only the best one so far needs it.
                while not verdicts[best()].is_searched:
                    j = best()
                    verdicts[j] = caught(self.score, maps(j), verdicts[j])
                verdict = verdicts[best()]
                if verdict.outcome == CONVERGED and not verdict.captured:
                    break
        except KeyboardInterrupt:
            interrupted = True
            if not verdicts:  # all are trained and none is verified: take the first one
                verdicts = [verified(0)]
        return verdicts, best(), interrupted

    def choose(self, results, interrupted=False):
        """Verify the best checkpoints by long runs and take the best of them.

        Parameters
        ----------
        results : list of Result
            At least one.
        interrupted : bool
            Whether to verify only the checkpoint with the best short runs.

        Returns
        -------
        Selection
        """
        most = 1 if interrupted else BUDGET.most_verified
        order = sorted(
            (short["S"], k, i)
            for k, result in enumerate(results)
            for i, short in enumerate(result.short)
        )[:most]

        verdicts, best, cut = self._verdicts([(results[k], i) for _, k, i in order])
        for verdict, (_, k, i) in zip(verdicts, order, strict=False):
            results[k].verdicts[i] = verdict
        _, k, i = order[best]
        candidate, verdict = results[k].candidate, verdicts[best]
        outcome = INTERRUPTED if interrupted or cut else verdict.outcome
        if candidate.status == "diverged" and not candidate.losses:
            outcome = "diverged"  # untrained, however good its free run is
        self.progress.line(
            f"chosen: candidate {k + 1} ({candidate.family}) after epoch "
            f"{candidate.checkpoints[i][0]}, verified score {verdict.total:.3g}; {outcome}"
        )
        return Selection(
            results[k].arrays(i), self.record(results), (k, i), self.score.floor(), outcome, verdict
        )

    def record(self, results):
        """Records of candidates, see `Selection.candidates`."""
        rates = self.trainer.rates()[:, -1]
        common = {"architecture": asdict(self.problem.parametrization)}
        return [common | result.record(rates) for result in results]
