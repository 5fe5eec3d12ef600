"""Training runs: engines agree, fixed entries stay, values stay finite, same seed, same bits."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from engines import ENGINES, CompiledEngine, both_engines
from models import FAMILY
from scipy.stats import kstest

from sklearn_dsr._maps._parametrizations import ShallowPLRNN
from sklearn_dsr._training._forcing import MEANS, Forcing
from sklearn_dsr._training._loop import train
from sklearn_dsr._training._optimizer import learning_rates
from sklearn_dsr._training._problem import Problem
from sklearn_dsr._training._trainer import Trainer
from sklearn_dsr._training._windows import WindowSampler

N_UPDATES = 20
# One problem for each compiled form: kernel and observation.
KINDS = {
    "few units": {"model": "clipped shallow"},
    "layer": {"model": "clipped shallow", "N": 9, "M": 9},
    "layer, affine": {"model": "clipped shallow", "affine": True, "N": 5},
    "units": {"model": "clipped dendritic", "N": 2},
    "units, affine": {"model": "vanilla", "affine": True, "N": 2},
}
PENALTIES = {"latent": 0.01, "observation": 0.01}


def assert_same_run(problem, arrays, forcing, starts, noise=None, rtol=1e-10):
    rates = learning_rates(0.01, len(starts))
    engines = [engine(problem, arrays, forcing) for engine in ENGINES]
    (losses, alphas), (their_losses, their_alphas) = (e.run(starts, rates, noise) for e in engines)
    assert len(losses) == len(starts)
    np.testing.assert_allclose(losses, their_losses, rtol=rtol)
    np.testing.assert_allclose(alphas, their_alphas, rtol=rtol)
    ours, theirs = (e.arrays for e in engines)
    assert ours.keys() == theirs.keys() == arrays.keys()
    for name, value in theirs.items():
        assert np.abs(ours[name] - value).max() <= rtol * max(np.abs(value).max(), 1), name
        # The comparison says nothing unless the arrays have moved.
        assert np.abs(value - arrays[name]).max() > 3e-4, name


@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("kind", ["few units", "layer, affine", "units"])
def test_engines_train_alike_for_every_way_of_forcing(
    build_problem, draw_starts, adaptive, mean, kind
):
    problem, arrays = build_problem(**KINDS[kind], **PENALTIES)
    forcing = Forcing(alpha=0.3) if mean == "constant" else adaptive(mean)
    assert_same_run(problem, arrays, forcing, draw_starts(problem, N_UPDATES))


@pytest.mark.parametrize("model", FAMILY)
@pytest.mark.parametrize(
    "sizes",
    [
        {"N": 2, "K": 1, "missing": 0.2},
        {"N": 5, "affine": True},
        {"N": 2, "affine": True, "K": 1, "missing": 0.2},
    ],
    ids=["hidden units", "affine, M < N", "affine, M > N"],
)
def test_engines_train_alike_for_every_model(build_problem, draw_starts, adaptive, model, sizes):
    problem, arrays = build_problem(model, **sizes, latent=0.01)
    forcing = adaptive("product_upper_bound")
    assert_same_run(problem, arrays, forcing, draw_starts(problem, N_UPDATES))


@pytest.mark.parametrize("kind", KINDS)
def test_engines_train_alike_with_noise_and_sparse_forcing(
    build_problem, draw_starts, draw_noise, kind
):
    problem, arrays = build_problem(**KINDS[kind], **PENALTIES, noise=0.2)
    starts, noise = draw_starts(problem, N_UPDATES), draw_noise(problem, N_UPDATES)
    assert_same_run(problem, arrays, Forcing(interval=3), starts, noise)


@pytest.mark.parametrize("kind", ["few units", "layer, affine", "units"])
def test_engines_train_alike_in_single_precision(
    build_problem, draw_starts, draw_noise, adaptive, kind
):
    problem, arrays = build_problem(**KINDS[kind], **PENALTIES, dtype=np.float32, noise=0.2)
    starts, noise = draw_starts(problem, N_UPDATES), draw_noise(problem, N_UPDATES)
    assert_same_run(problem, arrays, adaptive("batch_maximum"), starts, noise, rtol=2e-4)


@both_engines
@pytest.mark.parametrize("kind", KINDS)
def test_loss_of_a_run_is_that_of_its_arrays_before_the_update(
    build_problem, draw_starts, draw_noise, engine, kind
):
    problem, arrays = build_problem(**KINDS[kind], noise=0.2)
    starts, noise = draw_starts(problem, 4), draw_noise(problem, 4)
    trained = engine(problem, arrays, Forcing(alpha=0.3))
    for i in range(4):
        expected, _ = trained.loss_gradient(starts[i], 0.3, noise[i])
        losses, alphas = trained.run(starts[i : i + 1], np.array([1e-2]), noise[i : i + 1])
        assert losses == pytest.approx([expected], rel=1e-12)
        np.testing.assert_array_equal(alphas, 0.3)
    whole = engine(problem, arrays, Forcing(alpha=0.3))
    assert whole.run(starts, np.full(4, 1e-2), noise)[0][-1] == pytest.approx(expected, rel=1e-12)


@both_engines
@pytest.mark.parametrize("model", ["vanilla", "almost-linear"])
@pytest.mark.parametrize("sizes", [{"N": 2}, {"N": 5, "affine": True}], ids=["identity", "affine"])
def test_fixed_entries_keep_their_values_and_the_others_move(
    build_problem, draw_starts, engine, model, sizes
):
    problem, arrays = build_problem(model, **sizes, latent=0.1, l1=0.1)
    trained = engine(problem, arrays, Forcing(alpha=0.3))
    trained.run(draw_starts(problem, 20), np.full(20, 1e-2))
    for name, mask in problem.masks().items():
        after, before = trained.arrays[name], arrays[name]
        np.testing.assert_array_equal(after[mask == 0], before[mask == 0])
        assert np.all(after[mask == 1] != before[mask == 1]), name


def test_training_lowers_the_loss_of_a_map_that_the_model_can_learn(build_problem):
    teacher, arrays = build_problem("clipped shallow", L=5, batch_size=8, n_steps=5)
    canonical, _ = teacher.maps(arrays)
    rng = np.random.default_rng(5)
    pairs = rng.standard_normal((40, 1, 3))
    rows = np.concatenate([pairs, canonical.simulate(pairs[:, 0], 5)], axis=1).reshape(-1, 3)
    problem, student = build_problem("clipped shallow", L=20, batch_size=8, n_steps=5, seed=7)
    trained = CompiledEngine(replace(problem, rows=rows), student, Forcing(alpha=0.5))
    starts = 6 * rng.integers(40, size=(300, 8))
    losses, _ = trained.run(starts, learning_rates(1e-2, 300))
    assert np.mean(losses[-20:]) < 0.05 * np.mean(losses[:5])


@both_engines
@pytest.mark.parametrize("kind", ["few units", "layer, affine", "units"])
def test_rows_beyond_the_number_range_stop_the_run_before_the_first_update(
    build_problem, draw_starts, engine, kind
):
    problem, arrays = build_problem(**KINDS[kind], dtype=np.float32)
    problem.rows[:] = 1e30 * np.sign(problem.rows)
    trained = engine(problem, arrays, Forcing(alpha=0.3))
    before = trained.arrays
    losses, alphas = trained.run(draw_starts(problem, 10), np.full(10, 1e-3))
    assert len(losses) == len(alphas) == 0
    for name, value in trained.arrays.items():
        np.testing.assert_array_equal(value, before[name])


@both_engines
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [1e2, 1e10, 1e30])
def test_run_that_diverges_stops_with_finite_arrays(
    build_problem, draw_starts, engine, dtype, rate
):
    problem, arrays = build_problem("shallow", n_steps=30, dtype=dtype)
    trained = engine(problem, arrays, Forcing(alpha=0.0))
    losses, alphas = trained.run(draw_starts(problem, 200), np.full(200, rate))
    assert len(losses) == len(alphas) < 200
    assert np.all(np.isfinite(losses))
    assert all(np.all(np.isfinite(value)) for value in trained.arrays.values())


@both_engines
def test_one_bad_window_stops_the_run_at_its_update(build_problem, draw_starts, engine):
    problem, arrays = build_problem("clipped shallow")
    problem.rows[55:] = np.nan
    starts = np.minimum(draw_starts(problem, 10), 46)
    starts[6, 2] = 48  # its last rows are NaN
    trained, short = (engine(problem, arrays, Forcing(alpha=0.3)) for _ in range(2))
    losses, _ = trained.run(starts, np.full(10, 1e-2))
    assert len(losses) == 6
    short.run(starts[:6], np.full(6, 1e-2))
    for name, value in trained.arrays.items():
        np.testing.assert_array_equal(value, short.arrays[name])


def trained_arrays(problem, arrays, forcing, starts):
    engine = CompiledEngine(problem, arrays, forcing)
    losses, alphas = engine.run(starts, learning_rates(3e-3, len(starts)))
    return {**engine.arrays, "losses": losses, "alphas": alphas}


def assert_same_bits(first, second):
    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name])


@pytest.mark.parametrize("kind", ["few units", "layer, affine", "units"])
def test_same_seed_gives_the_same_bits_alone_and_beside_another_thread(
    build_problem, draw_starts, adaptive, kind
):
    forcing = adaptive("product_upper_bound")
    jobs = []
    for seed in range(2):
        problem, arrays = build_problem(**KINDS[kind], dtype=np.float32, seed=seed)
        jobs.append((problem, arrays, forcing, draw_starts(problem, 1500, seed)))
    alone = [trained_arrays(*job) for job in jobs]
    again = [trained_arrays(*job) for job in jobs]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda job: trained_arrays(*job), jobs))
    for first, second, third in zip(alone, again, together, strict=True):
        assert_same_bits(first, second)
        assert_same_bits(first, third)
    assert not np.array_equal(alone[0]["A"], alone[1]["A"])


def test_updates_in_several_calls_are_the_updates_of_one(build_problem, draw_starts, adaptive):
    problem, arrays = build_problem("clipped shallow", dtype=np.float32)
    starts, rates = draw_starts(problem, 30), learning_rates(3e-3, 30)
    whole, parts = (CompiledEngine(problem, arrays, adaptive("batch_maximum")) for _ in range(2))
    whole.run(starts, rates)
    for i in range(0, 30, 7):
        parts.run(starts[i : i + 7], rates[i : i + 7])
    assert_same_bits(whole.arrays, parts.arrays)


def test_loss_and_gradient_do_not_disturb_the_training(build_problem, draw_starts):
    problem, arrays = build_problem("clipped shallow")
    starts, rates = draw_starts(problem, 20), learning_rates(1e-2, 20)
    plain, asked = (CompiledEngine(problem, arrays, Forcing(alpha=0.3)) for _ in range(2))
    plain.run(starts, rates)
    asked.run(starts[:10], rates[:10])
    asked.loss_gradient(starts[0], 0.9)
    asked.run(starts[10:], rates[10:])
    assert_same_bits(plain.arrays, asked.arrays)


@pytest.mark.parametrize("kind", KINDS)
@both_engines
def test_engine_starts_from_a_copy_of_the_given_arrays(build_problem, draw_starts, engine, kind):
    problem, arrays = build_problem(**KINDS[kind], K=2, L=33)
    given = {name: value.copy() for name, value in arrays.items()}
    trained = engine(problem, arrays, Forcing(alpha=0.3))
    assert_same_bits(trained.arrays, given)
    kept = trained.arrays
    trained.run(draw_starts(problem, 3), np.full(3, 1e-2))
    assert_same_bits(arrays, given)
    assert_same_bits(kept, given)


def run_of(build_problem, engine=CompiledEngine, n_epochs=40, stop=None, rate=1e-3, watch=None):
    problem, arrays = build_problem("clipped shallow", dtype=np.float32)
    sampler = WindowSampler(np.array([0]), np.array([60]), problem.n_steps + 1)
    return train(
        engine(problem, arrays, Forcing(alpha=0.3)),
        sampler,
        np.full((n_epochs, 2), rate),
        np.random.default_rng(0),
        "constant 0.3",
        stop=stop or Event(),
        watch=watch or (lambda *_: False),
    )


def test_run_keeps_twelve_checkpoints_of_its_second_half(build_problem):
    candidate = run_of(build_problem)
    assert candidate.status == "finished"
    assert len(candidate.losses) == len(candidate.alphas) == 40
    assert [epoch for epoch, _ in candidate.checkpoints] == list(range(18, 41, 2))
    first, last = candidate.checkpoints[0][1], candidate.checkpoints[-1][1]
    assert not np.array_equal(first["A"], last["A"])


@pytest.mark.parametrize("n_epochs", [1, 2, 3, 7])
def test_checkpoint_is_what_a_run_of_so_many_epochs_has_at_its_end(build_problem, n_epochs):
    candidate, shorter = run_of(build_problem, n_epochs=7), run_of(build_problem, n_epochs=n_epochs)
    assert shorter.checkpoints[-1][0] == n_epochs
    at = dict(candidate.checkpoints)
    if n_epochs in at:
        assert_same_bits(at[n_epochs], shorter.checkpoints[-1][1])


def test_run_that_diverges_ends_in_a_finite_checkpoint(build_problem):
    candidate = run_of(build_problem, rate=1e30)
    assert candidate.status == "diverged"
    assert all(np.all(np.isfinite(v)) for v in candidate.checkpoints[-1][1].values())
    assert np.all(np.isfinite(candidate.losses))


class FakeEngine:
    """Keeps the noise it is given; its third call stops after one update, if it is told to."""

    def __init__(self, problem, stops=False):
        self.problem, self.stops, self.noise = problem, stops, []

    @property
    def arrays(self):
        return {"A": np.full(3, float(len(self.noise)))}

    def run(self, starts, rates, noise=None):
        self.noise.append(noise)
        done = 1 if self.stops and len(self.noise) == 3 else len(rates)
        return np.full(done, 0.1), np.full(done, 0.5)


def fake_run(engine, n_epochs):
    return train(
        engine,
        WindowSampler(np.array([0]), np.array([60]), engine.problem.n_steps + 1),
        np.full((n_epochs, 4), 1e-3),
        np.random.default_rng(0),
        "constant 0.5",
        stop=Event(),
        watch=lambda *_: False,
    )


def test_epoch_that_is_not_complete_ends_the_run(build_problem):
    engine = FakeEngine(build_problem()[0], stops=True)
    candidate = fake_run(engine, 10)
    assert candidate.status == "diverged" and len(engine.noise) == 3
    assert len(candidate.losses) == len(candidate.alphas) == 2
    ((epoch, kept),) = candidate.checkpoints
    assert epoch == 2
    np.testing.assert_array_equal(kept["A"], 2.0)  # after the last whole epoch


def test_noise_is_normal_and_new_in_every_epoch(build_problem):
    problem, _ = build_problem(noise=0.3, batch_size=50, dtype=np.float32)
    engine = FakeEngine(problem)
    fake_run(engine, 3)
    noise = np.array(engine.noise)
    assert noise.shape == (3, 4, problem.n_steps + 1, 50, 3) and noise.dtype == np.float32
    assert len(np.unique(noise)) > 0.99 * noise.size
    assert kstest(noise.ravel() / 0.3, "norm").pvalue > 1e-3
    quiet = FakeEngine(build_problem()[0])
    fake_run(quiet, 3)
    assert quiet.noise == 3 * [None]


def test_stop_ends_the_run_after_the_epoch_under_way(build_problem):
    stop = Event()
    candidate = run_of(build_problem, stop=stop, watch=lambda epoch, *_: epoch == 5 and stop.set())
    assert candidate.status == "interrupted"
    assert len(candidate.losses) == 5
    assert candidate.checkpoints[-1][0] == 5


def test_watch_is_called_after_each_epoch_and_can_end_the_run(build_problem):
    seen = []

    def watch(epoch, loss, alpha, arrays):
        seen.append((epoch, loss, arrays))
        return epoch == 6

    candidate = run_of(build_problem, watch=watch)
    assert candidate.status == "stopped"
    assert [epoch for epoch, _, _ in seen] == [1, 2, 3, 4, 5, 6]
    assert [loss for _, loss, _ in seen] == candidate.losses
    epoch, arrays = candidate.checkpoints[-1]
    assert epoch == 6 and all(np.array_equal(arrays[k], v) for k, v in seen[-1][2].items())


class Silent:
    @contextmanager
    def candidate(self, *_):
        yield lambda *_: False


@pytest.mark.parametrize("alpha", [0.1, 0.9])
def test_a_start_that_runs_away_where_it_is_forced_gives_way_to_the_next(alpha):
    time = 0.02 * np.arange(300)
    rows = np.column_stack([np.sin(time), np.cos(time)])
    problem = Problem(rows.astype(np.float32), ShallowPLRNN(2, hidden_dim=4), False, 50, 8)
    good = problem.initial(np.random.default_rng(1), np.eye(2))
    wild = good | {"A": 1.5 * np.eye(2), "W1": 0 * good["W1"]}
    # Forced by 0.9, an error shrinks to 0.15 in a step.
    begun = []

    class Noted(Trainer):
        def _make_engine(self, arrays, forcing):
            begun.append(arrays["A"][0, 0])
            return super()._make_engine(arrays, forcing)

    sampler = WindowSampler(np.array([0]), np.array([300]), 51)
    settings = (problem, sampler, lambda k, rng: [wild, good], 1, 2, 1e-3, "native", Silent())
    Noted(*settings).candidate(0, ("any", "any"), Forcing(alpha), np.random.default_rng(2), Event())
    assert begun == ([1.5] if alpha == 0.9 else [1.5, good["A"][0, 0]])
