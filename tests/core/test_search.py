"""Searches of the core: the same bits in each of its modules, errors for bad input, and Ctrl-C."""

import _thread
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from known_maps import lozi, random_map, tent

from sklearn_dsr._core import search


def arrays(f):
    return f.A, f.W1, f.W2, f.h1, f.h2


def box(M, half=3.0):
    return np.full(M, -half), np.full(M, half)


# M below, at and above a quad; L below, at and above a pack; and no hidden unit at all.
SIZES = [(1, 0, 1), (2, 0, 3), (1, 3, 4), (2, 8, 2), (3, 9, 5), (4, 40, 3), (5, 17, 2), (8, 30, 1)]
SIZES += [(13, 64, 2)]


def some_map(M, L, seed=0):
    # Of sizes that it contracts far out, where it would else have few points to settle at.
    f = random_map("dense shallow", seed, M, max(L, 1), 0.6)
    f = replace(f, W1=f.W1 / np.sqrt(max(L, 1) * M), A=f.A / np.sqrt(M))
    return replace(f, W1=f.W1[:, :L].copy(), W2=f.W2[:L], h2=f.h2[:L])


@pytest.mark.parametrize(("M", "L", "k"), SIZES)
def test_each_instruction_set_settles_at_the_same_bits(in_all, M, L, k):
    Z = np.random.default_rng(1).uniform(-3, 3, (40, k, M))
    settled, status = in_all("settle_all", arrays(some_map(M, L)), Z, 10)
    assert np.any(status == 1) and not np.array_equal(settled, Z)


@pytest.mark.parametrize(("M", "L", "k"), [(M, L, k) for M, L, k in SIZES if k * L <= 16])
def test_each_instruction_set_finds_the_same_everywhere(in_all, M, L, k):
    in_all("settle_everywhere", arrays(some_map(M, L)), k, 100)


@pytest.mark.parametrize(("M", "L", "k"), SIZES)
def test_each_instruction_set_halves_the_same_boxes(in_all, M, L, k):
    *_, used, _ = in_all("search_boxes", arrays(some_map(M, L)), *box(M), k, 300, 10)
    assert used >= 1


def test_a_cycle_is_told_from_a_virtual_one_and_from_one_that_is_not_unique():
    f = lozi()
    on, off = f.A + f.W1 @ f.W2, f.A
    fixed = [np.linalg.solve(np.eye(2) - J, f.h1) for J in (on, off)]
    Z, status = search.settle_all(f, np.array(fixed)[:, None] + 1e-3, 5)
    np.testing.assert_array_equal(status, 1)
    np.testing.assert_allclose(Z[:, 0], fixed, atol=1e-12)
    line = replace(f, A=np.eye(2), W1=0 * f.W1, h1=np.zeros(2))
    assert search.settle_all(line, np.ones((1, 1, 2)), 5)[1] == [-1]
    # No fixed point: up by one from anywhere to the right of 0, and from 0 on to the left, too.
    none = tent()
    none = replace(none, A=np.array([[0.5]]), W1=np.array([[1.5]]), h1=np.ones(1), h2=np.zeros(1))
    Z, status = search.settle_all(none, np.full((1, 1, 1), 5.0), 1)
    assert status == [0]


def test_starts_are_left_as_they_were():
    Z = np.random.default_rng(0).uniform(-1, 1, (5, 2, 2))
    before = Z.copy()
    Z.flags.writeable = False
    search.settle_all(lozi(), Z, 10)
    np.testing.assert_array_equal(Z, before)


def test_more_cycles_than_are_kept_are_counted():
    Z, n_found, n_degenerate = search.settle_everywhere(tent(), 6, 3)
    every, n_all, _ = search.settle_everywhere(tent(), 6, 1000)
    assert Z.shape == (3, 6, 1) and n_found == n_all == len(every) > 3 and n_degenerate == 0
    np.testing.assert_array_equal(Z, every[:3])
    low, high = box(1)
    few, n_few, used, undecided = search.search_boxes(tent(3), low, high, 4, 10_000, 2)
    many, n_many, *_ = search.search_boxes(tent(3), low, high, 4, 10_000, 1000)
    assert len(few) == 2 and n_few == n_many == len(many) and undecided == 0.0 and used < 10_000
    np.testing.assert_array_equal(few, many[:2])


