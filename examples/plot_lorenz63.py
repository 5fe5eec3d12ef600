"""
Reconstruct the Lorenz attractor from noisy data
================================================

Fit a shallow PLRNN to 100,000 noisy rows of the Lorenz-63 system, let it run freely, and compare
its attractor, its spectrum and its largest Lyapunov exponent with those of the true system.
"""

import time
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.dynamics import lyapunov_spectrum
from sklearn_dsr.metrics import power_spectrum_hellinger, state_space_divergence

# %%
# Data: 5 percent noise for the training, and another, clean orbit to judge by.
train = make_lorenz63(100_000, dt=0.01, noise_level=0.05, random_state=0)
test = make_lorenz63(100_000, dt=0.01, random_state=1)

# %%
# Fit. Several candidates are trained, and the free run decides among them.
start = time.perf_counter()
model = ShallowPLRNNReconstructor(dt=0.01, random_state=0, n_jobs=-1, verbose=1).fit(train)
print(f"fitted in {time.perf_counter() - start:.1f} s; {model.outcome_}")

# %%
# Free run from the first test row; the first fifth is dropped as transient.
free_run = model.simulate(test[0], 125_000)[25_000:]
print(
    f"D_stsp {state_space_divergence(test, free_run):.3f} "
    f"(noisy training data against the test orbit: {state_space_divergence(test, train):.3f})"
)
print(
    f"D_H    {power_spectrum_hellinger(test, free_run):.3f} "
    f"(noisy training data against the test orbit: {power_spectrum_hellinger(test, train):.3f})"
)
exponents = lyapunov_spectrum(model, flow=True)  # the map takes steps of a flow
print(f"largest Lyapunov exponent {exponents[0]:.3f} per time unit (true: 0.906)")

# %%
# The two attractors, and the moment at which the forecast leaves the true orbit.
figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), width_ratios=(1, 1, 1.4))
for panel, (name, orbit) in zip(axes, {"true": test, "free run": free_run}.items(), strict=False):
    panel.plot(orbit[:30_000, 0], orbit[:30_000, 2], linewidth=0.25, color="0.15")
    panel.set(title=name, xlabel="x", ylabel="z")
forecast = model.simulate(test[2000], 1000)
times = 0.01 * np.arange(1, 1001)
axes[2].plot(times, test[2001:3001, 0], color="0.15", label="true")
axes[2].plot(times, forecast[:, 0], "--", color="C1", label="forecast from one row")
axes[2].set(xlabel="time", ylabel="x", title="forecast")
axes[2].legend(loc="lower left")
figure.tight_layout()
target = Path(__file__).with_name("lorenz63.png")
figure.savefig(target, dpi=120)
print(f"saved {target.name}")
