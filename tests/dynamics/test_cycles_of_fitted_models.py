"""Fixed points and cycles of reconstructions are those of the system the data are from."""

import numpy as np
import pandas as pd
import pytest
from known_maps import chua, linear
from planted import SHORTEST, chua_data, in_units, planted
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from sklearn_dsr import (
    AlmostLinearRNNReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)
from sklearn_dsr._maps._canonical import CanonicalMap
from sklearn_dsr.dynamics import cycles, fixed_points, linear_regions
from sklearn_dsr.preprocessing import DelayEmbedding

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

SHORT = {"random_state": 0, **SHORTEST}


def turning(n=300):
    t = 0.2 * np.arange(n)
    return np.column_stack([3 + np.sin(t), 10 * np.cos(t)])


def test_fixed_points_are_those_of_the_planted_circuit_in_the_units_of_the_data():
    X = chua_data(1000) * [1.0, 10.0, 0.1] + [5.0, -3.0, 0.0]
    # With a unit of X other than that of the circuit, its map is another one there.
    unit, shift = np.array([1.0, 10.0, 0.1]), np.array([5.0, -3.0, 0.0])
    f = in_units(chua(), -shift / unit, 1 / unit)
    model = planted(f, X)
    found = fixed_points(model, X)
    assert found.complete and len(found) == 3
    order = np.argsort(found.points[:, 0])
    wanted = np.array([[-1.5, 0.0, 1.5], [0.0, 0.0, 0.0], [1.5, 0.0, -1.5]]) * unit + shift
    np.testing.assert_allclose(found.points[order], wanted, atol=1e-6)
    nearby = [found[k] for k in order]
    assert [p.n_unstable for p in nearby] == [2, 1, 2]
    assert {p.kind for p in nearby} == {"saddle-focus"} and all(p.in_range for p in nearby)
    for point in nearby:
        run = model.simulate(point.points[0], 5)
        np.testing.assert_allclose(run, np.tile(point.points[0], (5, 1)), rtol=1e-6, atol=1e-6)


def test_a_cycle_of_order_two_is_that_of_the_planted_map():
    # Slope -1.2 around the fixed point 0.5, and 0.6 beyond 0.3 from it: a stable cycle around it.
    inner, outer, border = -1.2, -0.6, 0.3
    f = CanonicalMap(
        np.array([[outer]]),
        (inner - outer) * np.array([[1.0, -1.0]]),
        np.ones((2, 1)),
        np.array([0.5 - 0.5 * outer - (inner - outer) * border]),
        np.array([border - 0.5, -border - 0.5]),
    )
    X = f.simulate(np.array([[0.45]]), 300)[0]
    found = cycles(planted(f, X), 3, X)
    assert found.complete
    (cycle,) = (c for c in found if c.order == 2)
    # A distance d beyond the border comes back as -(1.2 * 0.3 + 0.6 (d - 0.3)) = -d.
    d = (0.36 - 0.18) / 0.4
    np.testing.assert_allclose(np.sort(cycle.points[:, 0]), [0.5 - d, 0.5 + d], atol=1e-9)
    assert cycle.stable
    (point,) = (c for c in found if c.order == 1)
    np.testing.assert_allclose(point.points, 0.5, atol=1e-9)
    assert point.kind == "unstable node"


MODELS = {
    "clipped": ShallowPLRNNReconstructor(10, clipped=True, **SHORT),
    "plain": ShallowPLRNNReconstructor(10, clipped=False, **SHORT),
    "affine": ShallowPLRNNReconstructor(10, 3, clipped=True, observation="affine", **SHORT),
    "dendritic": PLRNNReconstructor(4, n_bases=3, **SHORT),
    "mean-centred": PLRNNReconstructor(4, mean_centered=True, **SHORT),
    "almost-linear": AlmostLinearRNNReconstructor(5, 2, **SHORT),
}


@pytest.mark.parametrize("name", MODELS)
def test_points_of_every_model_are_those_of_its_map_in_the_units_of_the_data(name):
    X = turning()
    model = MODELS[name].fit(X)
    system = model._system()
    found = cycles(model, 2, X)
    assert len(found) > 0
    for cycle in found:
        step = system.canonical.step(cycle.states)
        size = 1 + np.abs(cycle.states).max()
        assert np.abs(step - np.roll(cycle.states, -1, axis=0)).max() < 1e-8 * size
        rows = system.observation.observe(cycle.states) * model.scale_ + model.mean_
        np.testing.assert_allclose(cycle.points, rows)
        low, high = X.min(axis=0) - 0.01 * np.ptp(X, 0), X.max(axis=0) + 0.01 * np.ptp(X, 0)
        assert cycle.in_range == bool(np.all((rows >= low) & (rows <= high)))


def test_without_data_three_standard_deviations_are_the_range():
    X = turning()
    model = MODELS["plain"].fit(X)
    for cycle in cycles(model, 2):
        inside = np.all(np.abs(cycle.points - model.mean_) <= 3 * model.scale_)
        assert cycle.in_range == bool(inside)


def test_behind_a_pipeline_or_a_search_points_are_in_the_units_of_x():
    X = turning()
    scaler = StandardScaler().fit(X)
    model = ShallowPLRNNReconstructor(10, clipped=False, **SHORT)
    pipeline = make_pipeline(StandardScaler(), model).fit(X)
    alone = model.fit(scaler.transform(X))
    wanted = scaler.inverse_transform(fixed_points(alone).points)
    np.testing.assert_allclose(fixed_points(pipeline).points, wanted)
    np.testing.assert_allclose(fixed_points(pipeline, X).points, wanted)
    search = GridSearchCV(
        pipeline, {"shallowplrnnreconstructor__hidden_dim": [10]}, cv=TimeSeriesSplit(2)
    ).fit(X)
    np.testing.assert_allclose(fixed_points(search, X).points, wanted)


