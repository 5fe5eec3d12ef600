"""Data smoothed along a model: less noise, filled gaps of single values, and a better fit to it."""

from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr._training._selection import Selection, Training
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.dynamics import lyapunov_spectrum
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.reconstruction._forcing import refining_ways
from sklearn_dsr.reconstruction._rounds import Rounds, _better

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

CLEAN = make_lorenz63(6000, random_state=0)
NOISE = 0.05 * CLEAN.std(axis=0)
NOISY = CLEAN + NOISE * np.random.default_rng(0).standard_normal(CLEAN.shape)


@pytest.fixture(scope="module")
def model():
    return ShallowPLRNNReconstructor(
        50, n_init=2, max_iter=100, missing="mask", dt=0.01, n_jobs=2, random_state=0
    ).fit(NOISY)


def test_smooth_takes_most_of_the_noise_out(model):
    rows = model.smooth(NOISY)
    error = (rows - CLEAN) / NOISE
    assert rows.shape == CLEAN.shape and np.sqrt(np.mean(error**2)) < 0.4
    # Rows without noise stay near what they are.
    assert np.sqrt(np.mean(((model.smooth(CLEAN) - CLEAN) / NOISE) ** 2)) < 0.2


def test_missing_values_are_filled_and_gaps_remain(model):
    missing = np.random.default_rng(1).random((3000, 3)) < 0.3
    missing[missing.all(axis=1), 0] = False
    X = np.where(missing, np.nan, NOISY[:3000])
    X[1000] = np.nan
    rows = model.smooth(X)
    assert np.isnan(rows[1000]).all() and np.isfinite(np.delete(rows, 1000, axis=0)).all()
    missing[1000] = False
    assert np.sqrt(np.mean(((rows - CLEAN[:3000]) / NOISE)[missing] ** 2)) < 1.0
    parts = model.smooth([X[:1000], X[1001:]])
    np.testing.assert_allclose(np.concatenate(parts), np.delete(rows, 1000, axis=0), rtol=1e-6)


# One seed of five has models that would catch rows, with which a round is not taken; not this one.
SETTINGS = {"hidden_dim": 30, "max_iter": 150, "gtf_alpha": 0.3, "n_init": 3, "random_state": 1}


@pytest.fixture(scope="module")
def fits():
    """The same fit without and with a round of smoothing."""
    return [ShallowPLRNNReconstructor(**SETTINGS, n_smoothings=n).fit(NOISY[:3000]) for n in (0, 1)]


def test_a_further_round_goes_on_from_the_model_on_what_that_makes_of_the_data(fits):
    plain, smoothed = fits
    assert plain.outcome_ == smoothed.outcome_ == "converged"
    assert (plain.n_smoothings_, smoothed.n_smoothings_) == (0, 1)
    np.testing.assert_array_equal(smoothed.mean_, plain.mean_)
    first, later = smoothed.candidates_[:3], smoothed.candidates_[3:]
    assert first == plain.candidates_ and len(later) == 3 and smoothed.chosen_[0] >= 3
    for candidate in later:
        assert candidate["epochs_before"] == 150 and len(candidate["rates"]) == 50
        assert max(candidate["rates"]) < 1.01e-3
        # No start from nothing, and most of the noise, 0.05^2 of the loss, is gone.
        assert candidate["losses"][0] < 0.5 * plain.loss_curve_[-1]
    assert smoothed.loss_curve_ is smoothed.candidates_[smoothed.chosen_[0]]["losses"]


def test_a_second_round_refines_with_the_rows_as_they_are_to_be_predicted(fits):
    model = ShallowPLRNNReconstructor(**SETTINGS, n_smoothings=2).fit(NOISY[:3000])
    assert model.candidates_[:6] == fits[1].candidates_
    (refined,) = model.candidates_[6:]  # of one given alpha there is one refinement
    assert refined["n_smoothings"] == 2 and refined["epochs_before"] == 200
    assert refined["alphas"] == [0.3] * 4 and refined["rates"] == [0.0] * 4
    # What is left is the noise of the rows, with variance 0.05^2; a fit of it would be lower still.
    assert 0.8 * 0.05**2 < refined["losses"][-1] < 1.2 * 0.05**2
    assert [c["epoch"] for c in refined["checkpoints"]] == [2, 3, 4]


def test_refinements_give_the_same_bits_in_threads():
    settings = {"hidden_dim": 30, "clipped": False, "max_iter": 150, "n_init": 2, "random_state": 0}
    one, two = (ShallowPLRNNReconstructor(**settings, n_jobs=n).fit(NOISY[:3000]) for n in (1, 2))
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


def test_rounds_give_the_same_bits_in_threads(fits):
    settings = SETTINGS | {"n_smoothings": 1, "n_jobs": 2}
    again = ShallowPLRNNReconstructor(**settings).fit(NOISY[:3000])
    np.testing.assert_array_equal(again.W1_, fits[1].W1_)
    assert again.candidates_ == fits[1].candidates_


