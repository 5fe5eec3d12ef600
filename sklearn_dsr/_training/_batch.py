"""What surrounds the forced run of a batch: rows, forcing signals, first state, error.

Both ways: forward to the signals, and back from the gradient of predictions and first state to that
of the observation, the first hidden values and the weights of external inputs. observation =
(B, gB, pinv, gpinv, R, Q, penalty, imputes) with B (M, N) transposed, None if the first N units
are the columns; then hidden = (L0, gL0), else of size 0; driven = (C, gC), transposed, of size 0
without inputs. sizes = (M, N, n_windows) without padding; `work` is described in `_forced_step`.
"""

import numpy as np
from numba import njit

from .._maps._algebra import copy
from .._maps._compiling import INLINE
from ._products import combine, outer, reduce


@njit(**INLINE)
def gather(rows, seen, starts, noise, work, sizes):
    """Fill X, weight, noisy and inputs; return the number of values that enter the loss.

    Windows that only pad repeat the others: they cannot overflow unless those do. seen (n_rows, N)
    is 0 where a value is missing, noise (T + 1, S, N) is added; both may be of size 0.
    """
    _, N, n_windows = sizes
    X, weight, noisy, _, _, _, inputs, _, _, _, _ = work
    count = (X.shape[0] - 1) * n_windows * N
    for t in range(X.shape[0]):
        for s in range(X.shape[1]):
            row = starts[s % n_windows] + t
            for n in range(N):
                X[t, s, n] = rows[row, n]
            for k in range(rows.shape[1] - N):
                inputs[t, s, k] = rows[row, N + k]
            if seen.shape[0] > 0:
                for n in range(N):
                    weight[t, s, n] = seen[row, n]
                    if t > 0 and s < n_windows and seen[row, n] == 0:
                        count -= 1
            if noise.shape[0] > 0:
                for n in range(N):
                    noisy[t, s, n] = X[t, s, n] + noise[t, s % n_windows, n]
    return count


@njit(**INLINE)
def fill_hidden(L0, signal, n_times):
    """Hidden units of the signal (T + 1, S, M) as L0 x at the first `n_times` times."""
    hidden, N = L0.shape
    for t in range(n_times):
        for s in range(signal.shape[1]):
            for j in range(hidden):
                total = signal.dtype.type(0)
                for n in range(N):
                    total += L0[j, n] * signal[t, s, n]
                signal[t, s, N + j] = total


@njit(**INLINE)
def prepare(rows, seen, starts, noise, work, observation, hidden, driven, sizes):
    """Gather a batch and set its signals, first state and drive; gB, gL0 and gC are overwritten.

    Returns the observation's penalty and the number of values that enter the loss.
    """
    _, _, noisy, signal, _, _, inputs, drive, Z, _, _ = work
    count = gather(rows, seen, starts, noise, work, sizes)
    penalty = 0.0
    if observation is None:
        fill_hidden(hidden[0], signal, 1)
    else:
        penalty = invert(observation, sizes)
        for t in range(signal.shape[0]):
            reduce(noisy[t], observation[2], signal[t])
    copy(signal[0], Z[0])
    hidden[1][:] = 0
    driven[1][:] = 0
    if inputs.shape[2] > 0:
        drive[:] = 0
        for t in range(drive.shape[0]):
            for s in range(drive.shape[1]):
                for k in range(inputs.shape[2]):
                    for m in range(drive.shape[2]):
                        drive[t, s, m] += inputs[t, s, k] * driven[0][k, m]
    return penalty, count


@njit(**INLINE)
def invert(observation, sizes):
    """Set pinv and, with the condition-number penalty's gradient, gB; return the penalty."""
    B, gB, pinv, gpinv, _, _, penalty, _ = observation
    M, N, _ = sizes
    gB[:] = 0
    gpinv[:] = 0
    U, s, V = np.linalg.svd(np.ascontiguousarray(B[:M, :N].T.astype(np.float64)), False)
    last = s.shape[0] - 1
    ratio = s[0] / s[last]
    slope = 2.0 * penalty * (ratio - 1.0) / s[last]
    for m in range(M):
        for n in range(N):
            total = 0.0
            for k in range(s.shape[0]):
                total += V[k, m] * U[n, k] / s[k]
            pinv[m, n] = total
            gB[m, n] = slope * (U[n, 0] * V[0, m] - ratio * U[n, last] * V[last, m])
    return penalty * (1.0 - ratio) ** 2


