"""The gradient of the forced run: both engines, a plain loss written here, finite differences."""

from dataclasses import replace

import numpy as np
import pytest
from engines import CompiledEngine, TorchEngine, both_engines
from hypothesis import given, settings
from hypothesis import strategies as st
from models import FAMILY, LAYERS, next_state

from sklearn_dsr._maps._parametrizations import ShallowPLRNN
from sklearn_dsr._training._forcing import Forcing

PENALTIES = {
    "latent": 0.03,
    "observation": 0.02,
    "manifold": 0.05,
    "manifold_share": 0.4,
    "l1": 0.04,
    "l2": 0.06,
}
# One problem for each compiled form: kernel and observation.
FORMS = {
    "small": {"model": "clipped shallow"},
    "layer": {"model": "clipped shallow", "N": 4, "M": 9},
    "layer, affine": {"model": "clipped shallow", "N": 5, "affine": True},
    "units": {"model": "clipped dendritic", "N": 2},
    "units, affine": {"model": "dendritic", "N": 2, "affine": True},
}


def plain_loss(p, problem, starts, forcing, noise=None, held=None):
    """The loss without penalties, one window and step after the other.

    `held` are the arrays of the forcing signals, in place of p.
    """
    model, (_, N, _) = problem.parametrization, problem.sizes
    held = p if held is None else held
    total, count = 0.0, 0
    for s, start in enumerate(starts):
        rows = problem.rows[start : start + problem.n_steps + 1]
        x, inputs = rows[:, :N], rows[:, N:]
        seen = np.ones(x.shape, bool)
        if problem.seen is not None:
            seen = problem.seen[start : start + len(rows)]
        noisy = x if noise is None else x + noise[:, s]
        if problem.affine:
            z = np.linalg.pinv(p["B"]) @ noisy[0]
        else:
            z = np.concatenate([noisy[0], p["L0"] @ noisy[0]]) if "L0" in p else noisy[0]
        for t in range(1, len(x)):
            z = next_state(model, p, z, inputs[t - 1])
            predicted = p["B"] @ z if problem.affine else z[:N]
            total += np.sum((predicted - x[t])[seen[t]] ** 2)
            count += np.sum(seen[t])
            if t % forcing.interval:
                continue
            if problem.affine:
                signal = np.where(seen[t], noisy[t], held["B"] @ z)
                z = z + forcing.alpha * (np.linalg.pinv(held["B"]) @ signal - z)
            else:
                z = z.copy()
                z[:N] += forcing.alpha * np.where(seen[t], noisy[t] - z[:N], 0)
    return total / max(count, 1)


def penalty(p, problem):
    """All penalties, for arrays that are 0 where they are fixed."""
    model, weights = problem.parametrization, problem.penalties
    M = model.latent_dim
    held = slice(M - round(weights.manifold_share * M), M)
    target = {"A": np.eye(M)}
    matrices, rows = (["W1", "W2"], ["W1", "h1"])
    if not isinstance(model, ShallowPLRNN):
        matrices, rows = ["W"], ["W", "h"]
    matrices += ["C"] if "C" in p else []
    total = 0.0
    for name, value in p.items():
        if name not in ("B", "L0"):
            total += weights.latent * np.sum((value - target.get(name, 0)) ** 2)
    for name in matrices:
        total += weights.l1 * np.sum(np.abs(p[name])) + weights.l2 * np.sum(p[name] ** 2)
    total += weights.manifold * np.sum(np.abs(np.eye(M) - p["A"])[held])
    total += weights.manifold * sum(np.sum(np.abs(p[name][held])) for name in rows)
    if problem.affine:
        total += weights.observation * (1 - np.linalg.cond(p["B"])) ** 2
    return total


def gradient_of(engine, problem, arrays, starts, forcing, noise=None):
    return engine(problem, arrays, forcing).loss_gradient(starts, forcing.alpha, noise)


def assert_same(actual, expected, rtol):
    """Loss and gradient agree, each array to `rtol` of its own largest entry."""
    assert actual[0] == pytest.approx(expected[0], rel=rtol)
    assert actual[1].keys() == expected[1].keys()
    for name, value in expected[1].items():
        assert actual[1][name].shape == value.shape
        error = np.max(np.abs(actual[1][name] - value), initial=0)
        assert error <= rtol * max(np.max(np.abs(value), initial=0), 1e-3), name


