"""More latent units than columns: hidden ones start from a row and settle along the rows before."""

import numpy as np
import pytest
from known_maps import linear
from planted import planted
from sklearn.metrics import r2_score

from sklearn_dsr.forcing import GTF

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

HIDDEN = [
    {"latent_dim": 5},
    {"latent_dim": 5, "observation": "affine"},
    {"latent_dim": 3, "n_inputs": 1},
]


@pytest.fixture(params=HIDDEN, ids=["identity", "affine", "driven"])
def model(request, new, rotation):
    short = {"max_iter": 1, "forcing": GTF(0.3)}
    model = new(**short, **request.param).fit(rotation())
    if model.n_inputs_:
        model.C_ = np.random.default_rng(0).normal(size=model.C_.shape)
    return model


def wave(n_rows, seed=0):
    """The sine of a rotation alone: one value does not tell where it goes."""
    rng = np.random.default_rng(seed)
    phase = 0.1 * np.arange(n_rows) + rng.uniform(0, 2 * np.pi)
    return 5.0 + 3.0 * (np.sin(phase) + 0.01 * rng.normal(size=n_rows))[:, np.newaxis]


def test_hidden_units_have_a_loading_or_a_first_value(model):
    N, M = 2 - model.n_inputs_, model.latent_dim_
    assert M > N and model.architecture_["latent_dim"] == M
    if model.observation == "affine":
        assert model.B_.shape == (N, M) and not hasattr(model, "L0_")
    else:
        assert model.L0_.shape == (M - N, N) and not hasattr(model, "B_")
        assert np.abs(model.L0_).max() > 0.05


def test_predict_is_row_wise_and_starts_from_the_row(model, plain, rotation):
    X, p = rotation(64, 3), plain(model)
    rows = model.predict(X)
    wanted = [p.run(p.first(p.split(row)[0]), [row[p.N :]])[0] for row in X]
    np.testing.assert_allclose(rows, wanted, rtol=1e-9)
    for chosen in ([0], [3, 5], slice(10, 43), slice(None, None, -1)):
        np.testing.assert_allclose(model.predict(X[chosen]), rows[chosen], rtol=1e-12)


def test_simulate_starts_from_the_row(model, plain, rotation):
    X, p = rotation(30, 3), plain(model)
    given = () if p.K == 0 else (X[:20, p.N :],)
    steps = X[:20, p.N :]
    run = model.simulate(X[0], 20, *given)
    np.testing.assert_allclose(run, p.run(p.first(p.split(X[0])[0]), steps), rtol=1e-8)
    np.testing.assert_allclose(model.simulate(X[:3], 20, *given)[0], run, rtol=1e-12)


def test_forecast_lets_hidden_units_settle(model, plain, rotation):
    X, p = rotation(60, 3), plain(model)
    given = () if p.K == 0 else (X[:19, p.N :],)
    steps = np.concatenate([X[-1:, p.N :], X[:19, p.N :]])
    run = model.forecast(X, 20, *given)
    z = p.last_state(X)
    assert not np.allclose(p.first(p.observe(z)), z, atol=1e-3)
    np.testing.assert_allclose(run, p.run(z, steps), rtol=1e-6)
    np.testing.assert_array_equal(run, model.forecast([X], 20, *given)[0])


def test_nothing_before_the_last_1000_rows_is_looked_at(model, rotation):
    X = rotation(1300, 3)
    given = () if model.n_inputs_ == 0 else (X[:19, 1:],)
    np.testing.assert_array_equal(
        model.forecast(X, 20, *given), model.forecast(X[-1000:], 20, *given)
    )


def test_settling_begins_anew_after_a_gap(model, rotation):
    X = rotation(90, 3)
    given = () if model.n_inputs_ == 0 else (X[:9, 1:],)
    cut = X.copy()
    cut[69] = np.nan
    after = model.forecast(X[70:], 10, *given)
    np.testing.assert_allclose(model.forecast(cut, 10, *given), after, rtol=1e-12)
    # A single row has settled over nothing: it is its own start.
    alone = model.forecast(X[-1:], 10, *given)
    if model.n_inputs_ == 0:
        np.testing.assert_allclose(alone, model.simulate(X[-1], 10), rtol=1e-12)
    assert not np.allclose(alone, after, rtol=1e-6)


