"""The Python of the README and of the pages in docs runs as it stands there."""

import re
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

matplotlib.use("agg")

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")


def run(page):
    """Names that the code blocks of a page define, one after the other."""
    names = {}
    for block in re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.S):
        exec(compile(block, page.name, "exec"), names)  # noqa: S102
    return names


@pytest.mark.slow
def test_the_code_of_the_readme_runs():
    names = run(README)
    assert names["future"].shape == (1000, 3)
    assert names["orbit"].shape == (100_000, 3)
    assert names["search"].best_params_["embed__n_delays"] in (2, 3, 4)


@pytest.mark.slow
def test_the_code_of_the_page_on_model_selection_runs():
    names = run(ROOT / "docs" / "model_selection.md")
    assert set(names["scores"]) == {"later", "new", "subjects", "between", "blocks"}
    assert all(np.isfinite(scores).all() for scores in names["scores"].values())
    assert names["search"].best_params_["hidden_dim"] in (5, 20)
    assert names["future"].shape == (100, 1) and names["orbit"].shape == (1000, 1)


def test_the_code_of_the_guide_runs_and_a_trend_and_season_go_on():
    names = run(ROOT / "docs" / "guide.md")
    t = np.arange(550, 562)
    expected = 0.02 * t + 3 * np.sin(2 * np.pi * t / 12) ** 3 + np.sin(0.37 * t)
    np.testing.assert_allclose(names["ahead"][:, 0], expected, atol=0.1)


@pytest.mark.slow
def test_the_code_of_the_page_on_dynamics_runs():
    names = run(ROOT / "docs" / "dynamics.md")
    plt.close("all")
    assert len(names["report"].cycles) > 0


def test_no_placeholder_is_left():
    assert not re.search(r"@[A-Z]+@", README.read_text())


def test_the_code_of_the_page_on_saving_runs(tmp_path, monkeypatch):
    for name in ("torch", "onnxruntime", "skops", "sklearn.callback"):
        pytest.importorskip(name, reason="the page shows files, other runtimes and callbacks")
    monkeypatch.chdir(tmp_path)
    names = run(ROOT / "docs" / "saving.md")
    orbit, run_by_torch = names["orbit"], names["run"].detach().numpy()
    np.testing.assert_allclose(orbit[:20], run_by_torch[:20], rtol=1e-9)  # chaos parts them later
    assert orbit.shape == (100, 3) and names["model"].warm_start
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"lorenz.joblib", "lorenz.skops", "best.joblib"}


def test_the_code_of_the_page_on_parameters_runs():
    search = run(ROOT / "docs" / "parameters.md")["search"]
    assert "forcing__alpha" in search.estimator.get_params()