@st.composite
def sizes(draw):
    """Model and sizes; the compiled forms they need are few, see `FORMS`."""
    affine = draw(st.booleans())
    model = draw(st.sampled_from(list(FAMILY)))
    if affine:
        M, N = draw(st.integers(1, 9)), draw(st.sampled_from([1, 2, 3, 5, 17]))
    else:
        # The kernel for few units is compiled for each M.
        few = model in LAYERS
        M = draw(st.sampled_from([3, 6, 7, 9]) if few else st.integers(1, 9))
        N = M - draw(st.integers(0, M - 1))
    return {
        "model": model,
        "M": M,
        "N": N,
        "affine": affine,
        "L": draw(st.sampled_from([1, 4, 7, 33])),
        "K": draw(st.integers(0, 2)),
        "batch_size": draw(st.sampled_from([1, 5, 8])),
        "missing": draw(st.sampled_from([0.0, 0.3])),
        "noise": draw(st.sampled_from([0.0, 0.2])),
        "seed": draw(st.integers(0, 2**32 - 1)),
        **(draw(st.sampled_from([{}, PENALTIES]))),
    }


@settings(max_examples=150)
@given(sizes(), st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from([1, 3]))
def test_engines_and_the_plain_loss_agree(build_problem, draw_starts, draw_noise, s, alpha, tau):
    problem, arrays = build_problem(**s, n_steps=7)
    starts, noise = draw_starts(problem), draw_noise(problem)
    forcing = Forcing(alpha=alpha, interval=tau)
    compiled = gradient_of(CompiledEngine, problem, arrays, starts, forcing, noise)
    assert_same(compiled, gradient_of(TorchEngine, problem, arrays, starts, forcing, noise), 1e-10)
    expected = plain_loss(arrays, problem, starts, forcing, noise) + penalty(arrays, problem)
    assert compiled[0] == pytest.approx(expected, rel=1e-10)


SLOPES = {
    "hidden units, sparse": ({"model": "dendritic", "N": 2, "M": 4, "L": 3}, 1.0, 3),
    "hidden units, clipped and mean-centred": (
        {"model": "clipped mean-centred dendritic", "N": 2, "M": 4, "L": 3},
        0.3,
        2,
    ),
    "hidden units of a layer, few": ({"model": "clipped shallow", "N": 2, "M": 3}, 0.3, 1),
    "hidden units of a layer, many": ({"model": "shallow", "N": 4, "M": 9}, 0.3, 1),
    "missing": ({"model": "clipped shallow", "missing": 0.4}, 0.3, 1),
    "missing, units": ({"model": "vanilla", "N": 3, "M": 5, "missing": 0.4}, 0.3, 1),
    "missing, M < N": ({"model": "shallow", "N": 5, "affine": True, "missing": 0.4}, 0.3, 1),
    "missing, M = N": ({"model": "mean-centred", "affine": True, "missing": 0.4}, 1.0, 1),
    "missing, M > N": ({"model": "shallow", "N": 2, "affine": True, "missing": 0.4}, 1.0, 2),
    "inputs": ({"model": "vanilla", "N": 2, "M": 4, "K": 2}, 0.3, 1),
    "inputs, few units": ({"model": "shallow", "K": 1}, 0.0, 1),
    "inputs, affine": ({"model": "almost-linear", "N": 5, "K": 2, "affine": True}, 0.3, 1),
    "noise": ({"model": "clipped shallow", "N": 2, "M": 3, "noise": 0.3}, 0.3, 1),
    "noise and missing, M > N": (
        {"model": "clipped dendritic", "N": 2, "affine": True, "noise": 0.3, "missing": 0.3},
        0.3,
        1,
    ),
}


