"""What spoils a fit is named before it: values far from all, columns at rest, units, a target."""

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
from sklearn_dsr.datasets import make_lorenz63
from sklearn_dsr.exceptions import DataWarning
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding, SVDDelayEmbedding

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

X = make_lorenz63(2000, dt=0.02, noise_level=0.01, random_state=0)
START = {"stages": "start", "max_iter": 1, "n_init": 1, "random_state": 0}
TRAINED = {"stages": "train", "start": "random", "max_iter": 5, "n_init": 1, "random_state": 0}


def told(data, estimator=None, y=None):
    """Texts of the DataWarnings of a fit, which point here, and the fitted estimator."""
    estimator = ShallowPLRNNReconstructor(8, **START) if estimator is None else estimator
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        estimator.fit(data, y)
    record = [w for w in record if issubclass(w.category, DataWarning)]
    assert all(w.filename == __file__ for w in record)
    return [str(w.message) for w in record], estimator


def with_value(value, rows=(700,), column=1):
    data = X.copy()
    data[list(rows), column] = value
    return data


@pytest.mark.parametrize("value", [-9999.0, 1e6, -1e6])
def test_one_sentinel_or_spike_is_named_with_row_and_column(value):
    for estimator in (None, EnsembleReconstructor(ShallowPLRNNReconstructor(8, **TRAINED), 2)):
        (message,), _ = told(with_value(value), estimator)
        assert message.startswith(f"The value {value:g} in row 700, column 1 of X, is")
        assert message.endswith("Set values that were not measured to NaN.")


def test_it_is_named_as_a_frame_and_a_list_name_it():
    dates = pd.date_range("2020-01-01", periods=len(X), freq="D")
    frame = pd.DataFrame(with_value(-9999.0), columns=["a", "b", "c"], index=dates)
    (message,), _ = told(frame)
    assert f"in row 700 ({dates[700]}), column 'b' of X" in message
    (message,), _ = told([X[:500], frame.iloc[500:]][1:] + [pd.DataFrame(X, columns=list("abc"))])
    assert f"in row 200 ({dates[700]}) of trajectory 0, column 'b' of X" in message
    (message,), _ = told([X[:300], with_value(1e6)[300:]])
    assert "in row 400 of trajectory 1, column 1 of X" in message
    (message,), _ = told(np.stack([X[:1000], with_value(1e6, rows=[1700])[1000:]]))
    assert "in row 700 of trajectory 1, column 1 of X" in message


@pytest.mark.parametrize("share", [0.01, 0.2])
def test_many_equal_sentinels_are_counted(share):
    rows = np.random.default_rng(0).choice(len(X), int(share * len(X)), replace=False)
    (message,), _ = told(with_value(-9999.0, rows))
    assert message.startswith(
        f"{len(rows)} values of -9999, the first in row {min(rows)}, column 1"
    )


def test_nothing_is_said_of_usual_data():
    rng = np.random.default_rng(0)
    spikes = X.copy()
    spikes[::100] *= 5
    for data in (X, spikes, X[:40], np.round(X), rng.standard_t(3, (2000, 3)), X > X.mean(axis=0)):
        assert told(data)[0] == []


FLAT = [0.0, 5.0, 0.1, -1e6, 3e-9]


@pytest.fixture(scope="module", params=[START, TRAINED], ids=["regression", "training"])
def plain(request):
    """Fit beside a column that rests at 0, and its parameters."""
    data = np.c_[X, np.zeros(len(X))]
    model = ShallowPLRNNReconstructor(20, clipped=False, **request.param)
    return model.fit(data), data, request.param


@pytest.mark.parametrize("value", FLAT)
@pytest.mark.parametrize("unit", [1.0, 2.0**-20], ids=["", "volts"])
def test_a_column_at_rest_stays_and_changes_nothing_else(plain, value, unit):
    model, data, params = plain
    rows = np.c_[unit * X, np.full(len(X), unit * value)]
    messages, other = told(rows, ShallowPLRNNReconstructor(20, clipped=False, **params))
    assert [m for m in messages if m.startswith("Column 3 of X is") and "Leave it out" in m]
    assert other.outcome_ == model.outcome_ and other.score(rows) == model.score(data)
    for name, given in (("predict", ()), ("forecast", (500,)), ("smooth", ())):
        run = getattr(other, name)(rows, *given)
        np.testing.assert_array_equal(run[:, 3], unit * value)
        np.testing.assert_array_equal(run[:, :3] / unit, getattr(model, name)(data, *given)[:, :3])
    run = other.simulate(rows[10], 3000)
    np.testing.assert_array_equal(run[:, 3], unit * value)
    # Where it starts from does not matter, as the model knows one value only.
    np.testing.assert_array_equal(other.simulate(rows[10] + [0, 0, 0, unit], 3000), run)


