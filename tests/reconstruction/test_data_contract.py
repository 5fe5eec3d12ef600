"""All forms of X mean the same, gaps are never crossed, and results come back in the form of X."""

import numpy as np
import pandas as pd
import pytest

from sklearn_dsr.forcing import GTF

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")


def nan_joined(parts):
    gap = np.full((1, parts[0].shape[1]), np.nan)
    return np.concatenate([row for part in parts for row in (part, gap)][:-1])


def frame(parts, index, names=("u", "v")):
    return pd.DataFrame(np.concatenate(parts), index=index, columns=list(names))


def frames(parts):
    """The same trajectories as one frame whose index jumps, in many ways."""
    lengths = [len(part) for part in parts]
    ids = np.repeat(np.arange(len(parts)), lengths)
    time = np.concatenate([np.arange(n) for n in lengths])
    late = time + 10_000 * ids
    dates = pd.Timestamp("2020-01-01") + pd.to_timedelta(late, unit="min")
    return {
        "two levels": frame(parts, pd.MultiIndex.from_arrays([ids, time])),
        "names and dates": frame(parts, pd.MultiIndex.from_arrays([ids.astype(str), dates])),
        "numbers": frame(parts, pd.Index(late)),
        "floats": frame(parts, pd.Index(0.01 * late)),
        "backwards": frame(parts, pd.Index(-late)),
        "dates": frame(parts, pd.DatetimeIndex(dates)),
        "dates with zone": frame(parts, pd.DatetimeIndex(dates, tz="Europe/Berlin")),
        "differences": frame(parts, pd.to_timedelta(late, unit="s")),
        "periods": frame(parts, pd.PeriodIndex(dates, freq="min")),
    }


def arrays_of(model):
    return {k: v for k, v in vars(model).items() if k.endswith("_") and k != "feature_names_in_"}


def assert_same_fit(a, b):
    a, b = arrays_of(a), arrays_of(b)
    assert a.keys() == b.keys()
    for name, value in a.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(value, b[name], err_msg=name)
        else:
            assert value == b[name], name


def test_all_forms_of_the_same_trajectories_give_the_same_fit(new, rotation):
    parts = [rotation(90, seed) for seed in range(3)]
    fit = new().fit(parts)
    assert_same_fit(fit, new().fit(tuple(parts)))
    assert_same_fit(fit, new().fit(np.stack(parts)))
    assert_same_fit(fit, new().fit([pd.DataFrame(part) for part in parts]))
    assert_same_fit(fit, new().fit([part.tolist() for part in parts]))
    # A row of NaN takes a place, but no window sees it: the windows drawn are the same.
    assert_same_fit(fit, new().fit(nan_joined(parts)))
    for name, X in frames(parts).items():
        model = new().fit(X)
        np.testing.assert_array_equal(model.predict(X), np.concatenate(fit.predict(parts)), name)
        assert_same_fit(fit, model)


def test_trajectories_of_unequal_lengths_are_fitted_in_any_form(new, rotation):
    parts = [rotation(n, seed) for seed, n in enumerate((60, 90, 120, 2))]
    fit = new().fit(parts)
    assert_same_fit(fit, new().fit(nan_joined(parts)))
    for X in frames(parts).values():
        assert_same_fit(fit, new().fit(X))


def test_order_of_the_joint_matters_to_no_window(new, rotation):
    # More rows of NaN, in front, between and behind, or NaN in one column only.
    a, b = rotation(70), rotation(80, 1)
    gap = np.full((5, 2), np.nan)
    fit = new().fit([a, b])
    assert_same_fit(fit, new().fit(np.concatenate([gap, a, gap, b, gap])))
    gap[:, 0] = 1e9  # a row with one NaN is a gap, whatever its other values
    assert_same_fit(fit, new().fit(np.concatenate([gap, a, gap, b, gap])))


def test_one_trajectory_is_the_same_as_a_list_of_it(new, rotation):
    X = rotation()
    fit = new().fit(X)
    for other in ([X], X[np.newaxis], pd.DataFrame(X), X.tolist()):
        assert_same_fit(fit, new().fit(other))


@pytest.mark.parametrize("index", [range(100), range(0, 300, 3), np.full(100, 7), list("ab") * 50])
def test_a_regular_index_is_no_gap(new, rotation, index):
    X = rotation(100)
    assert_same_fit(new().fit(X), new().fit(frame([X], pd.Index(index))))


def test_calendar_months_are_no_gap(new, rotation):
    X = rotation(100)
    months = pd.date_range("1990-01-01", periods=100, freq="MS")
    assert_same_fit(new().fit(X), new().fit(frame([X], months)))


