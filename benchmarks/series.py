"""Forecasts of short series, as people have them, beside the figures of other methods.

    python benchmarks/series.py --data FOLDER          # lynx, elnino, lorenz5d, sunspots, taylor

Each is a CSV file with a header and the time in its first column. The first three quarters are for
fitting; rolling origins over the rest, at most about 200, every one with 20 rows after it. The
number of delays is searched on the fitting part alone, by the pipeline's own score. Figures are
NRMSE 1, 5 and 20 rows ahead: root mean squared error over the deviation of the last quarter.
"""

import argparse
import json
import os
import time
import warnings
from pathlib import Path

import numpy as np
from provenance import provenance
from sklearn.model_selection import GridSearchCV

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.model_selection import BlockedKFold
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding

DELAYS, SEASON = (1, 2, 4, 8, 16, 32, 64), {"taylor": 337}  # lags of the weekly season
AHEAD = (1, 5, 20)
# Best of persistence, seasonal naive, AR (order by BIC), boosting, simplex and S-map at each
# horizon, by the same protocol.
BEST_PEER = {
    "lynx": (0.468, 0.786, 0.81),
    "elnino": (0.236, 0.547, 0.600),
    "lorenz5d": (0.008, 0.067, 0.331),
    "sunspots": (0.333, 0.486, 0.622),
    "taylor": (0.028, 0.080, 0.152),
}


def fitted(X, season, seed, stages):
    """Best of several embeddings, searched by forecasts of rows held apart."""
    model = ShallowPLRNNReconstructor(stages=stages, random_state=seed)
    pipeline = make_reconstruction_pipeline(DelayEmbedding(1, lag=1), model)
    delays = [p for p in (*DELAYS, *([season] if season else [])) if p * X.shape[1] <= len(X) // 6]
    grid = {"delayembedding__n_delays": delays}
    return GridSearchCV(pipeline, grid, cv=BlockedKFold(3)).fit(X)


def errors(search, X, n):
    """NRMSE at the horizons `AHEAD` from rolling origins after row n."""
    origins = np.arange(n, len(X) - 19, max(1, (len(X) - 20 - n) // 200))
    runs = np.stack([search.best_estimator_.forecast(X[:k], 20) for k in origins])
    scale = X[n:].std(axis=0)
    return [
        float(np.sqrt(np.mean(((runs[:, h - 1] - X[origins + h - 1]) / scale) ** 2))) for h in AHEAD
    ]


def measure(name, folder, seed, stages):
    """Figures of one series and seed."""
    X = np.genfromtxt(folder / f"{name}.csv", delimiter=",", skip_header=1)[:, 1:]
    n = int(0.75 * len(X))
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)  # the outcome is reported
        search = fitted(X[:n], SEASON.get(name), seed, stages)
        cpu = time.process_time() - start
        found = errors(search, X, n)
    model = search.best_estimator_[-1]
    ratios = [a / b for a, b in zip(found, BEST_PEER[name], strict=True)]
    delays = search.best_params_["delayembedding__n_delays"]
    print(
        f"{name}, seed {seed}: NRMSE "
        + " / ".join(f"{e:.3f}" for e in found)
        + ", times the best peer "
        + " / ".join(f"{r:.2f}" for r in ratios)
        + f"; {delays} delays, {model.outcome_}, {cpu:.1f} s of CPU",
        flush=True,
    )
    row = {"series": name, "seed": seed, "nrmse": found, "ratios": ratios, "cpu": cpu}
    return row | {"delays": delays, "outcome": model.outcome_}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(BEST_PEER))
    parser.add_argument("--data", type=Path, default=os.environ.get("SKLEARN_DSR_SERIES", "."))
    parser.add_argument("--seeds", type=int, nargs="+", default=[100, 101, 102])
    parser.add_argument("--stages", choices=("start", "train", "refine"), default="start")
    parser.add_argument("--json", type=Path, help="file for the figures of every seed")
    args = parser.parse_args()
    rows = [measure(n, args.data, s, args.stages) for n in args.names for s in args.seeds]
    ratios = np.concatenate([r["ratios"] for r in rows])
    print(f"ratio to the best peer: median {np.median(ratios):.2f}, largest {ratios.max():.2f}")
    if args.json:
        args.json.write_text(json.dumps({**provenance(), "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
