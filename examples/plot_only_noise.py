"""
When it is only noise
=====================

A fit always returns a model. Does the model know more than the mean, or than a straight line? The
fit tests this on held-out rows, and reports the result. Here are three series: one without any
dynamics, one that is linear, and one that is chaotic.
"""

# sphinx_gallery_thumbnail_number = 1
import warnings

import matplotlib.pyplot as plt
import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.inspection import reconstruction_report

rng = np.random.default_rng(0)
white = rng.standard_normal((3000, 3))
turn = 0.98 * np.array([[np.cos(0.2), np.sin(0.2)], [-np.sin(0.2), np.cos(0.2)]])
linear = np.zeros((3000, 2))
for t in range(1, len(linear)):
    linear[t] = turn @ linear[t - 1] + 0.2 * rng.standard_normal(2)
chaos = make_lorenz63(3000, dt=0.04, noise_level=0.02, random_state=0)

# %%
# A fit that ends badly warns. We catch the warnings and print them together with the outcome.
models = {}
for name, X in {"white noise": white, "linear": linear, "chaos": chaos}.items():
    model = ShallowPLRNNReconstructor(100, stages="start", random_state=0, n_jobs=-1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ReconstructionWarning)
        models[name] = model.fit(X)
    print(f"{name}: {model.outcome_}")
    for warning in caught:
        print("   ", str(warning.message))

# %%
# What the outcome rests on: errors of forecasts of held-out rows, in standard deviations of the
# data. "persistence" repeats the last row. On white noise, nothing is better than the mean. On the
# linear series, a linear model is as good as any. On chaos, the fitted model is far better than
# both.
styles = {
    "persistence": {"color": "0.8"},
    "mean": {"color": "0.6", "linewidth": 5},
    "linear": {"color": "tab:blue", "linewidth": 3},
    "model": {"color": "#ee7f1a", "marker": "."},
}
figure, axes = plt.subplots(1, 3, figsize=(10, 3.6), sharey=True, layout="constrained")
for panel, (name, model) in zip(axes, models.items(), strict=True):
    for forecaster, style in styles.items():
        errors = model.held_out_errors_[forecaster]
        panel.plot(range(1, len(errors) + 1), errors, label=forecaster, **style)
    panel.set(title=f"{name}: {model.outcome_}", xlabel="rows ahead", xticks=[1, 5, 10, 15, 20])
axes[0].set(ylabel="error in standard deviations", ylim=(0, None))
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=4)
plt.show()

# %%
# The report on the model of white noise repeats the advice. Its tables compare the free run with
# the data.
report = reconstruction_report(models["white noise"], white)
