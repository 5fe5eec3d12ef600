"""Adaptive alpha: growth rates by brute force from explicit Jacobians, and how alpha follows."""

from dataclasses import replace

import numpy as np
import pytest
from engines import CompiledEngine, both_engines
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as array_strategy
from models import FAMILY
from scipy.linalg import block_diag

from sklearn_dsr._core.training import spectral_norm
from sklearn_dsr._training._forcing import MEANS, Forcing, adapt, n_time_points

each_model = pytest.mark.parametrize("model", FAMILY)


def norm(J):
    return np.linalg.norm(J, 2)


def weight_bound(p):
    """Bound of the Jacobian's norm by the triangle inequality: no slope of phi is steeper."""
    if "W1" in p:
        return norm(p["A"]) + norm(p["W1"]) * norm(p["W2"])
    steepest = np.abs(p["alphas"]).sum() if "alphas" in p else 1.0
    return norm(p["A"]) + norm(p["W"]) * steepest


def brute_force(mean, problem, arrays, signal, n_points):
    """Kappa of the windows `signal` (T + 1, S, M), by the definitions."""
    if mean == "jacobian_upper_bound":
        return weight_bound(arrays)
    canonical, _ = problem.maps(arrays)
    T, means = len(signal) - 1, []
    for s in range(signal.shape[1]):
        J = canonical.jacobian(np.stack([signal[k * T // n_points, s] for k in range(n_points)]))
        norms = np.array([norm(j) for j in J])
        # A unit that is off has entries of 0, up to the rounding of bases that cancel.
        logs = np.log(np.where(np.abs(J) < 1e-12, 0, np.abs(J)) + 1e-30)
        means.append(
            {
                "product_upper_bound": lambda n=norms: np.exp(np.mean(np.log(n))),
                "arithmetic_mean": lambda J=J: norm(J.mean(axis=0)),
                "explog_approx": lambda logs=logs: norm(np.exp(logs.mean(axis=0))),
                "batch_maximum": lambda n=norms: n.max(),
            }[mean]()
        )
    return max(means)


def compiled(mean, problem, arrays, starts):
    """Kappa of the windows that begin at `starts`, by the core."""
    problem = replace(problem, batch_size=len(starts))
    return CompiledEngine(problem, arrays, Forcing(mean=mean)).growth_rate(starts)


@pytest.mark.parametrize("mean", MEANS[1:])
@each_model
@pytest.mark.parametrize("M", [3, 8, 9])
def test_growth_rate_is_the_largest_mean_over_the_windows(build_problem, mean, model, M):
    problem, arrays = build_problem(model, N=M, M=M, L=60 if "shallow" in model else 6, n_steps=23)
    for name in ("W", "W1"):  # make the switched part count
        if name in arrays:
            arrays[name] *= 3
    starts = np.array([0, 7, 20, 31, 33])
    signal = problem.rows[starts[None, :] + np.arange(24)[:, None]]
    n_points, each = n_time_points(M, 23), []
    for n_windows in range(1, 6):
        kappa = compiled(mean, problem, arrays, starts[:n_windows])
        expected = brute_force(mean, problem, arrays, signal[:, :n_windows], n_points)
        assert kappa == pytest.approx(expected, rel=1e-3)
        if mean != "explog_approx":  # logarithms of nearly nothing are rounding
            assert kappa <= expected * (1 + 1e-7)
        each.append(kappa)
    assert np.all(np.diff(each) >= 0)


@each_model
@given(seed=st.integers(0, 2**32 - 1), M=st.integers(1, 9), L=st.sampled_from([1, 5, 20]))
def test_weights_bound_the_jacobian_at_any_point(build_problem, model, seed, M, L):
    problem, arrays = build_problem(model, N=M, M=M, L=L, seed=seed)
    Z = np.random.default_rng(seed).standard_normal((30, M)) * np.logspace(-1, 2, 30)[:, None]
    bound = compiled("jacobian_upper_bound", problem, arrays, np.array([0]))
    canonical, _ = problem.maps(arrays)
    assert max(norm(J) for J in canonical.jacobian(Z)) <= bound * (1 + 1e-9)
    assert bound == pytest.approx(weight_bound(arrays), rel=1e-6)


ENGINE_CASES = {
    "few units": {"model": "clipped shallow", "L": 60},
    "layer, affine": {"model": "clipped shallow", "L": 60, "affine": True, "N": 5},
    "hidden units": {"model": "clipped dendritic", "N": 2},
    "units, affine": {"model": "vanilla", "affine": True, "N": 5},
}


@both_engines
@pytest.mark.parametrize("mean", MEANS[1:])
@pytest.mark.parametrize("case", ENGINE_CASES)
def test_engines_force_by_the_growth_rate_of_their_own_batch(
    build_problem, draw_starts, engine, mean, case
):
    problem, arrays = build_problem(**ENGINE_CASES[case], n_steps=23)
    for name in ("W", "W1"):
        if name in arrays:
            arrays[name] *= 4
    arrays["A"] += 1.5 * np.eye(len(arrays["A"]))
    starts = draw_starts(problem, 1)
    _, observation = problem.maps(arrays)
    signal = observation.infer(problem.rows[starts[0][None, :] + np.arange(24)[:, None]])
    kappa = brute_force(mean, problem, arrays, signal, 20)
    assert kappa > 1.1
    forcing = Forcing(1.0, mean, 0.8, gamma=0.0)  # no memory: alpha is what kappa asks for
    _, alphas = engine(problem, arrays, forcing).run(starts, np.array([1e-3]))
    assert alphas[0] == pytest.approx(0.8 * (1 - 1 / kappa), rel=1e-3)


def test_time_points_are_few_and_fit_into_the_window():
    assert n_time_points(3, 100) == n_time_points(7, 100) == 20
    assert n_time_points(8, 100) == n_time_points(50, 100) == 10
    assert n_time_points(3, 4) == n_time_points(30, 4) == 4


@given(st.floats(0, 1), st.floats(1e-3, 1e6), st.floats(0, 1))
def test_alpha_jumps_up_at_once_and_decays_with_its_memory(alpha, kappa, gamma):
    wanted = max(0.0, 1 - 1 / kappa)
    new = adapt(alpha, kappa, gamma)
    if wanted > alpha:
        assert new == wanted
    else:
        assert new == pytest.approx(gamma * alpha + (1 - gamma) * wanted, abs=1e-12)
        assert wanted - 1e-12 <= new <= alpha + 1e-12
    assert 0 <= new <= 1


@pytest.mark.parametrize("kappa", [0.0, 0.5, 1.0, np.nan])
def test_alpha_only_decays_if_nothing_grows(kappa):
    assert adapt(0.5, kappa, 0.9) == pytest.approx(0.45)


@both_engines
def test_alpha_moves_when_it_is_adapted_and_only_then(build_problem, draw_starts, adaptive, engine):
    problem, arrays = build_problem()
    forcing = adaptive("product_upper_bound", every=4)
    trained = engine(problem, arrays, forcing)
    starts, rates = draw_starts(problem, 12), np.full(12, 1e-3)
    # Two calls: the count of updates goes on from one to the next.
    alphas = np.concatenate(
        [trained.run(starts[:6], rates[:6])[1], trained.run(starts[6:], rates[6:])[1]]
    )
    moved = np.flatnonzero(np.diff(alphas)) + 1
    np.testing.assert_array_equal(moved, [4, 8])
    assert alphas[0] < 1 * forcing.scale  # the first update adapts, too


@both_engines
def test_constant_alpha_stays(build_problem, draw_starts, engine):
    problem, arrays = build_problem()
    _, alphas = engine(problem, arrays, Forcing(alpha=0.25)).run(
        draw_starts(problem, 7), np.full(7, 1e-3)
    )
    np.testing.assert_array_equal(alphas, 0.25)


def estimate(J):
    return spectral_norm(np.ascontiguousarray(J, dtype=np.float64))


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12), st.integers(-30, 30))
def test_spectral_norm_of_random_matrices_is_the_largest_singular_value(seed, n, M, exponent):
    J = np.random.default_rng(seed).standard_normal((n, M)) * 10.0**exponent
    assert norm(J) * (1 - 1e-3) <= estimate(J) <= norm(J) * (1 + 1e-7)


@given(array_strategy(float, (3, 3), elements=st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0])))
def test_spectral_norm_is_never_too_large(J):
    assert estimate(J) <= norm(J) * (1 + 1e-7) + 1e-300


@st.composite
def uncoupled(draw):
    """Block-diagonal matrix of up to four blocks, its units in any order."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    J = block_diag(*[rng.standard_normal((size, size)) for size in sizes])
    order = rng.permutation(len(J))
    return J[order][:, order]


@given(uncoupled())
@example(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.5]]))
def test_spectral_norm_of_uncoupled_units_is_the_largest_singular_value(J):
    assert norm(J) * (1 - 1e-3) <= estimate(J) <= norm(J) * (1 + 1e-7)


def test_spectral_norm_of_zero_is_zero():
    assert estimate(np.zeros((3, 3))) == 0


def test_spectral_norm_of_a_nearly_orthogonal_matrix():
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((8, 8)))[0]
    assert estimate(Q * (1 + 1e-4 * np.arange(8))) == pytest.approx(1, rel=1e-3)
