"""The Python of README and of the pages in docs runs as it stands there, without a warning."""

import ast
import re
import warnings
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

import sklearn_dsr
from sklearn_dsr._choice._outcome import ADVICE, CONVERGED

matplotlib.use("agg")

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
PAGES = [page for page in PAGES if not {"auto_examples", "_build"} & set(page.parts)]
NEEDS = {"docs/guide/saving.md": ("torch", "onnxruntime", "skops", "sklearn.callback")}


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def blocks(page):
    """Code blocks of a page, one after the other."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), flags=re.S | re.M)


def season_and_trend_go_on(names):
    later = names["y"][950:962]
    assert np.abs(names["ahead"]["y"].to_numpy() - later).max() < np.std(names["y"][:950]) / 2
    assert names["ahead"].index[0] == names["months"][950]


def run_of_torch_is_that_of_onnx(names):
    orbit, run = np.array(names["orbit"]), names["run"].detach().numpy()
    np.testing.assert_allclose(orbit[:20], run[:20], rtol=1e-9)  # chaos parts them later
    files = {path.name for path in Path.cwd().iterdir()}
    assert files == {"lorenz.joblib", "lorenz.skops", "best.joblib"}


def forecast_has_dates_and_a_median_within_its_band(names):
    assert names["ahead"].index[0] == names["frame"].index[-1] + np.timedelta64(1, "m")
    assert np.all((names["low"] < names["median"]) & (names["median"] < names["high"]))


CHECKS = {
    "docs/get_started.md": forecast_has_dates_and_a_median_within_its_band,
    "docs/guide/embedding.md": season_and_trend_go_on,
    "docs/guide/saving.md": run_of_torch_is_that_of_onnx,
}


@pytest.mark.filterwarnings("error::sklearn_dsr.exceptions.DataWarning")
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=name_of)
def test_the_code_of_a_page_runs_without_a_warning(page, tmp_path, monkeypatch):
    for module in NEEDS.get(name_of(page), ()):
        pytest.importorskip(module, reason="the page shows it")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    names = {"__name__": "page"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for block in blocks(page):
            exec(compile(block, page.name, "exec"), names)  # noqa: S102
    plt.close("all")
    CHECKS.get(name_of(page), lambda names: None)(names)


def test_each_page_of_the_guide_has_code():
    without = [page.name for page in (DOCS / "guide").glob("*.md") if not blocks(page)]
    assert without == []


def test_no_placeholder_is_left():
    assert not re.search(r"@[A-Z]+@", (ROOT / "README.md").read_text())


def rows_of(heading):
    """First cells of the table below a heading of the page on choices."""
    page = (DOCS / "choose.md").read_text()
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [line.split("|")[1] for line in section.splitlines() if line.startswith("|")][2:]


def test_each_outcome_stands_on_the_page_of_choices():
    told = [re.search('"(.*)"', cell)[1] for cell in rows_of("What `outcome_` says")]
    assert sorted(told) == sorted([CONVERGED, *ADVICE])


def test_each_message_on_the_page_of_choices_is_one_of_the_package():
    texts = [
        node.value
        for path in Path(sklearn_dsr.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    phrases = [
        phrase for cell in rows_of("Other warnings") for phrase in re.findall('"(.*?)"', cell)
    ]
    missing = [phrase for phrase in phrases if not any(phrase in text for text in texts)]
    assert phrases and missing == []
