"""Commit and processor, which figures are kept with."""

import platform
import subprocess
from pathlib import Path

from sklearn_dsr._core._isa import core


def provenance():
    """Dict of the commit, the processor and the core that figures were measured with."""
    here = Path(__file__).parent
    git = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=10"]
    commit = subprocess.run(git, capture_output=True, text=True).stdout.strip()
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].split(":", 1)[1].strip() if names else cpu
    return {"commit": commit, "processor": cpu, "isa": core.isa, "compiler": core.compiler}
