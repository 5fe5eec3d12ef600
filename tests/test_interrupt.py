"""KeyboardInterrupt is raised again, and leaves a usable model, or the estimator as it was."""

import subprocess
import sys
import threading
import warnings
from contextlib import contextmanager

import numpy as np
import pytest
from engines import CompiledEngine
from joblib import parallel_config
from planted import from_the_truth, lozi_data, plant_none_good
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from sklearn_dsr._choice._free_run_score import FreeRunScore
from sklearn_dsr._recipe import Recipe
from sklearn_dsr._training._regression import Regression
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.forcing import GTF, SparseForcing
from sklearn_dsr.model_selection import skill_scorer
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.reconstruction import (
    AlmostLinearRNNReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
    _stages,
)
from sklearn_dsr.reconstruction._system import System

TIME = 0.1 * np.arange(300)
X = np.column_stack([np.sin(TIME), np.cos(TIME)])


@pytest.fixture(params=["shallow", "vanilla", "almost linear"])
def model(request):
    # By regression the rows, of a linear map, would need no training.
    common = {"max_iter": 20, "n_init": 2, "stages": "train", "start": "random", "random_state": 0}
    if request.param == "shallow":
        return ShallowPLRNNReconstructor(8, clipped=False, **common)
    if request.param == "vanilla":
        return PLRNNReconstructor(**common)
    return AlmostLinearRNNReconstructor(4, **common)


def interrupt_call(monkeypatch, owner, name, number):
    """Raise KeyboardInterrupt at the given call (from 1) of a method; return the calls made."""
    calls, method, lock = [], getattr(owner, name), threading.Lock()

    def pressed(self, *args, **kwargs):
        with lock:
            calls.append(1)
            now = len(calls) == number
        if now:
            raise KeyboardInterrupt
        return method(self, *args, **kwargs)

    monkeypatch.setattr(owner, name, pressed)
    return calls


@contextmanager
def interrupted():
    """The interrupt comes through, with a message that says what is kept, and without a warning."""
    with warnings.catch_warnings(), pytest.raises(KeyboardInterrupt) as caught:
        warnings.simplefilter("error")
        yield
    message = str(caught.value)
    assert "interrupted. " in message and "warm_start=True" in message


def assert_usable(model):
    assert model.outcome_ == "interrupted"
    assert np.isfinite(model.forecast(X, 50)).all()
    assert np.isfinite(model.score(X))
    assert {candidate["status"] for candidate in model.candidates_} <= {"finished", "interrupted"}
    assert all(candidate["losses"] for candidate in model.candidates_)
    assert model.n_iter_ <= 20


def test_interrupt_before_the_first_epoch_leaves_an_unfitted_estimator(model, monkeypatch):
    interrupt_call(monkeypatch, CompiledEngine, "run", 1)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    with pytest.raises(NotFittedError):
        check_is_fitted(model)


def test_interrupt_of_a_fit_before_the_smoothing_keeps_its_best_model(model, monkeypatch):
    calls = interrupt_call(monkeypatch, CompiledEngine, "run", 13)
    with interrupted():
        model.set_params(stages="refine").fit(X)
    assert len(calls) == 13 and model.n_smoothings_ == 0
    assert_usable(model)


@pytest.mark.parametrize("number", [4, 7, 8])
def test_interrupt_of_a_further_round_keeps_the_model_before(monkeypatch, number):
    # Two candidates of three epochs, and then in the round two of one.
    plant_none_good(monkeypatch)
    _, noisy = lozi_data()
    model = from_the_truth(noisy, 2, max_iter=3, n_init=2)
    calls = interrupt_call(monkeypatch, CompiledEngine, "run", number)
    with interrupted():
        model.fit(noisy)
    assert len(calls) == number and model.n_smoothings_ == 0 and model.n_iter_ <= 3
    assert model.outcome_ == "interrupted"
    assert np.isfinite(model.simulate(noisy[0], 100)).all()


@pytest.mark.parametrize("number", [2, 13, 20, 21, 34])
def test_interrupt_of_the_training_keeps_the_best_model(model, monkeypatch, number):
    plant_none_good(monkeypatch)
    calls = interrupt_call(monkeypatch, CompiledEngine, "run", number)
    with interrupted():
        model.fit(X)
    assert len(calls) == number  # no epoch is begun after it
    assert_usable(model)


@pytest.mark.parametrize("number", [1, 2, 5])
def test_interrupt_of_a_start_by_regression_leaves_an_unfitted_estimator(monkeypatch, number):
    interrupt_call(monkeypatch, Regression, "solve", number)
    model = ShallowPLRNNReconstructor(8, random_state=0)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    with pytest.raises(NotFittedError):
        check_is_fitted(model)


