"""Dynamical systems reconstruction from time series with scikit-learn's interface."""

from ._show_versions import show_versions
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
    "show_versions",
]
__version__ = "0.1.0"
