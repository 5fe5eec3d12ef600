"""The compiled ridge regression is scikit-learn's, with the same bits for any number of threads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits

from sklearn_dsr._training._ridge import ridge


@given(
    n=st.integers(1, 60),
    sizes=st.tuples(st.integers(1, 20), st.integers(1, 4)),
    penalty=st.floats(1e-3, 1e3),
    seed=st.integers(0, 999),
)
def test_weights_are_those_of_scikit_learn(n, sizes, penalty, seed):
    rng = np.random.default_rng(seed)
    features = np.maximum(rng.standard_normal((n, sizes[0])), 0.0)
    targets = rng.standard_normal((n, sizes[1]))
    weights, intercept = ridge(features, targets, penalty)
    expected = Ridge(alpha=penalty).fit(features, targets)
    np.testing.assert_allclose(weights, expected.coef_.reshape(weights.shape), atol=1e-9)
    np.testing.assert_allclose(intercept, expected.intercept_, atol=1e-9)


@pytest.mark.parametrize("n_features", [100, 600])
def test_threads_do_not_change_a_bit(n_features):
    rng = np.random.default_rng(0)
    features, targets = rng.standard_normal((2000, n_features)), rng.standard_normal((2000, 16))
    usual = ridge(features, targets, 1.0)
    with threadpool_limits(limits=1):
        alone = ridge(features, targets, 1.0)
    for a, b in zip(usual, alone, strict=True):
        np.testing.assert_array_equal(a, b)
