"""ForecastDisplay draws what forecast returns, over time or the index that goes on, with bands."""

import copy

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import EnsembleReconstructor
from sklearn_dsr._data.frames import like_frames
from sklearn_dsr.datasets import make_duffing
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.inspection import ForecastDisplay
from sklearn_dsr.pipeline import forecast

pytestmark = pytest.mark.filterwarnings("ignore:ShallowPLRNNReconstructor")  # of short fits


def texts(panel):
    return [text.get_text() for text in panel.get_legend().get_texts()]


def test_forecast_past_and_what_followed_are_drawn(model, X):
    display = ForecastDisplay.from_estimator(model, X[:1500], true=X[1500:1560])
    np.testing.assert_allclose(display.generated, model.forecast(X[:1500], 60))
    np.testing.assert_array_equal(display.past, X[1470:1500])
    np.testing.assert_array_equal(display.true, X[1500:1560])
    np.testing.assert_allclose(display.time, 0.02 * np.arange(1, 61))
    np.testing.assert_allclose(display.past_time, 0.02 * np.arange(-29, 1), atol=1e-12)
    low_and_high = model.forecast(X[:1500], 60, quantiles=(0.05, 0.95))
    np.testing.assert_array_equal(display.bands, low_and_high)
    assert texts(display.axes_[0]) == ["data", "90 % of forecasts", "forecast"]


def test_without_a_future_200_rows_are_forecast(model, X):
    display = ForecastDisplay.from_estimator(model, X, n_past=10, columns=1)
    assert display.generated.shape == (200, 1)
    assert display.true is None
    assert display.true_lines_ == []
    assert len(display.past) == 10
    assert display.names == ("x1",)


def test_a_future_that_is_known_in_part_is_drawn_so_far(model, X):
    display = ForecastDisplay.from_estimator(model, X[:1500], 50, true=X[1500:1520])
    np.testing.assert_array_equal(display.true[:20], X[1500:1520])
    assert np.isnan(display.true[20:]).all()


def test_one_column_is_forecast_through_a_pipeline(embedded, X):
    x = X[:, :1]
    display = ForecastDisplay.from_estimator(embedded, x[:1500], true=x[1500:1600])
    np.testing.assert_allclose(display.generated, forecast(embedded, x[:1500], 100))


def test_one_of_several_trajectories_is_drawn(model, X):
    parts, true = [X[:500], X[600:1000]], [X[500:550], X[1000:1040]]
    display = ForecastDisplay.from_estimator(model, parts, true=true, trajectory=1)
    np.testing.assert_allclose(display.generated, model.forecast(parts[1], 40))
    np.testing.assert_array_equal(display.true, true[1])
    with pytest.raises(ValueError, match="trajectory must be .* There are 2 trajectories"):
        ForecastDisplay.from_estimator(model, parts, trajectory=2)


def test_bands_are_quantiles_of_the_trajectories_in_the_units_of_X(ensemble, X):
    display = ForecastDisplay.from_estimator(
        ensemble, X[:1500], 40, quantiles=(0.1, 0.25, 0.75, 0.9), columns=(2, 0)
    )
    members = ensemble[-1].forecast_samples(ensemble[:-1].transform(X[:1500]), 40)
    samples = [ensemble[:-1].inverse_transform(run)[:, [2, 0]] for run in members]
    wanted = np.quantile(samples, [0.1, 0.25, 0.75, 0.9], axis=0)
    np.testing.assert_allclose(display.bands, wanted, rtol=1e-6)
    np.testing.assert_allclose(display.generated, np.median(samples, axis=0), rtol=1e-6)
    assert len(display.bands_) == 4
    wanted = ["data", "80 % of forecasts", "50 % of forecasts", "forecast"]
    assert texts(display.axes_[0]) == wanted