def test_no_box_at_all_leaves_all_undecided():
    _, n_found, used, undecided = search.search_boxes(tent(), *box(1), 1, 0, 10)
    assert (n_found, used, undecided) == (0, 0, 1.0)


@pytest.mark.parametrize("name", ["A", "W1", "W2", "h1", "h2"])
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e200])
def test_a_search_of_a_map_that_is_not_finite_or_overflows_ends(name, value):
    f = some_map(2, 3)
    f = replace(f, **{name: np.full_like(getattr(f, name), value)})
    _, status = search.settle_all(f, np.random.default_rng(0).normal(size=(20, 2, 2)), 10)
    assert name in ("W2", "h2") or not np.any(status == 1)
    search.settle_everywhere(f, 2, 10)
    assert search.search_boxes(f, *box(2), 2, 500, 10)[2] >= 1


GOOD = {
    "settle_all": {"canonical": some_map(3, 4), "Z": np.zeros((2, 2, 3)), "n_iterations": 3},
    "settle_everywhere": {"canonical": some_map(3, 4), "order": 2, "n_kept": 5},
    "search_boxes": {
        "canonical": some_map(3, 4),
        "low": np.zeros(3),
        "high": np.ones(3),
        "order": 2,
        "n_boxes": 9,
        "n_kept": 5,
    },
}
OF_ARRAYS = [
    None,
    "text",
    1.5,
    [[0.0]],
    np.zeros(()),
    np.zeros(4),
    np.zeros((3, 2)),
    np.zeros((2, 2, 4)),
    np.zeros((2, 0, 3)),
    np.zeros((2, 2, 3, 1)),
    np.zeros((3, 2, 2)).T[:, :, ::-1],
    np.zeros(3, dtype=np.float32),
    np.zeros((2, 2, 3), dtype=np.int64),
    np.zeros((2, 2, 3), dtype=object),
]
BAD = {
    "canonical": [None, "text", 3, np.zeros(3)],
    "Z": OF_ARRAYS,
    "low": [*OF_ARRAYS, np.ones(3), np.full(3, np.nan), np.full(3, -np.inf), np.full(3, 2.0)],
    "high": [*OF_ARRAYS, np.zeros(3), np.full(3, np.nan), np.full(3, 1e-320), np.full(3, np.inf)],
    "order": [None, "2", 1.5, 0, -1, 2**40, 2**70, np.ones(1)],
    "n_iterations": [None, "2", 1.5, -1, 2**70, np.ones(2)],
    "n_boxes": [None, "2", 1.5, -1, 2**70],
    "n_kept": [None, "2", 1.5, -1, 2**70],
}


@pytest.mark.parametrize("function", GOOD)
def test_a_wrong_type_size_or_number_is_an_error_and_no_crash(function):
    call, good = getattr(search, function), GOOD[function]
    call(**good)
    for name in good:
        for value in BAD[name]:
            with pytest.raises((TypeError, ValueError)):
                call(**(good | {name: value}))
    for name in ("A", "W1", "W2", "h1", "h2"):
        own = getattr(good["canonical"], name)
        for value in [*OF_ARRAYS, own[:-1], own.astype(np.float32), own[None], np.zeros((7, 9))]:
            if np.shape(value) != own.shape or value.dtype != own.dtype:
                with pytest.raises((TypeError, ValueError)):
                    call(**(good | {"canonical": replace(good["canonical"], **{name: value})}))


def test_sequences_of_more_bits_than_a_number_has_are_refused():
    with pytest.raises(ValueError, match="beyond 60"):
        search.settle_everywhere(some_map(2, 20), 4, 10)


@pytest.fixture
def interruptible():
    """SIGINT raises KeyboardInterrupt, also where what runs the tests ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    "run",
    [
        lambda: search.settle_everywhere(some_map(2, 40), 1, 10),
        lambda: search.search_boxes(some_map(8, 30), *box(8), 3, 10**9, 10),
        lambda: search.settle_all(some_map(8, 300), np.ones((2000, 50, 8)), 10**9),
    ],
)
def test_a_long_search_notices_an_interrupt_within_a_second(run, interruptible):
    started = []

    def interrupt():
        started.append(time.perf_counter())
        _thread.interrupt_main()

    timer = threading.Timer(0.3, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        run()
    assert time.perf_counter() - started[0] < 1.0
    timer.join()
