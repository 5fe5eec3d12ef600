"""Binned state space divergence against a dense histogram, its laws, and the traps."""

import threading

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sklearn_dsr.metrics import escaped_fraction, state_space_divergence
from sklearn_dsr.metrics._binning import BinnedDensity


def dense_divergence(true, generated, n_bins=30, smoothing=1e-5):
    """The reference's formula with all cells in memory; points outside the box are dropped."""
    margin = 0.1 * true.std(axis=0)
    edges = [
        np.linspace(low, high, n_bins + 1)
        for low, high in zip(true.min(axis=0) - margin, true.max(axis=0) + margin, strict=True)
    ]
    p, q = (np.histogramdd(rows, bins=edges)[0] + smoothing for rows in (true, generated))
    p, q = p / p.sum(), q / q.sum()
    return np.sum(p * np.log(p / q))


def series(min_rows=3, n_features=2):
    # Multiples of 1/8 with prime-ish bins: no value lies within rounding of the border of a cell.
    shape = st.tuples(st.integers(min_rows, 30), st.just(n_features))
    return hnp.arrays(np.float64, shape, elements=st.integers(-40, 40).map(lambda k: k / 8))


def away_from_borders(true, generated, n_bins):
    density = BinnedDensity(true, n_bins=n_bins)
    position = (np.concatenate([true, generated]) - density.low) / density.width
    return np.all(np.abs(position - np.round(position)) > 1e-9)


@given(series(), series(), st.integers(1, 7))
def test_sparse_bins_equal_a_dense_histogram(true, generated, n_bins):
    assume(np.all(np.ptp(true, axis=0) > 0) and away_from_borders(true, generated, n_bins))
    density = BinnedDensity(true, n_bins=n_bins)
    assume(density.histogram(generated).n_inside > 0)
    value = density.divergence(generated, escaped="drop")
    np.testing.assert_allclose(value, dense_divergence(true, generated, n_bins), atol=1e-10)


@pytest.mark.parametrize("n_features", [1, 2, 3, 4])
def test_sparse_bins_equal_a_dense_histogram_at_full_resolution(n_features):
    rng = np.random.default_rng(n_features)
    true = rng.normal(size=(3000, n_features))
    generated = 0.8 * rng.normal(size=(2000, n_features)) + 0.1
    value = state_space_divergence(true, generated, escaped="drop")
    np.testing.assert_allclose(value, dense_divergence(true, generated), rtol=1e-9)


def test_two_cells_have_the_divergence_by_hand():
    true, generated = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([[0.0], [0.0], [0.0], [1.0]])
    value = state_space_divergence(true, generated, n_bins=2, smoothing=0.5)
    assert value == pytest.approx(0.5 * np.log(2.5 / 3.5) + 0.5 * np.log(2.5 / 1.5), rel=1e-12)


@given(series(), series(min_rows=1), st.sampled_from(["outside", "drop"]), st.integers(1, 30))
def test_divergence_is_never_negative_and_bounded_by_all_escaped(true, generated, escaped, n_bins):
    density = BinnedDensity(true, n_bins=n_bins)
    worst = density.divergence(np.full_like(generated, np.nan))
    assert 0.0 <= density.divergence(generated, escaped=escaped) <= worst * (1 + 1e-12)


