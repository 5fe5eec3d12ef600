"""One step of the forced run and of its gradient, the same for every model that is not small.

z_t = F(z~_{t-1}), z~_t = z_t + alpha_t g_t (signal_t - z_t): how strongly each unit is forced at
each time is alpha forced[t] gain[t, s, m]. So sparse forcing, partial forcing and missing values
are zeros among the factors.

work = (X, weight, noisy, signal, gain, forced, inputs, drive, Z, E, G):
X (T + 1, S, N) rows of the batch, noisy the same with noise added; weight like X, 1 where a value
enters the loss; signal, gain (T + 1, S, M); forced (T + 1,); inputs (T + 1, S, K); drive (T, S, M)
what they add; Z (T + 1, S, M) forced states; E (T, S, M) predictions, then their gradient.
Arrays may be the same: noisy X without noise, signal noisy and gain weight if x = z.
"""

from numba import njit

from .._maps._compiling import INLINE
from ._products import combine, reduce


@njit(**INLINE)
def force(t, alpha, As, hs, work, observation):
    """Complete E[t] = W phi to the prediction, and set Z[t + 1]; As and hs are tiled A and h1."""
    _, _, _, signal, gain, forced, inputs, drive, Z, E, _ = work
    e, z = E[t].reshape(-1), Z[t].reshape(-1)
    for i in range(e.shape[0]):
        e[i] += As[i] * z[i] + hs[i]
    if inputs.shape[2] > 0:
        d = drive[t].reshape(-1)
        for i in range(e.shape[0]):
            e[i] += d[i]
    if observation is not None:
        _impute(t, work, observation)
    z_next, x, g = Z[t + 1].reshape(-1), signal[t + 1].reshape(-1), gain[t + 1].reshape(-1)
    strength = alpha * forced[t + 1]
    for i in range(e.shape[0]):
        z_next[i] = e[i] + strength * g[i] * (x[i] - e[i])


@njit(**INLINE)
def _impute(t, work, observation):
    """signal[t + 1] = pinv(B) x with the model's own prediction B z for missing values of x."""
    _, weight, noisy, signal, _, _, _, _, _, E, _ = work
    B, _, pinv, _, R, _, _, imputes = observation
    if imputes:
        combine(E[t], B, R)
        r, x, w = R.reshape(-1), noisy[t + 1].reshape(-1), weight[t + 1].reshape(-1)
        for i in range(r.shape[0]):
            r[i] += w[i] * (x[i] - r[i])
        reduce(R, pinv, signal[t + 1])


@njit(**INLINE)
def carry_back(t, alpha, As, gAs, ghs, work, observation):
    """Complete G = dL/dz~_t, given W' D W' d in it, and pass it on to E[t - 1] = dL/dz_t.

    gAs and ghs gain what A and h1, tiled, get from this step.
    """
    _, weight, _, _, gain, forced, _, _, Z, E, G = work
    e, z, g = E[t].reshape(-1), Z[t].reshape(-1), G.reshape(-1)
    for i in range(e.shape[0]):
        gAs[i] += e[i] * z[i]
        ghs[i] += e[i]
        g[i] += As[i] * e[i]
    if t > 0:
        strength, one = alpha * forced[t], As.dtype.type(1)
        before, k = E[t - 1].reshape(-1), gain[t].reshape(-1)
        for i in range(e.shape[0]):
            before[i] += (one - strength * k[i]) * g[i]
        if observation is not None:
            B, _, pinv, _, R, Q, _, imputes = observation
            if imputes:
                combine(G, pinv, R)
                r, w = R.reshape(-1), weight[t].reshape(-1)
                for i in range(r.shape[0]):
                    r[i] *= one - w[i]
                reduce(R, B, Q)
                q = Q.reshape(-1)
                for i in range(e.shape[0]):
                    before[i] += strength * q[i]


@njit(**INLINE)
def fold(tiled, total):
    """Add up what `tiled` repeats."""
    for i in range(tiled.shape[0]):
        total[i % total.shape[0]] += tiled[i]
