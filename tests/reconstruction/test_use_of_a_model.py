"""predict, forecast, simulate and jacobian are one and the same map."""

import io
import pickle
import warnings
from numbers import Number

import joblib
import numpy as np
import pytest
from engines import both_names
from sklearn.base import clone

from sklearn_dsr.exceptions import ReconstructionWarning

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

OBSERVATIONS = [{}, {"observation": "affine"}, {"observation": "affine", "latent_dim": 4}]


@pytest.fixture(params=OBSERVATIONS, ids=["identity", "affine", "wide"])
def model(request, new, rotation):
    return new(**request.param).fit(rotation())


def test_predict_is_one_step_of_simulate(model, rotation):
    X = rotation(80, 3)
    np.testing.assert_array_equal(model.predict(X), model.simulate(X, 1)[:, 0])


def test_predict_is_one_step_of_the_documented_map(model, shallow, plain, rotation):
    X = rotation(20, 3)
    for fitted in (model, shallow(clipped=True).fit(rotation(60))):
        p = plain(fitted)
        wanted = [p.run(p.first(p.split(row)[0]), [()])[0] for row in X]
        np.testing.assert_allclose(fitted.predict(X), wanted, rtol=1e-9)


def test_forecast_goes_on_from_the_state_that_the_rows_tell(model, plain, rotation):
    X, p = rotation(80, 3), plain(model)
    run = model.forecast(X, 40)
    assert run.shape == (40, 2)
    np.testing.assert_allclose(run, p.run(p.last_state(X), np.zeros((40, 0))), rtol=1e-6)
    np.testing.assert_array_equal(run[:7], model.forecast(X, 7))
    # One row is all that is known of the state.
    np.testing.assert_array_equal(model.forecast(X[-1:], 40), model.simulate(X[-1], 40))


def test_forecast_looks_at_the_last_1000_rows_without_a_gap(new, rotation):
    X, model = rotation(1300, 3), new().fit(rotation())
    run = model.forecast(X, 9)
    np.testing.assert_array_equal(run, model.forecast(X[-1000:], 9))
    X[1290] = np.nan
    np.testing.assert_array_equal(model.forecast(X, 9), model.forecast(X[1291:], 9))


def test_several_trajectories_are_forecast_one_by_one(model, rotation):
    parts = [rotation(n, seed) for seed, n in enumerate((20, 30, 40))]
    runs = model.forecast(parts, 15)
    assert isinstance(runs, np.ndarray) and runs.shape == (3, 15, 2)
    for run, part in zip(runs, parts, strict=True):
        np.testing.assert_allclose(run, model.forecast(part, 15), rtol=1e-12)
    stack = np.stack([part[:20] for part in parts])
    assert model.forecast(stack, 15).shape == (3, 15, 2)
    assert model.forecast(parts[:1], 15).shape == (1, 15, 2)


def test_simulate_takes_one_or_several_starts(model, rotation):
    X = rotation(6)
    assert model.simulate(X[0], 9).shape == (9, 2)
    assert model.simulate(X[0].tolist(), 9).shape == (9, 2)
    assert model.simulate(X[:1], 9).shape == (1, 9, 2)
    assert model.simulate(X, 9).shape == (6, 9, 2)


def test_free_run_is_the_iterated_prediction(new, rotation):
    model, X = new().fit(rotation()), rotation(1, 3)
    run, row = model.simulate(X[0], 20), X
    for step in run:
        row = model.predict(row)
        np.testing.assert_allclose(row[0], step, rtol=1e-9)


def subsets_are_the_same(model, X):
    rows, jacobians = model.predict(X), model.jacobian(X)
    for chosen in ([0], [7], [3, 5], slice(10, 43), slice(None, None, -1), slice(0, 64, 3)):
        np.testing.assert_array_equal(model.predict(X[chosen]), rows[chosen])
        np.testing.assert_array_equal(model.jacobian(X[chosen]), jacobians[chosen])
    runs = model.simulate(X, 30)
    for k in range(len(X)):
        np.testing.assert_array_equal(model.simulate(X[k], 30), runs[k])


def test_results_of_a_row_do_not_depend_on_the_others(new, rotation):
    subsets_are_the_same(new().fit(rotation()), rotation(64, 3))


def test_affine_results_of_a_row_depend_on_the_others_by_rounding_only(model, rotation):
    X = rotation(64, 3)
    for k in range(0, 64, 9):
        np.testing.assert_allclose(model.predict(X[k : k + 1])[0], model.predict(X)[k], rtol=1e-12)