@given(series(), series(), st.integers(1, 7), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(true, generated, n_bins, random):
    # Of the generated rows; permuted true rows have another rounded standard deviation.
    order = random.sample(range(len(generated)), len(generated))
    density = BinnedDensity(true, n_bins=n_bins)
    assert density.divergence(generated[order]) == density.divergence(generated)
    order = random.sample(range(len(true)), len(true))
    assume(away_from_borders(true, generated, n_bins))
    permuted = BinnedDensity(true[order], n_bins=n_bins).divergence(generated)
    assert permuted == pytest.approx(density.divergence(generated), rel=1e-12, abs=1e-12)


@given(
    series(),
    series(),
    hnp.arrays(np.float64, 2, elements=st.floats(1e-3, 1e3)),
    hnp.arrays(np.float64, 2, elements=st.floats(-10, 10)),
)
def test_affine_rescaling_of_columns_does_not_matter(true, generated, scale, shift):
    assume(np.all(np.ptp(true, axis=0) > 0) and away_from_borders(true, generated, 7))
    before = state_space_divergence(true, generated, n_bins=7)
    after = state_space_divergence(true * scale + shift, generated * scale + shift, n_bins=7)
    assert after == pytest.approx(before, rel=1e-12, abs=1e-12)


def test_identical_series_score_exactly_zero():
    true = np.random.default_rng(0).normal(size=(1000, 3))
    assert state_space_divergence(true, true) == 0.0


def test_counts_do_not_overflow_in_16_bits():
    true = np.concatenate([np.zeros((70_000, 1)), np.ones((70_000, 1))])
    assert BinnedDensity(true).true_histogram.counts.tolist() == [70_000, 70_000]
    assert state_space_divergence(true, np.zeros((65_536, 1))) > 5.0


@pytest.mark.parametrize("n_features", [7, 10, 12])
def test_many_cells_need_no_memory(n_features):
    rng = np.random.default_rng(0)
    true, generated = rng.uniform(-1, 1, size=(2, 500, n_features))
    value = state_space_divergence(true, generated, method="binning")
    # Every point in a cell of its own: p = (1 + a) / Z, q = a / Z, or the reverse.
    a, total = 1e-5, 500 + 1e-5 * 30.0**n_features
    assert value == pytest.approx(500 / total * np.log((1 + a) / a), rel=1e-9)


def test_more_cells_than_64_bits_is_an_error_with_advice():
    with pytest.raises(ValueError, match=r'13 columns make 1.6e\+19 cells.*method="gmm"'):
        state_space_divergence(np.zeros((5, 13)), np.zeros((5, 13)), method="binning")


def test_without_escapes_both_ways_agree_exactly():
    rng = np.random.default_rng(0)
    true = rng.normal(size=(1000, 3))
    generated = 0.5 * rng.normal(size=(500, 3))
    assert escaped_fraction(true, generated, 0.1) == 0.0
    density = BinnedDensity(true)
    assert density.divergence(generated) == density.divergence(generated, escaped="drop")


def test_divergence_grows_with_the_escaped_share_up_to_the_documented_worst():
    true = np.random.default_rng(0).normal(size=(1000, 2))
    density = BinnedDensity(true)
    values = []
    for n_escaped in [0, 1, 10, 100, 500, 900, 999, 1000]:
        generated = true.copy()
        generated[:n_escaped] = 50.0
        values.append(density.divergence(generated))
    assert np.all(np.diff(values) > 0)
    assert values[1] < 0.02
    total = 1000 + 1e-5 * 900
    p = (density.true_histogram.counts + 1e-5) / total
    empty = (900 - len(p)) * (1e-5 / total) * np.log(1e-5 / total)
    worst = np.log(total / 1e-5) + np.sum(p * np.log(p)) + empty
    assert values[-1] == pytest.approx(worst, rel=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300, 50.0])
@pytest.mark.parametrize("escaped", ["outside", "drop"])
def test_empty_histogram_is_finite_and_worse_than_a_fixed_point(value, escaped):
    true = np.random.default_rng(0).normal(size=(1000, 2))
    gone, at_mean = np.full((1000, 2), value), np.tile(true.mean(axis=0), (1000, 1))
    density = BinnedDensity(true)
    assert density.histogram(gone).escaped_fraction == 1.0
    assert np.isfinite(density.divergence(gone, escaped=escaped))
    assert density.divergence(gone, escaped=escaped) > density.divergence(at_mean)


def test_constant_column_has_a_box():
    rng = np.random.default_rng(0)
    moving = rng.normal(size=(500, 1))
    for constant in [0.0, 0.1, -7.3, 1e20]:
        true = np.column_stack([moving, np.full(500, constant)])
        wobbling = true * (1 + 1e-14)
        assert state_space_divergence(true, wobbling) == state_space_divergence(
            moving, moving * (1 + 1e-14)
        )
        assert state_space_divergence(true, true + [0.0, 10 + 2 * abs(constant)]) > 5.0


def test_column_too_narrow_for_a_float_has_a_box():
    true = np.array([[0.0], [5e-324], [0.0]])
    assert state_space_divergence(true, true) == 0.0
    assert state_space_divergence(true, true + 1.0) > 5.0