def test_bands_are_those_of_the_ensemble_alone(ensemble, X):
    alone, Z = ensemble[-1], ensemble[:-1].transform(X)
    display = ForecastDisplay.from_estimator(alone, Z[:1500], true=Z[1500:1530])
    low, median, high = alone.forecast(Z[:1500], 30, quantiles=(0.05, 0.5, 0.95))
    np.testing.assert_allclose(display.bands, [low, high])
    np.testing.assert_allclose(display.generated, median)


def test_the_index_of_a_frame_goes_on(reconstructor, X):
    index = pd.date_range("2024-03-01", periods=500, freq="h", name="hour")
    frame = pd.DataFrame(X[:500], columns=["heat", "flow", "wind"], index=index)
    fitted = reconstructor(max_iter=20).fit(frame)
    display = ForecastDisplay.from_estimator(fitted, frame[:400], true=frame[400:])
    np.testing.assert_array_equal(display.time, index[400:].to_numpy())
    np.testing.assert_array_equal(display.past_time, index[350:400].to_numpy())
    assert display.axes_[2].get_xlabel() == "hour"
    assert display.axes_[1].get_ylabel() == "flow"
    np.testing.assert_allclose(display.generated, fitted.forecast(frame[:400], 100).to_numpy())
    display.figure_.canvas.draw()


@pytest.mark.parametrize(
    ("index", "first", "name"),
    [
        (pd.RangeIndex(10, 60), 60, "time"),
        (pd.period_range("2020-01", periods=50, freq="M"), np.datetime64("2024-03-01"), "time"),
        (pd.timedelta_range("0s", periods=50, freq="2s", name="t"), 100.0, "t (s)"),
        (pd.date_range("2020", periods=50, tz="Asia/Tokyo"), np.datetime64("2020-02-20"), "time"),
        (pd.MultiIndex.from_product([["a"], range(50)]), 50, "time"),
        (pd.Index([f"row {k}" for k in range(50)]), 1.0, "time after the last row"),
    ],
)
def test_an_index_of_any_kind_goes_on_as_the_axis_of_time(index, first, name):
    past = pd.DataFrame({"y": np.sin(np.arange(50.0))}, index=index)
    display = ForecastDisplay.from_trajectories(
        None, like_frames(past, np.zeros((5, 1))), past=past
    )
    assert display.time[0] == first
    assert display.time_name == name
    display.figure_.canvas.draw()


def test_external_inputs_are_those_of_the_future(reconstructor):
    X = make_duffing(600, random_state=0)
    fitted = reconstructor(n_inputs=1, max_iter=20).fit(X)
    display = ForecastDisplay.from_estimator(fitted, X[:500], true=X[500:])
    np.testing.assert_allclose(display.generated, fitted.forecast(X[:500], 100, X[500:, -1:]))
    assert display.true.shape == display.generated.shape
    with pytest.raises(ValueError, match="1 external inputs, and inputs=None was given"):
        ForecastDisplay.from_estimator(fitted, X[:500], 10)


def test_bands_of_a_driven_pipeline_are_in_the_units_of_X(reconstructor):
    X = make_duffing(600, random_state=0) * 10.0
    members = EnsembleReconstructor(
        reconstructor(n_inputs=1, max_iter=20), 2, n_draws=4, random_state=0
    )
    pipeline = make_pipeline(StandardScaler(), members).fit(X)
    display = ForecastDisplay.from_estimator(pipeline, X[:500], true=X[500:550])
    scale = pipeline[0].transform
    low, high = pipeline[1].forecast(
        scale(X[:500]), 50, scale(X[500:550])[:, -1:], quantiles=(0.05, 0.95)
    )
    mean, spread = pipeline[0].mean_[:2], pipeline[0].scale_[:2]
    np.testing.assert_allclose(display.bands, [low * spread + mean, high * spread + mean])


