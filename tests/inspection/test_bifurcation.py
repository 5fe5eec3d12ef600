"""BifurcationDisplay shows where runs go in the long run, for each value of a feature."""

import copy

import numpy as np
import pandas as pd
import pytest
from known_maps import linear, map_step, turn
from planted import fitted, planted
from related import Related, with_parameter
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._maps._canonical import CanonicalMap
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.inspection import BifurcationDisplay

SLOPES = [1.1, 1.3, 1.5, 1.9]
CENTRES = [-1.0, 0.0, 1.0]
ROW = np.array([2.0, 0.0])


def tent(slope):
    """x' = slope x up to 1/2, slope (1 - x) from there on."""
    W1, W2 = np.array([[-2.0 * slope]]), np.array([[1.0]])
    return CanonicalMap(np.array([[float(slope)]]), W1, W2, np.zeros(1), np.array([-0.5]))


def circles(centre, angle=0.1, shrinking=1.0):
    """Turns about (centre, 0), or spirals into it."""
    A = shrinking * turn(angle)
    return linear(A, (np.eye(2) - A) @ [centre, 0.0])


def orbit(f, z, n_steps):
    rows = [np.asarray(z, dtype=float)]
    for _ in range(n_steps):
        rows.append(map_step(f, rows[-1]))
    return np.array(rows)


def related(family, values, start, **params):
    """Stand-in of a fit, and its trajectories of 100 rows."""
    X = with_parameter([orbit(family(v), start, 99) for v in values], values)
    model = planted(family(values[0]), np.concatenate([x[:, :-1] for x in X]))
    model.initial_row_ = np.array(start)
    return Related(model, lambda features: family(features[0]), **params).fit(X), X


@pytest.fixture(scope="module")
def tents():
    return related(tent, SLOPES, [0.2])


@pytest.fixture(scope="module")
def turns():
    return related(circles, CENTRES, ROW)


def test_rows_of_tent_maps_fill_the_bands_that_theory_gives(tents):
    model, _ = tents
    slopes = np.array([0.8, 1.3, 1.5, 1.9])
    display = BifurcationDisplay.from_estimator(model, values=slopes, points="rows")
    assert np.all(np.abs(display.points[0]) < 1e-6)  # a fixed point at 0
    for slope, points in zip(slopes[1:], display.points[1:], strict=True):
        assert len(points) == 2_000
        ends = orbit(tent(slope), [0.5], 4)[1:, 0]  # the images of the kink bound the bands
        assert ends[1] - 1e-9 <= points.min() <= points.max() <= ends[0] + 1e-9
        assert np.ptp(points) > 0.95 * (ends[0] - ends[1])
        if slope < np.sqrt(2):  # two bands
            assert not np.any((points > ends[3]) & (points < ends[2]))
        else:
            assert np.diff(np.sort(points)).max() < 0.02
    assert not display.diverged.any()


def test_rows_are_those_of_a_loop(tents):
    model, _ = tents
    given = {"points": "rows", "n_transient": 7, "n_steps": 20}
    display = BifurcationDisplay.from_estimator(model, values=[1.7], **given)
    np.testing.assert_allclose(display.points[0], orbit(tent(1.7), [0.2], 27)[8:, 0], atol=1e-8)


@pytest.mark.parametrize(("points", "sign"), [("maxima", 1), ("minima", -1)])
def test_extremes_of_circles_are_their_radii(turns, points, sign):
    model, X = turns
    display = BifurcationDisplay.from_estimator(model, X, column=1, points=points)
    assert len(display.values) == len(display.points) == 200
    np.testing.assert_allclose(display.values[[0, -1]], [-1, 1])
    for value, found in zip(display.values, display.points, strict=True):
        assert len(found) == pytest.approx(2_000 * 0.1 / (2 * np.pi), abs=1)
        np.testing.assert_allclose(found, sign * (2 - value), rtol=1e-5)
    np.testing.assert_allclose(display.data_values, CENTRES)
    for value, found in zip(display.data_values, display.data_points, strict=True):
        np.testing.assert_allclose(found, sign * (2 - value), rtol=1e-5)
    assert display.labels == ("x2", f"{points[:-1]}um of x1")


def test_a_run_at_rest_has_one_point():
    model, _ = related(lambda c: circles(c, shrinking=0.5), CENTRES, ROW)
    display = BifurcationDisplay.from_estimator(model, values=[-0.5, 0.25])
    np.testing.assert_allclose(np.array(display.points), [[-0.5], [0.25]], atol=1e-8)


