"""
A series that noise keeps alive
===============================

A damped oscillator that is pushed at random, measured in one column: without noise every good model
of it comes to rest. The fit finds how hard it is pushed, so that runs live and bands are right.
"""

from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.inspection import PITDisplay
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding

rng, state, rows = np.random.default_rng(0), np.zeros(2), []
turn = 0.97 * np.array([[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]])
for _ in range(3000):
    state = turn @ np.tanh(state) + 0.1 * rng.standard_normal(2)
    rows.append(state[:1])
X = np.array(rows)
train, later = X[:2000], X[2000:]

# %%
model = make_reconstruction_pipeline(DelayEmbedding(), ShallowPLRNNReconstructor(random_state=0))
model.fit(train)
print("outcome:", model[-1].outcome_, "- driven by noise:", model[-1].driven_)
quiet = model.simulate(train, 400)
alive = model.simulate(train, 3000, noise=True, random_state=0)
print(f"spread of the data {X.std():.2f}, of a run with noise {alive.std():.2f}")

# %%
# Bands of the next rows, and, on rows that the fit has not seen, whether they are right.
low, middle, high = model.forecast(train, 60, quantiles=(0.05, 0.5, 0.95))[..., 0]
figure = plt.figure(figsize=(10, 6), layout="constrained")
above, below = figure.subfigures(2, 1)
axes = above.subplots(1, 2)
axes[0].plot(X[:400], color="0.2", linewidth=0.9, label="data")
axes[0].plot(alive[:400] - 1.5, color="#ee7f1a", label="free run with noise")
axes[0].plot(quiet - 2.5, color="tab:blue", label="without")
axes[0].set(xlabel="row", yticks=[])
axes[0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
ahead = np.arange(1, 61)
axes[1].fill_between(ahead, low, high, color="#ee7f1a", alpha=0.3, label="90 % band")
axes[1].plot(ahead, middle, color="#ee7f1a", label="median")
axes[1].plot(ahead, later[:60], color="0.2", linewidth=0.9, label="measured later")
axes[1].set(xlabel="rows ahead")
axes[1].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
display = PITDisplay.from_estimator(model, X, start=2000, ax=below.subplots(1, 3, sharey=True))
print("rows in the 90 % band, 1, 5 and 20 ahead:", np.round(display.coverage(), 2))

target = Path(__file__).with_name("driven_series.png")
figure.savefig(target, dpi=120)
print(f"saved {target.name}")
