"""The gradient of the forced run: both engines, a plain loss written here, finite differences."""

import numpy as np
import pytest
import torch

from sklearn_dsr._maps._parametrizations import ClippedShallowPLRNN
from sklearn_dsr._training import _engine_numba
from sklearn_dsr._training._engine_numba import NumbaEngine
from sklearn_dsr._training._engine_torch import TorchEngine
from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr._training._kernels_small import LARGEST_M
from sklearn_dsr._training._problem import Problem

MODELS = ["shallow", "clipped", "PLRNN"]
ALPHAS = [0.0, 0.3, 1.0]
OBSERVATIONS = {
    "identity": {},
    "affine, M < N": {"affine": True, "N": 5, "M": 3},
    "affine, M = N": {"affine": True, "N": 3, "M": 3},
    "affine, M > N": {"affine": True, "N": 2, "M": 3},
}
each_model = pytest.mark.parametrize("model", MODELS)
each_alpha = pytest.mark.parametrize("alpha", ALPHAS)
each_observation = pytest.mark.parametrize("observation", OBSERVATIONS)


def plain_loss(p, problem, starts, alpha, signal_loading=None):
    """The loss window by window, with the pseudo-inverse by normal equations.

    `p` is a dict of torch tensors; `signal_loading` replaces B in the forcing signals, which then
    do not depend on p["B"].
    """
    rows = torch.tensor(problem.rows)
    clipped = problem.parametrization.clipped
    total, count = 0.0, 0
    for start in starts:
        x = rows[start : start + problem.n_steps + 1]
        if "B" in p:
            z = pinv(p["B"]) @ x[0]
            loading = p["B"].detach() if signal_loading is None else signal_loading
            signal = [pinv(loading) @ row for row in x]
        else:
            z, signal = x[0], x
        for t in range(1, len(x)):
            u = p["W2"] @ z
            hidden = torch.clamp(u + p["h2"], min=0)
            if clipped:
                hidden = hidden - torch.clamp(u, min=0)
            z = p["A"] * z + p["W1"] @ hidden + p["h1"]
            seen = p["B"] @ z if "B" in p else z
            total = total + ((seen - x[t]) ** 2).sum()
            count += len(seen)
            z = (1 - alpha) * z + alpha * signal[t]
    loss = total / count
    free = problem.parametrization.free()._asdict()
    for name, mask in free.items():
        pull = p[name] - 1 if name == "A" else p[name]
        loss = loss + problem.latent_penalty * (torch.tensor(mask) * pull**2).sum()
    if "B" in p:
        values = torch.linalg.svdvals(p["B"])
        ratio = values.max() / values.min()
        loss = loss + problem.observation_penalty * (1 - ratio) ** 2
    return loss


def pinv(B):
    if B.shape[0] >= B.shape[1]:
        return torch.linalg.inv(B.T @ B) @ B.T
    return B.T @ torch.linalg.inv(B @ B.T)


def plain_gradient(problem, arrays, starts, alpha):
    p = {k: torch.tensor(v, requires_grad=True) for k, v in arrays.items()}
    loss = plain_loss(p, problem, starts, alpha)
    loss.backward()
    masks = problem.parametrization.free()._asdict()
    return loss.item(), {k: v.grad.numpy() * masks.get(k, 1) for k, v in p.items()}


def gradient_of(engine, problem, arrays, starts, alpha):
    return engine(problem, arrays, Forcing(alpha=alpha)).loss_gradient(starts, alpha)


def assert_same(actual, expected, rtol):
    """Loss and gradient agree, each array to `rtol` of its own largest entry."""
    assert actual[0] == pytest.approx(expected[0], rel=rtol)
    assert actual[1].keys() == expected[1].keys()
    for name, value in expected[1].items():
        error = np.abs(actual[1][name] - value).max()
        assert error <= rtol * max(np.abs(value).max(), 1e-3), name


@each_model
@each_observation
@each_alpha
def test_engines_and_the_plain_loss_agree_in_float64(
    build_problem, draw_starts, model, observation, alpha
):
    problem, arrays = build_problem(
        model, **OBSERVATIONS[observation], latent_penalty=0.01, observation_penalty=0.02
    )
    starts = draw_starts(problem)
    expected = plain_gradient(problem, arrays, starts, alpha)
    compiled = gradient_of(NumbaEngine, problem, arrays, starts, alpha)
    reference = gradient_of(TorchEngine, problem, arrays, starts, alpha)
    assert_same(compiled, expected, 1e-10)
    assert_same(reference, expected, 1e-10)
    assert_same(compiled, reference, 1e-10)


@each_model
@each_observation
@each_alpha
def test_engines_agree_in_float32(build_problem, draw_starts, model, observation, alpha):
    problem, arrays = build_problem(
        model,
        **OBSERVATIONS[observation],
        latent_penalty=0.01,
        observation_penalty=0.02,
        dtype=np.float32,
    )
    starts = draw_starts(problem)
    compiled = gradient_of(NumbaEngine, problem, arrays, starts, alpha)
    assert_same(compiled, gradient_of(TorchEngine, problem, arrays, starts, alpha), 1e-4)
    assert_same(compiled, plain_gradient(problem, arrays, starts, alpha), 1e-4)


