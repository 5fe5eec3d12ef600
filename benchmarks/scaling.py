"""How time and memory of a fit grow with rows, columns, hidden units, windows, pieces and threads.

    python benchmarks/scaling.py                        # all points, the table and the figure
    python benchmarks/scaling.py --only rows threads    # a part; others are kept in --json
    python benchmarks/scaling.py --redraw               # from --json, without measuring

Each point is a fit in a process of its own. It trains
`n_init` candidates for 60 epochs of 50 updates, and as many for a third of that on smoothed rows,
in two rounds or as many as help; the training is timed by itself, and the rest of a fit is reading
X, smoothing it, and the choice among checkpoints by free runs, which depends on the number of
candidates and not on how long they train. A fit with default settings trains 4 candidates for
15,000 updates each, and 4 for 5,000 in each round. The model is the plain one throughout, so that
all points train alike. Times are CPU seconds of all threads, which other work on the machine
changes less than the wall time of the fit, that tells what threads gain. Peak memory is the
resident set of the whole process: Python, the packages, X and the fit.

The series is an orbit of Lorenz-63 with 5 percent noise, repeated where more than 100,000 rows are
asked for, and mixed linearly into N columns where N is above 3: what the rows hold does not change
how long a fit takes, but for the choice, where a model has many fixed points to check.
"""

import argparse
import json
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._recipe import RECIPE
from sklearn_dsr._training import _trainer
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.forcing import GTF

HERE = Path(__file__).parent
EPOCHS = 60
USUAL = {"rows": 100_000, "N": 3, "L": 100, "T": 100, "pieces": 1, "n_init": 1, "n_jobs": 1}
# name -> (what it is called, points)
SWEEPS = {
    "rows": ("rows", [{"rows": n} for n in (10**4, 10**5, 10**6, 10**7)]),
    "columns": ("columns N = M", [{"N": n} for n in (3, 5, 10, 20)]),
    "hidden": ("hidden units L", [{"L": n} for n in (25, 50, 100, 200, 400)]),
    "steps": ("steps T of a window", [{"T": n} for n in (25, 50, 100, 200, 400)]),
    "pieces": ("trajectories", [{"rows": 10**6, "pieces": n} for n in (1, 10, 1000)]),
    "threads": ("threads", [{"n_init": 4, "n_jobs": n} for n in (1, 2)]),
}


def series(rows, N, pieces):
    """Series (rows, N), or a list of so many of equal length."""
    base = make_lorenz63(min(rows, 100_000), noise_level=0.05, random_state=0)
    if N > 3:
        base = base @ np.random.default_rng(0).standard_normal((3, N))
        base += 0.05 * np.random.default_rng(1).standard_normal(base.shape)
    X = np.empty((rows, N))
    for start in range(0, rows, len(base)):
        X[start : start + len(base)] = base[: rows - start]
    return X if pieces == 1 else np.split(X, pieces)


