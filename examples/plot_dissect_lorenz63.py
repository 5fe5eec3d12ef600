"""
Dissect a reconstructed Lorenz system
=====================================

A model that runs like the data can be taken apart: its exponents, its fixed points and their types.
All of that is known of the Lorenz system, so we see what a reconstruction from noisy data gets
right, and what it cannot.
"""

from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.dynamics import fixed_points
from sklearn_dsr.inspection import (
    AttractorDisplay,
    FixedPointDisplay,
    LyapunovDisplay,
    ReturnMapDisplay,
    reconstruction_report,
)

X = make_lorenz63(20_000, noise_level=0.05, random_state=0)
test = make_lorenz63(20_000, random_state=1)
model = ShallowPLRNNReconstructor(50, clipped=False, n_init=4, dt=0.01, n_jobs=-1, random_state=0)
model.fit(X)

# %%
# Everything on one page, against data that the fit has not seen. The true exponents are 0.906, 0
# and -14.57; the last one is about how orbits return to the attractor, of which data on it show
# little.
report = reconstruction_report(model, test, max_order=3)

# %%
# The Lorenz system has three fixed points: the origin, a saddle, and the centres of the two wings,
# saddles whose plane of rotation is unstable.
wing = np.sqrt(8 / 3 * 27)
true = np.array([[-wing, -wing, 27.0], [0.0, 0.0, 0.0], [wing, wing, 27.0]])
found = fixed_points(model, test)
size = np.linalg.norm(np.ptp(test, axis=0))
for point in true:
    nearest = min(found, key=lambda c, p=point: np.linalg.norm(c.points[0] - p))
    error = np.linalg.norm(nearest.points[0] - point) / size
    print(
        f"{point.round(2)}: {nearest.kind}, {nearest.n_unstable} unstable, {error:.1%} of the "
        "attractor away"
    )

# %%
figure = plt.figure(figsize=(11, 9), layout="constrained")
upper, lower = figure.subfigures(2, 1)
left, right = upper.subfigures(1, 2)
AttractorDisplay.from_estimator(model, test, columns=(0, 2), ax=left.subplots(2, 1))
FixedPointDisplay.from_estimator(model, test, columns=(0, 2), ax=right.subplots())
left, right = lower.subfigures(1, 2)
ReturnMapDisplay.from_estimator(model, test, column=2, ax=left.subplots())
LyapunovDisplay.from_estimator(model, n_exponents=2, ax=right.subplots(2, 1, sharex=True))
target = Path(__file__).with_name("dissect_lorenz63.png")
figure.savefig(target, dpi=120)
print(f"saved {target.name}")
