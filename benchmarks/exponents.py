"""Exponents, dimension and fixed points of reconstructions beside those of the systems.

    python benchmarks/exponents.py lorenz63 --noise 0.05 --seeds 100 101 102 103 104

Default settings (--stages train: without rounds on smoothed data). Lorenz-63 and
Rossler are simulated anew, 50,000 rows; Lorenz-96 is read from the data folder. Exponents are per
unit of time, over 1,000,000 steps: those of the map, and those of the flow (`flow=True`), whose
neutral exponent is 0 by construction.
"""

import argparse
import os
import time
import warnings
from pathlib import Path

import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63, make_rossler
from sklearn_dsr.dynamics import fixed_points, kaplan_yorke_dimension, lyapunov_spectrum
from sklearn_dsr.exceptions import ReconstructionWarning

WING, SMALL, LARGE = np.sqrt(8 / 3 * 27), 0.00702622, 5.69297378
# name -> data(noise, seed), time between rows, exponents, dimension, fixed points in the range
SYSTEMS = {
    "lorenz63": (
        lambda noise, seed: make_lorenz63(50_000, noise_level=noise, random_state=seed),
        0.01,
        (0.906, 0.0, -14.57),
        2.062,
        [(-WING, -WING, 27.0), (0.0, 0.0, 0.0), (WING, WING, 27.0)],
    ),
    "rossler": (
        lambda noise, seed: make_rossler(50_000, dt=0.1, noise_level=noise, random_state=seed),
        0.1,
        (0.0714, 0.0, -5.394),
        2.013,
        [(SMALL, -SMALL / 0.2, SMALL / 0.2)],
    ),
    "lorenz96": (None, 0.04, (1.58,), None, []),
}


def judge(model, data, points):
    """Exponents of map and flow; distance of the nearest fixed point to each true one; kinds."""
    spectra = [
        lyapunov_spectrum(model, n_steps=1_000_000, n_transient=10_000, flow=flow)
        for flow in (False, True)
    ]
    found = fixed_points(model, data) if points else []
    size = np.linalg.norm(np.ptp(data, axis=0))
    near = [min(found, key=lambda c, p=p: np.linalg.norm(c.points[0] - p)) for p in points]
    errors = [
        100 * np.linalg.norm(c.points[0] - p) / size for c, p in zip(near, points, strict=True)
    ]
    return spectra, errors, [f"{c.kind} {c.n_unstable}" for c in near]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("--noise", type=float, default=0.05)
    parser.add_argument("--seeds", type=int, nargs="+", default=[100, 101, 102, 103, 104])
    parser.add_argument("--stages", nargs="+", default=["refine"], help="how far to train")
    parser.add_argument("--hidden-dim", type=int, help="hidden units L; default: automatic")
    parser.add_argument("--clipped", action="store_true")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--data", type=Path, default=os.environ.get("SKLEARN_DSR_DATA", "."))
    args = parser.parse_args()
    make, dt, true, dimension, points = SYSTEMS[args.system]
    warnings.simplefilter("ignore", ReconstructionWarning)  # the outcome is printed
    print(f"{args.system}, noise {args.noise:.0%}; true exponents {true}, dimension {dimension}")
    for stages in args.stages:
        figures = []
        for seed in args.seeds:
            if make is None:
                data = np.load(args.data / "lorenz96_train_noise0.05.npy").astype(float)
            else:
                data = make(args.noise, seed)
            start = time.perf_counter()
            model = ShallowPLRNNReconstructor(
                args.hidden_dim or "auto",
                clipped=args.clipped or "auto",
                dt=dt,
                stages=stages,
                n_jobs=args.n_jobs,
                random_state=seed,
            ).fit(data)
            seconds = time.perf_counter() - start
            spectra, errors, kinds = judge(model, data, points)
            told = [[*s[:3], kaplan_yorke_dimension(s)] for s in spectra]
            figures.append([*told[0], *told[1], *errors])
            shown = ", ".join(f"{e:.1f} % ({k})" for e, k in zip(errors, kinds, strict=True))
            print(
                f"  {stages}, seed {seed}: map {np.round(told[0], 3)}, flow "
                f"{np.round(told[1], 3)} (exponents, dimension); fixed points off by {shown}; "
                f"{model.outcome_}, {seconds:.0f} s",
                flush=True,
            )
        print(f"{stages}, medians: {np.round(np.median(figures, axis=0), 3)}", flush=True)


if __name__ == "__main__":
    main()
