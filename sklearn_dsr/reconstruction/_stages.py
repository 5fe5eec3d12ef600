"""The stages of a fit: start by regression, train by teacher forcing, refine on smoothed rows.

*Start* makes models without a gradient. *Train* goes on, candidate after candidate, until one is
good. *Refine* takes the noise out of X along the model, and trains that on. Each stage is judged
by free runs, and the next one is left out where the model is good without it.
"""

from dataclasses import dataclass, field, replace
from threading import Event

import numpy as np

from .._choice._free_run_score import FreeRunScore
from .._choice._held_out import is_better
from .._choice._outcome import CONVERGED, INTERRUPTED, LINEAR, NOISE
from .._choice._turns import select, select_among
from .._data.trajectories import pooled
from .._recipe import BUDGET, RECIPE
from .._training._loop import Candidate
from .._training._threads import map_jobs, threads_of
from .._training._windows import WindowSampler
from ._noise import Along, driving_root, noise_of_models


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
    stop : threading.Event
        Ends the fit as KeyboardInterrupt does, with the best model so far.
    """

    rounds: list
    ways: dict
    n_init: int
    n_smoothings: int
    last: str
    rng: np.random.Generator
    stop: Event = field(default_factory=Event)

    def run(self, started):
        """Selection of a model; `started` is what the first stage found, or None."""
        if started is None:
            return self._trained()
        rounds = self._beside(started)
        start, driving = self._start(rounds, started), None
        if start.outcome not in (CONVERGED, INTERRUPTED):
            driving = self._driving(rounds.choice, started, start)
        if driving is not None:
            rounds.choice.progress.line("no run lives without noise: that of the rows drives them")
            driven = replace(self, rounds=[rounds.driven(driving) for rounds in self.rounds])
            rounds = rounds.driven(driving)
            return driven._go_on(rounds, driven._start(rounds, started), started)
        return self._go_on(rounds, start, started)

    def _go_on(self, rounds, start, started):
        """Selection, from that of the start's first draws on."""
        progress = rounds.choice.progress
        if self.last == "start" or started.is_noise:
            return _told(start, started)
        start, good = self._good_start(rounds, start, started)
        if start.outcome == INTERRUPTED:
            return start
        if start.verdict.driven:
            # Errors of a step are independent then, and a regression has the likeliest map.
            progress.line("noise drives the steps: no training")
            return _told(start, started)
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
        try:
            verdict = self._judged(rounds, trained)
        except KeyboardInterrupt:
            trained, verdict = trained.interrupted(), trained.verdict
        return _nearer(start, trained, verdict)

    def _beside(self, started):
        """Rounds of the start's models, judged beside its rows."""
        first = self.rounds[0]
        visited, segments = first.choice.score.visited, started.rows.segments(min_rows=2)
        score = FreeRunScore(segments, started.problem.n_inputs, visited=visited)
        choice = replace(first.choice.with_trainer(problem=started.problem), score=score)
        return replace(first, choice=choice)

    def _start(self, rounds, started):
        """Selection of one of some draws."""
        drawn = started.draw(self.rng)
        draws = [Candidate("regression", checkpoints=[(0, arrays)]) for arrays in drawn]
        start = rounds.choice.choose([rounds.choice.scored(draw) for draw in draws])
        rounds.choice.progress.found(rounds.choice.problem, start.arrays)
        return start.noted(epochs_before=0, n_smoothings=0)

    def _driving(self, choice, started, start):
        """Root (N, N) of the covariance of noise that drives the steps; None if none does.

        It is a part of a column's steps, and larger than the noise of the measurement. Its errors
        are new in each step: those of a model go on, those of a measurement are taken back.
        """
        model, rows = choice.problem.model(start.arrays), started.observed
        along = Along(*model, rows.segments(min_rows=2))
        if abs(along.persistence()) > RECIPE.whiteness:
            return None
        noise = started.noise or noise_of_models([along])
        B, driving = model[1].matrix, driving_root(model[1], noise.process)
        steps = pooled([np.diff(s[:, : len(B)], axis=0) for s in rows.segments(min_rows=2)])
        variances = np.nanvar(steps, axis=0)
        driven = np.sum(driving**2, axis=1)
        is_driven = (driven > RECIPE.unexplained * variances) & (driven > noise.rows)
        return driving if np.any(is_driven) else None

    def _good_start(self, rounds, start, started):
        """The best of some lots of draws, refined where there is noise, and whether one is good.

        Beside few rows more models are good than the rows can tell apart: all lots are made.
        """
        taken, found = None, False
        try:
            for k in range(BUDGET.n_lots):
                start = self._start(rounds, started) if k else start
                good = start.verdict.is_good
                if started.noisy and self.last == "refine":
                    start = self._refined(rounds, start)
                    if start.outcome != INTERRUPTED:
                        start = replace(start, verdict=self._judged(rounds, start))
                        good = good or start.verdict.is_good
                taken = start if taken is None else taken.before(start, start.rank < taken.rank)
                if start.outcome == INTERRUPTED or self.stop.is_set():
                    return taken.interrupted(), False
                found = found or good
                if good and not self._is_few():
                    break
        except KeyboardInterrupt:
            return (taken or start).interrupted(), False
        return taken, found

    def _trained(self):
        """Train, and refine if there is to be a refinement."""
        choices = [rounds.choice for rounds in self.rounds]
        # Of a model without a regression the start is the best of its initial values.
        until_good = self.last != "start"
        selection, a = select_among(
            choices, self.ways, self.n_init, self.rng, until_good=until_good, stop=self.stop
        )
        selection = selection.noted(epochs_before=0, n_smoothings=0)
        if selection.outcome == INTERRUPTED or self.last != "refine":
            return selection
        return self._refined(self.rounds[a], selection, trained=True)

    def _refined(self, rounds, selection, *, trained=False):
        if self.last != "refine":
            return selection
        settings = self.ways, self.n_init, self.n_smoothings, self.rng
        return rounds.go_on(selection, *settings, trained=trained, stop=self.stop)

    def _refined_in_turn(self, judge, taken, started_rows):
        """Train and refine candidate after candidate, until one is good beside the start's rows.

        Noise bends what a training learns, so that none is good before its refinement. There is
        another turn, a candidate of each architecture, if the last has brought the score down.
        Threads do some at once; those beyond the last one that counts are dropped.
        """
        names, turn = list(self.ways), len(self.rounds)
        n = -(-self.n_init // turn)  # of each architecture, n_init in all
        plan = [(k, rounds) for k in range(n) for rounds in self.rounds]
        streams, n_jobs = self.rng.spawn(len(plan)), judge.choice.n_jobs

        def run(j):
            k, rounds = plan[j]
            name, most = names[k % len(names)], min(self.n_smoothings, 2)
            way = {name: self.ways[name]}
            alone = replace(self, n_init=1, ways=way, n_smoothings=most, rng=streams[j])
            return alone._trained_alone(judge, rounds.with_start(started_rows))

        size, before, done = threads_of(n_jobs), taken.verdict, 0
        try:
            for at in range(0, len(plan), size):
                batch = range(len(plan))[at:][:size]
                for trained, verdict in map_jobs(run, batch, n_jobs, self.stop):
                    taken, done = _nearer(taken, trained, verdict), done + 1
                    if taken.outcome == INTERRUPTED or verdict.is_good:
                        return taken
                    if done % turn == 0:
                        if not taken.verdict.is_progress(before):
                            return taken
                        before = taken.verdict
                if self.stop.is_set():
                    return taken.interrupted()
        except KeyboardInterrupt:
            return taken.interrupted()
        return taken

    def _trained_alone(self, judge, rounds):
        """Selection of one candidate, refined, and the verdict beside the start's rows."""
        trained = select(rounds.choice, self.ways, 1, self.rng, stop=self.stop)
        trained = trained.noted(epochs_before=0, n_smoothings=0)
        if trained.outcome != INTERRUPTED:
            trained = self._refined(rounds, trained, trained=True)
        return trained, self._judged(judge, trained)

    def _judged(self, judge, selection):
        """Verdict on a selection's model, of whatever architecture, beside the start's rows."""
        problem = judge.choice.problem
        model = type(problem.parametrization)(**selection.record["architecture"])
        choice = judge.choice.with_trainer(problem=replace(problem, parametrization=model))
        return choice.judge(selection.arrays)

    def _is_few(self):
        return len(self.rounds[0].choice.problem.rows) < RECIPE.few_rows

    def _worth_training(self, started):
        """Whether a trained model forecasts rows held apart better; many rows are not asked."""
        choice = self.rounds[0].choice
        if not self._is_few() or not started.folds:
            return True
        fold = started.folds[-1]
        n_rows = choice.problem.n_steps + 1
        try:
            sampler = WindowSampler(fold.fitted.starts, fold.fitted.stops, n_rows)
        except ValueError:  # the rows that are left have no window
            return False
        trial = choice.with_trainer(sampler=sampler, progress=choice.progress.quiet())
        name, forcing = next(iter(self.ways.items()))
        selection = select(trial, {name: forcing}, 1, self.rng, stop=self.stop)
        if selection.outcome == INTERRUPTED:
            raise KeyboardInterrupt
        errors = fold.errors(choice.problem.model(selection.arrays))
        before = started.forecasts["model"][-len(errors) :]
        return is_better(errors[:, : before.shape[1]], before)


def _nearer(start, trained, verdict):
    """The start or the trained model, on which this is the verdict beside the start's rows."""
    if trained.outcome == INTERRUPTED:
        better = start.outcome != CONVERGED and verdict.total < start.verdict.total
        return start.before(trained, better).interrupted()
    later = replace(trained, verdict=verdict)
    return start.before(later, later.rank <= start.rank)


def _told(selection, started):
    """The selection with the outcome that forecasts of rows held apart tell."""
    outcome = selection.outcome
    if outcome == INTERRUPTED:
        return selection
    if started.is_noise:
        outcome = NOISE
    elif started.is_linear:
        outcome = LINEAR
    return replace(selection, outcome=outcome)
