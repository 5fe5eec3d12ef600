"""The compiled engine: holds the memory that `_epoch` works on."""

import numpy as np

from ._epoch import batch_loss, run_epoch
from ._forcing import n_time_points
from ._layout import Layout, aligned, kernel_model


class NumbaEngine:
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
        dtype = np.dtype(problem.dtype)
        self._layout = layout = Layout(problem)
        self._theta, self._gradient = layout.pack(arrays, dtype), layout.pack({}, dtype)
        self._moments = (layout.pack({}, dtype), layout.pack({}, dtype))
        weights, gradients = layout.views(self._theta), layout.views(self._gradient)
        squared, absolute = problem.squared_and_absolute()
        M, N, _ = problem.sizes
        self._vectors = (
            self._theta,
            self._gradient,
            layout.pack(squared, dtype),
            layout.pack(absolute, dtype),
            layout.pack({"A": np.ones(M)}, dtype),
            layout.pack(problem.masks(), dtype),
        )
        layer, units = kernel_model(problem.parametrization, weights)
        h = "h" if layout.units else "h1"
        own = ("W", "alphas", "H") if layout.units else ("W1", "W2", "h2")
        own = tuple(gradients[name] for name in own)
        self._form = (layer, units)
        self._model = (weights["A"], weights[h], gradients["A"], gradients[h])
        self._rows = np.ascontiguousarray(problem.rows, dtype=dtype)
        seen = np.zeros((0, N)) if problem.seen is None else problem.seen
        self._seen = np.ascontiguousarray(seen, dtype=np.uint8)
        self._work = self._memory(dtype)
        self._kernel = self._kernel_arguments(own, dtype)
        self._observation = None
        if problem.affine:
            self._observation = (
                weights["B"],
                gradients["B"],
                *(aligned((layout.M, layout.N), dtype) for _ in range(2)),
                aligned((layout.S, layout.N), dtype),
                aligned((layout.S, layout.M), dtype),
                float(problem.penalties.observation),
                problem.seen is not None,
            )
        self._surrounding = (
            self._observation,
            (weights["L0"], gradients["L0"]),
            (weights["C"], gradients["C"]),
            (M, N, problem.batch_size),
        )
        self._state = np.array([forcing.alpha, 0.0])

    def _memory(self, dtype):
        """Work space of the forced run; see `_forced_step`."""
        problem, layout = self.problem, self._layout
        M, N, K = problem.sizes
        T, S, Mp, Np = problem.n_steps, layout.S, layout.M, layout.N

        def zeros(*shape):
            return aligned(shape, dtype)

        X, weight = zeros(T + 1, S, Np), zeros(T + 1, S, Np)
        weight[:, :, :N] = 1
        noisy = zeros(*X.shape) if problem.noise else X
        signal, gain = noisy, weight
        if problem.affine:
            signal, gain = zeros(T + 1, S, Mp), zeros(T + 1, S, Mp)
            gain[:] = 1
        forced = self.forcing.times(T).astype(dtype)
        inputs, drive = zeros(T + 1, S, K), zeros(T if K else 0, S, Mp)
        path = (zeros(T + 1, S, Mp), zeros(T, S, Mp), zeros(S, Mp))
        return (X, weight, noisy, signal, gain, forced, inputs, drive, *path)

    def _kernel_arguments(self, gradients, dtype):
        """(batched, small, alone), two of them None; see `_epoch`."""
        layout, T, M = self._layout, self.problem.n_steps, self.problem.sizes[0]
        layer, units = self._form
        S, Mp, L = layout.S, layout.M, layout.L

        def zeros(*shape):
            return aligned(shape, dtype)

        if layout.units:
            buffers = (zeros(S, Mp), zeros(T, S, Mp), zeros(S, Mp), zeros(S * Mp))
            return None, None, (units, gradients, buffers)
        if layout.small:
            constant = (dtype.type(0),) * M
            return None, (layer, gradients, zeros(M, T * S), zeros(M, T * S), constant), None
        return (layer, gradients, (zeros(T, S, L), zeros(S, L), zeros(S, L))), None, None

    @property
    def arrays(self):
        """Copy of the trained arrays, float64, without padding; may be set."""
        return self._layout.unpack(self._theta)

    @arrays.setter
    def arrays(self, arrays):
        self._theta[:] = self._layout.pack(arrays, self._theta.dtype)

    def loss_gradient(self, starts, alpha, noise=None):
        """Loss and gradient (dict like `arrays`) of the windows that start at rows `starts`.

        `noise` (T + 1, S, N) is added to their first states and forcing signals.
        """
        data = self._data(np.asarray(starts)[None], None if noise is None else noise[None])
        loss = batch_loss(
            float(alpha),
            (data[0], data[1], data[2][0], data[3][0]),
            self._vectors,
            self._model,
            self._work,
            *self._kernel,
            *self._surrounding,
        )
        return loss, self._layout.unpack(self._gradient)

    def run(self, starts, rates, noise=None):
        """Do one update for each row of `starts`.

        Parameters
        ----------
        starts : int64 ndarray of shape (n_updates, batch_size)
            First rows of the windows.
        rates : ndarray of shape (n_updates,)
            Learning rates.
        noise : ndarray of shape (n_updates, T + 1, batch_size, N), default=None
            Added to first states and forcing signals; needed if, and only if, ``problem.noise``.

        Returns
        -------
        losses, alphas : ndarray of shape (n_done,)
            n_done < n_updates if the loss or its gradient stopped being finite.
        """
        losses, alphas = np.empty(len(rates)), np.empty(len(rates))
        f = self.forcing
        n_points = n_time_points(self.problem.sizes[0], self.problem.n_steps)
        done = run_epoch(
            self._data(starts, noise),
            rates,
            (f.code, f.scale, f.gamma, f.every, n_points),
            self._state,
            self._moments,
            *self._form,
            self._vectors,
            self._model,
            self._work,
            *self._kernel,
            *self._surrounding,
            losses,
            alphas,
        )
        return losses[:done], alphas[:done]

    def _data(self, starts, noise):
        """(rows, seen, starts, noise) as the compiled functions take them."""
        if noise is None:
            noise = np.zeros((len(starts), 0, 0, 0), self._rows.dtype)
        noise = np.ascontiguousarray(noise, dtype=self._rows.dtype)
        return self._rows, self._seen, np.asarray(starts, dtype=np.int64), noise
