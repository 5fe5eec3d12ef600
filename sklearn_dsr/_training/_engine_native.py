"""The native engine: a :class:`Problem` in the terms of the compiled core."""

import numpy as np

from .._core import training
from ._forcing import n_time_points
from ._layout import Layout, core_sizes


class NativeEngine:
    """Trains the arrays of a :class:`Problem` on the CPU with compiled kernels.

    Parameters
    ----------
    problem : Problem
    arrays : dict of ndarray
        Initial values of the trained arrays.
    forcing : Forcing
    """

    def __init__(self, problem, arrays, forcing):
        self.problem, self.forcing = problem, forcing
        self._dtype = dtype = np.dtype(problem.dtype)
        self._layout = layout = Layout(problem)
        squared, absolute = problem.squared_and_absolute()
        target = {"A": np.eye(problem.sizes[0])}
        vectors = np.stack(
            [layout.pack(v, dtype) for v in (arrays, squared, absolute, target, problem.masks())]
        )
        seen = problem.seen
        points = n_time_points(problem.sizes[0], problem.n_steps)
        f = forcing
        self._engine = training.engine(
            core_sizes(problem),
            np.ascontiguousarray(problem.rows, dtype=dtype),
            None if seen is None else np.ascontiguousarray(seen, dtype=np.uint8),
            vectors,
            f.times(problem.n_steps).astype(dtype),
            (f.code, f.alpha, f.scale, f.gamma, f.every, points),
            bool(problem.noise),
            float(problem.penalties.observation),
        )

    @property
    def arrays(self):
        """Copy of the trained arrays, float64; can be set."""
        return self._layout.unpack(self._engine.theta)

    @arrays.setter
    def arrays(self, arrays):
        self._engine.theta = self._layout.pack(arrays, self._dtype)

    def loss_gradient(self, starts, alpha, noise=None):
        """Loss and gradient (dict like `arrays`) of the windows that start at rows `starts`.

        `noise` (T + 1, S, N) is added to their first states and forcing signals.
        """
        starts = np.ascontiguousarray(starts, dtype=np.int64)
        noise = None if noise is None else self._cast(noise[None])
        loss = self._engine.loss_gradient(starts, float(alpha), noise)
        return loss, self._layout.unpack(self._engine.gradient)

    def growth_rate(self, starts):
        """Growth rate kappa of the Jacobians at the forcing signals of windows."""
        return self._engine.growth_rate(np.ascontiguousarray(starts, dtype=np.int64))

    def run(self, starts, rates, noise=None):
        """Do one update for each row of `starts`.

        Parameters
        ----------
        starts : int64 ndarray of shape (n_updates, batch_size)
            First rows of the windows.
        rates : ndarray of shape (n_updates,)
            Learning rates.
        noise : ndarray of shape (n_updates, T + 1, batch_size, N), default=None
            Noise added to first states and forcing signals. Required if, and only if,
            ``problem.noise``.

        Returns
        -------
        losses, alphas : ndarray of shape (n_done,)
            n_done is less than n_updates if the loss or its gradient is not finite any more.
        """
        starts = np.ascontiguousarray(starts, dtype=np.int64)
        rates = np.ascontiguousarray(rates, dtype=np.float64)
        return self._engine.run(starts, rates, self._cast(noise))

    def _cast(self, noise):
        return None if noise is None else np.ascontiguousarray(noise, dtype=self._dtype)
