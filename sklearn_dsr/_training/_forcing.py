"""Generalized teacher forcing: how strongly, as a constant or adapted to the Jacobians.

The forced state is z~ = (1 - alpha) z + alpha z^ (METHOD GTF of [Hess 2023]). Adaptive alpha keeps
the gradient's Jacobian product bounded: alpha = 1 - 1 / kappa, where kappa is the growth rate of
the products along the data. Both engines call the functions here.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from ._kernels import INLINE, STRICT, reduce

# The growth rate kappa of a window's Jacobians J_t, by name in the order of its code below.
MEANS = (
    "constant",  # no adaptation: alpha stays what it is
    "product_upper_bound",  # geometric mean over t of the spectral norms of J_t
    "arithmetic_mean",  # spectral norm of the mean of J_t
    "explog_approx",  # spectral norm of the entrywise geometric mean of abs(J_t)
    "batch_maximum",  # largest spectral norm
    "jacobian_upper_bound",  # max abs(A) + norm(W1) norm(W2), whatever the data
)


@dataclass(frozen=True)
class Forcing:
    """One way of forcing; immutable, shared by the engines.

    Attributes
    ----------
    alpha : float
        The constant alpha in [0, 1]; for adaptive forcing its first value.
    mean : str, one of `MEANS`
        How kappa is taken from the Jacobians; "constant" keeps `alpha`.
    scale : float
        Factor on the adaptive alpha.
    gamma : float
        Memory of the decay of alpha, per adaptation.
    interval : int
        Updates from one adaptation to the next.
    """

    alpha: float = 1.0
    mean: str = "constant"
    scale: float = 1.0
    gamma: float = 0.999
    interval: int = 5

    @property
    def code(self):
        """Position of `mean` in `MEANS`, for the compiled functions."""
        return MEANS.index(self.mean)


def n_time_points(latent_dim, n_steps):
    """Time points of a window at which Jacobians are taken: a mean needs few, and they cost M M L.

    20 for small models, 10 from M = 8 on.
    """
    return min(n_steps, 20 if latent_dim < 8 else 10)


@njit(**STRICT)
def adapt(alpha, kappa, gamma):
    """New alpha: up to 1 - 1 / kappa at once, down with memory gamma [Hess 2023]."""
    wanted = max(0.0, 1.0 - 1.0 / kappa) if kappa > 0.0 else 0.0
    return wanted if wanted > alpha else gamma * alpha + (1.0 - gamma) * wanted


@njit(**STRICT)
def _gram(J, G):
    """G = J'J over its trace; return the trace."""
    trace = 0.0
    G[:] = 0.0
    for k in range(J.shape[0]):
        row = J[k]
        for i in range(G.shape[0]):
            g, factor = G[i], row[i]
            for j in range(G.shape[0]):
                g[j] += factor * row[j]
    for i in range(G.shape[0]):
        trace += G[i, i]
    for i in range(G.shape[0]):
        for j in range(G.shape[0]):
            G[i, j] /= trace
    return trace


@njit(**STRICT)
def spectral_norm(J, work):
    """Largest singular value of J (n, M), never above it and within about 0.1 percent.

    Power iteration on (J'J)^2. Two close singular values slow it down, but then every combination
    of their directions is stretched nearly as much. `work` = (2, M, M) and (2, M) arrays.
    """
    (G, H), (v, w) = work
    M = J.shape[1]
    if not _gram(J, G) > 0.0:
        return 0.0
    _gram(G, H)
    for i in range(M):  # a vector in general position: one unit may not be coupled to the others
        v[i] = 1.0 + (0.618 * i) % 1.0
    value = 0.0
    for _ in range(200):
        size = 0.0
        for i in range(M):
            size += v[i] * v[i]
        for i in range(M):
            v[i] /= np.sqrt(size)
            w[i] = 0.0
        for i in range(M):
            h, factor = H[i], v[i]
            for j in range(M):
                w[j] += factor * h[j]
        last, value = value, 0.0
        for i in range(M):
            value += w[i] * v[i]
            v[i] = w[i]
        if abs(value - last) <= 1e-6 * value:
            break
    size, stretched = 0.0, 0.0
    for i in range(M):
        size += v[i] * v[i]
    for k in range(J.shape[0]):
        total = 0.0
        for j in range(M):
            total += J[k, j] * v[j]
        stretched += total * total
    return np.sqrt(stretched / size)


