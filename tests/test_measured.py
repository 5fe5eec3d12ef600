"""The tables of measured figures are what the benchmarks have kept, and say where that is from."""

import json
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
if not RESULTS.exists():
    pytest.skip("the benchmarks are not beside the tests", allow_module_level=True)


@pytest.fixture
def tables(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    yield __import__("tables")
    sys.modules.pop("tables")


@pytest.mark.parametrize("page", ["docs/measured.md", "README.md"])
def test_the_committed_page_is_what_the_script_makes(tables, page):
    text = (ROOT / page).read_text()
    assert tables.filled(text) == text


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_all_figures_have_a_command_that_exists_a_commit_and_a_processor(path):
    figures = json.loads(path.read_text())
    assert re.fullmatch(r"[0-9a-f]{10}(-dirty)?", figures["commit"])
    assert figures["processor"] and figures["isa"] and figures["compiler"]
    python, script, *_ = figures["command"].split()
    assert python == "python" and (ROOT / script).exists()


def test_each_script_and_each_file_of_figures_is_on_the_page():
    page = (ROOT / "docs" / "measured.md").read_text()
    shared = {"judging", "peer_methods", "provenance", "systems", "tables"}
    shared |= {"cohort_tables", "outside_tables", "table_cells"}
    for script in (ROOT / "benchmarks").glob("*.py"):
        assert script.stem in shared or f"benchmarks/{script.name}" in page
    for path in RESULTS.glob("*.json"):
        assert json.loads(path.read_text())["command"] in page
