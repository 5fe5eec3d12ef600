"""
What a fit does
===============

Noisy rows of the Lorenz system, and what each stage of a fit makes of them: a start by regression,
generalized teacher forcing, and a refinement on smoothed rows. `stages` says how far a fit may go;
it ends with the first model that is good. Here are few hidden units, so that the start is poor. On
the right all models of the last fit that long free runs have judged, in its order.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.metrics import state_space_divergence

X = make_lorenz63(5000, dt=0.02, noise_level=0.1, random_state=0)
TRUE = make_lorenz63(20_000, dt=0.02, random_state=1)

models = {
    stage: ShallowPLRNNReconstructor(25, dt=0.02, stages=stage, n_init=2, random_state=0).fit(X)
    for stage in ("start", "train", "refine")
}

figure, axes = plt.subplots(1, 5, figsize=(15, 3.2), layout="constrained")
axes[0].plot(*X[:, [0, 2]].T, ".", markersize=1, color="0.4")
axes[0].set_title("noisy rows")
for ax, (stage, model) in zip(axes[1:], models.items(), strict=False):
    run = model.simulate(X[0], 25_000)[5000:]
    D = state_space_divergence(TRUE, run)
    ax.plot(*run[:10_000, [0, 2]].T, linewidth=0.3)
    ax.set_title(f"{stage}: D_stsp {D:.2f}")
    print(f'stages="{stage}": {model.outcome_}, D_stsp {D:.2f}')
for ax in axes[1:4]:
    ax.set(xlim=axes[0].get_xlim(), ylim=axes[0].get_ylim())
    ax.set_yticklabels([])

choice = models["refine"].choice_
number = np.arange(len(choice["total"]))
stage_of = np.where(
    np.array(choice["n_smoothings"]) > 0,
    "refine",
    np.where(np.array(choice["family"]) == "regression", "start", "train"),
)
for stage in models:
    at = stage_of == stage
    if not at.any():
        continue
    axes[4].plot(number[at], np.array(choice["total"])[at], "o", markersize=4, label=stage)
chosen = choice["chosen"].index(True)
axes[4].plot(chosen, choice["total"][chosen], "o", markersize=10, fillstyle="none", color="k")
axes[4].axhline(choice["baseline"][chosen], color="0.6", linestyle=":", label="data beside data")
axes[4].set(title="all judged models", xlabel="model", ylabel="verified score", yscale="log")
axes[4].legend(fontsize="small")

figure.savefig(Path(__file__).with_name("stages.png"), dpi=110)