@njit(**INLINE)
def _jacobian(z, W1, W2, h2, A, clipped, d, P, J):
    """J at z; W2 (M, L) transposed; d (L,), P (M, L) are work space; J has the padded size of M."""
    zero, one = h2.dtype.type(0), h2.dtype.type(1)
    for l in range(h2.shape[0]):
        d[l] = zero
    for m in range(W2.shape[0]):
        zm, w2 = z[m], W2[m]
        for l in range(h2.shape[0]):
            d[l] += zm * w2[l]
    for l in range(h2.shape[0]):
        u = d[l]
        d[l] = (one if u + h2[l] > zero else zero) - (one if clipped and u > zero else zero)
    for m in range(W1.shape[0]):
        p, w1 = P[m], W1[m]
        for l in range(h2.shape[0]):
            p[l] = w1[l] * d[l]
    if W1.shape[0] % 4 == 0:
        reduce(P, W2, J)
    else:
        for m in range(W1.shape[0]):
            for k in range(W1.shape[0]):
                p, w2, total = P[m], W2[k], zero
                for l in range(h2.shape[0]):
                    total += p[l] * w2[l]
                J[m, k] = total
    for m in range(W1.shape[0]):
        J[m, m] += A[m]


@njit(**STRICT)
def _weight_bound(A, W1, W2, M, work):
    """Bound of the Jacobian's norm at any point: max abs(A) + norm(W1) norm(W2)."""
    largest = 0.0
    for m in range(M):
        largest = max(largest, abs(A[m]))
    norms = np.empty(2)
    for k in range(2):
        W = W1 if k == 0 else W2
        G = np.empty((W.shape[1], M))
        for m in range(M):
            for l in range(W.shape[1]):
                G[l, m] = W[m, l]
        norms[k] = spectral_norm(G, work)
    return largest + norms[0] * norms[1]


@njit(**INLINE)
def growth_rate(code, signal, n_windows, n_points, M, W1, W2, h2, A, clipped):
    """Kappa: the largest, over the batch's windows, of a mean over time of their Jacobians.

    `code` says which of `MEANS`; signal (T + 1, S, >= M) holds the forcing signals, the first
    `n_windows` of S count; W1, W2 (>= M, L) with W2 transposed.
    """
    work = (np.empty((2, M, M)), np.empty((2, M)))
    if code == 5:
        return _weight_bound(A, W1, W2, M, work)
    d, P = np.empty_like(h2), np.empty_like(W1)
    padded = np.empty((W1.shape[0], W1.shape[0]), W1.dtype)
    J, total = np.empty((M, M)), np.empty((M, M))
    kappa = 0.0
    T = signal.shape[0] - 1
    for s in range(n_windows):
        logs, largest = 0.0, 0.0
        for k in range(n_points):
            _jacobian(signal[k * T // n_points, s], W1, W2, h2, A, clipped, d, P, padded)
            _accumulate(code, padded, k, n_points, J, total)
            if code == 1 or code == 4 or k == n_points - 1:
                norm = spectral_norm(J, work)
                logs += np.log(norm + 1e-30)
                largest = max(largest, norm)
        kappa = max(kappa, np.exp(logs / n_points) if code == 1 else largest)
    return kappa


@njit(**STRICT)
def _accumulate(code, new, k, n_points, J, total):
    """J = the k-th Jacobian of a window, or the mean of the first k + 1 that the code asks for."""
    for i in range(J.shape[0]):
        for j in range(J.shape[0]):
            entry = float(new[i, j])
            if code == 2 or code == 3:
                entry = entry if code == 2 else np.log(abs(entry) + 1e-30)
                total[i, j] = entry if k == 0 else total[i, j] + entry
                entry = total[i, j] / (k + 1)
                entry = np.exp(entry) if code == 3 and k == n_points - 1 else entry
            J[i, j] = entry
