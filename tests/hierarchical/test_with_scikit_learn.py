"""Features as a step of a Pipeline, in searches and with set_output, on lists of trajectories."""

import numpy as np
import pandas as pd
import pytest
from cohorts import RHO, lorenz, quick, turns, with_columns
from planted import fitted
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags

from sklearn_dsr.pipeline import (
    ReconstructionPipeline,
    forecast,
    make_reconstruction_pipeline,
)
from sklearn_dsr.preprocessing import DelayEmbedding

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
F = np.linspace(-1.0, 1.0, 16)
X = turns(F, 60)[0]
GROUP = np.where(F > 0, "fast", "slow")


def classifier():
    return make_pipeline(quick(hidden_dim=2), LogisticRegression())


def test_a_classifier_behind_it_tells_groups_of_systems_apart():
    new = np.linspace(-0.95, 0.95, 10)
    trajectories = turns(new, 60, seed=1)[0]
    model = classifier().fit(X, GROUP)
    assert model.score(X, GROUP) == 1.0
    assert np.mean(model.predict(trajectories) == np.where(new > 0, "fast", "slow")) >= 0.9
    assert model.predict_proba(trajectories).shape == (10, 2)


def test_a_regressor_behind_it_tells_the_parameter_of_systems():
    model = make_pipeline(quick(hidden_dim=2), StandardScaler(), LinearRegression()).fit(X, F)
    new = np.array([-0.7, 0.05, 0.6])
    np.testing.assert_allclose(model.predict(turns(new, 60, seed=1)[0]), new, atol=0.1)


def test_searches_split_lists_of_trajectories():
    cv, name = StratifiedKFold(2, shuffle=True, random_state=0), "hierarchicalreconstructor__"
    assert np.all(cross_val_score(classifier(), X, GROUP, cv=cv) >= 0.75)
    search = GridSearchCV(classifier(), {f"{name}n_subject_features": [1, 2]}, cv=cv)
    assert search.fit(X, GROUP).best_score_ >= 0.75
    assert np.mean(search.predict(X) == GROUP) >= 0.75
    nothing = GridSearchCV(classifier(), {f"{name}n_subject_features": [0]}, error_score="raise")
    with pytest.raises(ValueError, match="0 feature"):
        nothing.fit(X, GROUP)


def test_a_search_over_its_own_score_keeps_the_better_size():
    cv = [(np.arange(6), np.arange(6))]  # no chance: both sizes see all subjects
    search = GridSearchCV(quick(), {"hidden_dim": [1, 30]}, cv=cv).fit(lorenz(n_rows=120))
    assert search.best_params_ == {"hidden_dim": 30}
    assert search.best_estimator_.subject_features_.shape == (6, 1)
    scores = cross_val_score(quick(hidden_dim=5), lorenz(n_rows=60), cv=2)
    assert np.isfinite(scores).all()


def test_labels_are_ignored_by_a_fit():
    few = X[::3]
    without = fitted(quick(hidden_dim=2), few)
    for y in (GROUP[::3], F[::3], list(GROUP[::3]), pd.Series(GROUP[::3])):
        model = clone(without).fit(few, y)
        np.testing.assert_array_equal(model.A_, without.A_)
        np.testing.assert_array_equal(model.subject_features_, without.subject_features_)
    np.testing.assert_array_equal(
        clone(without).fit_transform(few, GROUP[::3]), without.subject_features_
    )
    assert without.score(few, GROUP[::3]) == without.score(few)


def test_output_is_a_frame_with_names_of_subjects_if_asked_for():
    cohort = with_columns(lorenz(n_rows=60), RHO)
    model = quick(n_parameters=1, n_subject_features=2, hidden_dim=5).set_output(transform="pandas")
    found = model.fit_transform(cohort)
    names = ["x3", "subject_feature0", "subject_feature1"]
    assert isinstance(found, pd.DataFrame) and list(found.columns) == names
    assert list(found.index) == list(range(6))
    np.testing.assert_array_equal(found, model.subject_features_)
    frames = [pd.DataFrame(x, columns=["x", "y", "z", "rho"]) for x in cohort]
    labelled = pd.concat(dict(zip("fabedc", frames, strict=True)))
    named = model.fit_transform(labelled)
    assert list(named.index) == list("fabedc") and named.columns[0] == "rho"
    pd.testing.assert_frame_equal(model.transform(labelled), named)
    assert isinstance(model.set_output(transform="default").transform(labelled), np.ndarray)
    # Forecasts and scores do not depend on it.
    again = model.set_output(transform="pandas").forecast(labelled, 2)
    pd.testing.assert_frame_equal(
        model.set_output(transform="default").forecast(labelled, 2), again
    )


def test_output_is_a_polars_frame_if_asked_for():
    pl = pytest.importorskip("polars")
    model = quick(hidden_dim=2).set_output(transform="polars")
    found = model.fit_transform(X)
    assert isinstance(found, pl.DataFrame) and found.columns == ["subject_feature0"]
    np.testing.assert_array_equal(found.to_numpy(), model.subject_features_)


def test_names_of_features_in_a_pipeline():
    model = make_pipeline(quick(2, hidden_dim=2), StandardScaler()).fit(X)
    assert list(model.get_feature_names_out()) == ["subject_feature0", "subject_feature1"]
    assert model[0].get_feature_names_out(["a", "b"]).dtype == object


def test_tags_say_that_it_takes_nan_and_needs_no_target():
    tags = get_tags(quick())
    assert tags.input_tags.allow_nan and not tags.target_tags.required
    assert tags.transformer_tags is not None and tags.estimator_type is None


def test_its_page_is_linked_in_a_notebook():
    html = quick()._repr_html_()
    assert "HierarchicalReconstructor" in html
    assert "sklearn_dsr.HierarchicalReconstructor" in quick()._get_doc_link()


def test_single_columns_are_classified_behind_a_delay_embedding():
    f = np.linspace(-1.0, 1.0, 8)
    series = [x[:, :1] for x in turns(f, 100)[0]]
    model = make_pipeline(DelayEmbedding(2, 1), quick(hidden_dim=2), LogisticRegression())
    assert model.fit(series, f > 0).score(series, f > 0) == 1.0
    forecasts = forecast(model[:-1], series, 4)
    assert forecasts.shape == (8, 4, 1) and np.isfinite(forecasts).all()
    np.testing.assert_array_equal(forecast(model[:-1], series[3], 4), forecasts[3])


def test_names_of_subjects_go_through_an_embedding_that_returns_frames():
    f = np.linspace(-1.0, 1.0, 8)
    series = [pd.DataFrame(x[:, :1], columns=["x"]) for x in turns(f, 100)[0]]
    names = list("cabdhgfe")
    frame = pd.concat(dict(zip(names, series, strict=True)))
    steps = DelayEmbedding(2, 1), quick(hidden_dim=2)
    pipeline = make_reconstruction_pipeline(*steps).set_output(transform="pandas").fit(frame)
    found = pipeline.transform(frame)
    assert found.index.tolist() == names
    np.testing.assert_allclose(found, pipeline.transform(series), rtol=1e-9)
    with pytest.raises(ValueError, match="For a pipeline, take the plain model of some"):
        pipeline.score(series)
    plain = pipeline[-1].reconstructor(found.iloc[3])
    alone = ReconstructionPipeline([("delays", pipeline[0]), ("model", plain)])
    assert alone.score(series[3]) > 0.99
    assert alone.simulate(series[3], 5).shape == (5, 1)
