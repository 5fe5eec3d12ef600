"""The report says what was measured: each figure is that of the function that measures it."""

import base64
import copy
import io
import sys
from dataclasses import replace
from html import escape
from html.parser import HTMLParser

import matplotlib
import numpy as np
import pandas as pd
import pytest
from known_maps import chua
from matplotlib import pyplot
from planted import chua_data, fitted, plant_outcomes, planted
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_duffing
from sklearn_dsr.dynamics import (
    fixed_points,
    kaplan_yorke_dimension,
    lyapunov_spectrum,
    max_lyapunov_exponent,
)
from sklearn_dsr.exceptions import DataWarning
from sklearn_dsr.inspection import reconstruction_report
from sklearn_dsr.inspection._report_page import three
from sklearn_dsr.metrics import power_spectrum_hellinger, state_space_divergence
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

X = chua_data(3000, 0.02)
QUICK = {"max_iter": 2, "n_init": 1, "stages": "train", "dt": 0.01, "random_state": 0}


@pytest.fixture(scope="module")
def model():
    """The map of the circuit that made X."""
    return planted(chua(), X, dt=0.01)


@pytest.fixture(scope="module")
def report(model):
    return reconstruction_report(model, X, max_order=1, verbose=False)


def test_the_run_and_the_other_half_are_compared_with_the_first(model, report):
    first, second = X[1:1500], X[1500:2999]
    run = model.simulate(X[0], 1499)
    scale = X.std(axis=0)
    assert report.n_rows == 1499
    for found, other in ((report.metrics, run), (report.floor, second)):
        expected = state_space_divergence(first / scale, other / scale)
        assert found["D_stsp"] == pytest.approx(expected, rel=1e-6)
        assert found["D_H"] == pytest.approx(power_spectrum_hellinger(first, other), rel=1e-6)
    runs = model.simulate(X, 20)[:-20, -1]
    error = np.mean(((runs - X[20:]) / scale) ** 2)
    assert report.metrics["PE(20)"] == pytest.approx(error, rel=1e-9)


def test_exponents_dimension_and_points_are_those_of_the_functions(model, report):
    np.testing.assert_array_equal(report.spectrum.exponents, lyapunov_spectrum(model))
    flow = reconstruction_report(model, X, max_order=1, flow=True, verbose=False)
    np.testing.assert_array_equal(flow.spectrum.exponents, lyapunov_spectrum(model, flow=True))
    dimension = kaplan_yorke_dimension(report.spectrum.exponents)
    assert report.kaplan_yorke_dimension == dimension
    assert report.data_exponent == pytest.approx(max_lyapunov_exponent(X, dt=0.01))
    np.testing.assert_array_equal(report.cycles.points, fixed_points(model, X).points)


def test_it_prints_what_it_returns_on_one_page(model, capsys):
    report = reconstruction_report(model, X, max_order=1, verbose=True)
    text = capsys.readouterr().out
    assert text == f"{report}\n" and len(text.splitlines()) < 60
    figures = [*report.metrics.values(), *report.floor.values(), report.data_exponent]
    for part in (report.outcome, "Kaplan-Yorke", "saddle-focus", *(f"{x:.3g}" for x in figures)):
        assert part in text


