"""Rounds of smoothing: take the noise out of X along the chosen model, and train that model on.

Noise in the forcing signals bends what a model learns: it pulls back rows that only noise has
moved, and so contracts too fast. Most of the noise is taken out of rows smoothed along a model.
"""

from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from .._training._outcome import CONVERGED
from .._training._scoring import FreeRunScore
from .._training._selection import Training
from .._training._windows import WindowSampler
from .._trajectories import Trajectories
from ._start import standardised
from ._system import System

# Of a further round beside the first: candidates, epochs and learning rate. It begins near its end.
SHARE, EPOCHS, RATE = 2 / 3, 1 / 2, 1 / 3
TOLERANCE = 1.25  # of the verified score, which repeats to some 20 percent


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
        """Choose a model in each round, and take the last one that is about as near to X.

        Parameters
        ----------
        ways, n_init, rng : object
            As for `Training.select`.
        n_smoothings : int
            Further rounds. There is none after a model that did not converge.

        Returns
        -------
        Selection
            Of the taken model; its candidates are those of all rounds.
        n_made : int
            Rounds of smoothing that the taken model has seen.
        """
        taken, n_made = _after(0, self.training.select(ways, n_init, rng)), 0
        progress, n_epochs = self.training.progress, self.training.max_iter
        candidate, checkpoint = taken.chosen
        total = taken.candidates[candidate]["checkpoints"][checkpoint]["total"]
        for k in range(1, n_smoothings + 1):
            rows = self._smooth(taken)
            if rows is None:
                progress.line(f"not smoothed: the model {taken.outcome}")
                break
            further = self._further(rows, taken, progress.round(k))
            try:
                chosen = _after(n_epochs, further.select(ways, ceil(SHARE * n_init), rng))
            except KeyboardInterrupt:
                return replace(taken, outcome="interrupted"), n_made
            if chosen.outcome == "interrupted":
                return replace(_joined(taken, chosen, False), outcome="interrupted"), n_made
            # Both beside X itself, noise and all.
            after = self.training.total(chosen.arrays)
            progress.line(f"verified score beside X: {total:.3g}, smoothed {after:.3g}")
            better = chosen.outcome == CONVERGED and after <= TOLERANCE * total
            taken = _joined(taken, chosen, better)
            if not better:
                progress.line("the model before this smoothing stays")
                break
            n_made, n_epochs, total = k, n_epochs + further.max_iter, after
        return taken, n_made

    def _smooth(self, taken):
        """Standardised rows (n_rows, N) along the taken model; None if that is no use."""
        if taken.outcome != CONVERGED:
            return None
        N = self.training.problem.sizes[1]
        system = System(*self.training.problem.model(taken.arrays), self.mean, self.scale)
        rows = (system.smooth(self.trajectories) - self.mean[:N]) / self.scale[:N]
        known = self.trajectories.with_values(rows).segments()
        return rows if all(np.isfinite(segment).all() for segment in known) else None

    def _further(self, rows, taken, progress):
        """Training that goes on from the taken model on smoothed rows; inputs are as they were."""
        training, N = self.training, rows.shape[1]
        values = standardised(self.trajectories.values, self.mean, self.scale)
        values[:, :N] = rows
        smoothed = self.trajectories.with_values(values)
        problem = replace(training.problem, rows=values.astype(training.problem.dtype))
        if problem.seen is not None:
            problem = replace(problem, seen=~np.isnan(self.trajectories.values[:, :N]))
        return replace(
            training,
            problem=problem,
            sampler=WindowSampler(smoothed.starts, smoothed.stops, problem.n_steps + 1),
            score=FreeRunScore(smoothed.segments(min_rows=2), problem.n_inputs),
            initial=lambda rng: dict(taken.arrays),
            max_iter=max(1, round(EPOCHS * training.max_iter)),
            learning_rate_init=RATE * training.learning_rate_init,
            progress=progress,
        )


def _after(n_epochs, selection):
    """The selection, with the epochs that were trained before each candidate in its record."""
    return replace(
        selection, candidates=[c | {"epochs_before": n_epochs} for c in selection.candidates]
    )


def _joined(taken, chosen, better):
    """One selection of two rounds; the model is that of the second if it is better."""
    n = len(taken.candidates)
    kept = replace(chosen, chosen=(n + chosen.chosen[0], chosen.chosen[1])) if better else taken
    return replace(kept, candidates=taken.candidates + chosen.candidates)
