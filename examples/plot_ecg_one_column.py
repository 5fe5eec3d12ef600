"""
Choose the embedding and the model for one column of a human electrocardiogram
==============================================================================

Only one lead was recorded, so the state of the heart has to be unfolded by delays. Which ones, and
how large a model, is searched over on the first recording, and judged on the one that follows: by
free runs, in the coordinates of the lead, so that candidates with different embeddings compare.

The recording is downloaded once from the public repository of the method's paper, or read from the
folder that the environment variable SKLEARN_DSR_DATA names.
"""

from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import fetch_ecg
from sklearn_dsr.model_selection import BlockedKFold, DSRScorer, rank_average_refit
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding

train, test = (fetch_ecg(subset=s)[:60_000, :1] for s in ("train", "test"))

# %%
# What the automatic choices say; the paper's embedding has the lags 0, 10, 20, 55 and 68.
embeddings = {
    "equal lags": DelayEmbedding(),
    "unequal lags": DelayEmbedding(lags="pecuzal"),
    "the paper's": DelayEmbedding(lags=(0, 10, 20, 55, 68)),
}
for name, embedding in embeddings.items():
    print(f"{name:13} {embedding.fit(train).lags_.tolist()}")

# %%
# The search. One row of NaN in front lets BlockedKFold put a gap where it cuts a block out, so that
# both sides train. The scorer compares delay vectors of its own, the same for all candidates. A
# fold holds some 40 beats. Short trainings rank candidates well enough. The clipped model suits
# signals that rest and fire; left to itself a fit would try the plain one first.
model = ShallowPLRNNReconstructor(
    clipped=True, max_iter=100, n_init=1, stages="train", random_state=0
)
search = GridSearchCV(
    make_reconstruction_pipeline(DelayEmbedding(), model),
    {
        "delayembedding": list(embeddings.values()),
        "shallowplrnnreconstructor__hidden_dim": [50, 200],
    },
    cv=BlockedKFold(2, gap=700),
    scoring=DSRScorer(n_delays=4, lag=16, context=100),
    refit=rank_average_refit(["neg_state_space_divergence", "neg_power_spectrum_hellinger"]),
    n_jobs=-1,
)
search.fit(np.concatenate([[[np.nan]], train]))
results = search.cv_results_
for k, parameters in enumerate(results["params"]):
    print(
        f"{parameters['delayembedding']}, hidden_dim "
        f"{parameters['shallowplrnnreconstructor__hidden_dim']}: "
        f"D_stsp {-results['mean_test_neg_state_space_divergence'][k]:.2f}, "
        f"D_H {-results['mean_test_neg_power_spectrum_hellinger'][k]:.3f}"
    )
print("chosen:", search.best_params_)

# %%
# The chosen candidate, trained in full, on the recording that no choice has seen.
chosen = search.best_estimator_.set_params(
    shallowplrnnreconstructor__max_iter=500,
    shallowplrnnreconstructor__n_init=2,
    shallowplrnnreconstructor__stages="refine",
    shallowplrnnreconstructor__n_jobs=-1,
).fit(train)
scorer = DSRScorer(n_delays=4, lag=16, context=100)
for name, score in scorer(chosen, test).items():
    print(f"{name:30} {score:8.3f}")
run = chosen.simulate(test[:200], len(test))
ahead = chosen.forecast(test[:20_000], 2000)

# %%
figure, axes = plt.subplots(3, 1, figsize=(10, 7))
axes[0].plot(test[:8000, 0], color="0.3", linewidth=0.8)
axes[0].set(title="recorded", ylabel="lead")
axes[1].plot(run[:8000, 0], color="tab:red", linewidth=0.8)
axes[1].set(title="free run of the chosen model", ylabel="lead", xlabel="row")
axes[2].plot(range(-1000, 2000), test[19_000:22_000, 0], color="0.3", label="recorded")
axes[2].plot(range(2000), ahead[:, 0], color="tab:red", label="forecast")
axes[2].axvline(0, color="0.7", linewidth=0.8)
axes[2].set(xlabel="rows from the start of the forecast", ylabel="lead")
axes[2].legend(loc="upper left")
figure.tight_layout()
target = Path(__file__).with_name("ecg_one_column.png")
figure.savefig(target, dpi=120)
print(f"saved {target.name}")
