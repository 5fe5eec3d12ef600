"""
Take a reconstructed system apart
=================================

A piecewise-linear model can be analysed exactly. We look at the exponents, the fixed points, the
return map and the linear regions of a model of the Lorenz system, whose true values are known.
"""

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.dynamics import cycles, fixed_points
from sklearn_dsr.inspection import (
    FixedPointDisplay,
    LinearRegionDisplay,
    LyapunovDisplay,
    ReturnMapDisplay,
)

train = make_lorenz63(10_000, dt=0.02, noise_level=0.02, random_state=0)
test = make_lorenz63(10_000, dt=0.02, random_state=1)
model = ShallowPLRNNReconstructor(100, dt=0.02, random_state=0, n_jobs=-1).fit(train)
print("outcome of the fit:", model.outcome_)

# %%
# Lyapunov exponents are rates at which neighbouring orbits part or meet. The true ones are 0.906,
# 0 and -14.57. The picture tells whether the run was long enough: the lines have settled. The last
# exponent can hardly be learned from noisy data on the attractor.
LyapunovDisplay.from_estimator(model, flow=True, n_steps=20_000, n_exponents=2)
plt.show()

# %%
# The Lorenz system has three fixed points: the origin, a saddle, and the centres of the two wings,
# from which orbits spiral out. The map is linear in each of its regions, so its fixed points are
# solutions of linear equations. The list ends with how complete the search was.
found = fixed_points(model, test)
print(found)
FixedPointDisplay.from_estimator(model, test, columns=(0, 2))
plt.show()

# %%
# How far are the true points from the nearest ones of the model, relative to the size of the
# attractor? The data never come near the centres of the wings.
wing, size = np.sqrt(8 / 3 * 27), np.linalg.norm(np.ptp(test, axis=0))
for point in np.array([[-wing, -wing, 27.0], [0.0, 0.0, 0.0], [wing, wing, 27.0]]):
    distance = min(np.linalg.norm(cycle.points[0] - point) for cycle in found)
    print(f"{point.round(2)}: {distance / size:.1%}")

# %%
# Cycles of a map are orbits that return after some rows. At a stable one among the data, free runs
# would end. A closed orbit of a continuous system rarely takes a whole number of rows, so short
# cycles are few here. This is how many there are of each length, fixed points first.
orders = [cycle.order for cycle in cycles(model, 3, test)]
print({order: orders.count(order) for order in sorted(set(orders))})

# %%
# The return map sets each maximum of z against the one before. The maxima lie on a curve, almost
# as if one number determined the next. The steep curve is why neighbouring orbits part.
ReturnMapDisplay.from_estimator(model, test, column=2)
plt.show()

# %%
# The free run passes through many linear regions. In each of them the model is one matrix and one
# vector. The colour tells how fast neighbouring orbits part there.
LinearRegionDisplay.from_estimator(model, columns=(0, 2))
plt.show()
