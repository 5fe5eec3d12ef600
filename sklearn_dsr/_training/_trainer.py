"""Train candidates of one architecture: their common settings, and the training of each."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._recipe import UNRELATED
from ._engine_native import NativeEngine
from ._engine_torch import TorchEngine
from ._loop import drawn_noise, train
from ._optimizer import learning_rates
from ._problem import Problem
from ._windows import WindowSampler


@dataclass(frozen=True)
class Trainer:
    """Common settings of the candidates of a fit.

    Attributes
    ----------
    problem : Problem
    sampler : WindowSampler
    initial : callable (k, rng) -> list of dict
        Initial trained arrays of candidate k, the best ones first; see `_begun`.
    max_iter, batches_per_epoch : int
        Epochs, and updates in each.
    learning_rate_init : float
    engine : str
        "native", or "torch:DEVICE".
    progress : object
        Has ``line(text)`` and ``candidate(problem, name, n_epochs)``. The latter is a context
        manager that yields the function to call after each epoch; see `train`.
    """

    problem: Problem
    sampler: WindowSampler
    initial: Callable
    max_iter: int
    batches_per_epoch: int
    learning_rate_init: float
    engine: str
    progress: object

    @np.errstate(all="ignore")  # an overflow ends the run with a status
    def candidate(self, k, name, forcing, rng, stop):
        """Train candidate `k` and return a `Candidate`.

        Parameters
        ----------
        k : int
        name : (str, str)
            Its name for progress messages, and its way of forcing.
        forcing : Forcing
        rng : numpy.random.Generator
        stop : threading.Event
            See `train`.
        """
        rates = self.rates()
        engine = self._begun(self.initial(k, rng), forcing)
        with self.progress.candidate(self.problem, name[0], len(rates)) as watch:
            return train(engine, self.sampler, rates, rng, name[1], stop=stop, watch=watch)

    def _begun(self, starts, forcing):
        """Engine at the first initial values that follow the rows, or at the last ones.

        A regression knows one step only. Under weak forcing its model may leave the rows so far
        that no training leads back.
        """
        *first, last = starts
        if not first:
            return self._make_engine(last, forcing)
        rng, shape = np.random.default_rng(0), (self.batches_per_epoch, self.problem.batch_size)
        windows = self.sampler.draw(rng, shape)
        noises = drawn_noise(self.problem, windows, rng)
        noises = [None] * len(windows) if noises is None else noises
        rows = self.problem.rows[np.unique(windows), : self.problem.sizes[1]]
        variance = np.mean(np.var(rows, axis=0))
        for arrays in first:
            engine = self._make_engine(arrays, forcing)
            losses = [
                engine.loss_gradient(at, forcing.alpha, noise)[0]
                for at, noise in zip(windows, noises, strict=True)
            ]
            if np.mean(losses) <= UNRELATED * variance:
                return engine
        return self._make_engine(last, forcing)

    def rates(self):
        """Learning rate of each update, (max_iter, batches_per_epoch)."""
        shape = (self.max_iter, self.batches_per_epoch)
        return learning_rates(self.learning_rate_init, shape[0] * shape[1]).reshape(shape)

    def _make_engine(self, arrays, forcing):
        if self.engine == "native":
            return NativeEngine(self.problem, arrays, forcing)
        return TorchEngine(self.problem, arrays, forcing, self.engine.removeprefix("torch:"))
