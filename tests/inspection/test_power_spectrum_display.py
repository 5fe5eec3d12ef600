"""PowerSpectrumDisplay shows densities that integrate to the variance, and D_H of each column."""

import numpy as np
import pytest

from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.inspection import PowerSpectrumDisplay
from sklearn_dsr.metrics import power_spectrum_hellinger
from sklearn_dsr.pipeline import simulate

TIME = 0.1 * np.arange(2000)[:, None]
WAVES = np.hstack([np.sin(2 * np.pi * TIME), 3 * np.sin(2 * np.pi * 2 * TIME) + 7.0])


def test_the_density_integrates_to_the_variance_and_peaks_at_the_frequency():
    display = PowerSpectrumDisplay.from_trajectories(WAVES, 2 * WAVES, dt=0.1, sigma=3)
    step = display.frequency[1]
    assert display.frequency[-1] == pytest.approx(5.0)
    np.testing.assert_allclose(display.true.sum(axis=0) * step, [0.5, 4.5], rtol=1e-3)
    np.testing.assert_allclose(display.frequency[display.true.argmax(axis=0)], [1.0, 2.0])
    np.testing.assert_allclose(display.generated, 4 * display.true)
    np.testing.assert_allclose(display.hellinger, 0.0, atol=1e-7)


def test_without_smoothing_it_is_the_periodogram():
    x = np.random.default_rng(0).standard_normal((101, 1))
    display = PowerSpectrumDisplay.from_trajectories(x, x, dt=0.5, sigma=0)
    periodogram = np.abs(np.fft.rfft(x[:, 0] - x.mean())) ** 2
    step = 1 / (101 * 0.5)
    share = periodogram / periodogram.sum()
    np.testing.assert_allclose(display.true[:, 0] * step, share * x.var(), rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(display.frequency, np.fft.rfftfreq(101, 0.5))


def test_distances_are_those_of_the_free_run(model, X):
    display = PowerSpectrumDisplay.from_estimator(model, X, columns=(2, 0))
    true, run = X[1:], model.simulate(X[0], len(X) - 1)
    for k, column in enumerate((2, 0)):
        wanted = power_spectrum_hellinger(true[:, [column]], run[:, [column]])
        assert display.hellinger[k] == pytest.approx(wanted)
    assert display.names == ("x2", "x0")
    assert display.frequency[-1] == pytest.approx(25.0, rel=1e-3)  # dt is that of the model


def test_the_distance_of_a_pipeline_is_of_its_run(embedded, X):
    x = X[:, :1]
    display = PowerSpectrumDisplay.from_estimator(embedded, x)
    run = simulate(embedded, x[:11], len(x) - 11)
    assert display.hellinger[0] == pytest.approx(power_spectrum_hellinger(x[11:], run))


def test_series_of_unequal_length_are_cut_to_a_common_one():
    display = PowerSpectrumDisplay.from_trajectories([WAVES, WAVES[:50]], WAVES[:1000])
    assert len(display.frequency) == 501
    assert np.isfinite(display.generated).all()


def test_each_column_has_a_panel_with_label_and_legend(X, pyplot):
    figure, axes = pyplot.subplots(3, 1)
    display = PowerSpectrumDisplay.from_trajectories(X, X, dt=0.02, ax=axes, max_frequency=4.0)
    assert list(display.axes_) == list(axes)
    assert display.figure_ is figure
    assert [panel.get_ylabel() for panel in axes] == [f"density of x{k}" for k in range(3)]
    assert axes[2].get_xlabel() == "frequency (1 / unit of time)"
    assert {panel.get_yscale() for panel in axes} == {"log"}
    assert max(display.true_lines_[0].get_xdata()) <= 4.0
    texts = [text.get_text() for text in axes[0].get_legend().get_texts()]
    assert texts == ["data", "free run, $D_H$ = 0.00", "thin: Welch"]


def test_the_axis_ends_a_little_above_the_data(X):
    display = PowerSpectrumDisplay.from_trajectories(WAVES, WAVES, dt=0.1, sigma=0)
    assert 2.0 < max(display.true_lines_[0].get_xdata()) < 4.0


def test_of_a_short_series_the_thin_line_has_the_peak_and_the_legend_says_so():
    sine, noise = WAVES[:60, :1], np.random.default_rng(0).standard_normal((60, 1))
    display = PowerSpectrumDisplay.from_trajectories(sine, noise, dt=0.1)
    assert not display.telling and display.hellinger[0] < 0.1
    peak = display.welch_frequency[display.true_welch[:, 0].argmax()]
    assert peak == pytest.approx(1.0, abs=display.welch_frequency[1])
    share = [np.max(w) / np.mean(w) for w in (display.true_welch, display.generated_welch)]
    assert share[0] > 2 * share[1]
    texts = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert texts[1] == "free run, $D_H$ cannot tell"
    assert PowerSpectrumDisplay.from_trajectories(WAVES, WAVES, dt=0.1).telling


def test_the_thin_line_integrates_to_the_variance_of_noise():
    x = 3.0 * np.random.default_rng(0).standard_normal((20, 2000, 1))
    display = PowerSpectrumDisplay.from_trajectories(x, x, dt=0.1)
    area = np.sum(display.true_welch[:, 0]) * display.welch_frequency[1]
    assert area == pytest.approx(9.0, rel=0.05)


def test_a_diverged_run_has_no_spectrum(diverging, X):
    with pytest.warns(ReconstructionWarning, match="diverged"):
        display = PowerSpectrumDisplay.from_estimator(diverging, X)
    assert np.isnan(display.generated).all() and np.isnan(display.generated_welch).all()
    np.testing.assert_array_equal(display.hellinger, 1.0)
    assert np.isfinite(display.true).all()
    display.figure_.canvas.draw()


def test_a_constant_column_has_an_empty_panel():
    x = np.hstack([WAVES[:, :1], np.ones_like(TIME)])
    display = PowerSpectrumDisplay.from_trajectories(x, x)
    np.testing.assert_array_equal(display.true[:, 1], 0.0)
    display.figure_.canvas.draw()
    PowerSpectrumDisplay.from_trajectories(x, x, columns=1).figure_.canvas.draw()


@pytest.mark.parametrize("given", [{"sigma": -1.0}, {"dt": 0.0}, {"max_frequency": 0.0}])
def test_parameters_out_of_range_are_named(given):
    with pytest.raises(ValueError, match=f"{next(iter(given))} must be a number"):
        PowerSpectrumDisplay.from_trajectories(WAVES, WAVES, **given)


def test_widths_that_differ_are_refused():
    with pytest.raises(ValueError, match="generated has 1 columns and true has 2"):
        PowerSpectrumDisplay.from_trajectories(WAVES, WAVES[:, :1])
