"""A search gives the same bits on one core, on two and on a cluster, with no more threads."""

import os
import threading
from unittest import mock

import joblib
import numpy as np
import pytest
from distributed import Client, LocalCluster
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.forcing import GTF
from sklearn_dsr.model_selection import WORST, DSRScorer

# Models trained so shortly collapse, and test blocks so short tell little.
pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning"),
    pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.DataWarning"),
]

N_FOLDS = 2
TIME = 0.1 * np.arange(600)
NOISE = 0.02 * np.random.default_rng(0).normal(size=(600, 2))
X = np.column_stack([np.sin(TIME), np.cos(TIME)]) + NOISE


def pool_threads():
    return {t for t in threading.enumerate() if t.name.startswith("ThreadPoolExecutor")}


class Watched(ShallowPLRNNReconstructor):
    """Counts the threads that work on its fit: those of pools that begin during it, or itself."""

    def fit(self, X, y=None):
        before, ended, counts = pool_threads(), threading.Event(), [0]

        def watch():
            while not ended.wait(0.001):
                counts.append(len(pool_threads() - before))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            super().fit(X)
        finally:
            ended.set()
            watcher.join()
        self.n_threads_ = max(1, *counts)
        return self


def score(estimator, X, y=None):
    seen = {"n_threads": estimator.n_threads_, "process": os.getpid()}
    return DSRScorer()(estimator, X) | seen


def fitted_search(n_jobs=None, fit_n_jobs=None):
    """Search over four candidates, in `n_jobs` processes; each fit has four restarts."""
    settings = {"clipped": False, "max_iter": 10, "n_init": 4, "stages": "train"}
    settings["start"] = "random"  # with restarts
    model = Watched(**settings, n_jobs=fit_n_jobs, random_state=0)
    return GridSearchCV(
        model,
        {"hidden_dim": [5, 10], "forcing": [GTF(0.2), "auto"]},
        scoring=score,
        refit="neg_state_space_divergence",
        cv=TimeSeriesSplit(N_FOLDS),
        n_jobs=n_jobs,
    ).fit(X)


@pytest.fixture(scope="module")
def alone():
    return fitted_search()


def of_all_folds(search, metric):
    return np.stack([search.cv_results_[f"split{k}_test_{metric}"] for k in range(N_FOLDS)])


def most_threads(search):
    """Most threads of any fit of the search; the refit on all data is not counted."""
    return of_all_folds(search, "n_threads").max()


def processes(search):
    return set(of_all_folds(search, "process").ravel())


def assert_same(one, two):
    """Scores of all candidates and folds, the choice, and the chosen model are the same bits."""
    for metric in WORST:
        np.testing.assert_array_equal(
            of_all_folds(one, metric), of_all_folds(two, metric), err_msg=metric
        )
    assert str(one.best_params_) == str(two.best_params_)  # ways of forcing are copies
    for name in ("A_", "W1_", "W2_", "h1_", "h2_"):
        a, b = (getattr(search.best_estimator_, name) for search in (one, two))
        np.testing.assert_array_equal(a, b, err_msg=name)


def test_two_processes_give_the_bits_of_one(alone):
    two = fitted_search(n_jobs=2)
    assert_same(two, alone)
    assert processes(alone) == {os.getpid()} and os.getpid() not in processes(two)
    assert most_threads(two) == most_threads(alone) == 1


def test_fits_on_all_cores_share_them_in_a_parallel_search(alone, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)  # by it a user can set the share
    two = fitted_search(n_jobs=2, fit_n_jobs=-1)
    assert_same(two, alone)
    assert most_threads(two) <= max(joblib.cpu_count() // 2, 1)


def test_fits_on_all_cores_take_one_each_in_a_search_in_threads(alone):
    with joblib.parallel_config(backend="threading"):
        two = fitted_search(n_jobs=2, fit_n_jobs=-1)
    assert_same(two, alone)
    assert most_threads(two) == 1


def test_a_number_of_threads_is_taken_at_its_word(alone):
    two = fitted_search(n_jobs=2, fit_n_jobs=3)
    assert_same(two, alone)
    assert most_threads(two) == 3


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes of one thread each, on free ports of the loopback interface."""
    workers = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    # dask sets OMP_NUM_THREADS and others in this process too, and leaves them set.
    with (
        mock.patch.dict(os.environ),
        LocalCluster(**workers, dashboard_address="127.0.0.1:0") as cluster,
        Client(cluster),
    ):
        yield cluster


@pytest.mark.slow
@pytest.mark.parametrize(("fit_n_jobs", "n_threads"), [(None, 1), (-1, 1), (3, 3)])
def test_a_cluster_of_two_workers_gives_the_bits_of_one_core(alone, cluster, fit_n_jobs, n_threads):
    with joblib.parallel_config(backend="dask"):
        two = fitted_search(fit_n_jobs=fit_n_jobs)
    assert_same(two, alone)
    assert len(processes(two)) == 2 and os.getpid() not in processes(two)
    # For joblib, any n_jobs is the cores of the whole cluster; but a worker has only its own, and
    # the refit is done by this process.
    assert most_threads(two) == n_threads
    if fit_n_jobs is None:
        assert two.best_estimator_.n_threads_ == 1