@pytest.mark.parametrize("form", ["list", "nan", "frame"])
def test_no_transition_crosses_a_gap(new, form):
    # Pieces of two rows, x and x + 0.1, with x at random: joined, the best map goes to the mean.
    x = np.random.default_rng(0).uniform(-1, 1, size=200)
    parts = [np.array([[value], [value + 0.1]]) for value in x]
    X = {
        "list": parts,
        "nan": nan_joined(parts),
        "frame": frame(parts, pd.Index(np.arange(400) + 9 * np.repeat(np.arange(200), 2)), ["x"]),
    }[form]
    model = new(max_iter=20, forcing=GTF(0.5)).fit(X)
    grid = np.linspace(-0.8, 0.8, 9)[:, np.newaxis]
    if form == "frame":
        grid = pd.DataFrame(grid, columns=["x"])
    np.testing.assert_allclose(model.predict(grid) - np.asarray(grid), 0.1, atol=0.05)
    assert model.sequence_length_ == 1
    joined = new(max_iter=20, forcing=GTF(0.5)).fit(np.concatenate(parts))
    error = joined.predict(np.asarray(grid)) - np.asarray(grid) - 0.1
    assert np.max(np.abs(error)) > 0.1


def test_a_jump_between_pieces_is_not_learned(new):
    # Constant velocity on both sides of a huge jump.
    rise = 0.01 * np.arange(40)[:, np.newaxis]
    pieces = [rise, 1000.0 + rise]
    model = new(max_iter=20, forcing=GTF(0.5)).fit(pieces)
    last = np.concatenate([piece[-3:] for piece in pieces])
    np.testing.assert_allclose(model.predict(last), last, atol=20.0)
    # The rows used do not depend on the jump: windows of 31 rows lie in one piece each.
    starts = {0.01 * k for k in range(40)}
    assert model.initial_row_[0] in starts
    assert model.sequence_length_ == 39


def test_windows_are_cut_to_the_pieces(new, rotation):
    X = rotation(300)
    assert new(sequence_length=100).fit(X).sequence_length_ == 100
    assert new(sequence_length=30).fit(X).sequence_length_ == 30
    assert new(sequence_length=100).fit(X[:61]).sequence_length_ == 60
    assert new().fit([X[:41], X[100:141]]).sequence_length_ == 40


@pytest.mark.parametrize(
    ("n_rows", "n_steps"), [(300, 50), (14_000, 70), (20_000, 100), (25_000, 100)]
)
def test_automatic_windows_are_a_two_hundredth_of_the_rows(new, rotation, n_rows, n_steps):
    quick = {"max_iter": 1, "n_init": 1, "forcing": GTF(0.5)}
    assert new(sequence_length="auto", **quick).fit(rotation(n_rows)).sequence_length_ == n_steps


def test_predict_comes_back_in_the_form_of_x(new, rotation):
    parts = [rotation(n, seed) for seed, n in enumerate((60, 60, 60))]
    model = new().fit(parts)
    rows = model.predict(np.concatenate(parts))
    assert isinstance(rows, np.ndarray) and rows.shape == (180, 2)
    listed = model.predict(parts)
    assert isinstance(listed, list) and [part.shape for part in listed] == [(60, 2)] * 3
    np.testing.assert_array_equal(np.concatenate(listed), rows)
    stacked = model.predict(np.stack(parts))
    assert stacked.shape == (3, 60, 2)
    np.testing.assert_array_equal(stacked.reshape(-1, 2), rows)
    np.testing.assert_array_equal(model.predict(pd.DataFrame(np.concatenate(parts))), rows)


def test_nan_rows_give_nan_rows(new, rotation):
    X = rotation(50)
    model = new().fit(X)
    gappy = X.copy()
    gappy[[0, 20]] = np.nan
    gappy[30, 1] = np.nan
    predicted, jacobians = model.predict(gappy), model.jacobian(gappy)
    gaps = np.zeros(50, dtype=bool)
    gaps[[0, 20, 30]] = True
    assert np.isnan(predicted[gaps]).all() and np.isnan(jacobians[gaps]).all()
    np.testing.assert_array_equal(predicted[~gaps], model.predict(X)[~gaps])
    np.testing.assert_array_equal(jacobians[~gaps], model.jacobian(X)[~gaps])


def test_feature_names_are_kept_and_checked(new, rotation):
    X = pd.DataFrame(rotation(60), columns=["u", "v"])
    model = new().fit(X)
    np.testing.assert_array_equal(model.feature_names_in_, ["u", "v"])
    for method in (model.predict, model.score, model.jacobian, lambda X: model.forecast(X, 2)):
        method(X)
        with pytest.raises(ValueError, match="feature names should match"):
            method(X[["v", "u"]])
    listed = new().fit([X, X[:30]])
    np.testing.assert_array_equal(listed.feature_names_in_, ["u", "v"])
    with pytest.raises(ValueError, match="feature names should match"):
        listed.predict([X, X[["v", "u"]]])
    model.fit(X.to_numpy())
    assert not hasattr(model, "feature_names_in_")
    assert model.n_features_in_ == 2
