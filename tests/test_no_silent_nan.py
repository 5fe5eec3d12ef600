"""Nothing that is not finite is returned in silence: a warning with advice, or a worst value."""

import warnings

import numpy as np
import pytest
from engines import CompiledEngine, both_names
from planted import chua_data, fitted, plant_none_good

from sklearn_dsr._recipe import Recipe
from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.forcing import GTF, SparseForcing
from sklearn_dsr.model_selection import (
    WORST,
    DSRScorer,
    neg_n_step_error_scorer,
    neg_state_space_divergence_scorer,
)
from sklearn_dsr.reconstruction import (
    AlmostLinearRNNReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
    _use,
)

TIME = 0.1 * np.arange(300)
X = np.column_stack([np.sin(TIME), np.cos(TIME)])
SHORT = {"max_iter": 3, "n_init": 1, "start": "random", "random_state": 0}
MODELS = {
    "shallow": lambda **p: ShallowPLRNNReconstructor(8, **SHORT | p),
    "unclipped": lambda **p: ShallowPLRNNReconstructor(8, clipped=False, **SHORT | p),
    "vanilla": lambda **p: PLRNNReconstructor(**SHORT | p),
    "affine": lambda **p: PLRNNReconstructor(4, observation="affine", **SHORT | p),
    "dendritic": lambda **p: PLRNNReconstructor(4, n_bases=3, missing="mask", **SHORT | p),
    "almost linear": lambda **p: AlmostLinearRNNReconstructor(**SHORT | p),
}


