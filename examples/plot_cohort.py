"""
A cohort: one model of many subjects, and what tells them apart
===============================================================

Thirty oscillators of the same kind were measured for a short time each. A treatment changes one
constant of half of them, and no two are alike. One model describes all. It learns a number for each
subject, its feature, without knowing the constant or the treatment.
"""

# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import HierarchicalReconstructor
from sklearn_dsr.datasets import make_rossler

# %%
# Each subject is a Rössler system with its own constant c, and has 800 rows with 2 percent noise.
rng = np.random.default_rng(0)
treated = np.arange(30) % 2 == 1
c = np.where(treated, rng.normal(6.5, 0.6, 30), rng.normal(4.5, 0.6, 30))
subjects = [
    make_rossler(800, dt=0.2, c=own, noise_level=0.02, random_state=i) for i, own in enumerate(c)
]

# %%
# ``fit`` takes the list. The maps of all subjects share their arrays, and a feature of each subject
# says how its map differs. One feature is the default; its sign has no meaning.
model = HierarchicalReconstructor(hidden_dim=100, dt=0.2, random_state=0).fit(subjects[:26])
feature = model.subject_features_[:, 0]
print("outcome:", model.outcome_)
print(f"rank correlation of feature and c: {spearmanr(feature, c[:26])[0]:.3f}")

# %%
# On the left the learned feature over the hidden constant. Beside it three subjects: their noisy
# rows, and a free run of the model that their feature selects.
figure, axes = plt.subplots(1, 4, figsize=(13, 3.4), layout="constrained")
for group, name in ((False, "control"), (True, "treated")):
    axes[0].plot(c[:26][treated[:26] == group], feature[treated[:26] == group], "o", label=name)
axes[0].set(xlabel="constant c (hidden)", ylabel="learned feature")
axes[0].legend()
ranks = np.argsort(feature)
for ax, j in zip(axes[1:], ranks[[0, 13, 25]], strict=True):
    run = model.reconstructor(model.subject_features_[j]).forecast(subjects[j], 3000)
    ax.plot(*run[:, :2].T, lw=0.5, label="free run")
    ax.plot(*subjects[j][:, :2].T, "k.", ms=2, label="data")
    ax.set(title=f"c = {c[j]:.1f}, feature {feature[j]:.2f}", xlabel="x", ylabel="y")
axes[1].legend(loc="upper right")

# %%
# The model is a transformer, so a classifier can follow it. In the cross-validation the model has
# not seen the subjects that it is tested with. Regression alone is enough for features.
quick = HierarchicalReconstructor(hidden_dim=100, stages="start", random_state=0)
pipeline = make_pipeline(quick, StandardScaler(), LogisticRegression())
scores = cross_val_score(pipeline, subjects, treated, cv=3)
print("share of subjects in the right group:", scores.round(2))

# %%
# Four subjects are new to the model. ``transform`` estimates their features from their rows, and
# ``forecast`` continues the rows.
new = [subject[:700] for subject in subjects[26:]]
print("features of new subjects:", model.transform(new)[:, 0].round(2), "- c:", c[26:].round(2))
ahead = model.forecast(new, 100)
figure, ax = plt.subplots(figsize=(8, 3), layout="constrained")
ax.plot(np.arange(600, 800), subjects[26][600:, 0], "k.", ms=3, label="data")
ax.plot(np.arange(700, 800), ahead[0, :, 0], label="forecast from row 700")
ax.set(xlabel="row", ylabel="x of a new subject")
figure.legend(loc="outside right upper")
plt.show()
