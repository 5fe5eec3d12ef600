"""Where figures come from: the command, the commit of the package, the processor and the core.

Each script keeps its figures with these, one JSON file in `results/` for each table of the page
"Measured", which `tables.py` makes.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from sklearn_dsr._core._isa import core

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PACKAGE = ("sklearn_dsr", "src", "CMakeLists.txt")  # what decides about figures


def provenance():
    """Dict of the command, the last commit that changed the package, processor, and core.

    A commit with "-dirty" had changes of the package that were not committed.
    """
    commit = _git("log", "-1", "--format=%h", "--abbrev=10", "--", *PACKAGE)
    dirty = "-dirty" if _git("status", "--porcelain", "--", *PACKAGE) else ""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].split(":", 1)[1].strip() if names else cpu
    return {
        "command": _command(),
        "commit": commit + dirty,
        "processor": cpu,
        "isa": core.isa,
        "compiler": core.compiler,
    }


def _git(*args):
    done = subprocess.run(["git", "-C", ROOT, *args], capture_output=True, text=True)
    return done.stdout.strip()


def _command():
    """The command line, without the options that name files and folders."""
    words, skip = [], False
    for word in sys.argv[1:]:
        if not skip and word not in ("--json", "--data"):
            words.append(f'"{word}"' if " " in word else word)
        skip = word in ("--json", "--data")
    return " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *words])


def keep(path, figures):
    """Write figures, a list of rows or a dict, with their provenance as JSON."""
    figures = figures if isinstance(figures, dict) else {"rows": figures}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(provenance() | figures, indent=1) + "\n")


def keep_each(path, measured):
    """Print and keep each row as it is measured, because a run may be cut short.

    `measured` is an iterator over rows.
    """
    rows = []
    for row in measured:
        rows.append(row)
        print(row, flush=True)
        keep(path, rows)


def arguments(doc, name, seeds=None, data=None):
    """Parser with the options that all scripts share: --json, and --seeds and --data if given."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=doc, formatter_class=formatter)
    path = RESULTS / f"{name}.json"
    parser.add_argument("--json", type=Path, default=path, help=f"default: results/{name}.json")
    if seeds:
        parser.add_argument("--seeds", type=int, nargs="+", default=list(seeds))
    if data:
        folder = Path(os.environ.get(data, "."))
        parser.add_argument("--data", type=Path, default=folder, help=f"default: ${data}")
    return parser