def test_forecasts_of_several_trajectories_settle_each_by_itself(model, rotation):
    parts = [rotation(n, seed) for seed, n in enumerate((1, 40, 1200))]
    given = () if model.n_inputs_ == 0 else (rotation(14, 5)[:, 1:],)
    runs = model.forecast(parts, 15, *given)
    for run, X in zip(runs, parts, strict=True):
        np.testing.assert_allclose(run, model.forecast(X, 15, *given), rtol=1e-12)


def test_score_starts_from_settled_states(model, plain, rotation):
    X, p = rotation(60, 3), plain(model)
    inputs = np.pad(X[:, p.N :], ((0, 20), (0, 0)))  # beyond the end nothing is compared
    runs = np.array([p.run(z, inputs[t : t + 20]) for t, z in enumerate(p.along(X))])
    r2 = [r2_score(X[k:, : p.N], runs[:-k, k - 1], multioutput="raw_values") for k in range(1, 21)]
    assert model.score(X) == pytest.approx(np.mean(r2), rel=1e-8)


def test_jacobian_is_that_of_the_settled_states(model, plain, rotation):
    X, p = rotation(40, 3), plain(model)
    states, step = p.along(X), 1e-6
    exact = model.jacobian(X)
    assert exact.shape == (40, p.M, p.M)
    none = np.zeros(p.K)
    for j, e in enumerate(np.eye(p.M)):
        pairs = [(p.step(z + step * e, none), p.step(z - step * e, none)) for z in states]
        numeric = np.array([high - low for high, low in pairs]) / (2 * step)
        error = np.abs(exact[:, :, j] - numeric).max(axis=1)
        assert np.mean(error < 1e-7) > 0.9  # a kink may lie within the step


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_the_loss_is_that_of_a_plain_loop_that_forces_observed_units(
    new, plain, rotation, at_start, alpha
):
    X = rotation(21)  # one window
    for params in HIDDEN:
        model = new(sequence_length=20, forcing=GTF(alpha), **at_start, **params).fit(X)
        assert model.loss_curve_[0] == pytest.approx(plain(model).loss(X, alpha), rel=1e-4)


def test_memory_is_what_a_wave_needs(new):
    X, test = wave(1000), wave(300, 1)
    params = {
        "forcing": GTF(0.15),
        "max_iter": 30,
        "learning_rate_init": 1e-2,
    }
    params["sequence_length"] = 100  # of 50 steps a memory is hardly learned from
    errors = []
    for latent_dim in (1, 8):
        model = new(latent_dim=latent_dim, **params).fit(X)
        error = [model.forecast(test[:k], 50) - test[k : k + 50] for k in range(100, 200, 10)]
        errors.append(np.sqrt(np.mean(np.square(error))) / test.std())
    assert errors[0] > 0.8 and errors[1] < 0.4
    assert model.score(test) > 0.8
    # Settled hidden units know more than those of a single row do.
    starts = range(100, 200, 10)
    unsettled = [model.simulate(test[k - 1], 50) - test[k : k + 50] for k in starts]
    assert np.sqrt(np.mean(np.square(unsettled))) / test.std() > 2 * errors[1]


@pytest.mark.xfail(
    strict=True,
    reason="Settling replaces observed units in full, which the training with weak forcing did "
    "not: hidden units that follow the data may then explode although the free run is good.",
)
def test_hidden_units_settle_that_explode_under_full_forcing():
    # A rotation in coordinates in which its hidden unit grows by half each step, if left alone.
    c, grows = 2 * np.cos(0.1), 1.5
    f = linear([[c - grows, 1.0], [(c - grows) * grows - 1.0, grows]])
    X = f.simulate(np.array([[1.0, 0.0]]), 300)[0, :, :1]
    model = planted(f, X, latent_dim=2)
    assert np.abs(model.forecast(X[:200], 50) - X[200:250]).max() < 0.01  # by a filter
    assert model.score(X) > 0.9