# Of few rows the start is compared with a first training; of noisy ones candidates are refined
# one after the other, else all of them are trained.
@pytest.mark.parametrize("noise_level", [0.0, 0.05])
@pytest.mark.parametrize(
    ("few_rows", "number"), [(True, 1), (True, 3), (False, 1), (False, 3), (False, 7)]
)
def test_interrupt_of_a_training_after_the_start_keeps_the_best_model(
    monkeypatch, number, few_rows, noise_level
):
    plant_none_good(monkeypatch)
    rows = make_lorenz63(600, noise_level=noise_level, random_state=0)
    if not few_rows:
        monkeypatch.setattr(_stages, "RECIPE", Recipe(few_rows=100))
    settings = {"clipped": False, "max_iter": 6, "random_state": 0}
    start = ShallowPLRNNReconstructor(20, stages="start", **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        start.fit(rows)
    calls = interrupt_call(monkeypatch, CompiledEngine, "run", number)
    model = ShallowPLRNNReconstructor(20, n_init=2, **settings)
    with interrupted():
        model.fit(rows)
    assert len(calls) == number and model.outcome_ == "interrupted"
    # The models of the start are among the candidates, and none that is worse takes their place.
    assert model.candidates_[: len(start.candidates_)] == start.candidates_
    best = start.candidates_[start.chosen_[0]]["checkpoints"][0]["total"]
    candidate, checkpoint = model.chosen_
    if not noise_level:  # else scores are beside rows that are smoothed once more
        assert model.candidates_[candidate]["checkpoints"][checkpoint]["total"] <= best


@pytest.mark.parametrize("number", [1, 3, 5])
def test_interrupt_of_the_first_fit_for_the_automatic_interval(model, monkeypatch, number):
    # It has 5 epochs, and what it is for is not known before its end: nothing is fitted.
    calls = interrupt_call(monkeypatch, CompiledEngine, "run", number)
    before = dict(vars(model.set_params(forcing=SparseForcing())))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    assert len(calls) == number
    assert vars(model) == before
    interrupt_call(monkeypatch, CompiledEngine, "run", 7)
    with interrupted():
        model.fit(X)
    assert_usable(model)


def test_no_further_candidates_after_an_interrupt(model, monkeypatch):
    interrupt_call(monkeypatch, CompiledEngine, "run", 3)
    with interrupted():
        model.set_params(forcing=GTF(0.5), n_init=5).fit(X)
    assert len(model.candidates_) == 1  # the others would have followed the leading family


def test_interrupt_in_a_thread(model, monkeypatch):
    interrupt_call(monkeypatch, CompiledEngine, "run", 15)
    with interrupted():
        model.set_params(n_jobs=2).fit(X)
    assert_usable(model)


def test_interrupted_fit_has_a_checkpoint_of_its_last_epoch_and_chooses_the_best(monkeypatch):
    model = ShallowPLRNNReconstructor(8, start="random", max_iter=40, n_init=1, random_state=0)
    interrupt_call(monkeypatch, CompiledEngine, "run", 36)
    with interrupted():
        model.fit(X)
    epochs = [entry["epoch"] for entry in model.candidates_[0]["checkpoints"]]
    assert epochs[-1] == len(model.loss_curve_) == 35
    scores = [entry["S"] for entry in model.candidates_[0]["checkpoints"]]
    assert model.chosen_ == (0, int(np.argmin(scores)))


def test_warm_start_goes_on_after_an_interrupt(model, monkeypatch):
    with monkeypatch.context() as patch, interrupted():
        interrupt_call(patch, CompiledEngine, "run", 15)
        model.fit(X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        model.set_params(warm_start=True).fit(X)
    assert model.outcome_ != "interrupted"


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("name", ["short", "passed", "long_runs", "floor"])
def test_interrupt_of_the_choice_keeps_what_is_trained(model, monkeypatch, name, n_jobs):
    calls = interrupt_call(monkeypatch, FreeRunScore, name, 1)
    with interrupted():
        model.set_params(n_jobs=n_jobs).fit(X)
    assert calls
    assert_usable(model)


@pytest.mark.parametrize("number", [1, 6])
def test_interrupt_of_the_scores_of_a_second_candidate_keeps_the_first(model, monkeypatch, number):
    plant_none_good(monkeypatch)
    n_scored = 2 * len(model.fit(X).candidates_[0]["checkpoints"])
    interrupt_call(monkeypatch, FreeRunScore, "short", n_scored // 2 + number)
    with interrupted():
        model.fit(X)
    assert_usable(model)
    assert [c["status"] for c in model.candidates_] == ["finished", "interrupted"]


@pytest.mark.parametrize("stages", ["start", "refine"])
@pytest.mark.parametrize("name", ["passed", "long_runs"])
def test_interrupt_of_the_verdict_on_a_start_comes_through(monkeypatch, name, stages):
    # Of noise, whose outcome is told whatever free runs do.
    noise = np.random.default_rng(0).standard_normal((300, 2))
    interrupt_call(monkeypatch, FreeRunScore, name, 1)
    model = ShallowPLRNNReconstructor(8, stages=stages, max_iter=5, random_state=0)
    with interrupted():
        model.fit(noise)
    assert model.outcome_ == "interrupted"


def test_a_second_interrupt_leaves_the_estimator_as_it_was(model, monkeypatch):
    def refused(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(FreeRunScore, "passed", refused)
    before = dict(vars(model))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    assert vars(model) == before
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_an_interrupt_before_there_is_a_model_keeps_an_earlier_one(model, monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        forecast = model.fit(X).forecast(X, 20)
    interrupt_call(monkeypatch, CompiledEngine, "run", 1)
    with pytest.raises(KeyboardInterrupt):
        model.set_params(random_state=1).fit(2 * X)
    np.testing.assert_array_equal(model.forecast(X, 20), forecast)
    interrupt_call(monkeypatch, System, "smooth", 1)
    before = dict(vars(model))
    with pytest.raises(KeyboardInterrupt):
        model.smooth(X)
    assert vars(model) == before


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_interrupt_ends_a_search(monkeypatch, n_jobs):
    # A candidate that is half trained has no score, and no other one is begun.
    fits = []
    fit = ShallowPLRNNReconstructor.fit
    monkeypatch.setattr(
        ShallowPLRNNReconstructor, "fit", lambda self, X, y=None: (fits.append(1), fit(self, X))[1]
    )
    interrupt_call(monkeypatch, CompiledEngine, "run", 10)
    model = ShallowPLRNNReconstructor(
        clipped=False, max_iter=5, n_init=1, stages="train", start="random", random_state=0
    )
    search = GridSearchCV(
        model, {"hidden_dim": [4, 5, 6]}, cv=TimeSeriesSplit(2), scoring=skill_scorer
    )
    with parallel_config("threading", n_jobs=n_jobs), pytest.raises(KeyboardInterrupt):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(X)
    assert not hasattr(search, "cv_results_") and (len(fits) == 2 or n_jobs > 1)
    for thread in set(threading.enumerate()) - {threading.main_thread()}:
        thread.join(5.0)  # fits of the search that go on would warn in the midst of the next test


def test_a_pipeline_keeps_the_model_of_its_last_step(model, monkeypatch):
    pipeline = make_reconstruction_pipeline(StandardScaler(), model)
    interrupt_call(monkeypatch, CompiledEngine, "run", 15)
    with interrupted():
        pipeline.fit(X)
    assert pipeline[-1].outcome_ == "interrupted"
    assert np.isfinite(pipeline.forecast(X, 20)).all()


PROGRAM = """
import os, sys, threading, time, signal
import numpy as np
from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr._training import _trainer

kind, n_jobs = sys.argv[1], int(sys.argv[2])
time_ = 0.1 * np.arange(300)
X = np.column_stack([np.sin(time_), np.cos(time_)])
train, started = _trainer.train, threading.Event()

def announced(*args, **kwargs):
    started.set()
    return train(*args, **kwargs)

def press():
    started.wait(30)
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGINT)

_trainer.train = announced
settings = dict(max_iter=3000, stages="train", start="random", random_state=0)
model = ShallowPLRNNReconstructor(8, clipped=False, n_jobs=n_jobs, **settings)
if kind == "ensemble":
    member = model.set_params(n_jobs=None)
    model = EnsembleReconstructor(member, n_members=4, n_jobs=n_jobs, random_state=0)
threading.Thread(target=press).start()
before = threading.active_count() - 1
try:
    model.fit(X)
except KeyboardInterrupt:
    assert model.outcome_ == "interrupted"
    assert np.isfinite(model.forecast(X, 20)).all()
    assert threading.active_count() <= before, threading.enumerate()
    print("interrupted")
else:
    print("swallowed")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("kind", ["single", "ensemble"])
def test_ctrl_c_at_any_time(kind, n_jobs):
    # A real signal in a process of its own: it arrives wherever the main thread is.
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, kind, str(n_jobs)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.stdout.strip() == "interrupted", run.stdout + run.stderr