def test_axes_in_are_axes_out(model, X, pyplot):
    figure, axes = pyplot.subplots(2, 1)
    display = ForecastDisplay.from_estimator(
        model, X, 20, columns=(0, 1), ax=axes, generated_kw={"lw": 4}
    )
    assert list(display.axes_) == list(axes)
    assert display.figure_ is figure
    assert display.generated_lines_[0].get_linewidth() == 4
    with pytest.raises(ValueError, match="ax holds 1 axes, and there are 2 panels"):
        display.plot(ax=axes[0])


def test_a_forecast_that_is_there_already_is_drawn():
    true, past = np.arange(10.0)[:, None], -np.arange(4.0)[::-1, None]
    bands = np.stack([true - 1, true + 1])
    display = ForecastDisplay.from_trajectories(true, true + 0.5, past=past, bands=bands, dt=2.0)
    np.testing.assert_array_equal(display.time, 2.0 * np.arange(1, 11))
    np.testing.assert_array_equal(display.past, past)
    np.testing.assert_array_equal(display.bands, bands)
    vertices = display.bands_[0].get_paths()[0].vertices[:, 1]
    assert (vertices.min(), vertices.max()) == (-1.0, 10.0)


def test_a_diverged_forecast_is_drawn_as_far_as_it_is_near_the_data(diverging, X):
    with pytest.warns(
        ReconstructionWarning, match="forecast diverged at step .* of 2000"
    ) as caught:
        display = ForecastDisplay.from_estimator(diverging, X, 2000)
    assert [warning.filename for warning in caught] == [__file__]
    assert np.isnan(display.generated[-1]).all()
    drawn = display.generated_lines_[0].get_ydata()
    assert np.isfinite(drawn[0])
    assert np.nanmax(np.abs(drawn)) < 3 * np.abs(X[:, 0]).max()
    with pytest.warns(ReconstructionWarning, match="forecast diverged at step 3 of 4"):
        ForecastDisplay.from_trajectories(X[:4], np.where(np.arange(4) < 2, 1, np.inf)[:, None])


def test_members_that_diverge_are_left_out_of_the_bands(ensemble, diverging, X):
    broken = copy.deepcopy(ensemble)
    broken[-1].estimators_[0].A_, broken[-1].used_members_ = diverging.A_, np.arange(2)
    with pytest.warns(ReconstructionWarning, match="5 of 10 trajectories diverged") as caught:
        display = ForecastDisplay.from_estimator(broken, X, 1000)
    assert caught[0].filename == __file__
    assert np.isfinite(display.bands).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n_steps": 0}, "n_steps must be an integer, at least 1; got 0"),
        ({"n_past": -1}, "n_past must be an integer, at least 0"),
        ({"quantiles": (0.5,)}, "quantiles must be ascending and of even number; got .0.5,."),
        ({"quantiles": (0.9, 0.1)}, "quantiles must be ascending"),
        ({"quantiles": (0.1, 1.2)}, "each of quantiles must be a number, in"),
        ({"columns": "wind"}, "columns has 'wind', and the data have the 3 columns x0, x1, x2"),
        ({"true": np.zeros((5, 2))}, "true has 2 columns and the forecast has 3"),
    ],
)
def test_parameters_out_of_range_are_named(model, X, given, message):
    with pytest.raises(ValueError, match=message):
        ForecastDisplay.from_estimator(model, X, **given)


def test_bands_of_a_wrong_shape_are_refused(X):
    with pytest.raises(ValueError, match=r"bands has shape \(1, 9, 3\); for 2 quantiles"):
        ForecastDisplay.from_trajectories(None, X[:9], bands=X[None, :9])


def test_the_data_are_one_line_through_the_last_row(model, X):
    display = ForecastDisplay.from_estimator(model, X[:500], 20, true=X[500:520])
    before, after = display.past_lines_[0].get_xydata(), display.true_lines_[0].get_xydata()
    np.testing.assert_array_equal(before[-1], after[0])
    np.testing.assert_array_equal(after[1:, 1], X[500:520, 0])
