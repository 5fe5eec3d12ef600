"""The Python of README and of the pages in docs runs as it stands there, without a warning."""

import re
import warnings
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from sklearn_dsr._choice._outcome import ADVICE, CONVERGED

matplotlib.use("agg")

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    page
    for page in [ROOT / "README.md", *DOCS.rglob("*.md")]
    if not {"auto_examples", "_build"} & set(page.parts)
)
# What a page needs beside the packages of the tests.
NEEDS = {"docs/guide/saving.md": ("torch", "onnxruntime", "skops", "sklearn.callback")}


def blocks(page):
    """Code blocks of a page, one after the other."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(), flags=re.S | re.M)


def run(page, folder, monkeypatch):
    """Names that the code of a page defines; files that it writes go to a folder."""
    for module in NEEDS.get(page.relative_to(ROOT).as_posix(), ()):
        pytest.importorskip(module, reason="the page shows it")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    names = {"__name__": "page"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for block in blocks(page):
            exec(compile(block, page.name, "exec"), names)  # noqa: S102
    plt.close("all")
    return names


@pytest.mark.parametrize(
    "page", [p for p in PAGES if blocks(p)], ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_the_code_of_a_page_runs_without_a_warning(page, tmp_path, monkeypatch):
    names = run(page, tmp_path, monkeypatch)
    check = CHECKS.get(page.relative_to(ROOT).as_posix())
    if check is not None:
        check(names)
