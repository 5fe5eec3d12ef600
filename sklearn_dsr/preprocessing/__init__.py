"""Transformers of time series that respect gaps and trajectories."""

from ._delay_embedding import DelayEmbedding
from ._svd_delay_embedding import SVDDelayEmbedding

__all__ = ["DelayEmbedding", "SVDDelayEmbedding"]
