"""The automatic number of delays and unequal lags: known dimensions, brute force, noise, chaos."""

import numpy as np
import pytest

from sklearn_dsr._data.trajectories import as_trajectories
from sklearn_dsr.datasets import make_lorenz63, make_rossler
from sklearn_dsr.preprocessing import DelayEmbedding
from sklearn_dsr.preprocessing._embedding_cost import Library
from sklearn_dsr.preprocessing._history import history
from sklearn_dsr.preprocessing._pecuzal import continuity
from sklearn_dsr.preprocessing._windows import delay_vectors


def henon(n, noise=0.0):
    x = np.zeros(n + 100)
    for t in range(2, n + 100):
        x[t] = 1 - 1.4 * x[t - 1] ** 2 + 0.3 * x[t - 2]
    x = x[100:]
    return (x + noise * x.std() * np.random.default_rng(0).standard_normal(n))[:, np.newaxis]


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.05])
@pytest.mark.parametrize("n", [3000, 30_000])
def test_lorenz_needs_three_delays_of_one_column_and_none_of_all(n, noise):
    X = make_lorenz63(n, noise_level=noise, random_state=0)
    assert DelayEmbedding().fit(X[:, :1]).n_delays_ == 3
    # All three variables: a past row adds nothing.
    assert DelayEmbedding().fit(X).n_delays_ == 1


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_rossler_needs_three_or_four_delays(noise):
    X = make_rossler(30_000, noise_level=noise, random_state=0)[:, :1]
    assert DelayEmbedding().fit(X).n_delays_ in (3, 4)


def test_the_henon_map_needs_two_or_three_delays():
    embedding = DelayEmbedding().fit(henon(5000))
    assert (embedding.lag_, embedding.n_delays_) == (1, 2)
    assert DelayEmbedding().fit(henon(5000, noise=0.05)).n_delays_ in (2, 3)


def test_a_circle_needs_two_delays_and_a_torus_four():
    t = np.arange(20_000.0)
    # A circle needs 2, with exact repetitions too; the sum of two frequencies has 4 dimensions.
    assert DelayEmbedding().fit(np.sin(2 * np.pi * t / 50)[:, np.newaxis]).n_delays_ == 2
    torus = np.sin(0.1 * t) + np.sin(0.1 * np.sqrt(2) * t)
    assert DelayEmbedding().fit(torus[:, np.newaxis]).n_delays_ == 4
    assert DelayEmbedding(max_delays=3).fit(torus[:, np.newaxis]).n_delays_ <= 3


@pytest.mark.parametrize("lags", [None, "pecuzal"])
@pytest.mark.parametrize("n", [30, 200, 5000])
def test_white_noise_gets_no_past_rows(n, lags):
    found = [
        DelayEmbedding(lags=lags).fit(np.random.default_rng(s).standard_normal((n, 1))).n_delays_
        for s in range(5)
    ]
    assert np.median(found) == 1
    assert max(found) <= 2


def test_neighbors_equal_a_loop_and_are_not_close_in_time():
    x = make_lorenz63(400, random_state=0)[:, :1]
    library = Library(history(as_trajectories(x)), 20, 5, 12, 3)
    vectors = delay_vectors(library.values, library.times, (0, 10, 20))
    found = library.neighbors(vectors, 3)
    for row, near in zip(library.queries, found, strict=True):
        distance = np.linalg.norm(vectors - vectors[row], axis=1)
        distance[np.abs(library.times - library.times[row]) <= 12] = np.inf
        np.testing.assert_array_equal(near, np.argsort(distance)[:3])


def test_cost_equals_a_loop():
    x = make_lorenz63(300, random_state=0)[:, :1]
    library = Library(history(as_trajectories(x)), 10, 4, 12, 2)
    vectors = delay_vectors(library.values, library.times, (0, 10))
    numerator, denominator = [], []
    for row, near in zip(library.queries, library.neighbors(vectors, 3), strict=True):
        group = [row, *near]
        pairs = [(i, j) for i in group for j in group if i != j]
        size = np.mean([np.sum((vectors[i] - vectors[j]) ** 2) for i, j in pairs])
        futures = [library.values[library.times[group] + s, 0] for s in (1, 2, 3, 4)]
        spread = np.mean([np.sum((f - f.mean()) ** 2) / 3 for f in futures])
        numerator.append(spread / size)
        denominator.append(1 / size)
    expected = 0.5 * np.log10(np.mean(numerator) / np.mean(denominator))
    np.testing.assert_allclose(library.cost(vectors), expected)


