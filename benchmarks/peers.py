"""What a user would pick instead of this package, in the same run, judged alike.

    pip install -e ".[bench]"
    python benchmarks/peers.py lorenz63                     # 3 seeds, files from --data
    python benchmarks/peers.py ecg --peers NVAR "nearest-neighbour replay" --seeds 100
    python benchmarks/peers.py systems                      # 20,000 rows, 5 percent noise
    python benchmarks/peers.py systems --only chua thomas --seeds 100
    python benchmarks/peers.py table                        # D_stsp of all systems measured so far

Every method works on the same standardised rows with --n-jobs threads. The package's model has its
default settings; its fit, which includes the choice among its candidates, sets the budget of wall
time for the search of each peer (see tuning.py), all choices by free runs on the training rows.
Judged on test rows: D_stsp and D_H, means of five free runs of 1.25 times their length from rows
all over them, the first fifth dropped [Hess 2023 has one run; from another row the same model may
score half or twice as much]; PE(20), the mean squared error 20 rows ahead from 2000 of them. Models
that need a past get the rows before. Figures are medians of the seeds, each of
which draws the search and the weights; the data stay the same.

fit s: of the chosen setting alone, search s: of the whole search (ours: both the whole fit);
s per 100,000: time of that many rows of one free run; parameters: numbers that the fit sets,
of the nearest neighbours those they store; tries: settings tried (ours: candidates). Failed: a
free run is not finite, or D_stsp is above that of independent Gaussian rows with the moments of the
data, or above 3 times the floor if that is more. Rows that diverge are set 10 standard deviations
outside, so that every seed enters the medians. Floor: true data against true data; for files the
test rows against the (noisy) training rows.
"""

import argparse
import importlib.util
import json
import os
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from judging import distances, floor_of, gaussian_divergence, n_parameters
from peer_data import FILES, load
from systems import SYSTEMS
from threadpoolctl import threadpool_limits
from tuning import PEERS, PeerScore, tune, warm_up

from sklearn_dsr import ShallowPLRNNReconstructor

OURS = "sklearn_dsr"
KEY = ("series", "method", "seed")  # a second measurement of the same replaces the first
COLUMNS = ("D_stsp", "D_H", "PE20", "fit", "tuning", "per_100000", "parameters")
FORMATS = ("{:.3f}", "{:.3f}", "{:.2g}", "{:.2g}", "{:.3g}", "{:.2g}", "{:.0f}")
HEAD = (
    "| method | D_stsp | D_H | PE(20) | fit s | search s | s per 100,000 | parameters | failed "
    "| tries |\n|---|---|---|---|---|---|---|---|---|---|"
)
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
N_RUNS, N_STARTS, LONGEST_PAST = 5, 2000, 100


def fit_ours(X, n_jobs, seed, clock=time.perf_counter, **settings):
    """The package's model with its default settings, and how long that took."""
    model = ShallowPLRNNReconstructor(n_jobs=n_jobs, random_state=seed, **settings)
    start = clock()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the figures tell
        model.fit(X)
    seconds = clock() - start
    model.context = 1
    model.n_parameters = n_parameters(model)
    found = {"fit": seconds, "tuning": seconds, "tries": len(model.candidates_)}
    return model, found | {"setting": {"outcome": model.outcome_}}


