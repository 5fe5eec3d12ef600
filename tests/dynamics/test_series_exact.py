"""Rows that recur exactly have exponent 0, and columns that are no states are told."""

import warnings

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sklearn_dsr.datasets import make_lorenz63, make_rossler
from sklearn_dsr.dynamics import max_lyapunov_exponent
from sklearn_dsr.exceptions import DataWarning
from sklearn_dsr.model_selection import get_scorer
from sklearn_dsr.preprocessing import DelayEmbedding

TIME = np.arange(3000)


def sine(period):
    return np.sin(2 * np.pi * TIME / period)


def logistic_period_3(n_transient):
    x, orbit = 0.5, []
    for _ in range(n_transient + 2000):
        x = 3.83 * x * (1 - x)
        orbit.append(x)
    return np.array(orbit[n_transient:])[:, None]


def van_der_pol():
    def field(_, z):
        return [z[1], 2.0 * (1 - z[0] ** 2) * z[1] - z[0]]

    times = np.arange(0, 150, 0.05)
    return solve_ivp(field, (0, 150), [2.0, 0.0], t_eval=times, rtol=1e-9, atol=1e-11).y.T


def delayed(x, lags=(0, 3, 7)):
    return np.column_stack([x[max(lags) - k : len(x) - k] for k in lags])


EXACT = {
    "a sine": sine(20)[:, None],
    "a sine of rows between rows": np.column_stack([sine(20.5), np.roll(sine(20.5), 5)])[5:],
    "a sine and a cosine": np.column_stack([sine(25), np.cos(2 * np.pi * TIME / 25)]),
    "two sines": delayed(sine(20) + 0.5 * sine(15)),
    "two slow sines": delayed(sine(300) + 0.5 * sine(100), (0, 20, 40)),
    "a cycle of a map": logistic_period_3(1000),
    "a map on its way to a cycle": logistic_period_3(0),
    "a limit cycle": van_der_pol()[500:],
    "a constant": np.full((200, 2), 0.1),
    "large numbers": 1e9 + np.column_stack([sine(20), np.roll(sine(20), 5)])[5:],
}


@pytest.mark.parametrize("name", EXACT)
def test_rows_that_recur_exactly_have_exponent_zero(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert max_lyapunov_exponent(EXACT[name]) == pytest.approx(0.0, abs=1e-3)


def test_rounded_values_that_recur_are_no_cycle():
    # Two digits: rows of the rounded series have others that are equal to them, and part.
    x = [0.3]
    for _ in range(4999):
        x.append(4 * x[-1] * (1 - x[-1]))
    rounded = np.round(delayed(np.array(x), (0, 1)), 2)
    assert max_lyapunov_exponent(rounded, window=1) > 0.4


SYSTEMS = {
    f"{name}, {dt}, {n}": (make(n, dt=dt, random_state=0), dt)
    for name, make in {"Lorenz-63": make_lorenz63, "Rossler": make_rossler}.items()
    for dt, n in ((0.01, 10_000), (0.02, 2000), (0.1, 5000))
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_one_measured_column_of_a_flow_is_told_to_be_no_state(name):
    X, dt = SYSTEMS[name]
    for column in X.T:
        with pytest.warns(DataWarning, match="no states.*DelayEmbedding") as record:
            max_lyapunov_exponent(column[:, None], dt=dt)
        assert len(record) == 1 and record[0].filename == __file__


@pytest.mark.parametrize("name", SYSTEMS)
def test_nothing_is_said_of_states(name):
    X, dt = SYSTEMS[name]
    noise = np.random.default_rng(0).standard_normal(X.shape) * X.std(axis=0)
    embedded = DelayEmbedding(4, max(int(0.15 / dt), 1)).fit_transform(X[:, :1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for rows in (X, X + 0.03 * noise, X[:, :2], embedded):
            max_lyapunov_exponent(rows, dt=dt)
        x = [0.3]  # one column that is a state, and grows by a factor of up to 4 in a row
        for _ in range(2000):
            x.append(4 * x[-1] * (1 - x[-1]))
        max_lyapunov_exponent(np.array(x)[:, None])


def test_rows_without_a_neighbour_are_told():
    with pytest.warns(DataWarning, match="No row of X has a neighbour.*Give more periods"):
        assert max_lyapunov_exponent(np.arange(60.0)[:, None], window=60) == 0.0


class Truth:
    """Stands for a fitted model whose run is the data's own."""

    dt = 0.02

    def __init__(self, rows):
        self.rows = rows

    def simulate(self, x0, n_steps):
        return np.broadcast_to(self.rows[1 : n_steps + 1], (*np.shape(x0)[:-1], n_steps, 1))


def test_the_scorer_of_exponents_tells_it_too():
    x = make_lorenz63(4000, dt=0.02, random_state=0)[:, :1]
    with pytest.warns(DataWarning, match="no states.*n_delays"):
        get_scorer("neg_lyapunov_difference")(Truth(x), x)
