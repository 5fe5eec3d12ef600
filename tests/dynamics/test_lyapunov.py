"""Lyapunov exponents against analytic cases and an independent QR in NumPy."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from known_maps import bounded_map, chua, linear, map_jacobian, rotation, skew_tent
from planted import SHORTEST, fitted
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr.dynamics import lyapunov_spectrum
from sklearn_dsr.reconstruction import AlmostLinearRNNReconstructor, ShallowPLRNNReconstructor


def plain_spectrum(f, n_steps, n_transient, z=None, inputs=None):
    """Exponents by QR in NumPy along the map's own orbit, and the orbit (n, M).

    An orbit of its own would leave the map's by rounding, where it is chaotic.
    """
    M, n = len(f.h1), n_transient + n_steps
    z = np.zeros(M) if z is None else z
    given = None if inputs is None else inputs[None, : n - 1]
    orbit = np.concatenate([z[None], f.simulate(z[None], n - 1, given)[0]])
    Q, sums = np.eye(M), np.zeros(M)
    for t, z in enumerate(orbit):
        Q, R = np.linalg.qr(map_jacobian(f, z) @ Q)
        if t >= n_transient:
            sums += np.log(np.abs(np.diag(R)))
    return sums / n_steps, orbit


def test_a_linear_map_has_the_logarithms_of_its_eigenvalues():
    rng = np.random.default_rng(1)
    V = rng.normal(size=(3, 3))
    A = V @ np.diag([0.9, 0.5, 0.1]) @ np.linalg.inv(V)
    found = lyapunov_spectrum(linear(A), n_steps=2000, n_transient=500, dt=0.1)
    np.testing.assert_allclose(found, np.log([0.9, 0.5, 0.1]) / 0.1, rtol=1e-9)


def test_rotation_has_exponents_zero():
    found = lyapunov_spectrum(rotation(0.3), [1.0, 0.0], n_steps=1000)
    np.testing.assert_allclose(found, 0.0, atol=1e-10)


def test_skew_tent_map_has_its_analytic_exponent():
    # Its invariant density is uniform: exponent -a log a - (1 - a) log(1 - a).
    a = 0.37
    found = lyapunov_spectrum(skew_tent(a), [0.2345678], n_steps=400_000, n_transient=100)
    expected = -a * np.log(a) - (1 - a) * np.log(1 - a)
    np.testing.assert_allclose(found, [expected], rtol=3e-3)


@pytest.mark.parametrize("K", [0, 2], ids=["alone", "driven"])
@pytest.mark.parametrize("M", [2, 6])
def test_spectrum_equals_an_independent_qr(M, K):
    f = bounded_map(M, M, 12, K)
    inputs = np.random.default_rng(0).normal(size=(3000, K)) if K else None
    given = {"inputs": inputs, "n_steps": 2000, "n_transient": 1000}
    found = lyapunov_spectrum(f, **given)
    wanted, _ = plain_spectrum(f, 2000, 1000, inputs=inputs)
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    few = lyapunov_spectrum(f, **given, n_exponents=1)
    np.testing.assert_allclose(few, found[:1], atol=1e-6)


def test_inputs_beyond_the_run_are_not_looked_at_and_others_give_another_run():
    f, inputs = bounded_map(2, 2, 12, K=2), np.random.default_rng(0).normal(size=(600, 2))
    steps = {"n_steps": 500, "n_transient": 100}
    found = lyapunov_spectrum(f, inputs=inputs, **steps)
    more = np.r_[inputs, np.full((5, 2), np.nan)]
    np.testing.assert_array_equal(lyapunov_spectrum(f, inputs=more, **steps), found)
    assert not np.allclose(lyapunov_spectrum(f, inputs=inputs[::-1], **steps), found)


def test_exponents_of_a_flow_are_of_the_mean_jacobians_of_the_steps():
    # The mean by quadrature along each step; a kink within it counts as the share behind it.
    f, M = bounded_map(15, 3, 8), 3  # chaotic
    Z = np.concatenate([np.zeros((1, M)), f.simulate(np.zeros((1, M)), 350)[0]])
    ways = np.linspace(0.0, 1.0, 2001)[1::2, None]
    Q, sums = np.eye(M), np.zeros(M)
    for t in range(350):
        along = f.jacobian(Z[t] + ways * (Z[t + 1] - Z[t])).mean(axis=0)
        if t + 2 < len(Z):
            step, image = Z[t + 1] - Z[t], Z[t + 2] - Z[t + 1]
            np.testing.assert_allclose(along @ step, image, atol=0.02 * np.linalg.norm(step))
        Q, R = np.linalg.qr(along @ Q)
        if t >= 150:
            sums += np.log(np.abs(np.diag(R)))
    found = lyapunov_spectrum(f, flow=True, n_steps=200, n_transient=150)
    np.testing.assert_allclose(found, sums / 200, atol=5e-3)
    A = np.diag([0.9, 0.5])
    np.testing.assert_array_equal(
        lyapunov_spectrum(linear(A), flow=True), lyapunov_spectrum(linear(A))
    )


def test_a_flow_is_neutral_along_its_motion_and_its_map_nearly():
    f, dt = chua(0.001), 0.001
    given = {"n_steps": 1_000_000, "n_transient": 20_000, "dt": dt}
    flow = lyapunov_spectrum(f, [0.7, 0.0, 0.0], flow=True, **given)
    point = lyapunov_spectrum(f, [0.7, 0.0, 0.0], **given)
    # Over 1000 units of time it is the logarithm of the ratio of the last speed to the first, some
    # 3 or 4 at most, which is another one where rounding leads the orbit elsewhere.
    assert abs(flow[1]) < 0.006 and flow[0] > 0.2
    np.testing.assert_allclose(flow, point, rtol=0.05, atol=0.02)  # with short steps they agree


def test_the_sum_of_all_exponents_is_the_mean_log_volume_change():
    f = bounded_map(5, 3, 8)
    Z = np.concatenate([np.zeros((1, 3)), f.simulate(np.zeros((1, 3)), 1999)[0]])
    volumes = np.log(np.abs(np.linalg.det(f.jacobian(Z))))
    found = lyapunov_spectrum(f, n_steps=2000, n_transient=0)
    np.testing.assert_allclose(found.sum(), volumes.mean(), rtol=1e-9)


def test_an_annihilated_direction_has_exponent_minus_infinity():
    assert lyapunov_spectrum(linear(np.diag([0.5, 0.0])), n_steps=10)[1] == -np.inf


def test_a_diverging_run_is_an_error_with_advice():
    with pytest.raises(ValueError, match="diverged.*Give another x0"):
        lyapunov_spectrum(linear([[3.0]]), [1.0], n_steps=5000)


def test_numbers_out_of_range_are_named():
    for bad in ({"n_steps": 0}, {"n_transient": -1}, {"n_exponents": 3}, {"dt": 0.0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            lyapunov_spectrum(linear(np.eye(2)), **bad)


def test_a_fitted_estimator_gives_the_exponents_of_its_map_in_its_units_of_time():
    t = np.arange(400) * 0.2
    X = np.column_stack([3 + np.sin(t), 10 * np.cos(t)])
    model = fitted(ShallowPLRNNReconstructor(20, dt=0.2, random_state=0, **SHORTEST), X)
    canonical = model._system().canonical
    state = (X[0] - model.mean_) / model.scale_
    expected = lyapunov_spectrum(canonical, state, n_steps=3000) / 0.2
    np.testing.assert_allclose(lyapunov_spectrum(model, n_steps=3000), expected)
    np.testing.assert_allclose(lyapunov_spectrum(model, n_steps=3000, dt=1.0), expected * 0.2)
    with pytest.raises(ValueError, match="2 columns"):
        lyapunov_spectrum(model, [1.0, 2.0, 3.0])


def test_history_ends_at_the_exponents_and_keeps_the_unit_of_time():
    f = bounded_map(6, 6, 12)
    steps = {"n_steps": 3000, "n_transient": 100, "n_exponents": 3, "dt": 0.2}
    found = lyapunov_spectrum(f, return_history=True, **steps)
    np.testing.assert_array_equal(found.exponents, lyapunov_spectrum(f, **steps))
    np.testing.assert_array_equal(found.history[-1], found.exponents)
    np.testing.assert_allclose(found.time, 30.0 * np.arange(1, 21))
    assert found.history.shape == (20, 3) and found.standard_error.shape == (3,)
    shorter = lyapunov_spectrum(f, **steps | {"n_steps": 1500})
    np.testing.assert_allclose(found.history[9], shorter, rtol=1e-10)


def test_standard_error_is_that_of_independent_stretching_factors():
    # Along an orbit of the skew tent map the slopes are independent: 1 / a with probability a.
    a, n = 0.2, 20_000
    f, starts = skew_tent(a), np.random.default_rng(0).uniform(0.1, 0.9, 30)
    runs = [lyapunov_spectrum(f, [x], n_steps=n, return_history=True) for x in starts]
    wanted = np.sqrt(a * (1 - a) / n) * np.log((1 - a) / a)
    np.testing.assert_allclose(np.mean([r.standard_error for r in runs]), wanted, rtol=0.1)
    np.testing.assert_allclose(np.std([r.exponents for r in runs]), wanted, rtol=0.4)
    sharp = lyapunov_spectrum(linear(np.diag([0.5, 0.2])), return_history=True)
    np.testing.assert_allclose(sharp.standard_error, 0.0, atol=1e-12)


@pytest.mark.parametrize("n_steps", [2, 3, 19, 21, 47])
def test_short_runs_have_fewer_or_unequal_blocks(n_steps):
    f = bounded_map(5, 3, 8)
    found = lyapunov_spectrum(f, n_steps=n_steps, return_history=True)
    assert len(found.time) == min(n_steps, 20) and found.time[-1] == n_steps
    np.testing.assert_array_equal(found.exponents, lyapunov_spectrum(f, n_steps=n_steps))
    for end, exponents in zip(found.time, found.history, strict=True):
        np.testing.assert_allclose(exponents, lyapunov_spectrum(f, n_steps=int(end)), rtol=1e-10)
    assert np.all(np.isfinite(found.standard_error))


def test_history_of_an_annihilated_direction_holds_no_nan():
    found = lyapunov_spectrum(linear(np.diag([0.5, 0.0])), n_steps=40, return_history=True)
    np.testing.assert_array_equal(found.history[:, 1], -np.inf)
    np.testing.assert_allclose(found.standard_error, 0.0, atol=1e-12)


def test_history_needs_two_steps_and_a_bool():
    with pytest.raises(ValueError, match="n_steps must be an integer, at least 2"):
        lyapunov_spectrum(linear(np.eye(2)), n_steps=1, return_history=True)
    with pytest.raises(ValueError, match="return_history must be one of False, True"):
        lyapunov_spectrum(linear(np.eye(2)), return_history="yes")
    with pytest.raises(ValueError, match="flow"):
        lyapunov_spectrum(linear(np.eye(2)), flow="yes")


@pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
@pytest.mark.parametrize("hidden", [0, 2])
def test_inputs_of_an_estimator_are_in_the_units_of_its_data(hidden):
    rng = np.random.default_rng(0)
    s = 30.0 + 20.0 * rng.normal(size=600)
    X = np.column_stack([3 + np.sin(0.2 * np.arange(600)), np.r_[0, s[:-1]], s])
    model = ShallowPLRNNReconstructor(
        20, 2 + hidden, clipped=True, n_inputs=1, dt=0.2, random_state=0, **SHORTEST
    ).fit(X)
    model.C_ = rng.normal(size=model.C_.shape)
    # One direction shrinks far slower than the others: any first ones turn to it in the transient.
    model.A_ = np.diag([0.9] + [0.3] * (1 + hidden))
    model.W1_ *= 0.1
    f = model._system().canonical
    for start, given in ((X[0], ()), (X[7], (X[7],)), (X[7], (X[7, :2],))):
        z = (start[:2] - model.mean_[:2]) / model.scale_[:2]
        if hidden:
            z = np.r_[z, model.L0_ @ z]
        scaled = (X[:, 2:] - model.mean_[2]) / model.scale_[2]
        wanted, _ = plain_spectrum(f, 400, 100, z, scaled)
        sizes = {"n_steps": 400, "n_transient": 100, "n_exponents": 1}
        found = lyapunov_spectrum(model, *given, inputs=X[:, 2:], **sizes)
        np.testing.assert_allclose(found, wanted[:1] / 0.2, atol=1e-6)
    # Behind a pipeline they are in the units that the model itself was fitted in.
    scaler = StandardScaler().fit(X)
    model.fit(scaler.transform(X))
    inputs = scaler.transform(X)[:, 2:]
    pipeline = make_pipeline(scaler, model)
    np.testing.assert_array_equal(
        lyapunov_spectrum(pipeline, inputs=inputs, n_steps=300, n_transient=100),
        lyapunov_spectrum(model, inputs=inputs, n_steps=300, n_transient=100),
    )


def test_a_driven_linear_system_keeps_its_exponents():
    # An input moves the run, but not the Jacobian of a linear map.
    f = replace(linear(np.diag([0.5, 0.25])), C=np.ones((2, 1)))
    inputs = np.random.default_rng(0).normal(size=(200, 1))
    found = lyapunov_spectrum(f, inputs=inputs, n_steps=100, n_transient=100)
    np.testing.assert_allclose(found, np.log([0.5, 0.25]))


def test_all_units_have_an_exponent_hidden_ones_too():
    t = np.arange(400) * 0.2
    X = np.column_stack([np.sin(t), np.cos(t)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = AlmostLinearRNNReconstructor(5, max_iter=5, n_init=1, random_state=0).fit(X)
    f = model._system().canonical
    x = (X[0] - model.mean_) / model.scale_
    z = np.r_[x, model.L0_ @ x]
    wanted, _ = plain_spectrum(f, 300, 200, z)
    found = lyapunov_spectrum(model, n_steps=300, n_transient=200)
    assert found.shape == (5,)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (None, r"has 2 external inputs, and inputs=None.*shape \(15, 2\)"),
        (np.zeros((14, 2)), r"shape \(14, 2\), and 15 rows or more"),
        (np.zeros((15, 3)), r"shape \(15, 3\).*of 2 columns are needed"),
        (np.full((15, 2), np.nan), "NaN or infinity.*Give finite"),
    ],
)
def test_inputs_of_a_map_are_checked(given, match):
    f = replace(linear(np.eye(2)), C=np.ones((2, 2)))
    with pytest.raises(ValueError, match=match):
        lyapunov_spectrum(f, inputs=given, n_steps=10, n_transient=5)
    with pytest.raises(ValueError, match="without external inputs. Leave them out"):
        lyapunov_spectrum(linear(np.eye(2)), inputs=np.zeros((15, 2)), n_steps=10, n_transient=5)
