"""What fit does: warm start, standardisation, engines, and the record of the choice."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from engines import COMPILED
from planted import SHORTEST, plant_none_good, plant_outcomes

from sklearn_dsr._recipe import BUDGET, RECIPE
from sklearn_dsr.forcing import GTF, AdaptiveGTF
from sklearn_dsr.preprocessing import DelayEmbedding, SVDDelayEmbedding
from sklearn_dsr.reconstruction import (
    AlmostLinearRNNReconstructor,
    EnsembleReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
    _base,
    _data,
)
from sklearn_dsr.reconstruction._base import BaseReconstructor
from sklearn_dsr.reconstruction._forcing import families as ways_of_forcing

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")


def test_a_linear_oscillation_is_learned(new, rotation):
    X = rotation(400)
    params = {"max_iter": 40, "learning_rate_init": 1e-2}
    if "hidden_dim" not in new().get_params():
        # One kink per unit: the vanilla model needs more units than columns.
        params |= {"observation": "affine", "latent_dim": 12, "forcing": GTF(0.15)}
    model = new(**params).fit(X[:300])
    assert model.score(X[300:]) > 0.98
    error = (model.forecast(X[:300], 50) - X[300:350]) / X.std(axis=0)
    assert np.sqrt(np.mean(error**2)) < 0.25
    if "hidden_dim" not in new().get_params():  # others start from a regression of the steps
        assert model.loss_curve_[-1] < 0.1 * model.loss_curve_[0]


def test_a_fit_that_converged_does_not_warn(new, rotation, monkeypatch):
    plant_outcomes(monkeypatch)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = new(max_iter=1).fit(rotation(60))
    assert model.outcome_ == "converged"


def test_a_warm_start_goes_on_from_the_fitted_arrays(new, rotation):
    X = rotation()
    model = new(max_iter=20, forcing=GTF(0.5)).fit(X)
    first, mean, A = model.loss_curve_, model.mean_, model.A_
    model.set_params(warm_start=True, max_iter=1, learning_rate_init=1e-12).fit(X + 0.01)
    np.testing.assert_allclose(model.A_, A, rtol=1e-5)
    np.testing.assert_array_equal(model.mean_, mean)  # arrays keep their meaning
    model.set_params(max_iter=5, learning_rate_init=3e-3).fit(X + 0.01)
    assert model.loss_curve_[0] < 2 * first[-1]


def test_warm_start_of_an_unfitted_estimator_is_a_fit(new, rotation):
    X = rotation()
    warm, plain = new(warm_start=True).fit(X), new().fit(X)
    np.testing.assert_array_equal(warm.forecast(X, 20), plain.forecast(X, 20))


@pytest.mark.parametrize(
    ("change", "columns", "match"),
    [
        (
            {"observation": "affine"},
            2,
            "needs the model, sizes, observation and inputs of the previous fit, and some",
        ),
        ({"observation": "affine", "latent_dim": 3}, 2, "needs the model, sizes"),
        ({}, 1, "X has 1 columns.*the previous fit.*had 2.*warm_start=False"),
        ({}, 3, "X has 3 columns.*the previous fit.*had 2.*warm_start=False"),
    ],
)
def test_warm_start_needs_the_same_sizes(new, rotation, change, columns, match):
    X = rotation(100)
    model = new(warm_start=True).fit(X)
    before = model.forecast(X, 10)
    model.set_params(**change)
    with pytest.raises(ValueError, match=match):
        model.fit(np.c_[X, X][:, :columns])
    np.testing.assert_array_equal(model.forecast(X, 10), before)
    assert model.n_features_in_ == 2


def test_warm_start_needs_the_same_hidden_units(shallow, rotation):
    model = shallow(warm_start=True).fit(rotation(100))
    with pytest.raises(ValueError, match="Set warm_start=False or the previous parameters"):
        model.set_params(hidden_dim=13).fit(rotation(100))


def test_standardisation_is_by_column_common_or_none(new, rotation):
    X = rotation()
    model = new(standardize=True).fit(X)
    np.testing.assert_allclose(model.mean_, X.mean(axis=0))
    np.testing.assert_allclose(model.scale_, X.std(axis=0))
    model = new(standardize="common").fit(X)
    np.testing.assert_allclose(model.mean_, X.mean(axis=0))
    np.testing.assert_allclose(model.scale_, 2 * [np.sqrt(np.mean(X.var(axis=0)))])
    model = new(standardize=False).fit(X)
    np.testing.assert_array_equal(model.mean_, [0, 0])
    np.testing.assert_array_equal(model.scale_, [1, 1])
    # Of the rows that are used only.
    gappy = np.concatenate([X, np.full((1, 2), np.nan), [[1e6, 1e6]], np.full((1, 2), np.nan)])
    np.testing.assert_allclose(new().fit(gappy).mean_, X.mean(axis=0))


def test_standardisation_is_undone(new, rotation):
    X = (rotation() - rotation().mean(axis=0)) / rotation().std(axis=0)
    plain = new(standardize=False).fit(X)
    scaled = new(standardize=True).fit(1000.0 * X - 7.0)
    np.testing.assert_allclose(
        scaled.predict(1000.0 * X - 7.0), 1000.0 * plain.predict(X) - 7.0, atol=1.0
    )
    assert scaled.score(1000.0 * X - 7.0) == pytest.approx(plain.score(X), abs=1e-3)


SETTINGS = {
    "identity": {},
    "affine": {"observation": "affine"},
    "hidden": {"latent_dim": 5, "forcing": AdaptiveGTF(noise_level=0.1)},
    "wide": {"observation": "affine", "latent_dim": 5},
    "driven": {"n_inputs": 1, "manifold_penalty": 1e-2},
    "mask": {"missing": "mask"},
    "affine mask": {"missing": "mask", "observation": "affine", "latent_dim": 3},
}


@pytest.mark.parametrize("setting", list(SETTINGS))
def test_both_engines_fit_alike(new, rotation, monkeypatch, setting):
    X = rotation(80)
    if "mask" in setting:
        X[4::9, 0] = np.nan
    # In double precision, in which a few updates leave no difference.
    monkeypatch.setattr(_base, "RECIPE", replace(RECIPE, batches_per_epoch=4, batch_size=3))
    monkeypatch.setattr(_data, "DTYPE", np.float64)
    params = {"forcing": AdaptiveGTF(), "sequence_length": 15} | SETTINGS[setting]
    compiled, reference = (new(engine=name, **params).fit(X) for name in (COMPILED, "torch"))
    np.testing.assert_allclose(compiled.loss_curve_, reference.loss_curve_, rtol=1e-9)
    alphas = [model.candidates_[0]["alphas"] for model in (compiled, reference)]
    np.testing.assert_allclose(*alphas, rtol=1e-6)
    assert compiled.chosen_ == reference.chosen_ and compiled.outcome_ == reference.outcome_
    for name in ("A_", "W_", "h_", "W1_", "W2_", "h1_", "h2_", "B_", "L0_", "C_"):
        assert hasattr(compiled, name) == hasattr(reference, name)
        if hasattr(compiled, name):
            np.testing.assert_allclose(
                getattr(compiled, name), getattr(reference, name), rtol=1e-7, atol=1e-10
            )
    np.testing.assert_allclose(compiled.predict(X), reference.predict(X), rtol=1e-7)


def test_auto_is_the_compiled_engine_on_a_cpu(new, rotation):
    X = rotation(80)
    auto, compiled = new().fit(X), new(engine=COMPILED).fit(X)
    np.testing.assert_array_equal(auto.forecast(X, 9), compiled.forecast(X, 9))


def test_weights_have_a_zero_diagonal_where_a_has_it_already(new, rotation):
    for params in ({}, {"latent_dim": 4}, {"observation": "affine", "latent_dim": 5}):
        model = new(**params).fit(rotation(100))
        if hasattr(model, "W_"):
            M = model.latent_dim_
            assert model.W_.shape == model.A_.shape == (M, M) and model.h_.shape == (M,)
            # A relu is another function than A z, so the nonlinear units of the almost-linear
            # network have a diagonal.
            n_linear = M - getattr(model, "n_nonlinear", 0)
            np.testing.assert_array_equal(np.diag(model.W_)[:n_linear], 0.0)
            assert np.count_nonzero(model.W_) == M * M - n_linear


@pytest.mark.parametrize(
    "params",
    [
        {"n_bases": 7},
        {"n_bases": 7, "clipped": True},
        {"mean_centered": True},
        {"n_bases": 3, "clipped": True, "mean_centered": True, "latent_dim": 4},
    ],
)
def test_models_with_bases_are_their_equation(plain, rotation, params):
    model = PLRNNReconstructor(max_iter=4, n_init=1, random_state=0, **params).fit(rotation())
    M, B = model.latent_dim_, params.get("n_bases", 0)
    assert hasattr(model, "alphas_") == (B > 0)
    if B:
        assert model.alphas_.shape == (B,) and model.H_.shape == (M, B)
    assert model.hidden_dim_ == M * max(B, 1)
    X, p = rotation(20, 3), plain(model)
    wanted = [p.units(p.step(p.first(p.split(row)[0]))) for row in X]
    np.testing.assert_allclose(model.predict(X), wanted, rtol=1e-9)


# Two settings of one estimator: what the first one leaves behind has no place beside the second.
REFITS = {
    "bases": (PLRNNReconstructor, {"n_bases": 3, "clipped": True}, {}),
    "hidden units": (ShallowPLRNNReconstructor, {"latent_dim": 5}, {}),
    "affine": (AlmostLinearRNNReconstructor, {"observation": "affine", "latent_dim": 3}, {}),
    "inputs": (ShallowPLRNNReconstructor, {"n_inputs": 1}, {}),
    "of an ensemble": (
        EnsembleReconstructor,
        {"estimator": PLRNNReconstructor(n_bases=3, **SHORTEST)},
        {"estimator": PLRNNReconstructor(**SHORTEST)},
    ),
    "delays": (DelayEmbedding, {}, {"n_delays": 2, "lag": 3}),
    "unequal delays": (DelayEmbedding, {"lags": "pecuzal"}, {}),
    "components": (SVDDelayEmbedding, {"n_components": 0.9}, {"n_delays": 2}),
}


def fitted_attributes(estimator):
    return {name: value for name, value in vars(estimator).items() if name.endswith("_")}


@pytest.mark.parametrize("name", REFITS)
def test_a_refit_has_the_attributes_of_a_fresh_fit_and_no_other(rotation, name):
    kind, first, second = REFITS[name]
    same = {"n_members": 2, "random_state": 0} if kind is EnsembleReconstructor else {}
    if issubclass(kind, BaseReconstructor):
        same = SHORTEST | {"random_state": 0}
    X = rotation(100)
    refitted = kind(**same | first).fit(pd.DataFrame(X, columns=["a", "b"]))
    default = {parameter: kind().get_params(deep=False)[parameter] for parameter in first}
    refitted.set_params(**default | second).fit(X)
    fresh, refitted = map(fitted_attributes, (kind(**same | second).fit(X), refitted))
    assert refitted.keys() == fresh.keys()
    for key, value in fresh.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(refitted[key], value, err_msg=key)


def test_a_warm_start_has_the_attributes_of_a_fresh_fit(new, rotation):
    X = rotation(100)
    for params in ({"latent_dim": 4}, {"observation": "affine", "latent_dim": 3}):
        model = new(warm_start=True, **params).fit(X)
        names = fitted_attributes(model).keys()
        assert fitted_attributes(model.fit(X)).keys() == names


def test_architecture_is_a_record_of_the_sizes(new, rotation):
    model = new(latent_dim=4).fit(rotation(60))
    assert model.architecture_["latent_dim"] == 4 == model.latent_dim_
    for name in ("hidden_dim", "n_bases", "n_nonlinear", "clipped", "mean_centered"):
        if name in model.get_params():
            assert model.architecture_[name] == model.get_params()[name]
    kinks = {"hidden_dim": 12, "n_bases": 4, "n_nonlinear": 1}
    name = next(name for name in ("n_nonlinear", "hidden_dim", "n_bases") if hasattr(model, name))
    assert model.hidden_dim_ == kinks[name]
    # The fit is what counts, not a parameter that is set after it.
    rows = model.predict(rotation(9))
    model.set_params(latent_dim=7)
    np.testing.assert_array_equal(model.predict(rotation(9)), rows)


def test_noise_is_of_the_training_alone(new, rotation):
    X = rotation()
    clean, noisy = (new(forcing=GTF(noise_level=level)).fit(X) for level in (0.0, 0.5))
    assert not np.array_equal(clean.A_, noisy.A_)
    assert noisy.loss_curve_[-1] > clean.loss_curve_[-1]
    np.testing.assert_array_equal(noisy.mean_, clean.mean_)
    np.testing.assert_array_equal(noisy.predict(X), noisy.predict(X))
    again = new(forcing=GTF(noise_level=0.5)).fit(X)
    np.testing.assert_array_equal(again.A_, noisy.A_)


def test_fitted_sizes_are_those_of_the_parameters(new, rotation):
    model = new(observation="affine", latent_dim=5).fit(rotation(100))
    assert (model.latent_dim_, model.n_features_in_) == (5, 2)
    assert model.B_.shape == (2, 5)


def test_the_number_of_hidden_units_follows_the_columns_by_default(shallow, rotation):
    assert shallow(hidden_dim="auto", max_iter=1).fit(rotation(50)).hidden_dim_ == 192
    wide = np.random.default_rng(0).normal(size=(1600, 9))
    assert shallow(hidden_dim="auto", max_iter=1).fit(wide).hidden_dim_ == 320
    assert shallow(hidden_dim="auto", max_iter=1).fit(wide[:60]).hidden_dim_ == 192  # few rows


CHECKPOINT = {"epoch", "D", "H", "F", "S"}
VERIFIED = CHECKPOINT | {"baseline", "passed", "long", "error", "total", "driven", "outcome"}


def test_record_of_the_choice_is_complete(new, rotation, monkeypatch):
    plant_outcomes(monkeypatch)  # the total alone decides, and one lot is verified
    plant_none_good(monkeypatch)
    is_given = new().forcing != "auto"
    ways = list(ways_of_forcing(new().forcing if is_given else None, 600))
    n = len(ways)
    assert n == 1 if is_given else n == 4
    # In longer windows a model that starts at random overflows where it is forced weakly.
    model = new(max_iter=12, n_init=n + 2, sequence_length=10).fit(rotation())
    assert len(model.candidates_) == n + 2
    families = [candidate["family"] for candidate in model.candidates_]
    assert families[:n] == ways
    # Further candidates are of the family that leads after one of each.
    best = [min(e["S"] for e in c["checkpoints"]) for c in model.candidates_[:n]]
    assert families[n:] == 2 * [families[int(np.argmin(best))]]
    verified = []
    for k, candidate in enumerate(model.candidates_):
        keys = {"family", "status", "losses", "alphas", "rates", "checkpoints"}
        assert set(candidate) == keys | {"architecture", "epochs_before", "n_smoothings"}
        assert candidate["epochs_before"] == candidate["n_smoothings"] == 0
        assert candidate["architecture"] == model.architecture_
        assert candidate["status"] == "finished"
        assert len(candidate["losses"]) == len(candidate["alphas"]) == 12
        assert np.isfinite(candidate["losses"]).all()
        assert all(0 <= alpha <= 1 for alpha in candidate["alphas"])
        epochs = [entry["epoch"] for entry in candidate["checkpoints"]]
        assert epochs == sorted(epochs) and epochs[-1] == 12 and epochs[0] >= 5
        for i, entry in enumerate(candidate["checkpoints"]):
            assert set(entry) - {"captured"} in (CHECKPOINT, VERIFIED)
            assert all(np.isfinite(v) for name, v in entry.items() if name != "outcome")
            assert entry["S"] == pytest.approx(entry["D"] + 5 * entry["H"] + entry["F"])
            if "total" in entry:
                verified.append((entry["total"], (k, i)))
                assert entry["total"] == pytest.approx(entry["S"] + entry["long"])
    # The best by S were verified, and the one with the smallest total is the model.
    n = len(verified)
    assert n == BUDGET.n_verified
    every = sorted(e["S"] for c in model.candidates_ for e in c["checkpoints"])
    chosen = sorted(model.candidates_[k]["checkpoints"][i]["S"] for _, (k, i) in verified)
    assert chosen == every[:n]
    assert model.chosen_ == min(verified)[1]
    candidate, checkpoint = model.chosen_
    record = model.candidates_[candidate]
    assert model.n_iter_ == record["checkpoints"][checkpoint]["epoch"]
    assert model.loss_curve_ == record["losses"]
    assert model.gtf_alpha_ == record["alphas"][model.n_iter_ - 1]
    assert set(model.floor_) == {"D", "H", "S"}
    # The table has a row for each verified model, and says which is chosen.
    choice = pd.DataFrame(model.choice_)
    places = list(zip(choice["candidate"], choice["checkpoint"], strict=True))
    assert sorted(places) == sorted(at for _, at in verified)
    assert places[int(np.flatnonzero(choice["chosen"]).item())] == model.chosen_
    for (k, i), total in zip(places, choice["total"], strict=True):
        assert model.candidates_[k]["checkpoints"][i]["total"] == total
    assert (choice["baseline"] == model.floor_["S"]).all()


@pytest.mark.parametrize(
    ("forcing", "family"),
    [(AdaptiveGTF(), "adaptive"), (GTF(0.25), "constant 0.25"), (GTF(1), "constant 1")],
)
def test_a_given_alpha_is_the_only_way_of_forcing(new, rotation, forcing, family):
    model = new(forcing=forcing, n_init=2).fit(rotation(100))
    assert [candidate["family"] for candidate in model.candidates_] == [family, family]
    if family != "adaptive":
        assert model.gtf_alpha_ == forcing.alpha


def test_more_candidates_begin_with_the_fewer(new, rotation):
    X = rotation(100)
    few, more = (new(n_init=n).fit(X).candidates_ for n in (1, 3))
    assert more[0]["losses"] == few[0]["losses"]
    scores = [[entry["S"] for entry in c[0]["checkpoints"]] for c in (few, more)]
    assert scores[0] == scores[1]
    # So the best score of a free run is never worse; of verified totals that is not promised.
