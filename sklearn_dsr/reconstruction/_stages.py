"""The stages of a fit: start by regression, train by teacher forcing, refine on smoothed rows.

*Start* makes models without gradients. *Train* trains candidates in turn until one is good.
*Refine* smooths X along the model and goes on training. Free runs judge the model of each stage,
and the fit ends with the first good one.
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
from ._noise import Along, driving_root, noise_along


@dataclass(frozen=True)
class Stages:
    """The stages of a fit.

    Attributes
    ----------
    rounds : list of Rounds
        Training rounds for each architecture.
    ways : dict of Forcing
        Ways of forcing to try.
    n_init : int
        Largest number of candidates.
    n_smoothings : int
        Largest number of rounds on smoothed rows.
    last : {"start", "train", "refine"}
        Last stage that may run.
    rng : numpy.random.Generator
    stop : threading.Event
        If set, ends the fit as KeyboardInterrupt does, with the best model so far.
    """

    rounds: list
    ways: dict
    n_init: int
    n_smoothings: int
    last: str
    rng: np.random.Generator
    stop: Event = field(default_factory=Event)

    def run(self, started):
        """Select a model; `started` is the result of the regression, or None."""
        if started is None:
            return self._trained()
        rounds = self._beside(started)
        start, driving = self._start(rounds, started), None
        if start.outcome not in (CONVERGED, INTERRUPTED):
            driving = self._driving(rounds.choice, started, start)
        if driving is not None:
            rounds.choice.progress.line("no run lives without noise: estimated noise drives them")
            driven = replace(self, rounds=[rounds.driven(driving) for rounds in self.rounds])
            rounds = rounds.driven(driving)
            return driven._go_on(rounds, driven._start(rounds, started), started)
        return self._go_on(rounds, start, started)

    def _go_on(self, rounds, start, started):
        """Select a model, given the selection among the first draws of the start."""
        progress = rounds.choice.progress
        if self.last == "start" or started.is_noise:
            return _told(start, started)
        start, good = self._good_start(rounds, start, started)
        if start.outcome == INTERRUPTED:
            return start
        if start.verdict.driven:
            # Errors of steps are independent then, so the regression is the likeliest map.
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
        """Rounds for the models of the start, compared with the rows of the start."""
        first = self.rounds[0]
        visited, segments = first.choice.score.visited, started.rows.segments(min_rows=2)
        score = FreeRunScore(segments, started.problem.n_inputs, visited=visited)
        choice = replace(first.choice.with_trainer(problem=started.problem), score=score)
        return replace(first, choice=choice)

    def _start(self, rounds, started):
        """Draw models, and select the best one."""
        drawn = started.draw(self.rng)
        draws = [Candidate("regression", checkpoints=[(0, arrays)]) for arrays in drawn]
        start = rounds.choice.choose([rounds.choice.scored(draw) for draw in draws])
        rounds.choice.progress.found(rounds.choice.problem, start.arrays)
        return start.noted(epochs_before=0, n_smoothings=0)

    def _driving(self, choice, started, start):
        """Root (N, N) of the covariance of the noise that drives the steps, or None.

        Driving noise explains a part of the steps of a column and is larger than the measurement
        noise. Its errors are uncorrelated in time: errors of a map have a positive
        autocorrelation, measurement errors a negative one.
        """
        maps, rows = choice.problem.maps(start.arrays), started.observed
        along = Along(*maps, rows.segments(min_rows=2))
        if abs(along.persistence()) > RECIPE.whiteness:
            return None
        noise = started.noise or noise_along([along])
        B, driving = maps[1].matrix, driving_root(maps[1], noise.process)
        steps = pooled([np.diff(s[:, : len(B)], axis=0) for s in rows.segments(min_rows=2)])
        variances = np.nanvar(steps, axis=0)
        driven = np.sum(driving**2, axis=1)
        is_driven = (driven > RECIPE.unexplained * variances) & (driven > noise.rows)
        return driving if np.any(is_driven) else None

    def _good_start(self, rounds, start, started):
        """Best of several lots of draws, refined if X is noisy, and whether one is good.

        Few rows cannot tell good models apart, so all lots are drawn then.
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
        """Train, then refine if `last` allows."""
        choices = [rounds.choice for rounds in self.rounds]
        # Without a regression the start is the best of the initial models.
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
        """Train and refine candidates in turn, until one is good on the rows of the start.

        A candidate that is trained on noisy rows is not good before its refinement. A turn has one
        candidate per architecture, and another turn follows if the last one has lowered the score.
        Threads run several candidates at once; those after the last one that counts are dropped.
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
        """Selection of one refined candidate, and its verdict on the rows of the start."""
        trained = select(rounds.choice, self.ways, 1, self.rng, stop=self.stop)
        trained = trained.noted(epochs_before=0, n_smoothings=0)
        if trained.outcome != INTERRUPTED:
            trained = self._refined(rounds, trained, trained=True)
        return trained, self._judged(judge, trained)

    def _judged(self, judge, selection):
        """Verdict on the selected model, on the rows of the start."""
        problem = judge.choice.problem
        parametrization = type(problem.parametrization)(**selection.record["architecture"])
        choice = judge.choice.with_trainer(
            problem=replace(problem, parametrization=parametrization)
        )
        return choice.judge(selection.arrays)

    def _is_few(self):
        return len(self.rounds[0].choice.problem.rows) < RECIPE.few_rows

    def _worth_training(self, started):
        """Whether a trained model forecasts held-out rows better; True with many rows."""
        choice = self.rounds[0].choice
        if not self._is_few() or not started.folds:
            return True
        fold = started.folds[-1]
        n_rows = choice.problem.n_steps + 1
        try:
            sampler = WindowSampler(fold.fitted.starts, fold.fitted.stops, n_rows)
        except ValueError:  # the remaining rows have no window
            return False
        trial = choice.with_trainer(sampler=sampler, progress=choice.progress.quiet())
        name, forcing = next(iter(self.ways.items()))
        selection = select(trial, {name: forcing}, 1, self.rng, stop=self.stop)
        if selection.outcome == INTERRUPTED:
            raise KeyboardInterrupt
        errors = fold.errors(choice.problem.maps(selection.arrays))
        before = started.forecasts["model"][-len(errors) :]
        return is_better(errors[:, : before.shape[1]], before)


def _nearer(start, trained, verdict):
    """The better of start and trained model; `verdict` is on the rows of the start."""
    if trained.outcome == INTERRUPTED:
        better = start.outcome != CONVERGED and verdict.total < start.verdict.total
        return start.before(trained, better).interrupted()
    later = replace(trained, verdict=verdict)
    return start.before(later, later.rank <= start.rank)


def _told(selection, started):
    """The selection with the outcome of forecasts of held-out rows."""
    outcome = selection.outcome
    if outcome == INTERRUPTED:
        return selection
    if started.is_noise:
        outcome = NOISE
    elif started.is_linear:
        outcome = LINEAR
    return replace(selection, outcome=outcome)
