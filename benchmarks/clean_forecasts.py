"""Claim: how long forecasts of clean rows hold, by number of hidden units and seconds.

    python benchmarks/clean_forecasts.py   # regression with 30 to 1600 units, and default
    python benchmarks/clean_forecasts.py --only 30 150 --seeds 1

Mandal and Gottwald (2025), "Learning dynamical systems with hit-and-run random feature maps",
Nature Communications 16, arXiv:2501.06661, forecast Lorenz-63 from 50,000 clean rows with 0.01
between them. Their features are smooth (tanh), those here piecewise linear.

As there: the forecast starts from a true row, and is valid until the mean squared error of the
columns, each in its standard deviation, exceeds 0.09; times are in Lyapunov times of 1 / 0.91.
"""

import numpy as np
from judging import fitted
from provenance import arguments, keep_each
from sklearn.pipeline import make_pipeline

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.metrics import valid_prediction_time

ROWS, DT, EXPONENT = 50_000, 0.01, 0.91
THRESHOLD, STARTS, HORIZON = 0.09, 200, 2000
SETTINGS = {str(n): {"hidden_dim": n, "stages": "start"} for n in (30, 150, 400, 1600)}
SETTINGS["default"] = {}


def measure(name, seed):
    """Figures of one fit."""
    X = make_lorenz63(ROWS, dt=DT, random_state=seed)
    test = make_lorenz63(200_000, dt=DT, random_state=seed + 10_000)
    model = ShallowPLRNNReconstructor(dt=DT, n_jobs=1, random_state=seed, **SETTINGS[name])
    row = {"setting": name, "seed": seed} | fitted(make_pipeline(model), X)
    scale = test.std(axis=0)
    starts = np.linspace(0, len(test) - HORIZON - 1, STARTS).astype(int)
    true = np.stack([test[s + 1 : s + 1 + HORIZON] for s in starts]) / scale
    runs = model.simulate(test[starts], HORIZON) / scale
    time = valid_prediction_time(
        true, runs, threshold=np.sqrt(THRESHOLD), dt=DT, scale=np.ones(test.shape[1])
    )
    return row | {"units": int(model.W1_.shape[1]), "valid_time": EXPONENT * float(time)}


def main():
    parser = arguments(__doc__, "clean_forecasts", seeds=(1, 2, 3))
    parser.add_argument("--only", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    args = parser.parse_args()
    keep_each(args.json, (measure(name, seed) for name in args.only for seed in args.seeds))


if __name__ == "__main__":
    main()
