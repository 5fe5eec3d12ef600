"""The free-run score and the outcome: planted maps whose fate is known."""

from dataclasses import replace

import numpy as np
import pytest
from known_maps import linear, lozi, map_step, rotation, turn

from sklearn_dsr._choice._capture import captured, fixed_points
from sklearn_dsr._choice._free_run_score import UNRELATED, FreeRunScore
from sklearn_dsr._choice._outcome import ADVICE, CONVERGED, diagnose, recurrence_error
from sklearn_dsr._maps._canonical import CanonicalMap
from sklearn_dsr._maps._observation import AffineObservation, IdentityObservation
from sklearn_dsr._recipe import BUDGET
from sklearn_dsr.datasets import make_lorenz63


def saturated(A, centre=0.0, size=0.5):
    """z' = centre + clip(A (z - centre), -size, size): if A is large, a stable cycle of corners."""
    A = np.asarray(A, float)
    corner, shift = np.full(len(A), size), A @ np.full(len(A), centre)
    return CanonicalMap(
        np.zeros_like(A),
        np.hstack([np.eye(len(A)), -np.eye(len(A))]),
        np.vstack([A, A]),
        centre - corner,
        np.concatenate([corner - shift, -corner - shift]),
    )


LOZI = lozi()


def identity(N, n_hidden=0):
    return IdentityObservation(np.zeros((n_hidden, N)))


IDENTITY = identity(2)
BAD = {
    "collapsed to a fixed point": linear(0.9 * np.eye(2)),
    "collapsed to a cycle": saturated(3 * turn(np.pi / 2)),
    "diverged": linear(2.5 * np.eye(2)),
    "escaped": saturated(-3 * np.eye(2), centre=8.0),
}


@pytest.fixture(scope="module")
def chaos():
    rows = LOZI.simulate(np.array([[0.1, 0.2]]), 4200)[0, 200:]
    assert np.abs(rows).max() < 2
    return FreeRunScore([rows])


@pytest.fixture(scope="module")
def lorenz():
    rows = make_lorenz63(4000, random_state=0)
    return FreeRunScore([(rows - rows.mean(axis=0)) / rows.std(axis=0)])


def outcome(canonical, score, observation=IDENTITY):
    return diagnose(score.long_runs((canonical, observation)), 1.0, score)


@pytest.mark.parametrize("expected", BAD)
def test_bad_maps_are_named(chaos, expected):
    assert outcome(BAD[expected], chaos) == expected
    assert expected in ADVICE


def test_map_that_made_the_data_converges(chaos):
    assert outcome(LOZI, chaos) == CONVERGED
    assert CONVERGED not in ADVICE


def test_good_map_scores_better_than_every_bad_one(chaos):
    good = chaos.short((LOZI, IDENTITY))
    assert good["D"] < 0.3 and good["H"] < 0.1
    for canonical in BAD.values():
        bad = chaos.short((canonical, IDENTITY))
        assert bad["S"] > good["S"] + 3
        long = [chaos.long(chaos.long_runs((m, IDENTITY))) for m in (LOZI, canonical)]
        assert long[1][0] > long[0][0] + 3


def test_score_is_the_sum_of_its_parts(chaos):
    for canonical in (LOZI, BAD["collapsed to a cycle"], BAD["escaped"]):
        s = chaos.short((canonical, IDENTITY))
        assert s["S"] == pytest.approx(s["D"] + 5 * s["H"] + s["F"])
        assert 0 <= s["H"] <= 1 and s["D"] >= 0


def forecast_error(m, segments, N):
    """F of windows of 101 rows that fill the segments, one step after the other."""
    errors, spread = [], np.concatenate(segments)[:, :N].std(axis=0)
    for s in segments:
        for first in range(0, len(s) - 100, 101):
            z = s[first, :N]
            for t in range(first, first + 100):
                z = map_step(m, z, None if m.C is None else s[t, N:])
                errors.append(np.minimum(((z - s[t + 1, :N]) / spread) ** 2, UNRELATED))
    return np.mean(errors)


def test_forecasts_are_scored_window_by_window(chaos):
    segments = [chaos.rows[:700], chaos.rows[700:760], chaos.rows[760:2000]]
    score = FreeRunScore(segments)
    assert score.short((LOZI, IDENTITY))["F"] == 0.0  # bit for bit
    for canonical in (linear(0.9 * np.eye(2)), BAD["escaped"], BAD["collapsed to a cycle"]):
        found = score.short((canonical, IDENTITY))["F"]
        assert found == pytest.approx(forecast_error(canonical, segments, 2))