def judge(model, data, limit, clock):
    """Figures of a fitted model on the test rows."""
    Z, m = data.coordinates.transform(data.test), model.context
    n = len(Z)

    def past(at):
        return Z[at[:, None] + np.arange(1 - m, 1)] if m > 1 else Z[at]

    first = np.arange(N_RUNS) * (n // N_RUNS) + m - 1
    at = np.linspace(LONGEST_PAST, n - 21, N_STARTS).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begin = clock()
        runs = [model.simulate(past(first[:1]), n + n // 4)[0]]
        seconds = clock() - begin
        runs += list(model.simulate(past(first[1:]), n + n // 4))
        ahead = model.simulate(past(at), 20)[:, -1]
    diverged = not all(np.all(np.isfinite(run)) for run in runs)
    parts = [distances(data.test, in_units(run[n // 4 :], data)) for run in runs]
    error = (in_units(ahead, data) - data.test[at + 20]) / data.test.std(axis=0)
    figures = {key: float(np.mean([p[key] for p in parts])) for key in ("D_stsp", "D_H")}
    return figures | {
        "runs": [[p["D_stsp"], p["D_H"]] for p in parts],
        "PE20": float(np.mean(error**2)),
        "per_100000": seconds / (n + n // 4) * 1e5,
        "parameters": int(model.n_parameters),
        "failed": bool(diverged or figures["D_stsp"] > limit),
    }


def in_units(rows, data):
    """Rows in the units of the series, those that diverged 10 standard deviations outside."""
    mean, spread = data.test.mean(axis=0), data.test.std(axis=0)
    rows = np.nan_to_num(rows, nan=1e6, posinf=1e6, neginf=-1e6)
    rows = data.coordinates.inverse_transform(np.clip(rows, -1e6, 1e6))
    return np.clip(rows, mean - 10 * spread, mean + 10 * spread)


def compare(name, args):
    """Rows of figures, one for each method and seed, of one series."""
    data = load(name, args.data)
    X = np.ascontiguousarray(data.coordinates.transform(data.train))
    score, floor = PeerScore([X]), floor_of(data.test, data.other)
    limit = max(gaussian_divergence(data.test), 3 * floor[0])
    shared = {"series": name, "n_train": len(X), "n_test": len(data.test), "floor": floor}
    shared |= {"limit": limit, "n_jobs": args.n_jobs, "clock": args.clock}
    settings = {"standardize": "common"} if name == "eeg" else {}
    fit_ours(X[:1000], args.n_jobs, 0, max_iter=2, **settings)
    warm_up(X)
    rows, clock = [], CLOCKS[args.clock]
    for seed in args.seeds:
        with threadpool_limits(args.n_jobs):
            model, found = fit_ours(X, args.n_jobs, seed, clock, **settings)
            budget = found["fit"]
            rows.append(shared | {"method": OURS, "seed": seed} | found)
            rows[-1] |= judge(model, data, limit, clock)
            for method in args.peers:
                model, found = tune(method, X, score, budget, seed, clock)
                rows.append(shared | {"method": method, "seed": seed} | found)
                rows[-1] |= judge(model, data, limit, clock)
                print(f"  {name} seed {seed}: {method} done", file=sys.stderr, flush=True)
    print(table(name, rows, limit), flush=True)
    return rows


def table(name, rows, limit):
    """Markdown table of the medians of one series."""
    seeds, floor = len({r["seed"] for r in rows}), rows[0]["floor"]
    lines = [
        f"\n{name}: {rows[0]['n_train']} training rows, {rows[0]['n_test']} test rows, medians of "
        f"{seeds} seed{'s' * (seeds > 1)}; floor: D_stsp {floor[0]:.3f}, D_H {floor[1]:.3f}; "
        f"failed: D_stsp above {limit:.2f}\n",
        HEAD,
    ]
    for method in dict.fromkeys(r["method"] for r in rows):
        part = [r for r in rows if r["method"] == method]
        cells = [
            form.format(np.median([r[key] for r in part]))
            for key, form in zip(COLUMNS, FORMATS, strict=True)
        ]
        failed, tries = sum(r["failed"] for r in part), np.median([r["tries"] for r in part])
        lines.append(f"| {method} | {' | '.join(cells)} | {failed}/{len(part)} | {tries:.0f} |")
    return "\n".join(lines)


def summary(rows):
    """Markdown table of all series: median D_stsp of each method, an asterisk where one failed."""
    series = list(dict.fromkeys(r["series"] for r in rows))
    lines = [f"| method | {' | '.join(series)} |", "|---" * (len(series) + 1) + "|"]
    for method in dict.fromkeys(r["method"] for r in rows):
        cells = []
        for name in series:
            part = [r for r in rows if (r["series"], r["method"]) == (name, method)]
            D = f"{np.median([r['D_stsp'] for r in part]):.3g}" if part else ""
            cells.append(D + "*" * any(r["failed"] for r in part))
        lines.append(f"| {method} | {' | '.join(cells)} |")
    floors = [next(r["floor"][0] for r in rows if r["series"] == name) for name in series]
    return "\n".join([*lines, f"| data against data | {' | '.join(f'{f:.2f}' for f in floors)} |"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=[*FILES, "systems", "table"])
    parser.add_argument("--only", nargs="+", choices=list(SYSTEMS), help="of systems")
    parser.add_argument(
        "--peers", nargs="*", choices=list(PEERS), default=list(PEERS), help="none: ours alone"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[100, 101, 102])
    parser.add_argument("--n-jobs", type=int, default=1, help="threads of every method")
    parser.add_argument("--data", type=Path, default=os.environ.get("SKLEARN_DSR_DATA", "."))
    parser.add_argument(
        "--clock",
        choices=list(CLOCKS),
        default="wall",
        help="cpu: on a machine with other work, where a budget of wall time is a matter of luck",
    )
    results = Path(__file__).parent / "results"
    parser.add_argument("--json", type=Path, help=f"default: {results.name}/peers_<what>.json")
    args = parser.parse_args()
    if args.what == "table":
        print(summary(json.loads((args.json or results / "peers_systems.json").read_text())))
        return
    missing = [p for p in ("pysindy", "reservoirpy") if importlib.util.find_spec(p) is None]
    if missing:
        parser.error(f'{" and ".join(missing)} not installed: pip install -e ".[bench]"')
    path = args.json or results / f"peers_{args.what}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    for name in (args.only or SYSTEMS) if args.what == "systems" else [args.what]:
        new = compare(name, args)
        replaced = {tuple(row[key] for key in KEY) for row in new}
        rows = json.loads(path.read_text()) if path.exists() else []
        rows = [row for row in rows if tuple(row[key] for key in KEY) not in replaced] + new
        path.write_text(json.dumps(rows, indent=1) + "\n")  # after each, for long runs


if __name__ == "__main__":
    main()
