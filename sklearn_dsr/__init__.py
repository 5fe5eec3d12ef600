"""Dynamical systems reconstruction from time series with scikit-learn's interface."""

from .reconstruction import (
    AlmostLinearRNNReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)

__all__ = ["AlmostLinearRNNReconstructor", "PLRNNReconstructor", "ShallowPLRNNReconstructor"]
__version__ = "0.1.0"
