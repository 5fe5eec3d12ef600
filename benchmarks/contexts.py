"""Claim: fits of short series beside a model that was trained on other systems beforehand.

    python benchmarks/contexts.py               # three systems, ten series each, some minutes
    python benchmarks/contexts.py --only Chua --seeds 1

DynaMix (Hemmer and Durstewitz 2025, arXiv:2505.13192) forecasts a system that it has not seen from
a context of some rows. Its public evaluation has D_stsp of the next 10,000 rows, for one series of
each of three systems. Here each context is the training data of a default fit.

As there: no noise, and the divergence has 30 bins over the range of the true rows, and leaves out
points in the lowest bins and outside. Assumed: 50 rows in the main period of the system, which is
how the training data there are made; the periods are those of the package dysts.
"""

import warnings

import numpy as np
from judging import fitted
from provenance import arguments, keep_each
from sklearn.pipeline import make_pipeline
from systems import make_system

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.metrics import state_space_divergence

AHEAD, BINS, SMOOTHING, PER_PERIOD = 10_000, 30, 1e-5, 50
# name -> rows of the context, main period, published D_stsp
SYSTEMS = {
    "Lorenz-63": (2000, 1.5008, 0.80),
    "Chua": (1028, 1.4235, 2.21),
    "Sprott M": (512, 5.3644, 3.32),
}


def series(name, n, dt, seed):
    """Rows without noise on the attractor."""
    if name == "Lorenz-63":
        return make_lorenz63(n, dt=dt, random_state=seed)
    return make_system(name.lower().replace(" ", "_"), n, noise=0.0, seed=seed, dt=dt)


def their_divergence(true, given):
    """D_stsp as in the public evaluation of DynaMix."""
    low, width, cells = true.min(axis=0), np.ptp(true, axis=0), BINS ** true.shape[1]

    def counts(rows):
        with np.errstate(invalid="ignore"):
            places = BINS * (rows - low) / width
            inside = (places >= 1).all(axis=1) & (places < BINS).all(axis=1)
        cell = np.ravel_multi_index(places[inside].astype(int).T, (BINS,) * rows.shape[1])
        return np.bincount(cell, minlength=cells)

    h, g = counts(true), counts(given)
    if not g.any():  # not defined there
        return state_space_divergence(true, given)
    p, q = ((n + SMOOTHING) / (n + SMOOTHING).sum() for n in (h, g))
    return float(np.sum(p * np.log(p / q)))


def measure(name, seed):
    """Figures of one series."""
    rows, period, _ = SYSTEMS[name]
    dt = period / PER_PERIOD
    known, ahead, later = np.split(series(name, rows + 2 * AHEAD, dt, seed), [rows, rows + AHEAD])
    model = ShallowPLRNNReconstructor(dt=dt, n_jobs=1, random_state=seed)
    row = {"series": name, "seed": seed, "rows": rows, "dt": dt}
    row |= fitted(make_pipeline(model), known)
    run = model.forecast(known, AHEAD)
    return row | {
        "theirs": their_divergence(ahead, run),
        "D_stsp": state_space_divergence(ahead, run),
        "true": their_divergence(ahead, later),
        "published": SYSTEMS[name][2],
    }


def main():
    parser = arguments(__doc__, "contexts", seeds=range(1, 11))
    parser.add_argument("--only", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    args = parser.parse_args()
    warnings.simplefilter("ignore", ReconstructionWarning)  # of runs that leave: figures tell
    keep_each(args.json, (measure(name, seed) for name in args.only for seed in args.seeds))


if __name__ == "__main__":
    main()