# Verified scores: beside X, of the model before beside the rows smoothed along it, where the new
# one has some 2. Beside X noise may hide what is gained, and what is lost.
@pytest.mark.parametrize(
    ("beside_X", "before", "n_smoothings"),
    [(100.0, 100.0, 1), (100.0, 0.0, 0), (1.0, 100.0, 1), (1.0, 0.0, 0)],
)
def test_a_round_whose_model_runs_worse_beside_smoothed_rows_is_not_taken(
    fits, monkeypatch, beside_X, before, n_smoothings
):
    def total(self, arrays):
        # That beside X is asked of the first training, the other one of the round's.
        return beside_X if self.max_iter == 150 else before

    monkeypatch.setattr(Training, "total", total)
    model = ShallowPLRNNReconstructor(**SETTINGS, n_smoothings=1).fit(NOISY[:3000])
    assert len(model.candidates_) == 6 and model.n_smoothings_ == n_smoothings
    if not n_smoothings:
        assert model.chosen_ == fits[0].chosen_
        np.testing.assert_array_equal(model.W1_, fits[0].W1_)


@pytest.mark.parametrize(
    ("after", "own", "better"),
    [
        (4.0, 1.0, True),  # good beside X, and nearer to the smoothed rows
        (4.0, 0.85, True),  # as near: scores repeat to some 20 percent
        (4.0, 0.8, False),  # a quarter farther
        (8.0, 1.1, True),  # farther from X, where noise is most of a column, but nearer to them
        (8.0, 0.9, False),  # farther from both
        (6.0, 0.9, True),  # of a score of 5.5 beside X as near
    ],
)
def test_a_later_model_may_be_a_fifth_farther_unless_it_leaves_the_data(after, own, better):
    taken, chosen = (SimpleNamespace(outcome="converged", captured=0.0, total=t) for t in (5.5, 1))
    assert _better(taken, chosen, after, own) == better


def test_a_round_whose_model_would_catch_noisy_rows_is_not_taken(fits, monkeypatch):
    captured = property(lambda self: 0.25 * self.candidates[-1]["n_smoothings"])
    monkeypatch.setattr(Selection, "captured", captured)
    model = ShallowPLRNNReconstructor(**SETTINGS, n_smoothings=1).fit(NOISY[:3000])
    assert model.n_smoothings_ == 0 and model.chosen_ == fits[0].chosen_


@pytest.mark.parametrize("where", ["_smooth", "_beside"])
def test_an_interrupt_while_a_round_is_prepared_or_judged_keeps_the_model(fits, monkeypatch, where):
    def interrupted(self, _):
        raise KeyboardInterrupt

    monkeypatch.setattr(Rounds, where, interrupted)
    model = ShallowPLRNNReconstructor(**SETTINGS, n_smoothings=1)
    with pytest.warns(ReconstructionWarning, match="interrupted"):
        model.fit(NOISY[:3000])
    assert model.outcome_ == "interrupted" and model.n_smoothings_ == 0
    np.testing.assert_array_equal(model.W1_, fits[0].W1_)


def test_there_is_no_further_round_after_a_model_that_did_not_converge(new):
    # A regression of the steps, where a hidden layer starts, is too good a model.
    params = {"hidden_dim": 1} if "hidden_dim" in new().get_params() else {}
    model = new(max_iter=1, n_smoothings=1, **params).fit(NOISY[:500])
    assert model.outcome_ != "converged" and model.n_smoothings_ == 0
    assert len(model.candidates_) == 1


def test_inputs_and_hidden_units_may_be_there_too(new):
    t = 0.1 * np.arange(600)
    X = np.column_stack([np.sin(t), np.cos(t), np.sin(0.3 * t)])
    X += 0.01 * np.random.default_rng(0).standard_normal(X.shape)
    model = new(n_smoothings=1, n_inputs=1, latent_dim=3, max_iter=30, gtf_alpha=0.3).fit(X)
    assert model.smooth(X).shape == (600, 2) and np.isfinite(model.forecast(X, 5, X[:4, 2:])).all()


def test_an_ensemble_smooths_by_its_best_member():
    member = ShallowPLRNNReconstructor(10, max_iter=5, n_init=1)
    model = EnsembleReconstructor(member, n_members=2, random_state=0).fit(NOISY[:1000])
    best = model.estimators_[model.best_index_]
    np.testing.assert_array_equal(model.smooth(NOISY[:500]), best.smooth(NOISY[:500]))


def test_a_model_that_overflows_says_so(model):
    broken = ShallowPLRNNReconstructor(5, clipped=False, max_iter=1, n_init=1).fit(NOISY[:500])
    broken.A_ = np.full(3, 1e200)
    with pytest.raises(ValueError, match="overflows along X.*clipped=True"):
        broken.smooth(NOISY[:500])


@pytest.mark.slow
def test_the_contracting_exponent_of_lorenz63_is_found_from_smoothed_data():
    X = make_lorenz63(50_000, noise_level=0.05, random_state=0)
    third = []
    for n_smoothings in (0, 1):
        model = ShallowPLRNNReconstructor(
            n_smoothings=n_smoothings, n_init=3, dt=0.01, n_jobs=2, random_state=0
        ).fit(X)
        assert model.n_smoothings_ == n_smoothings
        third.append(lyapunov_spectrum(model)[2])
    print(f"third exponent: {third[0]:.1f} from the data, {third[1]:.1f} smoothed; true -14.57")
    assert third[0] < -20 and abs(third[1] + 14.57) < 0.6 * abs(third[0] + 14.57)