@pytest.mark.parametrize("case", SLOPES)
def test_gradient_is_the_slope_of_the_loss_with_fixed_forcing_signals(
    build_problem, draw_starts, draw_noise, case
):
    options, alpha, tau = SLOPES[case]
    problem, arrays = build_problem(**{"L": 4, "n_steps": 6, "batch_size": 3} | options)
    starts, noise = draw_starts(problem), draw_noise(problem)
    forcing = Forcing(alpha=alpha, interval=tau)
    _, gradient = gradient_of(CompiledEngine, problem, arrays, starts, forcing, noise)
    rng, step = np.random.default_rng(0), 1e-6
    for name, mask in problem.masks().items():
        assert np.any(gradient[name] != 0)
        for _ in range(3):
            direction = rng.standard_normal(mask.shape) * mask
            ends = [
                plain_loss(
                    arrays | {name: arrays[name] + sign * step * direction},
                    problem,
                    starts,
                    forcing,
                    noise,
                    arrays,
                )
                for sign in (1, -1)
            ]
            slope = (ends[0] - ends[1]) / (2 * step)
            assert np.sum(gradient[name] * direction) == pytest.approx(slope, rel=1e-6, abs=1e-8)


@both_engines
@pytest.mark.parametrize("missing", [0.0, 0.4])
@pytest.mark.parametrize("N", [2, 5])
def test_forcing_signals_carry_no_gradient(build_problem, draw_starts, engine, missing, N):
    problem, arrays = build_problem(affine=True, N=N, M=3, missing=missing)
    starts, forcing = draw_starts(problem), Forcing(alpha=0.3)
    _, gradient = gradient_of(engine, problem, arrays, starts, forcing)

    def slopes(held):
        out, step = np.empty((N, 3)), 1e-6
        for at in np.ndindex(N, 3):
            d = np.zeros((N, 3))
            d[at] = step
            ends = [
                plain_loss(arrays | {"B": arrays["B"] + e}, problem, starts, forcing, held=held)
                for e in (d, -d)
            ]
            out[at] = (ends[0] - ends[1]) / (2 * step)
        return out

    np.testing.assert_allclose(gradient["B"], slopes(arrays), rtol=1e-5, atol=1e-7)
    # If the signals moved with B, the gradient would clearly be another one.
    moving = slopes(None)
    assert np.abs(gradient["B"] - moving).max() > 1e-3 * np.abs(moving).max()


@pytest.mark.parametrize("model", LAYERS)
@pytest.mark.parametrize("M", range(1, 8))
@pytest.mark.parametrize("L", [1, 2, 7, 40])
def test_kernels_for_few_units_agree_with_double_precision(build_problem, draw_starts, model, M, L):
    """In float32 up to six units have kernels of their own; in float64 one serves all."""
    problem, arrays = build_problem(model, M=M, N=min(M, 3), L=L, K=2, missing=0.2)
    starts, forcing = draw_starts(problem), Forcing(alpha=0.2)
    exact = gradient_of(CompiledEngine, problem, arrays, starts, forcing)
    single = replace(problem, dtype=np.float32)
    assert_same(gradient_of(CompiledEngine, single, arrays, starts, forcing), exact, 2e-4)


@pytest.mark.parametrize("missing", [0.0, 0.1])
@pytest.mark.parametrize("form", FORMS)
def test_windows_that_pad_a_batch_overflow_only_if_its_own_do(build_problem, form, missing):
    problem, arrays = build_problem(**FORMS[form], n_steps=55, batch_size=1, missing=missing)
    M, N, _ = problem.sizes
    # Every observed unit grows by itself: a free run overflows, a forced one stays finite.
    arrays |= {name: 0 * arrays[name] for name in ("W", "W1") if name in arrays}
    arrays["A"] = np.diag(np.where(np.arange(M) < (M if problem.affine else N), 1e6, 0.5))
    starts, forcing = np.array([3]), Forcing(alpha=1.0)
    with np.errstate(all="ignore"):
        assert not np.isfinite(plain_loss(arrays, problem, starts, Forcing(alpha=0.0)))
    loss, gradient = gradient_of(CompiledEngine, problem, arrays, starts, forcing)
    # Missing values are the run's own, which grows: float32 tells little more than the size.
    assert loss == pytest.approx(plain_loss(arrays, problem, starts, forcing), rel=0.1)
    assert all(np.all(np.isfinite(value)) for value in gradient.values())


