"""Other builds of the package, each in a virtual environment beside this one's packages."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build(folder, *definitions, **variables):
    """Python of a new environment in `folder`, with a build by these CMake definitions.

    It sees the packages of this environment, but not this environment's build.
    """
    folder = Path(folder)
    python = environment(folder)
    deps = Path(sysconfig.get_path("purelib", vars={"base": folder, "platbase": folder}))
    (deps / "beside.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    options = [f"--config-settings=cmake.define.{definition}" for definition in definitions]
    options += [f"--config-settings=build-dir={folder / 'build'}"]
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps"]
    run([*pip, *options, ROOT], **variables)
    return python


def environment(folder):
    """Python of a new virtual environment without pip."""
    run([sys.executable, "-m", "venv", "--without-pip", folder])
    return str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def run(command, *, cwd=None, timeout=1200, **variables):
    """What a command prints; its output is in the error if it fails."""
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **variables},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout,
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout[-20_000:]}"
    return done.stdout
