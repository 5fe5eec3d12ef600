"""The scores of other people's benchmarks are what these define."""

from pathlib import Path

import numpy as np
import pytest

from sklearn_dsr.datasets import make_lorenz63

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
if not BENCHMARKS.exists():
    pytest.skip("the benchmarks are not beside the tests", allow_module_level=True)


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return __import__


def test_the_common_task_scores_the_truth_with_100_and_zeros_with_0(script):
    task, X = script("common_task"), make_lorenz63(500, dt=0.05, random_state=0)
    assert task.closeness(X, X) == task.likeness(X, X) == 100
    assert task.closeness(X, 0 * X) == 0
    assert task.closeness(X, 5 * X) == task.likeness(X, X + 100) == -100
    assert task.closeness(X, X * np.nan) == task.likeness(X, X * np.nan) == -100


def test_the_long_time_score_counts_rows_that_are_in_other_bins(script):
    true = np.repeat(np.arange(41.0), 10)[:, None]  # 10 rows in each of 41 bins
    moved = true.copy()
    moved[:41] = 40.0  # the rows of four bins, and one of a fifth, are in the last
    assert script("common_task").likeness(true, moved) == pytest.approx(100 * (1 - 82 / 410))


def test_the_divergence_of_contexts_is_that_of_full_histograms(script):
    rng = np.random.default_rng(0)
    true, given = rng.standard_normal((2, 5000, 3)) * [[[1.0]], [[1.5]]]
    edges = [np.linspace(column.min(), column.max(), 31) for column in true.T]

    def density(rows):
        within = rows[(rows < true.max(axis=0)).all(axis=1)]
        counts = np.histogramdd(within, bins=edges)[0]
        counts[0], counts[:, 0], counts[:, :, 0] = 0, 0, 0
        return (counts + 1e-5) / (counts.sum() + 1e-5 * counts.size)

    p, q = density(true), density(given)
    found = script("contexts").their_divergence(true, given)
    assert found == pytest.approx(np.sum(p * np.log(p / q)), rel=1e-12)
