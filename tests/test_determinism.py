"""Same seed, same bits, for any number of jobs and threads; no global state is touched."""

import random

import numpy as np
import pandas as pd
import pytest
import torch
from engines import both_names
from sklearn.base import clone
from threadpoolctl import threadpool_info, threadpool_limits

from sklearn_dsr.forcing import GTF, SparseForcing
from sklearn_dsr.model_selection import DSRScorer
from sklearn_dsr.reconstruction import (
    AlmostLinearRNNReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

TIME = 0.1 * np.arange(200)
NOISE = 0.02 * np.random.default_rng(0).normal(size=(200, 2))
X = np.column_stack([np.sin(TIME), np.cos(TIME)]) + NOISE
SHORT = {"max_iter": 1, "n_init": 2}
TRAINED = SHORT | {"start": "random"}  # a start by regression might leave no need of a training
MODELS = {
    "regression": ShallowPLRNNReconstructor(**SHORT),
    "shallow": ShallowPLRNNReconstructor(8, **TRAINED),
    "shallow affine": ShallowPLRNNReconstructor(
        8, 4, observation="affine", clipped=False, **TRAINED
    ),
    "vanilla": PLRNNReconstructor(**SHORT),
    "vanilla affine": PLRNNReconstructor(5, observation="affine", **SHORT),
    "dendritic sparse": PLRNNReconstructor(
        4, n_bases=3, clipped=True, forcing=SparseForcing(), **SHORT
    ),
    "almost linear hidden": AlmostLinearRNNReconstructor(
        5, missing="mask", forcing=SparseForcing(5, noise_level=0.1), **SHORT
    ),
    "driven": ShallowPLRNNReconstructor(8, 3, n_inputs=1, **TRAINED),
    "driven regression": ShallowPLRNNReconstructor(8, 3, n_inputs=1, **SHORT),
}


@pytest.fixture(params=list(MODELS))
def model(request):
    return clone(MODELS[request.param]).set_params(random_state=0)


def forecast(model, X, n_steps):
    """Forecast, under the last inputs of the data once more if there are any."""
    inputs = (X[-n_steps:, 1:],) if model.n_inputs else ()
    return model.forecast(X, n_steps, *inputs)


def assert_same(a, b):
    """All fitted attributes are the same, bit by bit."""
    a, b = ({name: value for name, value in vars(m).items() if name.endswith("_")} for m in (a, b))
    assert a.keys() == b.keys() and len(a) > 10
    for name, value in a.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, b[name], err_msg=name)
        else:
            np.testing.assert_equal(value, b[name], err_msg=name)  # of a regression alpha is NaN


def test_repeated_fits_are_the_same(model):
    first = clone(model).fit(X)
    assert_same(first, clone(model).fit(X))
    assert_same(first, first.fit(X))  # nothing of the last fit is used
    # Neither the order in memory nor the container matters: frames are in Fortran order.
    for other in (X.copy(order="F"), pd.DataFrame(X).to_numpy(), np.repeat(X, 2, axis=0)[::2]):
        assert_same(first, clone(model).fit(other))
    assert_same(first, clone(model).fit(X.tolist()))


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_jobs_do_not_change_the_result(model, n_jobs):
    model.set_params(n_init=4)
    assert_same(clone(model).fit(X), clone(model).set_params(n_jobs=n_jobs).fit(X))


def test_threads_of_linear_algebra_do_not_change_the_result(model):
    fits = []
    for n_threads in (1, 2):
        with threadpool_limits(limits=n_threads):
            fits.append(clone(model).fit(X))
            fits[-1].run_ = forecast(fits[-1], X, 50)
    assert_same(*fits)


def test_other_seeds_give_other_models(model):
    A = [clone(model).set_params(random_state=seed).fit(X).A_ for seed in (0, 1, None, None)]
    assert len({a.tobytes() for a in A}) == 4


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_random_generators_are_taken_and_advanced(model, make):
    one, two = make(0), make(0)
    first = clone(model).set_params(random_state=one)
    assert_same(first.fit(X), clone(model).set_params(random_state=two).fit(X))
    # A clone copies the generator, the estimator itself goes on with its own.
    again = clone(model)
    again.random_state = two
    A = [again.fit(X).A_ for _ in range(2)]
    assert not np.array_equal(A[0], A[1])


def test_candidates_start_from_other_weights(model):
    # Families of the same forcing: only the seeds of the candidates differ.
    model.set_params(forcing=GTF(0.5), n_init=2, start="random").fit(X)
    losses = [candidate["losses"] for candidate in model.candidates_]
    assert losses[0] != losses[1]


def global_state():
    return {
        "numpy": [str(part) for part in np.random.get_state()],  # noqa: NPY002
        "python": random.getstate(),
        "torch": torch.get_rng_state().numpy().tobytes(),
        "torch threads": (torch.get_num_threads(), torch.get_num_interop_threads()),
        "torch dtype": (torch.get_default_dtype(), torch.is_grad_enabled()),
        "numpy errors": (np.geterr(), np.get_printoptions()),
        "pools": sorted(
            (pool["filepath"], pool["prefix"], pool["num_threads"]) for pool in threadpool_info()
        ),
    }


@pytest.fixture
def unusual_state():
    """Numbers of threads and a handling of errors that are nobody's default: a reset shows."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    with threadpool_limits(limits=2), np.errstate(divide="call"):
        yield
    torch.set_num_threads(before)


@both_names
@pytest.mark.parametrize("seed", [0, None])
def test_global_state_is_untouched(model, unusual_state, engine, seed):
    model.set_params(max_iter=1, stages="train", sequence_length=5)
    model.set_params(engine=engine, random_state=seed, n_jobs=2)
    before = global_state()
    model.fit(X)
    assert global_state() == before
    model.predict(X)
    forecast(model, X, 20)
    model.simulate(X[0], 20, *((X[:20, 1:],) if model.n_inputs else ()))
    model.score(X)
    model.jacobian(X)
    DSRScorer()(model, X)
    assert global_state() == before


def test_parameters_and_data_are_untouched(model):
    data, weight = X.copy(), np.ones(len(X))
    data[50] = np.nan
    data[70:90:3, 0] = np.nan
    copy, before = data.copy(), model.get_params()
    model.fit(data)
    model.predict(data)
    forecast(model, data, 3)
    model.score(data, sample_weight=weight)
    model.jacobian(data)
    np.testing.assert_array_equal(data, copy)
    after = model.get_params()
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)


def test_inference_draws_nothing(model):
    model.fit(X)
    for call in (model.predict, model.score, lambda X: forecast(model, X, 30), model.jacobian):
        np.testing.assert_array_equal(call(X), call(X))
    assert DSRScorer()(model, X) == DSRScorer()(model, X)
