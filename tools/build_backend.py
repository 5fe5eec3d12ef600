"""The build backend: scikit-build-core, with a compiler from PyPI on Linux where there is none.

The package ``ziglang`` holds clang and all that it needs. It becomes a build requirement where
neither CXX nor a C++ compiler on the path names another. It compiles a C++ library at first, for a
minute of a core.
"""

import os
import shutil
import sys
from pathlib import Path

from scikit_build_core import build as cmake
from scikit_build_core.build import *  # noqa: F403

FOLDER = Path("build", "zig")
# zig compiles for the processor that it runs on unless told otherwise, and has names of its own.
# Optimized and stripped throughout, in CMake's trial of the compiler too, it needs one C++ library
# and not three.
COMPILER = """#!/bin/sh
for word; do
    shift
    case $word in
        -march=x86-64-v3) word=-march=x86_64_v3 ;;
        -march=x86-64-v4) word=-march=x86_64_v4 ;;
    esac
    set -- "$@" "$word"
done
exec "{zig}" c++ -mcpu=baseline -O3 -s "$@"
"""
TOOL = """#!/bin/sh
exec "{zig}" {name} "$@"
"""


def is_needed():
    """Whether there is no C++ compiler on this Linux."""
    known = os.environ.get("CXX") or any(map(shutil.which, ("c++", "g++", "clang++")))
    return sys.platform == "linux" and not known


def choose_compiler():
    """Have CMake use zig where it is needed; it finds the tools beside the compiler."""
    if not is_needed():
        return
    try:
        import ziglang
    except ImportError:  # a build without isolation; CMake says that there is no compiler
        return
    zig = Path(ziglang.__file__).with_name("zig")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in {"c++": COMPILER, "ar": TOOL, "ranlib": TOOL}.items():
        script = FOLDER / name
        script.write_text(text.format(zig=zig, name=name))
        script.chmod(0o755)
    os.environ["CXX"] = str((FOLDER / "c++").resolve())


def get_requires_for_build_wheel(config_settings=None):  # noqa: D103
    requires = cmake.get_requires_for_build_wheel(config_settings)
    return requires + (["ziglang"] if is_needed() else [])


def get_requires_for_build_editable(config_settings=None):  # noqa: D103
    requires = cmake.get_requires_for_build_editable(config_settings)
    return requires + (["ziglang"] if is_needed() else [])


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):  # noqa: D103
    choose_compiler()
    return cmake.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):  # noqa: D103
    choose_compiler()
    return cmake.build_editable(wheel_directory, config_settings, metadata_directory)
