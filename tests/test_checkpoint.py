"""A checkpoint is the best model so far, whole at every moment, and a fit goes on from it."""

import os
import pickle
import random
import signal
import subprocess
import sys
import time

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import PLRNNReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr._choice._free_run_score import FreeRunScore
from sklearn_dsr.callbacks import Checkpoint, write_whole
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import ReconstructionWarning

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning"),
    pytest.mark.skipif(
        not hasattr(ShallowPLRNNReconstructor, "set_callbacks"),
        reason="this scikit-learn has no callbacks",
    ),
]
X = make_lorenz63(1200, dt=0.02, random_state=0)


def new(**params):
    first = {"hidden_dim": 10, "clipped": False, "max_iter": 10, "n_init": 3, "stages": "train"}
    same = {"start": "random", "random_state": 0}
    return ShallowPLRNNReconstructor(**(first | same | params))


def closeness(model):
    """S of short free runs beside X, found anew."""
    rows = (X - model.mean_) / model.scale_
    system = model._system()
    return FreeRunScore([rows]).short((system.canonical, system.observation))["S"]


class Recorder(Checkpoint):
    """A checkpoint that keeps all that it writes, with the task after which it does."""

    def setup(self, estimator, context):
        super().setup(estimator, context)
        self.written = []

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.task = context.task_name
        return super().on_fit_task_end(estimator, context, fitted_estimator=fitted_estimator)

    def _write(self, model):
        super()._write(model)
        self.written.append((self.task, joblib.load(self.path)))


@pytest.mark.parametrize("params", [{}, {"stages": "refine"}, {"n_jobs": 2}])
def test_each_file_holds_a_model_nearer_to_x_than_the_last_one(tmp_path, params):
    recorder = Recorder(tmp_path / "model.joblib")
    new(**params).set_callbacks(recorder).fit(X)
    scores = [closeness(model) for task, model in recorder.written if task == "best"]
    assert len(scores) >= 1 and scores == sorted(scores, reverse=True)
    last = recorder.written[-1]
    assert last[0] == "fit" and closeness(last[1]) <= 1.5 * scores[-1] + 1.0


def test_no_trained_candidate_is_nearer_than_the_best_one(tmp_path):
    recorder = Recorder(tmp_path / "model.joblib")
    model = new().set_callbacks(recorder).fit(X)
    least = min(c["S"] for k in model.candidates_ for c in k["checkpoints"])
    best = [m for task, m in recorder.written if task == "best"][-1]
    assert closeness(best) == pytest.approx(least, rel=1e-6)


def test_the_start_is_kept_before_anything_is_trained(tmp_path):
    recorder = Recorder(tmp_path / "model.joblib")
    ShallowPLRNNReconstructor(10, random_state=0, stages="start").set_callbacks(recorder).fit(X)
    assert [task for task, _ in recorder.written][:1] == ["best"]


def test_until_a_model_is_judged_the_file_holds_the_one_in_training(tmp_path):
    recorder = Recorder(tmp_path / "model.joblib", interval=0)
    new(n_init=2).set_callbacks(recorder).fit(X)
    tasks = [task for task, _ in recorder.written]
    first = tasks.index("best")
    assert tasks[:first] == 10 * ["epoch"] and "epoch" not in tasks[first:]
    seldom = Recorder(tmp_path / "model.joblib", interval=1e9)
    new(n_init=2).set_callbacks(seldom).fit(X)
    assert [task for task, _ in seldom.written][:2] == ["epoch", "best"]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_after_the_fit_it_is_the_fitted_model_and_watching_changes_nothing(tmp_path, n_jobs):
    path = tmp_path / "model.joblib"
    model = new(n_jobs=n_jobs).set_callbacks(Checkpoint(path)).fit(X)
    loaded, alone = joblib.load(path), new().fit(X)
    np.testing.assert_array_equal(model.predict(X), alone.predict(X))
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert vars(loaded).keys() == vars(alone).keys()  # nothing of callbacks
    assert [p.name for p in tmp_path.iterdir()] == ["model.joblib"]


