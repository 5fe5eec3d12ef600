"""Spectral distance: a direct computation, its laws, and the cases in which a formula gives NaN."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sklearn_dsr.exceptions import DataWarning
from sklearn_dsr.metrics import power_spectrum_hellinger, standard_deviation_ratio
from sklearn_dsr.metrics._spectrum import common_length, smoothed_spectrum, telling_length

TIME = np.arange(3000.0)
WAVES = np.column_stack([np.sin(0.1 * TIME), np.cos(0.3 * TIME)])


def direct_spectrum(x, sigma):
    """Smoothed spectrum of one column by the Fourier sum and an explicit mirrored convolution."""
    z = (x - x.mean()) / x.std()
    angles = -2j * np.pi * np.outer(np.arange(len(x) // 2 + 1), np.arange(len(x))) / len(x)
    power = np.abs(np.exp(angles) @ z) ** 2
    radius = int(4 * sigma + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    padded = np.pad(power, radius, mode="reflect")  # NumPy's word for SciPy's "mirror"
    smooth = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    return smooth / smooth.sum()


def series():
    shape = st.tuples(st.integers(1, 40), st.just(2))
    return hnp.arrays(np.float64, shape, elements=st.floats(-1e3, 1e3, width=32))


@pytest.mark.parametrize("n", [400, 401])
def test_distance_equals_a_direct_computation(n):
    rng = np.random.default_rng(0)
    true, generated = np.cumsum(rng.normal(size=(2, n, 2)), axis=1)
    expected = []
    for x, y in zip(true.T, generated.T, strict=True):
        f, g = direct_spectrum(x, 5.0), direct_spectrum(y, 5.0)
        expected.append(np.sqrt(0.5 * np.sum((np.sqrt(f) - np.sqrt(g)) ** 2)))
    value = power_spectrum_hellinger(true, generated, sigma=5)
    assert value == pytest.approx(np.mean(expected), rel=1e-9)


@given(series(), series(), st.sampled_from([0, 1, 20]))
def test_distance_lies_in_the_unit_interval_and_is_symmetric(true, generated, sigma):
    value = power_spectrum_hellinger(true, generated, sigma=sigma)
    assert 0.0 <= value <= 1.0
    assert power_spectrum_hellinger(generated, true, sigma=sigma) == value


@given(series())
def test_identical_series_score_exactly_zero(true):
    assert power_spectrum_hellinger(true, true) == 0.0


def test_affine_rescaling_of_columns_does_not_matter():
    noisy = WAVES + 0.3 * np.random.default_rng(0).normal(size=WAVES.shape)
    value = power_spectrum_hellinger(WAVES, noisy)
    rescaled = power_spectrum_hellinger(WAVES * [2.0, 1e6] + [3.0, -1.0], noisy * [1e-6, 5.0])
    assert rescaled == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("constant", [0.0, 0.1, -7.3, 1e20])
def test_constant_against_moving_scores_one_and_both_constant_zero(constant):
    still = np.full_like(WAVES, constant)
    assert power_spectrum_hellinger(WAVES, still) == 1.0
    assert power_spectrum_hellinger(still, WAVES) == 1.0
    assert power_spectrum_hellinger(still, still + 1.0) == 0.0
    one_still = np.column_stack([WAVES[:, 0], still[:, 0]])
    assert power_spectrum_hellinger(WAVES, one_still) == 0.5


def test_rounding_around_a_fixed_point_is_constant():
    flicker = 0.7 + np.spacing(0.7) * np.random.default_rng(0).integers(-1, 2, size=WAVES.shape)
    assert power_spectrum_hellinger(WAVES, flicker) == 1.0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e200])
def test_a_run_that_diverged_at_its_last_step_scores_one(value):
    diverged = WAVES.copy()
    diverged[-1, 0] = value
    assert power_spectrum_hellinger(WAVES, diverged) == 1.0


def test_a_run_that_died_is_seen_in_the_ratio_only():
    died = 1e-7 * WAVES + 5.0
    assert power_spectrum_hellinger(WAVES, died) < 0.01
    np.testing.assert_allclose(standard_deviation_ratio(WAVES, died), 1e-7, rtol=1e-5)


def test_longer_series_is_cut_from_its_start():
    longer = np.concatenate([WAVES, np.zeros((500, 2))])
    assert power_spectrum_hellinger(WAVES, longer) == 0.0
    assert power_spectrum_hellinger(longer, WAVES) == 0.0


def test_common_length_keeps_most_rows():
    assert common_length([np.zeros((n, 1)) for n in (100, 3, 90, 95)]) == 90
    assert common_length([np.zeros((n, 1)) for n in (1000, 10, 10)]) == 1000


def test_spectrum_of_trajectories_is_the_mean_of_theirs():
    stack = np.random.default_rng(0).normal(size=(4, 256, 2))
    stack -= stack.mean(axis=1, keepdims=True)
    stack /= stack.std(axis=1, keepdims=True)  # equal power, hence equal weights in the mean
    mean = np.mean([smoothed_spectrum(segment) for segment in stack], axis=0)
    np.testing.assert_allclose(smoothed_spectrum(stack), mean, rtol=1e-3)
    np.testing.assert_allclose(mean.sum(axis=0), 1.0)


def test_gaps_and_trajectories_give_the_same_pieces():
    rng = np.random.default_rng(0)
    first, second, scrap = (rng.normal(size=(n, 2)) for n in (300, 300, 7))
    gap = np.full((1, 2), np.nan)
    joined = np.concatenate([first, gap, scrap, gap, second])
    assert power_spectrum_hellinger(joined, [first, second]) == 0.0
    assert power_spectrum_hellinger(joined, np.stack([first, second])) == 0.0


def test_sigma_out_of_range_is_named():
    with pytest.raises(ValueError, match="sigma must be a number, at least 0"):
        power_spectrum_hellinger(WAVES, WAVES, sigma=-1)


@pytest.mark.parametrize("sigma", [4.0, 20.0])
def test_the_telling_length_is_where_a_sine_and_noise_are_half_of_the_range_apart(sigma):
    n = telling_length(sigma)
    sines = np.sin(np.pi / 2 * np.arange(n) + np.arange(200.0)[:, None])[:, :, None]
    noise = np.random.default_rng(0).standard_normal((200, n, 1))
    assert power_spectrum_hellinger(sines, noise, sigma=sigma) == pytest.approx(0.5, abs=0.03)


@pytest.mark.filterwarnings("error")
def test_series_too_short_to_tell_are_said_to_be():
    n = telling_length()
    with pytest.warns(DataWarning, match=f"compares {n - 1} rows, .* below {n} rows"):
        power_spectrum_hellinger(WAVES[: n - 1], WAVES)
    power_spectrum_hellinger(WAVES[:n], WAVES)
    power_spectrum_hellinger(WAVES[: n - 1], WAVES, sigma=10)
    power_spectrum_hellinger(WAVES[: n - 1], np.full((9, 2), np.nan))  # 1, whatever the length


def test_standard_deviation_ratio_is_never_nan():
    true = np.column_stack([[0.0, 2.0, 4.0], [1.0, 1.0, 1.0], [0.1, 0.1, 0.1], [0.0, 1.0, 2.0]])
    generated = np.column_stack([[0.0, 1.0, 2.0], [7.0, 7.0, 7.0], [0.0, 1.0, 0.0], [np.nan, 0, 0]])
    ratio = standard_deviation_ratio(true, generated)
    np.testing.assert_array_equal(ratio, [0.5, 1.0, np.inf, np.inf])
    np.testing.assert_array_equal(
        standard_deviation_ratio(true[:, :1], np.full((9, 1), 0.1)), [0.0]
    )


def test_data_against_data_have_the_published_distances(published):
    pair = published("lorenz63_test"), published("lorenz63_train_noise0.05")
    assert power_spectrum_hellinger(*pair) == pytest.approx(0.070, abs=5e-4)
    pair = published("ecg_test"), published("ecg_train")
    assert power_spectrum_hellinger(*pair) == pytest.approx(0.060, abs=5e-4)
    eeg = published("eeg")
    half = len(eeg) // 2
    assert power_spectrum_hellinger(eeg[:half], eeg[half:]) == pytest.approx(0.075, abs=5e-4)
