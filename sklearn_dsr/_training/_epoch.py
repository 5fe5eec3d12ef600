"""Compiled epoch: sample, forced run, gradient, penalties and optimiser for many updates a call.

The arguments come in tuples that the numba engine builds once:
vectors = (theta, gradient, weights, gradients, squared, absolute, target, free): flat vectors, of
which weights and gradients = (W1, W2, h2, A, h1) are views; with d = theta - target the penalty is
squared d^2 + absolute abs(d); free masks what is trained;
work = (X, Z, E, G), see `_kernels`;
batched = (U, F, P) for the kernel of any size, or small = (zeros, ZT, DT) for that of few latent
units, the other is None: tests "is None" are decided when compiling and leave the other kernel out;
observation = (B, gB, pinv, gpinv, signal, R, penalty) with B (M, N) transposed, None if identity;
sizes = (M, N, n_windows) without padding.
"""

import numpy as np
from numba import njit

from ._forcing import adapt, growth_rate
from ._kernels import INLINE, backward, combine, forward, outer, reduce
from ._kernels_small import backward_small, forward_small
from ._optimizer import radam_step


@njit(**INLINE)
def gather(rows, starts, X):
    """X[t, s] = rows[starts[s] + t]; columns and windows that only pad stay 0."""
    for t in range(X.shape[0]):
        for s in range(starts.shape[0]):
            source, target = rows[starts[s] + t], X[t, s]
            for n in range(source.shape[0]):
                target[n] = source[n]


@njit(**INLINE)
def invert(observation, sizes):
    """Set pinv and, with the condition-number penalty's gradient, gB; return the penalty."""
    B, gB, pinv, gpinv, _, _, penalty = observation
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
def residual(observation, sizes, X, E):
    """Return the squared error of the unforced predictions E and turn E into its gradient.

    Affine: E (T, S, M) becomes B' (B z - x) 2 / n, and gB gets its part.
    """
    M, N, n_windows = sizes
    scale = 2.0 / (E.shape[0] * n_windows * N)
    loss = 0.0
    zero, factor = X.dtype.type(0), X.dtype.type(scale)
    used = n_windows * X.shape[2]
    if observation is None:
        for t in range(E.shape[0]):
            e, x = E[t].reshape(-1), X[t + 1].reshape(-1)
            total = zero
            for i in range(used):
                r = e[i] - x[i]
                total += r * r
                e[i] = factor * r
            e[used:] = zero
            loss += total
    else:
        B, gB, _, _, _, R, _ = observation
        for t in range(E.shape[0]):
            combine(E[t], B, R)
            r, x = R.reshape(-1), X[t + 1].reshape(-1)
            total = zero
            for i in range(used):
                d = r[i] - x[i]
                total += d * d
                r[i] = factor * d
            r[used:] = zero
            outer(E[t], R, gB)
            reduce(R, B, E[t])
            loss += total
    return 0.5 * scale * loss


@njit(**INLINE)
def first_state_gradient(observation, X, G):
    """Add to gB what the first state z_1 = pinv(B) x_1 contributes; G (S, M) is dL/dz_1.

    The derivative of the pseudo-inverse [Golub and Pereyra 1973, Eq. 4.12], in transposes.
    """
    B, gB, pinv, gpinv, _, _, _ = observation
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


@njit(**INLINE)
def objective(alpha, vectors, work, batched, small, observation, sizes, clipped):
    """Loss with penalties of the batch that `prepare` gathered; the gradient is overwritten."""
    theta, gradient, weights, gradients, squared, absolute, target, free = vectors
    W1, W2, h2, A, h1 = weights
    gW1, gW2, gh2, gA, gh1 = gradients
    X, Z, E, G = work
    strength = A.dtype.type(alpha)
    for array in (gW1, gW2):
        array[:] = 0
    for vector in (gh2, gA, gh1):
        vector[:] = 0
    signal = X
    if observation is not None:
        signal = observation[4]
    loss = 0.0
    if small is None:
        if batched is None:
            pass
        else:
            U, F, P = batched
            forward(W1, W2, h2, A, h1, clipped, strength, signal, Z, E, U, F)
            loss = residual(observation, sizes, X, E)
            backward(W1, W2, h2, A, clipped, strength, Z, E, U, F, P, G, gW1, gW2, gh2, gA, gh1)
    else:
        zeros, ZT, DT = small
        forward_small(W1, W2, h2, A, h1, clipped, strength, signal, Z, E, zeros)
        loss = residual(observation, sizes, X, E)
        backward_small(
            W1, W2, h2, A, clipped, strength, Z, E, G, ZT, DT, gW1, gW2, gh2, gA, gh1, zeros
        )
    if observation is not None:
        first_state_gradient(observation, X, G)
    for i in range(theta.shape[0]):
        d = theta[i] - target[i]
        loss += squared[i] * d * d + absolute[i] * abs(d)
        slope = squared[i] * (d + d) + absolute[i] * np.sign(d)
        gradient[i] = free[i] * (gradient[i] + slope)
    return loss


@njit(**INLINE)
def prepare(rows, starts, work, observation, sizes):
    """Gather a batch and infer its forcing signals; return the observation's penalty."""
    X = work[0]
    gather(rows, starts, X)
    penalty = 0.0
    if observation is not None:
        penalty = invert(observation, sizes)
        for t in range(X.shape[0]):
            reduce(X[t], observation[2], observation[4][t])
    return penalty


@njit(**INLINE)
def all_finite(values):
    """Whether no value is infinite or NaN (0 times either is NaN)."""
    total = values.dtype.type(0)
    for i in range(values.shape[0]):
        total += values[i] * values.dtype.type(0)
    return total == total


@njit(**INLINE)
def run_epoch(
    rows,
    starts,
    rates,
    forcing,
    state,
    moments,
    vectors,
    work,
    batched,
    small,
    observation,
    sizes,
    clipped,
    losses,
    alphas,
):
    """Do one update for each row of `starts` (n_updates, n_windows).

    forcing = (code, scale, gamma, interval, n_points), state = array [alpha, updates done]. Returns
    the number of updates done: fewer than asked for if loss, gradient or theta stops being finite.
    """
    code, scale, gamma, interval, n_points = forcing
    M, _, n_windows = sizes
    m, v = moments
    theta, gradient, (W1, W2, h2, A, _) = vectors[0], vectors[1], vectors[2]
    signal = work[0]
    if observation is not None:
        signal = observation[4]
    for i in range(starts.shape[0]):
        penalty = prepare(rows, starts[i], work, observation, sizes)
        if code > 0 and int(state[1]) % interval == 0:
            kappa = growth_rate(code, signal, n_windows, n_points, M, W1, W2, h2, A, clipped)
            state[0] = adapt(state[0], kappa, gamma)
        alphas[i] = scale * state[0]
        losses[i] = penalty + objective(
            alphas[i], vectors, work, batched, small, observation, sizes, clipped
        )
        if not (np.isfinite(losses[i]) and all_finite(gradient)):
            return i
        state[1] += 1.0
        radam_step(theta, gradient, m, v, int(state[1]), rates[i])
        if not all_finite(theta):
            return i
    return starts.shape[0]