def test_forecasts_have_the_inputs_of_their_rows(driven):
    m, rows, score = driven
    assert score.short((m, IDENTITY))["F"] < 1e-20
    other = replace(m, C=1.1 * m.C)
    found = score.short((other, IDENTITY))["F"]
    assert found == pytest.approx(forecast_error(other, [rows], 2)) and found > 1e-3


def test_forecasts_tell_maps_apart_whose_free_runs_are_alike():
    t = np.arange(4000)
    score = FreeRunScore([np.column_stack([np.cos(0.05 * t), np.sin(0.05 * t)])])
    true, slower = (score.short((rotation(a), IDENTITY)) for a in (0.05, 0.0495))
    assert true["F"] < 1e-20 < 1e-4 < slower["F"]
    rest = score.short((linear(np.zeros((2, 2))), IDENTITY))
    assert rest["F"] == pytest.approx(1.0, abs=0.05)
    assert score.short((rotation(0.1), IDENTITY))["F"] < UNRELATED


def test_short_pieces_have_shorter_forecasts(chaos):
    pieces = [chaos.rows[i : i + 20] for i in range(0, 2000, 20)]
    good = FreeRunScore(pieces).short((LOZI, IDENTITY))["F"]
    assert good < 1e-6 < FreeRunScore(pieces).short((linear(0.9 * np.eye(2)), IDENTITY))["F"]
    assert FreeRunScore([p[:2] for p in pieces]).short((LOZI, IDENTITY))["F"] < 1e-20


def test_all_verification_runs_of_the_good_map_pass_and_few_of_the_bad_ones(chaos):
    assert chaos.passed((LOZI, IDENTITY)) == 1
    for name in ("collapsed to a fixed point", "diverged", "escaped"):
        assert chaos.passed((BAD[name], IDENTITY)) <= 1 / 32  # one may take long to come to rest


def test_run_that_is_not_finite_has_the_score_of_a_diverged_one(chaos):
    model = (BAD["diverged"], IDENTITY)
    assert chaos.short(model) == {"D": np.inf, "H": 1.0, "F": UNRELATED, "S": np.inf}
    assert chaos.long_runs(model) is None
    assert chaos.long(None) == (np.inf, 0.0)


@pytest.mark.parametrize("growth", [1.2, 1.5, 1.6, 2.0, 2.5, 10.0, 1e30])
@pytest.mark.parametrize("affine", [False, True])
def test_expanding_maps_are_scored_without_a_warning(chaos, growth, affine):
    observation = AffineObservation(np.array([[1.0, 0.5], [0.0, 1.0]])) if affine else IDENTITY
    model = (linear(growth * np.eye(2)), observation)
    assert chaos.short(model)["S"] > 5
    assert chaos.passed(model) == 0
    assert diagnose(chaos.long_runs(model), 1.0, chaos) == "diverged"


@pytest.mark.parametrize("n", [20, 40, 80, 160, 320, 600])
@pytest.mark.parametrize("growth", [1.5, 10.0, 1e5])
def test_expanding_maps_are_scored_without_a_warning_on_short_series(n, growth):
    score = FreeRunScore([LOZI.simulate(np.array([[0.1, 0.2]]), n)[0]])
    model = (linear(growth * np.eye(2)), IDENTITY)
    assert score.short(model)["S"] > 5
    assert score.passed(model) == 0
    runs = score.long_runs(model)
    assert diagnose(runs, 1.0, score) in ("diverged", "escaped")
    assert not np.isnan(score.long(runs)).any()


def test_short_data_are_verified_for_ten_times_their_length():
    cycle = rotation(0.1).simulate(np.array([[1.0, 0.0]]), 1000)[0]
    score = FreeRunScore([cycle])
    model = (linear(1.0001 * turn(0.1)), IDENTITY)  # out of range after 4000 rows or more
    assert score.n_long(model) == 10 * score.n
    runs = score.long_runs(model)
    assert runs.shape == (BUDGET.n_long, 10_000, 2)
    early = [score.long(runs[:, : score.n]), diagnose(runs[:, : score.n], 1.0, score)]
    assert early[0][0] < 0.5 * score.long(runs)[0]
    assert early[1] == CONVERGED
    assert diagnose(runs, 1.0, score) == "escaped"


