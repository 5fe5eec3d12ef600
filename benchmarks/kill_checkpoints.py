"""Claim: a fit that is killed while it writes a checkpoint leaves a file that can be loaded.

    python benchmarks/kill_checkpoints.py

A process fits without end and writes a checkpoint after each epoch; SIGKILL ends it up to 0.3 s
after its first file. The file of the kill before is kept, so that it is the one replaced.
"""

import random
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import joblib
import numpy as np
from provenance import arguments, keep

from sklearn_dsr.datasets import make_lorenz63

ENDLESS = """
import sys, warnings
warnings.simplefilter("ignore")
from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.callbacks import Checkpoint
from sklearn_dsr.datasets import make_lorenz63
X = make_lorenz63(1200, dt=0.02, random_state=0)
model = ShallowPLRNNReconstructor(
    10, start="random", sequence_length=2, max_iter=20000, random_state=0
)
model.set_callbacks(Checkpoint(sys.argv[1], interval=0)).fit(X)
"""


def is_readable(path, X):
    """Whether a fit can go on from the file."""
    try:
        model = joblib.load(path).set_params(warm_start=True, max_iter=1, n_init=1, stages="train")
        return bool(np.isfinite(model.fit(X).predict(X)).all())
    except Exception as error:
        print(f"{path}: {error!r}")
        return False


def killed(path, wait):
    """Begin a fit, and kill it after `wait` seconds from its first file; whether while writing."""
    before = path.stat().st_mtime_ns if path.exists() else None
    process = subprocess.Popen([sys.executable, "-c", ENDLESS, path])
    while process.poll() is None:
        if path.exists() and path.stat().st_mtime_ns != before:
            break
        time.sleep(0.005)
    time.sleep(wait)
    process.kill()
    process.wait()
    parts = list(path.parent.glob("*.part"))
    for part in parts:
        part.unlink()
    return len(parts) > 0


def main():
    parser = arguments(__doc__, "kill_checkpoints")
    parser.add_argument("--kills", type=int, default=100)
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # of what becomes of so short fits
    moments, X = random.Random(0), make_lorenz63(1200, dt=0.02, random_state=0)
    unreadable = n_writing = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.joblib")
        for _ in range(args.kills):
            n_writing += killed(path, moments.uniform(0.0, 0.3))
            unreadable += not is_readable(path, X)
    print(f"{unreadable} of {args.kills} kills left an unreadable file")
    print(f"{n_writing} of them came while a file was being written")
    figures = {"kills": args.kills, "unreadable": unreadable, "while_writing": n_writing}
    keep(args.json, figures)


if __name__ == "__main__":
    main()
