"""Transformers of time series that respect gaps and trajectories."""

from ._delay_embedding import DelayEmbedding

__all__ = ["DelayEmbedding"]
