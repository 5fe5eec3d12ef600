"""Dynamical systems reconstruction from time series with scikit-learn's interface."""

from ._show_versions import show_versions
from ._trusted_types import trusted_types
from .hierarchical import HierarchicalReconstructor
from .reconstruction import (
    AlmostLinearRNNReconstructor,
    EnsembleReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)

__all__ = [
    "AlmostLinearRNNReconstructor",
    "EnsembleReconstructor",
    "HierarchicalReconstructor",
    "PLRNNReconstructor",
    "ShallowPLRNNReconstructor",
    "show_versions",
    "trusted_types",
]
__version__ = "0.2.0"