def test_gaps_are_left_out_and_trajectories_pooled():
    rng = np.random.default_rng(0)
    true, generated = rng.normal(size=(2, 90, 2))
    whole = state_space_divergence(true, generated)
    joined = np.concatenate([true[:30], [[np.nan, 0.0]], true[30:]])
    assert state_space_divergence(joined, generated) == whole
    assert state_space_divergence([true[:20], true[20:]], generated.reshape(3, 30, 2)) == whole


def test_threads_may_share_a_density():
    rng = np.random.default_rng(0)
    density = BinnedDensity(rng.normal(size=(5000, 3)))
    runs = rng.normal(size=(16, 2000, 3))
    results = [None] * 16

    def score(k):
        results[k] = density.divergence(runs[k])

    threads = [threading.Thread(target=score, args=(k,)) for k in range(16)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert results == [density.divergence(run) for run in runs]


def test_inputs_are_not_changed():
    true, generated = np.random.default_rng(0).normal(size=(2, 50, 2))
    copies = true.copy(), generated.copy()
    state_space_divergence(true, generated)
    np.testing.assert_array_equal((true, generated), copies)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "kde"}, "method must be one of 'auto', 'binning', 'gmm'"),
        ({"escaped": "ignore"}, "escaped must be one of"),
        ({"n_bins": 0}, "n_bins must be an integer, at least 1"),
        ({"smoothing": 0.0}, "smoothing must be a number, at least 1e-12"),
    ],
)
def test_parameters_out_of_range_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        state_space_divergence(np.zeros((5, 2)), np.zeros((5, 2)), **arguments)


@pytest.mark.parametrize(
    ("true", "generated", "message"),
    [
        (np.zeros((5, 2)), np.zeros((5, 3)), "generated has 3 columns and true has 2"),
        (np.full((5, 2), np.nan), np.zeros((5, 2)), "All 5 rows of true hold NaN"),
        (np.full((5, 2), np.inf), np.zeros((5, 2)), "infinity"),
        (np.zeros((5, 2)), np.zeros((0, 2)), "0 sample"),
        (np.zeros((5, 2)), np.zeros((0, 5, 2)), "generated holds 0 trajectories"),
    ],
)
def test_series_that_cannot_be_compared_are_refused(true, generated, message):
    with pytest.raises(ValueError, match=message):
        state_space_divergence(true, generated)


def test_escaped_fraction_counts_rows():
    true = np.array([[0.0, 0.0], [2.0, 2.0], [np.nan, 9.0]])
    generated = [[1, 1], [2, 2], [2.5, 1], [1, -0.5], [np.nan, 1], [1, np.inf], [9, 9], [0, 0]]
    assert escaped_fraction(true, generated) == 5 / 8
    assert escaped_fraction(true, generated, margin=0.5) == 3 / 8
    with pytest.raises(ValueError, match="margin must be a number, at least 0"):
        escaped_fraction(true, generated, margin=-1)


def test_published_figures_of_lorenz63(published):
    test, train = published("lorenz63_test"), published("lorenz63_train_noise0.05")
    density = BinnedDensity(test)
    assert density.divergence(train) == pytest.approx(0.119, abs=5e-4)
    fixed_point = np.tile(test.mean(axis=0), (100_000, 1))
    assert density.divergence(fixed_point) == pytest.approx(16.4, abs=0.05)
    rng = np.random.default_rng(0)
    gaussian = rng.normal(test.mean(axis=0), test.std(axis=0), size=(100_000, 3))
    assert density.divergence(gaussian) == pytest.approx(3.5, abs=0.1)
    one_inside = np.full((100_000, 3), 99.0)
    one_inside[0] = test[5]
    assert density.divergence(one_inside, escaped="drop") == pytest.approx(5.2, abs=0.1)
    assert density.divergence(one_inside) > 16.4


@pytest.mark.parametrize(
    ("length", "figure"), [(1000, 5.02), (5000, 1.15), (10_000, 0.47), (20_000, 0.24)]
)
def test_published_figures_of_the_length(published, length, figure):
    test = published("lorenz63_test")
    density = BinnedDensity(test)
    starts = range(0, len(test) - length + 1, 5000)
    mean = np.mean([density.divergence(test[k : k + length]) for k in starts])
    assert mean == pytest.approx(figure, rel=0.15)


def test_published_floor_of_the_electrocardiogram(published):
    test, train = published("ecg_test"), published("ecg_train")
    assert state_space_divergence(test, train) == pytest.approx(0.29, abs=0.005)