def test_long_runs_of_large_models_and_of_long_data_are_no_longer_than_the_data():
    rng = np.random.default_rng(0)
    large = linear(np.eye(100))
    large = replace(large, W1=np.zeros((100, 5000)), W2=np.zeros((5000, 100)), h2=np.zeros(5000))
    short = FreeRunScore([rng.standard_normal((1000, 100))])
    assert short.n_long((large, identity(100))) == 1000
    wide = FreeRunScore([rng.standard_normal((1000, 200))])  # many values of few operations
    B = AffineObservation(rng.standard_normal((200, 2)))
    assert wide.n_long((LOZI, B)) == 4e6 / (BUDGET.n_long * 200)
    driven = FreeRunScore([rng.standard_normal((1000, 3))], n_inputs=1)
    assert driven.n_long((LOZI, IDENTITY)) == 1000  # its inputs end with the data
    resting = FreeRunScore([np.exp(-np.arange(1000) / 50)[:, None] * np.ones(2)])
    assert resting.n_long((LOZI, IDENTITY)) == 1000  # ten times as long would be rest alone
    long = FreeRunScore([rng.standard_normal((150_000, 2))])
    assert long.n_long((LOZI, IDENTITY)) == long.n == 100_000


def test_late_capture_shows_in_the_long_runs_only(chaos):
    run = LOZI.simulate(np.array([[0.3, 0.1]]), chaos.n)[0]
    dead = run.copy()
    dead[-len(run) // 8 :] = dead[-len(run) // 8]
    alive = np.stack(BUDGET.n_long * [run])
    caught = np.stack((BUDGET.n_long - 1) * [run] + [dead])
    (good, error), (worse, larger) = chaos.long(alive), chaos.long(caught)
    assert error == 0 and worse == pytest.approx(good + larger)  # one of the runs is farther
    assert larger > 0.1
    assert diagnose(alive, 1.0, chaos) == CONVERGED
    assert diagnose(caught, 1.0, chaos) == "collapsed to a fixed point"


def test_rational_rotation_is_a_cycle_beside_chaotic_data(lorenz):
    A = np.diag([0.0, 0.0, -1.0])
    A[:2, :2] = turn(2 * np.pi / 25)
    runs = linear(A).simulate(np.array([[1.0, 0.5, 0.3]]), 4000)
    assert diagnose(runs, 1.0, lorenz) == "collapsed to a cycle"
    assert diagnose(lorenz.rows[None], 1.0, lorenz) == CONVERGED


@pytest.mark.parametrize("angle", [2 * np.pi / 40, 0.1, 2.0])
def test_exact_rotation_is_right_for_data_that_rotate(angle):
    m = rotation(angle)
    score = FreeRunScore([m.simulate(np.array([[1.0, 0.0]]), 3000)[0]])
    assert outcome(m, score) == CONVERGED
    assert score.passed((m, IDENTITY)) == 1
    assert score.short((m, IDENTITY))["S"] < 0.5


def test_dead_map_is_named_on_data_that_rotate():
    data = rotation(0.1).simulate(np.array([[1.0, 0.0]]), 3000)[0]
    assert outcome(BAD["collapsed to a fixed point"], FreeRunScore([data])) == (
        "collapsed to a fixed point"
    )


@pytest.mark.parametrize("name", ["collapsed to a fixed point", "good"])
def test_column_that_does_not_vary_changes_no_verdict(chaos, name):
    score = FreeRunScore([np.column_stack([chaos.rows, np.zeros(len(chaos.rows))])])
    canonical = LOZI if name == "good" else BAD[name]
    A, h1 = np.zeros((3, 3)), np.append(canonical.h1, 1e-9)  # nearly right in that column
    A[:2, :2], A[2, 2] = canonical.A, 0.5
    W1, W2 = (
        np.vstack([canonical.W1, 0 * canonical.W1[:1]]),
        np.hstack([canonical.W2, 0 * canonical.W2[:, :1]]),
    )
    widened = CanonicalMap(A, W1, W2, h1, canonical.h2)
    verdict = outcome(widened, score, identity(3))
    assert verdict == (CONVERGED if name == "good" else name)
    passed = score.passed((widened, identity(3)))
    assert passed == 1 if name == "good" else passed <= 1 / 32


def test_affine_observation_gives_the_verdict_of_the_observed_rows(chaos):
    # The same dynamics in latent coordinates z = T^-1 x.
    T = np.array([[2.0, 1.0], [-0.5, 1.0]])
    inverse = np.linalg.inv(T)
    m = CanonicalMap(
        inverse @ LOZI.A @ T, inverse @ LOZI.W1, LOZI.W2 @ T, inverse @ LOZI.h1, LOZI.h2
    )
    model = (m, AffineObservation(T))
    assert chaos.short(model)["S"] < 1
    assert chaos.passed(model) == 1
    assert outcome(m, chaos, AffineObservation(T)) == CONVERGED


def test_hidden_units_run_along_and_are_not_scored(chaos):
    # Both columns of the Lozi map, and a hidden unit that grows without a bound.
    A = np.zeros((3, 3))
    A[:2, :2], A[2, 2] = LOZI.A, 1.001
    m = CanonicalMap(
        A,
        np.vstack([LOZI.W1, np.zeros((1, 1))]),
        np.hstack([LOZI.W2, np.zeros((1, 1))]),
        np.append(LOZI.h1, 1.0),
        LOZI.h2,
    )
    model = (m, identity(2, 1))
    expected = chaos.short((LOZI, IDENTITY))
    assert chaos.short(model) == {k: pytest.approx(v, abs=1e-9) for k, v in expected.items()}
    assert outcome(m, chaos, identity(2, 1)) == CONVERGED


@pytest.fixture(scope="module")
def driven():
    """A linear system moved by its input only, its true map, and the score of its data."""
    t = np.arange(4000)
    inputs = (np.sin(0.021 * t) + np.sin(0.13 * t))[:, None]
    m = replace(linear(0.8 * turn(0.3)), C=np.array([[1.0], [-0.5]]))
    states = m.simulate(np.zeros((1, 2)), 4000, inputs[None])[0]
    # The input of a row acts on the row after it.
    rows = np.column_stack([states[:-1], inputs[1:]])[200:]
    return m, rows, FreeRunScore([rows], n_inputs=1)


def test_driven_system_is_scored_with_its_inputs(driven):
    m, _, score = driven
    ignorant = replace(m, C=0 * m.C)
    good, bad = (score.short((canonical, IDENTITY)) for canonical in (m, ignorant))
    assert good["S"] < 0.1
    assert bad["S"] > 5
    assert score.passed((m, IDENTITY)) == 1
    assert score.passed((ignorant, IDENTITY)) == 0
    assert score.long(score.long_runs((m, IDENTITY)))[0] < 0.2
    assert outcome(m, score) == CONVERGED
    assert outcome(ignorant, score) == "collapsed to a fixed point"


def test_runs_have_the_inputs_of_the_rows_after_their_start_and_then_the_first_ones(driven):
    m, rows, score = driven
    runs = score.long_runs((m, IDENTITY))
    for k, run in enumerate(runs):
        start = int((k + 0.25) * len(rows) / len(runs)) + score.n // 4
        row = start + 1 + np.arange(len(run))
        # The runs begin in states of the data. The first rows are different after the last ones.
        same = (row < len(rows)) | (row % len(rows) > 200)
        np.testing.assert_allclose(run[same], rows[row[same] % len(rows), :2], atol=1e-9)


def test_runs_from_other_rows_are_compared_with_the_data_and_have_the_inputs_of_those_rows(
    chaos, driven
):
    # From a row that noise has moved far away even the true map runs away, from the true ones it
    # does not.
    rows = chaos.rows + np.random.default_rng(0).normal(0, 0.2, chaos.rows.shape)
    rows[0] = 10.0, -10.0
    noisy = FreeRunScore([rows])
    model = (LOZI, IDENTITY)
    assert noisy.short(model)["S"] == np.inf
    better = noisy.starting_from([chaos.rows[:1000], chaos.rows[1000:]])
    assert better.short(model)["S"] < 10
    assert better.rows is noisy.rows and noisy.starts is noisy.rows
    m, rows, score = driven
    later, wanted = score.starting_from([rows[500:]]), FreeRunScore([rows[500:]], n_inputs=1)
    np.testing.assert_array_equal(
        later._runs((m, IDENTITY), 4, 0.0, 50), wanted._runs((m, IDENTITY), 4, 0.0, 50)
    )


def test_inputs_go_on_from_one_segment_to_the_next(driven):
    m, rows, whole = driven
    score = FreeRunScore([rows[:1500], rows[1500:]], n_inputs=1)
    np.testing.assert_array_equal(score.rows, rows[:, :2])
    np.testing.assert_array_equal(score.inputs, rows[:, 2:])
    model = (m, IDENTITY)
    np.testing.assert_array_equal(score.long_runs(model), whole.long_runs(model))
    assert score.short(model)["D"] == whole.short(model)["D"]


def test_system_with_inputs_has_no_fixed_points_that_could_capture_it(driven):
    m, _, score = driven
    assert captured(score, (replace(m, C=0 * m.C), IDENTITY)) == 0.0


def test_floor_compares_halves_of_the_data(chaos):
    floor = chaos.floor()
    assert floor["S"] == pytest.approx(floor["D"] + 5 * floor["H"])
    assert 0 < floor["S"] < 1.0
    drifting = FreeRunScore([np.concatenate([chaos.rows[:2000], chaos.rows[2000:] + 5])])
    assert drifting.floor()["S"] > floor["S"] + 4


@pytest.mark.parametrize("n", [2, 3, 5, 9, 17, 40])
def test_series_of_a_few_rows_can_be_scored(n):
    rows = LOZI.simulate(np.array([[0.1, 0.2]]), n)[0]
    score = FreeRunScore([rows])
    assert np.isfinite(score.short((LOZI, IDENTITY))["S"])
    assert np.isfinite(score.floor()["S"])
    assert 0 <= score.passed((LOZI, IDENTITY)) <= 1
    runs = score.long_runs((LOZI, IDENTITY))
    assert not np.isnan(score.long(runs)).any()
    assert isinstance(diagnose(runs, 1.0, score), str)


def test_segments_of_unequal_length_are_scored():
    run = LOZI.simulate(np.array([[0.1, 0.2]]), 3000)[0]
    score = FreeRunScore([run[:1500], run[1600:1610], run[1700:]])
    assert score.short((LOZI, IDENTITY))["S"] < 1


def recurrence_by_definition(x):
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    n = len(z)
    errors, correlations = [], []
    for p in range(n // 3):
        a, b = z[: n - p], z[p:]
        errors.append(np.sum((a - b) ** 2) / np.sum(a**2 + b**2))
        correlations.append(np.sum(a * b))
    first = np.flatnonzero(np.array(correlations) < 0)
    return min(1.0, *errors[first[0] :]) if len(first) else 1.0


@pytest.mark.parametrize("n", [12, 101, 640])
@pytest.mark.parametrize("kind", ["noise", "waves", "chaos", "cycle"])
def test_recurrence_error_is_its_definition(n, kind):
    rng, t = np.random.default_rng(n), np.arange(n)
    series = {
        "noise": rng.standard_normal((n, 3)),
        "waves": np.column_stack([np.sin(0.31 * t), np.cos(0.47 * t)]) + 3,
        "chaos": LOZI.simulate(np.array([[0.1, 0.2]]), n)[0],
        "cycle": np.column_stack([t % 4 == 0, t % 2]).astype(float),
    }[kind]
    expected = recurrence_by_definition(series)
    assert recurrence_error(series) == pytest.approx(expected, abs=1e-9)


def test_recurrence_error_is_zero_for_a_cycle_and_near_one_for_noise():
    t = np.arange(1000)
    cycle = np.column_stack([np.sin(2 * np.pi * t / 25), 1e3 + (t % 25)])
    assert recurrence_error(cycle) < 1e-9
    assert recurrence_error(np.random.default_rng(0).standard_normal((1000, 2))) > 0.8


@pytest.mark.parametrize(
    "series",
    [np.zeros((50, 2)), np.full((50, 1), 1e8), np.random.default_rng(0).random((5, 1))],
    ids=["zeros", "constant", "short"],
)
def test_recurrence_error_is_one_where_it_cannot_tell(series):
    assert recurrence_error(series) == 1.0


def test_recurrence_error_does_not_depend_on_units_or_on_constant_columns():
    x = LOZI.simulate(np.array([[0.1, 0.2]]), 500)[0]
    expected = recurrence_error(x)
    scaled = np.column_stack([1e-3 * x[:, 0] + 1e-2, 1e3 * x[:, 1], np.full(500, 3.0)])
    assert recurrence_error(scaled) == pytest.approx(expected, rel=1e-6)


def bistable(slope):
    """On the line: fixed points 0 and +-1.5, of which the outer ones have the given slope."""
    # z' = slope z, steeper by `kick` within (-1, 1), so that 0 repels.
    kick = 0.5 * (1 - slope) * 3
    W1 = kick * np.array([[1.0, -1.0]])
    return CanonicalMap(
        np.array([[slope]]), W1, np.ones((2, 1)), np.array([-kick]), np.array([1.0, -1.0])
    )


@pytest.mark.parametrize("slope", [0.5, -1.2])
def test_search_finds_all_fixed_points_whether_they_are_stable_or_not(slope):
    found = fixed_points(bistable(slope), np.linspace(-3, 3, 50)[:, None])
    np.testing.assert_allclose(np.sort(found[:, 0]), [-1.5, 0.0, 1.5], atol=1e-7)


def test_search_bears_maps_without_or_with_a_line_of_fixed_points():
    shift, still = linear(np.eye(2), np.ones(2)), linear(np.eye(2))
    states = np.random.default_rng(0).standard_normal((30, 2))
    for canonical in (shift, still):
        assert fixed_points(canonical, states).shape == (0, 2)  # none that stands alone


def test_data_near_a_stable_fixed_point_that_catches_them_count_as_captured():
    rows = np.random.default_rng(0).uniform(-2, 2, size=(500, 1))
    score = FreeRunScore([rows])
    assert captured(score, (bistable(0.5), identity(1))) == 1.0
    assert captured(score, (linear([[-1.1]]), identity(1))) == 0.0


# z' = -z from 1 on; the point 0 attracts what is within 1.
LEAVING = CanonicalMap(
    np.array([[-0.5]]),
    np.array([[-1.25, 1.25, 0.75, -0.75]]),
    np.array([[1.0], [-1.0], [1.0], [-1.0]]),
    np.zeros(1),
    np.array([-0.6, -0.6, -1.0, -1.0]),
)


def test_rows_that_runs_are_not_compared_with_may_be_those_that_are_captured():
    rng = np.random.default_rng(0)
    rows = (rng.uniform(1.3, 2, 500) * np.tile([1.0, -1.0], 250))[:, None]
    noisy = np.concatenate([rows, rng.uniform(-0.5, 0.5, (20, 1))])
    model = (LEAVING, identity(1))
    assert captured(FreeRunScore([rows]), model) == 0.0
    score = FreeRunScore([rows], visited=noisy)
    assert captured(score, model) == captured(score.starting_from([rows]), model) == 1.0


@pytest.mark.parametrize(("nearest", "expected"), [(1.02, 1.0), (1.2, 1.0), (1.3, 0.0)])
def test_runs_start_nearer_to_a_fixed_point_than_rows(nearest, expected):
    signs = np.tile([1.0, -1.0], 1000)
    rows = (signs * np.random.default_rng(0).uniform(nearest, nearest + 0.05, 2000))[:, None]
    rows[::4] *= 2
    assert captured(FreeRunScore([rows]), (LEAVING, identity(1))) == expected


def test_data_near_a_small_cycle_around_an_unstable_fixed_point_count_as_captured():
    # Within the unit circle a rotation that grows; a clipped hidden unit per direction bends it.
    inner, outer = 1.02, 0.5
    directions = np.array([[np.cos(a), np.sin(a)] for a in np.arange(16) * np.pi / 8])
    W1 = -(inner - outer) * turn(0.3) @ directions.T / 4
    model = CanonicalMap(inner * turn(0.3), W1, directions, np.zeros(2), np.full(16, -0.1))
    run = model.simulate(np.array([[0.05, 0.0]]), 4000)[0, -1000:]
    size = np.linalg.norm(run, axis=1)
    assert 0.05 < size.min() and size.max() < 0.5  # the small cycle
    rows = 2 * np.random.default_rng(0).standard_normal((3000, 2))
    assert captured(FreeRunScore([rows]), (model, identity(2))) == 1.0


def test_the_floor_is_the_mean_of_three_ways_to_make_halves_of_quarters(chaos):
    quarters = np.split(chaos.rows[:4000], 4)
    score, found = FreeRunScore(quarters), []
    for first in ((0, 1), (0, 2), (0, 3)):
        one = [quarters[k] for k in first]
        other = FreeRunScore([quarters[k] for k in range(4) if k not in first])
        rows = np.concatenate(one)[None]
        found.append([other.distance.divergence(rows), other.distance.spectral(one)])
    D, H = np.mean(found, axis=0)
    assert score.floor() == pytest.approx({"D": D, "H": H, "S": D + 5 * H})
