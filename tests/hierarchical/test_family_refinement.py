"""The refinement of a family: it goes back to a planted one, and scaling features keeps maps."""

import numpy as np
import pytest
from cohorts import turns

from sklearn_dsr._data.trajectories import trajectories_of
from sklearn_dsr.hierarchical._data import Cohort
from sklearn_dsr.hierarchical._family import Family
from sklearn_dsr.hierarchical._refinement import _rescaled, refine

F = np.linspace(-1.6, 1.6, 9)  # about variance 1, as features are
ORBITS, STEP = turns(F, 80)


def cohort(known):
    return Cohort([trajectories_of([x]) for x in ORBITS], known, 0, 1)


def planted():
    """The family that made the orbits, with two hidden units of no effect."""
    A0, A1 = (
        np.column_stack([STEP(f, x) - STEP(f, np.zeros(2)) for x in np.eye(2)]) for f in (0, 1)
    )
    weights = np.zeros((2, 5, 2))
    weights[0, :2], weights[1, :2] = A0.T - np.eye(2), (A1 - A0).T
    weights[1, -1] = STEP(1.0, np.zeros(2))
    return Family(weights, np.eye(2), np.array([0.1, -0.2]))


def error(family, features):
    """Largest error of a step of the family along the orbits."""
    steps = (family.maps(f)[0].step(x[:-1]) - x[1:] for f, x in zip(features, ORBITS, strict=True))
    return max(np.max(np.abs(step)) for step in steps)


def test_the_planted_family_makes_the_orbits():
    assert error(planted(), F[:, None]) < 1e-12


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("known", [False, True])
def test_a_family_that_is_a_little_off_is_brought_back(seed, known):
    rng, true = np.random.default_rng(seed), planted()
    off = Family(true.weights + 0.02 * rng.standard_normal(true.weights.shape), true.W2, true.h2)
    given, learned = (F[:, None], F[:, None][:, :0]) if known else (F[:, None][:, :0], F[:, None])
    learned = learned + 0.2 * rng.standard_normal(learned.shape)
    family, found = refine(cohort(given), off, learned, 20, 0.0, noisy=False)
    features = np.concatenate([given, found], axis=1)
    before = error(off, np.concatenate([given, learned], axis=1))
    assert error(family, features) < 0.1 * before
    if known:
        assert found.shape == (9, 0)
    else:
        np.testing.assert_allclose([found.mean(), found.std()], [0.0, 1.0], atol=1e-6)
        assert abs(np.corrcoef(found[:, 0], F)[0, 1]) > 0.99


def test_a_penalty_keeps_weights_small():
    true = planted()
    sizes = [
        np.sum(
            refine(cohort(F[:, None]), true, np.empty((9, 0)), 20, p, noisy=False)[0].weights ** 2
        )
        for p in (0.0, 0.1, 10.0)
    ]
    assert sizes[0] > sizes[1] > sizes[2]


@pytest.mark.parametrize("value", [np.nan, 1e30])
def test_a_family_without_a_finite_loss_stays_as_it_is(value):
    true = planted()
    weights = np.where(true.weights == true.weights.max(), value, true.weights)
    spoilt = Family(weights, true.W2, true.h2)
    learned = F[:, None]
    with np.errstate(all="ignore"):
        family, found = refine(cohort(learned[:, :0]), spoilt, learned, 20, 0.0, noisy=False)
    assert family is spoilt and found is learned


@pytest.mark.parametrize("p", [0, 1])
def test_scaled_features_have_mean_0_and_variance_1_and_the_same_maps(p):
    rng = np.random.default_rng(0)
    family = Family(rng.standard_normal((1 + p + 2, 8, 3)), rng.standard_normal((4, 3)), np.ones(4))
    known, learned = rng.standard_normal((6, p)), 3.0 + 2.0 * rng.standard_normal((6, 2))
    scaled, found = _rescaled(family, learned, p)
    np.testing.assert_allclose(found.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(found.std(axis=0), 1.0, atol=1e-12)
    for a, before, after in zip(known, learned, found, strict=True):
        wanted, same = family.of(np.r_[a, before]), scaled.of(np.r_[a, after])
        np.testing.assert_allclose(same, wanted, atol=1e-12)
    # Features that do not differ are moved into the shared weights.
    scaled, found = _rescaled(family, np.full((6, 2), 0.7), p)
    np.testing.assert_allclose(found, 0.0, atol=1e-12)
    expected = family.weights[0] + 0.7 * family.weights[1 + p :].sum(axis=0)
    np.testing.assert_allclose(scaled.weights[0], expected, atol=1e-12)
