"""Features: learned ones follow what differs, known ones interpolate, new trajectories get them."""

import numpy as np
import pytest
from cohorts import RHO, lorenz, quick, turns, with_columns
from planted import fitted
from scipy.stats import spearmanr
from sklearn.base import clone

from sklearn_dsr import HierarchicalReconstructor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
X = lorenz()


@pytest.fixture(scope="module")
def model():
    return fitted(quick(), X)


def test_a_learned_feature_follows_the_parameter_that_differs():
    rho, found = np.linspace(28.0, 60.0, 12), []
    for seed in range(3):
        cohort = lorenz(rho, 400, seed)
        model = HierarchicalReconstructor(hidden_dim=50, random_state=seed).fit(cohort)
        new = model.transform(lorenz(rho[1:-1:3] + 1.0, 400, seed + 10))
        known = np.interp(rho[1:-1:3] + 1.0, rho, model.subject_features_[:, 0])
        found.append(
            model.outcome_ == "converged"
            and abs(spearmanr(model.subject_features_[:, 0], rho)[0]) > 0.98
            and np.max(np.abs(new[:, 0] - known)) < 0.3
        )
    assert sum(found) >= 2, found  # of three seeds


def test_learned_features_have_mean_0_and_variance_1_about(model):
    np.testing.assert_allclose(model.subject_features_.mean(axis=0), 0.0, atol=0.1)
    np.testing.assert_allclose(model.subject_features_.std(axis=0), 1.0, atol=0.1)


@pytest.mark.parametrize("stages", ["start", "refine"])
def test_features_of_the_fit_are_those_of_transform_bit_by_bit(stages):
    short = [x[:60] for x in X]
    for cohort, params in [
        (short, {}),
        (lorenz(RHO[:4], n_rows=60, noise_level=0.05), {}),
        (with_columns(short, RHO), {"n_parameters": 1, "n_subject_features": 2}),
    ]:
        model = fitted(quick(stages=stages, hidden_dim=8, **params), cohort)
        np.testing.assert_array_equal(model.transform(cohort), model.subject_features_)
        again = clone(model).fit_transform(cohort)
        np.testing.assert_array_equal(again, model.subject_features_)


def test_each_trajectory_counts_by_itself(model):
    whole = model.transform(X)
    np.testing.assert_array_equal(model.transform(X[::-1]), whole[::-1])
    np.testing.assert_array_equal(model.transform(X[2:4]), whole[2:4])
    np.testing.assert_array_equal(model.transform(X[4]), whole[4:5])


def test_known_parameters_are_features_and_interpolate():
    f = np.linspace(-1.0, 1.0, 7)
    orbits, step = turns(f)
    cohort = with_columns(orbits, f)
    model = fitted(quick(n_parameters=1), cohort)
    assert model.subject_features_.shape == (7, 1)
    np.testing.assert_array_equal(model.subject_features_[:, 0], f)
    np.testing.assert_array_equal(model.transform(cohort)[:, 0], f)
    assert model.parameter_mean_ == pytest.approx(np.mean(f))
    assert model.parameter_scale_ == pytest.approx(np.std(f))
    for own in (-1.2, 0.15, 0.5, 1.3):  # between the subjects, and beyond
        rows = np.random.default_rng(0).standard_normal((20, 2))
        wanted = np.array([step(own, x) for x in rows])
        np.testing.assert_allclose(model.reconstructor([own]).predict(rows), wanted, atol=0.01)
        new = np.column_stack([rows, np.full(20, own)])
        np.testing.assert_array_equal(model.transform(new), [[own]])


def test_known_and_learned_features_are_side_by_side():
    g = np.array([-1.0, 1.0, -0.5, 0.5, 0.0, 0.8, -0.9])
    orbits, _ = turns(g)
    unrelated = np.array([3.0, 1.0, 4.0, 1.5, 9.0, 2.0, 6.0])
    cohort = with_columns(orbits, unrelated)
    model = fitted(quick(1, 1, hidden_dim=2), cohort)  # a linear family needs no more
    np.testing.assert_array_equal(model.subject_features_[:, 0], unrelated)
    # What the parameter cannot explain is learned.
    basis = np.column_stack([np.ones(7), model.subject_features_])
    rest = g - basis @ np.linalg.lstsq(basis, g, rcond=None)[0]
    assert np.std(rest) < 0.05 * np.std(g)
    assert model.A_.shape == (3, 2, 2)
    names = list(model.get_feature_names_out())
    assert names == ["x2", "subject_feature0"]


def test_external_inputs_act_as_they_do_in_the_system():
    f = np.linspace(-1.0, 1.0, 7)
    orbits, step = turns(f, K=2)
    model = fitted(quick(n_parameters=1, n_inputs=2), with_columns(orbits, f))
    assert model.C_.shape == (2, 2, 2) and model.n_features_in_ == 5
    rng = np.random.default_rng(1)
    x, inputs, wanted = rng.standard_normal(2), rng.standard_normal((8, 2)), []
    for s in inputs:
        wanted.append(step(0.3, wanted[-1] if wanted else x, s))
    run = model.simulate(x, 8, inputs, features=[0.3])
    np.testing.assert_allclose(run, wanted, atol=0.03)
    learning = fitted(quick(n_inputs=2), orbits)
    assert abs(spearmanr(learning.transform(orbits)[:, 0], f)[0]) > 0.98


def test_noise_is_removed_before_features_are_estimated():
    f, found = np.linspace(-1.0, 1.0, 9), []
    for seed in range(3):
        orbits, _ = turns(f, 300, K=1, seed=seed)
        rng = np.random.default_rng(seed)
        noisy = [x + [0.3, 0.3, 0.0] * rng.standard_normal(x.shape) for x in orbits]
        model = fitted(quick(n_inputs=1, random_state=seed), noisy)
        found.append(model.noisy_ and abs(spearmanr(model.subject_features_[:, 0], f)[0]) > 0.9)
    assert sum(found) >= 2, found  # of three seeds


def test_the_number_of_features_is_what_was_asked_for():
    for k, p, wanted in [(0, 0, 0), (2, 0, 2), (None, 1, 1), (0, 1, 1), (2, 1, 3)]:
        short = [x[:60] for x in X]
        cohort = with_columns(short, RHO) if p else short
        model = fitted(quick(k, p, hidden_dim=5), cohort)
        assert model.subject_features_.shape == model.transform(cohort).shape == (len(X), wanted)
        assert len(model.get_feature_names_out()) == wanted
        assert model.forecast(cohort, 3).shape == (len(X), 3, 3)


def test_no_rows_of_a_new_trajectory_are_changed(model):
    new = [x.copy() for x in X]
    model.transform(new), model.forecast(new, 3), model.predict(new), model.score(new)
    np.testing.assert_array_equal(new, X)


def test_a_fitted_model_reads_x_as_its_fit_did():
    cohort = with_columns(X, RHO)
    model = fitted(quick(n_parameters=1), cohort)
    before = model.transform(cohort), model.forecast(cohort, 3)
    model.set_params(n_parameters=0, n_inputs=2)
    for old, new in zip(before, (model.transform(cohort), model.forecast(cohort, 3)), strict=True):
        np.testing.assert_array_equal(new, old)
