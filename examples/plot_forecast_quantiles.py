"""
A forecast that says how sure it is
===================================

An ensemble of reconstructions forecasts a noisy chaotic series with a time index. Its bands widen
as the forecast loses the track, and hold at least as much of what is measured later as they say.
"""

from pathlib import Path

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.pipeline import make_reconstruction_pipeline

rows = make_lorenz63(30_000, noise_level=0.05, random_state=0)
index = pd.date_range("2026-01-01", periods=len(rows), freq="min")
series = pd.DataFrame(rows, columns=["x", "y", "z"], index=index)
train, later = series.iloc[:20_000], series.iloc[20_000:]

# %%
# Members differ by their seeds only. In a pipeline, forecasts come back in the units of the frame,
# and its index goes on.
member = ShallowPLRNNReconstructor(50, max_iter=200, n_init=2)
ensemble = EnsembleReconstructor(member, n_members=6, n_jobs=-1, random_state=0, verbose=1)
model = make_reconstruction_pipeline(StandardScaler(), ensemble).fit(train)
print("noise found:", np.round(ensemble.observation_noise_, 3), "standard deviations")

levels = (0.05, 0.25, 0.5, 0.75, 0.95)
bands = dict(zip(levels, model.forecast(train, 400, quantiles=levels), strict=True))
print(bands[0.5].head(3))

# %%
# How often a measured value lies in the band of 90 %: forecasts from 100 rows of the later part.
starts = 1000 + 80 * np.arange(100)
low, high = (
    np.stack(q)
    for q in model.forecast([later.iloc[:s] for s in starts], 300, quantiles=(0.05, 0.95))
)
measured = np.stack([later.iloc[s : s + 300] for s in starts])
inside = np.mean((low <= measured) & (measured <= high), axis=(0, 2))
for ahead in (1, 10, 50, 100, 200, 300):
    print(f"{ahead:4} rows ahead: {inside[ahead - 1]:.2f} of the values in the band of 0.90")

# %%
figure, axes = plt.subplots(3, 1, figsize=(10, 6.5), sharex=True)
before, after = series.iloc[19_800:20_000], later.iloc[:400]
for axis, column in zip(axes, series.columns, strict=True):
    for inner, outer, alpha in ((0.05, 0.95, 0.25), (0.25, 0.75, 0.45)):
        axis.fill_between(
            bands[inner].index,
            bands[inner][column],
            bands[outer][column],
            color="tab:red",
            alpha=alpha,
            linewidth=0,
            label=f"{outer - inner:.0%} band",
        )
    axis.plot(bands[0.5][column], color="tab:red", label="median")
    axis.plot(before[column], color="0.2", linewidth=0.8)
    axis.plot(after[column], color="0.2", linewidth=0.8, linestyle=":", label="measured later")
    axis.set_ylabel(column)
axes[0].legend(loc="upper left", ncols=4, fontsize="small")
figure.tight_layout()
target = Path(__file__).with_name("forecast_quantiles.png")
figure.savefig(target, dpi=120)
print(f"saved {target.name}")
