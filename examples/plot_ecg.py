"""
Reconstruct a human electrocardiogram
=====================================

The heart is not a textbook system: the model has to find the dynamics of a real, delay-embedded
recording (100,000 rows, 5 columns), and is judged on the part of the recording that follows.

The recording is downloaded once from the public repository of the method's paper, or read from the
folder that the environment variable SKLEARN_DSR_DATA names.
"""

import os
import time
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import fetch_ecg
from sklearn_dsr.metrics import n_step_error, power_spectrum_hellinger, state_space_divergence

train, test = fetch_ecg(subset="train"), fetch_ecg(subset="test")

# %%
# The published model has 2785 parameters: M = 5, L = 250. The plain model does not suit the heart,
# so the fit tries the clipped one, too. The environment variable is for a quick look.
n_init = int(os.environ.get("N_INIT", 4))
start = time.perf_counter()
model = ShallowPLRNNReconstructor(250, n_init=n_init, n_jobs=-1, random_state=0, verbose=1)
model.fit(train)
print(f"fitted in {time.perf_counter() - start:.0f} s; {model.outcome_}")

# %%
# One free run, of which the first fifth is dropped, as in the paper.
free_run = model.simulate(test[0], 125_000)[25_000:]
forecasts = model.simulate(test[:-20], 20)
rows = [
    ("D_stsp", state_space_divergence(test, free_run), "4.3", state_space_divergence(test, train)),
    (
        "D_H",
        power_spectrum_hellinger(test, free_run),
        "0.34",
        power_spectrum_hellinger(test, train),
    ),
    ("PE(20)", n_step_error(test, forecasts), "2.4e-3", None),
]
print(f"{'':8} {'this run':>10} {'published':>10} {'data against data':>18}")
for name, value, published, floor in rows:
    print(f"{name:8} {value:10.3g} {published:>10} {floor or float('nan'):18.3g}")

# %%
figure, axes = plt.subplots(2, 2, figsize=(11, 6), width_ratios=(3, 1))
for (left, right), (name, orbit) in zip(
    axes, {"recorded": test, "free run of the model": free_run}.items(), strict=True
):
    left.plot(orbit[:6000, 0], linewidth=0.8)
    left.set(title=name, ylabel="first column")
    right.plot(orbit[:20_000, 0], orbit[:20_000, 1], linewidth=0.2)
    right.set(xlabel="first column", ylabel="second column")
axes[1, 0].set_xlabel("row")
figure.tight_layout()
target = Path(__file__).with_name("ecg.png")
figure.savefig(target, dpi=120)
print(f"saved {target.name}")
