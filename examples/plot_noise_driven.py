"""
A series that noise keeps alive
===============================

Good and bad years keep an animal population moving. Without them it would come to rest, and so
does a good model of it. The fit estimates how strong the noise is. Free runs with this noise keep
moving, and the bands of forecasts are right.
"""

# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import numpy as np
from sklearn.preprocessing import FunctionTransformer

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.inspection import ForecastDisplay, PITDisplay
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding

# %%
# The growth of a year depends on the number of animals one year before. This delayed logistic
# growth alone would settle at 1000 animals. The weather multiplies the number by a random factor.
rng, log_ratio = np.random.default_rng(0), [0.0, 0.0]
for _ in range(2500):
    growth = 0.95 * (1 - np.exp(log_ratio[-2])) + 0.3 * rng.standard_normal()
    log_ratio.append(log_ratio[-1] + growth)
X = 1000 * np.exp(np.array(log_ratio)[100:, np.newaxis])
train, later = X[:1600], X[1600:]

# %%
# The model takes noise to be equally strong everywhere, and here it grows with the number. So the
# pipeline models the logarithm. ``driven_`` is True if the fit found that noise drives the system.
pipeline = make_reconstruction_pipeline(
    FunctionTransformer(np.log, np.exp),
    DelayEmbedding(),
    ShallowPLRNNReconstructor(random_state=0),
)
pipeline.fit(train)
print("outcome of the fit:", pipeline[-1].outcome_)
print("driven by noise:", pipeline[-1].driven_)

# %%
# ``simulate`` runs the map without noise, and the run comes to rest. With ``noise=True`` it keeps
# moving.
runs = {"data": train[:200]}
runs["free run with noise"] = pipeline.simulate(train, 200, noise=True, random_state=0)
runs["free run without noise"] = pipeline.simulate(train, 200)
figure, axes = plt.subplots(3, 1, figsize=(7, 4.5), sharex=True, sharey=True, layout="constrained")
for panel, (name, run), color in zip(axes, runs.items(), ["0.15"] + 2 * ["#ee7f1a"], strict=True):
    panel.plot(run, color=color)
    panel.set_title(name, fontsize="medium", loc="left")
axes[1].set_ylabel("animals")
axes[2].set_xlabel("year")
plt.show()

# %%
# A forecast with its bands, in animals. The band soon is as wide as the series itself, because
# future weather is unknown.
ForecastDisplay.from_estimator(pipeline, train, true=later[:40], n_past=40)
plt.show()

# %%
# Are the bands right? Here the measured values of 800 years that the fit has not seen are compared
# with the draws of their forecasts. Right bands make a flat histogram.
PITDisplay.from_estimator(pipeline, X, start=1600, n_origins=800)
plt.show()
