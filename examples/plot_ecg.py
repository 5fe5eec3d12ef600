"""
Reconstruct a human electrocardiogram
=====================================

A real recording: the heart beats about every 700 rows, and no equations are known. The columns are
the voltage at five different delays. We fit a small part of the recording, which takes less than a
minute, and compare a free run with a later part.

The recording is downloaded once (8 MB), or read from the folder that the environment variable
``SKLEARN_DSR_DATA`` names.
"""

import matplotlib.pyplot as plt

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import fetch_ecg
from sklearn_dsr.inspection import AttractorDisplay, PowerSpectrumDisplay
from sklearn_dsr.metrics import power_spectrum_hellinger, state_space_divergence

train, test = fetch_ecg(subset="train")[:20_000], fetch_ecg(subset="test")[:20_000]

# %%
# A heart rests between short beats. ``clipped=True`` makes a model whose free runs stay bounded,
# which suits such signals. One candidate and 100 epochs are enough for a first look.
model = ShallowPLRNNReconstructor(100, clipped=True, n_init=1, max_iter=100, random_state=0)
model.fit(train)
print("outcome of the fit:", model.outcome_)

# %%
# A free run of the model, from the first row of the test series. It has the spike, the waves and
# the pauses of a heart beat, but it beats irregularly, and the heart does not. A longer fit of all
# 100,000 rows with the default settings takes some minutes. It comes nearer to the data, and still
# beats irregularly.
run = model.simulate(test[0], 25_000)[5_000:]
figure, axes = plt.subplots(2, 1, figsize=(9, 4.2), sharex=True, sharey=True, layout="constrained")
axes[0].plot(test[:6000, 0], color="0.15", linewidth=0.9)
axes[0].set(title="recorded", ylabel="voltage")
axes[1].plot(run[:6000, 0], color="#ee7f1a", linewidth=0.9)
axes[1].set(title="free run of the model", ylabel="voltage", xlabel="row")
plt.show()

# %%
# How far is the run from the test data? The same distance between the training and the test data
# is what a perfect model could reach with so many rows.
for name, distance in {"D_stsp": state_space_divergence, "D_H": power_spectrum_hellinger}.items():
    print(f"{name:6} {distance(test, run):.3f} (training data: {distance(test, train):.3f})")
PowerSpectrumDisplay.from_trajectories(test, run, columns=0)
plt.show()

# %%
# Two of the columns against each other. The arms are the spike, seen in one column and then in the
# other. The loop is the wave after it, which the model blurs.
AttractorDisplay.from_trajectories(test, run, columns=(0, 2))
plt.show()
