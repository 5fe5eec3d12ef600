"""What all displays promise: errors that say what to try, and nothing global that they touch."""

import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from related import Related, with_parameter
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.inspection import (
    AttractorDisplay,
    BasinDisplay,
    BifurcationDisplay,
    FixedPointDisplay,
    ForecastDisplay,
    LinearRegionDisplay,
    LyapunovDisplay,
    ManifoldDisplay,
    PowerSpectrumDisplay,
    ReturnMapDisplay,
    TrainingDisplay,
)

OF_DATA = [
    AttractorDisplay,
    BasinDisplay,
    FixedPointDisplay,
    ForecastDisplay,
    LinearRegionDisplay,
    LyapunovDisplay,
    ManifoldDisplay,
    PowerSpectrumDisplay,
    ReturnMapDisplay,
]
ALL = [*OF_DATA, TrainingDisplay]
DRAWN = [*ALL, BifurcationDisplay]  # the last one takes models of related systems only


def draw(display, estimator, X, **given):
    if display is BifurcationDisplay:
        model, X = estimator, with_parameter(np.split(X, 2), [0.0, 1.0])
        estimator = Related(model, lambda _: model).fit(X)
        given = {"values": [0.2, 1.2], "n_steps": 500} | given
    if display is BasinDisplay:
        given = {"resolution": 10, "n_steps": 500} | given
    if display is ManifoldDisplay:
        given = {"n_steps": 50} | given
    return display.from_estimator(estimator, *([] if display is TrainingDisplay else [X]), **given)


@pytest.mark.parametrize("display", ALL)
def test_an_unfitted_estimator_is_refused(display, X):
    with pytest.raises(NotFittedError, match="This ShallowPLRNNReconstructor .* is not fitted yet"):
        draw(display, ShallowPLRNNReconstructor(), X)


@pytest.mark.parametrize("display", ALL)
def test_an_estimator_without_a_free_run_is_refused(display, X):
    with pytest.raises(TypeError, match="LinearRegression has no simulate"):
        draw(display, LinearRegression().fit(X, X), X)


@pytest.mark.parametrize("display", DRAWN)
def test_without_matplotlib_the_error_says_what_to_install(display, model, X, monkeypatch):
    shown = draw(display, model, X)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    message = rf"{display.__name__}.from_estimator requires matplotlib. You can install"
    with pytest.raises(ImportError, match=message):
        draw(display, model, X)
    with pytest.raises(ImportError, match=rf"{display.__name__}.plot requires matplotlib"):
        shown.plot()


@pytest.mark.parametrize("display", OF_DATA)
def test_data_of_another_width_are_refused(display, model, X):
    with pytest.raises(ValueError, match="2 (columns|features|values)"):
        draw(display, model, X[:, :2])


@pytest.mark.parametrize("display", [LyapunovDisplay, LinearRegionDisplay])
def test_a_model_that_diverges_has_no_exponents_or_regions(display, diverging, X):
    with pytest.raises(ValueError, match="The free run diverged within .* Give another x0"):
        draw(display, diverging, X)


@pytest.mark.parametrize("display", DRAWN)
def test_nothing_global_is_touched(display, model, X, pyplot):
    settings, state = dict(matplotlib.rcParams), np.random.get_state()  # noqa: NPY002
    before = X.copy()
    shown = draw(display, model, X)
    assert dict(matplotlib.rcParams) == settings
    after = np.random.get_state()  # noqa: NPY002
    np.testing.assert_array_equal(after[1], state[1])
    assert after[2:] == state[2:]
    np.testing.assert_array_equal(X, before)
    assert pyplot.get_fignums() == [shown.figure_.number]


@pytest.mark.parametrize("display", DRAWN)
def test_the_same_call_gives_the_same_lines(display, model, X):
    first, second = (draw(display, model, X).figure_.axes for _ in range(2))
    for one, two in zip(first, second, strict=True):
        for line, again in zip(one.lines, two.lines, strict=True):
            np.testing.assert_array_equal(line.get_xydata(), again.get_xydata())


@pytest.mark.parametrize("display", DRAWN)
def test_legends_cover_no_data_and_labels_do_not_overlap(display, model, X):
    figure = draw(display, model, X).figure_
    figure.canvas.draw()
    boxes = [axis.label.get_window_extent() for panel in figure.axes for axis in axes_of(panel)]
    boxes += [t.get_window_extent() for t in legends(figure)]
    boxes = [box for box in boxes if box.width > 1 and box.height > 1]
    for k, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0 + 1 and box.x1 - 1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 + 1 and box.y1 - 1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[k + 1 :])
    for legend in legends(figure):
        assert legend.get_window_extent().y0 >= legend.axes.bbox.y1 - 1


@pytest.mark.parametrize("display", DRAWN)
def test_lines_and_texts_can_be_seen_in_dark_and_light_styles(display, model, X, pyplot):
    for style, dark in (("dark_background", True), ("default", False)):
        with pyplot.style.context(style):
            figure = draw(display, model, X).figure_
        panels = [panel for panel in figure.axes if panel.get_label() != "<colorbar>"]
        lines = [line for panel in panels for line in panel.lines if line.get_label()[0] != "_"]
        assert lines
        for line in lines:
            brightness = np.mean(to_rgb(line.get_color()))
            assert (brightness > 0.3) if dark else (brightness < 0.7), line


def axes_of(panel):
    return [getattr(panel, f"{name}axis") for name in ("xyz" if panel.name == "3d" else "xy")]


def legends(figure):
    return [panel.get_legend() for panel in figure.axes if panel.get_legend()]
