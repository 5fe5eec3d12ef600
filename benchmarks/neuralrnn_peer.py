"""Claim: default fits beside the shallow PLRNN of neuralrnn, trained as its documents recommend.

    pip install -c constraints.txt -e ".[plot]"
    pip install --no-deps -c benchmarks/constraints.txt neuralrnn safetensors tqdm gymnasium \
        farama-notifications                            # all that its reconstruction imports
    python benchmarks/neuralrnn_peer.py                 # two series, three and two seeds: an hour
    python benchmarks/neuralrnn_peer.py --only "Lorenz-63, 5 % noise" --seeds 1

Lorenz-63 with 5 % noise and the electrocardiogram of the folder --data, 100,000 training rows each.
neuralrnn fits the same map by the same generalized teacher forcing, in torch. Its documents give
two settings for Lorenz-63: the quickstart of its README, and its tutorial (notebook 05 of its
repository). Both are tried, all else at its defaults, on one thread. The learning rate is constant,
so one training gives the model after any time. It is judged after as many CPU seconds as the fit of
this package took, and after as many updates as the setting has.

Assumed: its documents give no setting for the electrocardiogram. The same two serve, with 250
hidden units in place of 50, as published for these data and as the fit of this package has here.
Its log files and pictures are switched off, which favours it.
"""

import copy
import time

import numpy as np
from accuracy import Recording, ecg
from judging import distances, fitted, floor_of, forecast_error, free_run, valid_time
from provenance import arguments, keep
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

OURS = "sklearn_dsr"
# name -> windows, updates and arguments; the rest are defaults of the package
SETTINGS = {
    "tutorial": {"rows": 100, "windows": 128, "alpha": 0.125, "updates": 8000, "clip": 5.0},
    "quickstart": {"rows": 200, "windows": 16, "alpha": 0.1, "updates": 2000, "clip": 1.0},
}


def lorenz63(folder):
    """Task on the published Lorenz-63 series."""
    names = ("lorenz63_train_noise0.05", "lorenz63_test")
    train, test = (np.load(folder / f"{name}.npy").astype(float) for name in names)
    return Recording(
        lambda *_: train, len(train), dt=0.01, exponent=0.906, pair=(test, train), settings={}
    )


# name -> task, hidden units of neuralrnn, and seeds by default
SERIES = {"Lorenz-63, 5 % noise": (lorenz63, 50, (1, 2, 3)), "ECG": (ecg, 250, (1, 2))}


class _Enough(Exception):
    """The training has lasted as long as is wanted."""


class NeuralRNN(BaseEstimator):
    """Shallow PLRNN of neuralrnn, kept at several ends of one training.

    `ends` has the CPU seconds and the updates that each end needs at least, by its name, and
    `at(name)` is the estimator that stopped there.
    """

    def __init__(self, setting, hidden_dim, ends, seed):
        self.setting, self.hidden_dim, self.ends, self.seed = setting, hidden_dim, ends, seed

    def fit(self, X):
        """Learn from the series X (n, N)."""
        import neuralrnn
        import torch

        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        given, N = SETTINGS[self.setting], X.shape[1]
        self.begin_, self.snapshots_, self.updates_ = time.process_time(), {}, 0
        windows = {"sequence_length": given["rows"], "batch_size": given["windows"]}
        data = neuralrnn.ReconstructionDataset.from_timeseries(X, normalize=True, **windows)
        sizes = {"latent_dim": N, "output_dim": N, "hidden_dim": self.hidden_dim}
        config = neuralrnn.AutoConfig.for_model(
            "shallow_plrnn", input_dim=0, autonomous=True, **sizes
        )
        training = neuralrnn.TrainingArguments(
            max_steps=10**9,  # `_after` ends it
            grad_clip_norm=given["clip"],
            seed=self.seed,
            log_every=0,
            disable_progress_bar=True,
        )
        objective = neuralrnn.TeacherForcingObjective(alpha=given["alpha"])
        model, self.scaler_ = neuralrnn.AutoModel.from_config(config), data.normalizer
        try:
            trainer = neuralrnn.Trainer(
                model, data, objective, training, post_step_hook=self._after
            )
            trainer.train()
        except _Enough:
            pass
        return self

    def _after(self, model):
        """Keep the model where it is due, after each update."""
        self.updates_ += 1
        seconds = time.process_time() - self.begin_
        for end, (least_seconds, least_updates) in self.ends.items():
            due = seconds >= least_seconds and self.updates_ >= least_updates
            if due and end not in self.snapshots_:
                self.snapshots_[end] = copy.deepcopy(model), seconds, self.updates_
        if len(self.snapshots_) == len(self.ends):
            raise _Enough

    def at(self, end):
        """Estimator with the model of an end."""
        stopped = copy.copy(self)
        stopped.model_, stopped.seconds_, stopped.updates_ = self.snapshots_[end]
        return stopped

    def simulate(self, x0, n_steps):
        """Free runs (n_ic, n_steps, N) from the rows x0, or (n_steps, N) from one row."""
        import torch

        start = torch.as_tensor(np.atleast_2d(x0), dtype=torch.float32)
        runs = self.model_.generate(self.scaler_.transform(start), n_steps)[:, 1:]
        runs = self.scaler_.inverse_transform(runs).numpy().astype(float)
        return runs[0] if np.ndim(x0) == 1 else runs


def judged(pipeline, test, task):
    """Figures of a fitted model on the test rows."""
    row = distances(test, free_run(pipeline, test))
    row["PE20"] = forecast_error(pipeline, test)
    if task.exponent:
        row["valid_time"] = task.exponent * valid_time(pipeline, test, task.dt)
    return row


def compare(name, folder, seed):
    """Rows of figures of one series and seed: this package, and neuralrnn four times."""
    build, units, _ = SERIES[name]
    task = build(folder)
    X, (test, other) = task.series(), task.test_series()
    NeuralRNN("tutorial", units, {"soon": (0, 10)}, 0).fit(X)  # imports, outside of all clocks
    shared = {"series": name, "seed": seed, "floor": floor_of(test, other)}
    pipeline = task.pipeline(seed)
    ours = {"method": OURS} | fitted(pipeline, X)
    yield shared | ours | judged(pipeline, test, task)
    for setting in SETTINGS:
        ends = {"same CPU": (ours["cpu"], 0), "recommended": (0, SETTINGS[setting]["updates"])}
        trained = NeuralRNN(setting, units, ends, seed).fit(X)
        for end in ends:
            model = trained.at(end)
            how = {"method": "neuralrnn", "setting": setting, "end": end, "cpu": model.seconds_}
            how |= {"updates": model.updates_, "parameters": model.model_.num_parameters()}
            yield shared | how | judged(make_pipeline(model), test, task)


def main():
    parser = arguments(__doc__, "neuralrnn_peer", data="SKLEARN_DSR_DATA")
    parser.add_argument("--seeds", type=int, nargs="+")
    parser.add_argument("--only", nargs="+", choices=list(SERIES), default=list(SERIES))
    args, rows = parser.parse_args(), []
    with threadpool_limits(1):
        for name in args.only:
            for seed in args.seeds or SERIES[name][-1]:
                for row in compare(name, args.data, seed):
                    rows.append(row)
                    print(row, flush=True)
                    keep(args.json, rows)  # after each, for long runs


if __name__ == "__main__":
    main()
