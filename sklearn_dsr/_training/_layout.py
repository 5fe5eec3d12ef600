"""How the compiled kernels hold the trained arrays: one flat, padded, aligned vector with views."""

import numpy as np

from .._maps._parametrizations import PLRNN
from ._kernel_small import LARGEST_M

BLOCK = 16  # float32 lanes of the widest vector unit; sizes are padded to it
# Stored with their last axis, the longer or the one of the units, in the lanes.
TRANSPOSED = ("W2", "H", "B", "C")


class Layout:
    """Shapes of the trained arrays of a :class:`Problem` in memory.

    Parameters
    ----------
    problem : Problem

    Attributes
    ----------
    small : bool
        Whether the kernel for few latent units serves.
    M, N, S : int
        Padded latent units, columns and windows.
    """

    def __init__(self, problem):
        M, N, K = problem.sizes
        self.units = isinstance(problem.parametrization, PLRNN)
        self.small = M <= LARGEST_M and not problem.affine and not self.units
        self.M = M if self.small else padded(M, 4)
        self.N = padded(N, BLOCK) if problem.affine else self.M
        self.S = problem.batch_size if self.small else padded(problem.batch_size, 8)
        self.L = padded(problem.parametrization.hidden_dim, 2 * BLOCK if self.small else BLOCK)
        n_bases = padded(getattr(problem.parametrization, "n_bases", 0), 4)
        self._own = {k: s[::-1] if k in TRANSPOSED else s for k, s in problem.shapes.items()}
        vector = {"A": (self.M,)}
        if self.units:
            stored = {"W": (self.M, self.M), "alphas": (n_bases,), "H": (n_bases, self.M)}
            stored |= vector | {"h": (self.M,)}
        else:
            stored = {"W1": (self.M, self.L), "W2": (self.M, self.L), "h2": (self.L,)}
            stored |= vector | {"h1": (self.M,)}
        if problem.affine:
            stored["B"] = (self.M, self.N)
        # Of size 0 if there are no hidden units, no inputs.
        stored["L0"] = (0 if problem.affine else max(M - N, 0), N)
        stored["C"] = (K, self.M)
        self._stored = stored

    def views(self, flat):
        """Dict of the stored arrays, views of the flat vector."""
        views, at = {}, 0
        for name, shape in self._stored.items():
            size = int(np.prod(shape))
            views[name] = flat[at : at + size].reshape(shape)
            at += padded(size, BLOCK)
        return views

    def pack(self, arrays, dtype):
        """Flat vector of the trained arrays; 0 where `arrays` has none."""
        size = sum(padded(int(np.prod(shape)), BLOCK) for shape in self._stored.values())
        flat = aligned((size,), dtype)
        views = self.views(flat)
        for name, values in arrays.items():
            values = values.T if name in TRANSPOSED else values
            views[name][tuple(slice(n) for n in values.shape)] = values
        return flat

    def unpack(self, flat):
        """Trained arrays of a flat vector, float64, without padding."""
        views, out = self.views(flat), {}
        for name, shape in self._own.items():
            values = views[name][tuple(slice(n) for n in shape)].astype(np.float64)
            out[name] = values.T.copy() if name in TRANSPOSED else values
        return out


def kernel_model(parametrization, stored):
    """(layer, units) as the kernels take them, one of them None, from stored arrays."""
    if not isinstance(parametrization, PLRNN):
        return (stored["W1"], stored["W2"], stored["h2"], parametrization.clipped), None
    M, A = parametrization.latent_dim, stored["A"]
    linear, nonlinear = np.zeros_like(A), np.zeros_like(A)
    linear[: parametrization.n_linear] = 1
    if not parametrization.n_bases:
        nonlinear[parametrization.n_linear : M] = 1
    centred = M if parametrization.mean_centered else 0
    own = (stored["W"], stored["alphas"], stored["H"], linear, nonlinear)
    return None, (*own, parametrization.clipped, centred)


def padded(n, block):
    """Return the smallest multiple of `block` that is at least n."""
    return -(-n // block) * block


def aligned(shape, dtype):
    """Zeros that begin on a cache line: unaligned vectors cost 8 to 34 percent."""
    dtype = np.dtype(dtype)
    size = int(np.prod(shape)) * dtype.itemsize
    raw = np.zeros(size + 64, dtype=np.uint8)
    offset = -raw.ctypes.data % 64
    return raw[offset : offset + size].view(dtype).reshape(shape)