def test_behind_a_delay_embedding_points_have_the_measured_columns():
    X = turning()[:, :1]
    pipeline = make_pipeline(DelayEmbedding(n_delays=2, lag=5), MODELS["plain"]).fit(X)
    found = fixed_points(pipeline, X)
    assert found.points.shape == (len(found), 1) and found[0].states.shape == (1, 2)
    # In a fixed point all delays are the same, up to the fit of a short training.
    wanted = pipeline[-1]._system()
    rows = wanted.observation.observe(found[0].states) * wanted.scale + wanted.mean
    np.testing.assert_allclose(found.points[0], rows[0, :1])


def test_frames_are_taken_without_a_warning():
    X = pd.DataFrame(turning(), columns=["a", "b"])
    pipeline = make_pipeline(QuantileTransformer(n_quantiles=50), MODELS["plain"]).fit(X)
    table = repr(fixed_points(pipeline, X))
    assert table.startswith("order  kind") and "order 1: all there are, by 1024 sequences" in table


def test_gaps_lists_and_stacks_are_taken():
    X = turning()
    model = MODELS["almost-linear"].fit(X)
    gaps = X.copy()
    gaps[50] = np.nan
    for data in (gaps, [X[:100], X[100:]], np.stack([X, X])):
        np.testing.assert_allclose(fixed_points(model, data).points, fixed_points(model).points)


@pytest.fixture(scope="module")
def driven():
    rng = np.random.default_rng(0)
    s = 30.0 + 20.0 * rng.normal(size=300)
    X = np.column_stack([turning(), s])
    model = ShallowPLRNNReconstructor(10, clipped=False, n_inputs=1, **SHORT).fit(X)
    model.C_ = np.array([[0.3], [-0.2]])
    return model, X


def test_a_driven_model_has_fixed_points_under_a_constant_input(driven):
    model, X = driven
    places = []
    for s in (30.0, 45.0):
        found = fixed_points(model, X, inputs=[s])
        for point in found.points:
            run = model.simulate(point, 3, inputs=np.full((3, 1), s))
            np.testing.assert_allclose(run, np.tile(point, (3, 1)), rtol=1e-6)
        places.append(found.points)
    assert len(places[0]) and not np.array_equal(*places)
    scaler = StandardScaler().fit(X)
    scaled = (30.0 - scaler.mean_[2]) / scaler.scale_[2]
    pipeline = make_pipeline(
        StandardScaler(), ShallowPLRNNReconstructor(10, clipped=False, n_inputs=1, **SHORT)
    )
    found = fixed_points(pipeline.fit(X), X, inputs=[scaled])
    assert found.points.shape[1] == 2


def test_a_driven_model_has_none_without(driven):
    model, X = driven
    for analysis in (fixed_points, cycles, linear_regions):
        with pytest.raises(ValueError, match="only while they are constant.*Give inputs of shape"):
            analysis(model)
        with pytest.raises(ValueError, match=r"inputs have shape \(5, 1\).*Give shape \(1,\)"):
            analysis(model, inputs=np.zeros((5, 1)))
        with pytest.raises(ValueError, match="not numeric.*Give shape"):
            analysis(model, inputs=["a"])
        with pytest.raises(ValueError, match="NaN or infinity.*Give finite"):
            analysis(model, inputs=[np.nan])
        with pytest.raises(ValueError, match="without external inputs. Leave them out"):
            analysis(linear(np.eye(2)), inputs=[0.0])


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"max_order": 0}, ValueError, "max_order must be an integer, at least 1; got 0. 1 is for"),
        ({"max_order": 2.0}, TypeError, "max_order must be an integer.*got 2.0"),
        ({"min_order": 4}, ValueError, r"min_order must be an integer, in \[1, 3\]; got 4. 1 is"),
        ({"n_starts": 0}, ValueError, "n_starts must be an integer, at least 1; got 0. 500 is"),
        ({"n_boxes": -1}, ValueError, "n_boxes must be an integer, at least 0; got -1. 0 is for"),
        ({"n_boxes": "many"}, TypeError, "n_boxes must be an integer.*got 'many'"),
        ({"random_state": -1}, ValueError, "random_state"),
        ({"X": np.zeros((5, 3))}, ValueError, "X has 3 columns, and the map 2 units. Give states"),
        ({"X": np.full((5, 2), np.nan)}, ValueError, "Each row of X is a gap.*Give at least one"),
    ],
)
def test_bad_arguments_are_refused(given, error, match):
    with pytest.raises(error, match=match):
        cycles(linear(np.diag([0.5, 0.2])), **({"max_order": 3} | given))


def test_bad_estimators_are_refused():
    with pytest.raises(NotFittedError, match="not fitted"):
        fixed_points(ShallowPLRNNReconstructor())
    with pytest.raises(TypeError, match="LinearRegression has no simulate.*Give a reconstructor"):
        fixed_points(LinearRegression())
    with pytest.raises(ValueError, match="5 features.*same columns"):
        fixed_points(MODELS["plain"].fit(turning()), np.zeros((9, 5)))
