"""Analysis of the fitted system, and of data: what kind of dynamics they have."""

from ._lyapunov import lyapunov_spectrum
from ._series import max_lyapunov_exponent

__all__ = ["lyapunov_spectrum", "max_lyapunov_exponent"]
