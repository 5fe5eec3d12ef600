"""Manifolds of linear maps, of the Lozi map and of saddles whose manifolds are known."""

from dataclasses import replace

import numpy as np
import pytest
from known_maps import bounded_map, linear, lozi, tent
from planted import planted

from sklearn_dsr._maps._canonical import CanonicalMap
from sklearn_dsr.dynamics import basins, cycles, fixed_points, manifolds


def saddles(f, order=1):
    found = cycles(f, order, min_order=order)
    return [c for c in found if c.order == order and "saddle" in c.kind]


def between(curve, n=5):
    """Points (n_points, M) on the segments of a curve."""
    t = np.linspace(0, 1, n)[:, None]
    return np.concatenate([(1 - t) * a + t * b for a, b in curve.states])


def distance(points, curve):
    """Distance of each point from the nearest segment of a curve."""
    a, b = curve.states[:, 0], curve.states[:, 1]
    step = b - a
    out = []
    for z in points:
        t = np.clip(np.sum((z - a) * step, axis=1) / np.sum(step**2, axis=1), 0, 1)
        out.append(np.linalg.norm(a + t[:, None] * step - z, axis=1).min())
    return np.array(out)


@pytest.mark.parametrize("flip", [1.0, -1.0])
@pytest.mark.parametrize("angle", [0.0, 0.4, 2.0])
def test_manifolds_of_a_linear_saddle_are_lines_along_its_eigenvectors(angle, flip):
    c, s = np.cos(angle), np.sin(angle)
    V = np.array([[1.0, s], [0.0, 1.0]]) @ np.array([[c, -s], [s, c]])
    A, h = V @ np.diag([flip * 1.6, flip * 0.4]) @ np.linalg.inv(V), np.array([0.2, -0.1])
    f = linear(A, h)
    (saddle,) = fixed_points(f)
    found = manifolds(f, saddle)
    assert found.invertible and found.n_folds == 0
    for curve, v in ((found.unstable, V[:, 0]), (found.stable, V[:, 1])):
        away = between(curve) - saddle.states[0]
        np.testing.assert_allclose(away[:, 0] * v[1] - away[:, 1] * v[0], 0.0, atol=1e-12)
        along = away @ v
        assert along.min() < -1 and along.max() > 1


def test_the_first_segments_of_the_lozi_map_are_known():
    f = lozi(1.7, 0.5)
    (saddle,) = [c for c in saddles(f) if c.points[0, 0] > 0]
    found = manifolds(f, saddle, n_steps=2)
    x, (u, s) = saddle.points[0, 0], np.sort(saddle.eigenvalues.real)
    # In x > 0 the map is (x', y') = (1 - 1.7 x + y, 0.5 x), with eigenvectors (e, 0.5).
    for curve, e in ((found.unstable, u), (found.stable, s)):
        first = curve.states[curve.steps == 0]
        direction = np.array([e, 0.5])
        for z in first.reshape(-1, 2) - saddle.states[0]:
            assert abs(z[0] * direction[1] - z[1] * direction[0]) < 1e-12
        # The line ends at x = 0. The unstable factor is negative, so the other side is as long.
        lengths = np.abs(first[:, 1, 0] - first[:, 0, 0])
        assert lengths.min() == pytest.approx(x)
        assert e > 0 or lengths.max() == pytest.approx(x)
    # The corner of the attractor is the image of the point where the unstable line meets x = 0.
    corner = f.step(np.array([[0.0, saddle.states[0, 1] - x * 0.5 / u]]))[0]
    assert np.abs(found.unstable.states - corner).sum(axis=2).min() < 1e-12


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_the_unstable_manifold_goes_into_itself_and_comes_from_the_saddle(order):
    f = lozi()
    for saddle in saddles(f, order)[:2]:
        found = manifolds(f, saddle, max_segments=400)
        whole = manifolds(f, saddle, max_segments=2000)
        last = found.unstable.steps.max()
        early = replace(
            found.unstable, states=found.unstable.states[found.unstable.steps < last - 1]
        )
        after = f.step(between(early)[::7])
        low, high = whole.unstable.states.min(axis=(0, 1)), whole.unstable.states.max(axis=(0, 1))
        after = after[np.all((after > low) & (after < high), axis=1)]
        assert len(after) > 20 and distance(after, whole.unstable).max() < 1e-9


@pytest.mark.parametrize("order", [1, 2, 4])
def test_runs_from_the_stable_manifold_come_to_the_saddle(order):
    f = lozi()
    for saddle in saddles(f, order)[:2]:
        found = manifolds(f, saddle, max_segments=300)
        assert found.invertible and found.n_folds == 0
        turns = np.repeat(found.stable.steps, 5)
        Z = between(found.stable)
        nearest = np.full(len(Z), np.inf)
        for _ in range(order * (turns.max() + 12)):
            Z = f.step(Z)
            away = np.linalg.norm(Z[:, None] - saddle.states, axis=2).min(axis=1)
            nearest = np.minimum(nearest, away)
        # It gets as near as rounding lets it, which grows along the unstable direction.
        assert nearest.max() < 1e-5
        assert np.median(nearest) < 1e-8


