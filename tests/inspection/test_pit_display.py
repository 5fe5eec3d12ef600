"""Histograms of where measured rows lie among draws of their forecasts."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from known_maps import linear
from planted import SHORTEST, fitted, with_map, with_noise_of
from scipy.stats import kstest, norm
from sklearn.preprocessing import FunctionTransformer

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.inspection import PITDisplay
from sklearn_dsr.pipeline import make_reconstruction_pipeline

A = 0.9 * np.array([[np.cos(0.5), np.sin(0.5)], [-np.sin(0.5), np.cos(0.5)]])


@pytest.fixture(scope="module")
def data():
    rng, rows = np.random.default_rng(0), np.zeros((6000, 2))
    for t in range(1, 6000):
        rows[t] = A @ rows[t - 1] + 0.3 * rng.standard_normal(2)
    return rows


@pytest.fixture(scope="module")
def model(data):
    """The true map, with its noise."""
    model = ShallowPLRNNReconstructor(3, clipped=False, standardize=False, **SHORTEST)
    model = with_noise_of(with_map(fitted(model, data[:3000]), linear(A)), data[:3000])
    model.forecast_spread_ = np.ones(20)
    return model


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_the_true_model_gives_a_flat_histogram_and_bands_that_hold_what_they_promise(model, data):
    display = PITDisplay.from_estimator(model, data, start=3000, n_origins=500)
    assert display.pit.shape == (3, 1000) and display.names == ["x0", "x1"]
    assert kstest(display.pit[0], "uniform").pvalue > 1e-3  # one step ahead they are independent
    for level in (0.5, 0.9):
        np.testing.assert_allclose(display.coverage(level), level, atol=0.06)
    heights = [bar.get_height() for bar in display.bars_[0]]
    np.testing.assert_allclose(heights, np.histogram(display.pit[0], 10, (0, 1))[0] / 1000)
    assert "90 % band" in display.axes_[1].get_title()


def test_it_is_the_distribution_function_of_the_forecast(model, data):
    display = PITDisplay.from_estimator(model, data, start=3000, horizons=1, n_origins=40)
    origins = np.unique(np.linspace(0, 2999, 40).astype(int)) + 3000
    scale = np.sqrt(np.diag(model.process_noise_) + model.observation_noise_**2)
    wanted = norm.cdf(data[origins], data[origins - 1] @ A.T, scale)
    np.testing.assert_allclose(display.pit[0], wanted.ravel(), atol=0.1)


@pytest.mark.parametrize(("factor", "low", "high"), [(3.0, 0.98, 1.0), (1 / 3, 0.0, 0.6)])
def test_wide_and_narrow_bands_are_seen(model, data, factor, low, high):
    model.forecast_spread_ = np.full(20, factor)
    covered = PITDisplay.from_estimator(model, data, start=3000, n_origins=150).coverage()
    model.forecast_spread_ = np.ones(20)
    assert np.all((low <= covered) & (covered <= high)), covered


def test_no_forecast_crosses_a_gap_or_begins_before_the_start(model, data):
    X = data[:120].copy()
    X[[50, 90]] = np.nan
    display = PITDisplay.from_estimator(model, X, start=40, horizons=(2, 9), n_origins=10**6)
    # Origins 40, 41; 52 to 81; 92 to 111, of two columns.
    assert display.pit.shape == (2, 2 * (2 + 30 + 20)) and np.isfinite(display.pit).all()
    many = PITDisplay.from_estimator(model, [X[:50], X[51:90], X[91:]], horizons=9, n_origins=10**6)
    assert many.pit.shape == (1, 2 * (41 + 30 + 20))


def test_columns_frames_pipelines_and_ensembles(model, data):
    assert PITDisplay.from_estimator(model, data, columns="x1", n_origins=9).pit.shape == (3, 9)
    frame = pd.DataFrame(data[:600], columns=["a", "b"])
    member = ShallowPLRNNReconstructor(8, stages="start", random_state=0)
    with_names = fitted(member, frame)
    with_names = PITDisplay.from_estimator(with_names, frame, columns="b", start=500, n_origins=20)
    assert with_names.names == ["b"] and with_names.pit.shape == (3, 20)
    step = FunctionTransformer(np.sinh, np.arcsinh)
    for estimator in (
        make_reconstruction_pipeline(step, member),
        EnsembleReconstructor(member, n_members=2, n_draws=100, random_state=0),
    ):
        estimator = fitted(estimator, data[:1500])
        covered = PITDisplay.from_estimator(estimator, data, start=3000, n_origins=100).coverage()
        assert np.all(covered > 0.7), covered


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"horizons": (0, 1)}, "each of horizons"),
        ({"start": -1}, "start"),
        ({"n_origins": 0}, "n_origins"),
        ({"start": 5990}, "No gap-free piece of X"),
        ({"ax": []}, "ax holds 0 axes"),
        ({"columns": "c"}, "c"),
    ],
)
def test_arguments_out_of_range_are_named(model, data, params, message):
    with pytest.raises(ValueError, match=message):
        PITDisplay.from_estimator(model, data, **params)


def test_external_inputs_are_refused(data):
    driven = fitted(ShallowPLRNNReconstructor(5, n_inputs=1, **SHORTEST), data[:300])
    with pytest.raises(TypeError, match="1 external inputs"):
        PITDisplay.from_estimator(driven, data)
