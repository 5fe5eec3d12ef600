"""Estimators that reconstruct a dynamical system from time series."""

from ._plrnn import PLRNNReconstructor
from ._shallow_plrnn import ShallowPLRNNReconstructor

__all__ = ["PLRNNReconstructor", "ShallowPLRNNReconstructor"]
