"""Training windows: inside gap-free segments, all of them, equally often; and their length."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from sklearn_dsr._training._windows import WindowSampler, window_steps


@st.composite
def segments(draw):
    """Starts and stops of segments with gaps of 0 (a cut) or more rows between them."""
    pieces = draw(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 12)), min_size=1))
    edges = np.cumsum(np.ravel(pieces))
    return edges[::2].astype(np.int64), edges[1::2].astype(np.int64)


def possible_starts(starts, stops, length):
    return [
        row for a, b in zip(starts, stops, strict=True) for row in range(a, b) if row + length <= b
    ]


@given(segments(), st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_windows_lie_inside_segments_and_all_are_reached(pieces, length, seed):
    wanted = possible_starts(*pieces, length)
    if not wanted:
        with pytest.raises(ValueError, match="No window of"):
            WindowSampler(*pieces, length)
        return
    sampler = WindowSampler(*pieces, length)
    assert sampler.n_windows == len(wanted)
    drawn = sampler.draw(np.random.default_rng(seed), (20 * len(wanted), 3))
    assert drawn.dtype == np.int64 and drawn.shape == (20 * len(wanted), 3)
    # A window is missed by 60 n draws with a probability below n exp(-60).
    assert set(drawn.ravel()) == set(wanted)


def test_windows_are_drawn_equally_often():
    starts, stops = np.array([0, 10, 13, 40]), np.array([10, 13, 30, 45])
    wanted = possible_starts(starts, stops, 5)
    drawn = WindowSampler(starts, stops, 5).draw(np.random.default_rng(0), 100 * len(wanted))
    values, counts = np.unique(drawn, return_counts=True)
    np.testing.assert_array_equal(values, wanted)
    assert chisquare(counts).pvalue > 1e-3


def test_windows_follow_the_seed():
    sampler = WindowSampler(np.array([0]), np.array([50]), 5)
    first, again, other = (sampler.draw(np.random.default_rng(s), 30) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_too_short_segments_are_named_with_their_length():
    with pytest.raises(ValueError, match="No window of 9 consecutive rows fits.* has 8 rows"):
        WindowSampler(np.array([0, 20]), np.array([8, 25]), 9)
    with pytest.raises(ValueError, match="has 0 rows"):
        WindowSampler(np.array([], dtype=int), np.array([], dtype=int), 2)


@given(segments(), st.integers(1, 15), st.sampled_from([0.5, 0.75, 0.9, 1.0]))
def test_window_steps_are_the_most_that_hold_the_share_of_transitions(pieces, longest, share):
    rows = pieces[1] - pieces[0]
    total = int(np.sum(rows - 1))
    if total == 0:
        with pytest.raises(ValueError, match="no two consecutive rows"):
            window_steps(*pieces, longest, share)
        return
    held = {T: np.sum(rows[rows >= T + 1] - 1) for T in range(1, int(rows.max()))}
    most = max(T for T, transitions in held.items() if transitions >= share * total - 1e-9)
    assert window_steps(*pieces, longest, share) == min(longest, most)


def test_one_long_trajectory_does_not_shut_out_the_short_ones():
    rows = np.array([30] + 10 * [11])
    stops = np.cumsum(rows)
    assert window_steps(stops - rows, stops, 100) == 10
    rows = np.array([1000, 11])
    stops = np.cumsum(rows)
    assert window_steps(stops - rows, stops, 100) == 100


def test_no_segment_at_all_is_an_error():
    with pytest.raises(ValueError, match="no transition to learn from"):
        window_steps(np.array([], dtype=int), np.array([], dtype=int), 10)
