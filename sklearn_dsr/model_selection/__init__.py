"""Model selection: scorers of free runs, and splits of time series, for scikit-learn's searches."""

from ._refit import rank_average_refit
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
from ._split import BlockedKFold, as_blocks

__all__ = [
    "WORST",
    "BlockedKFold",
    "DSRScorer",
    "as_blocks",
    "get_scorer",
    "neg_lyapunov_difference_scorer",
    "neg_n_step_error_scorer",
    "neg_power_spectrum_hellinger_scorer",
    "neg_state_space_divergence_scorer",
    "rank_average_refit",
    "skill_scorer",
    "valid_prediction_time_scorer",
]
