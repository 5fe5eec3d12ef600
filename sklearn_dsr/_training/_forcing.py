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
def spectral_norm(J, work):
    """Largest singular value of J (n, M), exact for M <= 12, else mostly within 0.1 percent.

    Lanczos iteration on J'J [Golub and Van Loan, Sec. 10.1]: its largest eigenvalue is that of a
    small tridiagonal matrix, found by Newton's method from above. `work` is a (3, M) array.
    """
    v, w, before = work[0], work[1], work[2]
    M = J.shape[1]
    n = min(M, J.shape[0] + 1, 12)
    diagonal, off = np.zeros(n), np.zeros(n + 1)
    for i in range(M):  # a vector in general position: one unit may not be coupled to the others
        w[i] = 1.0 + (0.618 * i) % 1.0
        v[i] = 0.0
    size = np.sqrt(_dot(w, w))
    for k in range(n):
        for i in range(M):
            before[i] = v[i]
            v[i] = w[i] / size
            w[i] = -off[k] * before[i]
        for r in range(J.shape[0]):  # w += J'J v, a row of J at a time
            row = J[r]
            image = _dot(row, v)
            for i in range(M):
                w[i] += image * row[i]
        diagonal[k] = _dot(w, v)
        for i in range(M):
            w[i] -= diagonal[k] * v[i]
        size = np.sqrt(_dot(w, w))
        if not size > 1e-13 * diagonal[0]:
            n = k + 1
            break
        off[k + 1] = size
    return np.sqrt(_largest_eigenvalue(diagonal[:n], off[:n]))


@njit(**STRICT)
def _dot(a, b):
    """Sum of products, in four strands that do not wait for each other."""
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    whole = len(a) - len(a) % 4
    for i in range(0, whole, 4):
        s0 += a[i] * b[i]
        s1 += a[i + 1] * b[i + 1]
        s2 += a[i + 2] * b[i + 2]
        s3 += a[i + 3] * b[i + 3]
    for i in range(whole, len(a)):
        s0 += a[i] * b[i]
    return (s0 + s1) + (s2 + s3)


@njit(**STRICT)
def _largest_eigenvalue(diagonal, off):
    """Of the tridiagonal matrix with `diagonal` and off[k] between k - 1 and k; off[0] = 0.

    Newton's method on the characteristic polynomial comes down from Gershgorin's bound and, as all
    roots are real, never passes the largest one.
    """
    n = len(diagonal)
    x = 0.0
    for k in range(n):
        x = max(x, diagonal[k] + off[k] + (off[k + 1] if k + 1 < n else 0.0))
    bound = x
    for _ in range(60):
        # p and its derivative by the three-term recurrence, in units of the bound.
        p, p_before, d, d_before = 1.0, 0.0, 0.0, 0.0
        for k in range(n):
            a, b = (x - diagonal[k]) / bound, (off[k] / bound) ** 2
            p, p_before, d, d_before = a * p - b * p_before, p, p + a * d - b * d_before, d
        step = bound * p / d if d > 0.0 else 0.0
        x -= step
        if not step > 1e-12 * x:
            break
    return x


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
    work = np.empty((3, M))
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