@pytest.mark.parametrize("form", FORMS)
def test_a_batch_is_the_mean_of_its_windows(build_problem, draw_starts, form):
    many, arrays = build_problem(**FORMS[form], K=1, batch_size=5)
    one = replace(many, batch_size=1)
    starts, forcing = draw_starts(many), Forcing(alpha=0.3)
    loss, gradient = gradient_of(CompiledEngine, many, arrays, starts, forcing)
    parts = [gradient_of(CompiledEngine, one, arrays, starts[i : i + 1], forcing) for i in range(5)]
    assert loss == pytest.approx(np.mean([part[0] for part in parts]), rel=1e-12)
    for name, value in gradient.items():
        mean = np.mean([part[1][name] for part in parts], axis=0)
        np.testing.assert_allclose(value, mean, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_what_stands_in_for_a_missing_value_matters_in_the_first_row_only(build_problem, form):
    problem, arrays = build_problem(**FORMS[form], missing=0.4)
    starts, forcing = np.array([0, 9, 18, 27, 36]), Forcing(alpha=0.3)
    rows, later = problem.rows.copy(), ~problem.seen
    later[starts] = False
    rows[:, : problem.sizes[1]][later] = 1e6
    loss, gradient = gradient_of(CompiledEngine, problem, arrays, starts, forcing)
    other = replace(problem, rows=rows)
    again, same = gradient_of(CompiledEngine, other, arrays, starts, forcing)
    assert again == loss
    for name, value in gradient.items():
        np.testing.assert_array_equal(same[name], value)
    rows[starts] += 1.0
    assert gradient_of(CompiledEngine, other, arrays, starts, forcing)[0] != loss


@both_engines
@pytest.mark.parametrize("form", FORMS)
def test_no_observed_value_is_no_loss(build_problem, draw_starts, engine, form):
    problem, arrays = build_problem(**FORMS[form], missing=0.5)
    problem.seen[:] = False
    loss, gradient = gradient_of(engine, problem, arrays, draw_starts(problem), Forcing(alpha=0.3))
    assert loss == 0
    assert all(np.all(value == 0) for value in gradient.values())


@pytest.mark.parametrize("form", FORMS)
def test_all_values_seen_is_none_missing(build_problem, draw_starts, form):
    problem, arrays = build_problem(**FORMS[form])
    masked = replace(problem, seen=np.ones((len(problem.rows), problem.sizes[1]), bool))
    starts, forcing = draw_starts(problem), Forcing(alpha=0.3)
    expected = gradient_of(CompiledEngine, problem, arrays, starts, forcing)
    assert_same(gradient_of(CompiledEngine, masked, arrays, starts, forcing), expected, 1e-12)


@both_engines
@pytest.mark.parametrize("model", ["vanilla", "almost-linear"])
def test_gradient_of_fixed_entries_is_zero(build_problem, draw_starts, engine, model):
    problem, arrays = build_problem(model, latent=0.5, l1=0.1, l2=0.2, manifold=0.3)
    _, gradient = gradient_of(engine, problem, arrays, draw_starts(problem), Forcing(alpha=0.3))
    for name, mask in problem.masks().items():
        np.testing.assert_array_equal(gradient[name][mask == 0], 0)
        assert np.all(gradient[name][mask == 1] != 0)


@pytest.mark.parametrize("model", FAMILY)
def test_full_forcing_is_the_one_step_prediction_error(build_problem, draw_starts, model):
    problem, arrays = build_problem(model)
    starts = draw_starts(problem)
    loss, _ = gradient_of(CompiledEngine, problem, arrays, starts, Forcing(alpha=1.0))
    index = starts[:, None] + np.arange(problem.n_steps)
    canonical, _ = problem.maps(arrays)
    steps = canonical.step(problem.rows[index].reshape(-1, 3))
    assert loss == pytest.approx(np.mean((steps - problem.rows[index + 1].reshape(-1, 3)) ** 2))


@pytest.mark.parametrize("form", FORMS)
def test_no_forcing_is_the_free_run_error(build_problem, draw_starts, form):
    problem, arrays = build_problem(**FORMS[form], K=2)
    starts, (_, N, _) = draw_starts(problem), problem.sizes
    loss, _ = gradient_of(CompiledEngine, problem, arrays, starts, Forcing(alpha=0.0))
    canonical, observation = problem.maps(arrays)
    windows = problem.rows[starts[:, None] + np.arange(problem.n_steps + 1)]
    runs = observation.observe(
        canonical.simulate(
            observation.infer(windows[:, 0, :N]), problem.n_steps, windows[:, :-1, N:]
        )
    )
    assert loss == pytest.approx(np.mean((runs - windows[:, 1:, :N]) ** 2), rel=1e-12)