def test_a_diverging_run_has_no_points_and_is_counted(tents):
    model, _ = tents
    message = "2 of 3 free runs diverge, for x1 from 2.2 to 2.5; they have no points. Give values"
    with pytest.warns(ReconstructionWarning, match=message):
        display = BifurcationDisplay.from_estimator(model, values=[1.5, 2.2, 2.5], points="rows")
    np.testing.assert_array_equal(display.diverged, [False, True, True])
    assert [len(part) for part in display.points] == [2_000, 0, 0]
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == ["free run: 2 of 3 diverge", "training: 1.1 to 1.9"]
    with pytest.warns(ReconstructionWarning, match="1 of 1"):
        alone = BifurcationDisplay.from_estimator(model, values=[3.0])
    alone.figure_.canvas.draw()


def logistic(r, x, n_steps):
    """Runs (n, n_steps + 1, 1) of the logistic map from starts (n,)."""
    out = [np.asarray(x)]
    for _ in range(n_steps):
        out.append(r * out[-1] * (1 - out[-1]))
    return np.stack(out, axis=1)[:, :, None]


def test_fitted_models_have_the_cycles_and_the_chaos_of_logistic_maps():
    starts, models, X = np.linspace(0.02, 0.98, 200), {}, []
    for r in (3.2, 3.5, 3.7):
        model = ShallowPLRNNReconstructor(100, stages="start", random_state=0)
        runs = logistic(r, starts, 4)  # short ones, which show the whole map
        models[r] = fitted(model, runs)
        X += with_parameter(runs[:1], [r])
    model = Related(models[3.7], lambda features: models[features[0]]).fit(X)
    display = BifurcationDisplay.from_estimator(model, values=list(models), points="rows")
    for r, found, n in zip(models, display.points, [2, 4, None], strict=True):
        true = logistic(r, [0.3], 4000)[0, 2001:, 0]
        if n is None:
            true, found = (np.quantile(x, [0, 0.1, 0.9, 1]) for x in (true, found))
        else:
            true, found = np.unique(true.round(6)), np.unique(found.round(4))
            assert len(true) == len(found) == n
        np.testing.assert_allclose(found, true, atol=0.02)


def test_advice_on_runs_that_diverge_says_nearer_only_outside_of_the_fit(tents):
    model, _ = tents
    wide = copy.copy(model)
    wide.subject_features_ = np.array([[1.1], [2.5]])
    with pytest.warns(ReconstructionWarning, match="no points. Fit with more trajectories, rows"):
        BifurcationDisplay.from_estimator(wide, values=[1.5, 2.2])


def test_other_features_are_held_at_their_medians(tents):
    seen = []

    def family(features):
        seen.append(features.copy())
        return tent(features[0])

    stand_in, X = tents
    model = Related(stand_in.model, family, n_subject_features=2).fit(X)
    BifurcationDisplay.from_estimator(model, values=[1.2, 1.4], points="rows", n_steps=5)
    held = np.median(model.subject_features_, axis=0)[1:]
    np.testing.assert_array_equal(seen[-2:], [[1.2, *held], [1.4, *held]])
    display = BifurcationDisplay.from_estimator(
        model, X, feature="feature1", points="rows", n_steps=5
    )
    known = model.subject_features_[:, 2]
    np.testing.assert_array_equal(display.values, np.linspace(known.min(), known.max(), 200))
    np.testing.assert_array_equal(display.data_values, known)
    assert display.labels == ("feature1", "x0")
    np.testing.assert_array_equal(seen[-1][:2], np.median(model.subject_features_, axis=0)[:2])


def test_data_are_cut_at_gaps_and_noise_has_no_maxima_of_its_own(turns):
    model, X = turns
    whole = BifurcationDisplay.from_estimator(model, X, values=[0.0], column=1)
    broken = [x.copy() for x in X]
    broken[1][50] = np.nan
    parts = BifurcationDisplay.from_estimator(model, broken, values=[0.0], column=1)
    np.testing.assert_array_equal(parts.data_values, [-1, 0, 0, 1])
    np.testing.assert_array_equal(parts.data_points[3], whole.data_points[2])
    noisy = [x.copy() for x in X]
    for x in noisy:
        x[:, 1] += 0.02 * np.random.default_rng(0).standard_normal(len(x))
    given = {"values": [0.0], "column": 1}
    some = BifurcationDisplay.from_estimator(model, noisy, **given)
    every = BifurcationDisplay.from_estimator(model, noisy, prominence=0.0, **given)
    n = [sum(map(len, display.data_points)) for display in (whole, some, every)]
    assert n[0] == n[1] < n[2]
    with pytest.raises(ValueError, match="Each row of X is a gap"):
        BifurcationDisplay.from_estimator(model, np.full((5, 3), np.nan), values=[0.0])


def test_columns_and_features_have_names(turns):
    _, X = turns
    frames = [pd.DataFrame(x, columns=["a", "b", "c"]) for x in X]
    model = Related(turns[0].model, turns[0].map_of).fit(frames)
    given = {"feature": "c", "column": "b", "n_steps": 100, "n_transient": 0}
    display = BifurcationDisplay.from_estimator(model, **given)
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("c", "maximum of b")
    again = BifurcationDisplay.from_estimator(model, frames, **given)
    np.testing.assert_array_equal(np.concatenate(display.points), np.concatenate(again.points))


