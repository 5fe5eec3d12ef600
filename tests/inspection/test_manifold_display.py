"""Manifolds are drawn in the columns that are asked for, one line for each saddle's curve."""

import numpy as np
import pytest
from known_maps import lozi
from planted import lozi_data, planted

from sklearn_dsr.dynamics import cycles, manifolds
from sklearn_dsr.inspection import ManifoldDisplay


@pytest.fixture(scope="module")
def rows():
    return lozi_data(500)[0]


@pytest.fixture(scope="module")
def of_lozi(rows):
    return planted(lozi(), rows)


def test_lines_are_the_segments_of_the_manifolds(of_lozi, rows):
    saddles = [c for c in cycles(of_lozi, 2, rows) if c.in_range]
    display = ManifoldDisplay.from_estimator(of_lozi, rows, cycles=saddles, n_steps=3)
    assert len(display.manifolds) == len(saddles) >= 2
    for line, saddle in zip(display.unstable_lines_, saddles, strict=True):
        wanted = manifolds(of_lozi, saddle, n_steps=3).unstable.lines
        np.testing.assert_array_equal(line.get_xydata(), wanted)
    points = np.concatenate([c.points for c in saddles])
    np.testing.assert_array_equal(display.saddle_line_.get_xydata(), points)
    texts = [t.get_text() for t in display.ax_.get_legend().get_texts()]
    assert texts == ["data", "unstable manifold", "stable manifold", "saddle"]


def test_all_saddles_in_the_range_are_drawn_and_columns_may_change_places(of_lozi, rows):
    display = ManifoldDisplay.from_estimator(of_lozi, rows, n_steps=2, columns=(1, 0))
    assert len(display.manifolds) == 2
    for line, found in zip(display.stable_lines_, display.manifolds, strict=True):
        np.testing.assert_array_equal(line.get_xydata(), found.stable.lines[:, [1, 0]])


def test_a_model_without_saddles_and_a_single_column_are_refused(of_lozi, rows):
    with pytest.raises(ValueError, match="None of the . fixed points is a saddle in the range"):
        ManifoldDisplay.from_estimator(of_lozi, rows[:1])
    with pytest.raises(ValueError, match="drawn in two or three columns, .* Give two columns"):
        ManifoldDisplay.from_estimator(of_lozi, rows, columns=0)
