"""
Save, load and export a model
=============================

A fitted model goes into a file with joblib or skops, and to other runtimes with torch or ONNX. All
of them run the same map. We let each run freely, and look at where they differ.
"""

import tempfile
from pathlib import Path

import joblib
import matplotlib.pyplot as plt
import numpy as np
import onnxruntime
import skops.io
import torch

import sklearn_dsr
from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.callbacks import Checkpoint
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.export import to_onnx

# %%
# ``Checkpoint`` keeps the best model so far of a long fit in a file. If the process is killed,
# load the file and fit again with ``warm_start=True``.
folder = Path(tempfile.mkdtemp())
X = make_lorenz63(4000, dt=0.02, noise_level=0.02, random_state=0)
model = ShallowPLRNNReconstructor(60, dt=0.02, random_state=0)
model.set_callbacks(Checkpoint(folder / "best.joblib")).fit(X)
print("outcome of the fit:", model.outcome_)
print("files:", [path.name for path in folder.iterdir()])

# %%
# A joblib file is a pickle, and a pickle can run any code: load only files that you trust. skops
# loads nothing but the classes that you name. A model is stored without its callbacks.
model.set_callbacks()
joblib.dump(model, folder / "lorenz.joblib")
skops.io.dump(model, folder / "lorenz.skops")
n = 1500
runs = {"this process": model.simulate(X[-1], n)}
runs["joblib"] = joblib.load(folder / "lorenz.joblib").simulate(X[-1], n)
loaded = skops.io.load(folder / "lorenz.skops", trusted=sklearn_dsr.trusted_types())
runs["skops"] = loaded.simulate(X[-1], n)

# %%
# In torch a model is a module of one step, which can be differentiated.
module = model.to_torch()
state, orbit = module.infer(torch.tensor(X[-1])), []
for _ in range(n):
    orbit.append(module.observe(state := module.step(state)).detach().numpy())
runs["torch"] = np.array(orbit)

# %%
# ONNX needs no Python. One graph takes a row to a state, another one takes a state to the next.
first, step = (
    onnxruntime.InferenceSession(to_onnx(model, part).SerializeToString())
    for part in ("infer", "step")
)
(state,), orbit = first.run(["state"], {"X": X[-1:]}), []
for _ in range(n):
    state, row = step.run(["next_state", "Y"], {"state": state})
    orbit.append(row[0])
runs["ONNX"] = np.array(orbit)

# %%
# A loaded model gives the same numbers, bit by bit. torch and ONNX add in another order, so their
# runs differ in the last digit of the first steps. Chaos multiplies that digit until the runs
# part. A distance of 0 is drawn as 1e-17.
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
for name, run in list(runs.items())[1:]:
    distance = np.linalg.norm(run - runs["this process"], axis=1)
    print(f"{name}: same bits {np.array_equal(run, runs['this process'])}")
    width = 6 if name in ("joblib", "torch") else 2  # two pairs of lines lie on one another
    axes.semilogy(0.02 * np.arange(n), np.maximum(distance, 1e-17), label=name, linewidth=width)
axes.set(xlabel="time", ylabel="distance from this process's run")
axes.legend()
plt.show()
