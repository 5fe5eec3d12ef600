"""The largest exponent of data is near the published one where an estimate can be."""

import numpy as np
import pytest

from sklearn_dsr.datasets import make_lorenz63, make_rossler
from sklearn_dsr.dynamics import max_lyapunov_exponent


def logistic(n, x=0.3):
    orbit = [x]
    for _ in range(n - 1):
        orbit.append(4 * orbit[-1] * (1 - orbit[-1]))
    return np.array(orbit)[:, None]


@pytest.mark.parametrize(
    ("X", "dt", "expected", "tolerance"),
    [
        (logistic(5000), 1.0, np.log(2), 0.05),  # exact: log 2
        (make_lorenz63(20_000, random_state=0), 0.01, 0.906, 0.15),
        (make_rossler(20_000, random_state=0), 0.05, 0.071, 0.02),
    ],
    ids=["logistic", "Lorenz-63", "Rossler"],
)
def test_published_exponents_are_met(X, dt, expected, tolerance):
    window = 1 if len(X[0]) == 1 else None
    assert max_lyapunov_exponent(X, dt=dt, window=window) == pytest.approx(expected, abs=tolerance)


def test_a_cycle_has_exponent_zero():
    t = 0.1 * np.arange(4000)
    assert max_lyapunov_exponent(np.column_stack([np.sin(t), np.cos(t)])) == pytest.approx(
        0, abs=1e-3
    )


def test_units_of_time_count_and_units_of_columns_do_not():
    X = make_lorenz63(5000, random_state=0)
    value = max_lyapunov_exponent(X, dt=0.01)
    assert max_lyapunov_exponent(X) == pytest.approx(0.01 * value)
    assert max_lyapunov_exponent(X * [1e-3, 5.0, 1e4] + 7, dt=0.01) == pytest.approx(
        value, rel=1e-6
    )


def test_neighbours_may_lie_in_other_trajectories_but_never_across_a_gap():
    X = make_lorenz63(20_000, random_state=0)
    whole = max_lyapunov_exponent(X, dt=0.01)
    parts = max_lyapunov_exponent([X[:9000], X[9000:]], dt=0.01, n_steps=500)
    assert parts == pytest.approx(whole, rel=0.15)


def test_short_pieces_are_refused():
    with pytest.raises(ValueError, match="40 rows, and 50 are the fewest.*Give longer"):
        max_lyapunov_exponent(np.arange(40.0)[:, None])
