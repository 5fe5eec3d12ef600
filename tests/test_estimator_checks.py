"""scikit-learn's own estimator checks, with no expected failure."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_dsr.forcing import GTF, AdaptiveGTF, SparseForcing
from sklearn_dsr.reconstruction import (
    AlmostLinearRNNReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)

# The checks ask for the interface, not for a good model.
SHORT = {"max_iter": 1, "n_init": 1, "stages": "train"}
# The identity observation needs as many units as columns, of which the checks have up to 10.
HIDDEN = {"latent_dim": 12}


@pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
@parametrize_with_checks(
    [
        ShallowPLRNNReconstructor(**SHORT),
        ShallowPLRNNReconstructor(**SHORT, **HIDDEN, missing="mask", start="random"),
        ShallowPLRNNReconstructor(
            **SHORT, observation="affine", forcing=GTF(0.3), clipped=False, standardize="common"
        ),
        PLRNNReconstructor(**SHORT),
        PLRNNReconstructor(**SHORT, **HIDDEN, n_bases=5, clipped=True, mean_centered=True),
        PLRNNReconstructor(**SHORT, observation="affine", forcing=SparseForcing(), missing="mask"),
        AlmostLinearRNNReconstructor(n_nonlinear=1, **SHORT),
        AlmostLinearRNNReconstructor(**SHORT, **HIDDEN, forcing=SparseForcing()),
        AlmostLinearRNNReconstructor(
            **SHORT,
            **HIDDEN,
            observation="affine",
            forcing=AdaptiveGTF(noise_level=0.1),
            missing="mask",
        ),
    ]
)
def test_reconstructors_pass_the_checks_of_scikit_learn(estimator, check):
    check(estimator)
