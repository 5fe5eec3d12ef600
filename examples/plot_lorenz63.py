"""
Reconstruct the Lorenz system
=============================

A first reconstruction. The model sees noisy measurements of the Lorenz system, and nothing of its
equations. Then it runs freely, and we compare its attractor, its spectrum and its largest Lyapunov
exponent with the true ones.
"""

# sphinx_gallery_thumbnail_number = 1
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.dynamics import lyapunov_spectrum
from sklearn_dsr.metrics import power_spectrum_hellinger, state_space_divergence

# %%
# The training series carries noise of 5 percent of each column's standard deviation. The test
# series is another orbit, without noise.
train = make_lorenz63(100_000, dt=0.01, noise_level=0.05, random_state=0)
test = make_lorenz63(100_000, dt=0.01, random_state=1)

# %%
# One call fits the model. ``dt`` is the time between two rows: it sets the unit of the exponents.
model = ShallowPLRNNReconstructor(dt=0.01, random_state=0, n_jobs=-1).fit(train)
print("outcome of the fit:", model.outcome_)

# %%
# A free run starts from one row and never sees data again. We leave out its first fifth, in which
# it may still approach the attractor. D_stsp compares the places that two series visit, and D_H
# compares their spectra. Both are 0 for equal series, so we also compare the training data with
# the test data.
free_run = model.simulate(test[0], 125_000)[25_000:]
for name, distance in {"D_stsp": state_space_divergence, "D_H": power_spectrum_hellinger}.items():
    floor = distance(test, train)
    print(f"{name:6} {distance(test, free_run):.3f} (noisy training data: {floor:.3f})")

# %%
# Two orbits that start close together part exponentially. The largest Lyapunov exponent is the
# rate. ``flow=True`` says that the data come from a system in continuous time.
exponent = lyapunov_spectrum(model, flow=True)[0]
print(f"largest Lyapunov exponent {exponent:.3f} per time unit (true: 0.906)")

# %%
# The free run has the shape of the true attractor. The forecast from one row follows the true
# orbit until the two part, as they must in a chaotic system.
figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), width_ratios=(1, 1, 1.4), layout="constrained")
for panel, (name, orbit) in zip(axes, {"true": test, "free run": free_run}.items(), strict=False):
    panel.plot(orbit[:30_000, 0], orbit[:30_000, 2], linewidth=0.25, color="0.15")
    panel.set(title=name, xlabel="x", ylabel="z")
forecast = model.simulate(test[2000], 1000)
times = 0.01 * np.arange(1, 1001)
axes[2].plot(times, test[2001:3001, 0], color="0.15", label="true")
axes[2].plot(
    times, forecast[:, 0], "--", color="#ee7f1a", linewidth=1.8, label="forecast from one row"
)
axes[2].set(xlabel="time", ylabel="x")
axes[2].legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)
if "__file__" in globals():  # the file runs as a script
    target = Path(__file__).with_name("lorenz63.png")
    figure.savefig(target, dpi=120)
    print(f"saved {target.name}")
plt.show()