@pytest.fixture(params=list(MODELS))
def exploding(request):
    """A fitted model whose free run overflows after about 650 steps."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        model = MODELS[request.param]().fit(X)
    model.A_ = 3.0 * np.eye(len(model.A_))
    return model


def test_a_diverging_run_warns_once_with_advice(exploding):
    for run in (
        lambda: exploding.simulate(X[0], 2000),
        lambda: exploding.simulate(X[:3], 2000),
        lambda: exploding.forecast(X, 2000),
        lambda: exploding.forecast([X, X[:9]], 2000),
    ):
        with pytest.warns(ReconstructionWarning, match="diverged at step .* of 2000") as record:
            values = run()
        assert len(record) == 1
        assert record[0].filename == __file__
        message = str(record[0].message)
        assert "n_init" in message and "learning_rate_init" in message
        # Finite before the step that the message names, and not at it.
        step = int(message.split("at step ")[1].split()[0])
        axes = tuple(i for i in range(values.ndim) if i != values.ndim - 2)
        finite = np.isfinite(values).all(axis=axes)
        assert finite[: step - 1].all() and not finite[step - 1]


def test_a_run_that_stays_finite_is_named_where_it_leaves_the_data(exploding):
    assert np.isfinite(exploding.simulate(0.1 * X[:3], 1)).all()
    with pytest.warns(ReconstructionWarning, match="leaves the range .* of 100"):
        assert np.isfinite(exploding.simulate(X[:3], 100)).all()


def test_predict_warns_where_a_step_overflows(exploding):
    exploding.A_ = 1e300 * np.eye(len(exploding.A_))
    with pytest.warns(ReconstructionWarning, match="diverged at step 1 of 1") as record:
        predicted = exploding.predict(1e30 * X)
    assert len(record) == 1
    assert not np.isfinite(predicted).all()


@pytest.mark.parametrize("A", [3.0, 1e10, 1e300, np.inf, np.nan])
def test_score_is_finite(exploding, monkeypatch, A):
    exploding.A_ = np.diag(np.full(len(exploding.A_), A))
    for horizon in (1, 20, 250):
        monkeypatch.setattr(_use, "RECIPE", Recipe(horizon=horizon))
        score = exploding.score(X)
        assert np.isfinite(score) and -1e6 <= score <= 1.0
    if A != 3.0:
        assert score == -1e6


def test_score_is_finite_for_data_far_away(exploding):
    far = 1e99 * X + 1e98
    assert -1e6 <= exploding.score(far) <= 1.0


@pytest.mark.parametrize("A", [3.0, 1e300, np.nan])
def test_scorers_are_finite(exploding, A):
    exploding.A_ = np.diag(np.full(len(exploding.A_), A))
    data = np.concatenate([X, X, X])
    with pytest.warns(ReconstructionWarning, match="diverged at step") as record:
        scores = DSRScorer()(exploding, data)
    assert [w.category for w in record].count(ReconstructionWarning) == 1
    assert scores.keys() == WORST.keys()
    for name, worst in WORST.items():
        assert np.isfinite(scores[name])
        assert scores[name] == worst or (name == "neg_n_step_error" and A == 3.0)
    with pytest.warns(ReconstructionWarning):
        assert neg_state_space_divergence_scorer(exploding, data) == -100.0
    if A != 3.0:
        with pytest.warns(ReconstructionWarning):
            assert neg_n_step_error_scorer(exploding, data) == -1e100


def diverging_fit(name, **params):
    """Fit that overflows at once; warnings that are not ours are errors."""
    model = MODELS[name](
        **{"learning_rate_init": 1e6, "standardize": False, "max_iter": 10, **params}
    )
    with pytest.warns(ReconstructionWarning) as record:
        model.fit(1e3 * X)
    assert len(record) == 1
    return model, str(record[0].message)


def assert_finite_parameters(model):
    for name, value in vars(model).items():
        if isinstance(value, np.ndarray):
            assert np.isfinite(value).all(), name


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("name", list(MODELS))
@pytest.mark.parametrize("forcing", ["auto", GTF(0.1)])
def test_a_training_that_diverges_ends_in_an_outcome(name, forcing, n_jobs):
    model, message = diverging_fit(name, forcing=forcing, n_init=2, n_jobs=n_jobs)
    assert model.outcome_ == "diverged"
    assert "diverged. " in message and "Lower learning_rate_init" in message
    assert_finite_parameters(model)
    assert {candidate["status"] for candidate in model.candidates_} == {"diverged"}
    assert np.isfinite(model.loss_curve_).all()
    assert model.n_iter_ <= len(model.loss_curve_) <= 10
    assert -1e6 <= model.score(X) <= 1.0


@both_names
def test_training_that_diverges_has_the_same_outcome_with_both_engines(engine):
    model, _ = diverging_fit(
        "shallow", engine=engine, forcing=GTF(0.1), max_iter=2, sequence_length=20
    )
    assert model.outcome_ == "diverged"
    assert_finite_parameters(model)


def test_the_automatic_interval_bears_a_first_fit_that_diverges():
    model, _ = diverging_fit("unclipped", forcing=SparseForcing())
    assert model.outcome_ == "diverged"
    assert_finite_parameters(model)


@pytest.mark.parametrize("start", ["regression", "random"])
@pytest.mark.parametrize("missing", ["gap", "mask"])
def test_missing_values_and_inputs_leave_nothing_that_is_not_finite(missing, start):
    data = np.column_stack([np.sin(TIME), np.cos(TIME), np.sin(3 * TIME)])
    data[5:200:7, 0] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        settings = {"n_inputs": 1, "missing": missing, "latent_dim": 3, "start": start}
        model = MODELS["shallow"](**settings).fit(data)
        assert_finite_parameters(model)
        assert np.isfinite(model.loss_curve_).all()
        known = np.ones(300, dtype=bool) if missing == "mask" else ~np.isnan(data[:, 0])
        assert (np.isfinite(model.predict(data)).all(axis=1) == known).all()
        assert np.isfinite(list(DSRScorer()(model, data).values())).all()
    model.A_ = 3.0 * np.eye(len(model.A_))
    with pytest.warns(ReconstructionWarning, match="diverged at step .* of 900") as record:
        model.forecast(data, 900, np.ones((900, 1)))
    assert len(record) == 1 and record[0].filename == __file__
    assert -1e6 <= model.score(data) <= 1.0
    # A state that overflows on the way to the last row is no silent NaN either.
    model.A_ = 1e300 * np.eye(len(model.A_))
    with pytest.warns(ReconstructionWarning, match="diverged at step [12] of 5"):
        model.forecast(data, 5, np.ones((5, 1)))
    assert -1e6 <= model.score(data) <= 1.0


@pytest.mark.parametrize("name", ["shallow", "vanilla"])
def test_parameters_stay_finite_for_any_learning_rate(name):
    model, _ = diverging_fit(name, learning_rate_init=1e38)
    assert_finite_parameters(model)


def test_an_affine_training_may_overflow_too():
    model, _ = diverging_fit("affine", learning_rate_init=1e38)
    assert model.outcome_ == "diverged"


def test_a_training_without_a_finite_loss_is_called_diverged():
    model = MODELS["shallow"](standardize=False)
    with pytest.warns(ReconstructionWarning):
        model.fit(1e30 * X)  # squares overflow in float32
    assert model.candidates_[0]["status"] == "diverged"
    assert model.outcome_ == "diverged"


@pytest.mark.parametrize("unit", [1e30, 1e60])
def test_a_start_by_regression_bears_large_data(unit):
    model = MODELS["shallow"](start="regression", standardize=False)
    model = fitted(model, unit * X)
    assert_finite_parameters(model)
    assert -1e6 <= model.score(unit * X) <= 1.0


def test_a_training_that_diverges_leaves_the_model_of_the_start(monkeypatch):
    plant_none_good(monkeypatch)
    settings = {"start": "regression", "learning_rate_init": 1e6, "max_iter": 10}
    model = fitted(ShallowPLRNNReconstructor(10, **(SHORT | settings)), chua_data(6000))
    assert {c["status"] for c in model.candidates_ if c["family"] != "regression"} == {"diverged"}
    assert model.candidates_[model.chosen_[0]]["family"] == "regression"
    assert_finite_parameters(model)


def test_data_beyond_single_precision_end_in_an_outcome():
    model = MODELS["shallow"](standardize=False)
    with pytest.warns(ReconstructionWarning):
        model.fit(1e60 * X)
    assert_finite_parameters(model)


def test_one_diverging_candidate_does_not_spoil_the_others(monkeypatch):
    run = CompiledEngine.run

    def diverging(self, starts, rates, noise=None):
        if self.forcing == Forcing(alpha=0.5):  # the third way of forcing
            return np.empty(0), np.empty(0)
        return run(self, starts, rates, noise)

    monkeypatch.setattr(CompiledEngine, "run", diverging)
    model = fitted(MODELS["vanilla"](n_init=3), X)
    assert [c["status"] for c in model.candidates_] == ["finished", "finished", "diverged"]
    assert np.isfinite(model.loss_curve_).all()
    assert_finite_parameters(model)


def test_repeated_scores_of_a_good_model_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReconstructionWarning)
        model = MODELS["shallow"]().fit(X)
    assert np.isfinite(list(DSRScorer()(model, X).values())).all()
