"""Rounds of smoothing: take the noise out of X along the chosen model, and train that model on.

Noise in the forcing signals bends what a model learns: it pulls back rows that only noise has
moved, and so contracts too fast. Most of the noise is taken out of rows smoothed along a model.
The first round is a further training on smoothed rows, later ones are refinements.
"""

from dataclasses import dataclass, replace

import numpy as np

from .._training._outcome import CONVERGED
from .._training._refinement import Refinement, n_refined
from .._training._scoring import FreeRunScore
from .._training._selection import Training
from .._training._windows import WindowSampler
from .._trajectories import Trajectories
from ._forcing import exponent_along, refining_ways
from ._recipe import RECIPE
from ._start import standardised
from ._system import smooth_rows


@dataclass(frozen=True)
class Rounds:
    """The first training of a fit, and those that go on from it on smoothed rows.

    Attributes
    ----------
    training : Training
        On X as it is.
    trajectories : Trajectories
        X in its units, or of a long series evenly chosen pieces, which are enough to train on.
    mean, scale : ndarray of shape (N + K,)
        The standardisation.
    start_rows : Trajectories or None
        Rows that the start smoothed, standardised, for the first round after a model that did not
        converge, which cannot smooth itself.
    """

    training: Training
    trajectories: Trajectories
    mean: np.ndarray
    scale: np.ndarray
    start_rows: Trajectories | None = None

    def go_on(self, last, ways, n_init, n_smoothings, rng, *, trained=True):
        """Choose a model in each further round, and take the last one that is about as near to X.

        Parameters
        ----------
        last : Selection
            Of the stage before.
        ways, n_init, rng : object
            As for `select_among`.
        n_smoothings : int
            Further rounds at most: a training, others until one is good beside the smoothed rows,
            or does not bring the verified score down by a tenth, and a refinement, unless there is
            one round only. Each goes on from the model of the last one, taken or not (see
            `_better`): a refinement may mend what a training left. There is none after a model that
            did not converge, unless the start has smoothed rows.
        trained : bool
            False for a model that is good without training: there is a refinement only.

        Returns
        -------
        Selection
            Of the taken model; its candidates are those of all rounds, and its total is beside X.
        """
        taken = last
        progress, before, good = self.training.progress, np.inf, False
        n_epochs = self.training.max_iter if trained else 0
        for k in range(1, n_smoothings + 1):
            try:
                smoothed = self._smooth(last)
                if smoothed is None and k == 1:
                    smoothed = self.start_rows
                if smoothed is None:
                    progress.line(f"not smoothed: the model {last.outcome}")
                    break
                further = self._further(smoothed, last, progress.within(f"smoothed {k}x"))
                done = good or last.total > RECIPE.progress * before or k == n_smoothings
                refine = not trained or (k > 1 and done)
                if not refine:
                    chosen = further.select(ways, n_init, rng, RECIPE.good)
                else:
                    exponent = exponent_along(further.problem.model(last.arrays), smoothed)
                    family = last.candidates[last.chosen[0]]["family"]
                    further = self._refinement(further)
                    weak = refining_ways(ways, family, exponent, further.problem.n_steps)
                    chosen = further.select(weak, min(n_init, len(weak)), rng, RECIPE.good)
                chosen = noted(chosen, epochs_before=n_epochs, n_smoothings=k)
                if chosen.outcome == "interrupted":
                    return replace(joined(taken, chosen, False), outcome="interrupted")
                after = self._beside(smoothed).total(chosen.arrays)
                own = further.total(taken.arrays)
                better = _better(taken, chosen, after, own)
            except KeyboardInterrupt:
                return replace(taken, outcome="interrupted")
            progress.line(
                f"verified score beside X: {taken.total:.3g}, now {after:.3g}; "
                f"beside the smoothed rows: {own:.3g}, now {chosen.total:.3g}"
            )
            before, last = last.total, replace(chosen, total=after)
            taken = joined(taken, last, better)
            if not better:
                progress.line("the model before this smoothing stays")
            if refine:
                break
            good = further.is_good(chosen.result, RECIPE.good)
            n_epochs += further.max_iter
        return taken

    def with_start(self, rows):
        """Return the same with rows that the start smoothed; where values are missing, without."""
        return self if self.training.problem.seen is not None else replace(self, start_rows=rows)

    def _beside(self, smoothed):
        """The first training, to score beside X itself, noise and all, by runs from smoothed rows.

        From its noisy rows a run of a good model may go where the data never are, as on Aizawa.
        """
        score = self.training.score.starting_from(smoothed.segments(min_rows=2))
        return replace(self.training, score=score)

    def _smooth(self, last):
        """Standardised trajectories along the last model, inputs as they were; None if no use."""
        if last.outcome != CONVERGED:
            return None
        N = self.training.problem.sizes[1]
        values = standardised(self.trajectories.values, self.mean, self.scale)
        smoothed = self.trajectories.with_values(values)
        values[:, :N] = self._along(last.arrays, smoothed)
        return smoothed if all(np.isfinite(s[:, :N]).all() for s in smoothed.segments()) else None

    def _along(self, arrays, rows):
        """Standardised rows (n_rows, N) of trajectories smoothed along a model; NaN in gaps."""
        return smooth_rows(*self.training.problem.model(arrays), rows)[0]

    def _further(self, smoothed, last, progress):
        """Training that goes on from the last model on smoothed trajectories."""
        training, N = self.training, self.training.problem.sizes[1]
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and diverges
            rows = smoothed.values.astype(training.problem.dtype)
        problem = replace(training.problem, rows=rows)
        if problem.seen is not None:
            problem = replace(problem, seen=~np.isnan(self.trajectories.values[:, :N]))
        return replace(
            training,
            problem=problem,
            sampler=WindowSampler(smoothed.starts, smoothed.stops, problem.n_steps + 1),
            score=FreeRunScore(
                smoothed.segments(min_rows=2), problem.n_inputs, visited=training.score.visited
            ),
            initial=lambda k, rng: dict(last.arrays),
            max_iter=max(1, round(RECIPE.further_epochs * training.max_iter)),
            learning_rate_init=RECIPE.further_rate * training.learning_rate_init,
            progress=progress,
        )

    def _refinement(self, further):
        """Refinement that goes on from where a further training would, with work of the first."""
        training, N = self.training, self.training.problem.sizes[1]
        further = replace(further, max_iter=training.max_iter)
        T, hidden_dim = training.problem.n_steps, training.problem.parametrization.hidden_dim
        pieces = self.trajectories.thinned(n_refined(hidden_dim, T))
        if np.max(pieces.stops - pieces.starts) <= T:
            pieces = self.trajectories  # by chance, those without a window only
        observed = pieces.with_values(standardised(pieces.values, self.mean, self.scale))
        # What is missing is never seen: a first state is of smoothed rows.
        rows = np.where(np.isnan(observed.values), 0.0, observed.values)
        seen = None if training.problem.seen is None else ~np.isnan(pieces.values[:, :N])
        return Refinement.of(
            further, rows, seen, pieces, lambda arrays: self._along(arrays, observed)
        )


def _better(taken, chosen, after, own):
    """Whether a further training's chosen model is to be taken in place of the one before.

    Not one that did not converge, would catch rows of X, or is clearly farther from the smoothed
    rows than the model before, with its score `own` beside them. Nor one that is farther from them
    at all and clearly farther from X, with the score `after` beside it (runs of the first model
    start from rows of X, those of later ones from smoothed rows).
    """
    if chosen.outcome != CONVERGED or chosen.captured > taken.captured:
        return False
    near = after <= max(RECIPE.tolerance * taken.total, RECIPE.noisy_total)
    return chosen.total <= (RECIPE.nearer if near else 1.0) * own


def noted(selection, **notes):
    """The selection, with notes in the record of each candidate."""
    return replace(selection, candidates=[c | notes for c in selection.candidates])


def joined(taken, chosen, better):
    """One selection of two; the model is that of the second if it is better."""
    n = len(taken.candidates)
    kept = replace(chosen, chosen=(n + chosen.chosen[0], chosen.chosen[1])) if better else taken
    return replace(kept, candidates=taken.candidates + chosen.candidates)
