"""Bad input gets an error that says what was got and what to try; a failed fit changes nothing."""

import re

import numpy as np
import pandas as pd
import pytest
from engines import COMPILED
from known_maps import lozi
from planted import LITTLE, lozi_data, plant_outcomes, planted
from scipy.linalg import block_diag
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sklearn_dsr._choice._outcome import ADVICE
from sklearn_dsr._choice._selection import Choice
from sklearn_dsr._maps._canonical import CanonicalMap
from sklearn_dsr._training._forcing import Forcing
from sklearn_dsr.dynamics import lyapunov_spectrum
from sklearn_dsr.exceptions import ReconstructionWarning
from sklearn_dsr.forcing import GTF, AdaptiveGTF, SparseForcing
from sklearn_dsr.reconstruction import (
    AlmostLinearRNNReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")

TIME = 0.1 * np.arange(150)
X = np.column_stack([np.sin(TIME), np.cos(TIME)])
MODELS = {
    "shallow": ShallowPLRNNReconstructor,
    "vanilla": PLRNNReconstructor,
    "almost linear": AlmostLinearRNNReconstructor,
}
SIZES = {"shallow": {"hidden_dim": 8}, "vanilla": {}, "almost linear": {"n_nonlinear": 1}}


def new(kind, **params):
    short = {"max_iter": 2, "n_init": 1, "random_state": 0}
    return MODELS[kind](**(short | SIZES[kind] | params))


@pytest.fixture(params=list(MODELS))
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def fitted():
    return {kind: new(kind).fit(X) for kind in MODELS}


@pytest.fixture(scope="module")
def driven():
    """Models with two external inputs, the columns 2 and 3."""
    return {kind: new(kind, n_inputs=2).fit(np.c_[X, X[::-1]]) for kind in MODELS}


def with_value(value):
    rows = X.copy()
    rows[7, 1] = value
    return rows


def with_gaps(*rows):
    gappy = X.copy()
    gappy[list(rows)] = np.nan
    return gappy


def assert_helpful(error, match):
    """Message names what was got, and has a further sentence that says what to try."""
    message = str(error.value)
    assert re.search(match, message, flags=re.DOTALL), message
    first, advice = re.split(r"[.:;] |\n", message, maxsplit=1)
    assert first and len(advice.split()) >= 3 and advice.endswith("."), message


def assert_state(estimator, before):
    assert vars(estimator).keys() == before.keys()
    assert all(vars(estimator)[name] is before[name] for name in before)


BAD_DATA = {
    "constant": (np.full((50, 2), 3.0), ValueError, "all of its 2 columns are constant"),
    "zero": (np.zeros((50, 3)), ValueError, "all of its 3 columns are constant"),
    "rounded constant": (np.full((50, 1), 0.1), ValueError, "all of its 1 columns are constant"),
    "no row": (X[:0], ValueError, r"0 sample\(s\).*minimum of 2.*Give more rows"),
    "one row": (X[:1], ValueError, r"1 sample\(s\).*minimum of 2.*Give more rows"),
    "no column": (X[:, :0], ValueError, r"0 feature\(s\).*Give at least one column"),
    "one dimension": (X[:, 0], ValueError, "Expected 2D array, got 1D array.*Reshape your data"),
    "four dimensions": (np.ones((2, 2, 2, 2)), ValueError, "dim 4.*list or a 3-D array"),
    "infinity": (with_value(np.inf), ValueError, "infinity.*by NaN"),
    "strings": (np.array([["a", "b"]] * 9), ValueError, "to float: .*'a'.*numeric columns"),
    "mixed": (pd.DataFrame({"a": [1.0, 2.0], "b": ["u", "v"]}), ValueError, "'u'.*numeric columns"),
    "complex": (X + 1j, ValueError, "Complex data.*separate columns"),
    "sparse": (csr_array(X), TypeError, "[Ss]parse.*dense"),
    "too large": (1e200 * X, ValueError, r"values up to 1e\+200, beyond 1e\+100.*Rescale"),
    "all NaN": (np.nan * X, ValueError, "no two consecutive rows without NaN.*Fill the gaps"),
    "dense gaps": (with_gaps(*range(0, 150, 2)), ValueError, "no two consecutive rows.*Fill"),
    "empty list": ([], ValueError, "X holds 0 trajectories.*at least one"),
    "empty stack": (np.ones((0, 5, 2)), ValueError, "X holds 0 trajectories.*at least one"),
    "unequal widths": ([X, X, np.c_[X, X]], ValueError, r"X\[2\].* 4 features.* 2 .*same columns"),
    "short trajectory": ([X, X[:1]], ValueError, r"X\[1\].*1 sample\(s\).*Give more rows"),
    "infinite trajectory": ([X, with_value(-np.inf)], ValueError, r"X\[1\].*infinity.*by NaN"),
    "large trajectory": ([X, 1e150 * X], ValueError, r"X\[1\] has values up to 1e\+150.*Rescale"),
    "uneven series": ([X[:, 0], X[:50, 0]], ValueError, "inhomogeneous.*each trajectory as an"),
}


@pytest.mark.parametrize("name", BAD_DATA)
def test_fit_refuses_bad_data_and_stays_unfitted(kind, name):
    data, error, match = BAD_DATA[name]
    model = new(kind)
    before = dict(vars(model))
    with pytest.raises(error) as caught:
        model.fit(data)
    assert_helpful(caught, match)
    assert_state(model, before)
    with pytest.raises(NotFittedError):
        check_is_fitted(model)


FORCINGS = 'forcing must be "auto".*GTF.*AdaptiveGTF.*SparseForcing.*sklearn_dsr.forcing; got '
ABOVE_0 = "finite and above 0; got "
BAD_PARAMETERS = [
    ("latent_dim", 0, ValueError, "at least 1; got 0"),
    ("latent_dim", 2.0, TypeError, "an integer.*got 2.0"),
    ("latent_dim", 1, ValueError, 'latent_dim=1 is below the 2 columns.*observation="affine"'),
    ("n_inputs", -1, ValueError, "at least 0; got -1"),
    ("n_inputs", 1.0, TypeError, "an integer.*got 1.0"),
    ("n_inputs", None, TypeError, "an integer.*got None"),
    ("n_inputs", 2, ValueError, "n_inputs=2 leaves no column.*X has 2.*Set n_inputs lower"),
    ("n_inputs", 7, ValueError, "n_inputs=7 leaves no column.*X has 2.*Set n_inputs lower"),
    ("missing", "nan", ValueError, "'gap', 'mask'; got 'nan'"),
    ("missing", True, ValueError, "'gap', 'mask'; got True"),
    ("forcing", "sparse", TypeError, FORCINGS + "'sparse'"),
    ("forcing", 0.3, TypeError, FORCINGS + "0.3"),
    ("forcing", None, TypeError, FORCINGS + "None"),
    ("forcing", GTF, TypeError, FORCINGS + "the class GTF. Give an instance"),
    ("forcing", Forcing(), TypeError, FORCINGS + "Forcing"),
    ("stages", "all", ValueError, "'refine', 'train', 'start'; got 'all'"),
    ("stages", 4, ValueError, "'refine', 'train', 'start'; got 4"),
    ("start", "zeros", ValueError, "'regression', 'random'; got 'zeros'"),
    ("start", None, ValueError, "'regression', 'random'; got None"),
    ("sequence_length", 0, ValueError, "at least 1; got 0"),
    ("max_iter", 0, ValueError, "at least 1; got 0"),
    ("n_init", 0, ValueError, "at least 1; got 0"),
    ("latent_penalty", -1e-9, ValueError, "at least 0.0; got -1e-09"),
    ("observation_penalty", "1", TypeError, "a number.*got '1'"),
    ("manifold_penalty", -1.0, ValueError, "at least 0.0; got -1.0"),
    ("dt", 0, ValueError, ABOVE_0 + "0"),
    ("dt", -0.1, ValueError, ABOVE_0 + "-0.1"),
    ("dt", np.inf, ValueError, ABOVE_0 + "inf"),
    ("learning_rate_init", 0.0, ValueError, ABOVE_0 + "0.0"),
    ("standardize", "columns", ValueError, "one of True, False, 'common'; got 'columns'"),
    ("observation", "linear", ValueError, "'identity', 'affine'; got 'linear'"),
    ("engine", "jax", ValueError, f'"auto", "{COMPILED}", "torch" or "torch:DEVICE"; got .jax'),
    ("engine", "torch:", ValueError, "got 'torch:'"),
    ("engine", COMPILED + ":cpu", ValueError, 'got .*Set engine="auto"'),
    ("engine", None, ValueError, "got None"),
    ("random_state", -1, ValueError, "got -1"),
    ("random_state", "seed", TypeError, "got 'seed'"),
    ("n_jobs", 0, ValueError, "other than 0; got 0"),
    ("n_jobs", 1.5, ValueError, "other than 0; got 1.5"),
    ("warm_start", "yes", ValueError, "False, True; got 'yes'"),
    ("verbose", "loud", TypeError, "got 'loud'"),
]
BAD_OWN_PARAMETERS = [
    ("shallow", "hidden_dim", 0, ValueError, "at least 1; got 0"),
    ("shallow", "hidden_dim", -1, ValueError, "at least 1; got -1"),
    ("shallow", "hidden_dim", 2.5, TypeError, "an integer.*got 2.5"),
    ("shallow", "hidden_dim", True, TypeError, "an integer.*got True"),
    ("shallow", "hidden_dim", "big", TypeError, "got 'big'.*\"auto\""),
    ("shallow", "clipped", "no", ValueError, "True, False.*; got 'no'"),
    ("shallow", "linear", "full", ValueError, "'dense', 'diagonal'; got 'full'"),
    ("shallow", "linear", True, ValueError, "'dense', 'diagonal'; got True"),
    ("vanilla", "n_bases", -1, ValueError, "at least 0; got -1"),
    ("vanilla", "n_bases", 2.0, TypeError, "an integer.*got 2.0"),
    ("vanilla", "clipped", 1.0, ValueError, "False, True; got 1.0"),
    ("vanilla", "clipped", True, ValueError, "needs bases to clip, and n_bases is 0. Set n_bases"),
    ("vanilla", "mean_centered", "yes", ValueError, "False, True; got 'yes'"),
    ("almost linear", "n_nonlinear", 0, ValueError, "at least 1; got 0"),
    ("almost linear", "n_nonlinear", 1.5, TypeError, "an integer.*got 1.5"),
    ("almost linear", "n_nonlinear", 3, ValueError, "=3 exceeds the 2 latent units.*latent_dim"),
]


@pytest.mark.parametrize(
    ("kind", "name", "value", "error", "match"),
    [(kind, *case) for kind in MODELS for case in BAD_PARAMETERS] + BAD_OWN_PARAMETERS,
)
def test_fit_refuses_bad_parameters_and_stays_unfitted(kind, name, value, error, match):
    model = new(kind, **{name: value})
    before = dict(vars(model))
    with pytest.raises(error) as caught:
        model.fit(X)
    assert_helpful(caught, match)
    assert name in str(caught.value)
    assert_state(model, before)
    with pytest.raises(NotFittedError):
        check_is_fitted(model)


# Checked when fit is called, by a sentence that names class and parameter.
BAD_FORCINGS = [
    (GTF(-0.1), ValueError, r"GTF.alpha must be a number, in \[0.0, 1.0\]; got -0.1. Use forcing"),
    (GTF(1.5), ValueError, "GTF.alpha.*got 1.5"),
    (GTF(np.nan), ValueError, "GTF.alpha.*got nan"),
    (GTF("auto"), TypeError, "GTF.alpha.*got 'auto'"),
    (GTF(None), TypeError, "GTF.alpha.*got None"),
    (GTF(True), TypeError, "GTF.alpha.*got True"),
    (GTF(noise_level=-0.1), ValueError, "GTF.noise_level.*at least 0.0; got -0.1"),
    (AdaptiveGTF("mean"), ValueError, "AdaptiveGTF.mean.*'product_upper_bound'.*got 'mean'"),
    (AdaptiveGTF("constant"), ValueError, "AdaptiveGTF.mean.*got 'constant'"),
    (AdaptiveGTF(every=0), ValueError, "AdaptiveGTF.every.*at least 1; got 0"),
    (AdaptiveGTF(every=2.0), TypeError, "AdaptiveGTF.every.*an integer.*got 2.0"),
    (AdaptiveGTF(noise_level=np.inf), ValueError, "AdaptiveGTF.noise_level.*got inf"),
    (SparseForcing(0), ValueError, "SparseForcing.interval.*at least 1; got 0"),
    (SparseForcing(2.0), TypeError, "SparseForcing.interval.*an integer.*got 2.0"),
    (SparseForcing("often"), TypeError, "got 'often'. \"auto\""),
    (SparseForcing(101), ValueError, "=101.*exceeds sequence_length=(50|100):.*interval lower"),
    (SparseForcing(noise_level="much"), TypeError, "SparseForcing.noise_level.*got 'much'"),
]


@pytest.mark.parametrize(("forcing", "error", "match"), BAD_FORCINGS, ids=str)
def test_fit_refuses_bad_forcing_and_stays_unfitted(kind, forcing, error, match):
    model = new(kind, forcing=forcing)
    before = dict(vars(model))
    with pytest.raises(error) as caught:
        model.fit(X)
    assert_helpful(caught, match)
    assert_state(model, before)


def test_parameters_are_checked_together(kind):
    with pytest.raises(ValueError) as caught:
        new(kind, forcing=SparseForcing(40), sequence_length=30).fit(X)
    assert_helpful(caught, "interval=40.*exceeds sequence_length=30.*Set the interval lower")
    with pytest.raises(ValueError) as caught:
        new(kind, latent_dim=2, n_inputs=1).fit(np.c_[X, X, X])  # of 6 columns one is no state
    assert_helpful(caught, "latent_dim=2 is below the 5 columns.*latent_dim=None")
    with pytest.raises(ValueError) as caught:
        new(kind, n_inputs=6).fit([np.c_[X, X, X], np.c_[X, X, X]])
    assert_helpful(caught, "n_inputs=6 leaves no column.*X has 6")


def test_a_column_without_any_value_is_named(kind):
    model = new(kind, missing="mask")
    before = dict(vars(model))
    with pytest.raises(ValueError) as caught:
        model.fit(np.c_[X, np.full(150, np.nan)])
    assert_helpful(caught, "Column 2 of X has no value: .*Leave it out")
    with pytest.raises(ValueError) as caught:
        model.fit(np.nan * X)
    assert_helpful(caught, "no two consecutive rows")
    assert_state(model, before)


def test_a_device_that_torch_does_not_have_is_named(kind):
    with pytest.raises(ValueError) as caught:
        new(kind, engine="torch:abacus").fit(X)
    assert_helpful(caught, "Device 'abacus' is not available to torch.*Use engine=\"torch\"")


def test_flags_may_be_bool_or_int(kind):
    given = new(kind, verbose=False, warm_start=np.False_, n_jobs=np.int64(1)).fit(X)
    np.testing.assert_array_equal(given.A_, new(kind).fit(X).A_)


def test_failed_refit_keeps_the_old_model(kind):
    model = new(kind).fit(X)
    before, forecast = dict(vars(model)), model.forecast(X, 30)
    for data in (1e200 * X, np.c_[X, np.full(150, np.inf)], X[:1], np.ones((9, 4)), []):
        with pytest.raises(ValueError):
            model.fit(data)
        assert_state(model, before)
    # A failure late in the fit, when attributes have been set.
    model.set_params(n_init=0)
    with pytest.raises(ValueError):
        model.fit(np.c_[X, X])
    model.set_params(n_init=1, latent_dim=1)
    with pytest.raises(ValueError):
        model.fit(pd.DataFrame(X, columns=["a", "b"]))
    model.set_params(latent_dim=None)
    assert_state(model, before)
    np.testing.assert_array_equal(model.forecast(X, 30), forecast)


@pytest.mark.parametrize("start", ["regression", "random"])
def test_failure_inside_a_fit_leaves_nothing(kind, start, monkeypatch):
    def fail(*args, **kwargs):
        raise MemoryError("no space")

    given = {"start": start}
    refitted = new(kind, forcing=SparseForcing(), missing="mask", **given).fit(X)
    monkeypatch.setattr(Choice, "choose", fail)  # late, of a start and of a training
    for model in (new(kind, **given), new(kind, forcing=SparseForcing(), **given), refitted):
        before = dict(vars(model))
        with pytest.raises(MemoryError):
            model.fit(np.c_[X, X])
        assert_state(model, before)
    assert refitted.n_features_in_ == 2 and refitted.predict(X).shape == X.shape


@pytest.mark.parametrize("start", ["regression", "random"])
@pytest.mark.parametrize("data", [X[:2], X[:3], [X[:2], X[5:9]], with_gaps(*range(2, 150))])
def test_few_rows_give_a_finite_model(kind, start, data):
    model = new(kind, start=start).fit(data)
    assert np.isfinite(model.simulate(X[:2], 20)).all()
    assert np.isfinite(model.score(data))


@pytest.mark.parametrize("start", ["regression", "random"])
def test_one_constant_column_gives_a_finite_model(kind, start):
    data = np.c_[X, np.full(len(X), 7.0)]
    for standardize in (True, "common", False):
        model = new(kind, start=start, standardize=standardize).fit(data)
        assert np.isfinite(model.predict(data)).all()
        assert np.isfinite(model.forecast(data, 20)).all()
        assert -1e6 <= model.score(data) <= 1.0
    assert model.scale_[2] == 1.0


def test_a_constant_column_does_not_spoil_the_outcome():
    clean, _ = lozi_data()
    data, f = np.c_[clean, np.full(len(clean), 7.0)], lozi()
    f = CanonicalMap(  # beside the columns of the map one that rests at 7
        block_diag(f.A, 0.5),
        np.vstack([f.W1, [[0.0]]]),
        np.hstack([f.W2, [[0.0]]]),
        np.append(f.h1, 3.5),
        f.h2,
    )
    model = planted(f, data, warm_start=True).set_params(**LITTLE).fit(data)
    np.testing.assert_allclose(model.forecast(data, 100)[:, 2], 7.0, atol=1e-3)
    assert model.outcome_ == "converged"


@pytest.mark.parametrize("power", [-300, -100, 100, 300])
@pytest.mark.parametrize("start", ["regression", "random"])
@pytest.mark.parametrize("observation", ["identity", "affine"])
def test_results_do_not_depend_on_the_units(kind, power, start, observation):
    unit = 2.0**power  # 5e-91 to 2e90; a power of 2 does not change the rounding
    plain = new(kind, start=start, observation=observation).fit(X)
    scaled = new(kind, start=start, observation=observation).fit(unit * X)
    assert scaled.outcome_ == plain.outcome_
    assert scaled.score(unit * X) == plain.score(X)
    np.testing.assert_array_equal(scaled.predict(unit * X) / unit, plain.predict(X))
    np.testing.assert_array_equal(scaled.forecast(unit * X, 20) / unit, plain.forecast(X, 20))
    assert np.isfinite(plain.forecast(X, 20)).all()


@pytest.mark.parametrize("start", ["regression", "random"])
@pytest.mark.parametrize("unit", [1e-30, 1e30])
def test_results_hardly_depend_on_decimal_units(kind, start, unit):
    wanted = new(kind, start=start).fit(X).forecast(X, 20)
    result = new(kind, start=start).fit(unit * X).forecast(unit * X, 20) / unit
    np.testing.assert_allclose(result, wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("start", ["regression", "random"])
def test_columns_of_very_different_units(kind, start):
    units = np.array([1e30, 1e-30])
    plain, scaled = (new(kind, start=start).fit(data) for data in (X, units * X))
    wanted = plain.forecast(X, 20)
    np.testing.assert_allclose(scaled.forecast(units * X, 20) / units, wanted, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", ["predict", "forecast", "score", "jacobian"])
@pytest.mark.parametrize("name", ["width", "infinity", "strings", "complex", "too large", "empty"])
def test_fitted_methods_refuse_bad_data(kind, fitted, method, name):
    data, match = {
        "width": (np.c_[X, X], "4 features.*expecting 2 features.*same columns"),
        "infinity": BAD_DATA["infinity"][::2],
        "strings": BAD_DATA["strings"][::2],
        "complex": BAD_DATA["complex"][::2],
        "too large": BAD_DATA["too large"][::2],
        "empty": (X[:0], r"0 sample\(s\).*at least one row"),
    }[name]
    more = (3,) if method == "forecast" else ()
    with pytest.raises(ValueError) as caught:
        getattr(fitted[kind], method)(data, *more)
    assert_helpful(caught, match)
    with pytest.raises(ValueError) as caught:
        getattr(fitted[kind], method)([X, data], *more)
    assert_helpful(caught, match)
    assert "X[1]" in str(caught.value)
    with pytest.raises(ValueError, match="0 trajectories"):
        getattr(fitted[kind], method)([], *more)


@pytest.mark.parametrize(
    ("x0", "match"),
    [
        (np.ones(3), "x0 has 3 columns.*on 2, 0 of them inputs. Give complete rows"),
        (np.ones((4, 1)), "x0 has 1 columns.*on 2, 0 of them inputs"),
        (1.0, "x0 has 1 columns.*on 2, 0 of them inputs"),
        ([0.0, np.nan], "x0 holds NaN.*Give rows without gaps"),
        ([[0.0, 1.0], [np.inf, 1.0]], "infinity"),
        ([1e200, 1.0], r"x0 has values up to 1e\+200"),
        (np.ones((2, 2, 2)), "dim 3"),
        (np.ones((0, 2)), r"0 sample\(s\).*at least one row"),
        (["a", "b"], "numeric columns"),
        (np.array([1j, 0]), "separate columns"),
    ],
)
def test_simulate_refuses_bad_starts(kind, fitted, x0, match):
    with pytest.raises(ValueError) as caught:
        fitted[kind].simulate(x0, 5)
    assert_helpful(caught, match)


def test_starts_of_a_driven_model_have_all_columns_or_those_that_are_no_inputs(kind, driven):
    inputs = np.zeros((5, 2))
    for width in (2, 4):
        assert driven[kind].simulate(np.ones(width), 5, inputs).shape == (5, 2)
    for width in (1, 3, 5):
        with pytest.raises(ValueError) as caught:
            driven[kind].simulate(np.ones(width), 5, inputs)
        assert_helpful(caught, f"x0 has {width} columns.*on 4, 2 of them inputs. Give complete")
        with pytest.raises(ValueError) as caught:
            lyapunov_spectrum(driven[kind], np.ones(width), inputs=inputs, n_steps=5, n_transient=0)
        assert_helpful(caught, f"x0 has {width} values.*on 4 columns. Give one complete row")


# For 5 steps of one run with 2 inputs.
BAD_INPUTS = {
    "missing": (None, r"has 2 external inputs, and inputs=None.*Give inputs of shape \(5, 2\)"),
    "short": (np.zeros((4, 2)), r"shape \(4, 2\), and 5 rows or more"),
    "no row": (np.zeros((0, 2)), r"shape \(0, 2\), and 5 rows or more"),
    "one column": (np.zeros((9, 1)), r"shape \(9, 1\).*of 2 columns are needed.*shape \(5, 2\)"),
    "all columns": (np.zeros((9, 4)), r"shape \(9, 4\).*of 2 columns are needed.*shape \(5, 2\)"),
    "transposed": (np.zeros((2, 9)), r"shape \(2, 9\).*of 2 columns are needed"),
    "one dimension": (np.zeros(10), r"shape \(10,\).*of 2 columns are needed"),
    "a number": (1.0, r"shape \(\).*of 2 columns are needed"),
    "four dimensions": (np.zeros((1, 1, 5, 2)), r"shape \(1, 1, 5, 2\).*of 2 columns are needed"),
    "runs": (np.zeros((3, 9, 2)), r"inputs are for 3 runs, not 1. Give shape \(5, 2\)"),
    "list of runs": ([np.zeros((9, 2))] * 3, r"inputs are for 3 runs, not 1. Give shape"),
    "NaN": (np.full((5, 2), np.nan), "NaN or infinity among the rows.*Give finite values"),
    "infinity": (np.r_[np.zeros((4, 2)), [[0, np.inf]]], "NaN or infinity.*Give finite values"),
    "strings": ([["a", "b"]] * 9, "inputs are not numeric: .*'a'.*Give shape"),
    "string": ("none", "inputs are not numeric: .*'none'.*Give shape"),
    "None within": ([[None, 1.0]] * 9, "NaN or infinity|inputs are not numeric"),
    "complex": (np.zeros((9, 2)) + 1j, "inputs are not numeric|[Cc]omplex"),
    "ragged": ([[1.0, 2.0], [3.0]], "inputs are not numeric|inhomogeneous"),
    "empty list": ([], r"shape \(0,\)|inputs are for 0 runs"),
    "empty lists": ([[], []], r"shape \(2, 0\).*of 2 columns are needed"),
    "empty array": (np.zeros(0), r"shape \(0,\).*of 2 columns are needed"),
}


@pytest.mark.parametrize("name", BAD_INPUTS)
def test_bad_inputs_are_refused(kind, driven, name, request):
    if name in ("complex", "empty list"):
        reason = "check_inputs lets complex numbers through with a warning, and indexes []."
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    inputs, match = BAD_INPUTS[name]
    model, row = driven[kind], np.ones((1, 4))
    for run in (
        lambda: model.simulate(row[0], 5, inputs),
        lambda: model.forecast(row, 6, inputs),  # the first step has the input of the last row
        lambda: lyapunov_spectrum(model, row[0], inputs=inputs, n_steps=3, n_transient=2),
    ):
        with pytest.raises(ValueError) as caught:
            run()
        assert_helpful(caught, match)


def test_inputs_of_several_runs_are_checked_one_by_one(kind, driven):
    model, rows, good = driven[kind], np.ones((3, 4)), np.zeros((9, 2))
    for inputs, match in (
        (np.zeros((2, 9, 2)), r"for 2 runs, not 3. Give shape \(5, 2\) or \(3, 5, 2\)"),
        ([good, good], "for 2 runs, not 3"),
        ((good, good, good[:4]), r"shape \(4, 2\), and 5 rows or more"),
        ([good, good[:, :1], good], r"shape \(9, 1\).*of 2 columns are needed"),
        ([good, good, np.nan * good], "NaN or infinity"),
        (None, r"inputs=None.*\(5, 2\) or \(3, 5, 2\)"),
    ):
        with pytest.raises(ValueError) as caught:
            model.simulate(rows, 5, inputs)
        assert_helpful(caught, match)
        with pytest.raises(ValueError) as caught:
            model.forecast([rows, rows[:1], rows], 6, inputs)
        assert_helpful(caught, match)
    # NaN in rows that are not needed is no error.
    late = np.r_[good, np.nan * good]
    assert np.isfinite(model.simulate(rows, 9, late)).all()


def test_inputs_are_refused_where_there_are_none(kind, fitted):
    for inputs in (np.zeros((5, 1)), np.zeros((5, 0)), [], 0.0):
        for run in (
            lambda given=inputs: fitted[kind].simulate(X[0], 5, given),
            lambda given=inputs: fitted[kind].forecast(X, 5, given),
            lambda given=inputs: lyapunov_spectrum(fitted[kind], inputs=given, n_steps=5),
        ):
            with pytest.raises(ValueError) as caught:
                run()
            assert_helpful(caught, "fitted without external inputs. Leave them out")


@pytest.mark.parametrize("method", ["predict", "forecast", "score", "jacobian"])
def test_methods_of_a_driven_model_need_all_columns(kind, driven, method):
    more = (3, np.zeros((3, 2))) if method == "forecast" else ()
    for width in (2, 3, 5):
        with pytest.raises(ValueError) as caught:
            getattr(driven[kind], method)(np.ones((9, width)), *more)
        assert_helpful(caught, f"{width} features.*expecting 4 features.*same columns")


@pytest.mark.parametrize(
    ("n_steps", "error"),
    [(0, ValueError), (-3, ValueError), (2.0, TypeError), (True, TypeError), (None, TypeError)],
)
def test_number_of_steps_is_checked(kind, fitted, n_steps, error):
    for run in (fitted[kind].forecast, fitted[kind].simulate):
        with pytest.raises(error) as caught:
            run(X[:2], n_steps)
        assert_helpful(caught, f"n_steps must be an integer, at least 1; got {n_steps}")


def test_no_forecast_from_a_trailing_gap(kind, fitted):
    with pytest.raises(ValueError) as caught:
        fitted[kind].forecast(with_gaps(147, 148, 149), 3)
    assert_helpful(caught, "last 3 rows of X are a gap.*Cut it off")
    with pytest.raises(ValueError) as caught:
        fitted[kind].forecast([X, with_gaps(149)], 3)
    assert_helpful(caught, r"last row of X\[1\] is a gap.*Cut it off")
    with pytest.raises(ValueError) as caught:
        fitted[kind].forecast([np.nan * X[:4], X], 3)
    assert_helpful(caught, r"last 4 rows of X\[0\]")
    assert np.isfinite(fitted[kind].forecast(with_gaps(100), 3)).all()


def test_score_needs_a_row_with_a_successor(kind, fitted):
    for data in (X[:1], np.nan * X, with_gaps(*range(0, 150, 2))):
        with pytest.raises(ValueError) as caught:
            fitted[kind].score(data)
        assert_helpful(caught, f"X has {len(data)} rows and no two consecutive")


@pytest.mark.parametrize(
    ("weight", "match"),
    [
        (np.ones(3), r"shape \(3,\) for 150 rows"),
        (np.ones((150, 1)), r"shape \(150, 1\) for 150 rows"),
        (np.r_[np.ones(149), -2.0], r"sample_weight\[149\] is -2.0"),
        (np.r_[np.ones(9), np.nan, np.ones(140)], r"sample_weight\[9\] is nan"),
        (np.full(150, np.inf), r"sample_weight\[0\] is inf"),
        (np.zeros(150), "0 at all 149 rows"),
        (np.r_[np.zeros(149), 1.0], "0 at all 149 rows"),
        (["a"] * 150, "not numeric: .*'a'"),
    ],
)
def test_bad_sample_weights_are_refused(kind, fitted, weight, match):
    with pytest.raises(ValueError) as caught:
        fitted[kind].score(X, sample_weight=weight)
    assert_helpful(caught, match)


def test_unfitted_estimators_say_so(kind):
    model = new(kind)
    for call in (
        lambda: model.predict(X),
        lambda: model.forecast(X, 2),
        lambda: model.simulate(X[0], 2),
        lambda: model.score(X),
        lambda: model.jacobian(X),
        lambda: model._system(),
    ):
        with pytest.raises(NotFittedError, match="not fitted yet. Call 'fit'"):
            call()


def test_nan_rows_are_answered_by_nan_rows(kind, fitted):
    assert np.isnan(fitted[kind].predict(np.nan * X[:3])).all()
    assert np.isnan(fitted[kind].jacobian(np.nan * X[:3])).all()


def test_all_parameters_are_tried_here():
    tried = {case[0] for case in BAD_PARAMETERS}
    for kind, model in MODELS.items():
        own = {case[1] for case in BAD_OWN_PARAMETERS if case[0] == kind}
        assert isinstance(model(), BaseEstimator)
        assert set(model().get_params()) == tried | own


@pytest.mark.parametrize("outcome", [name for name in ADVICE if name != "interrupted"])
def test_warning_of_a_bad_fit_has_advice(kind, outcome, monkeypatch):
    plant_outcomes(monkeypatch, outcome)
    with pytest.warns(ReconstructionWarning) as record:
        model = new(kind, start="random").fit(X)
    assert len(record) == 1
    message = str(record[0].message)
    assert message.startswith(f"{type(model).__name__}: {outcome}. ")
    assert model.outcome_ == outcome
    assert len(message.split(". ")) >= 3
    assert record[0].filename == __file__


@pytest.mark.parametrize("y", [0.02, 1, np.float64(0.5)])
def test_a_number_as_y_is_asked_for_as_dt(y):
    model = ShallowPLRNNReconstructor()
    with pytest.raises(ValueError, match=rf"y is the number .* dt={y}"):
        model.fit(np.zeros((50, 2)), y)
    assert not [name for name in vars(model) if name.endswith("_")]
