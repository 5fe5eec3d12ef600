"""scikit-learn's own estimator checks; two of them no map with a memory can pass."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_dsr.preprocessing import DelayEmbedding, SVDDelayEmbedding

EXPECTED_FAILURES = {
    "check_methods_sample_order_invariance": "shuffled rows have another past",
    "check_methods_subset_invariance": "single rows have no past",
}


def has_memory(estimator):
    # The data of the checks are independent draws, of which the automatic choice keeps one row.
    return EXPECTED_FAILURES if estimator.n_delays == 3 else {}


@parametrize_with_checks(
    [
        DelayEmbedding(n_delays=3, lag=1),
        SVDDelayEmbedding(n_delays=3),
        DelayEmbedding(),
        DelayEmbedding(lags="pecuzal"),
        SVDDelayEmbedding(),
    ],
    expected_failed_checks=has_memory,
    xfail_strict=True,
)
def test_embeddings_pass_the_checks_of_scikit_learn(estimator, check):
    check(estimator)
