"""A grid search on one core against two: seconds, same bits, and no more threads than cores.

    python benchmarks/search_scaling.py

16 candidates, hidden_dim x alpha, of two restarts each learn from 10,000 rows of Lorenz-63 and
are scored on 10,000 others. Rows compare, in one run, who has the cores: nobody, the search, the
fits, or both. Runs are interleaved, so that other work on the machine slows all alike; medians of
repeats; read the ratios. CPU seconds are of all processes. Ten times a second the clocks of all
threads are read: those that have gone on count as running. More of them than cores at most looks is
over-subscription; at a few, one thread has followed another. psutil, which reads the clocks, comes
with dask.distributed.
"""

import argparse
import os
import threading
import time
import warnings
from contextlib import contextmanager, suppress

import numpy as np
import psutil
from joblib import cpu_count
from sklearn.model_selection import GridSearchCV

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.forcing import GTF
from sklearn_dsr.model_selection import WORST, DSRScorer

GRID = {"hidden_dim": [25, 50, 75, 100], "forcing__alpha": [0.1, 0.2, 0.35, 0.5]}
# name -> n_jobs of the search, n_jobs of the fits
CASES = {
    "one core": (1, None),
    "search n_jobs=2": (2, None),
    "fits n_jobs=-1": (1, -1),
    "both": (2, -1),
}
INTERVAL = 0.1  # seconds between two looks at the threads


def of_all_processes(read):
    """What `read` tells of this process and of its children, by process id."""
    found = {}
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # it has just ended
            found[process.pid] = read(process)
    return found


def cpu_seconds():
    """CPU seconds so far, of threads that have ended too."""
    times = of_all_processes(lambda process: process.cpu_times())
    return sum(t.user + t.system for t in times.values())


def thread_clocks():
    """CPU seconds of all threads that live now."""
    threads = of_all_processes(lambda process: process.threads())
    return {
        (pid, thread.id): thread.user_time + thread.system_time
        for pid, listed in threads.items()
        for thread in listed
    }


@contextmanager
def watched():
    """Yield a list that gets the number of running threads ten times a second."""
    counts, ended = [], threading.Event()

    def watch():
        before, own = thread_clocks(), (os.getpid(), threading.get_native_id())
        while not ended.wait(INTERVAL):
            now = thread_clocks()
            counts.append(sum(now[t] > before.get(t, 0.0) for t in now.keys() - {own}))
            before = now

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield counts
    finally:
        ended.set()
        watcher.join()


def search(case, X, max_iter):
    """Search of a case: its scores, an array (metrics, candidates), and its seconds."""
    n_jobs, fit_n_jobs = CASES[case]
    model = ShallowPLRNNReconstructor(
        forcing=GTF(), max_iter=max_iter, n_init=2, dt=0.02, n_jobs=fit_n_jobs, random_state=0
    )
    half = np.split(np.arange(len(X)), 2)
    found = GridSearchCV(model, GRID, scoring=DSRScorer(), cv=[half], refit=False, n_jobs=n_jobs)
    start = time.perf_counter()
    found.fit(X)
    seconds = time.perf_counter() - start
    return np.stack([found.cv_results_[f"mean_test_{name}"] for name in WORST]), seconds


def measured(case, X, max_iter):
    """Scores; and seconds, CPU seconds, mean number of running threads, and how often too many."""
    before = cpu_seconds()
    with watched() as counts:
        scores, seconds = search(case, X, max_iter)
    above = np.mean(np.array(counts) > cpu_count())
    return scores, (seconds, cpu_seconds() - before, np.mean(counts), above)


def report(figures):
    print(f"\n16 candidates, {cpu_count()} cores; the scores of all cases are the same bits")
    head = f"{'seconds':>8} {'x one core':>11} {'CPU s':>7} {'running threads':>16}"
    print(f"{'':16} {head} {'above cores':>12}")
    one = np.median(figures["one core"], axis=0)[0]
    for case, rows in figures.items():
        seconds, cpu, mean, above = np.median(rows, axis=0)
        row = f"{seconds:8.1f} {one / seconds:11.2f} {cpu:7.1f} {mean:16.2f} {above:12.0%}"
        print(f"{case:16} {row}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--max-iter", type=int, default=60, help="epochs of a fit")
    args = parser.parse_args()
    warnings.simplefilter("ignore", ReconstructionWarning)  # trained shortly, some collapse
    X = make_lorenz63(20_000, dt=0.02, noise_level=0.05, random_state=0)
    for case in CASES:  # starts the workers, and loads the code there
        print(f"first call, {case}: {search(case, X, 1)[1]:.1f} s")
    figures = {case: [] for case in CASES}
    for _ in range(args.repeats):
        runs = {case: measured(case, X, args.max_iter) for case in CASES}
        for case, (scores, row) in runs.items():
            figures[case].append(row)
            if not np.array_equal(scores, runs["one core"][0]):
                raise SystemExit(f"{case}: other scores than on one core")
    report(figures)


if __name__ == "__main__":
    main()
