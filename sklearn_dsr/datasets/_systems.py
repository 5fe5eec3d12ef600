"""Orbits of differential equations: one vector field per system, over one shared integrator."""

import numpy as np
from numba import njit

LORENZ63, LORENZ96, ROSSLER, DUFFING = 0, 1, 2, 3


@njit(cache=True, nogil=True)
def runge_kutta_4(system, state, parameters, inputs, step, n_substeps, n_samples):
    """Orbit by the classical Runge-Kutta method of order 4 with a fixed step.

    Parameters
    ----------
    system : {LORENZ63, LORENZ96, ROSSLER, DUFFING}
        Vector field to integrate.
    state : ndarray of shape (d,)
        State at time 0, which is not among the samples.
    parameters : ndarray of shape (n_parameters,)
        The field's, in the order of its function below.
    inputs : ndarray of shape (n_samples,) or (0,)
        Input of a driven system, held constant on the way to each sample; empty for the others.
    step : float
        Length of one step, in the system's own time.
    n_substeps : int
        Steps between two samples.
    n_samples : int
        Number of rows.

    Returns
    -------
    ndarray of shape (n_samples, d)
        Row i is the state at time (i + 1) n_substeps step; not finite once the orbit diverged.
    """
    d = len(state)
    samples = np.empty((n_samples, d))
    state, stage, slope, total = state.copy(), np.empty(d), np.empty(d), np.empty(d)
    for i in range(n_samples):
        u = inputs[i] if len(inputs) > 0 else 0.0
        for _ in range(n_substeps):
            _field(system, state, u, parameters, slope)
            for j in range(d):
                total[j] = slope[j]
            for fraction, weight in ((0.5, 2.0), (0.5, 2.0), (1.0, 1.0)):
                for j in range(d):
                    stage[j] = state[j] + fraction * step * slope[j]
                _field(system, stage, u, parameters, slope)
                for j in range(d):
                    total[j] += weight * slope[j]
            for j in range(d):
                state[j] += step / 6.0 * total[j]
        for j in range(d):
            samples[i, j] = state[j]
    return samples


# Chosen by number: numba keeps no compiled code on disk for a function that is passed a function.
@njit(cache=True, nogil=True)
def _field(system, x, u, parameters, out):
    """Write the time derivative at state x (d,) and input u to `out` (d,)."""
    if system == LORENZ63:
        _lorenz63(x, parameters, out)
    elif system == LORENZ96:
        _lorenz96(x, parameters, out)
    elif system == ROSSLER:
        _rossler(x, parameters, out)
    else:
        _duffing(x, u, parameters, out)


@njit(cache=True, nogil=True)
def _lorenz63(x, parameters, out):
    sigma, rho, beta = parameters[0], parameters[1], parameters[2]
    out[0] = sigma * (x[1] - x[0])
    out[1] = x[0] * (rho - x[2]) - x[1]
    out[2] = x[0] * x[1] - beta * x[2]


@njit(cache=True, nogil=True)
def _lorenz96(x, parameters, out):
    n = len(x)
    for i in range(n):
        # Negative indices wrap around; the other end of the ring is closed by hand.
        out[i] = (x[(i + 1) % n] - x[i - 2]) * x[i - 1] - x[i] + parameters[0]


@njit(cache=True, nogil=True)
def _rossler(x, parameters, out):
    a, b, c = parameters[0], parameters[1], parameters[2]
    out[0] = -x[1] - x[2]
    out[1] = x[0] + a * x[1]
    out[2] = b + x[2] * (x[0] - c)


@njit(cache=True, nogil=True)
def _duffing(x, u, parameters, out):
    delta, alpha, beta = parameters[0], parameters[1], parameters[2]
    out[0] = x[1]
    out[1] = u - delta * x[1] - alpha * x[0] - beta * x[0] ** 3
