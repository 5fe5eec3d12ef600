"""Pictures of data, of a fitted model's free run, and of the system that it has learned."""

from ._attractor import AttractorDisplay
from ._basins import BasinDisplay
from ._bifurcation import BifurcationDisplay
from ._fixed_points import FixedPointDisplay
from ._forecast import ForecastDisplay
from ._linear_regions import LinearRegionDisplay
from ._lyapunov import LyapunovDisplay
from ._manifolds import ManifoldDisplay
from ._pit import PITDisplay
from ._power_spectrum import PowerSpectrumDisplay
from ._report import reconstruction_report
from ._return_map import ReturnMapDisplay
from ._training import TrainingDisplay

__all__ = [
    "AttractorDisplay",
    "BasinDisplay",
    "BifurcationDisplay",
    "FixedPointDisplay",
    "ForecastDisplay",
    "LinearRegionDisplay",
    "LyapunovDisplay",
    "ManifoldDisplay",
    "PITDisplay",
    "PowerSpectrumDisplay",
    "ReturnMapDisplay",
    "TrainingDisplay",
    "reconstruction_report",
]
