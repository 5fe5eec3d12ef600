"""Claim: the basins of a reconstructed double well beside the true ones.

    python benchmarks/basins.py              # three cases, three seeds
    python benchmarks/basins.py --seeds 0

x' = v, v' = x - x^3 - 0.3 v, with 1 % noise. Trajectories begin in the square [-1, 1]^2. A figure
is the share of a 200 x 200 grid over this square whose runs end in the true well.
"""

import time
import warnings

import numpy as np
from provenance import arguments, keep_each

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_duffing
from sklearn_dsr.dynamics import basins
from sklearn_dsr.exceptions import ReconstructionWarning

END, STEP, N = 60.0, 0.05, 200
AXIS = np.linspace(-1, 1, N)
CASES = {  # trajectories, rows of each, time between rows
    "8 trajectories of 1,000 rows, 20 units of time": (8, 1000, 0.02),
    "32 trajectories of 150 rows, 15 units of time": (32, 150, 0.1),
    "8 trajectories of 1,000 rows, 100 units of time": (8, 1000, 0.1),
}


def slope(x, v):
    """Derivatives of position and velocity."""
    return v, x - x**3 - 0.3 * v


def true_basins():
    """Whether each start of the grid ends in the right well, (N, N), by Runge and Kutta."""
    z = np.array(np.meshgrid(AXIS, AXIS, indexing="ij"))
    for _ in range(round(END / STEP)):
        a = np.array(slope(*z))
        b = np.array(slope(*(z + STEP / 2 * a)))
        c = np.array(slope(*(z + STEP / 2 * b)))
        d = np.array(slope(*(z + STEP * c)))
        z = z + STEP / 6 * (a + 2 * b + 2 * c + d)
    return z[0] > 0


def measure(case, seed, true):
    """Figures of one fit with the default settings."""
    n, rows, dt = CASES[case]
    draw = {"dt": dt, "amplitude": 0.0, "n_transient": 0, "noise_level": 0.01}
    X = [make_duffing(rows, random_state=100 * seed + k, **draw)[:, :2] for k in range(n)]
    model, begin = ShallowPLRNNReconstructor(dt=dt, random_state=seed), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)  # the outcome is kept
        model.fit(X)
    fitted = time.process_time()
    found = basins(model, (AXIS, AXIS))
    # The last two entries are for the labels -2 and -1: no well.
    wells = np.array([a.points[:, 0].mean() for a in found.attractors] + [np.nan, np.nan])
    place = wells[found.labels]
    return {
        "case": case,
        "seed": seed,
        "outcome": model.outcome_,
        "hidden_dim": int(model.hidden_dim_),
        "right": sum(bool(x[-1, 0] > 0) for x in X),
        "agreement": float(np.mean(np.where(true, place > 0, place < 0))),
        "kinds": [a.kind for a in found.attractors],
        "shares": found.shares.tolist(),
        "cpu": fitted - begin,
        "cpu_basins": time.process_time() - fitted,
    }


def main():
    parser = arguments(__doc__, "basins", seeds=(0, 1, 2))
    args, true = parser.parse_args(), true_basins()
    keep_each(args.json, (measure(case, seed, true) for case in CASES for seed in args.seeds))


if __name__ == "__main__":
    main()