@pytest.mark.parametrize(
    "model",
    [
        new(),
        new(clipped="auto", hidden_dim="auto", max_iter=2, n_init=1),
        new(latent_dim=5, n_inputs=1),
        new(observation="affine", latent_dim=2),
        ShallowPLRNNReconstructor(stages="refine", max_iter=2, n_init=1, random_state=0),
        PLRNNReconstructor(n_bases=3, max_iter=3, n_init=1, random_state=0),
    ],
    ids=["plain", "automatic", "hidden units", "affine", "with a start", "dendritic"],
)
def test_warm_start_goes_on_from_any_file(tmp_path, model):
    recorder = Recorder(tmp_path / "model.joblib", interval=0)
    clone(model).set_callbacks(recorder).fit(X)
    tasks = dict(recorder.written)  # the last one of each task
    for stored in tasks.values():
        before = stored.predict(X)
        np.testing.assert_array_equal(stored.predict(X), before)
        # Of no epoch at all the model stays: it is what a fit goes on from.
        stored.set_params(warm_start=True, stages="train", max_iter=1, learning_rate_init=1e-30)
        stored.fit(X)
        np.testing.assert_allclose(stored.predict(X), before, rtol=1e-4, atol=1e-4)


def test_it_works_in_a_pipeline_and_can_be_pickled(tmp_path):
    path = tmp_path / "model.joblib"
    copy = pickle.loads(pickle.dumps(Checkpoint(path, interval=3)))
    assert (copy.path, copy.interval) == (path, 3)
    pipeline = make_pipeline(StandardScaler(), new(n_init=1).set_callbacks(copy)).fit(X)
    scaled = pipeline[:-1].transform(X)
    np.testing.assert_array_equal(joblib.load(path).predict(scaled), pipeline.predict(X))


def test_the_disk_has_the_file_before_its_name_and_the_name_after(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        function = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, n=name, f=function: (calls.append(n), f(*a))[1])
    write_whole(tmp_path / "file", lambda file: file.write(b"all"))
    assert calls == ["fsync", "replace"] + ["fsync"] * (os.name == "posix")
    assert (tmp_path / "file").read_bytes() == b"all"


@pytest.mark.parametrize("place", ["write", "fsync", "replace"])
@pytest.mark.parametrize("error", [OSError("no space left"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_file_before(tmp_path, monkeypatch, place, error):
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def fail(*args):
        raise error

    if place != "write":
        monkeypatch.setattr(os, place, fail)
    with pytest.raises(type(error)):
        write_whole(path, fail if place == "write" else lambda file: file.write(b"new"))
    assert path.read_bytes() == b"before" and list(tmp_path.iterdir()) == [path]


def test_a_full_disk_does_not_end_the_fit(tmp_path, monkeypatch):
    def fail(*args):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    model = new(n_init=1).set_callbacks(Checkpoint(tmp_path / "model.joblib"))
    with pytest.warns(ReconstructionWarning, match=r"cannot be written: No space.*\. The fit goes"):
        model.fit(X)
    assert model.simulate(X[0], 3).shape == (3, 3) and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("checkpoint", "message"),
    [
        (Checkpoint("no/such/folder/model.joblib"), r"folder .* does not exist\. Make it"),
        (Checkpoint("model.joblib", interval=-1), "interval"),
    ],
)
def test_what_cannot_work_is_said_before_the_fit(tmp_path, monkeypatch, checkpoint, message):
    monkeypatch.chdir(tmp_path)
    model = new().set_callbacks(checkpoint)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.fit(X)
    assert vars(model) == before


ENDLESS = """
import sys, warnings
warnings.simplefilter("ignore")
from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.callbacks import Checkpoint
from sklearn_dsr.datasets import make_lorenz63
X = make_lorenz63(1200, dt=0.02, random_state=0)
model = ShallowPLRNNReconstructor(10, start="random", max_iter=5000, random_state=0)
model.set_callbacks(Checkpoint(sys.argv[1], interval=0)).fit(X)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_fit_leaves_a_whole_file(tmp_path):
    path, moments = tmp_path / "model.joblib", random.Random(0)
    for _ in range(2):
        process = subprocess.Popen([sys.executable, "-c", ENDLESS, path])
        try:
            while not path.exists() and process.poll() is None:
                time.sleep(0.01)
            time.sleep(moments.uniform(0.0, 0.5))
        finally:
            process.kill()
        assert process.wait() == -signal.SIGKILL
        model = joblib.load(path)
        assert np.isfinite(model.predict(X)).all()
        path.unlink()
    model.set_params(warm_start=True, max_iter=2, n_init=1).fit(X)
