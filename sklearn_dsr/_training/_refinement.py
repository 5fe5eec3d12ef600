"""Refine a trained model: L-BFGS on all windows at once, forced by smoothed rows.

The rows are smoothed along the model and force it, and the rows themselves are predicted: their
noise has no bias, and the smoothed rows already agree with the model. Weak forcing is then possible
and reveals errors that grow over many steps. Smoothing and fitting take turns, as in an EM
algorithm [Dempster 1977].
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .._recipe import BUDGET, RECIPE
from ._lbfgs import minimise
from ._trainer import Trainer


def n_refined(hidden_dim, n_steps):
    """Most rows that a refinement uses; at least some windows of `n_steps`."""
    most = min(BUDGET.refined_rows, BUDGET.refined_hidden / hidden_dim)
    return int(max(most, RECIPE.batch_size * (n_steps + 1)))


@dataclass(frozen=True)
class Refinement(Trainer):
    """A training whose epochs smooth the rows and then run L-BFGS on all windows.

    Attributes
    ----------
    max_iter, batches_per_epoch : int
        Epochs, and steps of L-BFGS in each.
    smooth : callable (arrays) -> ndarray of shape (n_rows, N)
        Smooths the rows of the problem along a model.
    """

    smooth: Callable

    @classmethod
    def of(cls, trainer, rows, seen, trajectories, smooth):
        """Refinement with the settings of another training, on standardised rows of trajectories.

        Parameters
        ----------
        trainer : Trainer
            The other training. Its number of updates sets the number of L-BFGS steps.
        rows : ndarray of shape (n_rows, N + K)
            Rows to be predicted; missing values are filled in.
        seen : ndarray of bool, shape (n_rows, N), or None
            False where a value is missing; None if none is.
        trajectories : Trajectories
            Trajectories of the rows.
        smooth : callable
            See above.
        """
        first = trainer.problem
        tiles = Tiles(trajectories.starts, trajectories.stops, first.n_steps)
        work = BUDGET.refinement * trainer.max_iter * trainer.batches_per_epoch * first.batch_size
        n_steps = work / (BUDGET.refining_epochs * tiles.n_windows)
        problem = replace(
            first,
            rows=rows.astype(first.dtype),
            seen=seen,
            batch_size=tiles.n_windows,
            noise=1.0,  # switches the shift of the forcing signals on: smoothed rows minus rows
        )
        shared = vars(trainer) | {
            "problem": problem,
            "sampler": tiles,
            "max_iter": BUDGET.refining_epochs,
            "batches_per_epoch": int(np.clip(n_steps, 1, BUDGET.refining_steps)),
        }
        return cls(**shared, smooth=smooth)

    def rates(self):
        """0, one per epoch: L-BFGS has no learning rate."""
        return np.zeros((self.max_iter, 1))

    def _make_engine(self, arrays, forcing):
        engine = super()._make_engine(arrays, forcing)
        return _Refiner(engine, self.smooth, self.batches_per_epoch)


class _Refiner:
    """The engine that `train` calls for an epoch: smooth, then lower the loss of all windows."""

    def __init__(self, engine, smooth, max_iter):
        self._engine, self._smooth, self._max_iter = engine, smooth, max_iter
        # `train` draws no noise.
        self.problem = replace(engine.problem, noise=0.0)

    @property
    def arrays(self):
        return self._engine.arrays

    def run(self, starts, rates, noise):
        """One epoch on the windows that start at rows ``starts[0]``; losses and alphas (1,)."""
        engine, alpha = self._engine, self._engine.forcing.alpha
        problem, first = engine.problem, self._engine.arrays
        N, T = problem.sizes[1], problem.n_steps
        shift = self._smooth(first) - problem.rows[:, :N]
        shift = shift[starts[0] + np.arange(T + 1)[:, None]]
        if not np.isfinite(shift).all():
            return np.empty(0), np.empty(0)

        def function(theta):
            engine.arrays = _unflattened(theta, first)
            loss, gradient = engine.loss_gradient(starts[0], alpha, shift)
            return loss, _flattened(gradient)

        with np.errstate(all="ignore"):  # a step that overflows is shortened
            theta, loss = minimise(function, _flattened(first), self._max_iter, BUDGET.worth)
        engine.arrays = _unflattened(theta, first)
        return np.array([loss]), np.array([alpha])


class Tiles:
    """Adjacent windows that cover the segments except for their ends; see `WindowSampler`."""

    def __init__(self, starts, stops, n_steps):
        self._n_steps = n_steps
        self._counts = (stops - starts - 1) // n_steps
        self._starts, self._free = starts, (stops - starts - 1) - self._counts * n_steps
        self.n_windows = int(np.sum(self._counts))

    def draw(self, rng, size):
        """First rows of all windows, (1, n_windows); the first window begins at a random row."""
        first = self._starts + rng.integers(self._free + 1)
        parts = [a + self._n_steps * np.arange(n) for a, n in zip(first, self._counts, strict=True)]
        return np.concatenate(parts)[None].astype(np.int64)


def _flattened(arrays):
    return np.concatenate([np.ravel(values) for values in arrays.values()])


def _unflattened(theta, like):
    ends = np.cumsum([values.size for values in like.values()])[:-1]
    parts = np.split(theta, ends)
    return {k: p.reshape(like[k].shape) for k, p in zip(like, parts, strict=True)}
