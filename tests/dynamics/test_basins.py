"""Basins of maps whose boundaries are known, and of others against long runs in plain NumPy."""

import numpy as np
import pandas as pd
import pytest
from known_maps import bounded_map, linear, lozi, map_step, rotation, skew_tent, turn
from planted import fitted, planted, with_map
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._maps._canonical import CanonicalMap
from sklearn_dsr.dynamics import basins, cycles, fixed_points
from sklearn_dsr.dynamics._trap import Trap
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.preprocessing import DelayEmbedding

NARROW = np.linspace(-2.9, 2.9, 40)  # without 0


def bistable(angle=0.0, inner=2.0, outer=0.5, C=None):
    """x' = 2 x near 0 and a slope of 0.5 beyond 1, y' = 0.3 y, turned by an angle.

    Stable fixed points at x = -3 and 3, and a saddle at 0 whose stable manifold is the line x = 0.
    """
    T, n = turn(angle), inner - outer
    A = T @ np.diag([inner, 0.3]) @ T.T
    W2 = np.array([[1.0, 0.0], [-1.0, 0.0]]) @ T.T
    W1 = T @ np.array([[-n, n], [0.0, 0.0]])
    return CanonicalMap(A, W1, W2, np.zeros(2), -np.ones(2), C)


def twins():
    """x' = 1.9 x up to 0.5 and 1.9 (1 - x) beyond, and odd: a chaotic attractor on each side."""
    return CanonicalMap(
        np.array([[1.9]]),
        np.array([[-3.8, 3.8]]),
        np.array([[1.0], [-1.0]]),
        np.zeros(1),
        np.array([-0.5, -0.5]),
    )


@pytest.mark.parametrize("angle", [0.0, 0.7, 2.5])
def test_a_boundary_that_is_a_line_is_found_at_each_start_of_a_grid(angle):
    found = basins(bistable(angle), (NARROW, NARROW + 0.01))
    across = np.cos(angle) * NARROW[:, None] + np.sin(angle) * (NARROW + 0.01)
    right = [
        np.cos(angle) * a.points[0, 0] + np.sin(angle) * a.points[0, 1] > 0
        for a in (found.attractors)
    ]
    assert sorted(right) == [False, True]
    np.testing.assert_array_equal(np.array(right)[found.labels], across > 0)
    for a, side in zip(found.attractors, right, strict=True):
        wanted = (3 if side else -3) * turn(angle)[:, 0]
        np.testing.assert_allclose(a.points, [wanted], atol=1e-9)
        assert (a.kind, a.order) == ("fixed point", 1)
    assert found.shares.sum() == pytest.approx(1.0) and found.diverged == 0.0


def test_runs_of_a_tent_map_stay_in_its_interval_or_diverge():
    one = np.ones((1, 1))
    low = CanonicalMap(1.9 * one, -3.8 * one, one, np.zeros(1), np.array([-0.5]))
    x = np.linspace(-0.493, 1.511, 101)
    found = basins(low, (x,))
    np.testing.assert_array_equal(found.labels, np.where((x > 0) & (x < 1), 0, -1))
    (attractor,) = found.attractors
    assert attractor.kind == "aperiodic" and attractor.order is None
    assert attractor.points.min() >= 1.9 * 0.05 - 1e-9 and attractor.points.max() <= 0.95 + 1e-9
    assert attractor.share + found.diverged == pytest.approx(1.0)
    assert "diverged" in str(found) and "aperiodic" in str(found)


def test_two_chaotic_attractors_are_told_apart():
    x = np.linspace(-0.97, 0.98, 60)
    found = basins(twins(), x[:, None])
    assert [a.kind for a in found.attractors] == ["aperiodic"] * 2
    np.testing.assert_array_equal(found.labels, (x > 0).astype(int))


def test_a_chaotic_attractor_and_a_fixed_point_are_told_apart():
    # x > 0 as in `twins`; x < 0 goes to the stable fixed point -1.
    f = twins()
    W1 = f.W1 * [1.0, 0.0] + [[0.0, 1.4]]
    x = np.linspace(-2, 0.98, 61)
    found = basins(CanonicalMap(f.A, W1, f.W2, f.h1, f.h2), (x,))
    assert [a.kind for a in found.attractors] == ["fixed point", "aperiodic"]
    np.testing.assert_allclose(found.attractors[0].points, -1.4, atol=1e-9)  # 1.9 x + 1.4 (-x - .5)
    np.testing.assert_array_equal(found.labels, (x > 0).astype(int))


