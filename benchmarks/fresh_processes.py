"""Claim: fifty processes import and fit at once, from an installation that none may write to.

    python benchmarks/fresh_processes.py

The package is copied to a folder without write permission; the processes have no home. (As root
permissions do not bind; then the test is that nothing new is in the folder afterwards.)
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from provenance import arguments, keep

import sklearn_dsr

FIT = """
import warnings
warnings.simplefilter("ignore")
import numpy as np, sklearn_dsr
assert sklearn_dsr.__file__.startswith({folder!r})
X = np.random.default_rng(0).standard_normal((500, 3)).cumsum(axis=0)
model = sklearn_dsr.ShallowPLRNNReconstructor(max_iter=2, n_init=1, random_state=0).fit(X)
print(model.W1_.tobytes().hex()[:64])
"""


def main():
    parser = arguments(__doc__, "fresh_processes")
    parser.add_argument("--processes", type=int, default=50)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "sklearn_dsr")
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(sklearn_dsr.__file__).parent, package, ignore=ignored)
        before = sorted(package.rglob("*"))
        for path in [package, *before]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        environment = {k: v for k, v in os.environ.items() if k != "HOME"}
        environment |= {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", "import sys; sys.meta_path[:] = [f for f in sys.meta_path"]
        command[-1] += " if 'ScikitBuild' not in type(f).__name__]\n" + FIT.format(folder=folder)
        running = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, cwd="/", text=True)
            for _ in range(args.processes)
        ]
        outputs = [(process.communicate()[0], process.returncode) for process in running]
        good = sum(code == 0 for _, code in outputs)
        same = len({text for text, code in outputs if code == 0}) == 1
        untouched = sorted(package.rglob("*")) == before
        for path in [package, *before]:
            path.chmod(0o755)
    print(f"{good} of {args.processes} good; same bits: {same}; nothing written: {untouched}")
    figures = {"processes": args.processes, "good": good, "same": same, "untouched": untouched}
    keep(args.json, figures)


if __name__ == "__main__":
    main()
