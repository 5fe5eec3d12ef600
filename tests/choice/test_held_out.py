"""Forecasts of rows held apart: which rows are, what forecasts miss them by, and what is better."""

import numpy as np
import pytest
from known_maps import linear, lozi

from sklearn_dsr._choice._held_out import folds, is_better
from sklearn_dsr._data.trajectories import Trajectories
from sklearn_dsr._maps._observation import IdentityObservation
from sklearn_dsr._recipe import BUDGET, RECIPE

FEW, HORIZON, FARTHEST = RECIPE.few_rows, RECIPE.horizon, RECIPE.farthest
N_FOLDS, N_ORIGINS = BUDGET.n_folds, BUDGET.n_origins


def trajectories(rows, *cuts):
    """Rows in pieces between the cuts; a cut (a, b) leaves a gap."""
    edges = [0]
    for cut in cuts:
        edges += list(cut) if isinstance(cut, tuple) else [cut, cut]
    edges.append(len(rows))
    starts, stops = np.array(edges[::2]), np.array(edges[1::2])
    return Trajectories(rows, np.array([0, len(rows)]), starts, stops, "array")


def numbered(n_rows, n_inputs=0):
    """Rows whose values are their numbers, and inputs a hundred times them."""
    rows = np.arange(float(n_rows))[:, None]
    return np.hstack([rows, *(100.0 * rows for _ in range(n_inputs))])


def pieces(fold):
    """Numbers of the rows of each piece of a fold's other rows."""
    return [segment[:, 0].astype(int) for segment in fold.fitted.segments()]


def held(fold):
    return set(fold.windows[:, :, 0].astype(int).ravel())


def model(f):
    return f, IdentityObservation(np.zeros((0, len(f.h1))))


