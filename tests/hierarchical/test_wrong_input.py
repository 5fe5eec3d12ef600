"""Bad input: a sentence says what is wrong with the numbers got, and one what to try."""

import warnings

import numpy as np
import pandas as pd
import pytest
from cohorts import RHO, lorenz, quick, with_columns
from planted import fitted
from sklearn.exceptions import NotFittedError

from sklearn_dsr import HierarchicalReconstructor
from sklearn_dsr.exceptions import DataWarning, ReconstructionWarning

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
X = lorenz(n_rows=60)
KNOWN = with_columns(X, RHO)


def changed(cohort, k, row, column, value):
    cohort = [np.array(x, dtype=float) for x in cohort]
    cohort[k][row, column] = value
    return cohort


def constant(cohort, k):
    return [np.ones_like(x) if j == k else x for j, x in enumerate(cohort)]


@pytest.fixture(scope="module")
def model():
    return fitted(quick(1, 1), KNOWN)


def assert_two_sentences(error):
    text = str(error)
    assert text.count(". ") >= 1 and text.endswith("."), text


BAD_PARAMETERS = {
    "n_subject_features": [(-1, ValueError), (1.5, TypeError), ("auto", TypeError)],
    "n_parameters": [(-1, ValueError), (None, TypeError), (True, TypeError)],
    "n_inputs": [(-1, ValueError), ("1", TypeError)],
    "hidden_dim": [(0, ValueError), (2.0, TypeError), (None, TypeError)],
    "stages": [("train", ValueError), (None, ValueError)],
    "latent_penalty": [(-1e-3, ValueError), (np.inf, ValueError), ("0", TypeError)],
    "sequence_length": [(0, ValueError), (5.0, TypeError)],
    "standardize": [("all", ValueError), (1, ValueError)],
    "dt": [(0.0, ValueError), (-1.0, ValueError), (None, TypeError)],
    "n_jobs": [(0, ValueError), (1.0, ValueError)],
    "verbose": [(-1, ValueError), ("1", TypeError)],
    "random_state": [(-1, ValueError), ("a", TypeError)],
}


@pytest.mark.parametrize("name", BAD_PARAMETERS)
def test_a_parameter_out_of_its_range_is_told_with_advice(name):
    for value, kind in BAD_PARAMETERS[name]:
        model = HierarchicalReconstructor(**{"stages": "start", "hidden_dim": 3, name: value})
        with pytest.raises(kind, match=name) as caught:
            model.fit(X)
        assert_two_sentences(caught.value)
        assert not [name for name in vars(model) if name.endswith("_")]