def test_what_is_stored_is_drawn(turns, pyplot):
    model, X = turns
    figure, ax = pyplot.subplots()
    display = BifurcationDisplay.from_estimator(
        model, X, values=[-2.0, 0.5], column=1, ax=ax, model_kw={"c": "red"}, data_kw={"ms": 9}
    )
    assert display.ax_ is ax and display.figure_ is figure
    x, y = display.model_points_.get_data()
    np.testing.assert_array_equal(y, np.concatenate(display.points))
    np.testing.assert_array_equal(np.unique(x), display.values)
    x, y = display.data_points_.get_data()
    np.testing.assert_array_equal(y, np.concatenate(display.data_points))
    assert display.model_points_.get_color() == "red" and display.data_points_.get_markersize() == 9
    marks = [line.get_xdata()[0] for line in display.training_lines_]
    assert marks == [-1.0, 1.0]
    zoomed = BifurcationDisplay.from_estimator(model, values=[0.0, 0.1], column=1)
    assert zoomed.data_points_ is None
    low, high = zoomed.ax_.get_xlim()
    assert -0.1 < low < high < 0.2  # the marks are outside


def test_neither_the_estimator_nor_the_data_change(turns):
    model, X = turns
    before, features = copy.deepcopy(X), model.subject_features_.copy()
    display = BifurcationDisplay.from_estimator(model, X)
    display.training_values[:] = 0
    np.testing.assert_array_equal(X, before)
    np.testing.assert_array_equal(model.subject_features_, features)


def test_an_estimator_of_one_system_is_refused(tents):
    model, X = tents
    message = "has no reconstructor.features., which gives .* Give a fitted HierarchicalRecons"
    for other in (LinearRegression(), ShallowPLRNNReconstructor(), make_pipeline(model)):
        with pytest.raises(TypeError, match=message):
            BifurcationDisplay.from_estimator(other, X)
    with pytest.raises(NotFittedError, match="This Related .* is not fitted yet"):
        BifurcationDisplay.from_estimator(Related(model.model, tent), X)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"feature": 1}, ValueError, "feature=1 is none of the 1 features x1. Give one number"),
        ({"feature": "r"}, ValueError, "feature='r' is none of the 1 features x1"),
        ({"feature": [0]}, ValueError, "feature=.0. is none of .* Give one number"),
        ({"column": 1}, ValueError, "columns has 1, and the data have one column, x0"),
        ({"values": []}, ValueError, r"values have shape \(0,\), or .* Give a 1-D array"),
        ({"values": 1.5}, ValueError, r"values have shape \(\), or .* numpy.linspace\(1.1, 1.9"),
        ({"values": [1.5, np.nan]}, ValueError, "or are not finite. Give a 1-D array"),
        ({"values": ["a"]}, ValueError, "values are no numbers: .* Give a 1-D array"),
        ({"points": "tops"}, ValueError, "points must be one of 'maxima', 'minima', 'rows'"),
        ({"n_steps": 2}, ValueError, "n_steps must be an integer, at least 3"),
        ({"n_transient": -1}, ValueError, "n_transient must be an integer, at least 0"),
        ({"n_steps": 9.5}, TypeError, "n_steps must be an integer"),
        ({"prominence": -0.1}, ValueError, "prominence must be a number, at least 0.0"),
        ({"X": np.ones((5, 3))}, ValueError, "X has 3 features, but Related is expecting 2"),
        ({"X": [np.eye(2)]}, ValueError, "Parameter 0 goes from 0 to 1 in a gap-free piece of X"),
    ],
)
def test_parameters_out_of_range_are_named(tents, given, error, message):
    with pytest.raises(error, match=message):
        BifurcationDisplay.from_estimator(tents[0], **given)


def test_a_feature_that_never_varies_needs_values(tents):
    model, X = tents
    model = Related(model.model, model.map_of).fit(X[:1])
    with pytest.raises(ValueError, match="x1 is 1.1 in each trajectory .* Give values"):
        BifurcationDisplay.from_estimator(model, X)
    given = {"values": [1.5], "points": "rows", "n_steps": 10}
    assert len(BifurcationDisplay.from_estimator(model, X, **given).points[0]) == 10


def test_a_model_with_inputs_is_refused():
    rows = np.random.default_rng(0).standard_normal((60, 2))
    driven = CanonicalMap(*(np.zeros(s) for s in ((1, 1), (1, 1), (1, 1), 1, 1)), np.ones((1, 1)))
    model = planted(driven, rows, standardize=False)
    family = Related(model, lambda _: model).fit(with_parameter([rows] * 2, [0.0, 1.0]))
    with pytest.raises(ValueError, match="The model has 1 external inputs, .* as parameters"):
        BifurcationDisplay.from_estimator(family)
