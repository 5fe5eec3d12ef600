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
from ._start import standardised
from ._system import System

# Of a further round beside the first: epochs and learning rate. It begins near its end.
EPOCHS, RATE = 1 / 3, 1 / 3
# A verified score that is good. Most chaotic systems come below it by far; the ECG, with a model
# that does not suit it, has 6 to 9. Differences below it are about the noise of X: beside 5000
# noisy rows of Lorenz-63 a model has 1.4, the one trained on smoothed rows 2.0, and that is the
# nearer one to the system.
GOOD = 5.0
# Else a later model may have a quarter more: the score repeats to some 20 percent. Or it is nearer
# to the smoothed rows than the model before: beside X noise may hide what is better, as on Thomas.
TOLERANCE = 1.25
# And it may have a fifth more than the model before, beside the same smoothed rows. Of 69 rounds of
# twelve systems the 66 within that left 0.8 of D_stsp on test rows, 1.4 times as much at worst; two
# of hyperchaotic Rossler with a quarter more made it five and six times as much.
NEARER = 1.2
# A verified score beside the smoothed rows that a model was trained on, which is good, too: where
# noise is most of what a column has, as in Rossler's z, a model with 0.6 there has 8 beside X.
# Those of Thomas have 1.5 to 3.2, poor ones of the EEG and the ECG 4.9 and 5.6 and more.
GOOD_SMOOTHED = 3.5
# Where the first architecture is not good, candidates of another one, of each of the first.
MORE = 2
# Where it is poor, as on the ECG, there is another training before the refinement if the last one
# has brought the score down by a tenth.
PROGRESS = 0.9


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
    """

    training: Training
    trajectories: Trajectories
    mean: np.ndarray
    scale: np.ndarray

    def select(self, ways, n_init, n_smoothings, rng):
        """Choose a model in each round, and take the last one that is about as near to the data.

        Parameters
        ----------
        ways, n_init, rng : object
            As for `Training.select`.
        n_smoothings : int
            Further rounds at most: a training, others as long as they bring a verified score above
            `GOOD` down by a tenth, and a refinement, unless there is one round only. Each goes on
            from the model of the last one, taken or not (see `_better`): a refinement may mend what
            a training left. There is none after a model that did not converge.

        Returns
        -------
        Selection
            Of the taken model; its candidates are those of all rounds, and its total is beside X.
        """
        last = _noted(self.training.select(ways, n_init, rng), epochs_before=0, n_smoothings=0)
        taken = last
        progress, n_epochs, before = self.training.progress, self.training.max_iter, np.inf
        for k in range(1, n_smoothings + 1):
            try:
                smoothed = self._smooth(last)
                if smoothed is None:
                    progress.line(f"not smoothed: the model {last.outcome}")
                    break
                further = self._further(smoothed, last, progress.round(k))
                done = last.total <= GOOD or last.total > PROGRESS * before
                refine = k > 1 and (done or k == n_smoothings)
                if not refine:
                    chosen = further.select(ways, n_init, rng)
                else:
                    exponent = exponent_along(further.problem.model(last.arrays), smoothed)
                    family = last.candidates[last.chosen[0]]["family"]
                    further = self._refinement(further)
                    weak = refining_ways(ways, family, exponent, further.problem.n_steps)
                    chosen = further.select(weak, min(n_init, len(weak)), rng)
                chosen = _noted(chosen, epochs_before=n_epochs, n_smoothings=k)
                if chosen.outcome == "interrupted":
                    return replace(_joined(taken, chosen, False), outcome="interrupted")
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
            taken = _joined(taken, last, better)
            if not better:
                progress.line("the model before this smoothing stays")
            if refine:
                break
            n_epochs += further.max_iter
        return taken

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
        values[:, :N] = self._along(last.arrays, self.trajectories)
        smoothed = self.trajectories.with_values(values)
        return smoothed if all(np.isfinite(s[:, :N]).all() for s in smoothed.segments()) else None

    def _along(self, arrays, trajectories):
        """Standardised rows (n_rows, N) of trajectories smoothed along a model; NaN in gaps."""
        N = self.training.problem.sizes[1]
        system = System(*self.training.problem.model(arrays), self.mean, self.scale)
        return (system.smooth(trajectories) - self.mean[:N]) / self.scale[:N]

    def _further(self, smoothed, last, progress):
        """Training that goes on from the last model on smoothed trajectories."""
        training, N = self.training, self.training.problem.sizes[1]
        problem = replace(training.problem, rows=smoothed.values.astype(training.problem.dtype))
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
            max_iter=max(1, round(EPOCHS * training.max_iter)),
            learning_rate_init=RATE * training.learning_rate_init,
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
        rows = standardised(pieces.values, self.mean, self.scale)
        rows[np.isnan(rows)] = 0.0  # never seen; a first state is of smoothed rows
        seen = None if training.problem.seen is None else ~np.isnan(pieces.values[:, :N])
        return Refinement.of(
            further, rows, seen, pieces, lambda arrays: self._along(arrays, pieces)
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
    near = after <= max(TOLERANCE * taken.total, GOOD)
    return chosen.total <= (NEARER if near else 1.0) * own


def best_of(architectures, select):
    """Selection among several architectures, tried in turn until the free runs of one are good.

    Parameters
    ----------
    architectures : list of dict
        Arguments of the model's class. One that is not the first is tried only if no model so far
        converged with a verified score of `GOOD` or less, or of `GOOD_SMOOTHED` or less beside the
        rows that it was trained on.
    select : callable (k, architecture) -> Selection

    Returns
    -------
    Selection
        Its candidates are those of all that were tried, each with its architecture.
    """
    taken = None
    for k, architecture in enumerate(architectures):
        try:
            chosen = _noted(select(k, architecture), architecture=architecture)
        except KeyboardInterrupt:
            if taken is None:
                raise
            return replace(taken, outcome="interrupted")
        taken = chosen if taken is None else _joined(taken, chosen, chosen.rank < taken.rank)
        if chosen.outcome == "interrupted":
            return replace(taken, outcome="interrupted")
        near = taken.total <= GOOD or taken.verdict["total"] <= GOOD_SMOOTHED
        if taken.outcome == CONVERGED and near:
            break
    return taken


def _noted(selection, **notes):
    """The selection, with notes in the record of each candidate."""
    return replace(selection, candidates=[c | notes for c in selection.candidates])


def _joined(taken, chosen, better):
    """One selection of two; the model is that of the second if it is better."""
    n = len(taken.candidates)
    kept = replace(chosen, chosen=(n + chosen.chosen[0], chosen.chosen[1])) if better else taken
    return replace(kept, candidates=taken.candidates + chosen.candidates)
