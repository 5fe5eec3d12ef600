"""Growth of products of Jacobians along data against plain products in NumPy."""

import numpy as np
import pytest
from known_maps import linear, lozi, map_jacobian, random_map
from planted import lozi_data, planted

from sklearn_dsr.dynamics import jacobian_growth


def test_a_linear_map_has_its_singular_values():
    A = np.array([[1.2, 0.5], [-0.3, 0.4]])
    found = jacobian_growth(linear(A), np.zeros((20, 2)), n_steps=4)
    sigma = np.linalg.norm(A, 2)
    np.testing.assert_allclose(found.norms, np.full((5, 4), sigma), atol=1e-12)
    growth = np.log(np.linalg.norm(np.linalg.matrix_power(A, 4), 2)) / 4
    np.testing.assert_allclose(found.growth, np.full(5, growth), atol=1e-12)
    assert found.sigma_max == pytest.approx(sigma)
    assert found.sufficient_alpha == pytest.approx(1 - 1 / sigma)
    assert found.window_alpha == pytest.approx(1 - np.exp(-growth))


def test_products_are_those_of_the_rows_and_do_not_cross_gaps():
    f = random_map("clipped shallow", 0, 3, 10)
    rng = np.random.default_rng(0)
    X = 3 * rng.normal(size=(100, 3))
    X[[30, 77]] = np.nan
    found = jacobian_growth(f, X, n_steps=15)
    starts = [0, 15, 31, 46, 61, 78]  # 22 rows are left behind the last gap
    assert found.norms.shape == (6, 15)
    for k, start in enumerate(starts):
        product = np.eye(3)
        for t in range(15):
            J = map_jacobian(f, X[start + t])
            assert found.norms[k, t] == pytest.approx(np.linalg.norm(J, 2), rel=1e-10)
            product = J @ product
        wanted = np.log(np.linalg.norm(product, 2)) / 15
        assert found.growth[k] == pytest.approx(wanted, rel=1e-8)
    # Forced as strongly as that, no window's product has a norm above 1, and one has 1.
    forced = found.growth + np.log(1 - found.window_alpha)
    assert forced.max() == pytest.approx(0.0, abs=1e-12) or found.window_alpha == 0.0
    assert found.window_alpha <= found.sufficient_alpha


def test_long_products_neither_overflow_nor_vanish():
    for factor in (1e3, 1e-3):
        found = jacobian_growth(linear(factor * np.eye(2)), np.zeros((2000, 2)), n_steps=1000)
        np.testing.assert_allclose(found.growth, np.log(factor))
    assert found.window_alpha == found.sufficient_alpha == 0.0
    assert jacobian_growth(linear(np.zeros((2, 2))), np.zeros((5, 2))).growth == -np.inf


def test_a_fitted_chaotic_model_needs_forcing():
    X, _ = lozi_data()
    model = planted(lozi(), X)
    found = jacobian_growth(model, X)
    J = model.jacobian(X)
    assert found.sigma_max == pytest.approx(np.linalg.norm(J, 2, axis=(1, 2)).max(), rel=1e-10)
    assert 0 < found.window_alpha < found.sufficient_alpha < 1
    short = jacobian_growth(model, X[:7], n_steps=100)
    assert short.norms.shape == (1, 7)


def test_bad_arguments_are_refused():
    f = linear(np.eye(2))
    with pytest.raises(ValueError, match="n_steps must be an integer, at least 1; got 0. The"):
        jacobian_growth(f, np.zeros((5, 2)), n_steps=0)
    with pytest.raises(ValueError, match="X has 3 columns, and the map 2 units. Give states"):
        jacobian_growth(f, np.zeros((5, 3)))
    with pytest.raises(ValueError, match="Each row of X is a gap.*Give at least one"):
        jacobian_growth(f, np.full((5, 2), np.nan))
