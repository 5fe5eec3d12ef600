"""The two regressions of a cohort: planted families, NumPy's least squares, delay vectors."""

import numpy as np
import pytest

from sklearn_dsr._recipe import Budget
from sklearn_dsr._training._regression import Steps
from sklearn_dsr.hierarchical import _regression
from sklearn_dsr.hierarchical._family import Family
from sklearn_dsr.hierarchical._regression import (
    Moments,
    alternate,
    learned_features,
    moments_of,
    whitened,
)

J, N, M, L = 20, 200, 3, 8
SEEDS = range(3)


def planted(seed, n_features, K=0):
    """A family with random kinks amid the rows, random features, and exact steps of subjects."""
    rng = np.random.default_rng(seed)
    weights = 0.4 / np.sqrt(M) * rng.standard_normal((1 + n_features, M + L + K + 1, M))
    W2, inside = rng.standard_normal((L, M)), 0.5 * rng.standard_normal((L, M))
    family = Family(weights, W2, -np.sum(W2 * inside, axis=1))
    features, steps = rng.standard_normal((J, n_features)), []
    for own in features:
        z, inputs = rng.standard_normal((N, M)), rng.standard_normal((N, K))
        canonical, _ = family.maps(own)
        after = canonical.step(z) + (inputs @ canonical.C.T if K else 0.0)
        steps.append(Steps(z, after, inputs))
    return family, features, steps


def moments(family, steps):
    G, B = map(np.stack, zip(*(moments_of(s, family.W2, family.h2) for s in steps), strict=True))
    return Moments(G, B, family.W2, family.h2, 1.0, {})


def regressors(family, steps):
    units = np.maximum(steps.z @ family.W2.T + family.h2, 0.0)
    return np.hstack([steps.z, units, steps.inputs, np.ones((len(steps.z), 1))])


def stacked(family, features, steps):
    """Regressors and targets of all weights at once."""
    rows = [
        np.hstack([factor * regressors(family, s) for factor in [1.0, *f]])
        for f, s in zip(features, steps, strict=True)
    ]
    return np.concatenate(rows), np.concatenate([s.after - s.z for s in steps])