@njit(**INLINE)
def residual(observation, sizes, count, work):
    """Return the squared error of the unforced predictions E and turn E into its gradient.

    Affine: E (T, S, M) becomes B' (B z - x) 2 / count, and gB gets its part.
    """
    X, weight, E = work[0], work[1], work[9]
    scale = 2.0 / max(count, 1)
    loss, n_values = 0.0, sizes[2] * X.shape[2]
    zero, factor = X.dtype.type(0), X.dtype.type(scale)
    for t in range(E.shape[0]):
        x, w = X[t + 1].reshape(-1), weight[t + 1].reshape(-1)
        r = E[t].reshape(-1)
        if observation is not None:
            combine(E[t], observation[0], observation[4])
            r = observation[4].reshape(-1)
        total = zero
        for i in range(n_values):
            d = w[i] * (r[i] - x[i])
            total += d * d
            r[i] = factor * d
        for i in range(n_values, r.shape[0]):  # of windows that only pad
            r[i] = zero
        loss += total
        if observation is not None:
            outer(E[t], observation[4], observation[1])
            reduce(observation[4], observation[0], E[t])
    return 0.5 * scale * loss


@njit(**INLINE)
def surrounding_gradient(work, observation, hidden, driven, sizes):
    """Add to gB, gL0 and gC what first state and inputs contribute, after the backward run."""
    _, N, n_windows = sizes
    _, _, noisy, _, _, _, inputs, _, _, E, G = work
    if observation is not None:
        first_state_gradient(observation, noisy, G)
    gL0 = hidden[1]
    for s in range(n_windows):
        for j in range(gL0.shape[0]):
            for n in range(N):
                gL0[j, n] += G[s, N + j] * noisy[0, s, n]
    if inputs.shape[2] > 0:
        for t in range(E.shape[0]):
            for s in range(E.shape[1]):
                for k in range(inputs.shape[2]):
                    for m in range(E.shape[2]):
                        driven[1][k, m] += inputs[t, s, k] * E[t, s, m]


@njit(**INLINE)
def first_state_gradient(observation, X, G):
    """Add to gB what the first state z_1 = pinv(B) x_1 contributes; G (S, M) is dL/dz_1.

    The derivative of the pseudo-inverse [Golub and Pereyra 1973, Eq. 4.12], in transposes.
    """
    B, gB, pinv, gpinv, _, _, _, _ = observation
    M = B.shape[0]
    outer(G, X[0], gpinv)
    Q, K, H = np.zeros((M, M), B.dtype), np.zeros((M, M), B.dtype), np.empty_like(B)
    R = np.empty_like(K)
    reduce(pinv, gpinv, Q)  # Q = pinv gpinv'
    combine(Q, pinv, H)
    _add(gB, -1, H)
    reduce(pinv, pinv, K)
    combine(K, gpinv, H)  # H = pinv pinv' gpinv
    _add(gB, 1, H)
    reduce(H, pinv, K)
    combine(K, B, H)
    _add(gB, -1, H)
    reduce(B, pinv, K)  # (pinv B)', the identity unless M > N
    for i in range(M):
        for j in range(M):
            total = Q[j, i]
            for k in range(M):
                total -= K[i, k] * Q[j, k]
            R[i, j] = total
    combine(R, pinv, H)
    _add(gB, 1, H)


@njit(**INLINE)
def _add(target, sign, values):
    """Add or subtract `values` in place."""
    for i in range(target.shape[0]):
        for j in range(target.shape[1]):
            target[i, j] += sign * values[i, j]
