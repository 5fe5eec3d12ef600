"""Data smoothed along a model: less noise, filled gaps of single values, and a better fit to it."""

from dataclasses import replace

import numpy as np
import pytest
from known_maps import linear, lozi
from planted import (
    LITTLE,
    SHORTEST,
    from_the_truth,
    lozi_data,
    plant_none_good,
    plant_outcomes,
    planted,
    verdict,
)

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr._choice._selection import Choice
from sklearn_dsr._choice._verdict import Verdict
from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr._training._refinement import Refinement
from sklearn_dsr.forcing import GTF
from sklearn_dsr.reconstruction._base import BaseReconstructor
from sklearn_dsr.reconstruction._forcing import refining_ways
from sklearn_dsr.reconstruction._rounds import Rounds

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

CLEAN, NOISY = lozi_data()
NOISE = 0.05 * CLEAN.std(axis=0)


@pytest.fixture(scope="module", autouse=True)
def none_good():
    """All candidates of all rounds are trained, although the true map is good."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        plant_none_good(monkeypatch)
        yield


def test_smooth_takes_noise_out_and_leaves_clean_rows_alone():
    model = planted(lozi(), NOISY)
    rows = model.smooth(NOISY)
    assert rows.shape == CLEAN.shape
    assert np.sqrt(np.mean(((rows - CLEAN) / NOISE) ** 2)) < 0.7
    assert np.sqrt(np.mean(((model.smooth(CLEAN) - CLEAN) / NOISE) ** 2)) < 1e-3


def test_missing_values_are_filled_and_gaps_remain():
    model = planted(lozi(), NOISY, missing="mask")
    missing = np.random.default_rng(1).random(CLEAN.shape) < 0.3
    missing[missing.all(axis=1), 0] = False
    X = np.where(missing, np.nan, NOISY)
    X[1000] = np.nan
    rows = model.smooth(X)
    assert np.isnan(rows[1000]).all() and np.isfinite(np.delete(rows, 1000, axis=0)).all()
    missing[1000] = False
    filled = (rows - CLEAN)[missing] / CLEAN.std()
    assert np.sqrt(np.mean(filled**2)) < 0.2
    parts = model.smooth([X[:1000], X[1001:]])
    np.testing.assert_allclose(np.concatenate(parts), np.delete(rows, 1000, axis=0), rtol=1e-6)


def fit_of(n_rounds, **params):
    """A fit that starts from the true map."""
    return from_the_truth(NOISY, n_rounds, **params).fit(NOISY)


@pytest.fixture(scope="module")
def fits():
    """The same fit without smoothing, with one round, and with a second one, a refinement."""
    return [fit_of(n) for n in (0, 1, 2)]


def test_a_further_round_goes_on_from_the_model(fits):
    plain, smoothed, _ = fits
    assert plain.outcome_ == smoothed.outcome_ == "converged"
    assert (plain.n_smoothings_, smoothed.n_smoothings_) == (0, 1)
    first, later = smoothed.candidates_[:3], smoothed.candidates_[3:]
    assert first == plain.candidates_ and len(later) == 3 and smoothed.chosen_[0] >= 3
    for candidate in later:
        assert candidate["epochs_before"] == 6 and len(candidate["rates"]) == 2
        assert max(candidate["rates"]) < 1e-6 / 3 * 1.01
        assert candidate["losses"][0] < plain.loss_curve_[-1]  # there is less noise
    assert smoothed.loss_curve_ is smoothed.candidates_[smoothed.chosen_[0]]["losses"]


def test_a_second_round_is_a_refinement(fits):
    _, smoothed, model = fits
    assert model.candidates_[:6] == smoothed.candidates_
    (refined,) = model.candidates_[6:]  # of one given alpha there is one refinement
    assert refined["n_smoothings"] == 2 and refined["epochs_before"] == 8
    assert refined["alphas"] == [0.7] * 4 and refined["rates"] == [0.0] * 4
    assert [c["epoch"] for c in refined["checkpoints"]] == [2, 3, 4]


def test_a_round_trains_on_smoothed_rows_and_a_refinement_predicts_the_rows(fits, monkeypatch):
    trainings, choose = [], Choice.choose
    monkeypatch.setattr(
        Choice, "choose", lambda self, *args: trainings.append(self.trainer) or choose(self, *args)
    )
    fit_of(2)
    first, further, refinement = trainings[-3:]
    for training in (first, refinement):
        np.testing.assert_array_equal(training.problem.rows, NOISY.astype(np.float32))
    smoothed = fits[0].smooth(NOISY)
    np.testing.assert_allclose(further.problem.rows, smoothed, rtol=1e-5, atol=1e-6)
    for model, training in zip(fits, (further, refinement), strict=False):
        for name, value in training.initial(0, None)[0].items():
            np.testing.assert_array_equal(value, getattr(model, f"{name}_"))
    assert isinstance(refinement, Refinement) and not isinstance(further, Refinement)


@pytest.mark.parametrize("good_beside", ["X", "smoothed rows"])
def test_the_first_good_model_ends_a_round_and_is_refined_if_it_is_beside_smoothed_rows(
    monkeypatch, good_beside
):
    def is_good(self, result):
        first = self.trainer.max_iter == LITTLE["max_iter"]
        return first if good_beside == "X" else not first

    monkeypatch.setattr(Choice, "is_good", is_good)
    monkeypatch.setattr(Verdict, "is_good", good_beside != "X")
    model = fit_of(2)
    rounds = [candidate["n_smoothings"] for candidate in model.candidates_]
    assert rounds == ([0, 1, 1, 1, 2] if good_beside == "X" else [0, 0, 0, 1, 2])


def test_rounds_give_the_same_bits_in_threads():
    settings = {"forcing": "auto", "n_init": 2, "max_iter": 3}
    one, two = (fit_of(2, n_jobs=n, **settings) for n in (1, 2))
    assert len(one.candidates_) == 6 and one.candidates_ == two.candidates_
    np.testing.assert_array_equal(one.W1_, two.W1_)


def test_refinements_are_forced_by_two_and_four_times_the_largest_exponent():
    ways = {"adaptive": Forcing(mean="product_upper_bound"), "constant 0.5": Forcing(0.5)}
    for family in ways:
        weak = refining_ways(ways, family, 0.02, 100)
        np.testing.assert_allclose([w.alpha for w in weak.values()], 1 - np.exp([-0.04, -0.08]))
    # Data that are not chaotic: over the length of a window.
    weak = refining_ways(ways, "adaptive", -np.inf, 100)
    np.testing.assert_allclose([w.alpha for w in weak.values()], [0.01, 0.02])
    # One given alpha stays, and sparse forcing.
    given, sparse = {"constant 0.3": Forcing(0.3)}, Forcing(1.0, interval=7)
    assert refining_ways(given, "constant 0.3", 0.02, 100) == given
    ways = {"sparse 14": Forcing(1.0, interval=14), "sparse 7": sparse}
    assert refining_ways(ways, "sparse 7", 0.02, 100) == {"sparse 7": sparse}


# Verified scores: beside X, of the model before beside the rows smoothed along it, where the new
# one has some 2. Beside X noise may hide what is gained, and what is lost.
@pytest.mark.parametrize(
    ("beside_X", "before", "n_smoothings"),
    [(100.0, 100.0, 1), (100.0, 0.0, 0), (1.0, 100.0, 1), (1.0, 0.0, 0)],
)
def test_a_round_whose_model_runs_worse_beside_smoothed_rows_is_not_taken(
    fits, monkeypatch, beside_X, before, n_smoothings
):
    def judge(self, arrays):
        # That beside X is asked of the first choice, the other one of the round's.
        return verdict(beside_X if self.trainer.max_iter == LITTLE["max_iter"] else before)

    monkeypatch.setattr(Choice, "judge", judge)
    model = fit_of(1)
    assert len(model.candidates_) == 6 and model.n_smoothings_ == n_smoothings
    if not n_smoothings:
        assert model.chosen_ == fits[0].chosen_
        np.testing.assert_array_equal(model.W1_, fits[0].W1_)


def test_a_round_whose_model_would_catch_noisy_rows_is_not_taken(fits, monkeypatch):
    def judge(self, arrays):
        return verdict(100.0)  # so that nothing else speaks against the later model

    choose = Choice.choose

    def caught(self, results, *args):
        selection = choose(self, results, *args)
        first = self.trainer.max_iter == LITTLE["max_iter"]
        share = 0.0 if first else 0.25
        return replace(selection, verdict=replace(selection.verdict, captured=share))

    monkeypatch.setattr(Choice, "judge", judge)
    monkeypatch.setattr(Choice, "choose", caught)
    model = fit_of(1)
    assert model.n_smoothings_ == 0 and model.chosen_ == fits[0].chosen_


@pytest.mark.parametrize("where", ["_smooth", "_beside"])
def test_an_interrupt_while_a_round_is_prepared_or_judged_keeps_the_model(fits, monkeypatch, where):
    def interrupted(self, _):
        raise KeyboardInterrupt

    monkeypatch.setattr(Rounds, where, interrupted)
    model = from_the_truth(NOISY, 1)
    with pytest.raises(KeyboardInterrupt, match="best model so far is kept"):
        model.fit(NOISY)
    assert model.outcome_ == "interrupted" and model.n_smoothings_ == 0
    np.testing.assert_array_equal(model.W1_, fits[0].W1_)


def test_there_is_no_further_round_after_a_model_that_did_not_converge(new, monkeypatch):
    plant_outcomes(monkeypatch, "escaped")
    model = new(max_iter=1, stages="refine").fit(NOISY[:100])
    assert model.outcome_ == "escaped" and model.n_smoothings_ == 0
    assert len(model.candidates_) == 1


def test_inputs_and_hidden_units_may_be_there_too(new, monkeypatch):
    t = 0.1 * np.arange(600)
    X = np.column_stack([np.sin(t), np.cos(t), np.sin(0.3 * t)])
    X += 0.01 * np.random.default_rng(0).standard_normal(X.shape)
    plant_outcomes(monkeypatch)
    monkeypatch.setattr(BaseReconstructor, "_n_smoothings", 1)
    monkeypatch.setattr(ShallowPLRNNReconstructor, "_n_smoothings", 1)
    model = new(stages="refine", n_inputs=1, latent_dim=3, forcing=GTF(0.3)).fit(X)
    assert len(model.candidates_) == 2
    assert model.smooth(X).shape == (600, 2) and np.isfinite(model.forecast(X, 5, X[:4, 2:])).all()


def test_an_ensemble_smooths_by_its_best_member():
    member = ShallowPLRNNReconstructor(10, **SHORTEST)
    model = EnsembleReconstructor(member, n_members=2, random_state=0).fit(NOISY[:300])
    best = model.estimators_[model.best_index_]
    np.testing.assert_array_equal(model.smooth(NOISY[:50]), best.smooth(NOISY[:50]))


def test_a_model_that_overflows_says_so():
    broken = planted(linear(1e200 * np.eye(2)), NOISY)
    with pytest.raises(ValueError, match="overflows along X.*clipped=True"):
        broken.smooth(NOISY)
