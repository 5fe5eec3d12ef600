"""Scorers that compare a model's free run with test data, for scikit-learn's searches."""

from ._scorers import (
    DSRScorer,
    get_scorer,
    neg_lyapunov_difference_scorer,
    neg_n_step_error_scorer,
    neg_power_spectrum_hellinger_scorer,
    neg_state_space_divergence_scorer,
    skill_scorer,
    valid_prediction_time_scorer,
)
from ._scores import WORST

__all__ = [
    "WORST",
    "DSRScorer",
    "get_scorer",
    "neg_lyapunov_difference_scorer",
    "neg_n_step_error_scorer",
    "neg_power_spectrum_hellinger_scorer",
    "neg_state_space_divergence_scorer",
    "skill_scorer",
    "valid_prediction_time_scorer",
]
