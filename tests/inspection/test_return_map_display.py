"""ReturnMapDisplay finds the maxima of data and run, never across a gap, and not those of noise."""

import numpy as np
import pytest

from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.inspection import ReturnMapDisplay

TIME = 0.1 * np.arange(1000)


def wave(height):
    """Oscillation of period 2 pi whose maxima have the given heights."""
    k = (TIME / (2 * np.pi)).astype(int)
    return (np.asarray(height)[k % len(height)] * np.sin(TIME))[:, None]


def test_pairs_are_of_successive_maxima_between_the_rows():
    display = ReturnMapDisplay.from_trajectories(wave([1.0, 2.0, 3.0]), wave([1.5]))
    pairs = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, 1.0]])
    np.testing.assert_allclose(display.true[:3], pairs, rtol=1e-4)  # rows are off by 5e-3
    np.testing.assert_allclose(display.generated, 1.5, rtol=1e-4)
    assert len(display.true) == 15  # of 16 maxima
    np.testing.assert_array_equal(display.true[1:, 0], display.true[:-1, 1])


def test_maxima_are_those_of_the_free_run(model, X):
    display = ReturnMapDisplay.from_estimator(model, X, column=2)
    again = ReturnMapDisplay.from_trajectories(X[1:], model.simulate(X[0], len(X) - 1), column=2)
    np.testing.assert_allclose(display.generated, again.generated)
    np.testing.assert_allclose(display.true, again.true)
    assert len(display.generated) > 5
    assert display.ax_.get_xlabel() == "maximum of x2"


def test_one_column_has_a_map_through_a_pipeline(embedded, X):
    display = ReturnMapDisplay.from_estimator(embedded, X[:, :1])
    assert len(display.true) > 5
    assert display.name == "x0"


def test_no_pair_crosses_a_gap_or_the_border_of_trajectories():
    x = wave([1.0])
    whole = ReturnMapDisplay.from_trajectories(x, x)
    x[500] = np.nan
    parts = ReturnMapDisplay.from_trajectories(x, [x[:500], x[501:]])
    assert len(parts.true) == len(parts.generated) == len(whole.true) - 1


def test_low_maxima_are_taken_for_noise():
    x = wave([1.0, 2.0])
    noisy = x + 0.02 * np.random.default_rng(0).standard_normal(x.shape)
    display = ReturnMapDisplay.from_trajectories(noisy, x)
    assert len(display.true) == len(display.generated) == 15
    assert len(ReturnMapDisplay.from_trajectories(noisy, x, prominence=0.0).true) > 40


def test_axes_in_are_axes_out(pyplot):
    figure, ax = pyplot.subplots()
    display = ReturnMapDisplay.from_trajectories(wave([1, 2]), wave([1]), ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    np.testing.assert_array_equal(display.true_line_.get_data(), display.true.T)
    with pytest.raises(ValueError, match="ax holds 2 axes, and there are 1 panels"):
        display.plot(ax=pyplot.subplots(1, 2)[1])


def test_a_run_at_rest_has_no_maxima():
    display = ReturnMapDisplay.from_trajectories(wave([1, 2]), np.ones((100, 1)))
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == ["data", "free run: no maxima"]
    display.figure_.canvas.draw()


def test_maxima_of_a_diverging_run_count_near_the_data_only():
    run = wave([1.0]) * np.exp(0.05 * TIME)[:, None]
    run[-10:] = np.inf
    with pytest.warns(ReconstructionWarning, match="diverged at step 991 of 1000"):
        display = ReturnMapDisplay.from_trajectories(wave([1.0]), run)
    assert 0 < len(display.generated) < 15
    assert display.generated.max() < 3.0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"column": 1}, "columns has 1, and the data have one column, x0"),
        ({"column": (0, 0)}, "columns has 2 entries, and 1 to 1 can be shown"),
        ({"prominence": -0.1}, "prominence must be a number"),
        ({"prominence": 10.0}, "No gap-free piece of column x0 has two maxima of a prominence of"),
    ],
)
def test_parameters_out_of_range_are_named(given, message):
    with pytest.raises(ValueError, match=message):
        ReturnMapDisplay.from_trajectories(wave([1.0]), wave([1.0]), **given)
