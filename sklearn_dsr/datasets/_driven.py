"""Series of systems with an external input in the last column."""

from __future__ import annotations

import numpy as np

from .._core.systems import DUFFING
from .._data.types import Floats, Seed
from .._data.validation import TINY, check_random_generator, check_real
from ._simulated import _check_sampling, _observe, _simulate


def make_duffing(
    n_samples: int = 10_000,
    *,
    dt: float = 0.1,
    noise_level: float = 0.0,
    delta: float = 0.3,
    alpha: float = -1.0,
    beta: float = 1.0,
    amplitude: float = 0.5,
    omega: float = 1.2,
    n_transient: int = 1000,
    standardize: bool = False,
    random_state: Seed = None,
) -> Floats:
    r"""Series of the forced Duffing oscillator, chaotic between two wells, with its input.

    The position x and the input u follow

    .. math:: \ddot x + \delta \dot x + \alpha x + \beta x^3 = u(t)

    which is the oscillator of Sec. 2.2 of [1]_. The drive has the amplitude A and the angular
    frequency omega. From row i, at time t_i, to row i + 1 it is constant, with its value in the
    middle of the step,

    .. math:: u_i = A \cos(\omega (t_i + \mathrm{dt} / 2) + \varphi)

    The state of row i + 1 is therefore a function of the state and the input in row i. To second
    order in `dt`, the series is an orbit of the oscillator with the continuous drive. With the
    default parameters its largest Lyapunov exponent is about 0.105 per unit of time (0.011 per
    row).

    Parameters
    ----------
    n_samples : int, default=10_000
        Number of rows, at least 1.
    dt : float, default=0.1
        Time between rows in the system's own time, at least 1e-9.
    noise_level : float, default=0.0
        Standard deviation of Gaussian noise on the state, in units of the standard deviation of
        each column of the clean series; at least 0. The input is free of noise.
    delta, alpha, beta : float, default=0.3, -1, 1
        Damping, at least 0, and linear and cubic stiffness.
    amplitude : float, default=0.5
        Amplitude A of the drive, at least 0.
    omega : float, default=1.2
        Angular frequency of the drive, above 0.
    n_transient : int, default=1000
        Number of rows simulated before the first one returned, at least 0. The drive acts in them
        too.
    standardize : bool, default=False
        Whether each column of the state gets mean 0 and standard deviation 1. The input keeps its
        unit.
    random_state : int, numpy.random.Generator, RandomState or None, default=None
        Draws the initial state, the phase of the drive and the noise. An int gives the same series
        at every call; None gives another one each time.

    Returns
    -------
    ndarray of shape (n_samples, 3)
        Columns position x, velocity and input u; rows in time order.

    Raises
    ------
    TypeError
        If a parameter is of the wrong type.
    ValueError
        If a parameter is out of its range, or the orbit diverges.

    See Also
    --------
    make_lorenz63 : A chaotic system without input.

    References
    ----------
    .. [1] Guckenheimer and Holmes (1983), "Nonlinear oscillations, dynamical systems, and
       bifurcations of vector fields", Springer.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_duffing
    >>> X = make_duffing(2000, noise_level=0.05, random_state=0)
    >>> state, u = X[:, :2], X[:, 2:]
    >>> state.shape, u.shape
    ((2000, 2), (2000, 1))
    """
    _check_sampling(n_samples, n_transient, dt)
    check_real(amplitude, "amplitude", 0.0, advice="Give the height of the drive, 0 for none.")
    check_real(omega, "omega", TINY, advice="Give radians per time unit; amplitude=0 is no drive.")
    check_real(delta, "delta", 0.0, advice="Negative damping drives the orbit to infinity.")
    rng = check_random_generator(random_state)
    state, phase = rng.uniform(-1.0, 1.0, size=2), rng.uniform(0.0, 2.0 * np.pi)
    # One more than the rows: the last row has an input too, although no step follows it.
    middles = np.arange(n_transient + n_samples + 1) + 0.5
    # Reduced to one turn: no frequency overflows.
    angle_per_row = (float(omega) * float(dt)) % (2.0 * np.pi)
    inputs = float(amplitude) * np.cos(phase + angle_per_row * middles)
    parameters = {"delta": delta, "alpha": alpha, "beta": beta}
    drive = {"amplitude": amplitude, "omega": omega}
    orbit = _simulate(DUFFING, state, parameters, n_samples, n_transient, dt, inputs[:-1], drive)
    return np.column_stack(
        [_observe(orbit, standardize, noise_level, rng), inputs[n_transient + 1 :]]
    )
