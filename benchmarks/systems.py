"""Chaotic systems for the benchmarks, integrated by SciPy, standardised, with noise."""

from functools import cache

import numpy as np
from scipy.integrate import solve_ivp


def _rossler(t, s):
    x, y, z = s
    return [-y - z, x + 0.2 * y, 0.2 + z * (x - 5.7)]


def _chua(t, s):
    x, y, z = s
    f = -0.714 * x + 0.5 * (-1.143 + 0.714) * (abs(x + 1) - abs(x - 1))
    return [15.6 * (y - x - f), x - y + z, -28.0 * y]


def _chen(t, s):
    x, y, z = s
    return [35 * (y - x), -7 * x - x * z + 28 * y, x * y - 3 * z]


def _thomas(t, s):
    x, y, z = s
    return [np.sin(y) - 0.18 * x, np.sin(z) - 0.18 * y, np.sin(x) - 0.18 * z]


def _halvorsen(t, s):
    x, y, z = s
    a = 1.4
    return [
        -a * x - 4 * (y + z) - y * y,
        -a * y - 4 * (z + x) - z * z,
        -a * z - 4 * (x + y) - x * x,
    ]


def _hyperrossler(t, s):
    x, y, z, w = s
    return [-y - z, x + 0.25 * y + w, 3 + x * z, -0.5 * z + 0.05 * w]


def _rucklidge(t, s):
    x, y, z = s
    return [-2.0 * x + 6.7 * y - y * z, x, -z + y * y]


def _lorenz84(t, s):
    x, y, z = s
    return [
        -y * y - z * z - 0.25 * (x - 8.0),
        x * y - 4.0 * x * z - y + 1.0,
        4.0 * x * y + x * z - z,
    ]


def _dadras(t, s):
    x, y, z = s
    return [y - 3.0 * x + 2.7 * y * z, 1.7 * y - x * z + z, 2.0 * x * y - 9.0 * z]


def _aizawa(t, s):
    x, y, z = s
    return [
        (z - 0.7) * x - 3.5 * y,
        3.5 * x + (z - 0.7) * y,
        0.6 + 0.95 * z - z**3 / 3 - (x * x + y * y) * (1 + 0.25 * z) + 0.1 * z * x**3,
    ]


def _sprott_m(t, s):
    x, y, z = s
    return [-z, -x * x - y, 1.7 + 1.7 * x + y]


# name -> (vector field, time between rows, a state near the attractor)
SYSTEMS = {
    "rossler": (_rossler, 0.1, [1.0, 1.0, 0.0]),
    "chua": (_chua, 0.05, [0.7, 0.0, 0.0]),
    "chen": (_chen, 0.01, [-3.0, 2.0, 20.0]),
    "thomas": (_thomas, 0.2, [1.0, 0.0, 0.5]),
    "halvorsen": (_halvorsen, 0.02, [-5.0, 0.0, 0.0]),
    "hyperrossler": (_hyperrossler, 0.1, [-10.0, -6.0, 0.0, 10.0]),
    "rucklidge": (_rucklidge, 0.05, [1.0, 0.0, 4.5]),
    "lorenz84": (_lorenz84, 0.05, [1.0, 1.0, 0.5]),
    "dadras": (_dadras, 0.02, [1.0, 1.0, 1.0]),
    "aizawa": (_aizawa, 0.05, [0.1, 0.0, 0.0]),
}
# not among those that other scripts go through
OTHERS = {"sprott_m": (_sprott_m, 0.1, [1.6, -1.6, -2.6])}


def make_system(name, n_rows, *, noise, seed, dt=None):
    """Standardised series (n_rows, d), the first transient cut, with noise in standard deviations.

    All series of a system share one scale, that of a fixed reference orbit. `dt` is the time
    between rows, by default that of the table.
    """
    dt = dt or (SYSTEMS | OTHERS)[name][1]
    rng, reference = np.random.default_rng(seed), _reference(name, dt)
    series = _orbit(name, dt, reference[rng.integers(len(reference))], n_rows)
    series = (series - reference.mean(axis=0)) / reference.std(axis=0)
    return series + noise * rng.standard_normal(series.shape)


def _orbit(name, dt, state, n):
    """Orbit (n, d) from a state, after a transient of 2000 rows."""
    skip, field = 2000, (SYSTEMS | OTHERS)[name][0]
    t = np.arange(n + skip) * dt
    s = solve_ivp(field, (0, t[-1]), state, t_eval=t, method="DOP853", rtol=1e-8, atol=1e-8)
    if not s.success or s.y.shape[1] < n + skip:
        raise RuntimeError(f"{name}: the orbit left the attractor; choose another start.")
    return s.y.T[skip:]


@cache
def _reference(name, dt):
    return _orbit(name, dt, np.array((SYSTEMS | OTHERS)[name][2]), 20_000)
