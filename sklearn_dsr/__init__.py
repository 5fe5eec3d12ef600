"""Dynamical systems reconstruction from time series with scikit-learn's interface."""

from .reconstruction import (
    AlmostLinearRNNReconstructor,
    EnsembleReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)

__all__ = [
    "AlmostLinearRNNReconstructor",
    "EnsembleReconstructor",
    "PLRNNReconstructor",
    "ShallowPLRNNReconstructor",
]
__version__ = "0.1.0"
