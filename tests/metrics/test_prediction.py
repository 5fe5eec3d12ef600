"""Errors of forecasts and the time they stay valid, by hand and over gaps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dsr.metrics import n_step_error, valid_prediction_time


def persistence(true, n):
    return np.repeat(true[:, np.newaxis], n, axis=1)


@given(st.integers(1, 5), st.integers(6, 12), st.integers(0, 2**32 - 1))
def test_n_step_error_equals_a_loop(n, n_rows, seed):
    rng = np.random.default_rng(seed)
    true, forecasts = rng.normal(size=(n_rows, 2)), rng.normal(size=(n_rows, n, 2))
    true[rng.integers(n_rows)] = np.nan
    squares = [
        (forecasts[i, -1] - true[i + n]) ** 2
        for i in range(n_rows - n)
        if np.isfinite(true[i : i + n + 1]).all()
    ]
    if squares:
        assert n_step_error(true, forecasts) == pytest.approx(np.mean(squares), rel=1e-12)
    else:
        with pytest.raises(ValueError, match="None of the"):
            n_step_error(true, forecasts)


def test_perfect_forecasts_have_no_error():
    true = np.random.default_rng(0).normal(size=(20, 3))
    forecasts = np.stack([true[i + 1 : i + 5] for i in range(16)])
    assert n_step_error(true, forecasts) == 0.0


def test_no_forecast_crosses_a_gap_or_a_trajectory():
    ramp = np.arange(10.0).reshape(-1, 1)
    gap = np.concatenate([ramp, [[np.nan]], ramp + 500.0])
    assert n_step_error(gap, persistence(gap, 4)) == 16.0
    two = [ramp, ramp + 500.0]
    assert n_step_error(two, persistence(np.concatenate(two), 4)) == 16.0


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e200])
def test_diverged_forecast_gives_infinity_not_nan(value):
    true = np.arange(10.0).reshape(-1, 1)
    forecasts = persistence(true, 2)
    forecasts[9] = value  # has no target
    assert n_step_error(true, forecasts) == 4.0
    forecasts[3] = value
    assert n_step_error(true, forecasts) == np.inf


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((10, 2), r"forecasts has shape \(10, 2\)"),
        ((10, 2, 3), r"must be \(n_starts, n, 1\)"),
        ((10, 0, 1), "n >= 1"),
        ((11, 2, 1), "11 starts and true has 10 rows"),
        ((10, 10, 1), "None of the 10 starts has a target 10 steps ahead.*has 10 rows"),
        ((10, 99, 1), "None of the 10 starts has a target 99 steps ahead"),
    ],
)
def test_forecasts_that_do_not_fit_are_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        n_step_error(np.arange(10.0).reshape(-1, 1), np.zeros(shape))


TRUE = np.array([[3.0, 4.0], [-3.0, -4.0]] * 5)  # mean 0, root mean squared norm 5


def test_valid_time_ends_at_the_first_row_beyond_the_threshold():
    generated = TRUE.copy()
    generated[4] += [0.0, 1.9]  # 0.38 of the norm
    generated[7] += [2.1, 0.0]  # 0.42
    assert valid_prediction_time(TRUE, generated) == 7.0
    assert valid_prediction_time(TRUE, generated, dt=0.5) == 3.5
    assert valid_prediction_time(TRUE, generated, threshold=0.3) == 4.0
    assert valid_prediction_time(TRUE, generated, threshold=0.5) == 10.0


def test_valid_time_of_a_stack_is_the_mean():
    stack = np.stack([TRUE, TRUE, TRUE])
    generated = stack.copy()
    generated[1, 4:] = 99.0
    generated[2, 0] = np.nan
    assert valid_prediction_time(stack, generated) == pytest.approx((10 + 4 + 0) / 3)
    pieces = [TRUE, TRUE[:4]], [TRUE, TRUE[:4]]
    assert valid_prediction_time(*pieces) == 7.0


def test_scale_replaces_the_spread_of_a_short_series():
    generated = TRUE.copy()
    generated[7] += [2.1, 0.0]
    assert valid_prediction_time(TRUE, generated, scale=5.0) == 7.0
    assert valid_prediction_time(TRUE, generated, scale=[3.0, 4.0]) == 7.0
    assert valid_prediction_time(TRUE, generated, scale=[6.0, 8.0]) == 10.0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e200])
def test_value_that_is_not_finite_exceeds_any_threshold(value):
    generated = TRUE.copy()
    generated[2, 0] = value
    assert valid_prediction_time(TRUE, generated, threshold=1e10) == 2.0


def test_gap_in_the_true_series_is_not_compared():
    true = TRUE.copy()
    true[3, 1] = np.nan
    generated = TRUE.copy()
    generated[3] = 99.0
    assert valid_prediction_time(true, generated) == 10.0


def test_constant_true_series_is_valid_while_it_is_met_exactly():
    still = np.ones((5, 2))
    assert valid_prediction_time(still, still) == 5.0
    assert valid_prediction_time(still, still + 1e-9) == 0.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"threshold": -0.1}, "threshold must be a number, at least 0"),
        ({"dt": np.inf}, "dt must be a number, at least 0"),
        ({"scale": [1.0, 2.0, 3.0]}, "scale must be one number or 2 numbers"),
        ({"scale": np.nan}, "finite and at least 0"),
    ],
)
def test_parameters_of_valid_time_out_of_range_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        valid_prediction_time(TRUE, TRUE, **arguments)


def test_a_forecast_of_another_length_is_refused():
    with pytest.raises(
        ValueError, match=r"generated has \[9\] rows per forecast and true has \[10\]"
    ):
        valid_prediction_time(TRUE, TRUE[:9])