@pytest.mark.parametrize("n_rows", [60, 300, FEW - 1])
def test_of_few_rows_each_fifth_is_held_apart_in_turn(n_rows):
    found = folds(trajectories(numbered(n_rows)), 0)
    assert len(found) == N_FOLDS
    for k, fold in enumerate(found):
        low, high = int(k * n_rows / N_FOLDS), int((k + 1) * n_rows / N_FOLDS)
        assert held(fold) <= set(range(low, high))
        others = np.concatenate(pieces(fold))
        assert not held(fold) & set(others)
        assert set(others) == set(range(low)) | set(range(high, n_rows))
        assert fold.windows.shape[1] == min(HORIZON, (high - low) // 3) + 1
        assert len(fold.windows) <= N_ORIGINS


@pytest.mark.parametrize("n_rows", [FEW, 4 * FEW])
def test_of_many_rows_the_last_fifth_is_held_apart(n_rows):
    (fold,) = folds(trajectories(numbered(n_rows)), 0)
    first = int(0.8 * n_rows)
    np.testing.assert_array_equal(np.concatenate(pieces(fold)), np.arange(first))
    assert held(fold) <= set(range(first, n_rows))
    # Origins are evenly spread from the first row to the last one that has so many behind it.
    origins = fold.windows[:, 0, 0]
    assert origins[0] == first and origins[-1] == n_rows - HORIZON - 1
    assert len(origins) == N_ORIGINS and np.ptp(np.diff(origins)) <= 1


def test_windows_are_consecutive_rows_and_no_piece_leads_over_a_gap_or_a_window():
    whole = trajectories(numbered(400, n_inputs=2), 90, (200, 230), 320)
    cut = {90, 320, *range(200, 231)}
    for fold in folds(whole, 2):
        for window in fold.windows:
            np.testing.assert_array_equal(np.diff(window[:, 0]), 1.0)
            np.testing.assert_array_equal(window[:, 1:], 100.0 * window[:, [0, 0]])
            assert not any(window[0, 0] < c <= window[-1, 0] for c in cut)
        for piece in pieces(fold):
            np.testing.assert_array_equal(np.diff(piece), 1)
            assert not any(piece[0] < c <= piece[-1] for c in cut)
            assert not held(fold) & set(piece)


@pytest.mark.parametrize("n_rows", [2, 5, 10])
def test_too_few_rows_are_not_held_apart(n_rows):
    assert folds(trajectories(numbered(n_rows)), 0) == []


def test_pieces_too_short_for_a_window_are_not_held_apart():
    rows = numbered(60)
    assert folds(trajectories(rows, *range(2, 60, 2)), 0) == []


def test_rows_are_not_held_apart_if_the_others_have_no_step():
    # Behind the first fifth there are single rows only.
    assert folds(trajectories(numbered(20), 4, *range(5, 20)), 0) == []


def test_forecasts_of_the_true_map_have_no_error_and_others_have():
    rows = lozi().simulate(np.array([[0.1, 0.2]]), 600)[0]
    for fold in folds(trajectories(rows), 0):
        # Rounding grows as errors do.
        assert np.max(fold.errors(model(lozi()))[:, :10]) < 1e-20
        for errors in (
            fold.errors(model(linear(0.5 * np.eye(2)))),
            fold.errors_of_persistence(),
            fold.errors_of_the_mean(),
        ):
            assert errors.shape == fold.windows[:, 1:, 0].shape
            assert np.mean(errors) > 0.01
            assert is_better(fold.errors(model(lozi())), errors)


def test_forecasts_follow_the_inputs():
    s = np.random.default_rng(0).standard_normal(300)
    rows = np.column_stack([np.concatenate([[0.0], s[:-1]]), s])  # x' = s
    f = linear(np.zeros((1, 1)))
    driven = type(f)(f.A, f.W1, f.W2, f.h1, f.h2, np.ones((1, 1)))
    for fold in folds(trajectories(rows), 1):
        np.testing.assert_allclose(fold.errors(model(driven)), 0.0, atol=1e-30)
        assert fold.errors_of_persistence().shape == fold.errors(model(driven)).shape


def test_errors_are_mean_squares_of_columns_and_bounded_even_where_a_run_overflows():
    rows = np.random.default_rng(0).standard_normal((300, 2))
    fold = folds(trajectories(rows), 0)[-1]
    scale = rows[: int(0.8 * 300)].std(axis=0)
    persistent = np.mean(((fold.windows[:, :1] - fold.windows[:, 1:]) / scale) ** 2, axis=2)
    wanted = fold.errors_of_persistence()
    near = np.all(np.abs(fold.windows[:, :1] - fold.windows[:, 1:]) < FARTHEST * scale, axis=2)
    np.testing.assert_allclose(wanted[near], persistent[near])
    stays = fold.errors(model(linear(np.eye(2))))
    np.testing.assert_allclose(stays, wanted)
    mean = rows[: int(0.8 * 300)].mean(axis=0)
    by_mean = np.minimum(np.abs(fold.windows[:, 1:] - mean) / scale, FARTHEST)
    np.testing.assert_allclose(fold.errors_of_the_mean(), np.mean(by_mean**2, axis=2))
    for far in (1e3, 1e200):
        errors = fold.errors(model(linear(far * np.eye(2))))
        assert np.max(errors) == FARTHEST**2 and np.all(np.isfinite(errors))


def planted_errors(gain, spread, n=100, n_steps=5):
    """Errors whose logarithms are smaller by `gain` on average, in blocks of ten origins."""
    others = np.exp(np.arange(n_steps)) * np.ones((n, n_steps))  # horizons of any size count alike
    blocks = gain + spread * np.tile([-1.0, 1.0], n // 20)
    return others * np.exp(-2 * np.repeat(blocks, 10))[:, None], others


@pytest.mark.parametrize(
    ("gain", "spread", "better"),
    [
        (0.1, 0.0, True),
        (0.0, 0.1, False),
        (0.0, 0.0, False),
        (-0.1, 0.0, False),
        # One standard error of ten blocks of +-spread is a third of it.
        (0.1, 0.25, True),
        (0.1, 0.35, False),
    ],
)
def test_better_is_by_more_than_a_standard_error_of_blocks(gain, spread, better):
    assert is_better(*planted_errors(gain, spread)) == better


def test_origins_that_overlap_do_not_make_a_chance_sure():
    # Each block of origins sees the same rows: as many as there are, they count once.
    for n in (20, 200, 2000):
        rng = np.random.default_rng(1)
        chance = [
            is_better(
                np.exp(np.repeat(rng.standard_normal((10, 1)), n // 10, axis=0)), np.ones((n, 1))
            )
            for _ in range(500)
        ]
        assert 0.1 < np.mean(chance) < 0.25  # 0.17: beyond one standard error


def test_a_single_origin_is_compared_by_its_error():
    assert is_better(np.zeros((1, 4)), np.ones((1, 4)))
    assert not is_better(np.ones((1, 4)), np.zeros((1, 4)))
