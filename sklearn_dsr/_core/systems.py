"""Orbits of differential equations."""

from operator import index

from ._isa import core

LORENZ63, LORENZ96, ROSSLER, DUFFING = core.LORENZ63, core.LORENZ96, core.ROSSLER, core.DUFFING


def runge_kutta_4(system, state, parameters, inputs, step, n_substeps, n_samples):
    """Orbit by the classical Runge-Kutta method of order 4 with a fixed step.

    Parameters
    ----------
    system : {LORENZ63, LORENZ96, ROSSLER, DUFFING}
        Vector field to integrate.
    state : float64 ndarray of shape (d,)
        State at time 0, which is not among the samples.
    parameters : float64 ndarray of shape (n_parameters,)
        sigma, rho, beta of LORENZ63; F of LORENZ96; a, b, c of ROSSLER; delta, alpha, beta of
        DUFFING.
    inputs : float64 ndarray of shape (n_samples,) or (0,)
        Input of a driven system, constant on the way to each sample; empty without input.
    step : float
        Length of one step, in the system's own time.
    n_substeps : int
        Steps between two samples, at least 1.
    n_samples : int
        Number of rows, at least 0.

    Returns
    -------
    float64 ndarray of shape (n_samples, d)
        Row i is the state at time (i + 1) n_substeps step. It is not finite after the orbit
        diverges.

    Raises
    ------
    TypeError
        If a type is another one.
    ValueError
        If the system is none of the four, or sizes do not fit it.
    """
    return core.runge_kutta_4(
        index(system), state, parameters, inputs, step, index(n_substeps), index(n_samples)
    )