@pytest.mark.parametrize("model", ["shallow", "clipped"])
@pytest.mark.parametrize("observation", ["identity", "affine, M < N", "affine, M > N"])
@pytest.mark.parametrize("alpha", [0.0, 0.3])
def test_gradient_is_the_slope_of_the_loss_with_fixed_forcing_signals(
    build_problem, draw_starts, model, observation, alpha
):
    problem, arrays = build_problem(
        model,
        **OBSERVATIONS[observation],
        L=4,
        n_steps=4,
        batch_size=2,
        latent_penalty=0.01,
        observation_penalty=0.02,
    )
    starts = draw_starts(problem)
    _, gradient = gradient_of(NumbaEngine, problem, arrays, starts, alpha)
    rng, step = np.random.default_rng(0), 1e-6
    held = torch.tensor(arrays["B"]) if "B" in arrays else None
    for name in arrays:
        for _ in range(3):
            direction = rng.standard_normal(arrays[name].shape)
            ends = [
                plain_loss(
                    {
                        k: torch.tensor(v + sign * step * direction if k == name else v)
                        for k, v in arrays.items()
                    },
                    problem,
                    starts,
                    alpha,
                    held,
                ).item()
                for sign in (1, -1)
            ]
            slope = (ends[0] - ends[1]) / (2 * step)
            assert np.sum(gradient[name] * direction) == pytest.approx(slope, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("engine", [NumbaEngine, TorchEngine])
def test_forcing_signals_carry_no_gradient(build_problem, draw_starts, engine):
    problem, arrays = build_problem(affine=True, N=5, M=3)
    starts = draw_starts(problem)
    _, gradient = gradient_of(engine, problem, arrays, starts, 0.3)
    # Loss and gradient if the signals moved with B: they must differ clearly.
    p = {k: torch.tensor(v, requires_grad=True) for k, v in arrays.items()}
    plain_loss(p, problem, starts, 0.3, signal_loading=p["B"]).backward()
    moving = p["B"].grad.numpy()
    assert np.abs(gradient["B"] - moving).max() > 1e-3 * np.abs(moving).max()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("M", [3, LARGEST_M, LARGEST_M + 1])
def test_kernels_on_both_sides_of_the_limit_of_units_agree_with_torch(
    build_problem, draw_starts, monkeypatch, model, M
):
    problem, arrays = build_problem(model, M=M, N=M)
    starts = draw_starts(problem)
    expected = gradient_of(TorchEngine, problem, arrays, starts, 0.2)
    engine = NumbaEngine(problem, arrays, Forcing())
    assert (engine._small is not None) == (M <= LARGEST_M)
    assert_same(engine.loss_gradient(starts, 0.2), expected, 1e-10)
    monkeypatch.setattr(_engine_numba, "LARGEST_M", 0)
    batched = NumbaEngine(problem, arrays, Forcing())
    assert batched._small is None
    assert_same(batched.loss_gradient(starts, 0.2), expected, 1e-10)


@pytest.mark.parametrize("batch_size", [1, 5, 16])
@pytest.mark.parametrize("L", [1, 7, 33])
@pytest.mark.parametrize(
    "sizes",
    [
        {"N": 3, "M": 3},
        {"N": 9, "M": 9},
        {"affine": True, "N": 17, "M": 5},
        {"affine": True, "N": 1, "M": 2},
    ],
    ids=lambda s: f"N{s['N']}M{s['M']}",
)
def test_padding_is_inert(build_problem, draw_starts, sizes, L, batch_size):
    problem, arrays = build_problem(
        "clipped", **sizes, L=L, batch_size=batch_size, n_steps=5, latent_penalty=0.01
    )
    starts = draw_starts(problem)
    compiled = gradient_of(NumbaEngine, problem, arrays, starts, 0.3)
    assert_same(compiled, gradient_of(TorchEngine, problem, arrays, starts, 0.3), 1e-10)
    assert {k: v.shape for k, v in compiled[1].items()} == {k: v.shape for k, v in arrays.items()}


@pytest.mark.parametrize("sizes", [{"N": 3, "M": 3}, {"N": 9, "M": 9}], ids=["small", "batched"])
def test_a_batch_is_the_mean_of_its_windows(build_problem, draw_starts, sizes):
    many, arrays = build_problem("clipped", **sizes, batch_size=5)
    one, _ = build_problem("clipped", **sizes, batch_size=1)
    starts = draw_starts(many)
    loss, gradient = gradient_of(NumbaEngine, many, arrays, starts, 0.3)
    parts = [gradient_of(NumbaEngine, one, arrays, starts[i : i + 1], 0.3) for i in range(5)]
    assert loss == pytest.approx(np.mean([part[0] for part in parts]), rel=1e-12)
    for name, value in gradient.items():
        mean = np.mean([part[1][name] for part in parts], axis=0)
        np.testing.assert_allclose(value, mean, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("engine", [NumbaEngine, TorchEngine])
def test_gradient_of_fixed_entries_is_zero(build_problem, draw_starts, engine):
    problem, arrays = build_problem("PLRNN", latent_penalty=0.5)
    _, gradient = gradient_of(engine, problem, arrays, draw_starts(problem), 0.3)
    for name, mask in problem.parametrization.free()._asdict().items():
        np.testing.assert_array_equal(gradient[name][mask == 0], 0)
        assert np.all(gradient[name][mask == 1] != 0)


@pytest.mark.parametrize("engine", [NumbaEngine, TorchEngine])
def test_penalties_are_added_to_the_loss_as_published(build_problem, draw_starts, engine):
    sizes = {"affine": True, "N": 5, "M": 3}
    plain, arrays = build_problem(**sizes)
    penalised, _ = build_problem(**sizes, latent_penalty=0.3, observation_penalty=0.7)
    starts = draw_starts(plain)
    without, gradient = gradient_of(engine, plain, arrays, starts, 0.3)
    loss, with_penalty = gradient_of(engine, penalised, arrays, starts, 0.3)
    latent = np.sum((1 - arrays["A"]) ** 2)
    latent += sum(np.sum(arrays[name] ** 2) for name in ("W1", "W2", "h1", "h2"))
    condition = np.linalg.cond(arrays["B"])
    assert loss - without == pytest.approx(0.3 * latent + 0.7 * (1 - condition) ** 2, rel=1e-10)
    pull = with_penalty["A"] - gradient["A"]
    np.testing.assert_allclose(pull, 0.6 * (arrays["A"] - 1), rtol=1e-9)
    np.testing.assert_allclose(with_penalty["W1"] - gradient["W1"], 0.6 * arrays["W1"], rtol=1e-9)


@pytest.mark.parametrize("engine", [NumbaEngine, TorchEngine])
def test_penalty_counts_trained_entries_only(build_problem, draw_starts, engine):
    plain, arrays = build_problem("PLRNN")
    penalised, _ = build_problem("PLRNN", latent_penalty=0.3)
    starts = draw_starts(plain)
    extra = gradient_of(engine, penalised, arrays, starts, 0.3)[0]
    extra -= gradient_of(engine, plain, arrays, starts, 0.3)[0]
    trained = np.sum((1 - arrays["A"]) ** 2) + np.sum(arrays["W1"] ** 2) + np.sum(arrays["h1"] ** 2)
    assert extra == pytest.approx(0.3 * trained, rel=1e-10)


def test_full_forcing_is_the_one_step_prediction_error(build_problem, draw_starts):
    problem, arrays = build_problem("clipped", M=3, N=3)
    starts = draw_starts(problem)
    loss, _ = gradient_of(NumbaEngine, problem, arrays, starts, 1.0)
    index = starts[:, None] + np.arange(problem.n_steps)
    canonical, _ = problem.model(arrays)
    errors = canonical.step(problem.rows[index].reshape(-1, 3)) - problem.rows[index + 1].reshape(
        -1, 3
    )
    assert loss == pytest.approx(np.mean(errors**2), rel=1e-12)


def test_no_forcing_is_the_free_run_error(build_problem, draw_starts):
    problem, arrays = build_problem("clipped", affine=True, N=5, M=3)
    starts = draw_starts(problem)
    loss, _ = gradient_of(NumbaEngine, problem, arrays, starts, 0.0)
    canonical, observation = problem.model(arrays)
    runs = observation.observe(
        canonical.simulate(observation.infer(problem.rows[starts]), problem.n_steps)
    )
    wanted = problem.rows[starts[:, None] + np.arange(1, problem.n_steps + 1)]
    assert loss == pytest.approx(np.mean((runs - wanted) ** 2), rel=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_manifold_penalty_is_the_absolute_sum_over_the_last_units(share):
    rng = np.random.default_rng(0)
    model = ClippedShallowPLRNN(3, hidden_dim=7)
    rows = rng.standard_normal((60, 3))
    arrays = model.weights(model.initial(rng))._asdict()
    held = slice(3 - round(share * 3), 3)
    expected = 0.3 * (
        np.abs(1 - arrays["A"])[held].sum()
        + np.abs(arrays["W1"])[held].sum()
        + np.abs(arrays["h1"])[held].sum()
    )
    for kind in (NumbaEngine, TorchEngine):
        losses, gradients = [], []
        for weight in (0.0, 0.3):
            problem = Problem(rows, model, False, 10, 4, 0.0, 0.0, np.float64, weight, share)
            loss, gradient = kind(problem, arrays, Forcing()).loss_gradient([0, 5, 9, 20], 0.3)
            losses.append(loss)
            gradients.append(gradient)
        np.testing.assert_allclose(losses[1] - losses[0], expected, rtol=1e-10, atol=1e-14)
        slope = gradients[1]["W1"] - gradients[0]["W1"]
        sign = np.zeros_like(slope)
        sign[held] = 0.3 * np.sign(arrays["W1"][held])
        np.testing.assert_allclose(slope, sign, atol=1e-12)
