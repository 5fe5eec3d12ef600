"""Versions for a bug report: system, Python, dependencies and compiled core."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from ._core import _isa

PACKAGES = ("sklearn-dsr", "scikit-learn", "numpy", "scipy", "joblib", "torch")
EXTRAS = ("pandas", "matplotlib", "polars")


def show_versions() -> None:
    """Print the versions of system, Python and dependencies, and the compiled core in use.

    Add this output to a bug report. The environment variable ``SKLEARN_DSR_ISA`` ("v4", "v3" or
    "base"), set before the import of the package, selects the instruction set of the core. All of
    them give the same bits.

    See Also
    --------
    sklearn.show_versions : The same for scikit-learn.

    Examples
    --------
    >>> import sklearn_dsr
    >>> sklearn_dsr.show_versions()
    System:
    ...
    Compiled core:
    ...
    """
    parts = {"System": system(), "Python dependencies": dependencies(), "Compiled core": core()}
    for title, entries in parts.items():
        width = max(map(len, entries))
        print(f"{title}:")
        for name, value in entries.items():
            print(f"{name:>{width + 2}}: {value}")
        print()


def system():
    """Name -> text of Python, its path, and the machine."""
    return {
        "python": sys.version.replace("\n", " "),
        "executable": sys.executable,
        "machine": f"{platform.platform()}, {os.cpu_count()} cores",
    }


def dependencies():
    """Name -> version of the dependencies, or "not installed"."""
    found = {}
    for name in PACKAGES + EXTRAS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def core():
    """Name -> text of the instruction set in use, the others, and the compiler."""
    return {
        "instruction set": _isa.core.isa,
        "of the processor": _isa.load("base").best_isa(),
        "built": ", ".join(_isa.built()),
        "compiler": _isa.core.compiler,
        "SKLEARN_DSR_ISA": os.environ.get("SKLEARN_DSR_ISA", "not set"),
    }
