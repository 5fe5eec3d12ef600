"""Basins are drawn where the starts are, with a colour and a share for each attractor."""

import numpy as np
import pytest
from known_maps import lozi

from sklearn_dsr.dynamics import basins
from sklearn_dsr.inspection import BasinDisplay

AXES = np.linspace(-2, 2, 9), np.linspace(-1, 1, 5)


def test_a_grid_is_drawn_by_the_labels_of_its_starts():
    found = basins(lozi(), AXES, n_steps=200)
    display = BasinDisplay.from_basins(found, labels=("x", "y"))
    np.testing.assert_array_equal(display.mesh_.get_array(), found.labels.T)
    turned = BasinDisplay.from_basins(found, columns=(1, 0))
    np.testing.assert_array_equal(turned.mesh_.get_array(), found.labels)
    assert (turned.ax_.get_xlabel(), turned.ax_.get_ylabel()) == ("x1", "x0")
    texts = [t.get_text() for t in display.ax_.get_legend().get_texts()]
    assert texts == [
        f"aperiodic: {100 * found.shares[0]:.3g} %",
        f"diverges: {100 * found.diverged:.3g} %",
    ]
    line = display.attractor_lines_[0].get_xydata()
    np.testing.assert_array_equal(line, found.attractors[0].points)


def test_rows_of_starts_are_drawn_as_points():
    found = basins(lozi(), np.random.default_rng(0).uniform(-1, 1, (30, 2)), n_steps=200)
    display = BasinDisplay.from_basins(found)
    np.testing.assert_array_equal(display.mesh_.get_offsets(), found.starts)
    np.testing.assert_array_equal(display.mesh_.get_array(), found.labels)


def test_the_grid_covers_the_data_and_holds_other_columns(model, X):
    display = BasinDisplay.from_estimator(model, X, columns=(0, 2), resolution=5, n_steps=100)
    x, y, z = display.basins.axes
    for values, column in ((x, X[:, 0]), (z, X[:, 2])):
        margin = 0.1 * np.ptp(column)
        np.testing.assert_allclose(values[[0, -1]], [column.min() - margin, column.max() + margin])
    assert y == pytest.approx(np.median(X[:, 1])) and display.labels == ("x0", "x2")


def test_a_picture_needs_two_columns(model, X):
    with pytest.raises(ValueError, match="drawn in two columns, .* Give two different columns"):
        BasinDisplay.from_estimator(model, X, columns=(0,), resolution=3)
    found = basins(lozi(), (AXES[0], 0.0), n_steps=50)
    with pytest.raises(ValueError, match="Give two different columns"):
        BasinDisplay.from_basins(found)
    with pytest.raises(ValueError, match="several values in the columns .0., and the picture"):
        BasinDisplay.from_basins(found, columns=(0, 1))
