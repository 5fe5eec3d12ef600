"""Displays of the learned system and of its training show what the analyses return."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import AlmostLinearRNNReconstructor
from sklearn_dsr.dynamics import fixed_points, linear_regions, lyapunov_spectrum
from sklearn_dsr.dynamics._found import Cycle
from sklearn_dsr.inspection import (
    FixedPointDisplay,
    LinearRegionDisplay,
    LyapunovDisplay,
    TrainingDisplay,
)
from sklearn_dsr.inspection._projection import Projection

pytestmark = pytest.mark.filterwarnings("ignore:AlmostLinear")  # of short fits


@pytest.fixture(scope="module")
def few_regions(X):
    """A model with up to 4 linear regions, behind a transformer."""
    settings = {"n_init": 1, "max_iter": 5, "stages": "train", "random_state": 0}
    model = AlmostLinearRNNReconstructor(6, 2, **settings)
    return make_pipeline(StandardScaler(), model).fit(X)


def test_exponents_converge_to_those_of_the_spectrum(model, X):
    display = LyapunovDisplay.from_estimator(model, X, n_steps=2000, n_transient=100)
    wanted = lyapunov_spectrum(model, X[0], n_steps=2000, n_transient=100, return_history=True)
    np.testing.assert_allclose(display.history, wanted.history)
    np.testing.assert_allclose(display.standard_error, wanted.standard_error)
    np.testing.assert_allclose(display.time, 2.0 * np.arange(1, 21))  # dt is 0.02
    lines = [line.get_ydata() for line in display.lines_]
    np.testing.assert_array_equal(lines, display.history.T)
    assert lines[0][-1] == pytest.approx(display.exponents[0])
    label = display.axes_[0].get_legend().get_texts()[0].get_text()
    value, error = label.removesuffix(" per unit of time").split(" ± ")
    assert float(value) == pytest.approx(display.exponents[0], rel=0.1)
    assert float(error) == pytest.approx(display.standard_error[0], rel=0.1)


def test_the_band_is_the_standard_error(model):
    display = LyapunovDisplay.from_estimator(model, n_steps=1000, n_exponents=1)
    vertices = display.bands_[0].get_paths()[0].vertices
    at_the_end = vertices[vertices[:, 0] == display.time[-1], 1]
    value, error = display.exponents[0], display.standard_error[0]
    assert at_the_end.min() == pytest.approx(value - error)
    assert at_the_end.max() == pytest.approx(value + error)


def test_exponents_of_a_pipeline_start_where_X_does(embedded, X):
    display = LyapunovDisplay.from_estimator(embedded, X[:, :1], n_steps=500, n_transient=0)
    start = embedded[:-1].transform(X[:, :1])[10]
    wanted = lyapunov_spectrum(embedded, start, n_steps=500, n_transient=0)
    np.testing.assert_allclose(display.exponents, wanted)


def test_as_many_exponents_as_are_asked_for(model, pyplot):
    spectrum = lyapunov_spectrum(model, n_steps=100, return_history=True)
    figure, axes = pyplot.subplots(2, 1)
    display = LyapunovDisplay(**vars(spectrum)).plot(axes, n_shown=2)
    assert list(display.axes_) == list(axes)
    assert display.figure_ is figure
    with pytest.raises(ValueError, match=r"n_shown must be an integer, in \[1, 3\]; got 4"):
        display.plot(n_shown=4)


def test_an_exponent_of_minus_infinity_is_named_but_not_drawn():
    display = LyapunovDisplay(
        exponents=np.array([-np.inf]),
        standard_error=np.zeros(1),
        time=np.arange(1.0, 4.0),
        history=np.full((3, 1), -np.inf),
    ).plot()
    assert np.isnan(display.lines_[0].get_ydata()).all()
    assert "-inf per unit" in display.axes_[0].get_legend().get_texts()[0].get_text()
    display.figure_.canvas.draw()


def test_fixed_points_lie_where_the_model_stays(model, X):
    display = FixedPointDisplay.from_estimator(model, X, columns=(2, 0))
    wanted = fixed_points(model, X).points[:, [2, 0]]
    assert len(display.points) == len(wanted) > 0
    near = [k for k, points in enumerate(display.points) if np.isfinite(points).all()]
    np.testing.assert_allclose(np.concatenate(display.points)[near], wanted[near])
    np.testing.assert_array_equal(display.true, X[:, [2, 0]])
    assert len(display.point_lines_) == len(near)
    point = np.array([line.get_xydata()[0] for line in display.point_lines_])
    np.testing.assert_allclose(point, wanted[near])


def test_fixed_points_of_one_column_lie_on_the_diagonal(embedded, X):
    display = FixedPointDisplay.from_estimator(embedded, X[:, :1], lag=7)
    for points in display.points:
        np.testing.assert_allclose(points[:, 0], points[:, 1])
    assert len(display.true) == len(X) - 10 - 7
    assert display.labels == ("x0", "x0, 7 rows before")


def test_the_past_of_a_cycle_is_the_cycle():
    points = np.array([[1.0, 5.0], [2.0, 7.0], [4.0, 6.0]])
    project = Projection((1, 1), (0, 2), ("b", "b, 2 rows before"))
    np.testing.assert_array_equal(project.of_cycle(points), project(np.tile(points, (3, 1)))[-3:])


def test_a_point_that_is_far_away_in_any_column_is_not_drawn(model, X, monkeypatch):
    places = X.mean(axis=0) + np.array([[0, 0, 0], [0, 3 * np.ptp(X[:, 1]), 0]])
    found = [Cycle(place[None], place[None], np.array([0.5 + 0j]), True, 1) for place in places]
    monkeypatch.setattr("sklearn_dsr.inspection._fixed_points.cycles", lambda *_, **__: found)
    display = FixedPointDisplay.from_estimator(model, X, columns=(0, 2))
    np.testing.assert_allclose(display.points[0], places[:1, [0, 2]])
    assert np.isnan(display.points[1]).all()
    assert len(display.point_lines_) == 1


def test_symbols_of_stability_and_points_that_are_far_away(X):
    def cycle(*eigenvalues, order=1):
        points = np.zeros((order, 2))
        return Cycle(points, points, np.array(eigenvalues, dtype=complex), True, 1)

    found = [
        cycle(0.5, 0.1),
        cycle(2.0, 0.5),
        cycle(2.0, 3.0),
        cycle(1.0, 0.5),
        cycle(0.1, order=2),
    ]
    points = [np.zeros((1, 2))] * 4 + [np.array([[0.0, 1.0], [1.0, 0.0]])]
    display = FixedPointDisplay(
        cycles=[*found, found[0]],
        points=[*points, np.full((1, 2), np.nan)],
        true=X[:, :2],
        labels=("a", "b"),
    ).plot()
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == [
        "data",
        "stable fixed point",
        "saddle fixed point",
        "unstable fixed point",
        "neutral fixed point",
        "stable cycle",
        "1 far from the data",
    ]
    closed = display.point_lines_[4].get_xydata()
    np.testing.assert_array_equal(closed, [[0, 1], [1, 0], [0, 1]])


def test_fixed_points_in_axes_of_three_dimensions(model, X, pyplot):
    ax = pyplot.figure().add_subplot(projection="3d")
    display = FixedPointDisplay.from_estimator(model, X, ax=ax)
    assert display.ax_ is ax
    assert display.true.shape == (len(X), 3)
    display.figure_.canvas.draw()


def test_regions_are_those_of_the_run_in_the_units_of_X(few_regions, X):
    display = LinearRegionDisplay.from_estimator(few_regions, X, n_steps=500, columns=(0, 2))
    start = few_regions[0].transform(X[:1])[0]
    wanted = linear_regions(few_regions, start, n_steps=500)
    np.testing.assert_allclose(display.generated, wanted.orbit[:, [0, 2]])
    np.testing.assert_array_equal(display.sequence, wanted.sequence)
    assert len(display.region_lines_) == len(wanted)
    for k, line in enumerate(display.region_lines_):
        np.testing.assert_allclose(line.get_xydata(), wanted.orbit[wanted.sequence == k][:, [0, 2]])
    assert [text.get_text() for text in display.texts_] == [str(k) for k in range(len(wanted))]
    assert display.points_ is None and display.colorbar_ is None


def test_regions_of_one_column_are_drawn_against_its_past(few_regions, X):
    display = LinearRegionDisplay.from_estimator(few_regions, n_steps=500, columns=0, lag=4)
    wanted = linear_regions(few_regions, n_steps=500)
    np.testing.assert_array_equal(display.sequence, wanted.sequence[4:])
    x = wanted.orbit[:, 0]
    np.testing.assert_allclose(display.generated, np.column_stack([x[4:], x[:-4]]))


def test_more_regions_than_colours_are_coloured_by_expansion(model, X, pyplot):
    _, ax = pyplot.subplots()
    display = LinearRegionDisplay.from_estimator(model, X, ax=ax, n_colors=2)
    assert display.ax_ is ax and display.region_lines_ == display.texts_ == []
    regions = linear_regions(model, X[0])
    assert len(regions) == len(display.expansion) == 3  # of the circuit
    # The largest singular value by its definition: the root of the largest eigenvalue of J^T J.
    gram = np.swapaxes(regions.jacobians, 1, 2) @ regions.jacobians
    wanted = np.log(np.linalg.eigvalsh(gram)[:, -1]) / 2 / model.dt
    np.testing.assert_allclose(display.expansion, wanted)
    np.testing.assert_allclose(display.points_.get_array(), wanted[regions.sequence])
    np.testing.assert_array_equal(display.points_.get_offsets(), display.generated)
    assert ax.get_title() == "3 linear regions"
    assert display.colorbar_.ax.get_ylabel() == "expansion (1 / unit of time)"
    with pytest.raises(ValueError, match="n_colors must be an integer, at least 1"):
        display.plot(n_colors=0)


def test_a_region_that_maps_to_a_point_has_the_lowest_colour(pyplot):
    display = LinearRegionDisplay(
        generated=np.arange(6.0).reshape(3, 2),
        sequence=np.arange(3),
        frequencies=np.full(3, 1 / 3),
        expansion=np.array([-np.inf, 0.5, 1.0]),
        labels=("a", "b"),
    ).plot(n_colors=1, point_kw={"s": 9.0})
    np.testing.assert_array_equal(display.points_.get_array(), [0.5, 0.5, 1.0])
    np.testing.assert_array_equal(display.points_.get_sizes(), [9.0])
    display.figure_.canvas.draw()


def test_training_is_the_record_of_the_fit(model, pyplot):
    figure, axes = pyplot.subplots(2, 2)
    display = TrainingDisplay.from_estimator(model, ax=axes)
    assert list(display.axes_) == list(axes.ravel())
    assert display.figure_ is figure
    for k, candidate in enumerate(model.candidates_):
        np.testing.assert_array_equal(display.loss_lines_[k].get_ydata(), candidate["losses"])
        np.testing.assert_array_equal(display.alpha_lines_[k].get_ydata(), candidate["alphas"])
        scores = [c["S"] for c in candidate["checkpoints"]]
        np.testing.assert_array_equal(display.score_lines_[2 * k].get_ydata(), scores)
        before = candidate["epochs_before"]
        verified = [before + c["epoch"] for c in candidate["checkpoints"] if "total" in c]
        np.testing.assert_array_equal(display.score_lines_[2 * k + 1].get_xdata(), verified)
    record = model.candidates_[model.chosen_[0]]
    best = record["checkpoints"][model.chosen_[1]]
    x, y = display.chosen_line_.get_data()
    assert (x[0], y[0]) == (record["epochs_before"] + best["epoch"], best["S"])
    assert best["epoch"] == model.n_iter_


def test_the_learning_rate_rises_shortly_and_falls_to_nothing(model):
    rates = TrainingDisplay.from_estimator(model).rate_lines_[0].get_ydata()
    assert len(rates) == model.max_iter
    assert 0.9 * model.learning_rate_init < rates.max() < model.learning_rate_init
    assert np.all(np.diff(rates[2:]) < 0)
    assert 0 < rates[-1] < 1e-3 * model.learning_rate_init


def test_a_model_of_the_start_has_a_score_and_a_text_in_place_of_a_loss(untrained, model):
    display = TrainingDisplay.from_estimator(untrained)
    (text,) = display.axes_[0].texts
    assert text.get_text().startswith("nothing was trained")
    for line in display.loss_lines_ + display.alpha_lines_ + display.rate_lines_:
        assert len(line.get_xdata()) == 0
    best = untrained.candidates_[untrained.chosen_[0]]["checkpoints"][untrained.chosen_[1]]
    x, y = display.chosen_line_.get_data()
    assert (x[0], y[0]) == (0, best["S"])
    display.figure_.canvas.draw()
    # Candidates that were trained beside them have their lines, and there is no such text.
    both = untrained.candidates_ + model.candidates_
    display = TrainingDisplay(candidates=both, chosen=untrained.chosen_).plot()
    assert not display.axes_[0].texts
    lengths = [len(line.get_xdata()) for line in display.loss_lines_]
    assert lengths == [len(candidate["losses"]) for candidate in both] and max(lengths) > 0
    names = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert names == ["chosen: regression", f"{len(both) - 1} others"]
    display.figure_.canvas.draw()


def test_another_architecture_is_told_from_the_chosen_one(model):
    candidates = [c | {"architecture": {"clipped": False}} for c in model.candidates_]
    others = [c | {"architecture": {"clipped": True}} for c in candidates]
    n, chosen = len(candidates), model.chosen_
    display = TrainingDisplay(candidates=candidates + others, chosen=chosen).plot()
    texts = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    family = candidates[chosen[0]]["family"]
    likes = f"{n - 1} other{'s' * (n > 2)}"
    assert texts == [f"chosen: {family}", likes, f"{n} others, clipped=True"]
    colors = [line.get_color() for line in display.loss_lines_]
    assert not set(colors[:n]) & set(colors[n:])
    assert colors[chosen[0]] not in colors[n:]


def test_among_many_candidates_the_chosen_one_stands_out_and_the_legend_is_short(model):
    many = [model.candidates_[0] | {"family": f"constant {k / 100}"} for k in range(40)]
    display = TrainingDisplay(candidates=many, chosen=(17, 0)).plot()
    for lines in (display.loss_lines_, display.alpha_lines_, display.rate_lines_):
        others = lines[:17] + lines[18:]
        assert len({line.get_color() for line in others}) == 1
        assert lines[17].get_color() != others[0].get_color()
        assert lines[17].get_linewidth() > 2 * others[0].get_linewidth()
        assert lines[17].get_zorder() > others[0].get_zorder()
    texts = [[t.get_text() for t in ax.get_legend().get_texts()] for ax in display.axes_[:2]]
    assert texts == [
        ["chosen: constant 0.17", "39 others"],
        ["checkpoint", "verified", "chosen"],
    ]


def test_training_of_the_best_member_behind_a_pipeline(ensemble):
    display = TrainingDisplay.from_estimator(ensemble)
    best = ensemble[-1].estimators_[ensemble[-1].best_index_]
    assert display.candidates is best.candidates_


def test_a_candidate_that_diverged_at_once_draws_nothing(model):
    dead = {"family": "constant 0.5", "status": "diverged", "losses": [], "alphas": []}
    dead |= {"rates": [], "epochs_before": 0, "architecture": {}}
    dead["checkpoints"] = [{"epoch": 0, "S": np.inf}]
    display = TrainingDisplay(candidates=[dead], chosen=(0, 0)).plot()
    assert len(display.loss_lines_[0].get_xdata()) == 0
    assert np.isnan(display.chosen_line_.get_ydata()).all()
    assert not display.axes_[0].texts  # it was trained, without success
    display.figure_.canvas.draw()
