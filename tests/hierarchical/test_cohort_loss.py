"""The loss of a cohort: finite differences, and the plain engine on each subject's own arrays."""

from dataclasses import replace

import numpy as np
import pytest
from engines import CompiledEngine
from models import next_state

from sklearn_dsr._maps._parametrizations import ShallowPLRNN
from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr._training._problem import Penalties, Problem
from sklearn_dsr.hierarchical._engine import CohortLoss
from sklearn_dsr.hierarchical._family import Family

N_ROWS, T, ALPHA = 40, 6, 0.3
PENALTIES = {"latent": 0.03, "l1": 0.02, "l2": 0.05}
# Windows of each subject: one, none, and more and fewer than a vector register has lanes.
COUNTS = (3, 0, 1, 19)


def problem_of(M=3, L=5, K=1, noise=0.0, dtype=np.float64, **penalties):
    """Rows of subjects, one after the other, with inputs."""
    rows = np.random.default_rng(0).standard_normal((len(COUNTS) * N_ROWS, M + K)).astype(dtype)
    form = ShallowPLRNN(M, L, clipped=False, linear="dense")
    return Problem(rows, form, False, T, 1, Penalties(**penalties), dtype, K, noise=noise)


def family_of(problem, n_features, seed=1):
    rng, (M, _, K) = np.random.default_rng(seed), problem.sizes
    L = problem.parametrization.hidden_dim
    weights = 0.4 / np.sqrt(M) * rng.standard_normal((1 + n_features, M + L + K + 1, M))
    return Family(weights, rng.standard_normal((L, M)), rng.standard_normal(L))


def features_of(n_features, seed=4):
    return np.random.default_rng(seed).standard_normal((len(COUNTS), n_features))


def windows_of(counts=COUNTS, seed=2):
    """So many first rows of windows of each subject."""
    rng = np.random.default_rng(seed)
    return [j * N_ROWS + rng.integers(N_ROWS - T, size=n) for j, n in enumerate(counts)]


def shift_of(problem, seed=3):
    shape = len(problem.rows), problem.sizes[1]
    return 0.3 * np.random.default_rng(seed).standard_normal(shape) if problem.noise else None


def plain_error(problem, arrays, starts, alpha, shift):
    """Mean squared error of windows by the equation of the model, step by step."""
    N, total = problem.sizes[1], 0.0
    forcing = problem.rows[:, :N] + (0.0 if shift is None else shift)
    for start in starts:
        z = forcing[start]
        for t in range(start + 1, start + T + 1):
            z = next_state(problem.parametrization, arrays, z, problem.rows[t - 1, N:])
            total += np.mean((z - problem.rows[t, :N]) ** 2)
            z = z + alpha * (forcing[t] - z)
    return total / (T * max(len(starts), 1))


def penalty(problem, family, features, p):
    """Penalties on the arrays of each feature and on learned features; kinks count once."""
    w, M = problem.penalties, family.latent_dim
    matrices = np.concatenate([family.weights[:, M:-1].ravel(), family.W2.ravel()])  # W1, C, W2
    total = w.l1 * np.sum(np.abs(matrices)) + w.l2 * np.sum(matrices**2)
    for part in (family.weights, family.W2, family.h2, features[:, p:]):
        total += w.latent * np.sum(part**2)
    return total


def loss_of(problem, family, features, p=0, windows=None):
    return CohortLoss(problem, family, features, p, windows or windows_of())


def differences(function, theta, h=1e-6):
    """Central differences of a function at theta."""
    slopes = []
    for i in range(len(theta)):
        up, down = theta.copy(), theta.copy()
        up[i] += h
        down[i] -= h
        slopes.append((function(up)[0] - function(down)[0]) / (2 * h))
    return np.array(slopes)