def test_jacobian_is_the_derivative_of_predict(new, rotation):
    X = rotation(40, 3)
    for params in ({}, {"standardize": "common"}, {"standardize": False}):
        model = new(max_iter=10, **params).fit(rotation())
        exact = model.jacobian(X)
        assert exact.shape == (40, 2, 2)
        # As documented: entry (i, j) times scale_[i] / scale_[j] is in the units of X.
        exact = exact * model.scale_[:, np.newaxis] / model.scale_
        step = 1e-6
        numeric = np.stack(
            [
                (model.predict(X + step * e) - model.predict(X - step * e)) / (2 * step)
                for e in np.eye(2)
            ],
            axis=2,
        )
        # A kink may lie within the step at some row; not at many.
        error = np.abs(exact - numeric).max(axis=(1, 2))
        assert np.median(error) < 1e-8 and np.mean(error > 1e-6) < 0.1


def test_jacobian_of_the_latent_map(new, rotation):
    X = rotation(40, 3)
    model = new(observation="affine", latent_dim=4).fit(rotation())
    exact = model.jacobian(X)
    assert exact.shape == (40, 4, 4)
    system = model._system()
    canonical, observation = system.canonical, system.observation
    Z, step = observation.infer((X - model.mean_) / model.scale_), 1e-6
    for j, e in enumerate(np.eye(4)):
        numeric = (canonical.step(Z + step * e) - canonical.step(Z - step * e)) / (2 * step)
        assert np.median(np.abs(exact[:, :, j] - numeric)) < 1e-8


def test_jacobian_of_several_trajectories_has_their_rows(model, rotation):
    parts = [rotation(9), rotation(7, 1)]
    joined = model.jacobian(np.concatenate(parts))
    several = model.jacobian(parts)
    assert [len(part) for part in several] == [9, 7]
    np.testing.assert_allclose(np.concatenate(several), joined, rtol=1e-12)


def _plain(value):
    if isinstance(value, dict):
        return all(isinstance(k, str) and _plain(v) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return type(value) in (list, tuple) and all(_plain(v) for v in value)
    if isinstance(value, np.ndarray):
        return type(value) is np.ndarray and (value.dtype.kind in "fiu")
    return value is None or isinstance(value, (Number, str))


def test_fitted_attributes_are_plain(model):
    fitted = {name: value for name, value in vars(model).items() if name.endswith("_")}
    assert len(fitted) > 15
    for name, value in fitted.items():
        assert _plain(value), name
    # Nothing else than parameters and fitted attributes.
    assert set(vars(model)) == set(fitted) | set(model.get_params(deep=False))


@both_names
def test_stored_models_forecast_the_same(new, rotation, engine, tmp_path):
    X = rotation()
    model = new(engine=engine, max_iter=1, sequence_length=10).fit(X)
    joblib.dump(model, tmp_path / "model.joblib")
    stored = io.BytesIO()
    pickle.dump(model, stored)
    for twin in (pickle.loads(stored.getvalue()), joblib.load(tmp_path / "model.joblib")):
        np.testing.assert_array_equal(twin.forecast(X, 50), model.forecast(X, 50))
        assert twin.score(X) == model.score(X)
        assert str(twin.get_params()) == str(model.get_params())
    assert b"torch" not in stored.getvalue().replace(b"torch", b"", 1 if engine == "torch" else 0)


def test_clone_forgets_the_fit(model):
    twin = clone(model)
    assert vars(twin).keys() == twin.get_params(deep=False).keys()


def doubling(shallow):
    """Fitted on x' = 2 x or so, in [1, 1.5]: a run leaves by more than the width at step 1."""
    X = np.column_stack([np.linspace(1, 1.5, 60), np.linspace(-3, 3, 60)])
    model = shallow(stages="start").fit(X)
    model.mean_, model.scale_ = np.zeros(2), np.ones(2)
    model.A_ = np.diag([2.0, 1.0])
    for name in ("W1_", "h1_"):
        setattr(model, name, np.zeros_like(getattr(model, name)))
    return model, X


@pytest.mark.filterwarnings("default::sklearn_dsr.exceptions.ReconstructionWarning")
def test_a_run_that_leaves_the_range_by_more_than_its_width_is_named(shallow):
    model, _ = doubling(shallow)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.simulate([0.9, 0.0], 1)  # to 1.8: outside by less
    with pytest.warns(ReconstructionWarning, match=r"at step 2 of 5: column 0 was in \[1, 1.5\]"):
        model.simulate([0.9, 0.0], 5)  # 3.6
    with pytest.warns(ReconstructionWarning, match="at step 1 of 3"):
        model.forecast(np.array([[1.3, 0.0]]), 3)


def test_a_run_that_becomes_infinite_is_named_once(shallow):
    model, _ = doubling(shallow)
    with pytest.warns(ReconstructionWarning, match="diverged at step") as caught:
        model.simulate([1.0, 0.0], 2000)
    assert len(caught) == 1
