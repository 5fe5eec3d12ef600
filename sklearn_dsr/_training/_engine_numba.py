"""The compiled engine: packs the trained arrays into padded, aligned memory for `_epoch`."""

import numpy as np

from ._epoch import objective, prepare, run_epoch
from ._forcing import n_time_points
from ._kernels_small import LARGEST_M

BLOCK = 16  # float32 lanes of the widest vector unit; sizes are padded to it


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
        M, L, N = problem.sizes
        S, T, dtype = problem.batch_size, problem.n_steps, np.dtype(problem.dtype)
        is_small = M <= LARGEST_M and not problem.affine
        Mp = M if is_small else _padded(M, 4)
        Lp = _padded(L, 2 * BLOCK if is_small else BLOCK)
        Np = _padded(N, BLOCK) if problem.affine else Mp
        Sp = S if is_small else _padded(S, 8)
        self._shapes = {"W1": (Mp, Lp), "W2": (Mp, Lp), "h2": (Lp,), "A": (Mp,), "h1": (Mp,)}
        if problem.affine:
            self._shapes["B"] = (Mp, Np)

        def zeros(*shape):
            return _aligned(shape, dtype)

        self._theta, self._gradient = self._pack(arrays, dtype), self._pack({}, dtype)
        self._moments = (self._pack({}, dtype), self._pack({}, dtype))
        weights, gradients = self._views(self._theta), self._views(self._gradient)
        self._work = (zeros(T + 1, Sp, Np), zeros(T + 1, Sp, Mp), zeros(T, Sp, Mp), zeros(Sp, Mp))
        self._batched = self._small = self._observation = None
        if is_small:
            self._small = ((dtype.type(0),) * M, zeros(M, T * S), zeros(M, T * S))
        else:
            self._batched = (zeros(T, Sp, Lp), zeros(Sp, Lp), zeros(Sp, Lp))
        if problem.affine:
            self._observation = (
                weights.pop("B"),
                gradients.pop("B"),
                zeros(Mp, Np),
                zeros(Mp, Np),
                zeros(T + 1, Sp, Mp),
                zeros(Sp, Np),
                float(problem.observation_penalty),
            )
        squared, absolute = problem.penalties()
        self._vectors = (
            self._theta,
            self._gradient,
            tuple(weights.values()),
            tuple(gradients.values()),
            self._pack(squared, dtype),
            self._pack(absolute, dtype),
            self._pack({"A": np.ones(M)}, dtype),
            self._pack(problem.trained(), dtype),
        )
        self._rows = np.ascontiguousarray(problem.rows, dtype=dtype)
        self._sizes = (M, N, S)
        self._state = np.array([forcing.alpha, 0.0])

    @property
    def arrays(self):
        """Copy of the trained arrays, float64, without padding."""
        return self._unpack(self._theta)

    def loss_gradient(self, starts, alpha):
        """Loss and gradient (dict like `arrays`) of the windows that start at rows `starts`."""
        starts = np.asarray(starts, dtype=np.int64)
        penalty = prepare(self._rows, starts, self._work, self._observation, self._sizes)
        loss = objective(float(alpha), *self._batch_arguments())
        return penalty + loss, self._unpack(self._gradient)

    def run(self, starts, rates):
        """Do one update for each row of `starts`.

        Parameters
        ----------
        starts : int64 ndarray of shape (n_updates, batch_size)
            First rows of the windows.
        rates : ndarray of shape (n_updates,)
            Learning rates.

        Returns
        -------
        losses, alphas : ndarray of shape (n_done,)
            n_done < n_updates if the loss or its gradient stopped being finite.
        """
        losses, alphas = np.empty(len(rates)), np.empty(len(rates))
        f = self.forcing
        n_points = n_time_points(self.problem.sizes[0], self.problem.n_steps)
        done = run_epoch(
            self._rows,
            starts,
            rates,
            (f.code, f.scale, f.gamma, f.interval, n_points),
            self._state,
            self._moments,
            *self._batch_arguments(),
            losses,
            alphas,
        )
        return losses[:done], alphas[:done]

    def _batch_arguments(self):
        """What `_epoch.objective` takes after alpha."""
        return (
            self._vectors,
            self._work,
            self._batched,
            self._small,
            self._observation,
            self._sizes,
            self.problem.parametrization.clipped,
        )

    def _views(self, flat):
        views, at = {}, 0
        for name, shape in self._shapes.items():
            size = int(np.prod(shape))
            views[name] = flat[at : at + size].reshape(shape)
            at += _padded(size, BLOCK)
        return views

    def _pack(self, arrays, dtype):
        sizes = [_padded(int(np.prod(shape)), BLOCK) for shape in self._shapes.values()]
        flat = _aligned((sum(sizes),), dtype)
        views = self._views(flat)
        for name, values in arrays.items():
            values = values.T if name in ("W2", "B") else values
            views[name][tuple(slice(n) for n in values.shape)] = values
        return flat

    def _unpack(self, flat):
        M, L, N = self.problem.sizes
        shapes = {"A": (M,), "W1": (M, L), "W2": (M, L), "h1": (M,), "h2": (L,), "B": (M, N)}
        views = self._views(flat)
        out = {}
        for name in shapes:
            if name in views:
                values = views[name][tuple(slice(n) for n in shapes[name])].astype(np.float64)
                out[name] = values.T.copy() if name in ("W2", "B") else values
        return out


def _padded(n, block):
    return -(-n // block) * block


def _aligned(shape, dtype):
    """Zeros that begin on a cache line: unaligned vectors cost 8 to 34 percent."""
    size = int(np.prod(shape)) * dtype.itemsize
    raw = np.zeros(size + 64, dtype=np.uint8)
    offset = -raw.ctypes.data % 64
    return raw[offset : offset + size].view(dtype).reshape(shape)
