"""AttractorDisplay draws the data and the run that the model makes beside them, and no other."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV

from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.inspection import AttractorDisplay, reconstruction_report
from sklearn_dsr.pipeline import simulate
from sklearn_dsr.preprocessing import DelayEmbedding

pytestmark = pytest.mark.filterwarnings("ignore:ShallowPLRNNReconstructor")  # of short fits


def test_data_and_free_run_in_the_units_of_X(model, X):
    display = AttractorDisplay.from_estimator(model, X)
    np.testing.assert_array_equal(display.true, X[1:])
    np.testing.assert_allclose(display.generated, model.simulate(X[0], len(X) - 1))
    assert display.labels == ("x0", "x1", "x2")


def test_a_pipeline_and_a_search_are_drawn_in_the_coordinates_of_X(ensemble, X, reconstructor):
    display = AttractorDisplay.from_estimator(ensemble, X, columns=(2, 0))
    run = simulate(ensemble, X[0], 200)  # after which rounding has grown to be seen
    np.testing.assert_allclose(display.generated[:200], run[:, [2, 0]], rtol=1e-6)
    cv = [(np.arange(500), np.arange(500, 900))]
    search = GridSearchCV(reconstructor(), {"max_iter": [20]}, cv=cv)
    display = AttractorDisplay.from_estimator(search.fit(X), X, n_dims=2)
    run = search.best_estimator_.simulate(X[0], 200)
    np.testing.assert_allclose(display.generated[:200], run[:, :2])


def test_trajectories_with_gaps_are_drawn_by_their_longest_pieces(model, X):
    gappy = X[:300].copy()
    gappy[100] = np.nan
    display = AttractorDisplay.from_estimator(model, [gappy, X[500:600]])
    wanted = np.concatenate([gappy[102:], [[np.nan] * 3], X[501:600]])
    np.testing.assert_array_equal(display.true, wanted)
    np.testing.assert_allclose(display.generated[:198], model.simulate(X[101], 198), rtol=1e-6)
    np.testing.assert_allclose(display.generated[199:], model.simulate(X[500], 99), rtol=1e-6)


def test_one_column_is_drawn_against_its_own_past(embedded, X):
    x = X[:, :1]
    display = AttractorDisplay.from_estimator(embedded, x)
    lag = DelayEmbedding(n_delays=2).fit(x[11:]).lag_
    np.testing.assert_array_equal(display.true, np.hstack([x[11 + lag :], x[11:-lag]]))
    run = simulate(embedded, x[:11], len(x) - 11)
    np.testing.assert_allclose(display.generated, np.hstack([run[lag:], run[:-lag]]))
    assert display.labels == ("x0", f"x0, {lag} rows before")


def test_a_given_lag_is_taken_in_three_dimensions():
    x = np.arange(10.0)[:, None]
    display = AttractorDisplay.from_trajectories(x, x + 0.5, n_dims=3, lag=2)
    np.testing.assert_array_equal(display.true, np.hstack([x[4:], x[2:-2], x[:-4]]))
    np.testing.assert_array_equal(display.generated, display.true + 0.5)
    assert [panel.name for panel in display.axes_] == ["3d", "3d"]


def test_names_of_a_frame_are_the_labels_and_choose_columns(X):
    frame = pd.DataFrame(X, columns=["heat", "flow", "wind"])
    display = AttractorDisplay.from_trajectories(frame, X, columns=["wind", "heat"])
    np.testing.assert_array_equal(display.true, X[:, [2, 0]])
    assert display.axes_[0].get_xlabel() == "wind"
    assert display.axes_[1].get_ylabel() == "heat"


def test_names_of_the_fit_are_the_labels_of_an_array(reconstructor, X):
    frame = pd.DataFrame(X, columns=["heat", "flow", "wind"])
    fitted = reconstructor(max_iter=20).fit(frame)
    display = AttractorDisplay.from_estimator(fitted, frame.to_numpy(), columns=1)
    assert display.labels[0] == "flow"


def test_axes_in_are_axes_out_with_common_limits(model, X, pyplot):
    figure, axes = pyplot.subplots(1, 2)
    display = AttractorDisplay.from_estimator(model, X, ax=axes)  # as many dimensions as axes
    assert list(display.axes_) == list(axes)
    assert display.figure_ is figure
    assert axes[0].get_xlim() == axes[1].get_xlim()
    assert axes[0].get_ylim() == axes[1].get_ylim()
    assert list(axes[0].lines) == [display.true_line_]
    assert list(axes[1].lines) == [display.generated_line_]


def test_both_in_one_axes_and_arguments_of_the_lines(X, pyplot):
    _, ax = pyplot.subplots()
    display = AttractorDisplay.from_trajectories(
        X, X[::2], ax=ax, max_rows=50, true_kw={"lw": 3, "c": "blue"}, generated_kw={"label": "new"}
    )
    assert list(display.axes_) == [ax]
    assert display.true_line_.get_linewidth() == 3
    assert len(display.true_line_.get_xdata()) == 50
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["data", "new"]


def test_a_display_can_be_drawn_again(X):
    first = AttractorDisplay.from_trajectories(X, X)
    again = AttractorDisplay(true=first.true, generated=first.generated, labels=first.labels)
    assert again.plot() is again
    assert again.figure_ is not first.figure_


def test_a_diverged_run_is_drawn_as_far_as_it_is_near_the_data(diverging, X):
    with pytest.warns(ReconstructionWarning, match="diverged at step .* drawn as far as") as caught:
        display = AttractorDisplay.from_estimator(diverging, X, columns=(0, 1))
    assert caught[0].filename == __file__
    n = len(display.generated)
    assert 3 < n < len(X)
    assert np.isfinite(display.generated).all()
    span = np.ptp(display.true, axis=0)
    drawn = np.column_stack(display.generated_line_.get_data())
    assert np.nanmax(np.abs(drawn)) < 3 * np.abs(display.true).max()
    limits = np.diff(display.axes_[0].get_xlim())
    assert limits < 4 * span[0]


@pytest.mark.parametrize("columns", [(0, 1), (0, 1, 2)])
def test_a_run_that_nowhere_is_finite_draws_the_data_only(X, columns):
    with pytest.warns(ReconstructionWarning, match="diverged at step 1 of 5"):
        display = AttractorDisplay.from_trajectories(X, np.full((5, 3), np.nan), columns=columns)
    assert display.generated.shape == (0, len(columns))
    display.figure_.canvas.draw()


def test_a_run_with_a_gap_has_not_diverged(X):
    joined = np.concatenate([X[:9], [[np.nan] * 3], X[:9]])
    np.testing.assert_array_equal(AttractorDisplay.from_trajectories(X, joined).generated, joined)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"columns": 3}, "columns has 3, and the data have the 3 columns x0, x1, x2. Give numbers"),
        ({"columns": "wind"}, "columns has 'wind'"),
        ({"columns": ()}, "columns has 0 entries, and 1 to 3 can be shown"),
        ({"columns": (0, 1, 2, 0)}, "columns has 4 entries, and 1 to 3"),
        ({"columns": (0, 1), "n_dims": 3}, "There are 2 columns to draw in n_dims=3"),
        ({"n_dims": 4}, "n_dims must be one of 2, 3; got 4"),
        ({"columns": 0, "lag": 0}, "lag must be an integer, in"),
        ({"columns": 0, "lag": "best"}, "lag must be one of 'auto'"),
        ({"max_rows": 0}, "max_rows must be an integer, at least 1"),
    ],
)
def test_parameters_out_of_range_are_named(X, given, message):
    with pytest.raises(ValueError, match=message):
        AttractorDisplay.from_trajectories(X, X, **given)


def test_axes_of_another_number_or_kind_are_refused(X, pyplot):
    _, axes = pyplot.subplots(1, 3)
    with pytest.raises(ValueError, match="ax holds 3 axes, and there are 2 panels"):
        AttractorDisplay.from_trajectories(X, X, ax=axes)
    with pytest.raises(ValueError, match="has 3 dimensions. Give axes made with projection='3d'"):
        AttractorDisplay.from_trajectories(X, X, n_dims=3, ax=axes[:2])


def test_noise_drives_the_run_of_a_driven_model(reconstructor, X):
    model = reconstructor().fit(X)
    model.driven_ = True
    display = AttractorDisplay.from_estimator(model, X)
    run = model.simulate(X[0], len(X) - 1, noise=True, random_state=0)
    np.testing.assert_allclose(display.generated[:200], run[:200], rtol=1e-6)
    assert display.axes_[1].get_title() == "free run with noise"
    report = reconstruction_report(model, X, max_order=1)
    model.driven_ = False
    assert report.metrics != reconstruction_report(model, X, max_order=1).metrics
