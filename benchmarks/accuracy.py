"""Claim: default settings reconstruct noisy systems; free runs are judged on rows never seen.

    python benchmarks/accuracy.py conditions    # Lorenz-63: short, long, clean, noisy, one column
    python benchmarks/accuracy.py systems       # ten other chaotic systems, 20,000 noisy rows
    python benchmarks/accuracy.py lorenz96      # 20 columns
    python benchmarks/accuracy.py ecg           # electrocardiogram, from --data or downloaded
    python benchmarks/accuracy.py eeg           # electroencephalogram, 64 channels, in-sample
    python benchmarks/accuracy.py conditions --only clean short --seeds 1 2

Each seed draws the training rows, where they are made, and the fit. A free run has 1.25 times the
length of the test series, of which the first fifth is dropped [Hess 2023]. The floor is what
another true series scores: for the ECG the training rows, for the EEG one half against the other.
Of a single column, figures are of delay vectors with lags of 0.1 and 0.2 units of time. Valid
prediction times are in Lyapunov times.
"""

from dataclasses import dataclass

import numpy as np
from judging import (
    distances,
    fitted,
    floor_of,
    forecast_error,
    free_run,
    valid_time,
    valid_time_of_noisy_rows,
)
from provenance import RESULTS, arguments, keep
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from systems import SYSTEMS, make_system

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import fetch_ecg, fetch_eeg, make_lorenz63, make_lorenz96
from sklearn_dsr.forcing import GTF
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding

N_TEST = 100_000


@dataclass
class Task:
    """A series to learn from, one to judge on, and what a user would fit."""

    series: object  # (n_rows, noise, seed) -> rows
    rows: int = 20_000
    noise: float = 0.05
    dt: float = 1.0
    exponent: float = 0.0  # largest, per unit of time; 0: no valid prediction time
    settings: dict = None
    one_column: bool = False
    pca: int = 0

    def pipeline(self, seed):
        """The pipeline of a seed."""
        model = ShallowPLRNNReconstructor(
            dt=self.dt, n_jobs=1, random_state=seed, **(self.settings or {})
        )
        if self.one_column:
            return make_reconstruction_pipeline(DelayEmbedding(), model)
        return make_pipeline(PCA(self.pca) if self.pca else "passthrough", model)

    def test_series(self):
        """Rows to judge on, and others for the floor."""
        return self.series(N_TEST, 0.0, 10_002), self.series(N_TEST, 0.0, 10_003)

    def state(self, X):
        """What D_stsp and D_H are of: the columns, or delay vectors of the only one."""
        if not self.one_column:
            return X
        lag = round(0.1 / self.dt)
        return np.hstack([X[2 * lag :], X[lag:-lag], X[: -2 * lag]])


def lorenz63(one_column=False, dt=0.01, **given):
    """Task on Lorenz-63, of the function that the package has."""

    def series(n, noise, seed):
        X = make_lorenz63(n, dt=dt, noise_level=noise, random_state=seed)
        return X[:, :1] if one_column else X

    return Task(series, dt=dt, exponent=0.906, one_column=one_column, **given)


def system(name):
    """Task on one of the benchmarks' own systems."""
    return Task(lambda n, noise, seed: make_system(name, n, noise=noise, seed=seed))


def lorenz96():
    """Task on Lorenz-96 of 20 columns."""

    def series(n, noise, seed):
        return make_lorenz96(n, noise_level=noise, random_state=seed)

    return Task(series, rows=100_000, dt=0.04, exponent=1.58)


@dataclass
class Recording(Task):
    """A recording: training rows, and (test rows, other rows for the floor)."""

    pair: tuple = ()

    def test_series(self):
        """Rows to judge on, and others for the floor."""
        return self.pair


def ecg(folder):
    """Task on the electrocardiogram, with as many hidden units as published."""
    train, test = (fetch_ecg(data_home=folder, subset=s) for s in ("train", "test"))
    return Recording(lambda *_: train, len(train), pair=(test, train), settings={"hidden_dim": 250})


def eeg(folder):
    """Task on the electroencephalogram, in-sample as published, through principal components."""
    X = fetch_eeg(data_home=folder)
    settings = {"hidden_dim": 512, "standardize": "common", "sequence_length": 50}
    settings["forcing"] = GTF(0.15)
    return Recording(lambda *_: X, len(X), pair=(X, X), settings=settings, pca=16)


CONDITIONS = {
    "20,000 rows, 5 % noise": lorenz63(),
    "100,000 rows": lorenz63(rows=100_000),
    "5,000 rows": lorenz63(rows=5000),
    "2,000 rows": lorenz63(rows=2000),
    "1,000 rows": lorenz63(rows=1000),
    "500 rows": lorenz63(rows=500),
    "no noise": lorenz63(noise=0.0),
    "10 % noise": lorenz63(noise=0.1),
    "20 % noise": lorenz63(noise=0.2),
    "coarse, dt = 0.05": lorenz63(dt=0.05),
    "fine, dt = 0.002": lorenz63(dt=0.002),
    "one column": lorenz63(one_column=True),
}
# name -> tasks, and seeds by default
GROUPS = {
    "conditions": (lambda _: CONDITIONS, (1, 2, 3)),
    "systems": (lambda _: {name: system(name) for name in SYSTEMS}, (1, 2, 3)),
    "lorenz96": (lambda _: {"Lorenz-96": lorenz96()}, (1, 2, 3)),
    "ecg": (lambda folder: {"ECG": ecg(folder)}, (1, 2, 3)),
    "eeg": (lambda folder: {"EEG": eeg(folder)}, (1, 2, 3)),
}


def measure(name, task, seeds):
    """Rows of figures of one task, one for each seed."""
    rows, (test, other) = [], task.test_series()
    pair = (test[: len(test) // 2], test[len(test) // 2 :]) if test is other else (test, other)
    floor = floor_of(*map(task.state, pair))
    for seed in seeds:
        train, pipeline = task.series(task.rows, task.noise, seed), task.pipeline(seed)
        row = {"series": name, "seed": seed, "n_train": len(train), "floor": floor}
        row |= fitted(pipeline, train)
        row |= distances(task.state(test), task.state(free_run(pipeline, test)))
        if not task.one_column:
            row["PE20"] = forecast_error(pipeline, test)
        if task.exponent:
            row["valid_time"] = task.exponent * valid_time(pipeline, test, task.dt)
        if task.exponent and task.noise and not task.one_column:
            noisy = valid_time_of_noisy_rows(pipeline[-1], test, task.dt, task.noise, seed)
            row["valid_time_noisy"] = [task.exponent * time for time in noisy]
        print(row, flush=True)
        rows.append(row)
    return rows


def main():
    parser = arguments(__doc__, "accuracy_<what>", data="SKLEARN_DSR_DATA")
    parser.add_argument("what", choices=list(GROUPS))
    parser.add_argument("--seeds", type=int, nargs="+")
    parser.add_argument("--only", nargs="+", help="names of series")
    args = parser.parse_args()
    make, seeds = GROUPS[args.what]
    path, rows = args.json, []
    if path.stem.endswith("<what>"):
        path = RESULTS / f"accuracy_{args.what}.json"
    for name, task in make(args.data).items():
        if not args.only or name in args.only:
            rows += measure(name, task, args.seeds or seeds)
            keep(path, rows)  # after each, for long runs


if __name__ == "__main__":
    main()
