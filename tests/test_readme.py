"""The README's Python runs as it stands there."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
def test_the_code_of_the_readme_runs():
    names = {}
    for block in re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.S):
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102
    assert names["model"].outcome_ == "converged"
    assert names["future"].shape == (1000, 3)
    assert names["orbit"].shape == (100_000, 3)
    assert names["search"].best_params_["embed__n_delays"] in (2, 3, 4)


def test_no_placeholder_is_left():
    assert not re.search(r"@[A-Z]+@", README.read_text())
