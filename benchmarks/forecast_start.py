"""How much longer a forecast holds that starts from the context rows and not only from the last.

    python benchmarks/forecast_start.py

Lorenz-63, 200 forecasts along the clean test series; what the model sees of it, 1000 rows before
each start, carries noise. The valid prediction time, in Lyapunov times (error up to 0.4 standard
deviations), of runs from the noisy last row (`simulate`), from the state that the context tells
(`forecast`), and from the true last row, which no user has.
"""

import argparse
import os
from pathlib import Path

import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.metrics import valid_prediction_time

CONTEXT, N_STARTS, N_STEPS = 1000, 200, 1200


def valid_times(true, runs, scale):
    """Valid prediction time of each run, in Lyapunov times."""
    pairs = zip(true, runs, strict=True)
    return np.array(
        [0.906 * valid_prediction_time(t[None], r[None], dt=0.01, scale=scale) for t, r in pairs]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[100, 101, 102])
    parser.add_argument("--noise", type=float, nargs="+", default=[0.0, 0.05, 0.2])
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--data", type=Path, default=os.environ.get("SKLEARN_DSR_DATA", "."))
    args = parser.parse_args()
    train = np.load(args.data / "lorenz63_train_noise0.05.npy").astype(float)
    test = np.load(args.data / "lorenz63_test.npy").astype(float)
    at = np.linspace(CONTEXT, len(test) - N_STEPS, N_STARTS).astype(int)
    true = np.stack([test[a : a + N_STEPS] for a in at])
    print("Valid prediction time in Lyapunov times, mean (median) of 200 starts")
    print("model  noise   last row       context        true last row")
    for seed in args.seeds:
        model = ShallowPLRNNReconstructor(dt=0.01, n_jobs=args.n_jobs, random_state=seed)
        model.fit(train)
        for level in args.noise:
            rng = np.random.default_rng(seed)
            seen = test + level * rng.standard_normal(test.shape)
            contexts = [seen[a - CONTEXT : a] for a in at]
            runs = (
                model.simulate(seen[at - 1], N_STEPS),
                model.forecast(contexts, N_STEPS),
                model.simulate(test[at - 1], N_STEPS),
            )
            times = [valid_times(true, r, test.std(axis=0)) for r in runs]
            cells = "  ".join(f"{t.mean():6.2f} ({np.median(t):.2f})" for t in times)
            print(f"{seed:5d}  {level:5.0%} {cells}", flush=True)


if __name__ == "__main__":
    main()
