"""
Reconstruct a system from one measured column
=============================================

The Lorenz system has three variables, and only the first one is measured. Its past makes up for
the other two: the value now together with the values some time ago determine the state. This is a
delay embedding.
"""

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.inspection import AttractorDisplay, PowerSpectrumDisplay
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding

# %%
# 10,000 rows of x, with noise of 2 percent. The column keeps two dimensions, as scikit-learn
# wants.
x = make_lorenz63(15_000, dt=0.02, noise_level=0.02, random_state=0)[:, :1]
train, test = x[:10_000], x[10_000:]

# %%
# :class:`~sklearn_dsr.preprocessing.DelayEmbedding` chooses the lag and the number of delays from
# the data. The pipeline embeds, fits, and returns forecasts and free runs in the units of x.
pipeline = make_reconstruction_pipeline(
    DelayEmbedding(), ShallowPLRNNReconstructor(dt=0.02, random_state=0, n_jobs=-1)
)
pipeline.fit(train)
embedding, model = pipeline[0], pipeline[-1]
print("lags, in rows:", embedding.lags_)
print("outcome of the fit:", model.outcome_)

# %%
# What led to these lags: the mutual information of x and its past. The chosen lag is where the
# curve enters its first valley. A shorter lag adds little information, and after a longer one the
# chaotic system has lost the connection.
figure, axes = plt.subplots(figsize=(6.4, 2.8), layout="constrained")
information = embedding.mutual_information_
axes.plot(range(1, len(information) + 1), information)
axes.axvline(embedding.lag_, color="0.6", linestyle="--", label="chosen lag")
axes.set(xlabel="lag in rows", ylabel="mutual information in nats")
axes.legend()
plt.show()

# %%
# The free run next to the part of the series that the fit has not seen, each drawn against its
# past.
AttractorDisplay.from_estimator(pipeline, test)
plt.show()

# %%
# The spectra agree over several orders of magnitude, down to the noise in the data. The model
# itself is free of noise.
PowerSpectrumDisplay.from_estimator(pipeline, test)
plt.show()
