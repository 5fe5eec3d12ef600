"""Every example is fit for the gallery, and runs from start to end as a user would run it."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("plot_*.py"))
by_name = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)

# The build of the site runs these, so that .ci/run need not run them twice.
CONF = (ROOT / "docs" / "conf.py").read_text()
FAST = re.findall(r'"(\w+)"', re.search(r"FAST_EXAMPLES = \[(.*?)\]", CONF, flags=re.S)[1])


def test_the_fast_examples_of_the_site_exist():
    assert FAST and set(FAST) <= {path.stem for path in EXAMPLES}


@by_name
def test_an_example_has_a_title_cells_and_fewer_than_80_lines(example):
    text = example.read_text()
    title, underline, *introduction = ast.get_docstring(ast.parse(text)).splitlines()
    assert set(underline) == {"="} and len(underline) == len(title)
    assert any(introduction), "what the example shows, in a sentence"
    assert "\n# %%\n" in text
    assert len(text.splitlines()) < 80
    assert "matplotlib.use" not in text, "the back end is the choice of who runs it"


@pytest.mark.slow
@by_name
def test_an_example_runs(example, tmp_path):
    if example.stem in FAST and os.environ.get("SKLEARN_DSR_DOCS_BUILT"):
        pytest.skip("the build of the site has run it")
    if re.search(r"\bfetch_\w+\(", example.read_text()) and not os.environ.get("SKLEARN_DSR_DATA"):
        pytest.skip("SKLEARN_DSR_DATA is not set: no recording, and tests do not download")
    result = subprocess.run(
        [sys.executable, example],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=tmp_path,
        env=os.environ | {"MPLBACKEND": "agg"},
    )
    print(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr
