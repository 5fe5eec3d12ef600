"""Dynamical systems reconstruction from time series with scikit-learn's interface."""

from .reconstruction import PLRNNReconstructor, ShallowPLRNNReconstructor

__all__ = ["PLRNNReconstructor", "ShallowPLRNNReconstructor"]
__version__ = "0.1.0"