def test_a_column_at_rest_takes_no_part_in_the_verdict(plain):
    model, data, params = plain
    alone = np.c_[X, np.zeros((len(X), 9))]  # most columns rest
    many = ShallowPLRNNReconstructor(20, clipped=False, **params).fit(alone)
    assert many.outcome_ != "too narrow"


def test_a_column_at_rest_is_called_by_its_name():
    frame = pd.DataFrame(np.c_[X, np.full(len(X), 7.0)], columns=["x", "y", "z", "rest"])
    (message,), _ = told(frame)
    assert message.startswith("Column 'rest' of X is 7 throughout: it stays constant")
    (message,), _ = told(frame, ShallowPLRNNReconstructor(8, n_inputs=1, **START))
    assert message.startswith("Column 'rest' of X is 7 throughout: this input has no effect")


@pytest.mark.parametrize("standardize", [True, "common", False])
def test_values_that_are_equal_but_for_rounding_rest(standardize):
    rounded = (
        0.1 + np.where(np.arange(len(X)) % 2, 0.2, 0.2 - 1e-17) + np.spacing(0.3) * (X[:, 0] > 0)
    )
    rows = np.c_[X, rounded]
    _, model = told(rows, ShallowPLRNNReconstructor(8, standardize=standardize, **START))
    exact = ShallowPLRNNReconstructor(8, standardize=standardize, **START).fit(
        np.c_[X, np.full(len(X), rounded.min())]
    )
    assert model.outcome_ == exact.outcome_ and model.candidates_ == exact.candidates_
    np.testing.assert_allclose(model.simulate(rows[0], 500)[:, 3], rounded[0], rtol=1e-14)


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (1e15 + X, r"Column 0 of X varies by .* about 1e\+15.*Rescale it: subtract the offset"),
        (1e-300 * X, r"Column 0 of X varies by 3.*e-299 about.*Rescale it"),
        (np.c_[X, 1e-200 * X[:, 0]], r"Column 3 of X varies by .*e-199 about.*Rescale it"),
        (
            np.c_[X, 1e16 + np.round(X[:, 0])],
            r"Column 3 of X varies by .* about 1e\+16.*Rescale it",
        ),
        (1e200 * X, r"values up to .*e\+201, beyond 1e\+100.*Rescale"),
    ],
)
def test_what_floats_cannot_hold_is_to_be_rescaled(data, match):
    with pytest.raises(ValueError, match=match) as caught:
        ShallowPLRNNReconstructor(8, **START).fit(data)
    assert "does not vary" not in str(caught.value)


@pytest.mark.parametrize("offset", [1e3, 1e6, 1e9])
def test_offsets_that_floats_can_hold_are_taken(offset):
    assert told(X + offset)[0] == []


def test_a_number_as_y_is_asked_for_as_dt_by_every_fit():
    for estimator in (
        ShallowPLRNNReconstructor(),
        EnsembleReconstructor(),
        HierarchicalReconstructor(),
        DelayEmbedding(),
        SVDDelayEmbedding(),
    ):
        with pytest.raises(ValueError, match=r"y is the number 0.02.* dt=0.02"):
            estimator.fit(X, 0.02)
        assert not [name for name in vars(estimator) if name.endswith("_")]


def test_a_target_like_x_is_told_to_be_ignored():
    model = ShallowPLRNNReconstructor(8, **START)
    target = TransformedTargetRegressor(model, transformer=StandardScaler())
    messages, _ = told(X, EnsembleReconstructor(ShallowPLRNNReconstructor(8, **TRAINED), 2), 2 * X)
    assert len(messages) == 1 and "y has the shape of X and is ignored" in messages[0]
    assert "Pipeline" in messages[0]
    with pytest.warns(DataWarning, match="TransformedTargetRegressor"):
        target.fit(X, X)
    for y in (None, X, X.copy(), X[:, 0], np.arange(len(X))):
        assert told(X, model, y)[0] == []


def test_a_column_at_rest_takes_no_part_in_the_score_of_a_pipeline():
    rows = np.c_[X, np.full(len(X), 0.1)]
    steps = StandardScaler(), ShallowPLRNNReconstructor(20, clipped=False, **START)
    pipeline = make_reconstruction_pipeline(*steps).fit(rows)
    own = pipeline[-1].score(pipeline[:-1].transform(rows))  # does not depend on units
    assert pipeline.score(rows) == pytest.approx(own, rel=1e-9)
