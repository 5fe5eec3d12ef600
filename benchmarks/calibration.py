"""Claim: forecasts are as sure as they say: shares of values in the 90 % band, on rows held apart.

    python benchmarks/calibration.py --data FOLDER               # files as for series.py, too
    python benchmarks/calibration.py lorenz63 lorenz63-driven    # made here, no files

The first three quarters of a file are for fitting; rolling origins over the rest, at most 200,
every one with 20 rows after it. Counts are modelled as is usual: the logarithm of the lynx, the
square root of sunspots. Lorenz-63 has 3000 rows to fit and 5 % noise of the measurement; "driven"
has noise of 1 % of the spread in each step, too. `chance` is how far a share may be from 0.9 by
chance: two binomial standard errors, of as many independent values as there are origins 20 rows
apart.
"""

import matplotlib
import numpy as np
from judging import fitted
from provenance import arguments, keep
from scipy.integrate import solve_ivp
from series import AHEAD, FILES, load
from sklearn.preprocessing import FunctionTransformer

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.inspection import PITDisplay
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding

SCALES = {"lynx": (np.log, np.exp), "sunspots": (np.sqrt, np.square)}
MADE = ("lorenz63", "lorenz63-driven")


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
    X, n = load(name, folder)
    steps = [FunctionTransformer(*SCALES[name])] if name in SCALES else []
    return X, n, steps + ([DelayEmbedding()] if X.shape[1] == 1 else [])


def measure(name, folder, seed):
    """Shares of the rows in the 90 % bands of one series and seed."""
    X, n, steps = series(name, folder, seed)
    pipeline = make_reconstruction_pipeline(*steps, ShallowPLRNNReconstructor(random_state=seed))
    row = {"series": name, "seed": seed} | fitted(pipeline, X[:n])
    display = PITDisplay.from_estimator(pipeline, X, start=n, horizons=AHEAD)
    row["covered"] = display.coverage(0.9).tolist()
    row["origins"] = display.pit.shape[1] // len(display.names)
    row["chance"] = float(2 * np.sqrt(0.9 * 0.1 / ((len(X) - n) / AHEAD[-1])))
    return row | {"driven": bool(pipeline[-1].driven_)}


def main():
    parser = arguments(__doc__, "calibration", seeds=(100, 101, 102), data="SKLEARN_DSR_SERIES")
    parser.add_argument("names", nargs="*", default=[*FILES, *MADE])
    args, rows = parser.parse_args(), []
    matplotlib.use("agg")
    for name in args.names:
        for seed in args.seeds:
            rows.append(measure(name, args.data, seed))
            print(rows[-1], flush=True)
    keep(args.json, rows)


if __name__ == "__main__":
    main()