def test_the_stable_manifold_is_the_boundary_of_two_basins():
    # x' = 2 x near 0, and 0.5 beyond 1; y' = 0.3 y + relu(y) - 0.4 x: the line x = 0.
    W1 = np.array([[-1.5, 1.5, 0.0], [0.0, 0.0, 0.2]])
    W2 = np.array([[1.0, 0.0], [-1.0, 0.0], [0.3, 1.0]])
    f = CanonicalMap(
        np.array([[2.0, 0.0], [-0.4, 0.3]]), W1, W2, np.zeros(2), np.array([-1.0, -1.0, 0.5])
    )
    f = replace(f, h1=-W1 @ np.array([0.0, 0.0, 0.5]))
    (saddle,) = saddles(f)
    stable = manifolds(f, saddle).stable
    np.testing.assert_allclose(stable.states[..., 0], 0.0, atol=1e-12)
    assert stable.states[..., 1].min() < -2 and stable.states[..., 1].max() > 2
    assert len(stable) > 4  # it crosses kinks of y
    y = np.linspace(-2, 2, 41)
    labels = basins(f, (np.array([-1e-6, 1e-6]), y)).labels
    np.testing.assert_array_equal(labels, [[0] * 41, [1] * 41])


@pytest.mark.parametrize("seed", range(12))
def test_random_saddles_of_maps_in_two_dimensions(seed):
    f = bounded_map(seed, 2, 3)
    for saddle in saddles(f, 1) + saddles(f, 2):
        found = manifolds(f, saddle, n_steps=6, max_segments=300)
        for z in found.stable.states[:, 1]:
            run = np.concatenate([z[None], f.simulate(z[None], 60 * saddle.order)[0]])
            away = np.linalg.norm(run[:, None] - saddle.states, axis=2)
            assert away.min() < 1e-4
        early = replace(found.unstable, states=found.unstable.states[found.unstable.steps < 2])
        Z = f.step(between(early))
        box = found.unstable.states.reshape(-1, 2)
        Z = Z[np.all((Z > box.min(axis=0)) & (Z < box.max(axis=0)), axis=1)]
        if len(found.unstable) < 300 and len(Z):
            assert distance(Z[:50], found.unstable).max() < 1e-8


def test_a_saddle_in_three_dimensions_has_one_curve():
    f = linear(np.diag([1.5, 0.5, -0.4]))
    (saddle,) = fixed_points(f)
    found = manifolds(f, saddle)
    assert found.stable is None
    np.testing.assert_allclose(found.unstable.states[..., 1:], 0.0, atol=1e-12)
    back = manifolds(
        linear(np.diag([1.5, 1.3, 0.5])), fixed_points(linear(np.diag([1.5, 1.3, 0.5])))[0]
    )
    assert back.unstable is None
    np.testing.assert_allclose(back.stable.states[..., :2], 0.0, atol=1e-12)


def folded():
    """Tent map in x and 0.5 y: not invertible, with a saddle at x = 2 / 3 and one at 0."""
    t = tent()
    return CanonicalMap(
        np.diag([2.0, 0.5]), np.array([[-4.0], [0.0]]), np.array([[1.0, 0.0]]), np.zeros(2), t.h2
    )


def test_a_map_that_folds_is_said_to_be_not_invertible():
    f = folded()
    for saddle in saddles(f):
        found = manifolds(f, saddle, max_segments=500)
        assert not found.invertible
        np.testing.assert_allclose(found.stable.states[..., 0], saddle.states[0, 0], atol=1e-9)
        assert np.abs(found.unstable.states[..., 1]).max() < 1e-12


def test_curves_of_a_model_are_in_the_units_of_X():
    X = np.random.default_rng(0).normal(size=(200, 2)) * [0.5, 0.3] + [0.1, 0.2]
    model = planted(lozi(), X)
    saddle = next(c for c in fixed_points(model) if c.points[0, 0] > 0)
    found = manifolds(model, saddle, n_steps=2)
    bare = next(c for c in saddles(lozi()) if c.points[0, 0] > 0)
    wanted = manifolds(lozi(), bare, n_steps=2)
    points = replace(found.unstable, states=found.unstable.segments)
    inside = points.states[found.unstable.steps == 0][:, 1]
    assert distance(inside, wanted.unstable).max() < 1e-9
    assert found.unstable.lines.shape == (3 * len(found.unstable), 2)
    again = manifolds(model, saddle, n_steps=2)
    np.testing.assert_array_equal(found.stable.segments, again.stable.segments)


def test_bad_input_is_told_with_what_to_try():
    f = lozi()
    saddle = saddles(f)[0]
    stable = fixed_points(linear(np.diag([0.5, 0.4])))[0]
    with pytest.raises(TypeError, match="cycle must be a Cycle; got Cycles. Give an entry of"):
        manifolds(f, fixed_points(f))
    with pytest.raises(ValueError, match="is a stable node, and only saddles have both"):
        manifolds(linear(np.diag([0.5, 0.4])), stable)
    with pytest.raises(ValueError, match="misses the next point of the cycle by .* Give one that"):
        manifolds(lozi(1.5), saddle)
    with pytest.raises(ValueError, match="has 2 latent units, and the model 3"):
        manifolds(linear(np.eye(3) * 0.5), saddle)
    four = linear(np.diag([1.5, 1.3, 0.5, 0.4]))
    with pytest.raises(ValueError, match="neither manifold is a curve. Give a saddle with one"):
        manifolds(four, fixed_points(four)[0])
    with pytest.raises(ValueError, match="n_steps must be an integer, at least 0; got -1"):
        manifolds(f, saddle, n_steps=-1)
    with pytest.raises(ValueError, match="max_segments must be an integer, at least 2; got 1"):
        manifolds(f, saddle, max_segments=1)
