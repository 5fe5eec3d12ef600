"""The default training on short and long, clean and noisy, coarse and fine, single-column series.

    python benchmarks/conditions.py                     # all, 3 seeds, a Markdown table
    python benchmarks/conditions.py --only coarse short --seeds 100

Lorenz-63 (20,000 rows, 5 percent noise, 0.01 between rows) with one thing changed at a time, and a
limit cycle; each seed has rows of its own. accuracy.py has the driven system and the real
recordings. Judged as there: D_stsp and D_H of one free run beside 100,000 clean test rows, the
floor that of another true series. Of a single column the embedding is the automatic one, and
figures are of delay vectors with lags of 0.1 and 0.2 time units, the same for all.

The valid prediction time is in Lyapunov times, from 100 clean rows all over the test series (of a
single column from the past that the embedding needs); it is cut at 9 Lyapunov times.
"""

import argparse
import json
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from judging import distances, floor_of
from provenance import provenance
from sklearn.pipeline import make_pipeline
from systems import make_system

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.metrics import valid_prediction_time
from sklearn_dsr.pipeline import make_reconstruction_pipeline, simulate
from sklearn_dsr.preprocessing import DelayEmbedding

N_TEST, N_STARTS, LAG = 100_000, 100, 0.1
LYAPUNOV = {"lorenz": 0.906}  # largest exponents, per unit of time


@dataclass
class Condition:
    """A series to learn from: noise in standard deviations, dt between rows in units of time."""

    system: str = "lorenz"
    rows: int = 20_000
    noise: float = 0.05
    dt: float = 0.01
    one_column: bool = False

    def series(self, n_rows, noise, seed):
        """Rows (n, N), of which the model sees all columns or one."""
        X = make_system(self.system, n_rows, noise=noise, seed=seed, dt=self.dt)
        return X[:, :1] if self.one_column else X

    def state(self, X):
        """What D_stsp is of: the columns, or delay vectors of the only one."""
        if not self.one_column:
            return X
        lag = round(LAG / self.dt)
        return np.hstack([X[2 * lag :], X[lag:-lag], X[: -2 * lag]])


CONDITIONS = {
    "as usual": Condition(),
    "long": Condition(rows=200_000),
    "short": Condition(rows=5000),
    "very short": Condition(rows=2000),
    "1000 rows": Condition(rows=1000),
    "500 rows": Condition(rows=500),
    "clean": Condition(noise=0.0),
    "clean, 50,000": Condition(rows=50_000, noise=0.0),
    "10 % noise": Condition(noise=0.1),
    "20 % noise": Condition(noise=0.2),
    "coarse": Condition(dt=0.05),
    "fine": Condition(dt=0.002),
    "one column": Condition(one_column=True),
    "limit cycle": Condition("rossler_cycle", dt=0.1),
}


def measure(name, seeds, n_jobs):
    """Rows of figures, one for each seed."""
    condition, rows = CONDITIONS[name], []
    test, other = (condition.series(N_TEST, 0.0, seed) for seed in (2, 3))
    floor = floor_of(condition.state(test), condition.state(other))
    for seed in seeds:
        train = condition.series(condition.rows, condition.noise, 1000 + seed)
        model = ShallowPLRNNReconstructor(dt=condition.dt, n_jobs=n_jobs, random_state=seed)
        if condition.one_column:
            pipeline = make_reconstruction_pipeline(DelayEmbedding(), model)
        else:
            pipeline = make_pipeline("passthrough", model)
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReconstructionWarning)  # the outcome is reported
            pipeline.fit(train)
        row = {"condition": name, "seed": seed, "n_train": len(train), "floor": floor}
        row |= {"cpu": time.process_time() - start, "outcome": model.outcome_}
        rows.append(row | judge(pipeline, test, condition))
        print(rows[-1], flush=True)
    return rows


def judge(pipeline, test, condition):
    """D_stsp and D_H of a free run, and how long forecasts are valid, in Lyapunov times."""
    n, context = len(test), getattr(pipeline, "context_length_", 1)
    run = simulate(pipeline, test[:context], n + n // 4)
    run = run.reshape(-1, test.shape[1])[n // 4 :]
    figures = distances(condition.state(test), condition.state(run))
    if condition.system not in LYAPUNOV:
        return figures
    horizon = round(10 / condition.dt)
    starts = np.linspace(context, n - horizon - 1, N_STARTS).astype(int)
    true = np.stack([test[s + 1 : s + 1 + horizon] for s in starts])
    past = np.stack([test[s + 1 - context : s + 1] for s in starts])
    runs = simulate(pipeline, past if condition.one_column else past[:, 0], horizon)
    seconds = valid_prediction_time(true, runs, dt=condition.dt, scale=test.std(axis=0))
    return figures | {"valid_time": float(seconds * LYAPUNOV[condition.system])}


def table(rows):
    """Markdown table, medians and ranges of the seeds."""
    lines = [
        "| series | rows | D_stsp | D_H | valid time | data against data | converged | CPU s |",
        "|" + "---|" * 8,
    ]
    for name in dict.fromkeys(row["condition"] for row in rows):
        part = [row for row in rows if row["condition"] == name]
        D, H, seconds = (np.array([row[key] for row in part]) for key in ("D_stsp", "D_H", "cpu"))
        floor = part[0]["floor"]
        converged = sum(row["outcome"] == "converged" for row in part)
        valid = [row["valid_time"] for row in part if "valid_time" in row]
        valid = f"{np.median(valid):.1f}" if valid else ""
        lines.append(
            f"| {name} | {part[0]['n_train']:,} | {np.median(D):.2f} ({D.min():.2f}-{D.max():.2f}) "
            f"| {np.median(H):.3f} | {valid} | {floor[0]:.2f} / {floor[1]:.3f} "
            f"| {converged} of {len(part)} | {np.median(seconds):.1f} |"
        )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=list(CONDITIONS), default=list(CONDITIONS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[100, 101, 102])
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--json", type=Path, help="file for the figures of every seed")
    args = parser.parse_args()
    rows = []
    for name in args.only:
        rows += measure(name, args.seeds, args.n_jobs)
        if args.json:
            args.json.parent.mkdir(parents=True, exist_ok=True)
            args.json.write_text(json.dumps({**provenance(), "rows": rows}, indent=1) + "\n")
    print(table(rows))


if __name__ == "__main__":
    main()
