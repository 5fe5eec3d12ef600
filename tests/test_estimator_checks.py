"""scikit-learn's own estimator checks; the only expected failures ask for a row per row of X."""

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from sklearn_dsr import HierarchicalReconstructor
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


QUICK = {"hidden_dim": 5, "stages": "start"}
HIERARCHICAL = [
    HierarchicalReconstructor(**QUICK),
    HierarchicalReconstructor(2, **QUICK, standardize="common", random_state=0),
]
# `transform` has a row per trajectory, and a table of the checks is one trajectory.
A_ROW_PER_TRAJECTORY = {
    "check_transformer_data_not_an_array": "it compares the number of rows of X and transform(X)",
    "check_transformer_general": "it compares the number of rows of X and transform(X)",
    "check_methods_subset_invariance": "it transforms rows of X one by one: no steps",
    "check_methods_sample_order_invariance": "it shuffles rows of X, and then those of transform",
}


@pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
@parametrize_with_checks(
    HIERARCHICAL, expected_failed_checks=lambda _: A_ROW_PER_TRAJECTORY, xfail_strict=True
)
def test_hierarchical_reconstructors_fail_the_checks_of_row_counts_only(estimator, check):
    check(estimator)


def test_checks_that_are_expected_to_fail_exist():
    checks = (check for _, check in estimator_checks_generator(HIERARCHICAL[0]))
    names = {getattr(check, "func", check).__name__ for check in checks}
    assert names >= set(A_ROW_PER_TRAJECTORY)
