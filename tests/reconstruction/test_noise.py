"""Noise that drives the model, and that of its rows: found, used in runs and in forecasts."""

import numpy as np
import pytest
from known_maps import linear, lozi
from planted import SHORTEST, fitted, planted, with_map, with_noise_of
from scipy.linalg import solve_discrete_lyapunov
from scipy.stats import norm

from sklearn_dsr import PLRNNReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr._core import maps
from sklearn_dsr._maps import _noise
from sklearn_dsr._maps._noise import Stretch, noise_covariances
from sklearn_dsr._maps._observation import IdentityObservation
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.preprocessing import DelayEmbedding

TURNING = 0.95 * np.array([[np.cos(0.4), np.sin(0.4)], [-np.sin(0.4), np.cos(0.4)]])
IDENTITY = IdentityObservation(np.zeros((0, 2)))


def driven(f, n, process, measured, seed=0, start=(0.1, 0.2)):
    """Rows of a map of two units with noise in each step, and on each row; covariances given."""
    rng, z, rows = np.random.default_rng(seed), np.array(start), np.empty((n, 2))
    for t in range(n):
        z = f.step(z[None])[0] + rng.multivariate_normal(np.zeros(2), process)
        rows[t] = z + np.sqrt(measured) * rng.standard_normal(2)
    return rows


PROCESS, MEASURED = np.array([[0.04, 0.01], [0.01, 0.02]]), np.array([0.01, 0.05])


@pytest.mark.parametrize(
    ("process", "measured"),
    [(PROCESS, MEASURED), (0.04 * np.eye(2), np.zeros(2)), (np.zeros((2, 2)), MEASURED)],
)
def test_both_covariances_are_found(process, measured):
    f = linear(TURNING) if process.any() else lozi()
    rows = driven(f, 4000, process, measured)
    Q, R = noise_covariances([Stretch(f, IDENTITY, rows, np.zeros((4000, 0)))])
    # Standard errors of variances of 4000 rows are 2 to 5 percent.
    np.testing.assert_allclose(R, measured, rtol=0.2, atol=2e-3)
    np.testing.assert_allclose(Q, process, rtol=0.2, atol=3e-3)


def test_they_are_likelier_than_the_true_ones_and_each_step_makes_them_so(monkeypatch):
    rows, seen = driven(linear(TURNING), 1000, PROCESS, MEASURED), []
    stretch = Stretch(linear(TURNING), IDENTITY, rows, np.zeros((1000, 0)))
    pooled = _noise._pooled

    def watched(stretches, Q, R):
        sums = pooled(stretches, Q, R)
        seen.append(sums[0])
        return sums

    monkeypatch.setattr(_noise, "_pooled", watched)
    Q, R = noise_covariances([stretch])
    assert np.all(np.diff(seen[7:]) > 0)  # behind seven isotropic ones
    assert stretch.sums(Q, R)[0] >= stretch.sums(PROCESS, MEASURED)[0]
    # Nowhere near is there a likelier one.
    for shift in (np.diag([1e-3, 0]), np.diag([0, 1e-3]), np.array([[0, 1e-3], [1e-3, 0]])):
        for sign in (1, -1):
            assert stretch.sums(Q + sign * shift, R)[0] < stretch.sums(Q, R)[0] + 0.05
    for k in range(2):
        for sign in (1, -1):
            assert stretch.sums(Q, R + sign * 1e-3 * np.eye(2)[k])[0] < stretch.sums(Q, R)[0] + 0.05


def test_missing_values_and_several_stretches_count_as_they_are():
    rows = driven(linear(TURNING), 6000, PROCESS, MEASURED)
    rows[np.random.default_rng(1).random(rows.shape) < 0.3] = np.nan
    parts = [rows[:2000], rows[2000:4500], rows[4500:]]
    stretches = [Stretch(linear(TURNING), IDENTITY, p, np.zeros((len(p), 0))) for p in parts]
    Q, R = noise_covariances(stretches)
    np.testing.assert_allclose(Q, PROCESS, rtol=0.25, atol=4e-3)
    np.testing.assert_allclose(R, MEASURED, rtol=0.25, atol=4e-3)


def with_noise(f, rows):
    # With spare units no column is a copy of another one.
    model = ShallowPLRNNReconstructor(3, clipped=False, standardize=False, **SHORTEST)
    return with_noise_of(with_map(fitted(model, rows), f), rows)


def test_noisy_runs_have_the_covariance_of_the_driven_system():
    rows = driven(linear(TURNING), 5000, PROCESS, 1e-4 * np.ones(2))
    model = with_noise(linear(TURNING), rows)
    runs = model.simulate(rows[:40], 3000, noise=True, random_state=0)[:, 200:]
    wanted = solve_discrete_lyapunov(TURNING, model.process_noise_)
    np.testing.assert_allclose(np.cov(runs.reshape(-1, 2).T), wanted, rtol=0.06, atol=0.01)
    np.testing.assert_allclose(
        wanted, solve_discrete_lyapunov(TURNING, PROCESS), rtol=0.2, atol=0.1
    )
    quiet = model.simulate(rows[0], 3000)  # without noise the run comes to rest
    assert np.abs(quiet[-1]).max() < 1e-6


