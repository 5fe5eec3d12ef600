"""State space divergence by Gaussian mixtures: analytic cases, bounds, and the float32 trap."""

import numpy as np
import pytest
from scipy.special import logsumexp

from sklearn_dsr.metrics import state_space_divergence
from sklearn_dsr.metrics._mixture import _CHUNK_SIZE, _log_likelihood


def test_two_gaussians_have_the_analytic_divergence():
    shift = np.array([1.0, -2.0, 0.5])
    value = state_space_divergence(
        np.zeros((1, 3)), shift[None], method="gmm", sigma=1.5, n_samples=100_000
    )
    # KL of two Gaussians of equal covariance; its Monte-Carlo error is |shift| / sigma / sqrt(n).
    assert value == pytest.approx(shift @ shift / (2 * 1.5**2), abs=0.02)


def test_likelihood_equals_the_direct_sum_in_any_number_of_chunks():
    rng = np.random.default_rng(0)
    samples, points = rng.normal(size=(300, 7)), rng.normal(size=(5000, 7))
    assert len(samples) * len(points) > _CHUNK_SIZE
    squared = ((samples[:, None] - points) ** 2).sum(axis=2)
    direct = logsumexp(-squared / (2 * 0.3**2), axis=1) - np.log(5000)
    np.testing.assert_allclose(_log_likelihood(samples, points, 0.3), direct, rtol=1e-10)


def test_identical_series_score_exactly_zero():
    true = np.random.default_rng(0).normal(size=(500, 8))
    assert state_space_divergence(true, true) == 0.0


def test_auto_bins_up_to_five_columns():
    true, generated = np.random.default_rng(0).normal(size=(2, 200, 6))
    for n_features, method in [(5, "binning"), (6, "gmm")]:
        pair = true[:, :n_features], generated[:, :n_features]
        assert state_space_divergence(*pair) == state_space_divergence(*pair, method=method)


def test_common_offset_costs_no_digits():
    true, generated = np.random.default_rng(0).normal(size=(2, 300, 6))
    shifted = state_space_divergence(true + 1e7, generated + 1e7)
    assert shifted == pytest.approx(state_space_divergence(true, generated), abs=1e-6)


def test_order_of_generated_rows_does_not_matter():
    rng = np.random.default_rng(0)
    true, generated = rng.normal(size=(2, 300, 6))
    value = state_space_divergence(true, rng.permutation(generated))
    assert value == pytest.approx(state_space_divergence(true, generated), rel=1e-10)


def test_only_the_first_max_points_enter():
    true, generated = np.random.default_rng(0).normal(size=(2, 300, 6))
    value = state_space_divergence(true, generated, max_points=100)
    expected = state_space_divergence(true[:100], generated[:100])
    assert value == pytest.approx(expected, rel=1e-9)
    assert value != pytest.approx(state_space_divergence(true, generated), rel=1e-3)


def test_seed_decides_and_global_state_is_untouched():
    true, generated = np.random.default_rng(0).normal(size=(2, 300, 6))
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    values = [
        state_space_divergence(true, generated, random_state=seed)
        for seed in (0, 0, 1, np.random.default_rng(0), np.random.RandomState(0), None)
    ]
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert values[0] == values[1] == values[3]
    assert values[0] != values[2]
    assert np.isfinite(values).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300])
def test_a_diverged_run_is_finite_and_the_worst(value):
    true = np.random.default_rng(0).normal(size=(500, 6))
    gone = state_space_divergence(true, np.full((500, 6), value))
    far = state_space_divergence(true, np.full((500, 6), 8.0))
    assert np.isfinite(gone) and gone > far > 10.0


def test_drop_leaves_non_finite_points_out():
    true, generated = np.random.default_rng(0).normal(size=(2, 400, 6))
    diverging = generated.copy()
    diverging[300:] = np.nan
    left = state_space_divergence(true, generated[:300])
    assert state_space_divergence(true, diverging, escaped="drop") == left
    # The escaped quarter is mass where the true series has none.
    assert state_space_divergence(true, diverging) == pytest.approx(left - np.log(0.75), rel=1e-9)
    gone = np.full_like(generated, np.nan)
    assert state_space_divergence(true, gone, escaped="drop") == state_space_divergence(true, gone)


def test_constant_column_is_no_hiding_place():
    true = np.random.default_rng(0).normal(size=(300, 6))
    true[:, 0] = 3.0
    assert state_space_divergence(true, true + [50.0, 0, 0, 0, 0, 0]) > 10.0


@pytest.mark.parametrize(
    "arguments", [{"sigma": 0.0}, {"sigma": np.nan}, {"n_samples": 0}, {"max_points": 0}]
)
def test_parameters_out_of_range_are_named(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        state_space_divergence(np.zeros((5, 6)), np.zeros((5, 6)), **arguments)


def test_worst_samples_of_the_electroencephalogram_do_not_underflow(published):
    true = published("eeg")
    rng = np.random.default_rng(0)
    shuffled = np.column_stack([rng.permutation(column) for column in true.T])
    values = [state_space_divergence(true, shuffled, random_state=seed) for seed in range(4)]
    # In float32, with the samples of likelihood 0 left out, it is below 18.
    assert np.mean(values) == pytest.approx(27.5, abs=2.5)


def test_published_figures_of_the_electroencephalogram(published):
    true = published("eeg")
    half = len(true) // 2
    assert state_space_divergence(true[:half], true[half:]) == pytest.approx(2.53, abs=0.4)
    rng = np.random.default_rng(0)
    gaussian = rng.multivariate_normal(true.mean(axis=0), np.cov(true.T), size=len(true))
    assert state_space_divergence(true, gaussian) == pytest.approx(1.63, abs=0.4)


def test_published_floor_of_lorenz96(published):
    test, train = published("lorenz96_test"), published("lorenz96_train_noise0.05")
    assert state_space_divergence(test, train) == pytest.approx(0.85, abs=0.05)
