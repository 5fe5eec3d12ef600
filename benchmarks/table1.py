"""The published table [Hess 2023, Table 1], a command a row: the reference protocol and ours.

    python benchmarks/table1.py ecg --preset hess2023                # shallow model, constant alpha
    python benchmarks/table1.py ecg --preset default                 # the same with our training
    python benchmarks/table1.py eeg --method adaptive --preset hess2023
    python benchmarks/table1.py ecg --model dendritic --method sparse --preset hess2023
    python benchmarks/table1.py lorenz63 --preset hess2023 --seeds 100 101
    python benchmarks/table1.py lorenz96 --max-iter 20 --json ""     # a trial, nothing kept
    python benchmarks/table1.py table               # all rows so far, accuracy.py's beside them

presets.py holds the settings and in what they differ from the original ones. Rows go to --json, one
for each seed, and replace those of the same command; the Markdown table is of all rows there, and
of those that accuracy.py left beside it: the default settings of the shallow model.

Figures are of one free run of 1.25 times the test series' length, the first fifth dropped; medians
+- median absolute deviation over seeds, every seed counted. Failed are the seeds whose free run is
not finite, as in the paper; not converged are those that the fit itself warned of. Each length is
that of the test series, on which D_stsp depends. Updates are of all candidates of a fit; the first
fit that sparse forcing makes to find its interval is in the seconds only. Parameters are those of
the fitted arrays. The published EEG figures are in-sample: the model is judged on the series that
it was trained on; "held-out" trains on the first four fifths, and is judged on the last one.

A full row of the reference protocol, one seed on one thread: lorenz63 gtf takes 20 s, ecg shallow 4
to 5 minutes, eeg shallow twice 3 to 5, lorenz96 gtf 5 (measured beside other work). Dendritic
models take longer: that of the ECG over 8 minutes.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
from judging import fit_and_judge, floor_of
from presets import PUBLISHED, SIZES, parameters, row_of
from sklearn.pipeline import make_pipeline

from sklearn_dsr import PLRNNReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.datasets import fetch_ecg, fetch_eeg

MODELS = {"shallow": ShallowPLRNNReconstructor, "dendritic": PLRNNReconstructor}
# What makes a row: a second measurement of the same replaces the first.
KEY = ("data", "where", "model", "method", "preset", "max_iter", "seed")


def splits(data, folder):
    """Train and test series, and a pair of series for the floor: name -> those three."""
    if data == "eeg":
        X = fetch_eeg(data_home=folder)
        half, last = len(X) // 2, len(X) * 4 // 5
        return {
            "in-sample": (X, X, (X[:half], X[half:])),
            "held-out": (X[:last], X[last:], (X[last:], X[:last])),
        }
    if data == "ecg":
        train, test = (fetch_ecg(data_home=folder, subset=s) for s in ("train", "test"))
    else:
        train = np.load(folder / f"{data}_train_noise0.05.npy").astype(float)
        test = np.load(folder / f"{data}_test.npy").astype(float)
    return {"test": (train, test, (test, train))}


def measure(args):
    """Rows of one command."""
    given = parameters(args.preset, args.data, args.model, args.method)
    if args.max_iter:
        given["max_iter"] = args.max_iter
    rows = []
    for where, (train, test, pair) in splits(args.data, args.folder).items():
        floor = floor_of(*pair)
        for seed in args.seeds:
            model = MODELS[args.model](n_jobs=args.n_jobs, **given)
            pipeline = make_pipeline("passthrough", model)
            row = row_of(args.preset, args.data, args.model, args.method, where, model, floor)
            row |= fit_and_judge(pipeline, train, test, seed)
            print({k: row[k] for k in ("where", "seed", "D_stsp", "D_H", "PE20", "outcome")})
            rows.append(row)
    return rows


def merged(old, new):
    """Rows of both, without the old ones that were measured again."""
    keys = {tuple(r[k] for k in KEY) for r in new}
    return [r for r in old if tuple(r[k] for k in KEY) not in keys] + new


def of_accuracy(folder):
    """Rows of the default settings that `accuracy.py <data> --json` left in a folder."""
    files = [folder / f"accuracy_{data}.json" for data in SIZES]
    found = [json.loads(path.read_text()) for path in files if path.exists()]
    rows = [row for part in found for row in (part["rows"] if isinstance(part, dict) else part)]
    return [row for row in rows if "preset" in row]


def table(rows):
    """Markdown table: a line for the published figures of a row of the paper, then ours."""
    lines = [
        "| data | model, method | settings | seeds | D_stsp | D_H | PE(20) | not finite | "
        "not converged | floor D_stsp / D_H | length | parameters | updates | seconds |",
        "|" + "---|" * 14,
    ]
    for row in dict.fromkeys((r["data"], r["model"], r["method"]) for r in sorted_rows(rows)):
        figures = PUBLISHED.get(row)
        name = f"| {row[0]} | {row[1]}, {row[2]} |"
        if figures:
            D, H, PE, n = ("" if f is None else f"{f:g}" for f in figures)
            lines.append(f"{name} published | 20 | {D} | {H} | {PE} | | | | | {n} | 250,000 | |")
        own = [r for r in sorted_rows(rows) if (r["data"], r["model"], r["method"]) == row]
        for group in dict.fromkeys((r["preset"], r["where"], r["max_iter"]) for r in own):
            part = [r for r in own if (r["preset"], r["where"], r["max_iter"]) == group]
            lines.append(f"{name} {group[0]}, {group[1]} {line(part)}")
    return "\n".join(lines)


def sorted_rows(rows):
    return sorted(rows, key=lambda r: [str(r[k]) for k in KEY])


def line(part):
    """Cells of the seeds of one setting."""

    def spread(key):
        v = np.array([r[key] for r in part])
        middle = np.median(v)
        return f"{middle:.3g} +- {np.median(np.abs(v - middle)):.1g}"

    first = part[0]
    not_converged = sum(r["outcome"] != "converged" for r in part)
    return (
        f"| {len(part)} | {spread('D_stsp')} | {spread('D_H')} | {spread('PE20')} | "
        f"{sum(not r['finite'] for r in part)} | {not_converged} | "
        f"{first['floor'][0]:.2f} / {first['floor'][1]:.3f} | {first['length']:,} | "
        f"{first['parameters']:,} | {int(np.median([r['updates'] for r in part])):,} | "
        f"{np.median([r['seconds'] for r in part]):.0f} |"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", choices=[*SIZES, "table"])
    parser.add_argument("--model", choices=list(MODELS), default="shallow")
    parser.add_argument("--method", choices=["gtf", "adaptive", "sparse"], default="gtf")
    parser.add_argument("--preset", choices=["hess2023", "default"], default="hess2023")
    parser.add_argument("--seeds", type=int, nargs="+", default=range(100, 105))
    parser.add_argument("--max-iter", type=int, help="fewer epochs, for a trial")
    parser.add_argument("--n-jobs", type=int, default=1, help="of several candidates")
    parser.add_argument(
        "--data", dest="folder", type=Path, default=os.environ.get("SKLEARN_DSR_DATA", ".")
    )
    parser.add_argument("--json", default=Path(__file__).parent / "results" / "table1.json")
    args = parser.parse_args()
    path = Path(args.json)
    rows = json.loads(path.read_text()) if args.json and path.exists() else []
    if args.data != "table":
        rows = merged(rows, measure(args))
        if args.json:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(rows, indent=1) + "\n")
    print(table(merged(of_accuracy(path.parent), rows) if args.json else rows))


if __name__ == "__main__":
    main()
