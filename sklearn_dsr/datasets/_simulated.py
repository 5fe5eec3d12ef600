"""Series of standard chaotic systems: simulated, with optional noise, repeatable by a seed."""

from __future__ import annotations

import numpy as np

from .._core.systems import LORENZ63, LORENZ96, ROSSLER, runge_kutta_4
from .._data.types import Floats, Seed
from .._data.validation import LARGEST, check_int, check_random_generator, check_real

# Longest step of the integrator, in the systems' own time. The error of a Lorenz-63 orbit over one
# unit of time is about 1e-6: chaos, not the method, limits how long two orbits agree.
MAX_STEP = 0.0025

_NO_INPUTS = np.empty(0)


def make_lorenz63(
    n_samples: int = 10_000,
    *,
    dt: float = 0.01,
    noise_level: float = 0.0,
    sigma: float = 10.0,
    rho: float = 28.0,
    beta: float = 8 / 3,
    n_transient: int = 1000,
    standardize: bool = False,
    random_state: Seed = None,
) -> Floats:
    r"""Series of the Lorenz-63 system, a chaotic flow in three dimensions.

    The equations are Eqs. (25)-(27) of [1]_:

    .. math:: \dot x = \sigma (y - x), \quad \dot y = x (\rho - z) - y, \quad
       \dot z = x y - \beta z

    With the default parameters the largest Lyapunov exponent is 0.906 per unit of time. The
    Runge-Kutta method of order 4 integrates the system with equal steps of at most 0.0025.

    Parameters
    ----------
    n_samples : int, default=10_000
        Number of rows, at least 1.
    dt : float, default=0.01
        Time between rows in the system's own time, at least 1e-9.
    noise_level : float, default=0.0
        Standard deviation of Gaussian observation noise, in units of the standard deviation of
        each column of the clean series; at least 0. The noise is independent for each value.
    sigma, rho, beta : float, default=10, 28, 8/3
        Parameters of the system.
    n_transient : int, default=1000
        Number of rows simulated before the first one returned, at least 0. They bring the orbit to
        the attractor.
    standardize : bool, default=False
        Whether each column of the clean series gets mean 0 and standard deviation 1. The noise is
        added afterwards.
    random_state : int, numpy.random.Generator, RandomState or None, default=None
        Draws the initial state and the noise. An int gives the same series at every call; None
        gives another one each time. NumPy's global random state is not used.

    Returns
    -------
    ndarray of shape (n_samples, 3)
        Columns x, y, z; rows in time order.

    Raises
    ------
    TypeError
        If a parameter is of the wrong type.
    ValueError
        If a parameter is out of its range, or the orbit diverges.

    See Also
    --------
    make_rossler : A chaotic flow with one fold.
    make_lorenz96 : A chaotic system with any number of variables.
    make_duffing : A chaotic system with an external input.

    References
    ----------
    .. [1] Lorenz (1963), "Deterministic nonperiodic flow", J. Atmos. Sci. 20, 130-141.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> X = make_lorenz63(2000, noise_level=0.05, random_state=0)
    >>> X.shape
    (2000, 3)
    """
    rng = check_random_generator(random_state)
    state = [0.0, 0.0, rho - 1.0] + rng.standard_normal(3)
    parameters = {"sigma": sigma, "rho": rho, "beta": beta}
    orbit = _simulate(LORENZ63, state, parameters, n_samples, n_transient, dt)
    return _observe(orbit, standardize, noise_level, rng)


def make_lorenz96(
    n_samples: int = 10_000,
    n_features: int = 20,
    *,
    forcing: float = 8.0,
    dt: float = 0.04,
    noise_level: float = 0.0,
    n_transient: int = 1000,
    standardize: bool = False,
    random_state: Seed = None,
) -> Floats:
    r"""Series of the Lorenz-96 system, a ring of coupled variables, chaotic for forcing 8.

    The equation is Eq. (1) of [1]_:

    .. math:: \dot x_i = (x_{i+1} - x_{i-2}) x_{i-1} - x_i + F, \quad i = 1..N \ (\bmod N)

    With the default parameters the largest Lyapunov exponent is about 1.58 per unit of time (0.063
    per row).

    Parameters
    ----------
    n_samples : int, default=10_000
        Number of rows, at least 1.
    n_features : int, default=20
        Number N of variables, at least 4.
    forcing : float, default=8.0
        Forcing F.
    dt : float, default=0.04
        Time between rows in the system's own time, at least 1e-9.
    noise_level : float, default=0.0
        Standard deviation of Gaussian observation noise, in units of the standard deviation of
        each column of the clean series; at least 0.
    n_transient : int, default=1000
        Number of rows simulated before the first one returned, at least 0.
    standardize : bool, default=False
        Whether each column of the clean series gets mean 0 and standard deviation 1.
    random_state : int, numpy.random.Generator, RandomState or None, default=None
        Draws the initial state and the noise. An int gives the same series at every call; None
        gives another one each time.

    Returns
    -------
    ndarray of shape (n_samples, n_features)
        One variable per column, in the order of the ring; rows in time order.

    Raises
    ------
    TypeError
        If a parameter is of the wrong type.
    ValueError
        If a parameter is out of its range, or the orbit diverges.

    See Also
    --------
    make_lorenz63 : A chaotic flow in three dimensions.

    References
    ----------
    .. [1] Lorenz (1996), "Predictability: a problem partly solved", Proc. ECMWF Seminar on
       Predictability, vol. 1, 1-18.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_lorenz96
    >>> make_lorenz96(500, 10, random_state=0).shape
    (500, 10)
    """
    check_int(n_features, "n_features", 4)
    rng = check_random_generator(random_state)
    state = forcing + rng.standard_normal(n_features)
    orbit = _simulate(LORENZ96, state, {"forcing": forcing}, n_samples, n_transient, dt)
    return _observe(orbit, standardize, noise_level, rng)


