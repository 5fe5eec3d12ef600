"""
Search on a dask cluster
========================

A GridSearchCV runs on the workers of ``dask.distributed`` without a change: one line hands it
over. The scores are the same numbers, bit by bit. Here the cluster is two worker processes of one
machine.
"""

import matplotlib.pyplot as plt
import numpy as np
from distributed import Client, get_task_stream
from joblib import parallel_config
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.model_selection import neg_power_spectrum_hellinger_scorer

# %%
# The search has the cores, so the estimator keeps its default ``n_jobs=None``.
X = make_lorenz63(20_000, dt=0.02, noise_level=0.05, random_state=0)
units = [20, 40, 80, 160]
search = GridSearchCV(
    ShallowPLRNNReconstructor(stages="start", random_state=0),
    {"hidden_dim": units},
    scoring=neg_power_spectrum_hellinger_scorer,
    cv=TimeSeriesSplit(2),
    refit=False,
)


# %%
# ``parallel_config`` is all that a search needs. ``get_task_stream`` records which worker did
# what, and when, for the picture. A cluster that exists is reached by
# ``Client("scheduler:8786")``.
def search_on_workers():
    with Client(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as client:
        with get_task_stream(client) as record, parallel_config(backend="dask"):
            found = clone(search).fit(X)
    return found, [
        (task["worker"], step["start"], step["stop"])
        for task in record.data
        for step in task["startstops"]
        if step["action"] == "compute"
    ]


# %%
# Left: each bar is a fit with its score on one fold. Right: what the search found.
def draw(found, tasks):
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    workers, begin = sorted({task[0] for task in tasks}), min(task[1] for task in tasks)
    for worker, start, stop in tasks:
        lane = f"worker {1 + workers.index(worker)}"
        left.barh(lane, stop - start, left=start - begin, color="tab:blue", edgecolor="white")
    left.set(xlabel="seconds", title="fits of the search")
    right.semilogx(units, -found.cv_results_["mean_test_score"], "o-", color="tab:blue")
    right.set(xlabel="hidden units", ylabel="D_H on held-out data", ylim=(0, None))
    right.set_xticks(units, units)
    right.minorticks_off()
    plt.show()


# %%
# The workers are new processes that import this file. The condition keeps them from searching,
# too.
if __name__ == "__main__":
    found, tasks = search_on_workers()
    print("best:", found.best_params_)
    alone = clone(search).fit(X)
    scores = [result.cv_results_["mean_test_score"] for result in (alone, found)]
    print("same scores as in one process:", np.array_equal(*scores))
    draw(found, tasks)
