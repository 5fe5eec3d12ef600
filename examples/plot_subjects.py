"""
A search over several subjects' trajectories
============================================

Six subjects were recorded twice each; every recording is one trajectory, of its own length. All
share the same dynamics, and each has its own scale and noise. Does a model hold for a subject that
it was not trained on? That is a question of the split: whole subjects are left out.
"""

from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_rossler
from sklearn_dsr.model_selection import DSRScorer, rank_average_refit

# %%
# A list of trajectories, and which subject each is of. In a list, every splitter of scikit-learn
# takes whole trajectories, and no model joins two of them.
rng = np.random.default_rng(0)
recordings, subjects = [], []
for subject in range(6):
    for session in range(2):
        rows = make_rossler(
            int(rng.integers(3000, 6000)),
            dt=0.1,
            noise_level=rng.uniform(0.01, 0.05),
            c=5.7 + 0.1 * rng.standard_normal(),
            random_state=10 * subject + session,
        )
        recordings.append(rng.uniform(0.95, 1.05) * rows)
        subjects.append(subject)
for subject in range(6):
    lengths = [len(recordings[k]) for k in range(12) if subjects[k] == subject]
    print(f"subject {subject}: recordings of {lengths} rows")

# %%
# Settings are chosen on four subjects, and the whole procedure is judged on the two left out.
# Several short runs from new initial conditions tell more of a recording than one long run. Starts
# by regression rank settings in a second or so each.
metrics = ["skill", "neg_n_step_error"]
scoring = DSRScorer(metrics, horizon=10, n_starts=2)
search = GridSearchCV(
    ShallowPLRNNReconstructor(stages="start", dt=0.1, random_state=0),
    {"hidden_dim": [10, 30, 100, 400]},
    cv=GroupKFold(2),
    scoring=scoring,
    refit=rank_average_refit(metrics),
)
known = [k for k, subject in enumerate(subjects) if subject < 4]
new = [k for k, subject in enumerate(subjects) if subject >= 4]
search.set_params(n_jobs=-1).fit(
    [recordings[k] for k in known], groups=[subjects[k] for k in known]
)
print("chosen:", search.best_params_)
for name, score in scoring(search, [recordings[k] for k in new]).items():
    print(f"  on new subjects, {name}: {score:.3f}")

# %%
# How much subjects differ: the same settings, each pair of subjects left out once.
scores = cross_validate(
    search.best_estimator_,
    recordings,
    groups=subjects,
    cv=GroupKFold(3),
    scoring=scoring,
    n_jobs=-1,
)
print("skill on each pair of subjects left out:", np.round(scores["test_skill"], 2))

# %%
figure, axes = plt.subplots(1, 3, figsize=(11, 3.8), sharex=True, sharey=True)
for axis, k in zip(axes[:2], new[::2], strict=True):
    axis.plot(recordings[k][:, 0], recordings[k][:, 1], color="0.6", linewidth=0.4)
    axis.set(title=f"subject {subjects[k]}, recorded", xlabel="x")
    run = search.best_estimator_.simulate(recordings[k][0], 4000)
    axes[2].plot(run[:, 0], run[:, 1], color="tab:red", linewidth=0.4)
axes[2].set(title="free runs of the model", xlabel="x")
axes[0].set_ylabel("y")
figure.tight_layout()
target = Path(__file__).with_name("subjects.png")
figure.savefig(target, dpi=120)
print(f"saved {target.name}")