def make_rossler(
    n_samples: int = 10_000,
    *,
    dt: float = 0.05,
    noise_level: float = 0.0,
    a: float = 0.2,
    b: float = 0.2,
    c: float = 5.7,
    n_transient: int = 1000,
    standardize: bool = False,
    random_state: Seed = None,
) -> Floats:
    r"""Series of the Rossler system, a chaotic flow with one fold.

    The equations are Eq. (2) of [1]_:

    .. math:: \dot x = -y - z, \quad \dot y = x + a y, \quad \dot z = b + z (x - c)

    With the default parameters the largest Lyapunov exponent is about 0.071 per unit of time.

    Parameters
    ----------
    n_samples : int, default=10_000
        Number of rows, at least 1.
    dt : float, default=0.05
        Time between rows in the system's own time, at least 1e-9.
    noise_level : float, default=0.0
        Standard deviation of Gaussian observation noise, in units of the standard deviation of
        each column of the clean series; at least 0.
    a, b, c : float, default=0.2, 0.2, 5.7
        Parameters of the system.
    n_transient : int, default=1000
        Number of rows simulated before the first one returned, at least 0.
    standardize : bool, default=False
        Whether each column of the clean series gets mean 0 and standard deviation 1.
    random_state : int, numpy.random.Generator, RandomState or None, default=None
        Draws the initial state and the noise. An int gives the same series at every call; None
        gives another one each time.

    Returns
    -------
    ndarray of shape (n_samples, 3)
        Columns x, y, z; rows in time order.

    Raises
    ------
    TypeError
        If a parameter is of the wrong type.
    ValueError
        If a parameter is out of its range, or the orbit diverges.

    See Also
    --------
    make_lorenz63 : A chaotic flow with two wings.

    References
    ----------
    .. [1] Rossler (1976), "An equation for continuous chaos", Phys. Lett. A 57, 397-398.

    Examples
    --------
    >>> from sklearn_dsr.datasets import make_rossler
    >>> make_rossler(500, random_state=0).shape
    (500, 3)
    """
    rng = check_random_generator(random_state)
    state = [c, 0.0, 0.0] + rng.uniform(-1.0, 1.0, size=3)
    orbit = _simulate(ROSSLER, state, {"a": a, "b": b, "c": c}, n_samples, n_transient, dt)
    return _observe(orbit, standardize, noise_level, rng)


def _check_sampling(n_samples, n_transient, dt):
    check_int(n_samples, "n_samples", 1)
    check_int(n_transient, "n_transient", 0)
    check_real(dt, "dt", 1e-9)


def _simulate(system, state, parameters, n_samples, n_transient, dt, inputs=_NO_INPUTS, drive=None):
    """Orbit of a system after its transient, (n_samples, d).

    The input inputs[i] of a driven system is constant on the way to row i, in the transient too.
    `drive` holds the drive's parameters, for the message about an orbit that diverges.
    """
    _check_sampling(n_samples, n_transient, dt)
    for name, value in parameters.items():
        check_real(value, name, -np.finfo(np.float64).max)
    # Without the small amount, rounding would make 4 steps of dt = 3 * MAX_STEP.
    n_substeps = max(1, int(np.ceil(dt / MAX_STEP - 1e-9)))
    values = np.array(list(parameters.values()), dtype=np.float64)
    n_rows = n_transient + n_samples
    step = float(dt) / n_substeps
    orbit = runge_kutta_4(system, state, values, inputs, step, n_substeps, n_rows)
    if not np.all(np.abs(orbit[-1]) <= LARGEST):
        raise ValueError(
            f"The orbit diverges within {n_rows} rows for {parameters | (drive or {})}. Try "
            "parameters closer to the default ones, or another random_state."
        )
    return orbit[n_transient:]


def _observe(orbit, standardize, noise_level, rng):
    """Standardise the columns if asked for and add noise, (n_samples, d)."""
    check_real(noise_level, "noise_level", 0.0)
    spread = orbit.std(axis=0)
    noise = noise_level * rng.standard_normal(orbit.shape)
    if standardize:
        return (orbit - orbit.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0) + noise
    return orbit + noise * spread