@pytest.mark.parametrize("noise", [0.0, 1.0])
@pytest.mark.parametrize(("M", "L", "K"), [(1, 4, 0), (3, 5, 1), (8, 6, 2)])
@pytest.mark.parametrize(("p", "k"), [(0, 0), (0, 2), (1, 0), (1, 1)])
def test_the_loss_is_the_mean_over_windows_of_each_subjects_own_error(p, k, M, L, K, noise):
    problem = problem_of(M, L, K, noise, **PENALTIES)
    family, features = family_of(problem, p + k), features_of(p + k)
    loss, shift = loss_of(problem, family, features, p), shift_of(problem)
    own = [
        plain_error(problem, family.arrays(f), starts, ALPHA, shift)
        for f, starts in zip(features, windows_of(), strict=True)
    ]
    expected = np.average(own, weights=COUNTS) + penalty(problem, family, features, p)
    found, _ = loss.loss_gradient(loss.theta, ALPHA, shift)
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("noise", [0.0, 1.0])
@pytest.mark.parametrize(("M", "L", "K"), [(3, 5, 1), (8, 4, 0)])
@pytest.mark.parametrize(("p", "k"), [(0, 2), (1, 1), (2, 0)])
def test_the_gradient_is_that_of_finite_differences_where_numbers_are_free(p, k, M, L, K, noise):
    problem = problem_of(M, L, K, noise, **PENALTIES)
    family, features = family_of(problem, p + k), features_of(p + k)
    loss, shift = loss_of(problem, family, features, p), shift_of(problem)
    theta = loss.theta
    _, gradient = loss.loss_gradient(theta, ALPHA, shift)
    wanted = differences(lambda x: loss.loss_gradient(x, ALPHA, shift), theta)
    shared = loss._layout.pack(problem.masks(), bool)
    selected = loss._layout.pack(problem.masks() | {"W2": 0 * family.W2, "h2": 0 * family.h2}, bool)
    learned = np.broadcast_to(np.arange(p + k) >= p, features.shape).ravel()
    free = np.concatenate([shared, *[selected] * (p + k), learned])  # kinks are in the first alone
    np.testing.assert_allclose(gradient[free], wanted[free], rtol=1e-6, atol=1e-7)
    assert np.all(gradient[~free] == 0)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_windows", [1, 8, 17])
def test_one_subject_without_features_has_loss_and_gradient_of_the_plain_engine(n_windows, dtype):
    problem = replace(problem_of(dtype=dtype, **PENALTIES), batch_size=n_windows)
    family, starts = family_of(problem, 0), windows_of((n_windows,))
    loss = CohortLoss(problem, family, np.empty((1, 0)), 0, starts)
    engine = CompiledEngine(problem, family.arrays(np.empty(0)), Forcing(alpha=ALPHA))
    expected, slopes = engine.loss_gradient(starts[0], ALPHA)
    found, gradient = loss.loss_gradient(loss.theta, ALPHA)
    assert found == pytest.approx(expected, rel=1e-6 if dtype == np.float32 else 1e-13)
    for name, slope in loss._layout.unpack(gradient).items():
        np.testing.assert_allclose(slope, slopes[name], rtol=1e-5, atol=1e-6)


def test_the_gradient_by_weights_adds_up_the_plain_gradients_of_subjects():
    problem, p, k = problem_of(), 1, 2
    family, features = family_of(problem, p + k), features_of(p + k)
    loss = loss_of(problem, family, features, p)
    _, gradient = loss.loss_gradient(loss.theta, ALPHA)
    blocks = gradient[: -features.size].reshape(1 + p + k, -1)
    shares = np.array(COUNTS) / sum(COUNTS)
    total = [dict.fromkeys(("A", "W1", "h1", "C"), 0.0) for _ in blocks]
    for f, share, starts in zip(features, shares, windows_of(), strict=True):
        if not len(starts):
            continue
        alone = replace(problem, batch_size=len(starts))
        engine = CompiledEngine(alone, family.arrays(f), Forcing(alpha=ALPHA))
        _, slopes = engine.loss_gradient(starts, ALPHA)
        for selected, factor in zip(total, [1.0, *f], strict=True):
            for name in selected:
                selected[name] = selected[name] + share * factor * slopes[name]
    for block, selected in zip(blocks, total, strict=True):
        found = loss._layout.unpack(block)
        for name, value in selected.items():
            np.testing.assert_allclose(found[name], value, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("K", [0, 2])
@pytest.mark.parametrize("n_features", [0, 1, 3])
def test_family_and_features_come_back_as_they_were(n_features, K):
    problem = problem_of(K=K)
    family, features = family_of(problem, n_features), features_of(n_features)
    loss = loss_of(problem, family, features)
    np.testing.assert_array_equal(loss.features, features)
    for name in ("weights", "W2", "h2"):
        np.testing.assert_allclose(getattr(loss.family, name), getattr(family, name), atol=1e-15)
    loss.theta = 2.0 * loss.theta
    np.testing.assert_array_equal(loss.features, 2.0 * features)
    np.testing.assert_array_equal(loss.family.W2, 2.0 * family.W2)
