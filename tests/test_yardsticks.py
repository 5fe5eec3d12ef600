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


def test_the_peer_stops_where_a_shorter_training_does_and_runs_as_its_map(script):
    pytest.importorskip("neuralrnn")
    NeuralRNN, X = script("neuralrnn_peer").NeuralRNN, make_lorenz63(400, random_state=0)
    longer = NeuralRNN("tutorial", 7, {"early": (0, 2), "late": (0, 4)}, seed=1).fit(X)
    shorter = NeuralRNN("tutorial", 7, {"early": (0, 2)}, seed=1).fit(X)
    assert [longer.at(end).updates_ for end in ("early", "late")] == [2, 4]
    early, late = (longer.at(end).simulate(X[:5], 3) for end in ("early", "late"))
    np.testing.assert_array_equal(early, shorter.at("early").simulate(X[:5], 3))
    assert not np.allclose(early, late)
    given = {k: v.numpy().astype(float) for k, v in longer.at("late").model_.state_dict().items()}
    A, W1, W2, h1, h2 = (given[name] for name in ("A", "W1", "W2", "h1", "h2"))
    mean, scale = X.mean(axis=0), X.std(axis=0, ddof=1)
    z, rows = (X[:5] - mean) / scale, []
    for _ in range(3):
        z = z * A + np.maximum(z @ W2.T + h2, 0) @ W1.T + h1
        rows.append(z * scale + mean)
    np.testing.assert_allclose(late, np.stack(rows, axis=1), rtol=1e-3, atol=1e-3)
