"""Skill, Lyapunov difference, several starts, and scorers by name."""

import numpy as np
import pytest

from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.dynamics import max_lyapunov_exponent
from sklearn_dsr.metrics import power_spectrum_hellinger, state_space_divergence
from sklearn_dsr.model_selection import (
    WORST,
    DSRScorer,
    get_scorer,
    neg_lyapunov_difference_scorer,
    skill_scorer,
)


class Replay:
    """Stands for a model: its free run is a given series, whatever the start."""

    def __init__(self, run, dt=1.0):
        self.run, self.dt = run, dt

    def simulate(self, x0, n_steps):
        return np.repeat(self.run[None, :n_steps], len(x0), axis=0)


@pytest.fixture(scope="module")
def lorenz():
    return [make_lorenz63(8001, dt=0.02, random_state=seed) for seed in (0, 1)]


def gaussian(X, n, seed=5):
    return np.random.default_rng(seed).multivariate_normal(X.mean(axis=0), np.cov(X.T), n)


def test_skill_is_the_geometric_mean_of_places_above_noise_and_of_the_spectrum(lorenz):
    X, other = lorenz
    true, scale = X[1:], X[1:].std(axis=0)
    noise = gaussian(true, 8000, seed=0)
    D = state_space_divergence(true / scale, other[:8000] / scale)
    D0 = state_space_divergence(true / scale, noise / scale)
    H = power_spectrum_hellinger(true, other[:8000])
    expected = np.sqrt((1 - D / D0) * (1 - H))
    assert skill_scorer(Replay(other), X) == pytest.approx(expected, rel=0.02)
    assert expected > 0.6


def test_skill_ranks_a_true_orbit_above_a_cycle_noise_and_rest(lorenz):
    X, other = lorenz
    cycle = np.tile(other[:150], (60, 1))
    rest = np.repeat(other[:1], 9000, axis=0)
    noise = gaussian(X, 9000)
    skills = [skill_scorer(Replay(run), X) for run in (other, cycle, noise, rest)]
    assert skills[0] > 0.6 > 0.3 > max(skills[1:])
    assert skills[3] == 0.0 and min(skills) >= 0.0


def test_diverged_run_has_the_worst_of_all_scores_and_warns(lorenz):
    run = np.full((9000, 3), np.inf)
    with pytest.warns(Warning, match="diverged"):
        scores = DSRScorer()(Replay(run), lorenz[0])
    assert scores == WORST


def test_lyapunov_difference_is_near_zero_for_the_true_system_and_large_for_a_cycle(lorenz):
    X, other = lorenz
    cycle = np.tile(other[:150], (60, 1))
    near = neg_lyapunov_difference_scorer(Replay(other, dt=0.02), X)
    far = neg_lyapunov_difference_scorer(Replay(cycle, dt=0.02), X)
    assert near > -0.2 and far < -0.6
    known = DSRScorer("neg_lyapunov_difference", lyapunov_exponent=0.906)
    expected = -abs(max_lyapunov_exponent(other[:8000], dt=0.02) - 0.906)
    assert known(Replay(other, dt=0.02), X) == pytest.approx(expected)


def test_several_starts_cut_a_piece_in_parts_of_equal_length(lorenz):
    X = lorenz[0]
    starts = []

    class Recorder(Replay):
        def simulate(self, x0, n_steps):
            starts.append((np.array(x0), n_steps))
            return super().simulate(x0, n_steps)

    metrics = ["neg_state_space_divergence", "valid_prediction_time"]
    DSRScorer(metrics, n_starts=4)(Recorder(lorenz[1]), X)
    ((rows, n_steps),) = starts
    np.testing.assert_array_equal(rows, X[[0, 2000, 4000, 6000]])
    assert n_steps == 1999
    with pytest.raises(ValueError, match="cut in 9000 parts.*Set n_starts lower"):
        DSRScorer(n_starts=9000)(Recorder(lorenz[1]), X)


@pytest.mark.parametrize("name", list(WORST))
def test_scorers_by_name_give_one_float(name, lorenz):
    X, other = lorenz
    scorer = get_scorer(name)
    value = scorer(Replay(other), X)
    assert type(value) is float and np.isfinite(value) and value >= WORST[name]
    assert value == DSRScorer()(Replay(other), X)[name]


def test_unknown_name_is_answered_by_the_names_there_are():
    with pytest.raises(ValueError, match="metrics must be some of .*skill.*got 'r2'"):
        get_scorer("r2")
    for bad in ({"n_starts": 0}, {"lyapunov_exponent": np.nan}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            DSRScorer(**bad)
