"""Analysis of the fitted system: what kind of dynamics the model has."""

from ._lyapunov import lyapunov_spectrum

__all__ = ["lyapunov_spectrum"]
