"""Pipelines, searches and bare reconstructors come apart into transformers and model."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from sklearn_dsr._coordinates.unwrap import unwrap
from sklearn_dsr.model_selection import DSRScorer


class Still(BaseEstimator):
    """A model that stays where it is."""

    def fit(self, X, y=None):
        return self

    def simulate(self, x0, n_steps):
        return np.repeat(np.asarray(x0)[..., np.newaxis, :], n_steps, axis=-2)


X = np.random.default_rng(0).normal(size=(40, 2))


def test_bare_models_and_trivial_pipelines_have_no_transformer():
    model = Still()
    assert unwrap(model) == (None, model)
    assert unwrap(Pipeline([("dsr", model)])) == (None, model)
    assert unwrap(Pipeline([("none", "passthrough"), ("dsr", model)])) == (None, model)


def test_pipelines_and_searches_come_apart():
    pipeline = make_pipeline(StandardScaler(), "passthrough", PCA(), Still()).fit(X)
    transformer, model = unwrap(pipeline)
    assert model is pipeline[-1]
    np.testing.assert_allclose(transformer.inverse_transform(transformer.transform(X)), X)
    search = GridSearchCV(pipeline, {"pca__n_components": [1, 2]}, cv=KFold(2),
                          scoring=DSRScorer("neg_power_spectrum_hellinger")).fit(X)  # fmt: skip
    assert unwrap(search)[1] is search.best_estimator_[-1]


def test_what_is_no_reconstruction_is_refused():
    match = r"'normalizer' .*\(Normalizer\) has neither inverse_transform nor inverse_forecast"
    with pytest.raises(TypeError, match=match):
        unwrap(make_pipeline(StandardScaler(), Normalizer(), Still()))
    with pytest.raises(TypeError, match="LinearRegression has no simulate"):
        unwrap(make_pipeline(StandardScaler(), LinearRegression()))
    with pytest.raises(TypeError, match="GridSearchCV has no simulate.*fitted with refit"):
        unwrap(GridSearchCV(Still(), {}))
