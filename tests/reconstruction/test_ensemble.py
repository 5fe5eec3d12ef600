"""An ensemble: honest quantiles, the best member's free run, the same bits for any n_jobs."""

import pickle
import threading
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from engines import CompiledEngine
from known_maps import linear, lozi
from planted import SHORTEST, lozi_data, with_map, with_noise_of
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sklearn_dsr._recipe import Recipe
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.dynamics import lyapunov_spectrum
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.model_selection import DSRScorer
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding
from sklearn_dsr.reconstruction import (
    EnsembleReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
    _base,
    _use,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

X = make_lorenz63(600, noise_level=0.05, random_state=0)
SHORT = {"max_iter": 3, "n_init": 1, "stages": "train", "start": "random"}
QUICK = ShallowPLRNNReconstructor(8, **SHORT)
MEMBER = ShallowPLRNNReconstructor(20, clipped=False, dt=0.01, **SHORT | {"max_iter": 20})


@parametrize_with_checks(
    [
        EnsembleReconstructor(clone(QUICK).set_params(observation="affine"), n_members=2),
        EnsembleReconstructor(PLRNNReconstructor(**SHORT), n_members=2, observation_noise=0.1),
    ]
)
def test_ensembles_pass_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def model():
    return EnsembleReconstructor(MEMBER, n_members=4, random_state=0).fit(X)


def assert_same(a, b):
    assert a.best_index_ == b.best_index_ and a.outcome_ == b.outcome_ and a.seed_ == b.seed_
    for one, two in zip(a.estimators_, b.estimators_, strict=True):
        np.testing.assert_array_equal(one.W1_, two.W1_)
    np.testing.assert_array_equal(a.observation_noise_, b.observation_noise_)
    np.testing.assert_array_equal(a.forecast_samples(X, 30), b.forecast_samples(X, 30))


def test_jobs_and_repetition_do_not_change_the_result(model):
    assert_same(model, clone(model).set_params(n_jobs=2).fit(X))
    assert_same(model, pickle.loads(pickle.dumps(model)))
    weights = {member.W1_.tobytes() for member in model.estimators_}
    assert len(weights) == 4
    assert model.estimator.random_state is None and not hasattr(model.estimator, "outcome_")


def test_a_longer_forecast_begins_with_the_shorter_and_others_beside_change_nothing(model):
    samples = model.forecast_samples(X, 30)
    assert samples.shape == (len(model.used_members_) * 20, 30, 3)
    np.testing.assert_array_equal(model.forecast_samples(X, 10), samples[:, :10])
    many = model.forecast_samples([X, X[:700], X[:500]], 30)
    np.testing.assert_array_equal(many[:, 0], samples)
    assert np.any(model.forecast_samples([X, X], 30)[:, 1] != samples)


def test_quantiles_are_those_of_the_samples(model):
    low, middle, high = model.forecast(X, 30, quantiles=(0.05, 0.5, 0.95))
    np.testing.assert_array_equal(middle, model.forecast(X, 30))
    np.testing.assert_array_equal(high, np.quantile(model.forecast_samples(X, 30), 0.95, axis=0))
    assert np.all(low < middle) and np.all(middle < high)
    assert model.forecast([X, X], 5, quantiles=[0.1]).shape == (1, 2, 5, 3)
    assert np.mean(high[-1] - low[-1]) > np.mean(high[0] - low[0])


class Planted(ShallowPLRNNReconstructor):
    """Ends with the next of the planted maps (None: as it was trained) and outcomes."""

    def _fit(self, X, started, stop):
        found = super()._fit(X, started, stop)
        f, self.outcome_ = self.fates.pop(0)
        if f is not None:
            with_noise_of(with_map(self, f), X)
        return found


def ensemble_of(fates, **params):
    """Ensemble with a member of each fate, in the units of X."""
    Planted.fates = list(fates)
    member = Planted(20, clipped=False, standardize=False, **SHORTEST)
    return EnsembleReconstructor(member, n_members=len(fates), random_state=0, **params)


CLEAN, NOISY = lozi_data(4000)


def test_the_noise_of_the_data_is_found():
    model = ensemble_of(2 * [(lozi(), "converged")]).fit(NOISY)
    np.testing.assert_allclose(model.observation_noise_, 0.05 * CLEAN.std(axis=0), rtol=0.1)


def test_a_single_draw_starts_where_the_filter_is_not_sure_either():
    stays = linear(np.eye(2)), "converged"
    model = ensemble_of([stays, stays], n_draws=1, observation_noise=0.5).fit(CLEAN)
    spread = model.forecast_samples(CLEAN[-1:], 30) - CLEAN[-1]
    # Noise of the rows alone would have no memory: the difference of the start has one.
    assert np.abs(spread.mean(axis=1)).max() > 3 * 0.5 / np.sqrt(30)


def test_nine_tenths_of_new_measurements_lie_in_the_90_percent_band_of_the_true_map():
    model = ensemble_of([(lozi(), "converged")], n_draws=200).fit(NOISY)
    horizon, ends = 8, range(100, 4000, 50)
    forecasts = model.forecast([NOISY[e - 100 : e] for e in ends], horizon, quantiles=(0.05, 0.95))
    low, high = forecasts
    true = np.stack([NOISY[e : e + horizon] for e in ends if e + horizon <= 4000])
    inside = np.mean((low[: len(true)] <= true) & (true <= high[: len(true)]), axis=(0, 2))
    assert 0.84 < inside.mean() < 0.97 and inside.min() > 0.8, inside


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_best_member_is_that_whose_free_runs_are_nearest_to_the_data(noisy, place):
    fates = [(linear(0.5 * np.eye(2)), "converged"), (linear(-np.eye(2)), "converged")]
    fates.insert(place, (lozi(), "converged"))
    model = ensemble_of(fates).fit(NOISY if noisy else CLEAN)
    np.testing.assert_array_equal(model.used_members_, [0, 1, 2])
    # Their own records say nothing: each is beside rows that were smoothed along the member itself.
    assert model.best_index_ == place
    np.testing.assert_array_equal(model.mean_, model.estimators_[place].mean_)


def test_a_member_that_converged_is_better_than_one_nearer_to_the_data_that_did_not():
    fates = [(lozi(), "collapsed to a cycle"), (linear(0.5 * np.eye(2)), "converged")]
    model = ensemble_of([fates[0], *fates, fates[0]]).fit(CLEAN)
    np.testing.assert_array_equal(model.used_members_, range(4))  # less than half converged
    assert model.best_index_ == 2


def test_noise_of_the_rows_may_be_given():
    model = EnsembleReconstructor(MEMBER, 2, observation_noise=0, random_state=1).fit(X)
    np.testing.assert_array_equal(model.observation_noise_, np.zeros(3))
    exact = model.forecast_samples(X, 10)
    model.set_params(observation_noise=[1.0, 2.0, 0]).fit(X)
    np.testing.assert_array_equal(model.observation_noise_, [1.0, 2.0, 0.0])
    noisy = model.forecast_samples(X, 10)
    assert np.all(noisy.std(axis=0)[:, :2] > exact.std(axis=0)[:, :2])


def test_prediction_is_the_mean_and_the_free_run_the_best_members(model):
    best = model.estimators_[model.best_index_]
    used = [model.estimators_[k] for k in model.used_members_]
    np.testing.assert_allclose(model.predict(X), np.mean([m.predict(X) for m in used], axis=0))
    assert len(model.predict([X, X[:50]])[1]) == 50
    np.testing.assert_array_equal(model.simulate(X[0], 50), best.simulate(X[0], 50))
    np.testing.assert_array_equal(model.jacobian(X), best.jacobian(X))
    steps = {"n_steps": 500, "n_transient": 10}
    np.testing.assert_array_equal(
        lyapunov_spectrum(model, **steps), lyapunov_spectrum(best, **steps)
    )


def test_score_is_that_of_the_mean_forecast(model, monkeypatch):
    monkeypatch.setattr(_use, "RECIPE", Recipe(horizon=1))
    model = clone(model).set_params(n_members=2).fit(X)
    error = np.mean((model.predict(X)[:-1] - X[1:]) ** 2, axis=0) / X[1:].var(axis=0)
    assert model.score(X) == pytest.approx(1 - error.mean())
    assert model.score(X, sample_weight=np.arange(len(X))) != model.score(X)


def test_pipelines_and_scorers_take_an_ensemble(model):
    ensemble = EnsembleReconstructor(MEMBER, n_members=2, random_state=0)
    pipeline = make_reconstruction_pipeline(StandardScaler(), ensemble).fit(X)
    assert pipeline.forecast(X, 5).shape == (5, 3)
    assert 0 <= DSRScorer("skill")(pipeline, X) <= 1 and pipeline.score(X) > 0.5
    assert model.dt == 0.01
    embedding = DelayEmbedding(n_delays=3, lag=5)
    pipeline = make_reconstruction_pipeline(embedding, clone(ensemble)).fit(X[:, :1])
    assert pipeline.forecast(X[:, :1], 5).shape == (5, 1)


def test_quantiles_of_a_pipeline_are_in_the_units_of_x():
    member = ShallowPLRNNReconstructor(8, n_inputs=1, clipped=False, **SHORT)
    ensemble = EnsembleReconstructor(member, n_members=2, n_draws=4, random_state=0)
    scaler = StandardScaler().fit(X)
    pipeline = make_reconstruction_pipeline(StandardScaler(), ensemble)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        pipeline.fit(X)
    rows, inputs = scaler.transform(X), X[:9, 2:]
    samples = ensemble.forecast_samples(rows, 10, scaler.transform(X[:9])[:, 2:])
    samples = samples * scaler.scale_[:2] + scaler.mean_[:2]
    low, high = pipeline.forecast(X, 10, inputs, quantiles=(0.2, 0.9))
    np.testing.assert_allclose(low, np.quantile(samples, 0.2, axis=0), rtol=1e-9)
    np.testing.assert_allclose(high, np.quantile(samples, 0.9, axis=0), rtol=1e-9)
    many = pipeline.forecast([X, X[:400]], 10, inputs, quantiles=[0.5])
    assert many.shape == (1, 2, 10, 2)
    frames = pipeline.forecast(pd.DataFrame(X), 10, inputs, quantiles=[0.2, 0.9])
    np.testing.assert_array_equal(frames[1], high)
    assert frames[0].index[0] == len(X)
    for estimator in ensemble.estimators_:
        estimator.A_ = np.full_like(estimator.A_, 1e3)
    with pytest.warns(ReconstructionWarning, match="diverged") as record:
        pipeline.forecast(X, 200, np.zeros((200, 1)), quantiles=[0.5])
    assert {w.filename for w in record} == {__file__}
    with pytest.raises(ValueError, match="each of quantiles"):
        pipeline.forecast(X, 10, inputs, quantiles=[2.0])


@pytest.mark.parametrize("n_converged", [0, 1, 2, 3, 4])
def test_members_that_did_not_converge_are_left_out_while_half_remain(n_converged):
    outcomes = ["converged"] * n_converged + ["collapsed to a cycle"] * (4 - n_converged)
    model = ensemble_of([(None, outcome) for outcome in outcomes])
    if n_converged < 2:
        with pytest.warns(ReconstructionWarning, match="Less than half .* cycle.*n_init") as record:
            model.fit(X)
        assert len(record) == 1 and record[0].filename == __file__
        assert model.outcome_ == "collapsed to a cycle"
    else:
        model.fit(X)
        assert model.outcome_ == "converged"
    used = range(n_converged) if n_converged >= 2 else range(4)
    np.testing.assert_array_equal(model.used_members_, used)
    assert model.best_index_ in used[: n_converged or 4]


@pytest.mark.parametrize(
    "member",
    [
        ShallowPLRNNReconstructor(8, 5, missing="mask", **SHORT),
        ShallowPLRNNReconstructor(8, 2, observation="affine", missing="mask", **SHORT),
        PLRNNReconstructor(3, n_inputs=1, **SHORT),
    ],
    ids=["hidden units", "affine", "inputs"],
)
def test_every_kind_of_member_forecasts(member):
    data = X.copy()
    if member.missing == "mask":
        data[np.random.default_rng(0).random(data.shape) < 0.3] = np.nan
    model = EnsembleReconstructor(member, n_members=2, random_state=0).fit([data, data[:600]])
    columns = 3 - member.n_inputs
    inputs = (X[:10, 2:],) if member.n_inputs else ()
    assert np.all(model.observation_noise_ > 0)
    samples = model.forecast_samples([data, data[:600]], 10, *inputs)
    n = 20 * len(model.used_members_)
    assert samples.shape == (n, 2, 10, columns) and np.isfinite(samples).all()


def test_diverging_trajectories_are_left_out_with_a_warning():
    member = ShallowPLRNNReconstructor(8, clipped=False, **SHORT)
    model = EnsembleReconstructor(member, n_members=2, random_state=0).fit(X)
    model.estimators_[0].A_ = 1e3 * np.eye(3)
    with pytest.warns(ReconstructionWarning, match="20 of 40 trajectories diverged"):
        assert np.isfinite(model.forecast(X, 200)).all()


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"estimator": StandardScaler()}, TypeError),
        ({"estimator": ShallowPLRNNReconstructor(max_iter=0)}, ValueError),
        ({"n_members": 0}, ValueError),
        ({"n_draws": 1.5}, TypeError),
        ({"n_jobs": 0}, ValueError),
        ({"verbose": -1}, ValueError),
        ({"random_state": "x"}, TypeError),
        ({"observation_noise": -1.0}, ValueError),
        ({"observation_noise": "some"}, TypeError),
        ({"observation_noise": [0.1, 0.2]}, ValueError),
        ({"observation_noise": [0.1, 0.2, np.nan]}, ValueError),
    ],
    ids=str,
)
def test_wrong_parameters_say_what_to_try_and_leave_nothing(parameters, error):
    model = EnsembleReconstructor(QUICK, n_members=2).set_params(**parameters)
    before = dict(vars(model))
    with pytest.raises(error, match=r".+\. .+|got"):
        model.fit(X)
    assert vars(model) == before


