"""Compiled epoch: batch, forced run, gradient, penalties and optimiser for many updates a call.

The arguments come in tuples that the numba engine builds once:
vectors = (theta, gradient, squared, absolute, target, free): flat vectors; with d = theta - target
the penalty is squared d^2 + absolute abs(d); free masks what is trained;
model = (A, h1, gA, gh1), views of theta and gradient;
batched = (layer, gradients, buffers) of `_kernel_layer`, small = (layer, gradients, ZT, DT, zeros)
of `_kernel_small`, alone = (units, gradients, buffers) of `_kernel_units`: two of them are None.
They are arguments because a test "is None" of an argument is decided when compiling, and leaves the
other kernels out; layer and units again likewise, for the growth rate;
work, observation, hidden, driven, sizes: see `_batch`.
"""

import numpy as np
from numba import njit

from .._maps._compiling import INLINE
from .._maps._subnormal import flush_subnormal, restore
from ._batch import fill_hidden, prepare, residual, surrounding_gradient
from ._forcing import adapt
from ._growth_rate import growth_rate
from ._kernel_layer import backward_layer, forward_layer
from ._kernel_small import backward_small, forward_small
from ._kernel_units import backward_units, forward_units
from ._optimizer import radam_step


@njit(**INLINE)
def objective(
    alpha, count, vectors, model, work, batched, small, alone, observation, hidden, driven, sizes
):
    """Loss with penalties of the batch that `prepare` gathered; the gradient is overwritten."""
    theta, gradient, squared, absolute, target, free = vectors
    A, h1, gA, gh1 = model
    strength = A.dtype.type(alpha)
    gA[:] = 0
    gh1[:] = 0
    loss = 0.0
    if batched is not None:
        layer, gradients, buffers = batched
        _clear(gradients)
        forward_layer(layer, A, h1, strength, work, buffers, observation)
        loss = residual(observation, sizes, count, work)
        backward_layer(layer, gradients, A, gA, gh1, strength, work, buffers, observation)
    if small is not None:
        layer, gradients, ZT, DT, zeros = small
        _clear(gradients)
        forward_small(layer, A, h1, strength, work, zeros)
        loss = residual(observation, sizes, count, work)
        backward_small(layer, gradients, A, gA, gh1, strength, work, ZT, DT, zeros)
    if alone is not None:
        units, gradients, buffers = alone
        _clear(gradients)
        forward_units(units, A, h1, strength, work, buffers, observation)
        loss = residual(observation, sizes, count, work)
        backward_units(units, gradients, A, gA, gh1, strength, work, buffers, observation)
    surrounding_gradient(work, observation, hidden, driven, sizes)
    for i in range(theta.shape[0]):
        d = theta[i] - target[i]
        loss += squared[i] * d * d + absolute[i] * abs(d)
        slope = squared[i] * (d + d) + absolute[i] * np.sign(d)
        gradient[i] = free[i] * (gradient[i] + slope)
    return loss


@njit(**INLINE)
def _clear(gradients):
    first, second, third = gradients
    first[:] = 0
    second[:] = 0
    third[:] = 0


@njit(**INLINE)
def batch_loss(
    alpha, data, vectors, model, work, batched, small, alone, observation, hidden, driven, sizes
):
    """Loss and gradient of one batch; data = (rows, seen, starts, noise)."""
    rows, seen, starts, noise = data
    mode = flush_subnormal()
    penalty, count = prepare(rows, seen, starts, noise, work, observation, hidden, driven, sizes)
    loss = penalty + objective(
        alpha,
        count,
        vectors,
        model,
        work,
        batched,
        small,
        alone,
        observation,
        hidden,
        driven,
        sizes,
    )
    restore(mode)
    return loss


@njit(**INLINE)
def all_finite(values):
    """Whether no value is infinite or NaN (0 times either is NaN)."""
    total = values.dtype.type(0)
    for i in range(values.shape[0]):
        total += values[i] * values.dtype.type(0)
    return total == total


@njit(**INLINE)
def run_epoch(
    data,
    rates,
    forcing,
    state,
    moments,
    layer,
    units,
    vectors,
    model,
    work,
    batched,
    small,
    alone,
    observation,
    hidden,
    driven,
    sizes,
    losses,
    alphas,
):
    """Do one update for each row of `starts` (n_updates, n_windows).

    data = (rows, seen, starts, noise), forcing = (code, scale, gamma, every, n_points), state =
    array [alpha, updates done]. Returns the number of updates done: fewer than asked for if loss,
    gradient or theta stops being finite.
    """
    rows, seen, starts, noise = data
    code, scale, gamma, every, n_points = forcing
    M, _, n_windows = sizes
    m, v = moments
    theta, gradient, signal = vectors[0], vectors[1], work[3]
    mode = flush_subnormal()
    done = starts.shape[0]
    for i in range(starts.shape[0]):
        penalty, count = prepare(
            rows, seen, starts[i], noise[i], work, observation, hidden, driven, sizes
        )
        if code > 0 and int(state[1]) % every == 0:
            fill_hidden(hidden[0], signal, signal.shape[0])
            kappa = growth_rate(code, signal, n_windows, n_points, M, model[0], layer, units)
            state[0] = adapt(state[0], kappa, gamma)
        alphas[i] = scale * state[0]
        losses[i] = penalty + objective(
            alphas[i],
            count,
            vectors,
            model,
            work,
            batched,
            small,
            alone,
            observation,
            hidden,
            driven,
            sizes,
        )
        if not (np.isfinite(losses[i]) and all_finite(gradient)):
            done = i
            break
        state[1] += 1.0
        radam_step(theta, gradient, m, v, int(state[1]), rates[i])
        if not all_finite(theta):
            done = i
            break
    restore(mode)
    return done
