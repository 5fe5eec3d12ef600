"""Rounds of smoothing: take the noise out of X along the chosen model, and train that model on.

Noise in the forcing signals bends what a model learns: it pulls back rows that only noise has
moved, and so contracts too fast. Most of the noise is taken out of rows smoothed along a model.
The first round is a further training on smoothed rows, later ones are refinements.
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
    """The first training of a fit, and those that go on from it on smoothed rows.

    Attributes
    ----------
    choice : Choice
        On X as it is.
    trajectories : Trajectories
        X in its units, or of a long series evenly chosen pieces, which are enough to train on.
    mean, scale : ndarray of shape (N + K,)
        The standardisation.
    start_rows : Trajectories or None
        Rows that the start smoothed, standardised, for the first round after a model that did not
        converge, which cannot smooth itself.
    """

    choice: Choice
    trajectories: Trajectories
    mean: np.ndarray
    scale: np.ndarray
    start_rows: Trajectories | None = None

    def go_on(self, last, ways, n_init, n_smoothings, rng, *, trained=True, stop=None):
        """Choose a model in each further round, and take the last one that is about as near to X.

        Parameters
        ----------
        last : Selection
            Of the stage before.
        ways, n_init, rng, stop : object
            As for `select_among`.
        n_smoothings : int
            Further rounds at most: a training, others until one is good beside the smoothed rows,
            or does not bring the verified score down by a tenth, and a refinement, unless there is
            one round only. Each goes on from the model of the last one, taken or not: a refinement
            may mend what a training left. There is none after a model that did not converge, unless
            the start has smoothed rows.
        trained : bool
            False for a model that is good without training: there is a refinement only.

        Returns
        -------
        Selection
            Of the taken model; its candidates are those of all rounds, and its total is beside X.
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
                    exponent = exponent_along(further.problem.model(last.arrays), smoothed)
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
                f"verified score beside X: {taken.verdict.total:.3g}, now {after.total:.3g}; "
                f"beside the smoothed rows: {own.total:.3g}, now {chosen.verdict.total:.3g}"
            )
            before, good = last.verdict.total, chosen.verdict.is_good
            last = replace(chosen, verdict=after)
            taken = taken.before(last, better)
            if not better:
                progress.line("the model before this smoothing stays")
            if refine:
                break
            n_epochs += further.trainer.max_iter
        return taken

    def with_start(self, rows):
        """Return the same with rows that the start smoothed; where values are missing, without."""
        return self if self.choice.problem.seen is not None else replace(self, start_rows=rows)

    def driven(self, driving):
        """Return the same, of free runs that noise drives; see `FreeRunScore`."""
        choice = replace(self.choice, score=self.choice.score.driven(driving))
        return replace(self, choice=choice)

    def _beside(self, smoothed):
        """The first choice, to judge beside X itself, noise and all, by runs from smoothed rows.

        From its noisy rows a run of a good model may go where the data never are, as on Aizawa.
        """
        score = self.choice.score.starting_from(smoothed.segments(min_rows=2))
        return replace(self.choice, score=score)

    def _smooth(self, last):
        """Standardised trajectories along the last model, inputs as they were; None if no use."""
        if last.outcome != CONVERGED:
            return None
        N = self.choice.problem.sizes[1]
        values = standardised(self.trajectories.values, self.mean, self.scale)
        smoothed = self.trajectories.with_values(values)
        values[:, :N] = self._along(last.arrays, smoothed)
        return smoothed if all(np.isfinite(s[:, :N]).all() for s in smoothed.segments()) else None

    def _along(self, arrays, rows):
        """Standardised rows (n_rows, N) of trajectories smoothed along a model; NaN in gaps."""
        return smooth_rows(*self.choice.problem.model(arrays), rows)[0]

    def _further(self, smoothed, last, progress):
        """Choice whose training goes on from the last model on smoothed trajectories."""
        trainer, N = self.choice.trainer, self.choice.problem.sizes[1]
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and diverges
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
        """Refinement that goes on from where a further training would, with work of the first."""
        first, N = self.choice.trainer, self.choice.problem.sizes[1]
        trainer = replace(further.trainer, max_iter=first.max_iter)
        T, hidden_dim = first.problem.n_steps, first.problem.parametrization.hidden_dim
        pieces = self.trajectories.thinned(n_refined(hidden_dim, T))
        if np.max(pieces.stops - pieces.starts) <= T:
            pieces = self.trajectories  # by chance, those without a window only
        observed = pieces.with_values(standardised(pieces.values, self.mean, self.scale))
        # What is missing is never seen: a first state is of smoothed rows.
        rows = np.where(np.isnan(observed.values), 0.0, observed.values)
        seen = None if first.problem.seen is None else ~np.isnan(pieces.values[:, :N])
        trainer = Refinement.of(
            trainer, rows, seen, pieces, lambda arrays: self._along(arrays, observed)
        )
        return replace(further, trainer=trainer)
