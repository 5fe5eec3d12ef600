"""Accuracy of the reconstruction on noisy training data, judged on data never seen.

    python benchmarks/accuracy.py lorenz63              # 10 seeds, shallow PLRNN
    python benchmarks/accuracy.py lorenz63 --model almost-linear    # or another of the family
    python benchmarks/accuracy.py lorenz63 --missing 0.3            # values missing at random
    python benchmarks/accuracy.py duffing               # a driven system, external input
    python benchmarks/accuracy.py lorenz96              # 20 columns
    python benchmarks/accuracy.py ecg                   # real electrocardiogram
    python benchmarks/accuracy.py eeg                   # real electroencephalogram, 64 channels
    python benchmarks/accuracy.py eeg --part in-sample --pca 16     # through principal components
    python benchmarks/accuracy.py systems               # further chaotic systems

Files are read from --data (default: the environment variable SKLEARN_DSR_DATA). Every seed counts;
a failed one is one that diverges, or whose outcome is not "converged", or D_stsp above the limit
that is printed. Free runs have 1.25 times the length of the test series, of which the first fifth
is dropped [Hess 2023].
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
from judging import fit_and_judge, floor_of, gaussian_divergence, report
from presets import parameters, row_of
from provenance import provenance
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from systems import DESIGNED_ON, SYSTEMS, make_system

from sklearn_dsr import (
    AlmostLinearRNNReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)
from sklearn_dsr.datasets import fetch_ecg, fetch_eeg, make_duffing
from sklearn_dsr.forcing import GTF
from sklearn_dsr.metrics import valid_prediction_time

# Of the EEG's principal components: one common scale, windows of 50, the paper's constant alpha.
AFTER_PCA = {
    "hidden_dim": 512,
    "standardize": "common",
    "sequence_length": 50,
    "forcing": GTF(0.15),
}

# Models of the family with their default settings; those without a hidden layer need hidden units.
MODELS = {
    "shallow": lambda **p: ShallowPLRNNReconstructor(**p),
    "shallow-100": lambda **p: ShallowPLRNNReconstructor(100, **p),
    "clipped-shallow": lambda **p: ShallowPLRNNReconstructor(clipped=True, **p),
    "vanilla": lambda **p: PLRNNReconstructor(22, **p),
    "mean-centered": lambda **p: PLRNNReconstructor(22, mean_centered=True, **p),
    "dendritic": lambda **p: PLRNNReconstructor(22, n_bases=20, **p),
    "clipped-dendritic": lambda **p: PLRNNReconstructor(22, n_bases=20, clipped=True, **p),
    "almost-linear": lambda **p: AlmostLinearRNNReconstructor(20, 2, **p),
}


def lorenz63(args):
    """Lorenz-63, 5 percent noise, 100,000 rows; default settings of the model."""
    train = np.load(args.data / "lorenz63_train_noise0.05.npy").astype(float)
    test = np.load(args.data / "lorenz63_test.npy").astype(float)
    floor = floor_of(test, train)
    train[np.random.default_rng(0).random(train.shape) < args.missing] = np.nan
    rows, default = [], (args.model, args.missing, args.stages) == ("shallow", 0, "refine")
    for seed in args.seeds or range(100, 110):
        missing = "mask" if args.missing else "gap"
        model = MODELS[args.model](dt=0.01, n_jobs=args.n_jobs, missing=missing, stages=args.stages)
        pipeline = make_pipeline("passthrough", model)
        rows.append(fit_and_judge(pipeline, train, test, seed) | {"model": args.model})
        if default:
            rows[-1] |= row_of("default", "lorenz63", "shallow", "gtf", "test", model, floor)
        rows[-1]["valid_time"] = 0.906 * valid_time(pipeline[-1], test)
    report(
        f"Lorenz-63 (N=3, 5 % noise, {args.missing:.0%} of the values missing), {args.model}",
        rows,
        0.5 if "shallow" in args.model else 2.0,
        floor,
        "Published (shallow + GTF): 0.26, about 0.08. True lambda_max 0.906.",
    )
    report_valid_time(rows)
    return rows


def valid_time(model, test):
    """Valid prediction time, in units of time, from 100 rows all over a test series."""
    starts = np.arange(0, 90_000, 900)
    true = np.stack([test[s + 1 : s + 1001] for s in starts])
    runs = model.simulate(test[starts], 1000)
    return valid_prediction_time(true, runs, dt=model.dt, scale=test.std(axis=0))


def report_valid_time(rows):
    """Print the median of the valid prediction times."""
    times = [r["valid_time"] for r in rows]
    print(f"  valid prediction time: median {np.median(times):.2f} Lyapunov times")


def lorenz96(args):
    """Lorenz-96, N = 20, 5 percent noise, 100,000 rows; default settings."""
    train = np.load(args.data / "lorenz96_train_noise0.05.npy").astype(float)
    test = np.load(args.data / "lorenz96_test.npy").astype(float)
    rows, floor = [], floor_of(test, train)
    for seed in args.seeds or range(100, 110):
        model = ShallowPLRNNReconstructor(dt=0.04, n_jobs=args.n_jobs)
        pipeline = make_pipeline("passthrough", model)
        rows.append(fit_and_judge(pipeline, train, test, seed))
        rows[-1] |= row_of("default", "lorenz96", "shallow", "gtf", "test", model, floor)
        rows[-1]["valid_time"] = 1.58 * valid_time(pipeline[-1], test)
    report(
        "Lorenz-96 (N=20, 5 % noise)",
        rows,
        1.0,
        floor,
        "Published: D_stsp 1.68. Gaussian noise scores 1.0. True lambda_max 1.58.",
    )
    report_valid_time(rows)
    return rows


def duffing(args):
    """Forced Duffing oscillator, 20,000 rows, 5 percent noise; the drive is an external input."""
    train = make_duffing(20_000, noise_level=0.05, random_state=1)
    test, other = (make_duffing(20_000, random_state=seed) for seed in (2, 3))
    rows = []
    for n_inputs in (1, 0):
        part = []
        for seed in args.seeds or range(100, 105):
            model = ShallowPLRNNReconstructor(n_inputs=n_inputs, dt=0.1, n_jobs=args.n_jobs)
            pipeline = make_pipeline("passthrough", model)
            columns = slice(0, 2 + n_inputs)
            part.append(fit_and_judge(pipeline, train[:, columns], test[:, columns], seed))
            part[-1]["n_inputs"] = n_inputs
        name = f"Duffing, {'the drive as input' if n_inputs else 'the drive ignored'}"
        report(name, part, 1.0, floor_of(test[:, :2], other[:, :2]))
        rows += part
    return rows


def ecg(args):
    """Electrocardiogram, M = 5, L = 250; default training."""
    train, test = (fetch_ecg(data_home=args.data, subset=s) for s in ("train", "test"))
    rows, floor = [], floor_of(test, train)
    for seed in args.seeds or range(100, 110):
        model = ShallowPLRNNReconstructor(250, n_jobs=args.n_jobs)
        rows.append(fit_and_judge(make_pipeline("passthrough", model), train, test, seed))
        rows[-1] |= row_of("default", "ecg", "shallow", "gtf", "test", model, floor)
    report(
        "ECG (N=5, L=250)",
        rows,
        4.0,
        floor,
        "Published: D_stsp 4.3, D_H 0.34, PE(20) 2.4e-3.",
    )
    return rows


def eeg(args):
    """Electroencephalogram, 64 channels: M = 16, L = 512, affine observation; default training."""
    X = fetch_eeg(data_home=args.data)
    last = len(X) * 4 // 5
    rows = []
    for where in args.part:
        train, test = (X, X) if where == "in-sample" else (X[:last], X[last:])
        # Each part has its own floor: the series against its other piece.
        pair = (X[: len(X) // 2], X[len(X) // 2 :]) if where == "in-sample" else (test, train)
        part, floor = [], floor_of(*pair)
        for seed in args.seeds or range(100, 110):
            if args.pca:
                settings, first = AFTER_PCA, PCA(args.pca)
            else:
                settings, first = parameters("default", "eeg", "shallow", "gtf"), "passthrough"
            model = ShallowPLRNNReconstructor(n_jobs=args.n_jobs, **settings)
            part.append(fit_and_judge(make_pipeline(first, model), train, test, seed))
            if not args.pca:
                part[-1] |= row_of("default", "eeg", "shallow", "gtf", where, model, floor)
        report(f"EEG, {where}", part, 3 * floor[0], floor, "Published, in-sample: 2.1, 0.11.")
        rows += part
    return rows


def systems(args):
    """Chaotic systems that the recipe was not designed on: 20,000 rows, 5 percent noise."""
    rows = []
    for name in args.only or [name for name in SYSTEMS if name not in DESIGNED_ON]:
        train = make_system(name, 20_000, noise=0.05, seed=1)
        test = make_system(name, 20_000, noise=0.0, seed=2)
        other = make_system(name, 20_000, noise=0.0, seed=3)
        part = []
        for seed in args.seeds or range(100, 103):
            model = ShallowPLRNNReconstructor(n_jobs=args.n_jobs)
            part.append(fit_and_judge(make_pipeline("passthrough", model), train, test, seed))
            part[-1]["system"] = name
        noise = gaussian_divergence(test)
        report(
            name,
            part,
            noise,
            floor_of(test, other),
            f"A Gaussian with the data's moments: D_stsp {noise:.2f}.",
        )
        rows += part
    return rows


BENCHMARKS = {
    "lorenz63": lorenz63,
    "lorenz96": lorenz96,
    "ecg": ecg,
    "eeg": eeg,
    "systems": systems,
    "duffing": duffing,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=list(BENCHMARKS))
    parser.add_argument("--seeds", type=int, nargs="+", help="default: fresh ones from 100 on")
    parser.add_argument("--model", choices=list(MODELS), default="shallow")
    parser.add_argument("--stages", default="refine", help="of lorenz63")
    parser.add_argument("--missing", type=float, default=0.0, help="share of missing values")
    parser.add_argument("--only", nargs="+", choices=list(SYSTEMS), help="of systems")
    parts = ["in-sample", "held-out"]
    parser.add_argument("--part", nargs="+", choices=parts, default=parts, help="of the EEG")
    parser.add_argument("--pca", type=int, help="components before the model, of the EEG")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--data", type=Path, default=os.environ.get("SKLEARN_DSR_DATA", "."))
    parser.add_argument("--json", type=Path, help="file for the figures of every seed")
    args = parser.parse_args()
    rows = BENCHMARKS[args.what](args)
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps({**provenance(), "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
