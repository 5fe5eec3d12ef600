"""
Forecasts with bands, in the units you came with
================================================

How far ahead can a forecast be trusted? Its quantiles show this. They spread because the data are
noisy and the present state is not known exactly. In an ensemble they also spread because models
of the same data differ.
"""

# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.inspection import ForecastDisplay, PITDisplay
from sklearn_dsr.pipeline import make_reconstruction_pipeline

# %%
# A noisy chaotic series, as a table with a time index and columns in units of their own.
rows = make_lorenz63(8000, dt=0.02, noise_level=0.05, random_state=0)
series = pd.DataFrame(
    rows * [10, 10, 1000] + [0, 0, 80_000],
    columns=["wind in m/s", "current in A", "pressure in Pa"],
    index=pd.date_range("2026-01-01", periods=len(rows), freq="min"),
)
train, later = series.iloc[:5000], series.iloc[5000:]

# %%
# The members of the ensemble differ by their random seeds. The pipeline scales the columns before
# the fit and takes the forecasts back.
ensemble = EnsembleReconstructor(
    ShallowPLRNNReconstructor(100, stages="start"), n_members=4, n_jobs=-1, random_state=0
)
pipeline = make_reconstruction_pipeline(StandardScaler(), ensemble).fit(train)
low, median, high = pipeline.forecast(train, 200, quantiles=(0.05, 0.5, 0.95))
print(median.head(3).round(1))

# %%
# The picture: the end of the training data, the median of the forecast with bands of 50 and 90
# percent, and what was measured later. The bands are narrow while the model knows where the system
# goes. They open where an orbit may turn either way.
ForecastDisplay.from_estimator(
    pipeline, train, true=later.iloc[:300], quantiles=(0.05, 0.25, 0.75, 0.95), n_past=100
)
plt.show()

# %%
# Are the bands right? The PIT tells where each measured value lies among the draws of its
# forecast, here for rows that the fit has not seen. Right bands make a flat histogram. A hump says
# that they are too wide, raised ends say that they are too narrow. These bands are too wide
# at 50 rows ahead, where the members differ most.
display = PITDisplay.from_estimator(pipeline, series, start=5000, horizons=(1, 10, 50))
plt.show()
for horizon, share in zip(display.horizons, display.coverage(0.9), strict=True):
    print(f"{horizon:3} rows ahead, {share:.0%} of the values lie in the band of 90 %")