def test_a_stable_cycle_has_one_basin():
    f = skew_tent(0.5)  # 2 x, 2 - 2 x: made flatter on the right, with a stable cycle
    f = CanonicalMap(f.A, np.array([[-2.45]]), f.W2, f.h1, f.h2)
    wanted = [c for c in cycles(f, 6) if c.stable]
    found = basins(f, np.linspace(0.01, 0.99, 50)[:, None])
    assert [a.order for a in found.attractors] == [c.order for c in wanted]
    for a, c in zip(found.attractors, wanted, strict=True):
        np.testing.assert_allclose(a.points, c.points, atol=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_starts_have_the_same_label_if_long_runs_end_together(seed):
    f = bounded_map(seed, 2, 3)
    starts = np.random.default_rng(seed).uniform(-3, 3, (60, 2))
    found = basins(f, starts)
    assert found.diverged == found.unsettled == 0.0
    tails, z = [], starts
    for step in range(20_000):
        z = np.stack([map_step(f, one) for one in z]) if step < 40 else f.step(z)
        if step >= 19_000:
            tails.append(z)
    tails = np.stack(tails, axis=1)  # (n, 1000, 2)
    for label, a in enumerate(found.attractors):
        if a.kind != "aperiodic":
            own = tails[found.labels == label][:, -1]
            away = np.linalg.norm(own[:, None] - a.states, axis=2).min(axis=1)
            assert away.max() < 1e-6
            other = tails[found.labels != label][:, -1]
            away = np.linalg.norm(other[:, None] - a.states, axis=2).min(axis=1, initial=1e9)
            assert np.all(away > 1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_runs_that_enter_a_trap_go_to_its_cycle(seed):
    f = bounded_map(seed, 2, 4)
    rng, n = np.random.default_rng(seed), 0
    for cycle in cycles(f, 4, n_boxes=0):
        trap = Trap.of(f, cycle.states)
        assert (trap is not None) == cycle.stable
        if trap is None:
            continue
        for point, P, size in zip(trap.points, trap.shapes, trap.sizes, strict=True):
            direction = rng.normal(size=(50, 2))
            norm = np.sqrt(np.einsum("nm,mk,nk->n", direction, P, direction))[:, None]
            Z = point + direction / norm * np.sqrt(size) * rng.uniform(0.9, 0.999, (50, 1))
            assert trap.holds(Z).all()
            ends = f.simulate(Z, 5000 * cycle.order)[:, -1]
            np.testing.assert_allclose(ends, np.broadcast_to(point, ends.shape), atol=1e-7)
            n += 1


def test_a_fixed_point_at_a_kink_is_one_attractor():
    f = CanonicalMap(np.array([[-0.5]]), np.ones((1, 1)), np.ones((1, 1)), np.zeros(1), np.zeros(1))
    found = basins(f, np.linspace(-1, 1, 21)[:, None])  # 0.5 abs(x)
    (attractor,) = found.attractors
    assert attractor.kind == "fixed point" and attractor.share == 1.0
    assert abs(attractor.points[0, 0]) < 1e-9


def test_labels_do_not_depend_on_threads_or_on_the_other_starts():
    grid = np.random.default_rng(0).uniform(-2, 2, (1500, 2))
    one, two, four = (basins(lozi(), grid, n_jobs=n, n_steps=300) for n in (None, 2, 4))
    for other in (two, four):
        np.testing.assert_array_equal(one.labels, other.labels)
        for a, b in zip(one.attractors, other.attractors, strict=True):
            np.testing.assert_array_equal(a.points, b.points)
    few = basins(lozi(), grid[:100], n_steps=300)
    np.testing.assert_array_equal(few.labels, one.labels[:100])


def test_an_entry_that_is_a_number_holds_its_column():
    found = basins(bistable(), (NARROW, 0.5))
    assert found.labels.shape == NARROW.shape and found.axes[1] == 0.5
    np.testing.assert_array_equal(found.starts[:, 1], 0.5)
    assert basins(bistable(), (1.0, 0.5)).labels.shape == ()


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(0).normal(size=(300, 2)) * [2.0, 0.5] + [1.0, -1.0]


def test_starts_are_in_the_units_of_X_behind_transformers(X):
    wanted = basins(bistable(), (NARROW, NARROW))
    alone = basins(planted(bistable(), X), (NARROW, NARROW))
    np.testing.assert_array_equal(alone.labels, wanted.labels)
    settings = {"clipped": False, "max_iter": 1, "n_init": 1, "stages": "train", "start": "random"}
    frame = pd.DataFrame(X, columns=["x", "v"])
    scaled = make_pipeline(StandardScaler(), ShallowPLRNNReconstructor(2, **settings))
    scaled = fitted(scaled, frame)
    f, scaler = bistable(), scaled[0]
    inside = CanonicalMap(
        f.A,
        f.W1 / scaler.scale_[:, None],
        f.W2 * scaler.scale_,
        (f.A @ scaler.mean_ - scaler.mean_) / scaler.scale_,
        f.h2 + f.W2 @ scaler.mean_,
    )
    with_map(scaled[-1], inside)
    found = basins(scaled, (NARROW, NARROW))
    np.testing.assert_array_equal(found.labels, wanted.labels)
    np.testing.assert_allclose(
        [a.points[0] for a in found.attractors], [[-3, 0], [3, 0]], atol=1e-9
    )
    rows = pd.DataFrame(found.starts, columns=["x", "v"])
    np.testing.assert_array_equal(basins(scaled, rows).labels, wanted.labels.ravel())


def test_constant_inputs_move_the_boundary(X):
    f = bistable(C=np.array([[1.0], [0.0]]))
    u = np.where(np.arange(300) % 2, 1.0, -1.0)[:, None]
    model = planted(f, np.hstack([X, u]))
    found = basins(model, (NARROW, 0.0), inputs=[0.5])
    np.testing.assert_array_equal(found.labels, (NARROW > -0.5).astype(int))  # 2 x + 0.5 = x
    with pytest.raises(ValueError, match="The model has 1 external inputs, and inputs=None"):
        basins(model, (NARROW, 0.0))


def test_a_map_without_attractors_gets_a_warning():
    starts = np.column_stack([np.linspace(0.1, 3, 80), np.zeros(80)])
    with pytest.warns(ReconstructionWarning, match="more than 64 places, .* label -2") as record:
        found = basins(rotation(1.0), starts, n_steps=100)
    assert record[0].filename == __file__ and found.unsettled > 0
    assert "open" in str(found)


def test_bad_input_is_told_with_what_to_try(X):
    f = bistable()
    for grid, text in [
        ((NARROW,), "a tuple for 1 columns, and the model has 2. Give one entry per column"),
        ((NARROW, [[1.0]]), r"Entry 1 of the tuple grid has shape \(1, 1\)"),
        ((NARROW, []), r"Entry 1 of the tuple grid has shape \(0,\)"),
        ((NARROW, np.nan), "values that are not finite"),
        (np.zeros((3, 1)), "grid has 1 columns, .* the model 2 columns. Give complete rows"),
        (np.full((3, 2), np.nan), "or NaN among them"),
    ]:
        with pytest.raises(ValueError, match=text):
            basins(f, grid)
    with pytest.raises(ValueError, match="n_steps must be an integer, at least 1; got 0"):
        basins(f, (NARROW, 0.0), n_steps=0)
    with pytest.raises(ValueError, match=r"max_order must be an integer, in \[1, 1000\]"):
        basins(f, (NARROW, 0.0), max_order=0)
    with pytest.raises(TypeError, match="n_steps must be an integer"):
        basins(f, (NARROW, 0.0), n_steps=1.5)
    model = planted(f, pd.DataFrame(X, columns=["x", "v"]))
    with pytest.raises(ValueError, match="columns v, x, and the model was fitted on x, v"):
        basins(model, pd.DataFrame(X, columns=["v", "x"]))
    settings = {"max_iter": 1, "n_init": 1, "stages": "train", "start": "random"}
    embedded = make_pipeline(DelayEmbedding(2, lag=1), ShallowPLRNNReconstructor(3, **settings))
    with pytest.raises(ValueError, match="depends on several rows of X, .* reconstructor alone"):
        basins(fitted(embedded, X), X[:3])


def test_a_single_linear_map_has_one_basin_or_diverges():
    found = basins(linear([[0.5, 0.1], [0.0, 0.2]], [1.0, 1.0]), (NARROW, NARROW))
    assert found.shares.tolist() == [1.0]
    np.testing.assert_allclose(
        found.attractors[0].points,
        fixed_points(linear([[0.5, 0.1], [0.0, 0.2]], [1.0, 1.0])).points,
        atol=1e-9,
    )
    gone = basins(linear([[1.5, 0.0], [0.0, 0.2]]), (NARROW, NARROW))
    assert gone.diverged == 1.0 and gone.attractors == () and len(gone.shares) == 0
