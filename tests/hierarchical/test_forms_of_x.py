"""Lists, 3-D arrays and frames: which rows are which subject's, and forecasts in the form of X."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
from cohorts import RHO, lorenz, quick, turns, with_columns
from planted import fitted
from sklearn.preprocessing import StandardScaler

from sklearn_dsr.exceptions import DataWarning
from sklearn_dsr.inspection import BifurcationDisplay
from sklearn_dsr.pipeline import forecast, make_reconstruction_pipeline

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
X = lorenz(n_rows=120)
NAMES = ["fred", "anna", "carl", "bert", "dora", "emil"]  # not in alphabetical order
COLUMNS = ["x", "y", "z"]
DAYS = pd.date_range("2026-01-01", periods=120, freq="D")


def frames(columns=COLUMNS, cohort=X):
    return [pd.DataFrame(x, DAYS, columns) for x in cohort]


def labelled(parts, names=NAMES):
    """One frame whose first level names the subject."""
    return pd.concat(dict(zip(names, parts, strict=True)))


@pytest.fixture(scope="module")
def model():
    return fitted(quick(), X)


@pytest.fixture(scope="module")
def of_frames():
    return fitted(quick(), frames())


def test_a_labelled_frame_behind_a_transformer_is_refused_by_forecasts():
    frame = labelled(frames())
    pipeline = fitted(make_reconstruction_pipeline(StandardScaler(), quick()), frame)
    assert pipeline[-1].subjects_ == NAMES
    with pytest.raises(ValueError, match="one frame with a MultiIndex.*Give a list of frames"):
        pipeline.forecast(frame, 3)
    alone = fitted(quick(), frame)
    with pytest.raises(ValueError, match="one frame with a MultiIndex"):
        forecast(alone, frame, 3)
    assert alone.forecast(frame, 3).shape == (18, 3)


def test_forecasts_are_those_of_the_plain_models(model):
    found = model.forecast(X, 9)
    assert found.shape == (6, 9, 3)
    for own, x, f in zip(found, X, model.subject_features_, strict=True):
        np.testing.assert_array_equal(own, model.reconstructor(f).forecast(x, 9))
    np.testing.assert_array_equal(model.forecast(X[2], 9), found[2])
    np.testing.assert_array_equal(model.forecast(np.stack(X), 9), found)
    np.testing.assert_array_equal(model.forecast([x.tolist() for x in X], 9), found)
    np.testing.assert_array_equal(model.forecast(X[::-1], 9), found[::-1])


def test_lists_of_different_lengths_and_of_tuples_are_forecast(model):
    cut = tuple(x[: 60 + 10 * k] for k, x in enumerate(X))
    found = model.forecast(cut, 4)
    for own, x, f in zip(found, cut, model.transform(cut), strict=True):
        np.testing.assert_array_equal(own, model.reconstructor(f).forecast(x, 4))


def test_features_may_be_given(model):
    given = model.subject_features_[::-1]
    found = model.forecast(X, 5, features=given)
    for own, x, f in zip(found, X, given, strict=True):
        np.testing.assert_array_equal(own, model.reconstructor(f).forecast(x, 5))
    alike = model.forecast(X, 5, features=[0.5])
    np.testing.assert_array_equal(alike[3], model.reconstructor([0.5]).forecast(X[3], 5))


def test_quantiles_are_those_of_the_plain_models(model):
    levels = [0.1, 0.5, 0.9]
    found = model.forecast(X, 4, quantiles=levels)
    plain = model.reconstructor(model.subject_features_[3])
    assert found.shape == plain.forecast(X, 4, quantiles=levels).shape == (3, 6, 4, 3)
    np.testing.assert_array_equal(found[:, 3], plain.forecast(X[3], 4, quantiles=levels))
    np.testing.assert_array_equal(model.forecast(X[3], 4, quantiles=levels), found[:, 3])
    assert np.all(np.diff(found, axis=0) >= 0)


def test_inputs_are_of_all_trajectories_or_of_each():
    orbits, _ = turns(np.linspace(-1, 1, 5), K=1)
    model, inputs = fitted(quick(n_inputs=1), orbits), np.random.default_rng(0).random((5, 6, 1))
    found = model.forecast(orbits, 7, inputs)
    for own, x, s, f in zip(found, orbits, inputs, model.subject_features_, strict=True):
        np.testing.assert_array_equal(own, model.reconstructor(f).forecast(x, 7, s))
    alike = model.forecast(orbits, 7, inputs[0])
    np.testing.assert_array_equal(alike[0], found[0])
    np.testing.assert_array_equal(model.forecast(orbits[0], 7, inputs[0]), found[0])
    assert not np.array_equal(alike[1], found[1])
    with pytest.raises(ValueError, match="1 external inputs, and inputs=None was given"):
        model.forecast(orbits, 7)


def test_predictions_and_scores_are_those_of_the_plain_models(model):
    plain = [model.reconstructor(f) for f in model.subject_features_]
    wanted = [m.predict(x) for m, x in zip(plain, X, strict=True)]
    listed = model.predict(X)
    assert isinstance(listed, list)
    for own, expected in zip(listed, wanted, strict=True):
        np.testing.assert_array_equal(own, expected)
    np.testing.assert_array_equal(model.predict(np.stack(X)), wanted)
    np.testing.assert_array_equal(model.predict(X[1]), wanted[1])
    scores = [m.score(x) for m, x in zip(plain, X, strict=True)]
    assert model.score(X) == pytest.approx(np.mean(scores), rel=1e-12)
    assert model.score(X, y=np.arange(6)) == model.score(X)


def test_a_gap_is_a_row_of_nan_in_predictions(model):
    gaps = [x.copy() for x in X]
    gaps[2][50:53] = np.nan
    found = model.predict(gaps)
    assert (
        np.isnan(found[2][50:53]).all() and np.isfinite(np.delete(found[2], [50, 51, 52], 0)).all()
    )
    gaps[2][-1] = np.nan
    with pytest.raises(ValueError, match="gap"):
        model.forecast(gaps, 3)


def test_a_fit_has_the_same_bits_for_every_form(model):
    frame = labelled(frames())
    for given in (np.stack(X), [x.tolist() for x in X], [frame]):
        again = fitted(quick(), given)
        np.testing.assert_array_equal(again.subject_features_, model.subject_features_)
        np.testing.assert_array_equal(again.A_, model.A_)


def test_subjects_have_the_names_of_the_first_level_in_order_of_appearance(model):
    assert model.subjects_ == list(range(6))
    named = fitted(quick(), labelled(frames()))
    assert named.subjects_ == NAMES and list(named.outcomes_) == NAMES
    np.testing.assert_array_equal(named.subject_features_, model.subject_features_)
    assert list(named.feature_names_in_) == COLUMNS
    other = named.transform(labelled(frames()[::-1], NAMES[::-1]))
    np.testing.assert_array_equal(other, named.subject_features_[::-1])


def test_names_may_be_categories_of_which_some_have_no_rows(of_frames):
    frame = labelled(frames()).reset_index(names=["who", "day"])
    frame["who"] = frame["who"].astype("category")
    frame = frame[frame["who"] != "carl"].set_index(["who", "day"])
    there = [name for name in NAMES if name != "carl"]
    model = fitted(quick(), frame)
    assert model.subjects_ == there
    forecasts = of_frames.forecast(frame, 2)
    assert forecasts.index.get_level_values(0).tolist() == [n for n in there for _ in range(2)]


def test_frames_are_forecast_as_frames(of_frames):
    found = of_frames.forecast(frames(), 4)
    arrays = of_frames.forecast(frames(), 4, features=of_frames.subject_features_)
    assert isinstance(found, list) and len(found) == 6
    for own, same, x, f in zip(found, arrays, frames(), of_frames.subject_features_, strict=True):
        pd.testing.assert_frame_equal(own, of_frames.reconstructor(f).forecast(x, 4))
        pd.testing.assert_frame_equal(own, same)
        assert list(own.columns) == COLUMNS and own.index[0] == pd.Timestamp("2026-05-01")
    pd.testing.assert_frame_equal(of_frames.forecast(frames()[2], 4), found[2])


def test_a_frame_with_names_is_forecast_as_one_with_names(of_frames):
    single = of_frames.forecast(frames(), 4)
    found = of_frames.forecast(labelled(frames()), 4)
    assert list(dict.fromkeys(found.index.get_level_values(0))) == NAMES
    for name, own in zip(NAMES, single, strict=True):
        np.testing.assert_array_equal(found.loc[name], own)
        assert list(found.loc[name].index) == list(own.index)
    low, high = of_frames.forecast(labelled(frames()), 4, quantiles=[0.1, 0.9])
    assert low.index.equals(found.index) and np.all(low.to_numpy() <= high.to_numpy())
    listed = of_frames.forecast(frames(), 4, quantiles=[0.1, 0.9])
    for level, both in zip(listed, (low, high), strict=True):
        np.testing.assert_array_equal(np.concatenate(level), both)


def test_several_frames_may_be_of_one_subject(of_frames):
    named = list(zip(NAMES, frames(), strict=True))
    parts = [labelled([x.iloc[k]], [n]) for n, x in named for k in (slice(60), slice(70, 120))]
    halves = [labelled([x.iloc[:60], x.iloc[60:]], [n, n + "!"]) for n, x in named]
    model = fitted(quick(), parts)
    assert model.subjects_ == NAMES and model.subject_features_.shape == (6, 1)
    assert model.transform(parts).shape == (6, 1)
    forecasts = model.forecast(parts, 3)
    assert len(forecasts) == 12
    plain = model.reconstructor(model.subject_features_[1])
    np.testing.assert_array_equal(forecasts[3], plain.forecast(parts[3], 3))
    given = model.forecast(parts, 3, features=model.subject_features_)  # one row per subject
    np.testing.assert_array_equal(given[3], forecasts[3])
    assert of_frames.transform(halves).shape == (12, 1)  # each has a name of its own


def test_rows_of_a_subject_may_be_scattered(of_frames):
    frame = labelled(frames())
    scattered = frame.sort_index(level=1, kind="stable")  # day by day, all subjects
    order = list(dict.fromkeys(scattered.index.get_level_values(0)))
    assert len(set(order)) == len(set(scattered.index.get_level_values(0)[:6])) == 6
    at = [NAMES.index(name) for name in order]
    found = of_frames.transform(scattered)
    np.testing.assert_array_equal(found, of_frames.transform(frames())[at])
    predicted = pd.DataFrame(of_frames.predict(scattered), scattered.index)
    whole = of_frames.predict(frames())
    for name, own in zip(NAMES, whole, strict=True):
        np.testing.assert_array_equal(predicted.loc[name], own)
    forecasts, listed = of_frames.forecast(scattered, 2), of_frames.forecast(frames(), 2)
    for name, own in zip(NAMES, listed, strict=True):
        np.testing.assert_array_equal(forecasts.loc[name], own)


def test_labels_may_be_numbers_and_times():
    for names in ([5, 3, 4, 0, 1, 2], list(DAYS[:6]), [2.5, 1.0, 0.0, 7.0, 8.0, 9.0]):
        model = fitted(quick(), labelled(frames(), names))
        assert model.subjects_ == names
        np.testing.assert_array_equal(
            model.transform(labelled(frames(), names)), model.subject_features_
        )


def test_parameters_and_inputs_of_frames_go_by_their_places():
    names = [*COLUMNS, "rho"]
    known = frames(names, with_columns(X, RHO))
    model = fitted(quick(n_parameters=1, n_subject_features=1), known)
    assert list(model.get_feature_names_out()) == ["rho", "subject_feature0"]
    assert list(model.forecast(known, 2)[0].columns) == COLUMNS
    assert list(model.forecast(labelled(known), 2).columns) == COLUMNS
    plain = model.reconstructor(model.subject_features_[0])
    assert list(plain.feature_names_in_) == COLUMNS
    with pytest.raises(ValueError, match="feature names"):
        model.transform([x[["rho", *COLUMNS]] for x in known])


def test_jumps_of_an_index_are_gaps(of_frames):
    jumps = [x.drop(index=x.index[50:60]) for x in frames()]
    gaps = [x.copy() for x in X]
    for x in gaps:
        x[50:60] = np.nan
    np.testing.assert_array_equal(of_frames.transform(jumps), of_frames.transform(
        [pd.DataFrame(x, DAYS, COLUMNS) for x in gaps]))  # fmt: skip
    model = fitted(quick(), jumps)
    np.testing.assert_array_equal(model.A_, fitted(quick(), gaps).A_)


def test_rows_without_a_label_are_told(of_frames):
    frame = labelled(frames())
    index = frame.index.to_frame()
    index.iloc[[3, 4], 0] = None
    bad = frame.set_axis(pd.MultiIndex.from_frame(index))
    for use in (quick().fit, of_frames.transform):
        with pytest.raises(ValueError, match="2 of 720 rows have no label of a subject.* Name"):
            use(bad)


def test_names_and_places_are_not_mixed(of_frames):
    mixed = [labelled(frames()[:1], [1]), frames()[1]]
    for use in (quick().fit, of_frames.transform):
        with pytest.raises(ValueError, match="1 of 2 trajectories have a MultiIndex.* Give"):
            use(mixed)


def test_times_that_run_backwards_are_told():
    backwards = labelled([x.iloc[::-1] for x in frames()])
    with pytest.raises(ValueError, match="(sort|order|backwards)"):
        quick().fit(backwards)


def test_a_trajectory_that_ends_in_a_gap_is_named(of_frames):
    parts = frames()
    parts[3].iloc[-2:, 1] = np.nan
    with pytest.raises(ValueError, match="The last 2 rows of trajectory 3 are a gap"):
        of_frames.forecast(parts, 3)
    parts[3] = parts[3].iloc[:-1]
    with pytest.raises(ValueError, match="The last row of trajectory bert is a gap"):
        of_frames.forecast(labelled(parts), 3)
    with pytest.raises(ValueError, match="The last row of X is a gap"):
        of_frames.forecast(parts[3], 3)


def test_points_of_frames_in_a_diagram_are_at_the_feature_of_their_subject(of_frames):
    parts, found = frames(), of_frames.transform(frames())[:, 0]
    parts[1].iloc[50] = np.nan
    features = of_frames.transform(labelled(parts))[:, 0]
    own = {"values": [0.0], "points": "rows", "n_steps": 5, "n_transient": 0}
    shown = [
        BifurcationDisplay.from_estimator(of_frames, given, **own).data_values
        for given in (parts, labelled(parts))
    ]
    for values in shown:  # the second subject has two pieces
        np.testing.assert_array_equal(values, features[[0, 1, 1, 2, 3, 4, 5]])
    # Two frames of one subject, and one of another.
    halves = [labelled([part], ["fred"]) for part in (parts[0][:60], parts[0][60:])]
    given = [*halves, labelled([parts[4]], ["dora"])]
    display = BifurcationDisplay.from_estimator(of_frames, given, **own)
    np.testing.assert_allclose(display.data_values, found[[0, 0, 4]], atol=0.05)
    assert [len(points) for points in display.data_points] == [60, 60, 120]
    matplotlib.pyplot.close("all")


def test_other_columns_than_in_the_fit_are_told(model):
    with pytest.raises(ValueError, match="2 features"):
        model.transform([x[:, :2] for x in X])
    with pytest.raises(ValueError, match=r"X\[1\].* 2 features.*all trajectories need"):
        quick().fit([X[0], X[1][:, :2]])


def test_time_along_the_columns_is_told():
    with pytest.warns(DataWarning, match=r"30 columns.* \[x\.T for x in X\]"):
        quick().fit([x[:30].T for x in X])
