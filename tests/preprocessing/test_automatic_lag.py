"""The automatic lag: known joint laws, known periods, chaos with noise, gaps, lists, noise."""

import time

import numpy as np
import pytest
from scipy.signal import lfilter

from sklearn_dsr._data.trajectories import as_trajectories
from sklearn_dsr.datasets import make_lorenz63, make_rossler
from sklearn_dsr.preprocessing import DelayEmbedding
from sklearn_dsr.preprocessing._autocorrelation import autocorrelation
from sklearn_dsr.preprocessing._history import history
from sklearn_dsr.preprocessing._mutual_information import bin_codes, mutual_information


def automatic_lag(X, lag="auto"):
    return DelayEmbedding(n_delays=2, lag=lag).fit(X).lag_


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6, 0.9])
def test_mutual_information_of_a_gaussian_pair(rho):
    rng = np.random.default_rng(0)
    a = rng.standard_normal(50_000)
    b = rho * a + np.sqrt(1 - rho**2) * rng.standard_normal(50_000)
    found = mutual_information(bin_codes(a, 32), bin_codes(b, 32), 32)
    exact = -0.5 * np.log(1 - rho**2)
    # Bins lose a little: the estimate may be 6 % low; sampling noise is below 0.005.
    assert -0.06 * exact - 0.005 < found - exact < 0.005


def test_mutual_information_of_a_copy_is_the_entropy_of_the_bins():
    codes = bin_codes(np.arange(3200.0), 16)
    np.testing.assert_allclose(mutual_information(codes, codes, 16), np.log(16) - 225 / 6400)


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.3])
@pytest.mark.parametrize(("period", "n"), [(20, 1000), (50, 1000), (50.3, 20_000), (200, 50_000)])
def test_sine_gets_a_quarter_of_its_period(period, n, noise):
    rng = np.random.default_rng(0)
    x = np.sin(2 * np.pi * np.arange(n) / period) + noise * rng.standard_normal(n)
    assert 0.17 * period <= automatic_lag(x[:, np.newaxis]) <= 0.27 * period


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.05, 0.2])
@pytest.mark.parametrize("n", [5000, 100_000])
def test_lorenz_gets_a_lag_of_a_sixth_of_a_turn(n, noise):
    X = make_lorenz63(n, noise_level=noise, random_state=0)
    assert 12 <= automatic_lag(X[:, :1]) <= 22
    assert 12 <= automatic_lag(X) <= 22


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.2])
def test_rossler_gets_a_quarter_of_its_period(noise):
    # One turn takes about 5.9 units of time, 118 rows.
    X = make_rossler(20_000, noise_level=noise, random_state=0)[:, :1]
    assert 20 <= automatic_lag(X) <= 32


@pytest.mark.parametrize("n", [20, 100, 1000, 100_000])
@pytest.mark.parametrize("d", [1, 3])
def test_white_noise_gets_lag_1(n, d):
    assert automatic_lag(np.random.default_rng(0).standard_normal((n, d))) == 1


@pytest.mark.parametrize(("rho", "decay"), [(0.5, 2), (0.9, 10), (0.97, 33)])
def test_correlations_that_only_decay_get_the_decay_time(rho, decay):
    x = lfilter([1], [1, -rho], np.random.default_rng(0).standard_normal(100_000))[:, np.newaxis]
    assert automatic_lag(x) == automatic_lag(x, "autocorrelation")
    assert abs(automatic_lag(x) - decay) <= 1 + 0.1 * decay


def test_autocorrelation_equals_a_loop_over_pairs_that_cross_no_gap():
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((40, 2)).cumsum(axis=0), rng.standard_normal((25, 2))]
    X[0][17] = np.nan
    series = history(as_trajectories(X))
    rows, pieces = np.concatenate(X), [X[0][:17], X[0][18:], X[1]]
    mean, scale = np.nanmean(rows, axis=0), np.nanstd(rows, axis=0)
    expected = []
    for lag in range(11):
        products = [
            (p[t] - mean) * (p[t - lag] - mean) / scale**2
            for p in pieces
            for t in range(lag, len(p))
        ]
        expected.append(np.mean(products))
    np.testing.assert_allclose(autocorrelation(series, 10), expected, atol=1e-12)


def test_pieces_of_a_series_get_the_curve_of_the_series():
    x = make_lorenz63(30_000, noise_level=0.02, random_state=1)[:, :1]
    whole = DelayEmbedding().fit(x)
    gaps = x.copy()
    gaps[499::500] = np.nan
    for X in (gaps, list(x.reshape(60, 500, 1)), x.reshape(60, 500, 1)):
        pieces = DelayEmbedding().fit(X)
        assert abs(pieces.lag_ - whole.lag_) <= 1
        assert pieces.n_delays_ == whole.n_delays_
        k = min(len(pieces.mutual_information_), len(whole.mutual_information_))
        np.testing.assert_allclose(
            pieces.mutual_information_[:k], whole.mutual_information_[:k], rtol=0.05
        )


def test_a_list_equals_the_array_with_gaps():
    x = make_lorenz63(6000, random_state=0)[:, :1]
    cut = np.insert(x, [2000, 4000], np.nan, axis=0)
    one, other = DelayEmbedding().fit([x[:2000], x[2000:4000], x[4000:]]), DelayEmbedding().fit(cut)
    np.testing.assert_array_equal(one.lags_, other.lags_)
    for name in ("autocorrelation_", "mutual_information_", "embedding_cost_"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), err_msg=name)


def test_no_pair_crosses_a_border():
    # White pieces, each with its own mean sign: only pairs within a piece are correlated.
    rng = np.random.default_rng(0)
    X = [sign * (5 + rng.standard_normal((30, 1))) for sign in np.tile([1, -1], 200)]
    curve = DelayEmbedding(n_delays=2).fit(X).autocorrelation_
    assert len(curve) == 4
    assert (curve[1:] > 0.9).all()


def test_units_and_constant_columns_do_not_matter():
    x = make_lorenz63(5000, random_state=0)[:, :1]
    plain = DelayEmbedding().fit(x)
    X = np.column_stack([1e6 * x + 3e7, np.full(5000, 7.0)])
    np.testing.assert_array_equal(DelayEmbedding().fit(X).lags_, plain.lags_)
    constant = DelayEmbedding().fit(np.full((50, 2), 3.0))
    assert (constant.lag_, constant.n_delays_) == (1, 1)


def test_curves_are_kept_and_the_choice_is_repeatable():
    x = make_lorenz63(8000, noise_level=0.05, random_state=0)[:, :1]
    one = DelayEmbedding().fit(x)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    two = DelayEmbedding().fit(x)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    for name in ("autocorrelation_", "mutual_information_", "embedding_cost_"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
        assert getattr(one, name).ndim == 1
    curve = one.mutual_information_
    assert curve[one.lag_ - 1] < curve[0] / 2
    assert one.embedding_cost_[one.n_delays_ - 1] < one.embedding_cost_[0]
    given = one.set_params(n_delays=2, lag=3).fit(x)
    assert [len(given.mutual_information_), len(given.embedding_cost_)] == [0, 0]


def test_a_million_rows_take_seconds_of_the_processor():
    x = np.tile(make_lorenz63(100_000, random_state=0)[:, :1], (10, 1))
    start = time.process_time()
    DelayEmbedding(n_delays=2).fit(x)
    middle = time.process_time()
    DelayEmbedding(lag=16).fit(x)
    # Some 0.4 and 0.6 s; wide bounds for a slow one.
    assert middle - start < 10
    assert time.process_time() - middle < 15