class Reader(HTMLParser):
    """Takes a page apart, and fails where a tag is not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.text, self.images = [], [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.images += [dict(attrs)["src"]] if tag == "img" else []

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_the_html_form_is_well_formed_and_holds_the_same(report):
    assert "sk-top-container" in report._repr_html_()  # scikit-learn's diagram of the estimator
    reader = Reader()
    reader.feed(replace(report, _estimator=None)._repr_html_())
    assert reader.open == []
    text = " ".join(reader.text)
    for part in ("Training", "D_stsp", f"{report.metrics['D_H']:.3g}", *report.remarks):
        assert part in text


def test_a_notebook_shows_it_once_with_three_small_pictures(model, capsys):
    settings = dict(matplotlib.rcParams)
    report = reconstruction_report(model, X, max_order=1)
    reader = Reader()
    reader.feed(replace(report, _estimator=None)._repr_html_())
    assert capsys.readouterr().out == "" and pyplot.get_fignums() == []
    assert dict(matplotlib.rcParams) == settings
    assert len(reader.images) == 3
    for source in reader.images:
        kind, data = source.split(",")
        assert kind == "data:image/png;base64" and len(data) < 200_000
        pixels = pyplot.imread(io.BytesIO(base64.b64decode(data)))
        assert len(np.unique(pixels.reshape(-1, 4), axis=0)) > 10  # something is drawn


def test_without_matplotlib_the_page_has_no_pictures(report, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    page = report._repr_html_()
    assert "<img" not in page and "Kaplan-Yorke" in page


def test_numbers_have_three_digits():
    wanted = {0.123456: "0.123", -7.98765: "-7.99", 1234.56: "1,235", 2e-7: "2e-07", 3e9: "3e+09"}
    assert {value: three(value) for value in wanted} == wanted
    assert three(np.nan) == "nan" and three(np.inf) == "inf"


def test_a_fit_that_failed_says_what_to_try(monkeypatch):
    plant_outcomes(monkeypatch, "escaped")
    model = fitted(ShallowPLRNNReconstructor(5, **QUICK), X)
    report = reconstruction_report(model, X, max_order=1, verbose=False)
    assert report.outcome == "escaped" and "n_init" in report.advice
    assert report.advice in str(report)


def test_rows_of_noise_are_said_to_be_noise():
    rows = np.random.default_rng(0).standard_normal((500, 2))
    model = fitted(ShallowPLRNNReconstructor(**QUICK), rows)
    report = reconstruction_report(model, rows, max_order=1, verbose=False)
    assert report.outcome == "noise" and "in time order" in report.advice
    assert report.advice in str(report)


def test_a_model_of_the_start_is_said_to_be_untrained():
    settings = QUICK | {"start": "regression", "stages": "start"}
    model = fitted(ShallowPLRNNReconstructor(20, **settings), X)
    text = str(reconstruction_report(model, X, max_order=1, verbose=False))
    assert "chosen: regression" in text and "0: a model of the start, untrained" in text


def test_a_run_that_diverges_has_no_figures_but_a_report(model):
    other = copy.deepcopy(model)
    other.A_ = 2.0 * np.eye(3)
    report = reconstruction_report(other, X, max_order=1, verbose=False)
    assert report.spectrum is None and report.kaplan_yorke_dimension is None
    assert np.isnan(report.metrics["D_stsp"]) and np.isfinite(report.floor["D_stsp"])
    assert "diverged at step" in report.remarks[0]
    assert report._repr_html_().count("<img") == 3


@pytest.mark.parametrize("kind", ["orbit", "sine", "noise", "list", "dates", "delays", "ensemble"])
def test_thirty_rows_are_enough(kind, n=30):
    orbit, given = X[: 20 * n : 20], ShallowPLRNNReconstructor(5, **QUICK)
    data = {
        "sine": np.sin(0.6 * np.arange(n))[:, None],
        "noise": np.random.default_rng(0).standard_normal((n, 2)),
        "list": [orbit, orbit[: n // 2], orbit[n // 3 :]],
        "dates": pd.DataFrame(orbit, pd.date_range("2024-01-01", periods=n)).add_prefix("c"),
        "delays": orbit[:, :1],
    }.get(kind, orbit)
    if kind == "delays":
        given = make_reconstruction_pipeline(StandardScaler(), DelayEmbedding(3, 3), given)
    if kind == "ensemble":
        given = EnsembleReconstructor(given, n_members=2, random_state=0)
    report = reconstruction_report(given.fit(data), data, max_order=1)
    assert all(np.isfinite(value) for value in report.floor.values())
    assert np.isnan(report.data_exponent)
    for part in ("sine and white noise", "needs 50 rows"):
        assert part in " ".join(report.remarks)
    assert f"{report.n_rows:,} rows" in str(report)
    if kind in ("noise", "delays"):
        assert report._repr_html_().count("<img") == 3


@pytest.mark.parametrize("kind", ["pipeline", "one column", "list", "frame", "ensemble", "inputs"])
def test_every_kind_of_model_and_data_has_its_figures_on_the_page(kind):
    data, given = X, ShallowPLRNNReconstructor(10, **QUICK)
    if kind == "pipeline":
        given = make_reconstruction_pipeline(StandardScaler(), given)
    if kind == "one column":
        data, given = X[:, :1], make_reconstruction_pipeline(DelayEmbedding(3, 10), given)
    if kind == "list":
        data = [X[:700], X[800:1500], X[1500:2000], X[2000:]]
    if kind == "frame":
        data = pd.DataFrame(X, columns=["x", "y", "z"])
    if kind == "ensemble":
        given = EnsembleReconstructor(given, n_members=2, random_state=0)
    if kind == "inputs":
        data, given = make_duffing(1000, random_state=0), given.set_params(n_inputs=1)
    report = reconstruction_report(given.fit(data), data, max_order=1, verbose=False)
    assert all(np.isfinite(value) for value in report.floor.values())
    figures = [f"{value:.3g}" for value in (*report.metrics.values(), *report.floor.values())]
    for page in (str(report), report._repr_html_()):
        for part in (report.outcome, *figures, f"{report.n_rows:,} rows", *report.remarks):
            assert escape(part) in page or part in page
    assert ("held at their mean" in " ".join(report.remarks)) == (kind == "inputs")


@pytest.mark.filterwarnings("error::sklearn_dsr.exceptions.DataWarning")
def test_fits_and_reports_of_short_data_do_not_warn_of_their_spectra():
    model = fitted(ShallowPLRNNReconstructor(5, **QUICK), X[:1200:20])
    report = reconstruction_report(model, X[:1200:20], max_order=1)
    report._repr_html_()
    with pytest.raises(DataWarning, match="D_H compares 30 rows"):
        power_spectrum_hellinger(X[:30], X[30:60])


def test_bad_input_is_refused(model):
    with pytest.raises(NotFittedError):
        reconstruction_report(clone(model), X)
    with pytest.raises(ValueError, match="max_order must be .*got 0. 1 is for fixed points"):
        reconstruction_report(model, X, max_order=0)
    with pytest.raises(ValueError, match="X has 9 complete rows without a gap.*needs 10.*longer"):
        reconstruction_report(model, X[:9])
    with pytest.raises(TypeError, match="no simulate"):
        reconstruction_report(StandardScaler().fit(X), X)