WRONG = {
    "a parameter that varies": (
        changed(KNOWN, 2, 7, 3, 1.5),
        {"n_parameters": 1},
        r"Column 3 of trajectory 2, a parameter, varies from 1.5 to 39.2.*n_inputs",
    ),
    "a parameter that is the same in all": (
        with_columns(X, np.full(6, 2.5)),
        {"n_parameters": 1},
        "Control parameter 0 of 1 is 2.5 in all trajectories.* leave it out",
    ),
    "no column left": (X, {"n_parameters": 2, "n_inputs": 1}, "leave no column.*has 3.*Set them"),
    "more parameters than columns": (X, {"n_parameters": 9}, "leave no column to predict"),
    "a subject without two rows": (
        [X[0], X[1][:1], *X[2:]],
        {},
        r"X\[1\].* minimum of 2 .*Give more rows",
    ),
    "a subject of gaps": (
        changed(X, 4, slice(None, None, 2), 1, np.nan),
        {},
        "Trajectory 4 has no two consecutive rows without NaN.* Fill the gaps",
    ),
    "a subject of NaN": (changed(X, 4, slice(None), 1, np.nan), {}, "Trajectory 4 has no two"),
    "a subject of NaN with parameters": (
        changed(KNOWN, 4, slice(None), 1, np.nan),
        {"n_parameters": 1},
        "Each row of trajectory 4 holds a NaN.* Give",
    ),
    "infinity": (changed(X, 3, 5, 0, np.inf), {}, r"X\[3\].*infinity.*Replace"),
    "beyond squares": (changed(X, 3, 5, 0, 1e150), {}, r"X\[3\] has values up to 1e\+150.*Rescale"),
    "constants only": ([np.ones((20, 2))] * 3, {}, "X does not vary: all of its 2 columns.*Give"),
    "no trajectory": ([], {}, "X holds 0 trajectories. Give at least one."),
    "series": ([x[:, 0] for x in X], {}, "list of 6 series of 60 values.*reshape"),
    "texts": ([pd.DataFrame({"a": ["u"] * 9, "b": ["v"] * 9})] * 2, {}, "'u'"),
    "complex": ([x + 1j for x in X], {}, "[Cc]omplex"),
    "four axes": (np.zeros((2, 3, 4, 5)), {}, "dim|axes|dimensions"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_cohort_is_told_and_leaves_the_estimator_as_it_was(name, model):
    cohort, params, match = WRONG[name]
    fresh = quick(**params)
    before = dict(vars(model))
    settings = {"n_subject_features": None, "n_parameters": 0} | params
    for estimator in (fresh, model.set_params(**settings)):
        with pytest.raises(ValueError, match=match) as caught:
            estimator.fit(cohort)
        assert_two_sentences(caught.value)
    assert not [name for name in vars(fresh) if name.endswith("_")]
    model.set_params(n_subject_features=1, n_parameters=1, n_inputs=0)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before if name.endswith("_"))


NEW = {
    "a parameter that varies": (changed(KNOWN, 2, 7, 3, 1.5), "Column 3 of trajectory 2"),
    "infinity": (changed(KNOWN, 3, 5, 0, np.inf), "infinity"),
    "no step": (
        [KNOWN[0], KNOWN[1][:1]],
        "Trajectory 1 has no two consecutive rows.* leave it out",
    ),
    "NaN": (changed(KNOWN, 4, slice(None), 1, np.nan), "Each row of trajectory 4 holds a NaN"),
    "other columns": (X, "3 features.* expecting 4"),
    "no trajectory": ([], "holds 0 trajectories"),
}


@pytest.mark.parametrize("name", NEW)
def test_wrong_new_trajectories_are_told(name, model):
    cohort, match = NEW[name]
    for use in (model.transform, model.predict, model.score, lambda X: model.forecast(X, 3)):
        with pytest.raises(ValueError, match=match) as caught:
            use(cohort)
        assert_two_sentences(caught.value)


def test_a_row_alone_is_forecast_with_features_that_are_given(model):
    own = model.subject_features_[1]
    found = model.forecast(KNOWN[1][:1], 3, features=own)
    plain = model.reconstructor(own)
    np.testing.assert_array_equal(found, plain.forecast(X[1][:1], 3))
    known = fitted(quick(n_parameters=1), KNOWN)  # nothing is to be estimated
    np.testing.assert_array_equal(known.transform(KNOWN[1][:1]), [[RHO[1]]])
    assert known.forecast(KNOWN[1][:1], 3).shape == (3, 3)


@pytest.mark.parametrize("y", [0.02, "0.02", np.array([0.5]), pd.Timedelta("1s")], ids=repr)
def test_a_number_as_y_is_asked_for_as_dt(y):
    with pytest.raises(ValueError, match=r"y is the number .* dt="):
        quick().fit(X, y)
    with pytest.raises(ValueError, match=r"y is the number .* dt="):
        quick().fit_transform(X, y)


@pytest.mark.parametrize(
    ("features", "match"),
    [
        ([0.5], r"shape \(1,\).* 2 of each .*get_feature_names_out"),
        ([0.5, 30.0, 1.0], r"shape \(3,\)"),
        (np.zeros((3, 2)), r"shape \(3, 2\).* 2 trajectories"),
        (np.zeros((1, 1, 2)), r"shape \(1, 1, 2\)"),
        ([30.0, np.nan], "NaN or infinity. Give finite values"),
        ([30.0, np.inf], "NaN or infinity. Give finite values"),
        (["a", "b"], "features are no numbers"),
        ([[1.0], [2.0, 3.0]], "features are no numbers"),
        ("ab", "features are no numbers"),
        ({}, "features are no numbers"),
        ([], r"shape \(0,\)"),
    ],
    ids=repr,
)
def test_wrong_features_are_told(model, features, match):
    for use in (
        lambda f: model.simulate(X[0][:2], 3, features=f),
        lambda f: model.forecast(KNOWN[:2], 3, features=f),
    ):
        with pytest.raises(ValueError, match=match) as caught:
            use(features)
        assert_two_sentences(caught.value)
    with pytest.raises(ValueError):
        model.reconstructor(features)


def test_reconstructor_takes_one_row_of_features(model):
    with pytest.raises(ValueError, match=r"shape \(2, 2\)"):
        model.reconstructor(model.subject_features_[:2])


@pytest.mark.parametrize(
    ("x0", "kind", "match"),
    [
        (5.0, ValueError, "x0 has 1 columns"),
        ([1.0, 2.0], ValueError, "x0 has 2 columns"),
        (np.ones((0, 3)), ValueError, "0 sample.*Give at least one row"),
        (np.ones((1, 1, 3)), ValueError, "dim 3"),
        ([1.0, np.nan, 2.0], ValueError, "x0 holds NaN"),
        ([1.0, np.inf, 2.0], ValueError, "infinity"),
        (["a", "b", "c"], ValueError, "x0"),
    ],
    ids=repr,
)
def test_wrong_starts_of_free_runs_are_told(model, x0, kind, match):
    with pytest.raises(kind, match=match) as caught:
        model.simulate(x0, 3, features=model.subject_features_[0])
    assert_two_sentences(caught.value)


@pytest.mark.parametrize(("n_steps", "kind"), [(0, ValueError), (1.5, TypeError), ("3", TypeError)])
def test_a_wrong_number_of_steps_is_told(model, n_steps, kind):
    for use in (
        lambda: model.forecast(KNOWN, n_steps),
        lambda: model.simulate(X[0][0], n_steps, features=model.subject_features_[0]),
    ):
        with pytest.raises(kind, match="n_steps must be an integer, at least 1"):
            use()


def test_inputs_and_quantiles_are_checked(model):
    with pytest.raises(ValueError, match="fitted without external inputs"):
        model.forecast(KNOWN, 3, np.ones((3, 1)))
    with pytest.raises(ValueError, match="fitted without external inputs"):
        model.simulate(X[0][0], 3, np.ones((3, 1)), features=model.subject_features_[0])
    for levels in ([1.5], [], ["a"]):
        with pytest.raises((TypeError, ValueError), match="quantiles"):
            model.forecast(KNOWN, 3, quantiles=levels)


def test_columns_of_a_start_have_the_names_of_the_fit():
    names = ["x", "y", "z"]
    model = fitted(quick(), [pd.DataFrame(x, columns=names) for x in X])
    frame = pd.DataFrame(X[0][:2], columns=names)
    assert model.simulate(frame, 2, features=[0.0]).shape == (2, 2, 3)
    with pytest.raises(ValueError, match="x0 has the columns z, y, x"):
        model.simulate(frame[names[::-1]], 2, features=[0.0])


def test_an_estimator_that_is_not_fitted_says_so(model):
    fresh = quick()
    for use in (
        lambda: fresh.transform(X),
        lambda: fresh.forecast(X, 3),
        lambda: fresh.predict(X),
        lambda: fresh.score(X),
        lambda: fresh.simulate(X[0][0], 3, features=[0.0]),
        lambda: fresh.reconstructor([0.0]),
        lambda: fresh.get_feature_names_out(),
    ):
        with pytest.raises(NotFittedError):
            use()


def test_fewer_subjects_than_features_are_told():
    for J, k in [(2, 2), (3, 5)]:
        with pytest.warns(DataWarning, match=f"{J} subjects differ in at most {J - 1} features"):
            model = quick(k).fit(X[:J])
        assert model.subject_features_.shape == (J, k)
        np.testing.assert_allclose(model.subject_features_[:, J - 1 :], 0.0, atol=1e-6)
    for one in (X[:1], X[0]):
        with pytest.warns(
            DataWarning, match="X is one trajectory, and one subject has no features"
        ):
            assert quick().fit(one).subject_features_ == 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        assert quick(0).fit(X[:1]).subject_features_.shape == (1, 0)


def test_a_constant_of_each_subject_that_is_given_as_a_state_is_told():
    marked = [np.column_stack([np.full(len(x), k), x]) for k, x in enumerate(X)]
    marked[1][20] = np.nan
    with pytest.warns(DataWarning, match="Column 0 is constant along each trajectory"):
        quick().fit(marked)
    alike = [np.column_stack([np.full(len(x), 3.0), x]) for x in X]
    last = [np.column_stack([x, np.full(len(x), k)]) for k, x in enumerate(X)]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Column 0 is constant along", DataWarning)
        quick().fit(alike)
        warnings.filterwarnings("error", "Column . is constant along", DataWarning)
        quick(n_parameters=1).fit(last)


def test_data_of_noise_are_told_once_with_what_to_try():
    cohort = np.random.default_rng(0).standard_normal((5, 200, 2))
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        model = HierarchicalReconstructor(random_state=0).fit(cohort)
    (told,) = (w for w in record if issubclass(w.category, ReconstructionWarning))
    assert model.outcome_ == "noise" and told.filename == __file__
    assert "HierarchicalReconstructor: noise." in str(told.message)
    assert "n_init" not in str(told.message)  # which this estimator does not have
    assert np.isfinite(model.simulate(cohort[0][0], 50, features=model.subject_features_[0])).all()
