"""
A bifurcation diagram from ten trajectories
===========================================

The Lorenz system changes with its parameter rho: chaos gives way to cycles and comes back. One
model sees ten noisy trajectories, each for another rho. What does it say about all values between?
"""

# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import numpy as np

from sklearn_dsr import HierarchicalReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.dynamics import lyapunov_spectrum
from sklearn_dsr.inspection import BifurcationDisplay

# %%
# Ten trajectories of 1000 rows with 1 percent noise. The last column is rho, the control parameter.
rhos = np.linspace(28, 100, 10)
trajectories = []
for k, rho in enumerate(rhos):
    states = make_lorenz63(1000, dt=0.02, rho=rho, noise_level=0.01, random_state=k)
    trajectories.append(np.column_stack([states, np.full(len(states), rho)]))

# %%
# ``n_parameters=1`` says that the last column is a known parameter. The fit makes one model for all
# trajectories, which has a map for each value of rho.
model = HierarchicalReconstructor(n_parameters=1, dt=0.02, random_state=0).fit(trajectories)
print("features of the first three trajectories:", model.subject_features_[:3].round(1).tolist())

# %%
# The diagram of the model has the maxima of z along a free run, for 150 values of rho. Black dots
# are the maxima of the data. The second panel shows the true equations at the same values.
values = np.linspace(24, 110, 150)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.8), sharey=True, layout="constrained")
display = BifurcationDisplay.from_estimator(
    model, trajectories, values=values, column=2, n_steps=3000, ax=left
)
truth = []
for rho in values:
    z = make_lorenz63(3000, dt=0.02, rho=rho, n_transient=2000, random_state=0)[:, 2]
    truth.append(z[1:-1][(z[1:-1] > z[:-2]) & (z[1:-1] >= z[2:])])
right.plot(np.repeat(values, [len(z) for z in truth]), np.concatenate(truth), "k.", markersize=2)
right.set(title="true equations", xlabel="rho")
left.set(xlabel="rho", ylabel="maximum of z")

# %%
# How far do both agree? The range of the maxima is compared inside and outside of the range of the
# training, which the dashed lines mark.
inside = (values >= rhos[0]) & (values <= rhos[-1])
for name, those in (("inside", inside), ("outside", ~inside)):
    errors = [
        abs(np.quantile(display.points[i], 0.9) - np.quantile(truth[i], 0.9))
        for i in np.flatnonzero(those)
        if len(display.points[i])
    ]
    print(f"{name} of the training: the upper decile of maxima is off by {np.median(errors):.2f}")

# %%
# ``reconstructor`` gives the model of one value of rho, also of one that no trajectory has. All
# analyses take it.
between = model.reconstructor([44.0])
print("Lyapunov exponents at rho = 44:", lyapunov_spectrum(between, flow=True).round(2))
plt.show()
