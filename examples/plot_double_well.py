"""
Basins of attraction: a ball between two wells
==============================================

A ball rolls without drive and comes to rest in one of two wells. Which one depends on the start.
The model sees 32 rolls. Where does it draw the boundary?
"""

# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_duffing
from sklearn_dsr.dynamics import basins, fixed_points, manifolds
from sklearn_dsr.inspection import BasinDisplay

# %%
# Rolls of x' = v, v' = x - x^3 - 0.3 v with 1 percent noise. Each begins in the square from -1 to 1
# in position and velocity, and has 150 rows: rows at rest would say nothing about the boundary. The
# fit warns that its free run comes to rest. So does the ball.
rolls = [
    make_duffing(150, dt=0.1, amplitude=0, n_transient=0, noise_level=0.01, random_state=k)[:, :2]
    for k in range(32)
]
model = ShallowPLRNNReconstructor(dt=0.1, random_state=0, n_jobs=-1).fit(rolls)
print("outcome of the fit:", model.outcome_)

# %%
# ``basins`` runs the model from each start of a grid. The wells are stable fixed points of the
# model, solved exactly.
axis = np.linspace(-1, 1, 60)
found = basins(model, (axis, axis), n_jobs=-1)
print(found)

# %%
# The true basins, by integration.
x, v = np.meshgrid(axis, axis, indexing="ij")
for _ in range(3000):
    v = v + 0.02 * (x - x**3 - 0.3 * v)
    x = x + 0.02 * v
true = x > 0
places = np.array([attractor.points[:, 0].mean() for attractor in found.attractors] + [np.nan] * 2)
model_says = places[found.labels]  # the last entries are for runs that go nowhere
right = np.where(true, model_says > 0, model_says < 0)
print(f"the model is right for {np.mean(right):.1%} of the starts")

# %%
# Both boundaries go through the saddle between the wells. That of the model is the saddle's stable
# manifold. The black line is the true boundary.
display = BasinDisplay.from_basins(found, labels=("position", "velocity"))
display.ax_.contour(axis, axis, true.T, levels=[0.5], colors="black")
saddle = min(fixed_points(model), key=lambda c: np.linalg.norm(c.points[0]))
if saddle.kind == "saddle":
    stable = manifolds(model, saddle).stable
    limits = display.ax_.axis()
    display.ax_.plot(*stable.lines.T, color="white", linestyle="--")
    display.ax_.axis(limits)
plt.show()