@pytest.mark.parametrize("K", [0, 2])
@pytest.mark.parametrize("p", [0, 1])
@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_planted_family_is_recovered(monkeypatch, seed, k, p, K):
    monkeypatch.setattr(_regression, "BUDGET", Budget(settled=1e-9))  # turns go on
    family, features, steps = planted(seed, p + k, K)
    known, own = features[:, :p], features[:, p:]
    given = moments(family, steps)
    weights, learned = alternate(given, known, k, (0.0, 0.0), 200)
    for s, a, b in zip(steps, known, learned, strict=True):
        maps = given.family(weights).maps(np.concatenate([a, b]))[0]
        after = maps.step(s.z) + (s.inputs @ maps.C.T if K else 0.0)
        np.testing.assert_allclose(after, s.after, atol=1e-6)
    # Learned features tell what is not known: up to an affine function of all features.
    basis = np.column_stack([np.ones(J), known, learned])
    rest = own - basis @ np.linalg.lstsq(basis, own, rcond=None)[0]
    np.testing.assert_allclose(rest, 0.0, atol=1e-6)
    np.testing.assert_allclose(learned.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(learned.T @ learned / J, np.eye(k), atol=1e-12)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_first_feature_changes_the_steps_most(seed, k):
    family, features, steps = planted(seed, k)
    given = moments(family, steps)
    weights, learned = alternate(given, features[:, :0], k, (1e-6, 1e-6), 5)
    rows = np.concatenate([regressors(family, s) for s in steps])
    changes = [np.sum((rows @ w) ** 2) for w in weights[1:]]
    assert changes == sorted(changes, reverse=True)
    # Later the order and the signs stay.
    again, same = alternate(given, features[:, :0], -learned[:, ::-1], (1e-6, 1e-6), 0)
    np.testing.assert_allclose(same, -learned[:, ::-1], atol=1e-9)
    np.testing.assert_allclose(again[1:], -weights[:0:-1], atol=1e-9)


@pytest.mark.parametrize("n_features", [0, 1, 2])
@pytest.mark.parametrize("penalties", [(0.0, 0.0), (3.0, 0.5)])
def test_weights_are_the_least_squares_of_all_subjects_together(n_features, penalties):
    family, features, steps = planted(0, n_features, K=1)
    rng = np.random.default_rng(1)  # noise, so that weights are no longer exact
    steps = [Steps(s.z, s.after + 0.3 * rng.standard_normal(s.z.shape), s.inputs) for s in steps]
    X, Y = stacked(family, features, steps)
    # Squared weights as rows of their own: A and C, W1, and no penalty on h1_0.
    own = np.concatenate([np.full(M, penalties[0]), np.full(L, penalties[1]), [penalties[0]] * 2])
    own = np.tile(own, 1 + n_features)
    own[M + L + 1] = 0.0
    X = np.vstack([X, np.diag(np.sqrt(own))])
    Y = np.vstack([Y, np.zeros((len(own), M))])
    expected = np.linalg.lstsq(X, Y, rcond=None)[0].reshape(family.weights.shape)
    found = moments(family, steps).weights(features, penalties)
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize(("p", "k"), [(0, 1), (0, 2), (1, 1), (2, 3)])
def test_learned_features_are_the_least_squares_of_each_subject(p, k):
    family, features, steps = planted(0, p + k)
    rng, known = np.random.default_rng(1), features[:, :p]
    steps = [Steps(s.z, s.after + rng.standard_normal(s.z.shape), s.inputs) for s in steps]
    given = moments(family, steps)
    found = learned_features(family.weights, known, given.G, given.B)
    for f, s, a in zip(found, steps, known, strict=True):
        predicted = np.stack([(regressors(family, s) @ w).ravel() for w in family.weights])
        rest = (s.after - s.z).ravel() - np.concatenate([[1.0], a]) @ predicted[: 1 + p]
        expected = np.linalg.lstsq(predicted[1 + p :].T, rest, rcond=None)[0]
        np.testing.assert_allclose(f, expected, atol=1e-8)


def test_a_subject_without_steps_and_a_selection_of_nothing_have_the_feature_0():
    family, features, steps = planted(0, 1)
    steps[3] = Steps(*(np.empty((0, n)) for n in (M, M, 0)))
    given = moments(family, steps)
    found = learned_features(family.weights, features[:, :0], given.G, given.B)
    assert found[3] == 0.0 and np.count_nonzero(found) == J - 1
    nothing = family.weights * np.array([1.0, 0.0])[:, None, None]
    assert not learned_features(nothing, features[:, :0], given.G, given.B).any()


@pytest.mark.parametrize("k", [1, 2, 4])
def test_whitened_features_have_mean_0_and_covariance_1(k):
    rng = np.random.default_rng(0)
    features = rng.standard_normal((30, k)) @ rng.standard_normal((k, k)) + 5.0
    white = whitened(features)
    np.testing.assert_allclose(white.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(white.T @ white / 30, np.eye(k), atol=1e-12)
    # Turned as little as possible: the product with the centred ones is symmetric and positive.
    product = white.T @ (features - features.mean(axis=0))
    np.testing.assert_allclose(product, product.T, atol=1e-9)
    assert np.linalg.eigvalsh(product).min() > 0
    np.testing.assert_allclose(whitened(white), white, atol=1e-12)


def test_directions_in_which_subjects_do_not_differ_are_0_when_whitened():
    one = np.random.default_rng(0).standard_normal((30, 1))
    np.testing.assert_array_equal(whitened(np.full((5, 2), 3.0)), 0.0)
    white = whitened(one @ [[1.0, 2.0]])
    np.testing.assert_allclose(np.linalg.eigvalsh(white.T @ white / 30), [0.0, 1.0], atol=1e-12)
    assert whitened(np.empty((4, 0))).shape == (4, 0)


def test_fewer_subjects_than_features_leave_the_last_ones_0():
    family, features, steps = planted(0, 1)
    given = moments(family, steps[:2])
    weights, learned = alternate(given, features[:2, :0], 4, (1e-6, 1e-6), 3)
    assert weights.shape == (5, M + L + 1, M) and learned.shape == (2, 4)
    np.testing.assert_allclose(np.abs(learned[:, 0]), 1.0)
    np.testing.assert_allclose(learned[:, 1:], 0.0, atol=1e-6)
    assert np.isfinite(weights).all()


def test_columns_that_are_delays_are_copied_exactly():
    rng, steps = np.random.default_rng(0), []
    for _ in range(5):
        series = np.cumsum(rng.standard_normal(80))
        rows = np.column_stack([series[2:], series[1:-1], series[:-2]])
        steps.append(Steps(rows[:-1], rows[1:], np.empty((len(rows) - 1, 0))))
    given = Moments.of(steps, L, rng)
    assert given.copies.keys() == {1, 2}
    weights, learned = alternate(given, np.empty((5, 0)), 1, (1e-4, 1e-4), 5)
    family = given.family(weights)
    for own, s in zip(learned, steps, strict=True):
        after = family.maps(own)[0].step(s.z)
        np.testing.assert_allclose(after[:, 1:], s.z[:, :2], atol=1e-12)
    assert not weights[1:, :, 1:].any()  # whatever the features


def test_moments_do_not_depend_on_the_size_of_blocks(monkeypatch):
    family, _, (steps, *_) = planted(0, 1, K=1)
    whole = moments_of(steps, family.W2, family.h2)
    monkeypatch.setattr(_regression, "BUDGET", Budget(features=30 * L))
    for part, all_at_once in zip(moments_of(steps, family.W2, family.h2), whole, strict=True):
        np.testing.assert_allclose(part, all_at_once, rtol=1e-12, atol=1e-12)
    rows = regressors(family, steps)
    np.testing.assert_allclose(whole[0], rows.T @ rows, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(whole[1], rows.T @ (steps.after - steps.z), atol=1e-10)
