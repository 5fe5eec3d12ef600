"""Analysis of fitted models and of data: which kind of dynamics they have."""

from ._attractors import Attractor, Basins
from ._basins import basins
from ._cycles import cycles, fixed_points
from ._dimension import kaplan_yorke_dimension
from ._found import Cycle, Cycles
from ._jacobian_growth import JacobianGrowth, jacobian_growth
from ._lyapunov import LyapunovSpectrum, lyapunov_spectrum
from ._manifold import Manifold, Manifolds
from ._manifolds import manifolds
from ._regions import LinearRegions, linear_regions
from ._series import max_lyapunov_exponent

__all__ = [
    "Attractor",
    "Basins",
    "Cycle",
    "Cycles",
    "JacobianGrowth",
    "LinearRegions",
    "LyapunovSpectrum",
    "Manifold",
    "Manifolds",
    "basins",
    "cycles",
    "fixed_points",
    "jacobian_growth",
    "kaplan_yorke_dimension",
    "linear_regions",
    "lyapunov_spectrum",
    "manifolds",
    "max_lyapunov_exponent",
]
