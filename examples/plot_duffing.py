"""
A driven system: the forced Duffing oscillator
==============================================

Two wells, and a drive that is measured: the last column of X is an external input. The model learns
how it acts, so that it can be run under another drive than the one it was trained with.
"""

from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_duffing
from sklearn_dsr.dynamics import lyapunov_spectrum
from sklearn_dsr.metrics import power_spectrum_hellinger, state_space_divergence

# %%
# Data: position, velocity, and the drive, which acts from its row to the next one.
train = make_duffing(20_000, noise_level=0.05, random_state=0)
test = make_duffing(20_000, random_state=1)  # another phase of the drive
state, drive = test[:, :2], test[:, 2:]

# %%
# Fit with the drive as an input, and without.
model = ShallowPLRNNReconstructor(n_inputs=1, dt=0.1, random_state=0, n_jobs=-1).fit(train)
blind = ShallowPLRNNReconstructor(dt=0.1, random_state=0, n_jobs=-1).fit(train[:, :2])
run = model.simulate(state[0], 20_000, inputs=drive)
blind_run = blind.simulate(state[0], 20_000)
for name, generated in {"with the drive": run, "without": blind_run}.items():
    print(
        f"{name:14}: D_stsp {state_space_divergence(state, generated):.2f}, "
        f"D_H {power_spectrum_hellinger(state, generated):.3f}"
    )
exponent = lyapunov_spectrum(model, state[0], inputs=drive, n_transient=1000, n_steps=19_000)[0]
print(f"largest Lyapunov exponent {exponent:.3f} per time unit (true: 0.105)")

# %%
# What does the oscillator do when the drive fades away? The model has not seen that.
n = 600
fading = drive[:n] * np.exp(-np.arange(n)[:, None] / 150)
forecast = model.simulate(state[0], n, inputs=fading)
print(f"after the drive has faded, the model rests at x = {forecast[-1, 0]:.2f} (true: 1 or -1)")

figure, axes = plt.subplots(1, 4, figsize=(13, 3.4), width_ratios=(1, 1, 1, 1.5))
pictures = {"true": state, "free run": run, "free run, drive ignored": blind_run}
for panel, (name, orbit) in zip(axes, pictures.items(), strict=False):
    panel.plot(orbit[:3000, 0], orbit[:3000, 1], linewidth=0.4, color="0.15")
    panel.set(title=name, xlabel="x", ylabel="velocity", xlim=(-1.8, 1.8), ylim=(-1.3, 1.3))
times = 0.1 * np.arange(n)
axes[3].plot(times, fading, color="0.6", label="drive")
axes[3].plot(times, forecast[:, 0], color="C1", label="x of the model")
axes[3].set(xlabel="time", title="under a drive that fades away")
axes[3].legend()
figure.tight_layout()
target = Path(__file__).with_name("duffing.png")
figure.savefig(target, dpi=120)
print(f"saved {target.name}")
