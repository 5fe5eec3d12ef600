"""Claim: time and memory of a fit grow little with rows, and with columns as the model does.

    python benchmarks/scaling.py
    python benchmarks/scaling.py --only rows

Each point is a fit with default settings in a process of its own, one thread. "rows": Lorenz-63
with 5 % noise, an orbit of 100,000 rows repeated where more are asked for. "columns": 20,000 rows
of Lorenz-96 with 5 % noise, `stages="start"`, the regression alone, without a training. Times are
CPU seconds. Peak memory is the resident set of the whole process: Python, the packages, X and the
fit.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from judging import fitted
from provenance import arguments, keep
from sklearn.pipeline import make_pipeline

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63, make_lorenz96

SWEEPS = {
    "rows": [{"rows": n, "columns": 3} for n in (10**4, 10**5, 10**6, 10**7)],
    "columns": [{"rows": 20_000, "columns": n} for n in (5, 10, 20)],
}


def series(rows, columns):
    """Noisy series of Lorenz-63, or of Lorenz-96 with more than three columns."""
    if columns > 3:
        return make_lorenz96(rows, columns, noise_level=0.05, random_state=0)
    base = make_lorenz63(min(rows, 100_000), noise_level=0.05, random_state=0)
    return np.tile(base, (-(-rows // len(base)), 1))[:rows]


def peak_memory():
    """Largest resident set of this process so far, in GiB."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage tells may be of the process before
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 2**20
    import resource

    unit = 2**30 if sys.platform == "darwin" else 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def measure(rows, columns):
    """Figures of one point, in this process."""
    stages = {"stages": "start"} if columns > 3 else {}
    model, X = ShallowPLRNNReconstructor(random_state=0, **stages), series(rows, columns)
    found = fitted(make_pipeline(model), X)
    return found | {"X_GiB": X.nbytes / 2**30, "peak_GiB": peak_memory()}


def main():
    parser = arguments(__doc__, "scaling")
    parser.add_argument("--only", nargs="+", choices=list(SWEEPS), default=list(SWEEPS))
    parser.add_argument("--point", type=json.loads)
    args, rows = parser.parse_args(), []
    if args.point:
        print(json.dumps(measure(**args.point)))
        return
    for name in args.only:
        for point in SWEEPS[name]:
            command = [sys.executable, __file__, "--point", json.dumps(point)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rows.append({"sweep": name} | point | json.loads(done.stdout))
            print(rows[-1], flush=True)
    keep(args.json, rows)


if __name__ == "__main__":
    main()