def test_continuity_statistic_peaks_where_the_past_is_not_told():
    x = make_lorenz63(20_000, random_state=0)[:, :1]
    library = Library(history(as_trajectories(x)), 60, 15, 30, 2)
    statistic = continuity(library, [0], 60)
    assert statistic[0] < 0.01
    assert statistic[15] > 20 * statistic[0]


def brute_force(X, lags):
    out = np.full((len(X), X.shape[1] * len(lags)), np.nan)
    for t in range(lags[-1], len(X)):
        if not np.isnan(X[t - lags[-1] : t + 1]).any():
            out[t] = np.concatenate([X[t - lag] for lag in lags])
    return out


@pytest.mark.parametrize("lags", [(0,), (0, 7), (0, 1, 5, 12), np.array([0, 10, 20])])
@pytest.mark.parametrize("gaps", [[], [40, 41, 90]])
def test_unequal_lags_equal_a_loop(lags, gaps):
    X = np.random.default_rng(0).standard_normal((130, 2))
    X[gaps] = np.nan
    embedding = DelayEmbedding(lags=lags)
    U = embedding.fit_transform(X)
    np.testing.assert_array_equal(U, brute_force(X, lags))
    np.testing.assert_array_equal(embedding.lags_, lags)
    assert embedding.context_length_ == lags[-1] + 1
    assert embedding.n_delays_ == len(lags)
    complete = ~np.isnan(U).any(axis=1)
    np.testing.assert_array_equal(embedding.inverse_transform(U)[complete], X[complete])
    assert embedding.get_feature_names_out()[-2] == (f"x0_lag{lags[-1]}" if lags[-1] else "x0")


@pytest.mark.parametrize(
    ("params", "error", "match"),
    [
        ({"lags": (1, 2)}, ValueError, r"begin with 0 and increase; got \(1, 2\)"),
        ({"lags": (0, 5, 5)}, ValueError, "sort the others"),
        ({"lags": ()}, ValueError, "begin with 0"),
        ({"lags": (0, 2.5)}, TypeError, "Give integers"),
        ({"lags": 3}, TypeError, "Give a tuple"),
        ({"lags": "cao"}, ValueError, "lags must be one of 'pecuzal'; got 'cao'"),
        ({"lags": (0, 3), "n_delays": 2}, ValueError, "both given. Leave n_delays out"),
        ({"lags": "pecuzal", "lag": 2}, ValueError, "both given. Leave lag out"),
        ({"lags": (0, 3, 40)}, ValueError, "n_samples=30 rows.*needs 41.*leave out the largest"),
        ({"lag": "mutual"}, ValueError, "lag must be one of 'auto', 'autocorrelation'"),
        ({"max_delays": 0}, ValueError, "max_delays must be an integer, at least 1; got 0"),
    ],
)
def test_bad_settings_are_refused(params, error, match):
    with pytest.raises(error, match=match):
        DelayEmbedding(**params).fit(np.zeros((30, 1)))


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_pecuzal_on_lorenz_is_about_as_good_as_equal_lags(noise):
    x = make_lorenz63(20_000, noise_level=noise, random_state=0)[:, :1]
    uniform, unequal = DelayEmbedding().fit(x), DelayEmbedding(lags="pecuzal").fit(x)
    assert len(unequal.lags_) in (3, 4)
    costs = unequal.embedding_cost_[: len(unequal.lags_)]
    assert costs[-1] < uniform.embedding_cost_[uniform.n_delays_ - 1] + 0.15
    # As few as come within the tolerance, a little over 0.05, of the lowest cost of all tried.
    best = unequal.embedding_cost_.min()
    assert (np.diff(costs) < 0).all() and costs[-2] > best + 0.05 and costs[-1] < best + 0.07
    assert unequal.transform(x).shape == (20_000, len(unequal.lags_))


def autoregression(n, seed=0):
    """Noise through a damped oscillation: what any row tells, the one before it doubles."""
    x, rng = np.zeros((n + 50, 1)), np.random.default_rng(seed)
    for t in range(2, n + 50):
        x[t] = 1.6 * x[t - 1] - 0.8 * x[t - 2] + rng.standard_normal()
    return x[50:]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n", [100, 300])
