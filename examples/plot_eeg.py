"""
Reconstruct a human electroencephalogram
========================================

64 channels of a real recording, of only 9640 rows. Neighbouring channels measure nearly the same,
so a principal component analysis leaves 16 numbers of each row. The pipeline brings the free run
back to the 64 channels.

The recording is downloaded once (5 MB), or read from the folder that the environment variable
``SKLEARN_DSR_DATA`` names.
"""

import matplotlib.pyplot as plt
from sklearn.decomposition import PCA

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import fetch_eeg
from sklearn_dsr.forcing import GTF
from sklearn_dsr.inspection import PowerSpectrumDisplay
from sklearn_dsr.metrics import power_spectrum_hellinger, state_space_divergence
from sklearn_dsr.pipeline import make_reconstruction_pipeline

X = fetch_eeg()

# %%
# The sizes of the principal components matter, so ``standardize="common"`` scales all of them by
# one number. ``GTF(0.15)`` forces the model in its training about as strongly as the method's paper
# does for this series. One candidate and 150 epochs take less than a minute; the default settings
# take a few minutes and describe the recording better.
model = ShallowPLRNNReconstructor(
    256,
    standardize="common",
    forcing=GTF(0.15),
    sequence_length=50,
    n_init=1,
    max_iter=150,
    random_state=0,
)
pipeline = make_reconstruction_pipeline(PCA(16), model)
pipeline.fit(X)
print(f"variance that 16 components hold: {pipeline[0].explained_variance_ratio_.sum():.0%}")
print("outcome of the fit:", pipeline[-1].outcome_)

# %%
# The recording and a free run of the model, in eight of the 64 channels.
run = pipeline.simulate(X[0], len(X))
figure, axes = plt.subplots(1, 2, figsize=(10, 4.5), sharey=True, layout="constrained")
for panel, (name, series) in zip(axes, {"recorded": X, "free run": run}.items(), strict=True):
    for k, channel in enumerate(range(0, 64, 8)):
        color = "0.15" if name == "recorded" else "#ee7f1a"
        panel.plot(series[2000:3000, channel] - 6 * k, color=color, linewidth=0.8)
    panel.set(title=name, xlabel="row")
axes[0].set(yticks=[-6 * k for k in range(8)], yticklabels=range(0, 64, 8), ylabel="channel")
plt.show()

# %%
# Distances from the recording. The method's paper judges on the series that it trains on, and so do
# these figures: they tell how well the model describes the recording, not what it does on another.
# The spectra show what is missing: the run has too little power at high frequencies, where the
# recording has a peak.
print(f"D_stsp {state_space_divergence(X, run):.2f}")
print(f"D_H {power_spectrum_hellinger(X, run):.3f}")
PowerSpectrumDisplay.from_trajectories(X, run, columns=[0, 32])
plt.show()
