"""The core that was built is found, chosen and named; without one the error says what to do."""

import os
import shutil
import subprocess
import sys

import pytest
from builds import ROOT
from checksums import supported

import sklearn_dsr
from sklearn_dsr._core import _isa

IMPORT = "from sklearn_dsr._core import _isa; print(_isa.core.isa)"


def outcome(code, cwd=None, **variables):
    """Return code and output of Python code in a process of its own."""
    done = subprocess.run(
        [sys.executable, *(["-S"] if "PYTHONPATH" in variables else []), "-c", code],
        env={**os.environ, **variables},
        cwd=cwd,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout.strip() or done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("isa", supported())
def test_an_instruction_set_can_be_forced(isa):
    assert outcome(IMPORT, SKLEARN_DSR_ISA=isa) == (0, isa)


def test_the_best_instruction_set_is_taken_by_default():
    assert outcome(IMPORT, SKLEARN_DSR_ISA="") == (0, supported()[0])


def test_an_unknown_instruction_set_is_an_import_error():
    code, message = outcome(IMPORT, SKLEARN_DSR_ISA="v5")
    assert code != 0 and message == "ImportError: SKLEARN_DSR_ISA='v5' is none of v4, v3, base."


def test_an_instruction_set_that_the_processor_lacks_is_an_import_error(monkeypatch):
    monkeypatch.setattr(_isa.load("base"), "best_isa", lambda: "base")
    with pytest.raises(ImportError, match="this processor has 'base' at best"):
        _isa.load("v4")


def test_a_checkout_without_a_built_core_says_what_to_do(tmp_path):
    package = ROOT / "sklearn_dsr"
    shutil.copytree(
        package, tmp_path / "sklearn_dsr", ignore=shutil.ignore_patterns("*.so", "*.pyd")
    )
    # Without site-packages, where an editable install would send the import to the checkout.
    path = os.pathsep.join([str(tmp_path), *(p for p in sys.path if p.endswith("site-packages"))])
    code, message = outcome(IMPORT, cwd=tmp_path, PYTHONPATH=path)
    assert code != 0 and message.startswith("ImportError: The compiled core of sklearn_dsr is")
    assert "pip install -e ." in message


def test_show_versions_names_what_a_report_needs(capsys, monkeypatch):
    monkeypatch.setenv("SKLEARN_DSR_ISA", "v3")
    sklearn_dsr.show_versions()
    shown = {}
    for line in capsys.readouterr().out.splitlines():
        name, _, value = line.partition(":")
        shown[name.strip()] = value.strip()
    assert {"System", "Python dependencies", "Compiled core"} <= set(shown)
    assert shown["python"].startswith(sys.version.split()[0])
    assert all(shown[name] for name in ("numpy", "scipy", "scikit-learn", "torch", "joblib"))
    assert shown["instruction set"] == _isa.core.isa
    assert shown["of the processor"] == supported()[0]
    assert shown["SKLEARN_DSR_ISA"] == "v3"
    assert shown["built"].split(", ") == _isa.built()
    assert shown["compiler"].split()[0] in ("gcc", "clang")


def test_the_build_litters_nothing():
    done = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        pytest.skip("not a clone")
    untracked = [line[3:] for line in done.stdout.splitlines() if line.startswith("??")]
    built = [path for path in untracked if path.endswith((".so", ".pyd", ".o", ".ninja", ".cmake"))]
    assert not built
