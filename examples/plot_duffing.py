"""
A driven system: the forced Duffing oscillator
==============================================

A mass moves between two wells and is pushed by a force that we measure. The force is an external
input: the model does not predict it, but learns how it acts. Then we can ask what the system would
do under another force.
"""

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_duffing
from sklearn_dsr.dynamics import lyapunov_spectrum
from sklearn_dsr.inspection import AttractorDisplay

# %%
# Position, velocity, and the drive in the last column. The drive of a row acts in the step to the
# next row. The test series has another phase of the drive.
train = make_duffing(20_000, noise_level=0.02, random_state=0)
test = make_duffing(20_000, random_state=1)
state, drive = test[:, :2], test[:, 2:]

# %%
# ``n_inputs=1`` says that the last column is an input.
model = ShallowPLRNNReconstructor(n_inputs=1, dt=0.1, random_state=0, n_jobs=-1).fit(train)
print("outcome of the fit:", model.outcome_)

# %%
# A free run needs the drive. With the drive of the test series, the run has the attractor of the
# oscillator, and a largest exponent of the right size.
run = model.simulate(state[0], 20_000, inputs=drive)
exponents = lyapunov_spectrum(model, state[0], inputs=drive, n_transient=1000, n_steps=19_000)
print(f"largest Lyapunov exponent {exponents[0]:.3f} per time unit (true: 0.105)")
AttractorDisplay.from_trajectories(state, run)
plt.show()

# %%
# What happens when the drive fades away? The model has not seen that. The true oscillator comes to
# rest in one of its wells, at x = 1 or x = -1.
n = 800
fading = drive[:n] * np.exp(-np.arange(n)[:, np.newaxis] / 150)
ahead = model.simulate(state[0], n, inputs=fading)
figure, axes = plt.subplots(2, 1, figsize=(7, 4), sharex=True, layout="constrained")
times = 0.1 * np.arange(n)
axes[0].plot(times, fading, color="0.15")
axes[0].set(ylabel="drive")
axes[1].axhline(1, color="0.7")
axes[1].axhline(-1, color="0.7")
axes[1].plot(times, ahead[:, 0], color="#ee7f1a")
axes[1].set(xlabel="time", ylabel="x of the model")
plt.show()
