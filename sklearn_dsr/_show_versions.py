"""What a report of a problem should say: system, Python, dependencies, and the compiled core."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from ._core import _isa

PACKAGES = ("sklearn-dsr", "scikit-learn", "numpy", "scipy", "joblib", "torch")
EXTRAS = ("pandas", "matplotlib", "polars")


def show_versions() -> None:
    """Print the system, Python, the dependencies, and which compiled core is in use.

    Put this into a report of a problem. All instruction sets of the core give the same bits;
    ``SKLEARN_DSR_ISA`` ("v4", "v3" or "base"), set before the package is imported, forces one.

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
    """Name -> text: Python, where it is, and the machine."""
    return {
        "python": sys.version.replace("\n", " "),
        "executable": sys.executable,
        "machine": f"{platform.platform()}, {os.cpu_count()} cores",
    }


def dependencies():
    """Name -> version of the packages that this one uses, or "not installed"."""
    found = {}
    for name in PACKAGES + EXTRAS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def core():
    """Name -> text: the instruction set in use, those there are, and what compiled them."""
    return {
        "instruction set": _isa.core.isa,
        "of the processor": _isa.load("base").best_isa(),
        "built": ", ".join(_isa.built()),
        "compiler": _isa.core.compiler,
        "SKLEARN_DSR_ISA": os.environ.get("SKLEARN_DSR_ISA", "not set"),
    }
