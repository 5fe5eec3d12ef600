"""The parameters of a reconstructor: few, with forcing as an object whose own ones can be set."""

import inspect

import numpy as np
import pytest
from planted import fitted
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.forcing import GTF, AdaptiveGTF, SparseForcing

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")


def test_there_are_24_parameters_at_most(new):
    parameters = inspect.signature(type(new())).parameters
    assert len(parameters) <= 24
    # All but the sizes of the model need their names.
    assert sum(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters.values()) <= 2


@pytest.mark.parametrize(
    ("forcing", "name", "value"),
    [
        (GTF(), "alpha", 0.4),
        (AdaptiveGTF(noise_level=0.1), "mean", "arithmetic_mean"),
        (SparseForcing(), "interval", 7),
    ],
)
def test_a_parameter_of_forcing_is_set_and_cloned(new, rotation, forcing, name, value):
    model = new(forcing=forcing)
    twin = clone(model).set_params(**{f"forcing__{name}": value})
    assert twin.forcing is not forcing and getattr(forcing, name) != value
    assert twin.get_params()[f"forcing__{name}"] == value
    given = forcing.get_params() | {name: value}
    assert clone(twin).forcing.get_params() == given
    X = rotation(100)
    direct = new(forcing=type(forcing)(**given)).fit(X)
    np.testing.assert_array_equal(twin.fit(X).A_, direct.A_)
    assert twin.forcing.get_params() == given  # a fit leaves it as it is


def test_a_grid_search_goes_through_a_parameter_of_forcing(new, rotation):
    X = rotation(120)
    grid = {"forcing__alpha": [0.1, 0.9]}
    search = GridSearchCV(new(forcing=GTF()), grid, cv=TimeSeriesSplit(2)).fit(X)
    assert len(set(search.cv_results_["mean_test_score"])) == 2
    assert search.best_estimator_.forcing.alpha == search.best_params_["forcing__alpha"]
    assert search.best_estimator_.gtf_alpha_ == pytest.approx(search.best_params_["forcing__alpha"])


@pytest.mark.parametrize(
    ("sequence_length", "family"), [(100, "sparse 16"), (20, "sparse 16"), (10, "sparse 10")]
)
def test_the_almost_linear_model_is_forced_sparsely_by_default(
    almost_linear, rotation, sequence_length, family
):
    model = almost_linear(forcing="auto", sequence_length=sequence_length).fit(rotation(150))
    assert [candidate["family"] for candidate in model.candidates_] == [family]
    given = almost_linear(forcing=SparseForcing(int(family.split()[1])))
    given.set_params(sequence_length=sequence_length).fit(rotation(150))
    np.testing.assert_array_equal(model.A_, given.A_)


def test_stages_say_how_far_the_training_goes(new, rotation):
    X = rotation(150)
    start = new(stages="start", n_init=3).fit(X)
    assert start.n_iter_ == 0 and start.loss_curve_ == [] and np.isnan(start.gtf_alpha_)
    assert [c["family"] for c in start.candidates_] == 3 * ["untrained"]
    assert [c["epoch"] for x in start.candidates_ for c in x["checkpoints"]] == 3 * [0]
    assert np.isfinite(start.forecast(X, 5)).all()
    train = new(stages="train").fit(X)
    assert len(train.loss_curve_) == 2 and train.n_smoothings_ == 0


def test_without_training_the_best_start_is_the_model(new, rotation):
    X = rotation(150)
    model = new(stages="start", n_init=3).fit(X)
    scores = [c["checkpoints"][0]["total"] for c in model.candidates_]
    assert model.chosen_ == (int(np.argmin(scores)), 0) or model.outcome_ == "converged"
    again = new(stages="start", n_init=3, max_iter=7, forcing=SparseForcing()).fit(X)
    np.testing.assert_array_equal(model.A_, again.A_)  # what only a training needs has no part


def test_a_start_is_a_regression_unless_it_is_random(rotation):
    X = rotation(300)
    params = {"clipped": False, "stages": "start", "n_init": 1, "random_state": 0}
    regression = fitted(ShallowPLRNNReconstructor(20, **params), X)
    random = fitted(ShallowPLRNNReconstructor(20, start="random", **params), X)
    error = [np.mean((m.predict(X[:-1]) - X[1:]) ** 2) for m in (regression, random)]
    assert error[0] < 0.2 * error[1]


def test_other_models_start_at_random_so_far(new, rotation):
    if hasattr(new(), "hidden_dim"):
        pytest.skip("the shallow model has a regression")
    one, two = (new(start=start).fit(rotation(100)) for start in ("random", "regression"))
    np.testing.assert_array_equal(one.A_, two.A_)


def test_torch_may_be_given_its_device(new, rotation):
    one, two = (
        new(engine=engine, max_iter=1, sequence_length=5).fit(rotation(60))
        for engine in ("torch", "torch:cpu")
    )
    np.testing.assert_array_equal(one.A_, two.A_)
