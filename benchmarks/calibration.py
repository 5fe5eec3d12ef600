"""Whether forecasts are as sure as they say: 90 % bands beside rows held apart.

    python benchmarks/calibration.py --data FOLDER     # lynx, elnino, lorenz5d, sunspots, ...
    python benchmarks/calibration.py lorenz63 lorenz63-driven    # made here, no files

Files are as for series.py: the first three quarters are for fitting, rolling origins over the rest,
at most 200, every one with 20 rows after it. Counts are modelled as is usual: the logarithm of the
lynx, the square root of sunspots. Lorenz-63 has 5 % noise of the measurement, 3000 rows to fit, and
"driven" has noise of 1 % of the spread in each step, too. Shares are of values within the band; the
last column is how far the pooled share may be from 0.9 by chance, two binomial standard errors, of
as many independent values as there are origins 20 rows apart.
"""

import argparse
import json
import os
import time
import warnings
from pathlib import Path

import matplotlib
import numpy as np
from provenance import provenance
from scipy.integrate import solve_ivp
from sklearn.preprocessing import FunctionTransformer

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import DataWarning, ReconstructionWarning
from sklearn_dsr.inspection import PITDisplay
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding

HORIZONS = (1, 5, 20)
SCALES = {"lynx": (np.log, np.exp), "sunspots": (np.sqrt, np.square)}
MADE = ("lorenz63", "lorenz63-driven")
FILES = ("lynx", "elnino", "lorenz5d", "sunspots", "taylor")


def driven_lorenz63(n, seed, dt=0.02, share=0.01):
    """Rows of Lorenz-63 with noise in each step, and 5 % on each row."""
    rng, state = np.random.default_rng(seed), np.array([1.0, 1.0, 25.0])
    spread = np.array([7.9, 9.0, 8.6])

    def flow(_, z):
        return 10 * (z[1] - z[0]), z[0] * (28 - z[2]) - z[1], z[0] * z[1] - 8 / 3 * z[2]

    rows = np.empty((n + 200, 3))
    for t in range(n + 200):
        state = solve_ivp(flow, (0, dt), state, rtol=1e-8, atol=1e-8).y[:, -1]
        state = state + share * spread * rng.standard_normal(3)
        rows[t] = state
    return rows[200:] + 0.05 * spread * rng.standard_normal((n, 3))


def series(name, folder, seed):
    """Rows, how many of them are for fitting, and the steps before the model."""
    if name == "lorenz63":
        return make_lorenz63(5000, dt=0.02, noise_level=0.05, random_state=seed), 3000, []
    if name == "lorenz63-driven":
        return driven_lorenz63(5000, seed), 3000, []
    X = np.genfromtxt(folder / f"{name}.csv", delimiter=",", skip_header=1)[:, 1:]
    steps = [FunctionTransformer(*SCALES[name])] if name in SCALES else []
    steps += [DelayEmbedding()] if X.shape[1] == 1 else []
    return X, int(0.75 * len(X)), steps


def measure(name, folder, seed, members):
    """Shares of the rows in the 90 % bands of one series and seed."""
    X, n, steps = series(name, folder, seed)
    model = ShallowPLRNNReconstructor(random_state=seed)
    if members:
        model = EnsembleReconstructor(model, members, random_state=seed)
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        warnings.simplefilter("ignore", DataWarning)
        pipeline = make_reconstruction_pipeline(*steps, model).fit(X[:n])
        cpu = time.process_time() - start
        display = PITDisplay.from_estimator(pipeline, X, start=n, horizons=HORIZONS)
    covered, model = display.coverage(0.9), pipeline[-1]
    print(
        f"{name}, seed {seed}: "
        + " / ".join(f"{share:.3f}" for share in covered)
        + f"  ({len(X) - n} rows, {model.outcome_}, "
        + f"{'driven' if model.driven_ else 'not driven'}, {cpu:.1f} s)",
        flush=True,
    )
    n_origins = display.pit.shape[1] // len(display.names)
    row = {"series": name, "seed": seed, "covered": covered.tolist(), "rows": len(X) - n}
    row |= {"origins": n_origins}
    return row | {"outcome": model.outcome_, "driven": model.driven_, "cpu": cpu}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=[*FILES, *MADE])
    parser.add_argument("--data", type=Path, default=os.environ.get("SKLEARN_DSR_SERIES", "."))
    parser.add_argument("--seeds", type=int, nargs="+", default=[100, 101, 102])
    parser.add_argument("--members", type=int, default=0, help="of an ensemble; 0: a single model")
    parser.add_argument("--json", type=Path, help="file for the figures of every seed")
    args = parser.parse_args()
    matplotlib.use("agg")
    rows = [measure(n, args.data, s, args.members) for n in args.names for s in args.seeds]
    shares, origins = zip(*((row["covered"], row["origins"]) for row in rows), strict=True)
    pooled = np.average(shares, axis=0, weights=origins)
    independent = sum(row["rows"] / HORIZONS[-1] for row in rows)
    error = 2 * np.sqrt(0.9 * 0.1 / independent)
    print(
        "pooled over series: "
        + " / ".join(f"{share:.3f}" for share in pooled)
        + f" at {' / '.join(map(str, HORIZONS))} rows; chance 0.9 +- {error:.3f}"
    )
    if args.json:
        args.json.write_text(json.dumps({**provenance(), "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
