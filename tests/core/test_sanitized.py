"""The core's tests find nothing under the address and undefined-behaviour sanitizers."""

import shutil
import sys

import pytest
from builds import ROOT, build, run
from checksums import supported

RUNTIMES = ("libasan.so", "libubsan.so")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="preloads the sanitizers' libraries")
def test_sanitizers_find_nothing(tmp_path):
    if not shutil.which("g++"):
        pytest.skip("there is no g++")
    # One module, with the instructions of AVX2 where this processor has them.
    flags = ["CMAKE_CXX_FLAGS=-march=x86-64-v3"] if "v3" in supported() else []
    python = build(tmp_path / "sanitized", "DSR_SANITIZE=ON", "DSR_ISA=base", *flags, CXX="g++")
    libraries = [run(["g++", f"-print-file-name={name}"]).strip() for name in RUNTIMES]
    # Python leaks on purpose at its end; its own allocator would hide errors.
    variables = {
        "LD_PRELOAD": " ".join(libraries),
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",
        "SKLEARN_DSR_ISA": "base",
    }
    pytest_command = [python, "-m", "pytest", "-c", ROOT / "pyproject.toml", "--rootdir", ROOT]
    # From another folder than the checkout, whose package would come first.
    where = run(
        [python, "-c", "import sklearn_dsr._core._isa as i; print(i.core.__file__)"],
        cwd=tmp_path,
        **variables,
    )
    assert str(tmp_path) in where
    tests = ROOT / "tests" / "core"
    # What is asked of a usual build is no matter of memory.
    # The same examples each time: memory is short, and a sanitizer ends where it does.
    pytest_command += ["--ignore", tests / "test_build.py", "--hypothesis-seed=0"]
    print(run([*pytest_command, tests], cwd=tmp_path, **variables))
