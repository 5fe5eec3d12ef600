"""
What a fit does
===============

A fit begins with a regression, goes on to training, and then to a refinement on smoothed data. It
ends with the first model that is good. ``stages`` says how far a fit may go. Here we stop it at
each stage, on a short and noisy series with a small model, so that the start alone is not good
enough.
"""

# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.inspection import TrainingDisplay
from sklearn_dsr.metrics import state_space_divergence

X = make_lorenz63(4000, dt=0.02, noise_level=0.1, random_state=0)
true = make_lorenz63(20_000, dt=0.02, random_state=1)
models = {
    stage: ShallowPLRNNReconstructor(20, dt=0.02, stages=stage, n_init=2, random_state=0).fit(X)
    for stage in ("start", "train", "refine")
}

# %%
# The noisy data, and a free run of the model after each stage. D_stsp compares the places that the
# run visits with the places of a true orbit; smaller is better. The run of the start falls into the
# middle of a wing and stays there. Training mends this. The refinement brings the shape nearer to
# the true one.
figure, axes = plt.subplots(1, 4, figsize=(12, 3.2), sharey=True, layout="constrained")
axes[0].plot(X[:, 0], X[:, 2], ".", markersize=1, color="0.15")
axes[0].set(title="noisy data", xlabel="x", ylabel="z")
for panel, (stage, model) in zip(axes[1:], models.items(), strict=True):
    run = model.simulate(X[0], 25_000)[5000:]
    panel.plot(run[:10_000, 0], run[:10_000, 2], linewidth=0.3, color="#ee7f1a")
    divergence = state_space_divergence(true, run)
    panel.set(title=f"{stage}: D_stsp {divergence:.2f}", xlabel="x", xlim=axes[0].get_xlim())
axes[0].set(ylim=(0, 50))
plt.show()

# %%
# The training in detail: every candidate with its loss, and the scores of its checkpoints in free
# runs. A low loss does not say that the free run is right.
TrainingDisplay.from_estimator(models["refine"])
plt.show()
