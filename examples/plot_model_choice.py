"""
Choose an embedding and a model with GridSearchCV
=================================================

Only the x of the Lorenz system is measured. A pipeline of delay embedding and reconstructor is
searched over the lag and the number of delays, scored by free runs in the coordinates of x. Some
candidates collapse; they warn, and score low.
"""

import matplotlib

matplotlib.use("agg")
from pathlib import Path

import matplotlib.pyplot as plt
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.model_selection import DSRScorer
from sklearn_dsr.preprocessing import DelayEmbedding

x = make_lorenz63(20_000, dt=0.02, noise_level=0.01, standardize=True, random_state=0)[:, :1]

# %%
# Rows that lack a complete past become gaps, so nothing is cut and nothing is joined. The scorer
# compares in a delay embedding of its own: in 1-D the order in time would not be seen, and in an
# embedding of the candidate's choice the candidates could not be compared. Starts by regression
# rank embeddings in a second each.
pipeline = Pipeline(
    [
        ("embed", DelayEmbedding(n_delays=3, lag=4)),
        ("dsr", ShallowPLRNNReconstructor(stages="start", random_state=0)),
    ]
)
search = GridSearchCV(
    pipeline,
    {"embed__n_delays": [2, 3, 4], "embed__lag": [2, 6]},
    scoring=DSRScorer(n_delays=3, lag=6, context=19),
    refit="neg_state_space_divergence",
    cv=TimeSeriesSplit(2),
    n_jobs=-1,
)
search.fit(x)
for parameters, divergence, distance in zip(
    search.cv_results_["params"],
    search.cv_results_["mean_test_neg_state_space_divergence"],
    search.cv_results_["mean_test_neg_power_spectrum_hellinger"],
    strict=True,
):
    print(f"{parameters}  D_stsp {-divergence:.2f}  D_H {-distance:.3f}")
print("best:", search.best_params_)

# %%
# The chosen pipeline, refitted on everything, goes on from the last rows of x.
embed, dsr = search.best_estimator_
run = embed.inverse_transform(dsr.forecast(embed.transform(x), 1000))
figure, axes = plt.subplots(figsize=(8, 3))
axes.plot(range(-1000, 0), x[-1000:, 0], label="data")
axes.plot(range(1000), run[:, 0], label="free run")
axes.set(xlabel="row", ylabel="x")
axes.legend()
figure.tight_layout()
target = Path(__file__).with_name("model_choice.png")
figure.savefig(target, dpi=120)
print(f"saved {target.name}")