def test_wrong_calls_and_data_leave_the_fitted_ensemble(model):
    samples = model.forecast_samples(X, 5)
    for quantiles in ([1.5], "x", [np.nan]):
        with pytest.raises((ValueError, TypeError), match="each of quantiles"):
            model.forecast(X, 5, quantiles=quantiles)
    with pytest.raises(ValueError, match="n_steps"):
        model.forecast(X, 0)
    with pytest.raises(ValueError, match="does not vary"):
        model.fit(np.ones((50, 3)))
    np.testing.assert_array_equal(model.forecast_samples(X, 5), samples)
    with pytest.raises(NotFittedError):
        clone(model).forecast(X, 5)


def interrupt_at(monkeypatch, number):
    """KeyboardInterrupt at an epoch of the fits to come, from 1; each member of QUICK has 3."""
    run, calls, lock = CompiledEngine.run, [], threading.Lock()

    def interrupted(self, *args):
        with lock:
            calls.append(1)
            now = len(calls) == number
        if now:
            raise KeyboardInterrupt
        return run(self, *args)

    monkeypatch.setattr(CompiledEngine, "run", interrupted)
    return calls


def test_an_interrupt_before_any_model_leaves_an_unfitted_ensemble(monkeypatch):
    calls = interrupt_at(monkeypatch, 1)
    model = EnsembleReconstructor(QUICK, n_members=3)
    before = dict(vars(model))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X)
    assert vars(model) == before and len(calls) == 1


