"""The core's map against plain NumPy, its modules against one another, and bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklearn_dsr._core import maps

SEEDS = st.integers(0, 2**32 - 1)
# Sizes on both sides of what registers and packs hold.
SIZES = st.tuples(st.integers(1, 10), st.integers(0, 40), st.integers(0, 2))
few = settings(max_examples=40, deadline=None)


def random_arrays(seed, sizes):
    """Random generator, and A, W1, W2, h1, h2, C of a map that contracts."""
    rng = np.random.default_rng(seed)
    M, L, K = sizes
    A = 0.5 * rng.standard_normal((M, M)) / np.sqrt(M)
    W1 = 0.3 * rng.standard_normal((M, L)) / np.sqrt(max(L, 1))
    W2, C = rng.standard_normal((L, M)) / np.sqrt(M), rng.standard_normal((M, K))
    return rng, (A, W1, W2, rng.standard_normal(M), rng.standard_normal(L), C)


def next_state(arrays, z, s):
    A, W1, W2, h1, h2, C = arrays
    return A @ z + W1 @ np.maximum(W2 @ z + h2, 0.0) + h1 + C @ s


def jacobian_at(arrays, z, gates=None):
    A, W1, W2, _, h2, _ = arrays
    gates = (W2 @ z + h2 > 0) if gates is None else gates
    return A + W1 @ (gates[:, None] * W2)


@few
@given(SEEDS, SIZES, st.integers(1, 9))
def test_free_runs(in_all, seed, sizes, n):
    rng, arrays = random_arrays(seed, sizes)
    z0, inputs = rng.standard_normal((n, sizes[0])), rng.standard_normal((n, 6, sizes[2]))
    states = in_all(lambda core, m: core.simulate(m, z0, inputs, 6), arrays)
    for z, s, run in zip(z0, inputs, states, strict=True):
        for t in range(6):
            z = next_state(arrays, z, s[t])
            np.testing.assert_allclose(run[t], z, rtol=1e-12, atol=1e-12)


@few
@given(SEEDS, SIZES)
def test_jacobians(in_all, seed, sizes):
    rng, arrays = random_arrays(seed, sizes)
    Z = rng.standard_normal((3, sizes[0]))
    found = in_all(lambda core, m: core.jacobian(m, Z), arrays)
    wanted = [jacobian_at(arrays, z) for z in Z]
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-13)


def random_rows(rng, sizes, N, n=12):
    """B, its inverse, rows of which some values were not seen, where they were, and inputs."""
    B = rng.standard_normal((N, sizes[0]))
    seen = rng.random((n, N)) < 0.7
    rows = np.where(seen, rng.standard_normal((n, N)), np.nan)
    return B, np.linalg.pinv(B), rows, seen, rng.standard_normal((n, sizes[2]))


@few
@given(SEEDS, SIZES, st.integers(1, 9), st.booleans())
def test_following(in_all, seed, sizes, N, affine):
    rng, arrays = random_arrays(seed, sizes)
    M = sizes[0]
    B, inverse, rows, seen, inputs = random_rows(rng, sizes, N if affine else min(N, M))
    if not affine:
        B, inverse = np.eye(len(B), M), None
    z = rng.standard_normal(M)
    found = in_all(lambda core, m: core.follow(m, B, inverse, rows, seen, inputs, z), arrays)
    for t in range(1, len(rows)):
        z = next_state(arrays, z, inputs[t - 1])
        x = np.where(seen[t], rows[t], B @ z)
        z = np.r_[x, z[len(B) :]] if inverse is None else inverse @ x
        np.testing.assert_allclose(found[t], z, rtol=1e-10, atol=1e-10)


def random_covariance(rng, M):
    root = rng.uniform(-1.0, 1.0, (M, M))
    return root @ root.T + 0.1 * np.eye(M)


def plain_filter(arrays, B, rows, seen, inputs, z, noise, Q):
    """Extended Kalman filter, all columns of a row at once: predictions and their gains."""
    P, path = np.mean(noise) * np.eye(len(z)), []
    for t in range(1, len(rows)):
        J = jacobian_at(arrays, z)
        z, P = next_state(arrays, z, inputs[t - 1]), J @ P @ J.T + Q
        H, e = B[seen[t]], (rows[t] - B @ z)[seen[t]]
        S = H @ P @ H.T + np.diag(noise[seen[t]])
        path.append((z, P, J, H, e, S))
        gain = P @ H.T @ np.linalg.inv(S)
        z, P = z + gain @ e, P - gain @ H @ P
    return z, P, path


@few
@given(SEEDS, SIZES, st.integers(1, 9))
def test_filtering(in_all, seed, sizes, N):
    rng, arrays = random_arrays(seed, sizes)
    B, _, rows, seen, inputs = random_rows(rng, sizes, N)
    z0, noise = rng.standard_normal(sizes[0]), rng.uniform(0.5, 2.0, N)
    Q = random_covariance(rng, sizes[0])
    z, P, squares = in_all(
        lambda core, m: core.filter(m, B, rows, seen, inputs, z0, noise, Q), arrays
    )
    wanted_z, wanted_P, path = plain_filter(arrays, B, rows, seen, inputs, z0, noise, Q)
    np.testing.assert_allclose(z, wanted_z, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(P, wanted_P, rtol=1e-8, atol=1e-9)
    np.testing.assert_array_equal(P, P.T)
    later = [np.sum(e**2) for t, (*_, e, _) in enumerate(path, 1) if 4 * t >= len(rows)]
    np.testing.assert_allclose(squares, sum(later), rtol=1e-8)


@few
@given(SEEDS, SIZES, st.integers(1, 9), st.floats(0.1, 10.0), st.integers(1, 14))
def test_smoothing(in_all, seed, sizes, N, ratio, n_block):
    rng, arrays = random_arrays(seed, sizes)
    B, _, rows, seen, inputs = random_rows(rng, sizes, N)
    z0 = rng.standard_normal(sizes[0])
    blocks = (n_block, 100)  # of any size, if all rows behind them count
    found = in_all(lambda core, m: core.smooth(m, B, rows, seen, inputs, z0, ratio, blocks), arrays)
    *_, path = plain_filter(arrays, B, rows, seen, inputs, z0, np.ones(N), np.eye(sizes[0]) / ratio)
    weight, states = np.zeros(sizes[0]), []
    for z, P, J, H, e, S in reversed(path):
        inverse = np.linalg.inv(S)
        weight = weight - H.T @ (inverse @ (e + H @ P @ weight))
        states.append(z - P @ weight)
        weight = J.T @ weight
    states.append(z0 - weight)
    np.testing.assert_allclose(found, states[::-1], rtol=1e-8, atol=1e-9)


@few
@given(SEEDS, SIZES, st.integers(1, 9), st.integers(1, 14))
def test_sums_of_the_noise(in_all, seed, sizes, N, n_block):
    rng, arrays = random_arrays(seed, sizes)
    B, _, rows, seen, inputs = random_rows(rng, sizes, N)
    z0, noise = rng.standard_normal(sizes[0]), rng.uniform(0.5, 2.0, N)
    Q, blocks = random_covariance(rng, sizes[0]), (n_block, 100)
    found = in_all(
        lambda core, m: core.noise_sums(m, B, rows, seen, inputs, z0, noise, Q, blocks), arrays
    )
    *_, path = plain_filter(arrays, B, rows, seen, inputs, z0, noise, Q)
    r, V, eye = np.zeros(sizes[0]), np.zeros((sizes[0],) * 2), np.eye(sizes[0])
    likelihood, squares, curvature = 0.0, np.zeros_like(V), np.zeros_like(V)
    row_squares, row_curvature = np.zeros(N), np.zeros(N)
    for t, (_, P, J, H, e, S) in reversed(list(enumerate(path, 1))):
        inverse = np.linalg.inv(S)
        likelihood -= 0.5 * (e @ inverse @ e + np.linalg.slogdet(2 * np.pi * S)[1])
        u, K = inverse @ (e - H @ P @ r), P @ H.T @ inverse
        row_squares[seen[t]] += u**2
        row_curvature[seen[t]] += np.diag(inverse + K.T @ V @ K)
        r, V = r + H.T @ u, (eye - K @ H).T @ V @ (eye - K @ H) + H.T @ inverse @ H
        squares, curvature = squares + np.outer(r, r), curvature + V
        r, V = J.T @ r, J.T @ V @ J
    wanted = likelihood, squares, curvature, row_squares, row_curvature
    for value, right in zip(found, wanted, strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-7, atol=1e-8)


def test_sums_of_the_noise_are_slopes_of_the_likelihood():
    rng, (A, _, W2, h1, h2, C) = random_arrays(3, (3, 5, 0))
    f = maps.compiled(A, np.zeros((3, 5)), W2, h1, h2, C)  # linear: the filter is exact
    B, _, rows, seen, inputs = random_rows(rng, (3, 5, 0), 2, n=30)
    z0, noise, Q = np.zeros(3), np.array([0.5, 2.0]), random_covariance(rng, 3)

    def sums(noise, Q):
        return maps.noise_sums(f, B, rows, seen, inputs, z0, noise, Q, (30, 30))

    # The variance of the first state is the mean of `noise`: shift one up, the other down.
    _, squares, curvature, row_squares, row_curvature = sums(noise, Q)
    slopes, h = (row_squares - row_curvature) / 2, 1e-5
    shift = h * np.array([1.0, -1.0])
    found = (sums(noise + shift, Q)[0] - sums(noise - shift, Q)[0]) / (2 * h)
    np.testing.assert_allclose(found, slopes[0] - slopes[1], rtol=1e-6, atol=1e-6)
    for i in range(3):
        for j in range(i + 1):
            shift = np.zeros((3, 3))
            shift[i, j] = shift[j, i] = h
            found = (sums(noise, Q + shift)[0] - sums(noise, Q - shift)[0]) / (2 * h)
            slope = np.sum(shift / h * (squares - curvature) / 2)
            np.testing.assert_allclose(found, slope, rtol=1e-6, atol=1e-6)


def test_rows_beyond_the_lag_do_not_count():
    rng, arrays = random_arrays(0, (3, 5, 0))
    B, _, rows, seen, inputs = random_rows(rng, (3, 5, 0), 2, n=20)
    f, z0 = maps.compiled(*arrays), np.zeros(3)
    before = maps.smooth(f, B, rows, seen, inputs, z0, 1.0, (4, 3))
    rows[11:] = 5.0
    after = maps.smooth(f, B, rows, seen, inputs, z0, 1.0, (4, 3))
    np.testing.assert_array_equal(after[:8], before[:8])
    assert not np.allclose(after[8:12], before[8:12])


@few
@given(SEEDS, SIZES, st.booleans(), st.integers(1, 10))
def test_stretching(in_all, seed, sizes, flow, n):
    rng, arrays = random_arrays(seed, sizes)
    M, ends = sizes[0], np.array([1, 4, 9])
    Q = np.linalg.qr(rng.standard_normal((M, M)))[0][:, : min(n, M)]
    z, inputs = rng.standard_normal(M), rng.standard_normal((12, sizes[2]))
    start, basis = z.copy(), np.ascontiguousarray(Q.T)
    sums, _ = in_all(
        lambda core, m: core.stretching(m, start, basis, inputs, flow, 3, ends), arrays
    )
    logs, states = [], [z]
    for t in range(13):
        s = inputs[t] if t < 12 else np.zeros(sizes[2])
        states.append(next_state(arrays, states[-1], s))
    for t in range(12):
        u, v = (arrays[2] @ states[i] + arrays[4] for i in (t, t + 1))
        share = np.maximum(u, 0) + np.maximum(v, 0)
        share = np.divide(share, np.abs(u) + np.abs(v), out=np.zeros_like(u), where=share > 0)
        Q, R = np.linalg.qr(jacobian_at(arrays, states[t], share if flow else None) @ Q)
        logs.append(np.log(np.abs(np.diag(R))))
    wanted = [np.sum(logs[3 + a : 3 + b], axis=0) for a, b in zip([0, 1, 4], ends, strict=True)]
    np.testing.assert_allclose(sums, wanted, rtol=1e-8, atol=1e-6)


@few
@given(SEEDS, st.integers(1, 9))
def test_growth(in_all, seed, M):
    jacobians = np.random.default_rng(seed).standard_normal((20, M, M))
    v, logs = np.full(M, M**-0.5), []
    for J in jacobians:
        v = J @ v
        logs.append(np.log(np.linalg.norm(v)))
        v = v / np.linalg.norm(v)
    found = in_all(lambda core: core.growth(jacobians, 5))
    np.testing.assert_allclose(found, np.mean(logs[5:]), rtol=1e-8, atol=1e-10)
    jacobians[7] = 0.0
    assert in_all(lambda core: core.growth(jacobians, 5)) == -np.inf


def good_arguments():
    """Arguments of each function that it takes."""
    _, arrays = random_arrays(0, (3, 5, 2))
    m = maps.compiled(*arrays)
    rows, seen, inputs = np.zeros((6, 2)), np.ones((6, 2), bool), np.zeros((6, 2))
    along = {"map": m, "B": np.eye(2, 3), "rows": rows, "seen": seen, "inputs": inputs}
    along["start"] = np.zeros(3)
    return {
        maps.compiled: dict(zip(("A", "W1", "W2", "h1", "h2", "C"), arrays, strict=True)),
        maps.simulate: {"map": m, "z0": np.zeros((4, 3)), "inputs": np.zeros((4, 9, 2)),
                        "n_steps": 9},
        maps.jacobian: {"map": m, "Z": np.zeros((4, 3))},
        maps.follow: along | {"inverse": np.zeros((3, 2))},
        maps.filter: along | {"noise": np.ones(2), "Q": np.eye(3)},
        maps.noise_sums: along | {"noise": np.ones(2), "Q": np.eye(3), "blocks": (4, 2)},
        maps.smooth: along | {"ratio": 1.0, "blocks": (4, 2)},
        maps.stretching: {"map": m, "start": np.zeros(3), "basis": np.eye(2, 3),
                          "inputs": np.zeros((9, 2)), "flow": False, "n_transient": 2,
                          "ends": np.array([3, 7])},
        maps.growth: {"jacobians": np.ones((4, 3, 3)), "skip": 1},
    }  # fmt: skip


# Sizes that nothing else fixes: of a batch, of a basis, of inputs, and the number of blocks.
FREE = {("z0", 0), ("Z", 0), ("basis", 0), ("jacobians", 0), ("C", 1), ("ends", 0)}


def wrong_values(name, value):
    """Values that an argument must not have in place of a good one."""
    if isinstance(value, np.ndarray):
        yield from (1, "x", value.astype(np.float32), value.astype(object), value[None])
        if value.ndim == 2:
            yield np.asfortranarray(np.tile(value, (2, 2)))
        for axis in range(value.ndim):
            if (name, axis) not in FREE:
                yield np.concatenate([value, value], axis=axis)
    elif isinstance(value, tuple):
        yield from ((1,), (0, 2), (3, -1), (1.5, 2), ("a", 2))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield from (1.5, -1)
    if name != "inverse":
        yield None
    yield from ("x", [1.0], {})


@pytest.mark.parametrize("function", list(good_arguments()), ids=lambda f: f.__name__)
def test_wrong_arguments_are_errors(function):
    good = good_arguments()[function]
    function(**good)
    for name, value in good.items():
        for wrong in wrong_values(name, value):
            with pytest.raises((TypeError, ValueError)):
                function(**(good | {name: wrong}))


def test_ranges():
    good = good_arguments()
    stretching, growth = good[maps.stretching], good[maps.growth]
    for ends in ([0, 2], [3, 3], [-1], [], [5, 2**62]):
        with pytest.raises(ValueError, match="ends"):
            maps.stretching(**(stretching | {"ends": np.array(ends, dtype=np.int64)}))
    with pytest.raises(ValueError, match="skip"):
        maps.growth(**(growth | {"skip": 4}))
    with pytest.raises(ValueError, match="ratio"):
        maps.smooth(**(good[maps.smooth] | {"ratio": 0.0}))
    with pytest.raises(ValueError, match="units"):
        wide = {"B": np.ones((4, 3)), "rows": np.zeros((6, 4)), "seen": np.ones((6, 4), bool)}
        maps.follow(**(good[maps.follow] | wide | {"inverse": None}))
    with pytest.raises((MemoryError, OverflowError)):
        maps.simulate(**(good[maps.simulate] | {"n_steps": 2**60, "inputs": np.zeros((4, 0, 2))}))
    with pytest.raises((TypeError, OverflowError)):
        maps.simulate(**(good[maps.simulate] | {"n_steps": 2**70}))


def test_no_run_no_step_no_hidden_unit():
    m = maps.compiled(*random_arrays(0, (3, 0, 0))[1])
    assert maps.simulate(m, np.zeros((0, 3)), np.zeros((0, 0, 0)), 5).shape == (0, 5, 3)
    assert maps.simulate(m, np.zeros((2, 3)), np.zeros((2, 0, 0)), 0).shape == (2, 0, 3)
    assert maps.jacobian(m, np.zeros((0, 3))).shape == (0, 3, 3)


def test_an_overflow_stays_visible():
    m = maps.compiled(3.0 * np.eye(2), np.zeros((2, 1)), np.ones((1, 2)), np.zeros(2), np.zeros(1),
                      np.zeros((2, 0)))  # fmt: skip
    rows, seen = np.zeros((2000, 2)), np.zeros((2000, 2), bool)
    states = maps.smooth(m, np.eye(2), rows, seen, np.zeros((0, 0)), np.ones(2), 1.0, (100, 10))
    assert not np.isfinite(states[-1]).any()
