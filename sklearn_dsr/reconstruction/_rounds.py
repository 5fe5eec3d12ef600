"""Rounds of smoothing: smooth X along the chosen model, and go on training on smoothed rows.

A model that is forced by noisy rows contracts too fast, because it pulls back rows that only noise
has moved. Smoothing removes most of this noise. The first round is a training on smoothed rows,
later rounds are trainings or refinements.
"""

from dataclasses import dataclass, replace

import numpy as np

from .._choice._free_run_score import FreeRunScore
from .._choice._outcome import CONVERGED, INTERRUPTED
from .._choice._selection import Choice
from .._choice._turns import select
from .._data.trajectories import Trajectories
from .._recipe import RECIPE
from .._training._refinement import Refinement, n_refined
from .._training._windows import WindowSampler
from ._forcing import exponent_along, refining_ways
from ._start import standardised
from ._system import smooth_rows


@dataclass(frozen=True)
class Rounds:
    """First training of a fit, and further ones on smoothed rows.

    Attributes
    ----------
    choice : Choice
        Model choice on X.
    trajectories : Trajectories
        X in its units, or evenly chosen pieces of a long series.
    mean, scale : ndarray of shape (N + K,)
        Standardisation of the columns.
    start_rows : Trajectories or None
        Standardised rows that the start smoothed. The first round uses them after a model that did
        not converge, which cannot smooth X itself.
    """

    choice: Choice
    trajectories: Trajectories
    mean: np.ndarray
    scale: np.ndarray
    start_rows: Trajectories | None = None

    def go_on(self, last, ways, n_init, n_smoothings, rng, *, trained=True, stop=None):
        """Run further rounds, and keep the last model that is about as close to X as the others.

        Trainings follow one another until a model is good on the smoothed rows, or the verified
        score falls by less than a tenth. A refinement is the last round, unless only one round is
        allowed. Each round continues from the model of the round before, kept or not. No round
        follows a model that did not converge, unless the start has smoothed rows.

        Parameters
        ----------
        last : Selection
            Result of the stage before.
        ways, n_init, rng, stop : object
            As in `select_among`.
        n_smoothings : int
            Largest number of further rounds.
        trained : bool
            False for a model that is good without training: the only round is a refinement.

        Returns
        -------
        Selection
            The kept model with the candidates of all rounds; its total is relative to X.
        """
        taken = last
        progress, before, good = self.choice.progress, np.inf, False
        n_epochs = self.choice.trainer.max_iter if trained else 0
        for k in range(1, n_smoothings + 1):
            try:
                smoothed = self._smooth(last)
                if smoothed is None and k == 1:
                    smoothed = self.start_rows
                if smoothed is None:
                    progress.line(f"not smoothed: the model {last.outcome}")
                    break
                further = self._further(smoothed, last, progress.within(f"smoothed {k}x"))
                slow = last.verdict.total > RECIPE.progress * before
                done = good or slow or k == n_smoothings
                refine = not trained or (k > 1 and done)
                if not refine:
                    chosen = select(further, ways, n_init, rng, until_good=True, stop=stop)
                else:
                    exponent = exponent_along(further.problem.maps(last.arrays), smoothed)
                    family = last.record["family"]
                    further = self._refinement(further)
                    weak = refining_ways(ways, family, exponent, further.problem.n_steps)
                    n = min(n_init, len(weak))
                    chosen = select(further, weak, n, rng, until_good=True, stop=stop)
                chosen = chosen.noted(epochs_before=n_epochs, n_smoothings=k)
                if chosen.outcome == INTERRUPTED:
                    return taken.before(chosen, False).interrupted()
                after = self._beside(smoothed).judge(chosen.arrays)
                own = further.judge(taken.arrays)
                better = chosen.outcome == CONVERGED and chosen.verdict.is_as_near(own)
            except KeyboardInterrupt:
                return taken.interrupted()
            progress.line(
                f"verified score against X: {taken.verdict.total:.3g}, now {after.total:.3g}; "
                f"against the smoothed rows: {own.total:.3g}, now {chosen.verdict.total:.3g}"
            )
            before, good = last.verdict.total, chosen.verdict.is_good
            last = replace(chosen, verdict=after)
            taken = taken.before(last, better)
            if not better:
                progress.line("the model before this smoothing is kept")
            if refine:
                break
            n_epochs += further.trainer.max_iter
        return taken

    def with_start(self, rows):
        """Return a copy with rows that the start smoothed, unless X has missing values."""
        return self if self.choice.problem.seen is not None else replace(self, start_rows=rows)

    def driven(self, driving):
        """Return a copy whose free runs are driven by noise; see `FreeRunScore`."""
        choice = replace(self.choice, score=self.choice.score.driven(driving))
        return replace(self, choice=choice)

    def _beside(self, smoothed):
        """The first choice, which compares runs from smoothed rows with X itself.

        From a noisy row a run of a good model may leave the attractor.
        """
        score = self.choice.score.starting_from(smoothed.segments(min_rows=2))
        return replace(self.choice, score=score)

    def _smooth(self, last):
        """Trajectories smoothed along the last model, standardised, or None if this fails."""
        if last.outcome != CONVERGED:
            return None
        N = self.choice.problem.sizes[1]
        values = standardised(self.trajectories.values, self.mean, self.scale)
        smoothed = self.trajectories.with_values(values)
        values[:, :N] = self._along(last.arrays, smoothed)
        return smoothed if all(np.isfinite(s[:, :N]).all() for s in smoothed.segments()) else None

    def _along(self, arrays, rows):
        """Standardised rows (n_rows, N), smoothed along a model; NaN in gaps."""
        return smooth_rows(*self.choice.problem.maps(arrays), rows)[0]

    def _further(self, smoothed, last, progress):
        """Choice with a training that continues from the last model on smoothed trajectories."""
        trainer, N = self.choice.trainer, self.choice.problem.sizes[1]
        with np.errstate(over="ignore"):  # such values become infinite
            rows = smoothed.values.astype(trainer.problem.dtype)
        problem = replace(trainer.problem, rows=rows)
        if problem.seen is not None:
            problem = replace(problem, seen=~np.isnan(self.trajectories.values[:, :N]))
        visited, segments = self.choice.score.visited, smoothed.segments(min_rows=2)
        choice = self.choice.with_trainer(
            problem=problem,
            sampler=WindowSampler(smoothed.starts, smoothed.stops, problem.n_steps + 1),
            initial=lambda k, rng: [dict(last.arrays)],
            max_iter=max(1, round(RECIPE.further * trainer.max_iter)),
            learning_rate_init=RECIPE.further * trainer.learning_rate_init,
            progress=progress,
        )
        driving = self.choice.score.driving
        score = FreeRunScore(segments, problem.n_inputs, visited=visited, driving=driving)
        return replace(choice, score=score)

    def _refinement(self, further):
        """Choice with a refinement in place of the further training."""
        first, N = self.choice.trainer, self.choice.problem.sizes[1]
        trainer = replace(further.trainer, max_iter=first.max_iter)
        T, hidden_dim = first.problem.n_steps, first.problem.parametrization.hidden_dim
        thinned = self.trajectories.thinned(n_refined(hidden_dim, T))
        if np.max(thinned.stops - thinned.starts) <= T:
            thinned = self.trajectories  # the chosen pieces may hold no window
        observed = thinned.with_values(standardised(thinned.values, self.mean, self.scale))
        # Missing values are not used, because first states come from smoothed rows.
        rows = np.where(np.isnan(observed.values), 0.0, observed.values)
        seen = None if first.problem.seen is None else ~np.isnan(thinned.values[:, :N])
        trainer = Refinement.of(
            trainer, rows, seen, thinned, lambda arrays: self._along(arrays, observed)
        )
        return replace(further, trainer=trainer)
