"""Lyapunov exponents against analytic cases and an independent QR in NumPy."""

import numpy as np
import pytest

from sklearn_dsr._maps._canonical import CanonicalMap
from sklearn_dsr._maps._parametrizations import ClippedShallowPLRNN, Weights
from sklearn_dsr.dynamics import lyapunov_spectrum
from sklearn_dsr.reconstruction import ShallowPLRNNReconstructor


def linear(A):
    M = len(A)
    return CanonicalMap(
        np.asarray(A, float), np.zeros((M, 1)), np.zeros((1, M)), np.zeros(M), np.zeros(1)
    )


def skew_tent(a):
    """x / a up to a, (1 - x) / (1 - a) from there to 1."""
    return CanonicalMap(
        np.array([[1 / a]]),
        np.array([[-1 / a - 1 / (1 - a)]]),
        np.array([[1.0]]),
        np.zeros(1),
        np.array([-a]),
    )


def random_map(rng, M, L):
    """Bounded because clipped."""
    model = ClippedShallowPLRNN(M, hidden_dim=L)
    return model.canonical(
        Weights(
            rng.uniform(0.3, 0.8, M),
            rng.normal(size=(M, L)),
            rng.normal(size=(L, M)),
            rng.normal(size=M),
            2 * rng.normal(size=L),
        )
    )


def test_linear_map_has_the_logarithms_of_its_singular_invariants():
    rng = np.random.default_rng(1)
    V = rng.normal(size=(3, 3))
    A = V @ np.diag([0.9, 0.5, 0.1]) @ np.linalg.inv(V)
    found = lyapunov_spectrum(linear(A), n_steps=2000, n_transient=500, dt=0.1)
    np.testing.assert_allclose(found, np.log([0.9, 0.5, 0.1]) / 0.1, rtol=1e-9)


def test_rotation_has_exponents_zero():
    c, s = np.cos(0.3), np.sin(0.3)
    found = lyapunov_spectrum(linear([[c, -s], [s, c]]), [1.0, 0.0], n_steps=1000)
    np.testing.assert_allclose(found, 0.0, atol=1e-10)


def test_skew_tent_map_has_its_analytic_exponent():
    # Its invariant density is uniform: exponent -a log a - (1 - a) log(1 - a).
    a = 0.37
    found = lyapunov_spectrum(skew_tent(a), [0.2345678], n_steps=400_000, n_transient=100)
    expected = -a * np.log(a) - (1 - a) * np.log(1 - a)
    np.testing.assert_allclose(found, [expected], rtol=3e-3)


@pytest.mark.parametrize("M", [2, 6])
def test_spectrum_equals_an_independent_qr(M):
    f = random_map(np.random.default_rng(M), M, 12)
    z, Q, sums = np.zeros(M), np.eye(M), np.zeros(M)
    for t in range(3000):
        D = (f.W2 @ z + f.h2 > 0)[:, None]
        Q, R = np.linalg.qr((f.A + f.W1 @ (D * f.W2)) @ Q)
        if t >= 1000:
            sums += np.log(np.abs(np.diag(R)))
        z = f.A @ z + f.W1 @ np.maximum(f.W2 @ z + f.h2, 0) + f.h1
    found = lyapunov_spectrum(f, n_steps=2000, n_transient=1000)
    np.testing.assert_allclose(found, sums / 2000, atol=2e-3)
    few = lyapunov_spectrum(f, n_steps=2000, n_transient=1000, n_exponents=1)
    np.testing.assert_allclose(few, found[:1], atol=2e-3)


def test_the_sum_of_all_exponents_is_the_mean_log_volume_change():
    f = random_map(np.random.default_rng(5), 3, 8)
    Z = np.concatenate([np.zeros((1, 3)), f.simulate(np.zeros((1, 3)), 1999)[0]])
    volumes = np.log(np.abs(np.linalg.det(f.jacobian(Z))))
    found = lyapunov_spectrum(f, n_steps=2000, n_transient=0)
    np.testing.assert_allclose(found.sum(), volumes.mean(), rtol=1e-9)


def test_an_annihilated_direction_has_exponent_minus_infinity():
    assert lyapunov_spectrum(linear(np.diag([0.5, 0.0])), n_steps=10)[1] == -np.inf


def test_a_diverging_run_is_an_error_with_advice():
    with pytest.raises(ValueError, match="diverged.*Give another x0"):
        lyapunov_spectrum(linear([[3.0]]), [1.0], n_steps=5000)


def test_wrong_numbers_are_named():
    for bad in ({"n_steps": 0}, {"n_transient": -1}, {"n_exponents": 3}, {"dt": 0.0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            lyapunov_spectrum(linear(np.eye(2)), **bad)


def test_a_fitted_estimator_gives_the_exponents_of_its_map_in_its_units_of_time():
    t = np.arange(400) * 0.2
    X = np.column_stack([3 + np.sin(t), 10 * np.cos(t)])
    model = ShallowPLRNNReconstructor(20, max_iter=30, n_init=1, random_state=0, dt=0.2).fit(X)
    canonical = model._model()[0]
    state = (X[0] - model.mean_) / model.scale_
    expected = lyapunov_spectrum(canonical, state, n_steps=3000) / 0.2
    np.testing.assert_allclose(lyapunov_spectrum(model, n_steps=3000), expected)
    np.testing.assert_allclose(lyapunov_spectrum(model, n_steps=3000, dt=1.0), expected * 0.2)
    with pytest.raises(ValueError, match="2 columns"):
        lyapunov_spectrum(model, [1.0, 2.0, 3.0])
