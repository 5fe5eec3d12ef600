"""Numbers of the core against NumPy and plain Python, in each of its modules, and bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dsr._core import numbers, systems


@settings(max_examples=200, deadline=None)
@given(st.floats(1e-300, 1e300))
def test_logarithms_are_within_two_units_in_the_last_place(in_all, x):
    values = x * np.array([1.0, 1 + 1e-9, 0.7, 3.1])
    wanted = np.log(values)
    assert np.all(np.abs(in_all("log", values) - wanted) <= 2 * np.spacing(np.abs(wanted)))


def test_logarithms_at_the_ends(in_all):
    x = np.array([1.0, 0.0, -1.0, np.inf, np.nan, 1e-310, 2.0**-1022])
    wanted = [0.0, -np.inf, -np.inf, np.inf, np.nan, -np.inf, -1022 * math.log(2)]
    np.testing.assert_allclose(in_all("log", x), wanted, rtol=1e-15)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.integers(1, 40), st.integers(0, 100))
def test_cells_are_those_of_plain_indices(in_all, seed, d, n_bins, n):
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((n, d))
    rows[rng.random((n, d)) < 0.02] = rng.choice([np.nan, np.inf, -np.inf, 1e300])
    low, width = np.full(d, -2.0), np.full(d, 4.0 / n_bins)
    index = np.floor((rows - low) / width)
    inside = np.all((index >= 0) & (index < n_bins), axis=1)
    wanted = np.ravel_multi_index(index[inside].astype(int).T, (n_bins,) * d)
    np.testing.assert_array_equal(in_all("cell_numbers", rows, low, width, n_bins), wanted)


def test_the_borders_of_a_box_are_in_on_the_left_and_out_on_the_right():
    rows = np.array([0.0, -1e-300, 1.0, 2.0, np.nextafter(2.0, 0)])[:, None]
    np.testing.assert_array_equal(numbers.cell_numbers(rows, np.zeros(1), np.ones(1), 2), [0, 1, 1])


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 31, 32, 33, 100, 1001])
def test_dot_is_the_inner_product(in_all, n):
    a, b = np.random.default_rng(n).standard_normal((2, n))
    wanted = math.fsum(a * b)
    assert abs(in_all("dot", a, b) - wanted) <= 1e-15 * (1 + np.abs(a) @ np.abs(b))


@pytest.mark.parametrize("n", [0, 1, 3, 4, 11])
def test_the_direction_of_lbfgs_is_that_of_the_recursion_of_the_inverse_hessian(in_all, n):
    size, kept = 13, 4
    rng = np.random.default_rng(n)
    gradient, steps = rng.standard_normal(size), rng.standard_normal((kept, size))
    changes = steps * rng.uniform(0.5, 2.0, size)
    order = [i % kept for i in range(max(n - kept, 0), n)]
    H = np.eye(size)
    if order:
        s, y = steps[order[-1]], changes[order[-1]]
        H *= (s @ y) / (y @ y)
    for i in order:
        s, y = steps[i], changes[i]
        V = np.eye(size) - np.outer(y, s) / (s @ y)
        H = V.T @ H @ V + np.outer(s, s) / (s @ y)
    direction = in_all("lbfgs_direction", gradient, steps, changes, n)
    np.testing.assert_allclose(direction, -H @ gradient, rtol=1e-10)


@pytest.mark.parametrize(
    ("system", "d", "parameters"),
    [
        (systems.LORENZ63, 3, [10.0, 28.0, 8 / 3]),
        (systems.LORENZ96, 4, [8.0]),
        (systems.LORENZ96, 11, [8.0]),
        (systems.ROSSLER, 3, [0.2, 0.2, 5.7]),
        (systems.DUFFING, 2, [0.3, -1.0, 1.0]),
    ],
)
def test_orbits_are_the_same_in_all_modules(in_all, system, d, parameters):
    state, inputs = np.linspace(0.1, 1.0, d), np.random.default_rng(0).standard_normal(500)
    orbit = in_all("runge_kutta_4", system, state, np.array(parameters), inputs, 0.01, 3, 500)
    assert orbit.shape == (500, d) and np.isfinite(orbit).all()


GOOD = {
    "log": {"x": np.ones(3)},
    "cell_numbers": {
        "rows": np.zeros((5, 2)),
        "low": np.zeros(2),
        "width": np.ones(2),
        "n_bins": 3,
    },
    "dot": {"a": np.ones(3), "b": np.ones(3)},
    "lbfgs_direction": {
        "gradient": np.ones(3),
        "steps": np.ones((2, 3)),
        "changes": np.ones((2, 3)),
        "n": 2,
    },
    "runge_kutta_4": {
        "system": systems.LORENZ63,
        "state": np.ones(3),
        "parameters": np.ones(3),
        "inputs": np.ones(5),
        "step": 0.1,
        "n_substeps": 2,
        "n_samples": 5,
    },
}
INTEGERS = [None, "2", 1.5, -1, 2**70, np.ones(2)]


def wrong(value):
    """What cannot stand for a value: other types, shapes, orders and sizes of an array."""
    if isinstance(value, int):
        return INTEGERS
    if isinstance(value, float):
        return [None, "0.1", np.ones(2), 1j]
    longer = np.ones([n + 2 for n in value.shape])
    values = [None, "text", 1.0, value.tolist(), value[None], value[..., None]]
    values += [value.astype(np.float32), value.astype(int), value.astype(object), longer[::2]]
    return values + ([longer] if value.shape != (3,) else [])


@pytest.mark.parametrize("function", GOOD)
def test_a_wrong_type_size_or_number_is_an_error_and_no_crash(function):
    call = getattr(systems if function == "runge_kutta_4" else numbers, function)
    good = GOOD[function]
    call(**good)
    for name in good:
        for value in wrong(good[name]):
            with pytest.raises((TypeError, ValueError)):
                call(**(good | {name: value}))


@pytest.mark.parametrize(
    ("function", "other"),
    [
        ("cell_numbers", {"n_bins": 0}),
        ("cell_numbers", {"n_bins": 2**32}),
        ("cell_numbers", {"width": np.ones(3)}),
        ("dot", {"b": np.ones(4)}),
        ("lbfgs_direction", {"gradient": np.ones(4)}),
        ("lbfgs_direction", {"changes": np.ones((3, 3))}),
        ("lbfgs_direction", {"steps": np.ones((0, 3)), "changes": np.ones((0, 3))}),
        ("runge_kutta_4", {"system": 4}),
        ("runge_kutta_4", {"state": np.ones(2)}),
        ("runge_kutta_4", {"system": systems.LORENZ96, "parameters": np.ones(1)}),
        ("runge_kutta_4", {"parameters": np.ones(1)}),
        ("runge_kutta_4", {"n_substeps": 0}),
        ("runge_kutta_4", {"n_samples": 4}),
    ],
)
def test_sizes_that_do_not_fit_are_value_errors(function, other):
    call = getattr(systems if function == "runge_kutta_4" else numbers, function)
    with pytest.raises(ValueError):
        call(**(GOOD[function] | other))


def test_a_result_without_room_is_a_memory_error():
    good = GOOD["runge_kutta_4"] | {"inputs": np.empty(0), "n_samples": 2**60}
    with pytest.raises(MemoryError):
        systems.runge_kutta_4(**good)
