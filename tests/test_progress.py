"""Progress lines, and scikit-learn's callbacks through estimator, Pipeline and GridSearchCV."""

import re

import numpy as np
import pytest
from planted import from_the_truth, lozi_data, plant_none_good, plant_outcomes
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._recipe import Recipe
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.forcing import AdaptiveGTF
from sklearn_dsr.model_selection import DSRScorer
from sklearn_dsr.reconstruction import _rounds, _stages

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
X = make_lorenz63(1200, dt=0.02, random_state=0)


def new(**params):
    first = {"hidden_dim": 10, "clipped": False, "max_iter": 10, "n_init": 2, "stages": "train"}
    same = {"start": "random", "random_state": 0}  # by regression there might be no training
    return ShallowPLRNNReconstructor(**(first | same | params))


class Recorder:
    """A callback that notes the tasks, and asks to stop where `stop(context)` says so."""

    def __init__(self, stop=lambda context: False):
        self.stop, self.begun, self.ended, self.torn_down = stop, [], [], 0

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        self.torn_down += 1

    def on_fit_task_begin(self, estimator, context):
        self.begun.append((context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, fitted_estimator=None):
        self.ended.append((context.task_name, context.task_id, X, y, fitted_estimator))
        return self.stop(context)


def test_verbose_prints_a_line_per_candidate_and_ten_within_one(capsys):
    new(verbose=0).fit(X)
    assert capsys.readouterr().out == ""
    model = new(verbose=1).fit(X)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("[ShallowPLRNNReconstructor] ") for line in lines)
    assert re.search(r"candidate 1/2 \(adaptive\): finished, free-run score \d", lines[0])
    assert re.search(rf"chosen: candidate [12] .*; {model.outcome_}", lines[2])
    new(verbose=2).fit(X)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 + 2 * 10
    assert re.search(r"epoch 10/10, loss [\d.e+-]+, alpha \d\.\d", lines[9])


callbacks = pytest.mark.skipif(
    not hasattr(ShallowPLRNNReconstructor, "set_callbacks"),
    reason="this scikit-learn has no callbacks",
)


@callbacks
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_tasks_are_the_candidates_and_their_epochs(n_jobs):
    recorder = Recorder()
    model = new(n_jobs=n_jobs).set_callbacks(recorder).fit(X)
    names = [name for name, *_ in recorder.ended]
    assert names.count("candidate") == 2 and names.count("epoch") == 20 and names[-1] == "fit"
    assert len(recorder.begun) == len(recorder.ended) and recorder.torn_down == 1
    np.testing.assert_array_equal(model.A_, new().fit(X).A_)  # watching changes nothing


@callbacks
def test_candidates_of_a_further_round_are_further_tasks(capsys, monkeypatch):
    plant_none_good(monkeypatch)
    recorder, (_, noisy) = Recorder(), lozi_data()
    model = from_the_truth(noisy, 1, n_init=2, verbose=1)
    model.set_callbacks(recorder).fit(noisy)
    assert {number for name, number, *_ in recorder.ended if name == "candidate"} == {0, 1, 2, 3}
    lines = capsys.readouterr().out.splitlines()
    assert sum("smoothed 1x: candidate" in line for line in lines) == 2


@callbacks
def test_candidates_of_another_architecture_are_tasks_of_their_own(monkeypatch):
    plant_outcomes(monkeypatch, "escaped")
    recorder = Recorder()
    model = new(hidden_dim=5, clipped="auto", max_iter=2).set_callbacks(recorder).fit(X[:600])
    tasks = [number for name, number, *_ in recorder.ended if name == "candidate"]
    kinds = [candidate["architecture"]["clipped"] for candidate in model.candidates_]
    assert tasks == list(range(2 + 4)) and kinds == [False] * 2 + [True] * 4


@callbacks
@pytest.mark.parametrize("clipped", [False, "auto"])
@pytest.mark.parametrize(("n_init", "noise_level"), [(1, 0.05), (2, 0.05), (2, 0.0)])
def test_there_are_as_many_tasks_as_candidates_of_all_stages(
    monkeypatch, n_init, noise_level, clipped
):
    # None is good, so that each candidate is trained, trained on, and refined, in all rounds.
    plant_outcomes(monkeypatch)
    plant_none_good(monkeypatch)
    monkeypatch.setattr(_rounds, "RECIPE", Recipe(progress=np.inf))
    monkeypatch.setattr(_stages, "RECIPE", Recipe(few_rows=100))
    recorder = Recorder()
    rows = make_lorenz63(400, noise_level=noise_level, random_state=0)
    model = new(hidden_dim=5, max_iter=1, n_init=n_init, clipped=clipped, stages="refine")
    model.set_params(start="regression", forcing=AdaptiveGTF()).set_callbacks(recorder).fit(rows)
    tasks = [number for name, number, *_ in recorder.ended if name == "candidate"]
    assert tasks == list(range(len(tasks)))
    # Of clean rows those of the chosen architecture only are on record.
    n_trained = sum(c["family"] != "regression" for c in model.candidates_)
    assert len(tasks) == n_trained or (clipped == "auto" and not noise_level)


@callbacks
def test_callbacks_get_the_series_as_its_own_target_and_a_model_that_can_be_used():
    recorder = Recorder()
    model = new(n_init=1).set_callbacks(recorder).fit(X)
    _, _, given, y, after_one_epoch = recorder.ended[0]
    assert given is X and y is X
    assert after_one_epoch.simulate(X[0], 5).shape == (5, 3)
    np.testing.assert_array_equal(model.A_, recorder.ended[-1][4].A_)


@callbacks
def test_a_callback_ends_a_candidate_early():
    stop = Recorder(lambda context: context.task_name == "epoch" and context.task_id >= 3)
    model = new().set_callbacks(stop).fit(X)
    assert [(c["status"], len(c["losses"])) for c in model.candidates_] == 2 * [("stopped", 4)]
    assert model.n_iter_ == 4


@callbacks
def test_a_fit_that_fails_tears_the_callbacks_down_and_leaves_nothing():
    recorder = Recorder(lambda context: 1 / 0)
    model = new().set_callbacks(recorder)
    before = dict(vars(model))
    with pytest.raises(ZeroDivisionError):
        model.fit(X)
    assert recorder.torn_down == 1 and vars(model) == before


@callbacks
def test_progress_bar_and_scoring_monitor_through_pipeline_and_search(capsys):
    pytest.importorskip("rich", reason="the progress bar is drawn by rich")
    from sklearn.callback import ProgressBar, ScoringMonitor

    monitor = ScoringMonitor(scoring=DSRScorer(["neg_power_spectrum_hellinger", "skill"]))
    model = new(max_iter=4, n_init=1)
    model.set_callbacks(monitor)
    pipeline = make_pipeline(StandardScaler(), model)
    search = GridSearchCV(
        pipeline, {"shallowplrnnreconstructor__hidden_dim": [5, 10]}, cv=TimeSeriesSplit(2)
    )
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X)
    assert "candidate #0" in capsys.readouterr().out
    assert monitor.get_logs(select="all")
