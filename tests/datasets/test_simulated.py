"""Simulated systems against SciPy's integrators, their statistics, and their seeds."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sklearn_dsr._core.systems import LORENZ63, runge_kutta_4
from sklearn_dsr.datasets import make_duffing, make_lorenz63, make_lorenz96, make_rossler

MAKERS = [make_lorenz63, make_lorenz96, make_rossler]


def lorenz63(t, x):
    return [10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]]


def lorenz96(t, x):
    return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + 8.0


def rossler(t, x):
    return [-x[1] - x[2], x[0] + 0.2 * x[1], 0.2 + x[2] * (x[0] - 5.7)]


def exact(field, state, times):
    solution = solve_ivp(
        field, (0.0, times[-1]), state, method="DOP853", rtol=1e-12, atol=1e-12, t_eval=times
    )
    return solution.y.T


@pytest.mark.parametrize(
    ("make", "field", "dt"),
    [
        (make_lorenz63, lorenz63, 0.01),
        (make_lorenz63, lorenz63, 0.1),
        (make_lorenz96, lorenz96, 0.04),
        (make_rossler, rossler, 0.05),
    ],
)
def test_rows_follow_the_differential_equation(make, field, dt):
    n = round(1.0 / dt)
    X = make(n + 1, dt=dt, random_state=0)
    times = dt * np.arange(1, n + 1)
    np.testing.assert_allclose(X[1:], exact(field, X[0], times), atol=2e-5)


def test_integrator_is_of_fourth_order():
    state, parameters = np.array([1.0, 2.0, 20.0]), np.array([10.0, 28.0, 8 / 3])
    end = exact(lorenz63, state, [0.5])[-1]
    none = np.empty(0)
    errors = [
        np.abs(runge_kutta_4(LORENZ63, state, parameters, none, 0.5 / n, n, 1)[-1] - end).max()
        for n in (50, 100, 200)
    ]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    np.testing.assert_allclose(orders, 4.0, atol=0.2)


@pytest.mark.parametrize("make", [*MAKERS, make_duffing])
def test_seed_decides_and_global_state_is_untouched(make):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, again = (make(50, noise_level=0.1, random_state=7) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(
        make(50, noise_level=0.1, random_state=np.random.default_rng(7)), first
    )
    assert not np.array_equal(make(50, random_state=8), make(50, random_state=7))
    assert not np.array_equal(make(50), make(50))
    assert make(50, random_state=np.random.RandomState(0)).dtype == np.float64
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("standardize", [False, True])
def test_noise_is_measured_in_standard_deviations_of_each_column(make, standardize):
    arguments = {"random_state": 0, "standardize": standardize}
    clean = make(20_000, **arguments)
    noise = make(20_000, noise_level=0.05, **arguments) - clean
    np.testing.assert_allclose(noise.std(axis=0) / clean.std(axis=0), 0.05, rtol=0.03)
    # Independent of the other columns and of the next row: 4 standard errors.
    both = np.corrcoef(noise[:-1].T, noise[1:].T)
    assert np.abs(both - np.eye(len(both))).max() < 4.5 / np.sqrt(len(noise))


@pytest.mark.parametrize("make", MAKERS)
def test_standardised_clean_columns_have_mean_0_and_deviation_1(make):
    X = make(3000, standardize=True, random_state=0)
    np.testing.assert_allclose(X.mean(axis=0), 0.0, atol=1e-10)
    np.testing.assert_allclose(X.std(axis=0), 1.0, rtol=1e-10)


def test_lorenz63_is_on_its_attractor_from_the_first_row():
    X = make_lorenz63(100_000, random_state=0)
    # The second is the mean of the third equation: z neither grows nor shrinks.
    assert X[:, 2].mean() == pytest.approx(23.55, abs=0.1)
    assert np.mean(X[:, 0] * X[:, 1]) == pytest.approx(8 / 3 * X[:, 2].mean(), rel=1e-3)
    np.testing.assert_allclose(X.std(axis=0), [7.92, 9.01, 8.62], rtol=0.02)
    assert X[0, 2] < 50.0


def test_lorenz63_has_the_moments_of_the_published_series():
    path = Path(os.environ.get("SKLEARN_DSR_DATA", "."), "lorenz63_test.npy")
    if not path.exists():
        pytest.skip("lorenz63_test.npy is not in the folder that SKLEARN_DSR_DATA names")
    published = np.load(path).astype(np.float64)
    X = make_lorenz63(100_000, standardize=True, random_state=0)
    for power in (3, 4):
        np.testing.assert_allclose(
            np.mean(X**power, axis=0), np.mean(published**power, axis=0), atol=0.1
        )
    np.testing.assert_allclose(np.corrcoef(X.T), np.corrcoef(published.T), atol=0.02)
    # One-step differences show that dt is the same.
    steps, published_steps = np.diff(X, axis=0), np.diff(published, axis=0)
    np.testing.assert_allclose(steps.std(axis=0), published_steps.std(axis=0), rtol=0.02)


def test_lorenz96_shape_follows_the_number_of_features():
    assert make_lorenz96(30, 7, random_state=0).shape == (30, 7)
    X = make_lorenz96(20_000, random_state=0)
    np.testing.assert_allclose(X.mean(axis=0), 2.35, atol=0.4)


def test_a_given_parameter_changes_the_system():
    # Below rho = 1 the origin attracts all orbits.
    X = make_lorenz63(1, rho=0.5, n_transient=10_000, random_state=0)
    np.testing.assert_allclose(X, 0.0, atol=1e-12)


@pytest.mark.parametrize("make", [*MAKERS, make_duffing])
@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("n_samples", 0, ValueError),
        ("n_samples", 10.0, TypeError),
        ("dt", 0.0, ValueError),
        ("noise_level", -0.1, ValueError),
        ("n_transient", -1, ValueError),
    ],
)
def test_sizes_and_steps_out_of_range_are_named(make, name, value, error):
    with pytest.raises(error, match=f"{name} must be"):
        make(**{name: value})


def test_parameters_of_one_system_out_of_range_are_named():
    with pytest.raises(ValueError, match="n_features must be an integer, at least 4"):
        make_lorenz96(10, 3)
    with pytest.raises(ValueError, match="beta must be a number"):
        make_lorenz63(10, beta=np.nan)


def test_diverging_orbit_is_an_error_with_advice():
    with pytest.raises(ValueError, match="diverges within 1010 rows for .*'a': 50.*Try parameters"):
        make_rossler(10, a=50.0, random_state=0)