def test_a_short_linear_series_gets_the_past_rows_that_its_forecasts_need(n, seed):
    embedding = DelayEmbedding().fit(autoregression(n, seed))
    assert embedding.n_delays_ >= 2 and embedding.lag_ == 1
    errors = embedding.forecast_errors_
    assert errors.min() < 0.95 * errors[0]
    # Among 1, 2, 4, ... copies the least error, give or take one percent.
    assert errors[int(np.log2(embedding.n_delays_))] < 1.0101 * errors.min()


def test_a_season_longer_than_few_delays_is_seen_by_many_short_ones():
    t = np.arange(500.0)
    pulse = np.where(t % 41 < 5, 1.0, 0.0) + 0.05 * np.random.default_rng(0).standard_normal(500)
    assert DelayEmbedding("amplification").fit(pulse[:, None]).context_length_ < 41
    assert DelayEmbedding().fit(pulse[:, None]).context_length_ > 41


@pytest.mark.parametrize("n", [1000, 3000])
def test_an_embedding_on_which_a_nonlinear_law_is_found_is_kept(n):
    for X in (henon(n), make_rossler(n, noise_level=0.02, random_state=0)[:, :1]):
        embedding = DelayEmbedding().fit(X)
        np.testing.assert_array_equal(embedding.lags_, DelayEmbedding("amplification").fit(X).lags_)
        assert len(embedding.forecast_errors_) == 0


def test_forecasts_choose_among_numbers_of_delays_of_a_given_lag():
    x = make_lorenz63(2000, random_state=0)[:, :1]
    embedding = DelayEmbedding("forecasts", lag=4).fit(x)
    assert embedding.lag_ == 4 and embedding.n_delays_ in (2, 4, 8, 16, 32, 64)
    assert DelayEmbedding("forecasts", max_delays=5).fit(x).n_delays_ <= 4
    # Of many rows the default does not look at forecasts, nor with a given lag.
    for params, rows in ((("auto", 4), x), ((), np.tile(x, (3, 1)))):
        assert len(DelayEmbedding(*params).fit(rows).forecast_errors_) == 0


def test_forecasts_are_of_rows_held_apart_and_respect_gaps():
    x = autoregression(300)
    gap = np.insert(x, [100, 200], np.nan, axis=0)
    one = DelayEmbedding("forecasts").fit(gap)
    other = DelayEmbedding("forecasts").fit([x[:100], x[100:200], x[200:]])
    np.testing.assert_allclose(one.forecast_errors_, other.forecast_errors_)
    # One copy: the error of x' = a x + b, found without the rows that it forecasts.
    z, errors = (x - x.mean()) / x.std(), []
    past = int(2 ** (len(DelayEmbedding("forecasts").fit(x).forecast_errors_) - 1)) - 1
    z = z[past:, 0]
    edges = (np.arange(6) / 5 * len(z)).astype(int)
    for a, b in zip(edges[:-1], edges[1:], strict=True):
        before = np.r_[z[: max(a - 1, 0)], z[b:-1]]
        after = np.r_[z[1 : max(a, 1)], z[b + 1 :]]
        slope, level = np.polyfit(before, after, 1)
        rest = np.r_[z[:a], z[b:]]
        horizon = min(20, (b - a) // 3)
        for i in range(a, b - horizon):
            run = [z[i]]
            for _ in range(horizon):
                run.append(slope * run[-1] + level)
            errors.append((np.array(run[1:]) - z[i + 1 : i + 1 + horizon]) / rest.std())
    horizon = min(map(len, errors))
    squares = np.mean([np.minimum(np.abs(e[:horizon]), 3) ** 2 for e in errors], axis=0)
    expected = np.exp(np.mean(0.5 * np.log(squares)))
    found = DelayEmbedding("forecasts").fit(x).forecast_errors_[0]
    assert found == pytest.approx(expected, rel=0.05)  # a penalty, and kinks, change little


def test_gaps_leave_half_of_the_rows_a_complete_past():
    x = np.cumsum(np.random.default_rng(0).standard_normal((2000, 1)), axis=0)
    x[200::25] = np.nan  # one long piece, and many of 24 rows
    embedding = DelayEmbedding("forecasts").fit(x)
    assert embedding.forecast_errors_.shape == (4,)  # 1, 2, 4, 8 copies
