"""Driven systems: the step from row to row under the held input, the drive, and the noise."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sklearn_dsr._core.systems import DUFFING, runge_kutta_4
from sklearn_dsr.datasets import make_duffing

PARAMETERS = np.array([0.3, -1.0, 1.0])


def exact(state, drive, duration, delta=0.3, alpha=-1.0, beta=1.0):
    """State after `duration`, with the input drive(t)."""

    def field(t, y):
        return [y[1], drive(t) - delta * y[1] - alpha * y[0] - beta * y[0] ** 3]

    options = {"method": "DOP853", "rtol": 1e-10, "atol": 1e-12}
    return solve_ivp(field, (0.0, duration), state, **options).y[:, -1]


@pytest.mark.parametrize(
    "parameters",
    [{}, {"dt": 0.5, "delta": 0.1, "alpha": 0.5, "beta": 2.0, "amplitude": 3.0, "omega": 2.0}],
)
def test_next_state_is_the_flow_from_the_row_under_its_own_input(parameters):
    X = make_duffing(40, n_transient=5, random_state=0, **parameters)
    dt = parameters.get("dt", 0.1)
    field = {name: parameters[name] for name in ("delta", "alpha", "beta") if name in parameters}
    after = [exact(row[:2], lambda t, u=row[2]: u, dt, **field) for row in X[:-1]]
    np.testing.assert_allclose(X[1:, :2], after, atol=1e-8)


def test_held_drive_is_the_continuous_one_to_second_order():
    def drive(t):
        return 0.5 * np.cos(1.2 * t)

    state = np.array([0.3, -0.2])
    end = exact(state, drive, 2.0)
    errors = []
    for n in (10, 20, 40):
        inputs = drive(2.0 / n * (np.arange(n) + 0.5))
        orbit = runge_kutta_4(DUFFING, state, PARAMETERS, inputs, 2.0 / n / 100, 100, n)
        errors.append(np.abs(orbit[-1] - end).max())
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), 2.0, atol=0.1)


def test_without_drive_the_orbit_comes_to_rest_in_a_well():
    wells = set()
    for seed in range(10):
        X = make_duffing(10, amplitude=0, alpha=-2.0, beta=0.5, n_transient=3000, random_state=seed)
        np.testing.assert_allclose(np.abs(X), np.tile([2.0, 0.0, 0.0], (10, 1)), atol=1e-9)
        wells.add(np.sign(X[0, 0]))
    assert wells == {-1.0, 1.0}


@pytest.mark.parametrize("seed", [0, 1])
def test_input_is_the_drive_with_one_phase_free_of_noise_and_scaling(seed):
    X = make_duffing(
        2000, amplitude=0.7, omega=1.3, noise_level=0.5, standardize=True, random_state=seed
    )
    angles = 1.3 * 0.1 * (np.arange(2000) + 0.5)
    waves = np.column_stack([np.cos(angles), np.sin(angles)])
    (c, s), *_ = np.linalg.lstsq(waves, X[:, 2], rcond=None)
    assert np.hypot(c, s) == pytest.approx(0.7, rel=1e-10)
    np.testing.assert_allclose(X[:, 2], 0.7 * np.cos(angles + np.arctan2(-s, c)), atol=1e-10)


def test_phase_of_the_drive_is_random():
    first = np.array([make_duffing(1, n_transient=0, random_state=k)[0, 2] for k in range(400)])
    # The moments of a cosine at a uniform phase, to 4 standard errors.
    assert abs(first.mean()) < 4 * 0.5 / np.sqrt(2 * 400)
    assert np.mean(first**2) == pytest.approx(0.125, abs=4 * 0.25 / np.sqrt(8 * 400))


def test_drive_runs_during_the_transient():
    whole = make_duffing(60, n_transient=0, random_state=3)
    np.testing.assert_array_equal(make_duffing(20, n_transient=40, random_state=3), whole[40:])


@pytest.mark.parametrize("standardize", [False, True])
def test_noise_is_on_the_state_in_standard_deviations_of_each_column(standardize):
    arguments = {"random_state": 0, "standardize": standardize}
    clean = make_duffing(20_000, **arguments)
    noise = make_duffing(20_000, noise_level=0.05, **arguments) - clean
    np.testing.assert_allclose(noise[:, :2].std(axis=0) / clean[:, :2].std(axis=0), 0.05, rtol=0.03)
    np.testing.assert_array_equal(noise[:, 2], 0.0)


def test_standardised_state_has_mean_0_and_deviation_1():
    X = make_duffing(3000, standardize=True, random_state=0)
    np.testing.assert_allclose(X[:, :2].mean(axis=0), 0.0, atol=1e-10)
    np.testing.assert_allclose(X[:, :2].std(axis=0), 1.0, rtol=1e-10)


def test_default_oscillator_is_chaotic():
    # Benettin: a second orbit under the same inputs, brought back to its distance every time unit.
    X = make_duffing(40_001, random_state=0)
    distance, growth = 1e-8, []
    other = X[0, :2] + [distance, 0.0]
    for i in range(0, 40_000, 10):
        inputs = X[i : i + 10, 2].copy()
        other = runge_kutta_4(DUFFING, other, PARAMETERS, inputs, 0.1 / 40, 40, 10)[-1]
        apart = other - X[i + 10, :2]
        growth.append(np.log(np.linalg.norm(apart) / distance))
        other = X[i + 10, :2] + distance * apart / np.linalg.norm(apart)
    assert np.mean(growth) == pytest.approx(0.105, abs=0.025)


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("amplitude", -0.5, ValueError, "at least 0.0; got -0.5. Give the height"),
        ("amplitude", "0.5", TypeError, "at least 0.0; got '0.5'. Give the height"),
        ("omega", 0.0, ValueError, "finite and above 0; got 0.0. Give radians"),
        ("omega", np.inf, ValueError, "finite and above 0; got inf. Give radians"),
        ("delta", -0.1, ValueError, "at least 0.0; got -0.1. Negative damping"),
        ("alpha", None, TypeError, ".*got None"),
    ],
)
def test_parameters_out_of_range_are_named_with_advice(name, value, error, message):
    with pytest.raises(error, match=f"{name} must be a number, {message}"):
        make_duffing(10, **{name: value})


@pytest.mark.parametrize("parameters", [{"beta": -1.0}, {"amplitude": 1e200}])
def test_diverging_orbit_is_an_error_with_advice(parameters):
    with pytest.raises(ValueError, match="diverges within 1010 rows for .*'amplitude'.*Try param"):
        make_duffing(10, random_state=0, **parameters)


def test_frequency_beyond_all_sense_gives_no_warning():
    assert np.isfinite(make_duffing(10, omega=1e307, random_state=0)).all()
