"""The core's linear algebra against NumPy, its modules against one another, and bad input."""

import numpy as np
import pytest
from calls import solve_ridge
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits

from sklearn_dsr._core import linalg

SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.integers(0, 40)
few = settings(max_examples=50, deadline=None)


def drawn(seed, *shapes):
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(shape) for shape in shapes]
    return arrays if len(arrays) > 1 else arrays[0]


@few
@given(SEEDS, st.integers(0, 150), SIZES, SIZES)
def test_products(in_all, seed, n, k, m):
    X, Y, Z = drawn(seed, (n, k), (k, m), (n, m))
    found = in_all(lambda core: core.multiply(X, Y))
    np.testing.assert_allclose(found, X @ Y, rtol=1e-12, atol=1e-12)
    found = in_all(lambda core: core.gram(X, Z))
    np.testing.assert_allclose(found, X.T @ Z, rtol=1e-12, atol=1e-12)


def test_a_row_of_a_product_does_not_depend_on_the_others():
    X, Y = drawn(0, (100, 7), (7, 5))
    whole = linalg.product(X, Y)
    np.testing.assert_array_equal(whole[41:44], linalg.product(X[41:44], Y))
    np.testing.assert_array_equal(whole[41], linalg.product(X[41], Y))
    np.testing.assert_array_equal(whole.reshape(4, 25, 5), linalg.product(X.reshape(4, 25, 7), Y))
    np.testing.assert_array_equal(whole, linalg.product(np.asfortranarray(X), Y.T.copy().T))
    assert linalg.product(np.zeros((3, 0)), np.zeros((0, 2))).shape == (3, 2)
    assert linalg.product(np.zeros((3, 0, 2)), np.zeros((2, 4))).shape == (3, 0, 4)


def test_products_of_what_overflows_are_not_finite():
    X = np.array([[1e300, 1.0], [np.nan, 1.0], [1.0, 1.0]])
    finite = np.isfinite(linalg.product(X, np.array([[1e300], [1.0]]))).ravel()
    np.testing.assert_array_equal(finite, [False, False, True])


@few
@given(SEEDS, st.integers(1, 300), st.integers(1, 30), st.integers(1, 9), st.floats(1e-3, 1e3))
def test_ridge_is_that_of_scikit_learn(in_all, seed, n, F, M, penalty):
    X, Y = drawn(seed, (n, F), (n, M))
    X = np.maximum(X, 0.0)
    weights, intercept = in_all(lambda core: solve_ridge(core, X, Y, np.full(F, penalty)))
    expected = Ridge(alpha=penalty).fit(X, Y)
    np.testing.assert_allclose(weights, expected.coef_.reshape(M, F), atol=1e-9)
    np.testing.assert_allclose(intercept, np.atleast_1d(expected.intercept_), atol=1e-9)


def test_threads_do_not_change_a_bit_of_ridge():
    X, Y = drawn(0, (2000, 600), (2000, 16))
    usual = linalg.ridge(X, Y, 1.0)
    with threadpool_limits(limits=1):
        alone = linalg.ridge(X, Y, 1.0)
    for a, b in zip(usual, alone, strict=True):
        np.testing.assert_array_equal(a, b)


@few
@given(SEEDS, SIZES, SIZES, st.floats(1e-3, 1e3))
def test_solutions_of_positive_definite_equations(in_all, seed, n, m, ridge):
    X, B = drawn(seed, (2 * n, n), (n, m))
    G = X.T @ X + ridge * np.eye(n)
    found = in_all(lambda core: core.solve(G, B))
    np.testing.assert_allclose(found, np.linalg.solve(G, B), rtol=1e-9, atol=1e-9)
    spoilt = np.where(np.arange(n)[:, None] > np.arange(n), 7.0, G)
    np.testing.assert_array_equal(linalg.solve(spoilt, B), found)  # the upper triangle is read


def test_singular_equations_have_no_finite_solution():
    for G in (np.zeros((3, 3)), np.ones((3, 3)), -np.eye(3)):
        assert not np.isfinite(linalg.solve(G, np.ones((3, 2)))).all()
    with pytest.raises(ValueError):
        linalg.solve(np.eye(3), np.full((3, 1), np.nan))


@few
@given(SEEDS, SIZES, st.integers(0, 3))
def test_eigenvectors_of_symmetric_matrices(in_all, seed, n, rank_lost):
    X = drawn(seed, (n, n))
    S = X + X.T
    if rank_lost:  # equal eigenvalues, and some of 0
        X[:, : n // rank_lost] = 0.0
        S = X @ X.T
    values, vectors = in_all(lambda core: core.eigh(S))
    size = np.abs(S).max(initial=1.0) * max(n, 1)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(S), rtol=0, atol=1e-14 * size)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(n), atol=1e-13)
    np.testing.assert_allclose(vectors * values @ vectors.T, S, atol=1e-14 * size)


