"""scikit-learn's own estimator checks, with no expected failure."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_dsr.reconstruction import PLRNNReconstructor, ShallowPLRNNReconstructor

SHORT = {"max_iter": 3, "n_init": 1}  # the checks ask for the interface, not for a good model
AFFINE = {"observation": "affine", "gtf_alpha": 0.3}


@pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
@parametrize_with_checks(
    [
        ShallowPLRNNReconstructor(**SHORT),
        ShallowPLRNNReconstructor(**SHORT, **AFFINE),
        PLRNNReconstructor(**SHORT),
        PLRNNReconstructor(**SHORT, **AFFINE),
    ]
)
def test_estimator_checks(estimator, check):
    check(estimator)
