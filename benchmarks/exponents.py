"""Claim: exponents, dimension and fixed points of models beside those of the true systems.

    python benchmarks/exponents.py              # Lorenz-63 and Rossler, 50,000 rows, 5 % noise
    python benchmarks/exponents.py --noise 0

Exponents are per unit of time, over 1,000,000 steps: those of the map, and those of the flow
(`flow=True`), whose neutral exponent is 0 by construction. Errors of fixed points are distances
from the true ones, in percent of the diagonal of the data's range.
"""

import numpy as np
from judging import fitted
from provenance import arguments, keep
from sklearn.pipeline import make_pipeline

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63, make_rossler
from sklearn_dsr.dynamics import fixed_points, kaplan_yorke_dimension, lyapunov_spectrum

WING, SMALL = np.sqrt(8 / 3 * 27), 0.00702622
# name -> function, time between rows, true exponents, dimension, fixed points near the data
SYSTEMS = {
    "Lorenz-63": (
        make_lorenz63,
        0.01,
        (0.906, 0.0, -14.57),
        2.062,
        [(-WING, -WING, 27.0), (0.0, 0.0, 0.0), (WING, WING, 27.0)],
    ),
    "Rössler": (
        make_rossler,
        0.1,
        (0.0714, 0.0, -5.394),
        2.013,
        [(SMALL, -SMALL / 0.2, SMALL / 0.2)],
    ),
}


def measure(name, noise, seed):
    """Figures of one fit."""
    make, dt, true, dimension, points = SYSTEMS[name]
    X = make(50_000, dt=dt, noise_level=noise, random_state=seed)
    model = ShallowPLRNNReconstructor(dt=dt, random_state=seed)
    row = {"system": name, "seed": seed, "noise": noise} | fitted(make_pipeline(model), X)
    row["true"] = [*true, dimension]
    for key, flow in (("map", False), ("flow", True)):
        spectrum = lyapunov_spectrum(model, n_steps=1_000_000, n_transient=10_000, flow=flow)
        row[key] = [*map(float, spectrum), float(kaplan_yorke_dimension(spectrum))]
    found, size = fixed_points(model, X), np.linalg.norm(np.ptp(X, axis=0))
    near = [min(found, key=lambda c, p=p: np.linalg.norm(c.points[0] - p)) for p in points]
    row["off_percent"] = [
        float(100 * np.linalg.norm(c.points[0] - p) / size)
        for c, p in zip(near, points, strict=True)
    ]
    return row | {"kinds": [c.kind for c in near]}


def main():
    parser = arguments(__doc__, "exponents", seeds=(100, 101, 102))
    parser.add_argument("--only", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS))
    parser.add_argument("--noise", type=float, default=0.05)
    args, rows = parser.parse_args(), []
    for name in args.only:
        for seed in args.seeds:
            rows.append(measure(name, args.noise, seed))
            print(rows[-1], flush=True)
    keep(args.json, rows)


if __name__ == "__main__":
    main()