def test_a_seed_repeats_a_noisy_run_and_a_longer_one_begins_with_it():
    model = planted(lozi(), driven(lozi(), 500, 1e-6 * np.eye(2), MEASURED))
    model.process_noise_ = 1e-4 * np.eye(2)
    runs = [model.simulate([0.1, 0.2], n, noise=True, random_state=3) for n in (50, 50, 80)]
    np.testing.assert_array_equal(runs[0], runs[1])
    np.testing.assert_array_equal(runs[0], runs[2][:50])
    assert np.any(model.simulate([0.1, 0.2], 50, noise=True, random_state=4) != runs[0])
    with pytest.raises(TypeError, match="noise must be True or False; got 1"):
        model.simulate([0.1, 0.2], 5, noise=1)


def test_quantiles_of_a_driven_linear_map_are_the_analytic_ones():
    rows = driven(linear(TURNING), 5000, PROCESS, MEASURED)
    model = with_noise(linear(TURNING), rows)
    model.forecast_spread_ = np.ones(20)
    f, at = linear(TURNING), np.ones((1000, 2), dtype=bool)
    noise = model.observation_noise_**2, model.process_noise_
    z, P, _ = maps.filter(
        f.compiled(), np.eye(2), rows[-1000:], at, np.zeros((0, 0)), rows[-1000], *noise
    )
    found = model.forecast(rows, 10, quantiles=(0.05, 0.5, 0.95))
    for step in range(10):
        z, P = TURNING @ z, TURNING @ P @ TURNING.T + model.process_noise_
        scale = np.sqrt(np.diag(P) + model.observation_noise_**2)
        for quantile, values in zip((0.05, 0.5, 0.95), found, strict=True):
            wanted = norm.ppf(quantile, z, scale)
            # Of 400 draws: a standard error is a tenth of a deviation in the tails.
            np.testing.assert_allclose(values[step], wanted, atol=0.4 * scale.max())


@pytest.mark.parametrize("process", [0.0, 2e-4])
def test_nine_tenths_of_new_rows_lie_in_the_band_with_and_without_driving_noise(process):
    rows = driven(lozi(), 6000, process * np.eye(2), [1e-3, 3e-4])
    model = with_noise(lozi(), rows[:3000])
    ends = range(3100, 5980, 20)  # six rows ahead, before draws leave the basin
    low, high = model.forecast([rows[e - 100 : e] for e in ends], 6, quantiles=(0.05, 0.95))
    true = np.stack([rows[e : e + 6] for e in ends])
    inside = np.mean((low <= true) & (true <= high), axis=(0, 2))
    # 144 origins of two columns: a standard error is 0.02. A filter of an exact map without driving
    # noise is too sure of its state at times, which the spread makes up for.
    assert np.all(inside > 0.83) and 0.86 < inside.mean() < (0.96 if process else 0.995), inside


@pytest.mark.parametrize("seed", range(3))
def test_a_model_that_noise_keeps_alive_is_judged_with_its_noise(seed):
    rows = driven(linear(TURNING), 1500, PROCESS, 1e-3 * np.ones(2), seed)
    model = fitted(ShallowPLRNNReconstructor(random_state=seed), rows)
    assert model.driven_ and model.outcome_ in ("converged", "no better than linear")
    run = model.simulate(rows[0], 5000, noise=True, random_state=0)
    np.testing.assert_allclose(run.std(axis=0), rows.std(axis=0), rtol=0.25)
    assert model.choice_["driven"][-1]
    model.set_params(warm_start=True, max_iter=2, n_init=1)
    assert fitted(model, rows).driven_


def test_a_chaotic_system_is_judged_without():
    X = make_lorenz63(8000, noise_level=0.05, random_state=0)
    model = fitted(ShallowPLRNNReconstructor(stages="start", random_state=0), X)
    assert not model.driven_
    np.testing.assert_allclose(model.observation_noise_, 0.05 * X.std(axis=0), rtol=0.1)


def test_only_the_newest_of_delays_is_driven():
    x = driven(linear(TURNING), 900, PROCESS, np.zeros(2))[:, :1]
    Z = DelayEmbedding(4, lag=1, boundary="drop").fit_transform(x)
    model = fitted(ShallowPLRNNReconstructor(stages="start", random_state=0), Z)
    assert np.count_nonzero(model.process_noise_) == 1
    np.testing.assert_array_equal(model.observation_noise_, np.zeros(4))


def test_models_without_a_start_by_regression_have_noise_too():
    X = make_lorenz63(1000, noise_level=0.02, random_state=0)
    model = fitted(PLRNNReconstructor(5, max_iter=5, n_init=1, stages="train", random_state=0), X)
    assert model.process_noise_.shape == (5, 5) and model.forecast_spread_.shape == (20,)
    assert np.all(np.linalg.eigvalsh(model.process_noise_) > -1e-12)
    low, high = model.forecast(X, 5, quantiles=(0.1, 0.9))
    assert np.all(low < high)