def test_eigenvalues_of_any_size():
    for scale in (1e-150, 1.0, 1e150):
        S = scale * np.array([[2.0, 1.0, 0.0], [1.0, 2.0, 1.0], [0.0, 1.0, 2.0]])
        values = linalg.eigh(S)[0]
        np.testing.assert_allclose(values / scale, [2 - 2**0.5, 2.0, 2 + 2**0.5], rtol=1e-14)
    np.testing.assert_array_equal(linalg.eigh(np.zeros((3, 3)))[0], 0.0)


@few
@given(SEEDS, st.integers(1, 20), st.integers(1, 20), st.floats(0.0, 3.0))
def test_pseudo_inverse_of_well_conditioned_matrices(in_all, seed, N, M, digits):
    U, _, V = np.linalg.svd(drawn(seed, (N, M)), full_matrices=False)
    B = U * np.logspace(0.0, -digits, min(N, M)) @ V
    found = in_all(lambda core: core.pseudo_inverse(np.ascontiguousarray(B)))
    np.testing.assert_allclose(found, np.linalg.pinv(B), rtol=0, atol=1e-10 * 10**digits)


def test_pseudo_inverse_of_a_matrix_without_full_rank():
    X, Y = drawn(0, (9, 3), (3, 12))
    for B in (X @ Y, (X @ Y).T, np.zeros((3, 5)), np.zeros((0, 4))):
        np.testing.assert_allclose(linalg.pseudo_inverse(B), np.linalg.pinv(B), atol=1e-13)


@few
@given(SEEDS, st.integers(0, 20), st.integers(0, 20))
def test_orthonormal_rows(in_all, seed, n, more):
    X = drawn(seed, (n, n + more))
    Q = in_all(lambda core: core.orthonormal(X))
    np.testing.assert_allclose(Q @ Q.T, np.eye(n), atol=1e-14)
    np.testing.assert_allclose(X @ Q.T @ Q, X, atol=1e-12)  # the same span


def test_dependent_rows_have_no_basis():
    with pytest.raises(ValueError, match="depends"):
        linalg.orthonormal(np.array([[1.0, 2.0, 3.0], [0.1, 0.2, 0.3]]))
    with pytest.raises(ValueError, match="depends"):
        linalg.orthonormal(np.ones((3, 2)))


@few
@given(st.lists(st.floats(-1e3, 1e3), max_size=9))
def test_exponentials(in_all, x):
    x = np.array(x)
    with np.errstate(over="ignore"):
        wanted = np.where(x < -708.39, 0.0, np.exp(x))
    found = in_all(lambda core: core.exponential(x))
    np.testing.assert_allclose(found, wanted, rtol=5e-16)


SQUARE = np.eye(3)
GOOD = {
    "multiply": (np.ones((4, 3)), np.ones((3, 2))),
    "gram": (np.ones((4, 3)), np.ones((4, 2))),
    "solve": (SQUARE, np.ones((3, 2))),
    "eigh": (SQUARE,),
    "pseudo_inverse": (np.ones((4, 3)),),
    "orthonormal": (SQUARE,),
    "exponential": (np.ones(3),),
}


@pytest.mark.parametrize("name", GOOD)
def test_wrong_arguments_are_errors(in_all, name):
    def use(core):
        function, good = getattr(core, name), GOOD[name]
        for i, value in enumerate(good):
            bad = [None, "x", [1.0]]
            if isinstance(value, np.ndarray):
                bad += [value.astype(np.float32), value[None], value.astype(int), 1.0]
            if name in ("multiply", "gram", "solve", "eigh"):
                bad.append(np.ones((5, 4)) if name != "gram" else np.ones((3, 3)))
            if name in ("solve", "eigh", "pseudo_inverse", "orthonormal"):
                wrong = np.array(value, dtype=float)
                for entry in (np.nan, np.inf):
                    wrong.flat[-1] = entry
                    bad.append(wrong.copy() if wrong.ndim else float(wrong))
            for wrong in bad:
                with pytest.raises((TypeError, ValueError)):
                    function(*(*good[:i], wrong, *good[i + 1 :]))
        return function(*good)

    in_all(use)


def test_what_is_no_number_is_no_array():
    for wrong in (None, "x", [None], [1j], np.array(["a"]), np.zeros(2, object)):
        with pytest.raises((TypeError, ValueError)):
            linalg.exponential(wrong)
        with pytest.raises((TypeError, ValueError)):
            linalg.product(np.ones((2, 2)), wrong)
        with pytest.raises((TypeError, ValueError)):
            linalg.product(wrong, np.ones((2, 2)))
    assert linalg.exponential(0) == 1.0 and linalg.exponential(np.float32(0.0)).shape == ()


def test_ridge_needs_a_row_and_no_negative_penalty():
    with pytest.raises(ValueError, match="no row"):
        linalg.ridge(np.zeros((0, 3)), np.zeros((0, 2)), 1.0)
    with pytest.raises(ValueError, match="penalty"):
        linalg.ridge(np.ones((4, 3)), np.ones((4, 2)), -1.0)
