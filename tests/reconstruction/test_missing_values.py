"""missing="mask": single NaN values are what the model predicts, in training and after it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from sklearn_dsr.forcing import GTF

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

MODELS = {
    "identity": {},
    "hidden": {"latent_dim": 5},
    "affine": {"observation": "affine", "latent_dim": 2},
    "wide": {"observation": "affine", "latent_dim": 5},
    "driven": {"n_inputs": 1},
    "driven affine": {"n_inputs": 1, "observation": "affine", "latent_dim": 3},
}


@pytest.fixture
def three(rotation):
    """Function (n_rows, seed) -> rotation with a third column that repeats the first a bit late."""

    def make(n_rows=300, seed=0):
        X = rotation(n_rows + 5, seed)
        return np.c_[X[5:], 2.0 * X[:-5, 0]]

    return make


def with_missing(X, n_inputs=0, share=0.3, seed=7, first=False):
    """X without a share of its single values; no row is left without any."""
    X, rng = X.copy(), np.random.default_rng(seed)
    N = X.shape[1] - n_inputs
    gone = rng.random((len(X), N)) < share
    gone[np.arange(len(X)), rng.integers(N, size=len(X))] = False
    gone[0] &= first
    X[:, :N][gone] = np.nan
    return X


@pytest.fixture(params=list(MODELS))
def params(request):
    short = {"max_iter": 1}
    return MODELS[request.param] | short | {"missing": "mask", "forcing": GTF(0.3)}


@pytest.fixture
def model(new, params, three):
    n_inputs = params.get("n_inputs", 0)
    model = new(**params).fit(with_missing(three(), n_inputs))
    if n_inputs:
        model.C_ = np.random.default_rng(0).normal(size=model.C_.shape)
    return model


def arrays_of(model):
    return {name: value for name, value in vars(model).items() if name.endswith("_")}


def assert_same_fit(a, b):
    a, b = arrays_of(a), arrays_of(b)
    assert a.keys() == b.keys()
    for name, value in a.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, b[name], err_msg=name)
        else:
            assert value == b[name], name


def test_without_missing_values_mask_is_gap(new, params, three):
    X = three(120)
    gap = new(**params | {"missing": "gap"})
    assert_same_fit(new(**params).fit(X), gap.fit(X))
    X[[40, 41, 77]] = np.nan  # rows without any value are gaps in both
    mask = new(**params).fit(X)
    assert_same_fit(mask, gap.fit(X))
    np.testing.assert_array_equal(mask.predict(X), gap.predict(X))
    assert mask.score(X) == gap.score(X)


def test_missing_values_leave_windows_whole(new, params, three):
    X = with_missing(three(), params.get("n_inputs", 0))
    model = new(**params | {"sequence_length": 100}).fit(X)
    assert model.sequence_length_ == 100
    assert new(**params | {"missing": "gap"}).fit(X).sequence_length_ < 20
    np.testing.assert_allclose(model.mean_, np.nanmean(X, axis=0))
    np.testing.assert_allclose(model.scale_, np.nanstd(X, axis=0))
    assert all(np.isfinite(v).all() for v in arrays_of(model).values() if hasattr(v, "shape"))


def test_all_forms_of_x_give_the_same_fit(new, params, three):
    n_inputs = params.get("n_inputs", 0)
    parts = [with_missing(three(60, seed), n_inputs, seed=seed) for seed in range(3)]
    fit = new(**params).fit(parts)
    gap = np.full((1, 3), np.nan)
    frame = pd.DataFrame(np.concatenate(parts), index=np.arange(180) + np.repeat([0, 99, 199], 60))
    for X in (np.stack(parts), np.concatenate([parts[0], gap, parts[1], gap, parts[2]]), frame):
        assert_same_fit(fit, new(**params).fit(X))
    np.testing.assert_array_equal(fit.predict(frame.to_numpy()[:60]), fit.predict(parts)[0])
    np.testing.assert_array_equal(
        np.concatenate(fit.predict(parts)), fit.predict(np.stack(parts)).reshape(-1, 3 - n_inputs)
    )


def test_predict_and_jacobian_carry_the_state_over_missing_values(model, plain, three):
    p = plain(model)
    X = with_missing(three(60, 3), p.K, first=True)
    states = p.along(X)
    wanted = [p.run(z, row[np.newaxis, p.N :])[0] for z, row in zip(states, X, strict=True)]
    np.testing.assert_allclose(model.predict(X), wanted, rtol=1e-9)
    jacobians = model.jacobian(X)
    assert jacobians.shape == (60, p.M, p.M) and np.isfinite(jacobians).all()
    if model.observation == "identity" and p.M == p.N:
        # The same as that of the rows with the model's own values filled in.
        filled = np.c_[states * model.scale_[: p.N] + model.mean_[: p.N], X[:, p.N :]]
        np.testing.assert_allclose(model.jacobian(filled), jacobians, rtol=1e-9)


def test_a_missing_value_changes_nothing_before_it_nor_in_other_trajectories(model, three, request):
    if hasattr(model, "L0_"):
        reason = "A missing value anywhere makes predict start from settled hidden units."
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    parts = [three(40, seed) for seed in range(3)]
    whole = model.predict(parts)
    gappy = [part.copy() for part in parts]
    gappy[1][25, 0] = np.nan
    rows = model.predict(gappy)
    np.testing.assert_allclose(rows[0], whole[0], rtol=1e-12)
    np.testing.assert_allclose(rows[1][:25], whole[1][:25], rtol=1e-12)
    np.testing.assert_allclose(rows[2], whole[2], rtol=1e-12)
    assert not np.allclose(rows[1][25], whole[1][25], rtol=1e-12)


def test_forecast_goes_on_from_a_row_with_a_missing_value(model, plain, three):
    p = plain(model)
    X = with_missing(three(50, 3), p.K)
    X[-1, 0] = np.nan
    given = X[:14, p.N :]
    inputs = (given,) if p.K else ()
    run = model.forecast(X, 15, *inputs)
    wanted = p.run(p.last_state(X), np.concatenate([X[-1:, p.N :], given]))
    np.testing.assert_allclose(run, wanted, rtol=1e-6)
    runs = model.forecast([X, X[:-1]], 15, *inputs)
    np.testing.assert_allclose(runs[0], run, rtol=1e-12)
    np.testing.assert_allclose(runs[1], model.forecast(X[:-1], 15, *inputs), rtol=1e-9)


def test_missing_values_settle_over_the_last_1000_rows(new, three):
    model = new(missing="mask").fit(three())
    X = with_missing(three(1300, 3))
    X[-1, 0] = np.nan
    np.testing.assert_array_equal(model.forecast(X, 9), model.forecast(X[-1000:], 9))


def test_a_row_without_any_value_is_a_gap(model, plain, three):
    p = plain(model)
    X = with_missing(three(60, 3), p.K)
    X[30, : p.N] = np.nan  # its input, if there is one, does not count
    predicted, jacobians = model.predict(X), model.jacobian(X)
    gap = np.arange(60) == 30
    assert np.isnan(predicted[gap]).all() and np.isfinite(predicted[~gap]).all()
    assert np.isnan(jacobians[gap]).all() and np.isfinite(jacobians[~gap]).all()
    # What comes after it has no memory of what was before.
    np.testing.assert_allclose(predicted[31:], model.predict(X[31:]), rtol=1e-12)
    with pytest.raises(ValueError, match="last row of X is a gap"):
        model.forecast(X[:31], 3, *((X[:3, p.N :],) if p.K else ()))


def test_score_leaves_out_what_is_missing(model, plain, three):
    p = plain(model)
    X = with_missing(three(60, 3), p.K)
    inputs = np.pad(X[:, p.N :], ((0, 20), (0, 0)))
    runs = np.array([p.run(z, inputs[t : t + 20]) for t, z in enumerate(p.along(X))])
    r2 = []
    for k in range(1, 21):
        for true, forecast in zip(X[k:, : p.N].T, runs[:-k, k - 1].T, strict=True):
            seen = ~np.isnan(true)
            r2.append(r2_score(true[seen], forecast[seen]))
    assert model.score(X) == pytest.approx(np.mean(r2), rel=1e-8)


def test_score_of_missing_values_is_near_that_of_all(new, three):
    params = {"max_iter": 40, "learning_rate_init": 1e-2}
    model = new(missing="mask", latent_dim=8, forcing=GTF(0.15), **params).fit(three(400))
    complete = three(300, 1)
    score = model.score(complete)
    assert score > 0.98
    assert model.score(with_missing(complete, share=0.2)) == pytest.approx(score, abs=0.01)


@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_the_loss_leaves_out_what_is_missing(new, params, plain, three, at_start, alpha):
    X = with_missing(three(21), params.get("n_inputs", 0))  # one window
    model = new(**params | {"sequence_length": 20, "forcing": GTF(alpha)} | at_start).fit(X)
    if model.n_inputs_:  # their weights start at 0
        model.C_ = np.random.default_rng(1).normal(size=model.C_.shape)
        model.set_params(warm_start=True).fit(X)
    assert model.loss_curve_[0] == pytest.approx(plain(model).loss(X, alpha), rel=1e-4)


def test_single_observed_columns_take_turns(shallow, three):
    # No row is complete: without the mask there would be nothing to learn from.
    X = three(600)
    for column in range(3):
        X[np.arange(600) % 3 != column, column] = np.nan
    with pytest.raises(ValueError, match="no two consecutive rows without NaN"):
        shallow().fit(X)
    params = {"max_iter": 80, "learning_rate_init": 1e-2}
    model = shallow(missing="mask", latent_dim=8, forcing=GTF(0.3), **params).fit(X)
    truth = three(300, 1)
    test = truth.copy()
    for column in range(3):
        test[np.arange(300) % 3 != column, column] = np.nan
    starts = range(100, 250, 10)
    errors = [
        (model.forecast(test[:k], 20) - truth[k : k + 20]) / truth.std(axis=0) for k in starts
    ]
    assert np.sqrt(np.mean(np.square(errors))) < 0.15


def test_a_column_without_any_value_is_an_error(new, three):
    X = three(100)
    X[:, 1] = np.nan
    with pytest.raises(ValueError, match="Column 1 of X has no value.*Leave it out"):
        new(missing="mask").fit(X)
    # Of a fitted model it is no more than missing.
    model = new(missing="mask").fit(three(100))
    assert np.isfinite(model.predict(X)).all() and np.isfinite(model.forecast(X, 9)).all()
    assert -1e6 <= model.score(X) <= 1.0


def test_gap_is_the_default_and_a_row_with_one_nan_a_gap_then(new, three):
    assert new().missing == "gap"
    X = with_missing(three(60), share=0.1)
    rows = new().fit(three(100)).predict(X)
    np.testing.assert_array_equal(np.isnan(rows).all(axis=1), np.isnan(X).any(axis=1))