def peak_memory():
    """Largest resident set of this process so far, in GiB."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage tells may be that of the process before
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) / 2**20
    import resource

    unit = 2**30 if sys.platform == "darwin" else 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@contextmanager
def timed_training():
    """Yield a list that gets the CPU seconds of the training of each candidate."""
    seconds, train = [], _trainer.train

    def timed(*args, **given):
        start = time.thread_time()
        candidate = train(*args, **given)
        seconds.append(time.thread_time() - start)
        return candidate

    _trainer.train = timed
    try:
        yield seconds
    finally:
        _trainer.train = train


def measure(rows, N, L, T, pieces, n_init, n_jobs):
    """Figures of one point, in this process."""
    model = ShallowPLRNNReconstructor(
        L,
        clipped=False,
        forcing=GTF(0.5),
        sequence_length=T,
        n_init=n_init,
        n_jobs=n_jobs,
        random_state=0,
    )
    X = series(rows, N, pieces)
    model.set_params(max_iter=2).fit(X[:5000] if pieces == 1 else [X[0][:5000]])  # loads the code
    with timed_training() as training:
        start, wall = time.process_time(), time.perf_counter()
        model.set_params(max_iter=EPOCHS).fit(X)
        seconds = time.process_time() - start
    n_updates = sum(len(c["losses"]) for c in model.candidates_) * RECIPE.batches_per_epoch
    return {
        "update_ms": 1e3 * sum(training) / n_updates,
        "rest_s": (seconds - sum(training)) / len(model.candidates_),
        "wall_s": time.perf_counter() - wall,
        "X_GiB": rows * N * 8 / 2**30,
        "peak_GiB": peak_memory(),
    }


def run(point):
    """Figures of one point, measured in a fresh process."""
    command = [sys.executable, __file__, "--point", json.dumps(point)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{point}: {done.stderr}")
    return point | json.loads(done.stdout)


def table(results):
    """Markdown table of all points."""
    lines = [
        "| what grows | rows | trajectories | N = M | L | T | threads | ms an update | choice, s a "
        "candidate | the fit, wall s | X, GiB | peak memory, GiB |",
        "|" + "---|" * 12,
    ]
    for name, points in results.items():
        for k, r in enumerate(points):
            lines.append(
                f"| {SWEEPS[name][0] if k == 0 else ''} | {r['rows']:,} | {r['pieces']:,} | "
                f"{r['N']} | {r['L']} | {r['T']} | {r['n_jobs']} | {r['update_ms']:.3f} | "
                f"{r['rest_s']:.1f} | {r['wall_s']:.1f} | {r['X_GiB']:.3f} | {r['peak_GiB']:.2f} |"
            )
    return "\n".join(lines)


def draw(results, path):
    """Six small panels: time and memory against what grows, on logarithmic axes."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.4), layout="constrained")
    axes = figure.subplots(2, 3)
    memory = [("peak_GiB", "whole process"), ("X_GiB", "X itself")]
    panels = [
        ("rows", "rows", [("rest_s", "choice (s)"), ("update_ms", "an update (ms)")], "time"),
        ("rows", "rows", memory, "memory (GiB)"),
        ("pieces", "pieces", memory, "memory (GiB)"),
        ("columns", "N", [("update_ms", "an update (ms)")], "time (ms)"),
        ("hidden", "L", [("update_ms", "an update (ms)")], "time (ms)"),
        ("steps", "T", [("update_ms", "an update (ms)")], "time (ms)"),
    ]
    for ax, (name, key, lines, label) in zip(axes.flat, panels, strict=True):
        points = results[name]
        x = [r[key] for r in points]
        for (what, line_label), style in zip(lines, ("o-k", "s--"), strict=False):
            color = {} if "k" in style else {"color": "0.55"}
            ax.plot(x, [max(r[what], 1e-4) for r in points], style, label=line_label, **color)
        if label == "time (ms)":  # what proportional growth would be, through the last point
            y = points[-1]["update_ms"]
            ax.plot(x, [y * v / x[-1] for v in x], ":", color="0.55", label="proportional")
        low = min(max(r[what], 1e-4) for r in points for what, _ in lines)
        # Whole decades, so that every axis has two labels or more.
        high = np.log10(max(r[what] for r in points for what, _ in lines))
        ax.set(xscale="log", yscale="log", ylabel=label)
        ax.set_ylim(10 ** np.floor(np.log10(low)), 10 ** np.ceil(high))
        ax.set_xlabel(SWEEPS[name][0] + (", 1,000,000 rows in all" if name == "pieces" else ""))
        ax.set_xticks(x, [f"$10^{len(str(v)) - 1}$" if v >= 10**4 else f"{v:,}" for v in x])
        ax.yaxis.set_major_formatter("{x:g}")
        ax.minorticks_off()
        ax.grid(color="0.9")
        ax.legend(fontsize=8, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(SWEEPS), default=list(SWEEPS))
    parser.add_argument("--json", default=HERE / "results" / "scaling.json")
    parser.add_argument("--figure", default=HERE.parent / "docs" / "images" / "scaling.png")
    parser.add_argument("--redraw", action="store_true", help="from the JSON, without measuring")
    parser.add_argument("--point", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.point:
        warnings.simplefilter("ignore", ReconstructionWarning)  # trained shortly
        print(json.dumps(measure(**json.loads(args.point))))
        return
    path, results = Path(args.json), {}
    if args.json and path.exists():
        results = json.loads(path.read_text())
    for name in [] if args.redraw else args.only:
        results[name] = [run(USUAL | point) for point in SWEEPS[name][1]]
        if args.json:  # after each sweep, which a stop then does not lose
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(results, indent=1) + "\n")
    results = {name: results[name] for name in SWEEPS if name in results}
    print(table(results))
    if args.figure and set(results) >= set(SWEEPS) - {"threads"}:
        draw(results, Path(args.figure))


if __name__ == "__main__":
    main()
