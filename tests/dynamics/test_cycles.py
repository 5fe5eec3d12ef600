"""Fixed points and cycles of maps against analytic cases and brute force over all patterns."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from known_maps import (
    brute_force,
    linear,
    lozi,
    map_jacobian,
    map_step,
    random_map,
    rotation,
    tent,
)
from models import FAMILY

from sklearn_dsr.dynamics import cycles, fixed_points
from sklearn_dsr.dynamics._cycles import surroundings
from sklearn_dsr.dynamics._model import Model


def all_points(found, order):
    """Points of all cycles whose order divides `order`."""
    M = found[0].states.shape[1] if len(found) else 2
    return np.concatenate([np.empty((0, M)), *(c.states for c in found if order % c.order == 0)])


def assert_same_points(a, b):
    """In any order, up to rounding."""
    assert a.shape == b.shape
    distance = np.linalg.norm(a[:, None] - b[None], axis=2) / (1 + np.linalg.norm(b, axis=1))
    for axis in (0, 1):
        assert np.all(distance.min(axis=axis, initial=1.0) < 1e-8)


@pytest.mark.parametrize(
    ("A", "kind", "n_unstable"),
    [
        ([[0.5, 0.1], [0.0, 0.2]], "stable node", 0),
        ([[0.5, -0.4], [0.4, 0.5]], "stable focus", 0),
        ([[1.5, 0.1], [0.0, 2.0]], "unstable node", 2),
        ([[1.0, -0.9], [0.9, 1.0]], "unstable focus", 2),
        ([[0.5, 0.0], [0.3, -1.5]], "saddle", 1),
        ([[0.5, 0, 0], [0, 1.0, -0.9], [0, 0.9, 1.0]], "saddle-focus", 2),
        ([[1.5, 0, 0], [0, 0.5, -0.4], [0, 0.4, 0.5]], "saddle-focus", 1),
    ],
)
def test_a_linear_map_has_its_fixed_point_of_the_right_type(A, kind, n_unstable):
    A, h = np.array(A), np.arange(1.0, len(A) + 1)
    found = fixed_points(linear(A, h))
    assert len(found) == 1 and found.complete
    (point,) = found
    np.testing.assert_allclose(point.points[0], np.linalg.solve(np.eye(len(A)) - A, h), atol=1e-10)
    assert (point.kind, point.n_unstable, point.order) == (kind, n_unstable, 1)
    assert point.stable == kind.startswith("stable")
    wanted = np.linalg.eigvals(A)
    np.testing.assert_allclose(
        np.sort_complex(point.eigenvalues), np.sort_complex(wanted), atol=1e-12
    )
    assert np.all(np.diff(np.abs(point.eigenvalues)) <= 1e-12)


def test_a_rotation_has_its_center_and_cycles_that_fill_the_plane_are_not_listed():
    found = cycles(rotation(2 * np.pi / 5), 5)
    (center,) = found
    np.testing.assert_allclose(center.points, 0.0, atol=1e-10)
    assert (center.kind, center.n_unstable, center.stable) == ("neutral", 0, False)
    np.testing.assert_allclose(np.abs(center.eigenvalues), 1.0, atol=1e-12)
    assert [s.n_degenerate > 0 for s in found.searches] == [False] * 4 + [True]
    assert "not unique, not listed" in str(found)


def test_a_line_of_fixed_points_is_not_listed_but_told():
    found = fixed_points(linear(np.diag([1.0, 0.5])))
    assert len(found) == 0 and found.searches[0].n_degenerate > 0
    assert found.points.shape == (0, 0)


@pytest.mark.parametrize("n_units", [1, 3])  # 2 regions; and 8 patterns, of which most are void
def test_the_tent_map_has_all_its_cycles(n_units):
    # By patterns; and by boxes, as 2^30 patterns are too many.
    found = cycles(tent(n_units), 10)
    assert found.complete
    assert found.searches[-1].proof == ("everywhere" if n_units == 1 else "box")
    numbers = [sum(c.order == k for c in found) for k in range(1, 11)]
    assert numbers == [2, 1, 2, 3, 6, 9, 18, 30, 56, 99]
    for n in range(1, 11):
        j = np.arange(2 ** (n - 1))
        wanted = np.concatenate([2 * j / (2**n - 1), 2 * (j + 1) / (2**n + 1)])
        np.testing.assert_allclose(np.sort(all_points(found, n)[:, 0]), np.sort(wanted), atol=1e-10)
        assert len(wanted) == 2**n
    for c in found:
        np.testing.assert_allclose(np.abs(c.eigenvalues), 2.0**c.order, rtol=1e-12)
        step = 1 - np.abs(2 * c.points - 1)
        np.testing.assert_allclose(step, np.roll(c.points, -1, axis=0), atol=1e-10)
        assert c.points[0] == c.points.min()


@pytest.mark.parametrize("n_boxes", ["auto", 0])
def test_the_lozi_map_has_all_its_cycles(n_boxes):
    found = cycles(lozi(), 10, n_boxes=n_boxes)
    assert found.complete == (n_boxes == "auto")
    for order in (1, 2, 3, 4, 6, 8, 10):
        wanted = brute_force(lozi(), order).reshape(-1, 2)
        wanted = np.unique(np.round(wanted, 9), axis=0)
        assert_same_points(all_points(found, order), wanted)


@pytest.mark.parametrize("kind", FAMILY)
@pytest.mark.parametrize("order", [1, 2])
def test_exhaustive_search_equals_brute_force(kind, order):
    seen = 0
    for seed in range(12):
        f = random_map(kind, seed, 2, 3 if kind == "clipped shallow" else 4)
        found = cycles(f, order, n_starts=1)
        assert found.complete and found.searches[-1].proof == "everywhere"
        wanted = brute_force(f, order)[:, 0]
        seen += len(wanted)
        assert_same_points(all_points(found, order), wanted)
    assert seen > 5


@pytest.mark.parametrize("kind", ["shallow", "clipped shallow"])
@pytest.mark.parametrize(("M", "L", "order"), [(1, 6, 2), (2, 12, 1), (2, 6, 2), (3, 12, 1)])
def test_boxes_find_what_brute_force_finds_in_the_box(kind, M, L, order):
    seen = 0
    for seed in range(16):
        f = random_map(kind, seed, M, L // 2 if kind == "clipped shallow" else L, gain=0.7)
        found = cycles(f, order, n_starts=1, n_boxes=2 ** (L * order) - 1)
        assert found.complete and all(s.proof == "box" for s in found.searches[order - 1 :])
        _, low, high = surroundings(Model.of(f), None)
        wanted = brute_force(f, order)
        inside = np.all((wanted > low) & (wanted < high), axis=(1, 2))
        seen += inside.sum()
        points = all_points(found, order)
        for z in wanted[inside][:, 0]:
            assert np.linalg.norm(points - z, axis=1).min() < 1e-8 * (1 + np.linalg.norm(z))
    assert seen > 3


@pytest.mark.parametrize("kind", ["shallow", "clipped shallow", "vanilla", "almost-linear"])
def test_search_alone_finds_what_brute_force_finds(kind):
    missed = total = 0
    for seed in range(20):
        f = random_map(kind, seed, 3, 5)
        found = fixed_points(f, n_boxes=0)
        wanted = brute_force(f, 1)[:, 0]
        total += len(wanted)
        missed += len(wanted) - len(found)
        assert not found.complete and len(found) <= len(wanted)
    assert total > 10 and missed <= 0.1 * total


laws = st.tuples(st.sampled_from(list(FAMILY)), st.integers(0, 10**6), st.integers(1, 4))


@given(laws)
def test_each_point_comes_back_after_its_order_and_not_before(law):
    kind, seed, order = law
    f = random_map(kind, seed, 3, 6)
    for cycle in cycles(f, order, n_starts=50, n_boxes=0):
        z, size = cycle.states, 1 + np.abs(cycle.states).max()
        assert 1 <= cycle.order <= order and z.shape == (cycle.order, 3)
        J = np.eye(3)
        for j in range(cycle.order):
            error = np.abs(map_step(f, z[j]) - z[(j + 1) % cycle.order]).max()
            assert error < 1e-8 * size
            J = map_jacobian(f, z[j]) @ J
            assert j == 0 or np.abs(z[j] - z[0]).max() > 1e-8 * size
        np.testing.assert_allclose(
            np.sort(np.abs(cycle.eigenvalues)), np.sort(np.abs(np.linalg.eigvals(J))), atol=1e-8
        )
        np.testing.assert_array_equal(cycle.points, z)


@given(laws)
def test_order_of_hidden_units_does_not_matter(law):
    kind, seed, _ = law
    f = random_map(kind, seed, 2, 4)
    p = np.random.default_rng(seed).permutation(len(f.h2))
    g = replace(f, W1=f.W1[:, p], W2=f.W2[p], h2=f.h2[p])
    a, b = (cycles(h, 2, n_starts=1) for h in (f, g))
    assert a.complete and b.complete
    assert_same_points(all_points(a, 2), all_points(b, 2))


@given(laws)
def test_other_coordinates_give_the_same_cycles(law):
    kind, seed, _ = law
    f = random_map(kind, seed, 2, 4)
    S = np.eye(2) + 0.3 * np.random.default_rng(seed).normal(size=(2, 2))
    inverse = np.linalg.inv(S)  # z = S y + 1
    ones = np.ones(2)
    g = replace(
        f,
        A=inverse @ f.A @ S,
        W1=inverse @ f.W1,
        W2=f.W2 @ S,
        h1=inverse @ (f.A @ ones + f.h1 - ones),
        h2=f.h2 + f.W2 @ ones,
    )
    a, b = cycles(f, 2, n_starts=1), cycles(g, 2, n_starts=1)
    assert_same_points(all_points(a, 2), all_points(b, 2) @ S.T + 1)


def test_the_same_seed_gives_the_same_bits_and_no_global_state_is_touched():
    f = random_map("clipped shallow", 1, 3, 20)
    before = str(np.random.get_state())  # noqa: NPY002
    first, again = (cycles(f, 4, n_boxes=0, random_state=7) for _ in range(2))
    assert str(np.random.get_state()) == before  # noqa: NPY002
    assert first.searches == again.searches
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.states, b.states)
    other = cycles(f, 4, n_boxes=0, random_state=8)
    assert other.searches != first.searches


def test_orders_may_be_left_out_below():
    found = cycles(tent(), 6, min_order=4)
    assert [c.order for c in found] == [4] * 3 + [5] * 6 + [6] * 9
    assert [s.order for s in found.searches] == [4, 5, 6]


def test_a_search_that_is_not_exhaustive_says_how_much_may_be_missing():
    f = random_map("shallow", 0, 3, 30)
    found = fixed_points(f, n_boxes=3)
    search = found.searches[0]
    assert not found.complete and search.proof == "box" and 0 < search.undecided <= 1
    assert search.n_used >= 3 and "% of the box undecided" in str(search)
    assert sum(c.n_hits for c in found) == search.n_converged <= search.n_starts == 500
    assert 0 < search.chance_of_new <= 1
    assert fixed_points(f, n_boxes=0).searches[0].proof == "none"


def test_a_map_that_diverges_still_has_its_fixed_point():
    f = linear([[3.0, 0.0], [0.0, 0.5]], [1.0, 1.0])
    (point,) = fixed_points(f)
    np.testing.assert_allclose(point.points[0], [-0.5, 2.0])
    assert point.in_range  # within 3 of 0 in each unit, as of a standardised latent state
    assert not fixed_points(f, np.array([[0.0, 0.0], [1.0, 3.0]]))[0].in_range
    assert fixed_points(f, np.array([[-1.0, 0.0], [1.0, 3.0]]))[0].in_range
