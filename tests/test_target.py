"""A y that is no target: a number, a duration, times, or X in other units is asked for or told."""

import datetime
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import StandardScaler

from sklearn_dsr import (
    EnsembleReconstructor,
    HierarchicalReconstructor,
    ShallowPLRNNReconstructor,
)
from sklearn_dsr._data.target import check_no_target
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import DataWarning, ReconstructionWarning
from sklearn_dsr.preprocessing import DelayEmbedding

X = make_lorenz63(300, dt=0.02, random_state=0) + 30.0
MODEL = ShallowPLRNNReconstructor(5, stages="start", random_state=0)

pytestmark = pytest.mark.filterwarnings(f"ignore::{ReconstructionWarning.__module__}."
                                        f"{ReconstructionWarning.__name__}")  # fmt: skip


@pytest.mark.parametrize(
    "y",
    [0.02, np.float32(0.5), np.array(0.02), np.array([0.02]), "0.02", pd.Timedelta("20ms"),
     datetime.timedelta(seconds=1), np.int64(1)],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize(
    "estimator",
    [MODEL, EnsembleReconstructor(MODEL, 2), HierarchicalReconstructor(), DelayEmbedding()],
)
def test_a_number_in_whatever_form_is_asked_for_as_dt(estimator, y):
    with pytest.raises(ValueError, match="y is the number .* dt="):
        estimator.fit(X, y)


def test_times_of_the_rows_are_told():
    with pytest.warns(DataWarning, match=r"rises by 0.02 .*dt=0.02"):
        MODEL.fit(X, 0.02 * np.arange(300))


@pytest.mark.parametrize("columns", [0, slice(0, 2)])
def test_a_transformed_target_regressor_is_told_that_nothing_was_transformed(columns):
    model = TransformedTargetRegressor(MODEL, transformer=StandardScaler())
    with pytest.warns(DataWarning, match="ignored: forecasts are of X.*TransformedTarget"):
        model.fit(X[:, :2], X[:, columns])


@pytest.mark.parametrize(
    "y", [None, np.arange(300) % 7, np.random.default_rng(0).random(300), X[:, 0], X, ["a"] * 300]
)
def test_what_searches_and_checks_pass_on_is_ignored_without_a_word(y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_no_target(y, X)
