"""Estimators that reconstruct a dynamical system from time series."""

from ._almost_linear_rnn import AlmostLinearRNNReconstructor
from ._ensemble import EnsembleReconstructor
from ._plrnn import PLRNNReconstructor
from ._shallow_plrnn import ShallowPLRNNReconstructor

__all__ = [
    "AlmostLinearRNNReconstructor",
    "EnsembleReconstructor",
    "PLRNNReconstructor",
    "ShallowPLRNNReconstructor",
]
