"""
Search on a dask cluster
========================

A GridSearchCV runs unchanged on the workers of `dask.distributed`, here two processes of this
machine. On several machines one line differs, that of the client: ``Client("scheduler:8786")``. The
scores are the same, bit by bit. Some models trained as shortly as here collapse; they warn.
"""

import time

import matplotlib

matplotlib.use("agg")
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from distributed import Client, LocalCluster, get_task_stream
from joblib import parallel_config
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.forcing import GTF
from sklearn_dsr.model_selection import neg_state_space_divergence_scorer

# %%
# Estimators in a parallel search keep their default ``n_jobs=None``: the search has the cores.
search = GridSearchCV(
    ShallowPLRNNReconstructor(
        forcing=GTF(), max_iter=100, n_init=1, stages="train", start="random", random_state=0
    ),
    {"hidden_dim": [10, 30, 100], "forcing__alpha": [0.15, 0.5]},
    scoring=neg_state_space_divergence_scorer,
    cv=TimeSeriesSplit(2),
    refit=False,
)


# %%
# ``parallel_config`` is all that a search needs. The workers' record shows who did what, and when.
def search_on_workers(client, X):
    with get_task_stream(client) as record, parallel_config(backend="dask"):
        found = clone(search).fit(X)
    tasks = [
        (task["worker"], step["start"], step["stop"])
        for task in record.data
        for step in task["startstops"]
        if step["action"] == "compute"
    ]
    return found, sorted(tasks)


# %%
# Left: one bar is a fit and its score on one fold. Right: what the search found.
def draw(alone, shared, seconds, tasks):
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2))
    lanes = sorted({worker for worker, _, _ in tasks})
    begin = min(start for _, start, _ in tasks)
    left.barh("one process", seconds, color="0.8", edgecolor="white")
    for worker, start, stop in tasks:
        lane = f"worker {1 + lanes.index(worker)}"
        left.barh(lane, stop - start, left=start - begin, color="C0", edgecolor="white")
    left.set(xlabel="seconds", title="fits of the search")
    left.invert_yaxis()
    for k, alpha in enumerate(search.param_grid["forcing__alpha"]):
        for found, style in ((alone, f"C{k}o-"), (shared, "kx")):
            at = found.cv_results_["param_forcing__alpha"] == alpha
            L = found.cv_results_["param_hidden_dim"][at].astype(int)
            label = f"alpha {alpha}" if found is alone else "on the cluster" if k else None
            right.semilogx(L, -found.cv_results_["mean_test_score"][at], style, label=label)
    right.set(xlabel="hidden_dim", ylabel="D_stsp of held-out rows", title="scores")
    right.set_xticks(search.param_grid["hidden_dim"], search.param_grid["hidden_dim"])
    right.minorticks_off()
    right.legend()
    figure.tight_layout()
    return figure


# %%
# The workers are new processes, which import this file: the condition keeps them from going on.
if __name__ == "__main__":
    X = make_lorenz63(20_000, dt=0.02, noise_level=0.05, random_state=0)
    clone(search.estimator).set_params(max_iter=1).fit(X)  # so that no time goes into imports
    start = time.perf_counter()
    alone = clone(search).fit(X)
    seconds = time.perf_counter() - start
    local = {"processes": True, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=2, threads_per_worker=1, **local) as cluster:
        with Client(cluster) as client:
            shared, tasks = search_on_workers(client, X)
    together = max(stop for _, _, stop in tasks) - min(start for _, start, _ in tasks)
    same = np.array_equal(
        alone.cv_results_["mean_test_score"], shared.cv_results_["mean_test_score"]
    )
    print(f"one process {seconds:.1f} s, two workers {together:.1f} s; same bits: {same}")
    print("best:", shared.best_params_)
    target = Path(__file__).with_name("search_dask.png")
    draw(alone, shared, seconds, tasks).savefig(target, dpi=120)
    print(f"saved {target.name}")
