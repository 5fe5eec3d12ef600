"""scikit-learn's own estimator checks, with no expected failure."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_dsr.reconstruction import (
    AlmostLinearRNNReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)

# The checks ask for the interface, not for a good model.
SHORT = {"max_iter": 2, "batches_per_epoch": 5, "n_init": 1, "n_smoothings": 0}
# The identity observation needs as many units as columns, of which the checks have up to 10.
HIDDEN = {"latent_dim": 12}


@pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
@parametrize_with_checks(
    [
        ShallowPLRNNReconstructor(**SHORT),
        ShallowPLRNNReconstructor(**SHORT, **HIDDEN, missing="mask", noise_level=0.1),
        ShallowPLRNNReconstructor(
            **SHORT, observation="affine", gtf_alpha=0.3, clipped=False, standardize="common"
        ),
        PLRNNReconstructor(**SHORT),
        PLRNNReconstructor(**SHORT, **HIDDEN, n_bases=5, clipped=True, mean_centered=True),
        PLRNNReconstructor(
            **SHORT, observation="affine", forcing="sparse", missing="mask", l1_penalty=0.1
        ),
        AlmostLinearRNNReconstructor(n_nonlinear=1, **SHORT),
        AlmostLinearRNNReconstructor(**SHORT, **HIDDEN, forcing="sparse", forcing_interval="auto"),
        AlmostLinearRNNReconstructor(
            **SHORT, **HIDDEN, observation="affine", forcing="gtf", missing="mask"
        ),
    ]
)
def test_reconstructors_pass_the_checks_of_scikit_learn(estimator, check):
    check(estimator)
