"""
Choose an embedding with GridSearchCV
=====================================

How many delays, and how far apart? The automatic choice of
:class:`~sklearn_dsr.preprocessing.DelayEmbedding` is a good start. A search tries several
embeddings, lets each model run freely, and compares the runs with data that the fit has not seen.
"""

# sphinx_gallery_thumbnail_number = 1
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.inspection import AttractorDisplay
from sklearn_dsr.model_selection import DSRScorer
from sklearn_dsr.preprocessing import DelayEmbedding

x = make_lorenz63(14_000, dt=0.02, noise_level=0.01, random_state=0)[:, :1]

# %%
# The scorer needs coordinates in which all candidates can be compared, so it has a delay embedding
# of its own. ``context`` is the number of rows that every candidate may see before a run: as many
# as the longest embedding needs. ``stages="start"`` fits in about a second, which is enough to
# rank embeddings. The test parts are long enough to tell attractors apart; the scorer would warn
# of shorter ones. On your own machine, give the search all cores with ``n_jobs=-1``.
delays, lags = [2, 3, 4], [2, 6, 20]
search = GridSearchCV(
    Pipeline(
        [
            ("embed", DelayEmbedding()),
            ("dsr", ShallowPLRNNReconstructor(100, stages="start", random_state=0)),
        ]
    ),
    {"embed__n_delays": delays, "embed__lag": lags},
    scoring=DSRScorer(n_delays=3, lag=8, context=61),
    refit="skill",
    cv=TimeSeriesSplit(2, test_size=5300),
)

# %%
# Some embeddings are bad on purpose. Their models warn that they collapse or escape, and the
# search gives them a low score, so we need not see the warnings.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ReconstructionWarning)
    search.fit(x)
print("best:", search.best_params_)

# %%
# The skill is 1 for a run that cannot be told from the data and 0 for one that is no better than
# noise with the same mean and variance. Embeddings that span too little or too much time fail.
skill = search.cv_results_["mean_test_skill"].reshape(len(lags), len(delays)).T
figure, axes = plt.subplots(figsize=(5.5, 3.8), layout="constrained")
picture = axes.imshow(skill, cmap="cividis", vmin=0, vmax=1, origin="lower", aspect="auto")
for (i, k), value in np.ndenumerate(skill):
    axes.text(k, i, f"{value:.2f}", ha="center", va="center", color="0.1" if value > 0.5 else "w")
axes.set_xticks(range(len(lags)), lags)
axes.set_yticks(range(len(delays)), delays)
axes.set(xlabel="lag in rows", ylabel="delays")
figure.colorbar(picture, label="skill on held-out data")
plt.show()

# %%
# The best embedding, this time with a larger model and a fit in all its stages. This is its free
# run, drawn like x.
best = search.best_estimator_.set_params(dsr__hidden_dim=200, dsr__stages="refine").fit(x)
print("outcome of the fit:", best[-1].outcome_)
AttractorDisplay.from_estimator(best, x)
plt.show()
