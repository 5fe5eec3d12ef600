"""
Your own CSV file, with dates and gaps
======================================

A logger wrote the temperature of a reactor every five minutes. It was off at times, and single
values are missing. We read the file with pandas, leave the gaps as they are, and forecast with
dates.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_rossler
from sklearn_dsr.inspection import ForecastDisplay
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding

# %%
# This cell stands in for your file. It writes 6000 rows, from which three stretches are missing.
dates = pd.date_range("2026-03-01", periods=6000, freq="5min")
values = 340 + 1.5 * make_rossler(6000, dt=0.2, noise_level=0.02, random_state=0)[:, 0]
made = pd.DataFrame({"temperature": values.round(2)}, index=dates.rename("time"))
made.iloc[[700, 701, 4100], 0] = np.nan
made = made.drop(dates[np.r_[1200:1300, 2500:2900, 5000:5030]])
path = Path(tempfile.mkdtemp(), "reactor.csv")
made.to_csv(path)

# %%
# From here on, the file is all that we have. The dates become the index.
series = pd.read_csv(path, index_col="time", parse_dates=True)
print(series.head(3))
print(f"{len(series)} rows, {series['temperature'].isna().sum()} of them without a value")

# %%
# These few gaps need not be filled in. A row that holds NaN is a gap, and so is a jump of the
# index: no training step and no delay vector reaches across. We keep the last 150 rows apart.
train, later = series[:-150], series[-150:]
pipeline = make_reconstruction_pipeline(
    DelayEmbedding(), ShallowPLRNNReconstructor(random_state=0, n_jobs=-1)
).fit(train)
print("outcome of the fit:", pipeline[-1].outcome_)

# %%
# The forecast is a DataFrame. Its index goes on after the last date.
print(pipeline.forecast(train, 150).tail(3))

# %%
# The whole series with its gaps above, and the forecast of the last half day below. The band holds
# 90 percent of the values to come, as far as the model can tell.
figure, (above, below) = plt.subplots(2, 1, figsize=(9, 5), layout="constrained")
even = series.asfreq("5min")["temperature"]
above.plot(even, color="0.15", linewidth=0.6)
above.fill_between(
    even.index, 0, 1, where=even.isna(), transform=above.get_xaxis_transform(), color="0.85"
)
above.set(ylabel="temperature", title="the file; grey where values are missing")
ForecastDisplay.from_estimator(pipeline, train, true=later, n_past=200, ax=below)
plt.show()
