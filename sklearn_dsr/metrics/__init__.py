"""Measures of how well a generated series reconstructs a true one: arrays in, numbers out.

The first argument is the true series, the second the generated one.
"""

from ._prediction import n_step_error, valid_prediction_time
from ._spectrum import power_spectrum_hellinger, standard_deviation_ratio
from ._state_space import escaped_fraction, state_space_divergence

__all__ = [
    "escaped_fraction",
    "n_step_error",
    "power_spectrum_hellinger",
    "standard_deviation_ratio",
    "state_space_divergence",
    "valid_prediction_time",
]
