"""
Several subjects: does a model hold for a new one?
==================================================

Six subjects were recorded twice each, for different lengths of time. All share one kind of
dynamics, and each has its own scale, its own noise and a slightly different parameter. The
recordings form a list, and the search leaves out whole subjects.
"""

# sphinx_gallery_thumbnail_number = 1
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_rossler
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.inspection import AttractorDisplay
from sklearn_dsr.model_selection import DSRScorer, rank_average_refit

# %%
# A list of arrays is a list of trajectories. No training step joins two of them. ``subjects`` says
# whose recording each one is.
rng = np.random.default_rng(0)
recordings, subjects = [], []
for subject in range(6):
    for session in range(2):
        made = make_rossler(
            int(rng.integers(2000, 4000)),
            dt=0.1,
            noise_level=rng.uniform(0.01, 0.04),
            c=5.7 + 0.1 * rng.standard_normal(),
            random_state=10 * subject + session,
        )
        recordings.append(rng.uniform(0.95, 1.05) * made)
        subjects.append(subject)
print("rows of each recording:", [len(recording) for recording in recordings])

# %%
# The search chooses the number of hidden units on four subjects. ``n_starts=2`` cuts each held-out
# recording into two free runs. ``rank_average_refit`` takes the candidate with the best mean rank
# over both metrics. Models with few hidden units fail here. They get low scores, so we silence
# their warnings.
metrics = ["skill", "neg_n_step_error"]
scoring = DSRScorer(metrics, horizon=10, n_starts=2)
search = GridSearchCV(
    ShallowPLRNNReconstructor(stages="start", dt=0.1, random_state=0),
    {"hidden_dim": [20, 60, 150]},
    cv=GroupKFold(2),
    scoring=scoring,
    refit=rank_average_refit(metrics),
)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ReconstructionWarning)
    search.fit(recordings[:8], groups=subjects[:8])
print("chosen:", search.best_params_, "- outcome:", search.best_estimator_.outcome_)

# %%
# The two subjects left are new to the whole procedure, choice included.
new = recordings[8:]
for name, score in scoring(search, new).items():
    print(f"{name} on new subjects: {score:.3f}")

# %%
# How much do subjects differ? Cross-validation leaves out each pair of subjects in turn.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ReconstructionWarning)
    scores = cross_validate(
        search.best_estimator_, recordings, groups=subjects, cv=GroupKFold(3), scoring=scoring
    )
print("skill on each pair of subjects:", np.round(scores["test_skill"], 2))

# %%
# Recordings of the two new subjects on the left. On the right the free runs of the model, one from
# the first row of each recording.
AttractorDisplay.from_estimator(search, new, columns=(0, 1))
plt.show()
