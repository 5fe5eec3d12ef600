"""How the core holds the trained arrays: one after another in a flat vector."""

import numpy as np

from .._maps._parametrizations import PLRNN


class Layout:
    """Places of the trained arrays of a :class:`Problem` in the core's flat vector.

    Parameters
    ----------
    problem : Problem

    Attributes
    ----------
    size : int
        Number of entries of the vector.
    """

    def __init__(self, problem):
        M, N, K = problem.sizes
        parametrization = problem.parametrization
        names = ("W", "h", "alphas", "H") if is_units(parametrization) else ("W1", "W2", "h1", "h2")
        shapes = {
            k: parametrization.shapes[k] for k in ("A", *names) if k in parametrization.shapes
        }
        if problem.affine:
            shapes["B"] = (N, M)
        elif M > N:
            shapes["L0"] = (M - N, N)
        if K:
            shapes["C"] = (M, K)
        self._shapes, self._own = shapes, list(problem.shapes)
        sizes = [int(np.prod(shape)) for shape in shapes.values()]
        self._ends = np.cumsum(sizes)
        self.size = int(self._ends[-1])

    def pack(self, arrays, dtype):
        """Flat vector of the trained arrays; 0 where `arrays` lacks an array."""
        flat = np.zeros(self.size, dtype)
        for name, view in self._views(flat).items():
            if name in arrays:
                view[...] = np.reshape(arrays[name], view.shape)
        return flat

    def unpack(self, flat):
        """Trained arrays of a flat vector, float64."""
        views = self._views(flat)
        return {name: views[name].astype(np.float64) for name in self._own}

    def _views(self, flat):
        parts = np.split(flat, self._ends[:-1])
        return {k: p.reshape(s) for (k, s), p in zip(self._shapes.items(), parts, strict=True)}


def is_units(parametrization):
    """Whether each unit acts by itself, W phi(z), and not through a hidden layer."""
    return isinstance(parametrization, PLRNN)


def core_sizes(problem):
    """Sizes and switches of a :class:`Problem` as the core takes them."""
    (M, N, K), parametrization = problem.sizes, problem.parametrization
    units = is_units(parametrization)
    return {
        "M": M,
        "N": N,
        "K": K,
        "L": 0 if units else parametrization.hidden_dim,
        "n_bases": parametrization.n_bases if units else 0,
        "n_linear": parametrization.n_linear if units else 0,
        "T": int(problem.n_steps),
        "S": int(problem.batch_size),
        "clipped": int(parametrization.clipped),
        "centered": int(units and parametrization.mean_centered),
        "affine": int(problem.affine),
    }
