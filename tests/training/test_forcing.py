"""Ways of forcing: sparse in time, disturbed by noise, and which of them a fit tries."""

from dataclasses import replace

import numpy as np
import pytest
from engines import CompiledEngine, both_engines
from hypothesis import given
from hypothesis import strategies as st

from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr.forcing import GTF, AdaptiveGTF
from sklearn_dsr.reconstruction._forcing import families

# Kernels and observations.
KINDS = {
    "few units": {"model": "clipped shallow"},
    "hidden units": {"model": "vanilla", "N": 2},
    "affine, M < N": {"model": "shallow", "N": 5, "affine": True},
    "affine, M > N": {"model": "dendritic", "N": 2, "affine": True},
}


@given(st.integers(1, 50), st.integers(1, 60))
def test_every_interval_th_state_is_forced(n_steps, interval):
    times = Forcing(interval=interval).times(n_steps)
    assert times.shape == (n_steps + 1,)
    np.testing.assert_array_equal(np.flatnonzero(times), range(0, n_steps + 1, interval))
    assert set(times) <= {0.0, 1.0}


@both_engines
@pytest.mark.parametrize("tau", [2, 3, 8, 20])
@pytest.mark.parametrize("kind", KINDS)
def test_sparse_forcing_replaces_the_state_now_and_then(
    build_problem, draw_starts, engine, kind, tau
):
    problem, arrays = build_problem(**KINDS[kind], K=1)
    (_, N, _), starts = problem.sizes, draw_starts(problem)
    canonical, observation = problem.maps(arrays)
    errors = []
    for start in starts:
        rows = problem.rows[start : start + problem.n_steps + 1]
        z = observation.infer(rows[0, :N])
        for t in range(1, len(rows)):
            z = canonical.simulate(z[None], 1, rows[None, t - 1 : t, N:])[0, 0]
            errors.append(observation.observe(z) - rows[t, :N])
            if t % tau == 0 and problem.affine:
                z = observation.infer(rows[t, :N])
            elif t % tau == 0:
                z[:N] = rows[t, :N]  # hidden units go on
    loss, _ = engine(problem, arrays, Forcing(interval=tau)).loss_gradient(starts, 1.0)
    assert loss == pytest.approx(np.mean(np.square(errors)), rel=1e-11)


@pytest.mark.parametrize("model", ["clipped shallow", "mean-centred"])
def test_sparse_forcing_of_all_units_is_free_runs_of_short_windows(
    build_problem, draw_starts, model
):
    whole, arrays = build_problem(model, n_steps=9, batch_size=4)
    short = replace(whole, n_steps=3, batch_size=12)
    starts = draw_starts(whole)
    loss, gradient = CompiledEngine(whole, arrays, Forcing(interval=3)).loss_gradient(starts, 1.0)
    pieces = np.concatenate([starts, starts + 3, starts + 6])
    same, slope = CompiledEngine(short, arrays, Forcing()).loss_gradient(pieces, 0.0)
    assert loss == pytest.approx(same, rel=1e-12)
    for name, value in slope.items():
        np.testing.assert_allclose(gradient[name], value, rtol=1e-9, atol=1e-12)


@both_engines
@pytest.mark.parametrize("kind", KINDS)
def test_an_interval_beyond_the_window_is_no_forcing(build_problem, draw_starts, engine, kind):
    problem, arrays = build_problem(**KINDS[kind])
    starts = draw_starts(problem)
    sparse = engine(problem, arrays, Forcing(interval=9)).loss_gradient(starts, 1.0)
    free = engine(problem, arrays, Forcing()).loss_gradient(starts, 0.0)
    assert sparse[0] == pytest.approx(free[0], rel=1e-12)
    for name, value in free[1].items():
        np.testing.assert_allclose(sparse[1][name], value, rtol=1e-9, atol=1e-12)


@both_engines
@pytest.mark.parametrize("kind", ["few units", "affine, M < N"])
def test_noise_disturbs_first_states_and_signals_but_not_what_is_predicted(
    build_problem, draw_starts, draw_noise, engine, kind
):
    """Full forcing: one-step predictions from noisy rows, of clean rows."""
    problem, arrays = build_problem(**KINDS[kind], noise=0.3)
    N, T = problem.sizes[1], problem.n_steps
    starts, noise = draw_starts(problem), draw_noise(problem)
    canonical, observation = problem.maps(arrays)
    windows = problem.rows[starts + np.arange(T + 1)[:, None]]  # (T + 1, S, N)
    states = observation.infer((windows + noise)[:-1].reshape(-1, N))
    predicted = observation.observe(canonical.step(states)).reshape(T, -1, N)
    loss, _ = engine(problem, arrays, Forcing()).loss_gradient(starts, 1.0, noise)
    assert loss == pytest.approx(np.mean((predicted - windows[1:]) ** 2), rel=1e-11)


@both_engines
@pytest.mark.parametrize("kind", KINDS)
def test_noise_of_zero_is_no_noise(build_problem, draw_starts, engine, kind):
    noisy, arrays = build_problem(**KINDS[kind], noise=0.3)
    starts = draw_starts(noisy)
    zero = np.zeros((noisy.n_steps + 1, noisy.batch_size, noisy.sizes[1]))
    loss, gradient = engine(noisy, arrays, Forcing()).loss_gradient(starts, 0.3, zero)
    clean = replace(noisy, noise=0.0)
    expected, slope = engine(clean, arrays, Forcing()).loss_gradient(starts, 0.3)
    assert loss == pytest.approx(expected, rel=1e-12)
    for name, value in slope.items():
        np.testing.assert_allclose(gradient[name], value, rtol=1e-9, atol=1e-12)


def test_auto_tries_adaptive_and_constant_forcing():
    ways = families(None, 1000)
    assert list(ways) == ["adaptive", "constant 0.15", "constant 0.5", "0.7 adaptive"]
    adaptive, weak, strong, weaker = ways.values()
    assert adaptive.mean == weaker.mean == "product_upper_bound"
    assert (adaptive.scale, weaker.scale) == (1.0, 0.7)
    assert strong == Forcing(alpha=0.5) and weak == Forcing(alpha=0.15)
    assert strong.mean == "constant"
    assert adaptive.alpha == 1.0 and adaptive.every == 5
    assert {way.interval for way in ways.values()} == {1}
    # What alpha was is forgotten to a share 1 / e after a quarter of the updates.
    assert adaptive.gamma ** (250 / 5) == pytest.approx(np.exp(-1))


def test_one_way_of_forcing_if_alpha_is_given():
    assert families(GTF(0.3), 1000) == {"constant 0.3": Forcing(alpha=0.3)}
    (way,) = families(AdaptiveGTF("arithmetic_mean", every=3), 1000).values()
    assert (way.mean, way.every, way.scale) == ("arithmetic_mean", 3, 1.0)


@pytest.mark.parametrize("n_updates", [1, 3, 10])
def test_memory_of_alpha_is_valid_for_very_short_training(n_updates):
    assert 0 < families(AdaptiveGTF("batch_maximum"), n_updates)["adaptive"].gamma < 1
