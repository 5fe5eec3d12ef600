"""The stages of a fit: start by regression, train by teacher forcing, refine on smoothed rows.

*Start* makes models without a gradient. *Train* goes on, candidate after candidate, until one is
good. *Refine* takes the noise out of X along the model, and trains that on. Each stage is judged
by free runs, and the next one is left out where the model is good without it.
"""

from dataclasses import dataclass, replace

import numpy as np

from .._training._held_out import is_better
from .._training._loop import Candidate
from .._training._outcome import CONVERGED, LINEAR, NOISE
from .._training._scoring import FreeRunScore
from .._training._selection import select_among
from .._training._verdict import rank_of
from .._training._windows import WindowSampler
from ._recipe import RECIPE
from ._rounds import joined, noted


@dataclass(frozen=True)
class Stages:
    """What the stages of a fit share.

    Attributes
    ----------
    rounds : list of Rounds
        One of each architecture.
    ways : dict of Forcing
    n_init : int
    n_smoothings : int
        Rounds of the refinement, at most.
    last : {"start", "train", "refine"}
    rng : numpy.random.Generator
    """

    rounds: list
    ways: dict
    n_init: int
    n_smoothings: int
    last: str
    rng: np.random.Generator

    def run(self, started):
        """Selection of a model; `started` is what the first stage found, or None."""
        if started is None:
            return self._trained()
        rounds, results = self._start(started)
        progress = rounds.training.progress
        start = noted(rounds.training.choose(results), epochs_before=0, n_smoothings=0)
        good = rounds.training.is_good(results[start.chosen[0]], RECIPE.good)
        if self.last == "start" or started.is_noise:
            return _told(start, started)
        if started.noisy:
            start = self._refined(rounds, start)
            if start.outcome == "interrupted":
                return start
            good = good or self._is_good(rounds, start)
        if good and (started.explains or self._is_few()):
            progress.line("the start is good: no training")
            return start
        try:
            if not self._worth_training(started):
                progress.line("training does not forecast better than the start")
                return _told(start, started)
            if started.noisy and self.last == "refine":
                return self._refined_in_turn(rounds, start, started.rows)
            trained = self._trained()
        except KeyboardInterrupt:
            return start.interrupted()
        return self._nearer(rounds, start, trained)

    def _start(self, started):
        """Rounds of the start's models, and these as results of candidates."""
        first = self.rounds[0]
        old = first.training.score
        segments = started.rows.segments(min_rows=2)
        score = FreeRunScore(segments, started.problem.n_inputs, visited=old.visited)
        training = replace(first.training, problem=started.problem, score=score)
        results = []
        for arrays in started.draws:
            candidate = Candidate("regression", checkpoints=[(0, arrays)])
            results.append((candidate, training.scored(candidate)))
        return replace(first, training=training), results

    def _trained(self):
        """Train, and refine if there is to be a refinement."""
        trainings = [rounds.training for rounds in self.rounds]
        # Of a model without a regression the start is the best of its initial values.
        good = None if self.last == "start" else RECIPE.good
        selection, a = select_among(trainings, self.ways, self.n_init, self.rng, good)
        selection = noted(selection, epochs_before=0, n_smoothings=0)
        if selection.outcome == "interrupted" or self.last != "refine":
            return selection
        return self._refined(self.rounds[a], selection, trained=True)

    def _refined(self, rounds, selection, trained=False):
        if self.last != "refine":
            return selection
        ways, n_init = self.ways, self.n_init
        return rounds.go_on(selection, ways, n_init, self.n_smoothings, self.rng, trained=trained)

    def _refined_in_turn(self, judge, taken, started_rows):
        """Train and refine candidate after candidate, until one is good beside the start's rows.

        Noise bends what a training learns, so that none is good before its refinement.
        """
        names = list(self.ways)
        n = -(-self.n_init // len(self.rounds))  # of each architecture, n_init in all
        plan = [(k, rounds) for rounds in self.rounds for k in range(n)]
        try:
            for k, rounds in plan:
                way = {names[k % len(names)]: self.ways[names[k % len(names)]]}
                rounds = rounds.with_start(started_rows)
                trained = rounds.training.select(way, 1, self.rng)
                trained = noted(trained, epochs_before=0, n_smoothings=0)
                if trained.outcome == "interrupted":
                    return self._nearer(judge, taken, trained)
                alone = replace(self, n_init=1, ways=way, n_smoothings=min(self.n_smoothings, 2))
                trained = alone._refined(rounds, trained, trained=True)
                taken = self._nearer(judge, taken, trained)
                if taken.outcome == "interrupted":
                    return taken
                if self._is_good(judge, trained):
                    break
        except KeyboardInterrupt:
            return taken.interrupted()
        return taken

    def _is_good(self, judge, selection):
        """Whether a selection's model is good beside the start's rows."""
        training = self._of(judge, selection)
        candidate = Candidate("trained", checkpoints=[(0, selection.arrays)])
        return training.is_good((candidate, training.scored(candidate)), RECIPE.good)

    def _of(self, judge, selection):
        """The training that judges, for a selection's architecture."""
        record = selection.candidates[selection.chosen[0]]
        model = type(judge.training.problem.parametrization)(**record["architecture"])
        problem = replace(judge.training.problem, parametrization=model)
        return replace(judge.training, problem=problem)

    def _is_few(self):
        return len(self.rounds[0].training.problem.rows) < RECIPE.few_rows

    def _worth_training(self, started):
        """Whether a trained model forecasts rows held apart better; many rows are not asked."""
        training = self.rounds[0].training
        if not self._is_few() or not started.folds:
            return True
        fold = started.folds[-1]
        n_rows = training.problem.n_steps + 1
        try:
            sampler = WindowSampler(fold.fitted.starts, fold.fitted.stops, n_rows)
        except ValueError:  # the rows that are left have no window
            return False
        trial = replace(training, sampler=sampler, progress=training.progress.quiet())
        name, forcing = next(iter(self.ways.items()))
        selection = trial.select({name: forcing}, 1, self.rng)
        if selection.outcome == "interrupted":
            raise KeyboardInterrupt
        errors = fold.errors(training.problem.model(selection.arrays))
        before = started.forecasts["model"][-len(errors) :]
        return is_better(errors[:, : before.shape[1]], before)

    def _nearer(self, rounds, start, trained):
        """The start or the trained model: which free runs are nearer to the start's rows."""
        total = self._of(rounds, trained).total(trained.arrays)
        if trained.outcome == "interrupted":
            better = start.outcome != CONVERGED and total < start.total
            return joined(start, trained, better).interrupted()
        better = rank_of(trained.outcome, total) <= rank_of(start.outcome, start.total)
        return joined(start, replace(trained, total=total), better)


def _told(selection, started):
    """The selection with the outcome that forecasts of rows held apart tell."""
    outcome = selection.outcome
    if started.is_noise:
        outcome = NOISE
    elif started.is_linear:
        outcome = LINEAR
    return replace(selection, outcome=outcome)
