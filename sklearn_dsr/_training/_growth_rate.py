"""Compiled growth rate of products of Jacobians along the data, which adaptive forcing follows."""

import numpy as np
from numba import njit

from .._maps._compiling import INLINE, STRICT
from ._kernel_units import center
from ._products import reduce


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
def _layer_jacobian(z, layer, A, d, P, J):
    """J at z for a hidden layer; d (L,), P (M, L) are work space; J has the padded size of M."""
    W1, W2, h2, clipped = layer
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


@njit(**INLINE)
def _units_jacobian(z, units, A, M, P, J):
    """J at z for units that act each by itself; P (1, M) is work space."""
    W, alphas, H, linear, relu_, clipped, n_centred = units
    zero = A.dtype.type(0)
    u = z
    if n_centred > 0:
        center(z.reshape(1, -1), P, n_centred)
        u = P[0]
    for k in range(M):
        slope = linear[k] + (relu_[k] if u[k] > zero else zero)
        for b in range(H.shape[0]):
            slope += alphas[b] if u[k] > H[b, k] else zero
            slope -= alphas[b] if clipped and u[k] > zero else zero
        for m in range(M):
            J[m, k] = W[m, k] * slope
    if n_centred > 0:
        center(J, J, n_centred)
    for m in range(M):
        J[m, m] += A[m]


@njit(**STRICT)
def _norm(W, n, work):
    """Spectral norm of the first n rows of W (n, L)."""
    G = np.empty((W.shape[1], n))
    for m in range(n):
        for l in range(W.shape[1]):
            G[l, m] = W[m, l]
    return spectral_norm(G, work)


@njit(**INLINE)
def _weight_bound(A, layer, units, M, work):
    """Bound of the Jacobian's norm at any point: max abs(A) plus the norms of the weights."""
    largest = 0.0
    for m in range(M):
        largest = max(largest, abs(A[m]))
    if layer is not None:
        largest += _norm(layer[0], M, work) * _norm(layer[1], M, work)
    if units is not None:
        W, alphas, H, _, _, _, _ = units
        steepest = 0.0 if H.shape[0] > 0 else 1.0
        for b in range(H.shape[0]):  # no slope of phi is steeper than all bases together
            steepest += abs(alphas[b])
        largest += _norm(W, M, work) * steepest
    return largest


@njit(**INLINE)
def growth_rate(code, signal, n_windows, n_points, M, A, layer, units):
    """Kappa: the largest, over the batch's windows, of a mean over time of their Jacobians.

    `code` says which of `_forcing.MEANS`; signal (T + 1, S, >= M) holds the forcing signals, the
    first `n_windows` of S count; A (>= M,); layer or units as in the kernels, the other is None.
    """
    work = np.empty((3, M))
    if code == 5:
        return _weight_bound(A, layer, units, M, work)
    size = A.shape[0]
    padded = np.zeros((size, size), A.dtype)
    J, total = np.empty((M, M)), np.empty((M, M))
    P = np.zeros((1, size), A.dtype)
    d = P[0]
    if layer is not None:
        d, P = np.empty_like(layer[2]), np.empty_like(layer[0])
    kappa = 0.0
    T = signal.shape[0] - 1
    for s in range(n_windows):
        logs, largest = 0.0, 0.0
        for k in range(n_points):
            z = signal[k * T // n_points, s]
            if layer is not None:
                _layer_jacobian(z, layer, A, d, P, padded)
            if units is not None:
                _units_jacobian(z, units, A, M, P, padded)
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
