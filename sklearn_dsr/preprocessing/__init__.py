"""Transformers of time series: delay embeddings, trends and seasons."""

from ._delay_embedding import DelayEmbedding
from ._detrend import Detrend
from ._difference import Difference, SeasonalDifference
from ._seasonal_means import SeasonalMeans
from ._svd_delay_embedding import SVDDelayEmbedding

__all__ = [
    "DelayEmbedding",
    "Detrend",
    "Difference",
    "SVDDelayEmbedding",
    "SeasonalDifference",
    "SeasonalMeans",
]