# Each member trains two candidates, a plain and a clipped one, unless the first is good.
@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(("number", "kept"), [(2, 1), (5, 1), (8, 2)])
def test_an_interrupt_keeps_the_members_that_are_fitted(monkeypatch, number, kept, n_jobs):
    member = clone(QUICK).set_params(clipped=False)
    whole = EnsembleReconstructor(member, n_members=3, random_state=0).fit(X)
    calls = interrupt_at(monkeypatch, number)
    model = EnsembleReconstructor(member, n_members=3, n_jobs=n_jobs, random_state=0)
    with pytest.raises(KeyboardInterrupt, match="of 3 members are kept"):
        model.fit(X)
    assert model.outcome_ == "interrupted" and len(calls) <= number + n_jobs
    assert len(model.estimators_) == kept or n_jobs > 1
    assert np.isfinite(model.forecast(X, 5)).all()
    if number > 3:  # none is half trained
        for one, other in zip(model.estimators_, whole.estimators_, strict=False):
            assert one.outcome_ == other.outcome_
    if number > 3 and n_jobs == 1:
        for one, other in zip(model.estimators_, whole.estimators_, strict=False):
            np.testing.assert_array_equal(one.W1_, other.W1_)


def test_torch_members_in_threads_leave_the_number_of_threads():
    before = torch.get_num_threads()
    member = clone(QUICK).set_params(engine="torch", max_iter=1, sequence_length=5)
    EnsembleReconstructor(member, n_members=3, n_jobs=2, verbose=0).fit(X)
    assert torch.get_num_threads() == before


def test_verbose_prints_a_line_per_member(capsys):
    EnsembleReconstructor(MEMBER, n_members=2, verbose=1, random_state=0).fit(X)
    assert capsys.readouterr().out.count("[EnsembleReconstructor] member") == 2


def test_members_share_the_start_and_draw_kinks_of_their_own(monkeypatch):
    calls, start = [], _base.start_by_regression

    def counted(*args):
        calls.append(args)
        return start(*args)

    monkeypatch.setattr(_base, "start_by_regression", counted)
    member = ShallowPLRNNReconstructor(20, stages="start")
    model = EnsembleReconstructor(member, n_members=3, random_state=0).fit(NOISY[:600])
    assert len(calls) == 1
    first, *others = model.estimators_
    for other in others:
        assert other.held_out_errors_ == first.held_out_errors_
        assert not np.array_equal(other.W2_, first.W2_)
    again = clone(model).set_params(n_jobs=2).fit(NOISY[:600])
    for one, other in zip(model.estimators_, again.estimators_, strict=True):
        np.testing.assert_array_equal(one.W1_, other.W1_)
