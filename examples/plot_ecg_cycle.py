"""
Where does the cycle of the heart model come from?
==================================================

A reconstructed electrocardiogram beats on and on. What in the model makes it do so: a stable cycle,
or something else? Its exponents, fixed points and linear regions tell.

The recording is downloaded once from the public repository of the method's paper, or read from the
folder that the environment variable SKLEARN_DSR_DATA names.
"""

from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import fetch_ecg
from sklearn_dsr.dynamics import fixed_points, linear_regions, lyapunov_spectrum

train, test = fetch_ecg(subset="train")[:50_000], fetch_ecg(subset="test")[:50_000]
model = ShallowPLRNNReconstructor(150, max_iter=400, n_init=4, n_jobs=-1, random_state=0).fit(train)
print(model.outcome_)

# %%
# The largest exponent: below 0 a stable cycle, 0 a regular one, above 0 every beat is another.
spectrum = lyapunov_spectrum(model, n_steps=70_000, return_history=True)
pairs = zip(spectrum.exponents, spectrum.standard_error, strict=True)
beat = 704  # rows
print("exponents per beat:", ", ".join(f"{beat * v:.2f} +- {beat * e:.2f}" for v, e in pairs))

# %%
# Fixed points. Where one is a saddle close to the orbit, the orbit is drawn in along its stable
# directions, lingers, and leaves along the unstable ones. A stable one would be a heart that has
# stopped: it matters whether the orbit comes near.
found = fixed_points(model, test)
print(found)
run = model.simulate(test[0], 20_000)[5_000:]
inside = [c for c in found if c.in_range]
distances = np.array([np.linalg.norm(run - c.points[0], axis=1) for c in inside])
nearest, size = np.argmin(distances, axis=0), np.linalg.norm(run.std(axis=0))
for k in np.argsort(distances.min(axis=1))[:5]:
    c = inside[k]
    print(
        f"{c.kind} with {c.n_unstable} unstable directions: closest approach "
        f"{distances[k].min() / size:.2f} of the orbit's size, nearest of all in "
        f"{np.mean(nearest == k):.0%} of the time"
    )

# %%
# Linear regions: in how many pieces is one beat described?
regions = linear_regions(model, n_steps=20 * beat)
frequent = np.cumsum(regions.frequencies)
print(f"{len(regions)} regions in 20 beats; {np.argmax(frequent > 0.9) + 1} hold 90 % of the time")

# %%
figure, axes = plt.subplots(1, 2, figsize=(11, 4.5), width_ratios=(2, 1), layout="constrained")
speed = np.linalg.norm(np.diff(run, axis=0), axis=1)
axes[0].plot(test[:4000, 0], color="0.5", linewidth=0.9, label="recorded")
axes[0].plot(run[:4000, 0] - 8, color="tab:red", linewidth=0.9, label="model, shifted down")
axes[0].set(xlabel="row", ylabel="first column")
axes[0].legend(loc="upper right", ncols=2)
points = axes[1].scatter(run[1:, 0], run[1:, 2], c=np.log10(speed), s=1.5, cmap="cividis")
figure.colorbar(points, label="log10 of the speed per row")
for c in inside:
    axes[1].plot(*c.points[0][[0, 2]], "x", color="tab:red", markersize=9, markeredgewidth=2)
axes[1].set(xlabel="first column", ylabel="third column", title="free run, fixed points crossed")
target = Path(__file__).with_name("ecg_cycle.png")
figure.savefig(target, dpi=120)
print(f"saved {target.name}")
