"""Every example runs from start to end as a user would run it, and saves its picture."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("plot_*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs_and_saves_its_picture(example):
    if example.stem.startswith("plot_ecg") and not os.environ.get("SKLEARN_DSR_DATA"):
        pytest.skip("SKLEARN_DSR_DATA is not set: no recording, and tests do not download")
    picture = example.with_name(example.stem.removeprefix("plot_") + ".png")
    picture.unlink(missing_ok=True)
    result = subprocess.run([sys.executable, example], capture_output=True, text=True, timeout=1800)
    print(result.stdout)
    assert result.returncode == 0, result.stdout + result.stderr
    assert picture.stat().st_size > 10_000
