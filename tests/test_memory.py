"""A fit takes no copy of X more than it needs, and what it takes beside a long X is bounded."""

import subprocess
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr._choice import _free_run_score
from sklearn_dsr._data.trajectories import as_trajectories, row_blocks
from sklearn_dsr._recipe import BUDGET
from sklearn_dsr.reconstruction import _data

FIT = """
import numpy as np
from sklearn_dsr import ShallowPLRNNReconstructor
X, turn = np.empty((10_000_000, 3)), np.arange(100_000) * 0.05
piece = np.column_stack([np.sin(turn), np.cos(turn), np.sin(turn * 2**0.5)])
for block in np.split(X, 100):
    block[:] = piece
ShallowPLRNNReconstructor(max_iter=20, {}, random_state=0).fit(X)
[peak] = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(int(peak.split()[1]) / 2**20)
"""


def walk(n_rows):
    turn = np.arange(n_rows) * 0.05
    return np.column_stack([np.sin(turn), np.cos(turn), np.sin(turn * 2**0.5)])


def peak_of(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
@pytest.mark.parametrize("start", ["regression", "random"])
@pytest.mark.parametrize("cut, share", [(1, 1.0), (20, 2.0)])
def test_fit_takes_less_than_a_copy_beside_a_long_series(monkeypatch, cut, share, start):
    monkeypatch.setattr(_data, "BUDGET", replace(BUDGET, data_rows=10_000))
    # As it is beside as many rows as there usually are.
    monkeypatch.setattr(_free_run_score, "BUDGET", replace(BUDGET, longer=1))
    model = ShallowPLRNNReconstructor(10, start=start, max_iter=2, n_init=1, random_state=0)
    model.fit(walk(1000))  # what is loaded once does not count
    X = walk(1_000_000)
    given = X if cut == 1 else np.split(X, cut)  # a list is joined, in one copy
    assert peak_of(lambda: model.fit(given)) < share * X.nbytes


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's own counts")
@pytest.mark.parametrize("setting", ["n_init=1", "n_init=6, n_jobs=2, start='random'"])
def test_a_fit_of_ten_million_rows_takes_at_most_1_25_gibibytes(setting):
    code = "import warnings; warnings.simplefilter('ignore')" + FIT.format(setting)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # 0.22 GiB are X, some 0.3 the imported packages.
    assert float(done.stdout) < 1.25


def test_row_blocks_hold_all_rows_in_order():
    X = np.arange(60.0).reshape(30, 2)
    parts = [X[:1], X[1:1], X[1:13], X[13:20], X[20:]]
    for size in (1, 4, 7, 30, 31):
        blocks = list(row_blocks(parts, size))
        assert np.array_equal(np.concatenate(blocks), X)
        assert {len(block) for block in blocks[:-1]} <= {size}
    assert np.shares_memory(next(row_blocks([X], 8)), X)


def test_a_sample_is_whole_where_it_may_be():
    trajectories = as_trajectories(walk(100))
    assert trajectories.thinned(100) is trajectories


def test_a_sample_is_spread_over_all_rows_and_crosses_no_gap():
    X = np.column_stack([np.arange(10_000.0)] * 2)
    X[[500, 503, 505]] = np.nan
    sample = as_trajectories(X).thinned(1000)
    assert 800 <= len(sample.values) <= 1100
    for segment in sample.segments():
        assert 2 <= len(segment) <= 100
        assert np.all(np.diff(segment[:, 0]) == 1)
    assert np.histogram(sample.values[:, 0], bins=5, range=(0, 10_000))[0].min() >= 100
    assert sample.values[0, 0] == 0


def test_a_sample_holds_long_trajectories_as_often_as_their_rows():
    long, short = np.zeros((10_000, 1)), np.ones((2, 1))
    sample = as_trajectories([part for _ in range(10) for part in (short, long)]).thinned(5000)
    assert np.mean(sample.values == 0) > 0.99
    many = as_trajectories([short] * 5000).thinned(1000)
    assert 900 <= len(many.values) <= 1100
