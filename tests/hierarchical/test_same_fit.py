"""The same fit: whatever the threads, from a seed, after an error, an interrupt or a file."""

import pickle
import warnings
from io import BytesIO

import joblib
import numpy as np
import pandas as pd
import pytest
from cohorts import RHO, lorenz, quick, with_columns
from planted import fitted
from sklearn.base import clone

from sklearn_dsr import HierarchicalReconstructor, trusted_types
from sklearn_dsr.dynamics import fixed_points, lyapunov_spectrum
from sklearn_dsr.exceptions import DataWarning, ReconstructionWarning
from sklearn_dsr.export import to_onnx
from sklearn_dsr.hierarchical import _fit, _judgement, _refinement, _regression, _start
from sklearn_dsr.inspection import AttractorDisplay
from sklearn_dsr.model_selection import DSRScorer

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
X = lorenz(n_rows=80)
NOISY = lorenz(RHO[:4], n_rows=80, noise_level=0.05)
SHORT = [x[:40] for x in X]


def small(*args, **params):
    """An estimator that fits in less than a tenth of a second."""
    return quick(*args, **({"hidden_dim": 5} | params))


def assert_same_bits(model, other):
    """All that a fit leaves is the same."""
    fits = [{k: v for k, v in vars(m).items() if k.endswith("_")} for m in (model, other)]
    assert fits[0].keys() == fits[1].keys()
    for name, value in fits[0].items():
        np.testing.assert_array_equal(fits[1][name], value, err_msg=name)


@pytest.mark.parametrize("stages", ["start", "refine"])
@pytest.mark.parametrize("cohort", [X, NOISY], ids=["clean", "noisy"])
def test_threads_do_not_change_a_bit(cohort, stages):
    one, two = (fitted(quick(stages=stages, n_jobs=n, hidden_dim=8), cohort) for n in (1, 2))
    assert_same_bits(one, two)
    np.testing.assert_array_equal(one.forecast(cohort, 9), two.forecast(cohort, 9))
    np.testing.assert_array_equal(one.transform(cohort), two.transform(cohort))


def test_a_seed_gives_the_same_fit_and_another_seed_another_one():
    one = fitted(small(random_state=3), SHORT)
    assert_same_bits(one, fitted(small(random_state=3), SHORT))
    assert_same_bits(one, fitted(clone(one), SHORT))
    other = fitted(small(random_state=3, n_parameters=1), with_columns(SHORT, RHO))
    assert_same_bits(one, fitted(other.set_params(n_parameters=0), SHORT))  # nothing is left
    assert not np.array_equal(one.W2_, fitted(small(random_state=4), SHORT).W2_)
    for make in (np.random.RandomState, np.random.default_rng):
        pair = [fitted(small(random_state=make(1)), SHORT) for _ in range(2)]
        assert_same_bits(*pair)


def test_parameters_are_kept_as_given_and_cloned():
    model = quick(2, n_parameters=0, dt=0.02, standardize="common")
    before = model.get_params()
    fitted(model, X)
    assert model.get_params() == before == clone(model).get_params()
    assert not hasattr(clone(model), "outcome_")
    assert HierarchicalReconstructor().get_params()["n_subject_features"] is None


def with_joblib(model):
    file = BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


def with_skops(model):
    io = pytest.importorskip("skops.io", reason="the tests' extra has it")
    data = io.dumps(model)
    assert set(io.get_untrusted_types(data=data)) <= set(trusted_types())
    return io.loads(data, trusted=trusted_types())


WAYS = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "joblib": with_joblib,
    "skops": with_skops,
}


def frames(names):
    """One frame with dates, whose first level names the subject, and whose last column is rho."""
    dates = pd.date_range("2026-01-01", periods=40, freq="D")
    parts = [pd.DataFrame(x, dates, ["x", "y", "z", "rho"]) for x in with_columns(SHORT, RHO)]
    return pd.concat(dict(zip(names, parts, strict=True)))


STORED = {
    "learned": (SHORT, {"stages": "refine"}),
    "known and learned": (with_columns(SHORT, RHO), {"n_parameters": 1, "n_subject_features": 1}),
    "named by letters": (frames("fabedc"), {"n_parameters": 1}),
    "named by numbers": (frames([5, 3, 1, 0, 2, 4]), {"n_parameters": 1}),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", STORED)
def test_a_stored_model_is_the_same_when_loaded(way, name):
    cohort, params = STORED[name]
    model = fitted(small(**params), cohort)
    loaded = WAYS[way](model)
    assert repr(loaded) == repr(model) and loaded.get_params() == model.get_params()
    assert_same_bits(loaded, model)
    assert loaded.subjects_ == model.subjects_ and loaded.outcomes_ == model.outcomes_
    np.testing.assert_array_equal(loaded.transform(cohort), model.transform(cohort))
    plain = model.reconstructor(model.subject_features_[1])
    again = WAYS[way](plain)
    np.testing.assert_array_equal(again.simulate(X[1][0], 5), plain.simulate(X[1][0], 5))


PLACES = {
    "smoothing": (_start, "_smoothed"),
    "choice of a size": (_start, "_chosen"),
    "moments": (_regression, "moments_of"),
    "judgement": (_judgement, "verify"),
    "refinement": (_refinement, "minimise"),
    "features": (_fit, "estimate"),
    "noise": (_fit, "noise_along"),
}


@pytest.fixture(scope="module")
def small_model():
    return fitted(small(stages="refine"), SHORT)


@pytest.mark.parametrize(
    ("kind", "n_jobs"), [(KeyboardInterrupt, 1), (KeyboardInterrupt, 2), (MemoryError, 2)]
)
@pytest.mark.parametrize("place", PLACES)
def test_an_interrupted_fit_leaves_the_estimator_as_it_was(
    monkeypatch, small_model, place, kind, n_jobs
):
    small_model.set_params(n_jobs=n_jobs)
    before, unfitted = dict(vars(small_model)), clone(small_model)

    def fail(*args, **kwargs):
        raise kind

    monkeypatch.setattr(*PLACES[place], fail)
    for estimator in (small_model, unfitted):
        with pytest.raises(kind):
            fitted(estimator, SHORT[::-1])
    assert vars(small_model).keys() == before.keys() and not hasattr(unfitted, "outcome_")
    assert all(vars(small_model)[name] is before[name] for name in before)


def test_a_warning_that_is_made_an_error_leaves_a_whole_fit():
    model = quick(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(Warning, match="subjects differ"):
            model.fit(X[:2])
    assert not hasattr(model, "A_")


def test_an_interrupt_in_a_thread_of_transform_is_raised(monkeypatch):
    model = fitted(small(n_jobs=2), SHORT)

    def fail(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("sklearn_dsr.hierarchical._features.moments_of", fail)
    for use in (model.transform, lambda X: model.forecast(X, 3)):
        with pytest.raises(KeyboardInterrupt):
            use(SHORT)


def test_progress_is_printed_a_line_per_stage_only_if_asked_for(capsys):
    fitted(small(stages="refine", hidden_dim=7), SHORT)
    assert capsys.readouterr().out == ""
    fitted(small(stages="refine", hidden_dim=7, verbose=1), SHORT)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("[HierarchicalReconstructor] ") for line in lines)
    assert "7 hidden units" in lines[0] and "subjects converged, score" in lines[1]
    assert lines[2].startswith("[HierarchicalReconstructor] refined: ")


def assert_finite(model, cohort):
    for name, value in vars(model).items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            assert np.isfinite(value).all(), name
    assert np.isfinite(model.transform(cohort)).all()
    assert np.isfinite(model.score(cohort))


SHAPES = {
    "two rows": [x[:2] for x in SHORT],
    "three rows": [x[:3] for x in SHORT],
    "nine rows": [x[:9] for x in SHORT],
    "one of two rows": [SHORT[0][:2], *SHORT[1:]],
    "one subject": SHORT[:1],
    "one subject, short": [SHORT[0][:4]],
    "two subjects": SHORT[:2],
    "one column": [x[:, :1] for x in SHORT],
    "a subject at rest": [np.ones((50, 3)), *SHORT[1:]],
    "all but one at rest": [SHORT[0], *(np.full((20, 3), v) for v in (1.0, 2.0, 3.0))],
    "a column at rest": [np.column_stack([x, np.full(len(x), 0.1)]) for x in SHORT],
    "equal subjects": [SHORT[0]] * 4,
    "gaps": [np.where(np.arange(len(x))[:, None] % 7 == k, np.nan, x) for k, x in enumerate(SHORT)],
    "far away": [1e6 + x for x in SHORT],
    "tiny": [1e-30 * x for x in SHORT],
    "huge": [1e60 * x for x in SHORT],
}


REFINED = ["two rows", "one of two rows", "one subject", "a subject at rest", "gaps", "huge"]


@pytest.mark.parametrize(
    ("name", "stages"),
    [*((name, "start") for name in SHAPES), *((name, "refine") for name in REFINED)],
)
def test_nothing_that_is_not_finite_is_left_in_silence(name, stages):
    cohort, raw = SHAPES[name], {"n_subject_features": 0, "standardize": False}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ReconstructionWarning)
        warnings.filterwarnings("ignore", "X is one trajectory", DataWarning)
        for params in ({}, raw) if stages == "start" else ({"standardize": name != "huge"},):
            model = small(stages=stages, **params).fit(cohort)
            assert_finite(model, cohort)
            assert model.subject_features_.shape[0] == len(cohort)


@pytest.mark.parametrize("k", [2, 4])
@pytest.mark.parametrize("J", [1, 2, 3])
def test_more_features_than_subjects_leave_nothing_that_is_not_finite(J, k):
    for stages in ("start", "refine"):
        model = fitted(small(k, stages=stages), SHORT[:J])
        assert_finite(model, SHORT[:J])
        assert model.subject_features_.shape == (J, k)


def test_automatic_sizes_suit_short_and_long_cohorts():
    for n, most in [(5, 10), (30, 50)]:
        short = [x[:n] for x in X]
        model = fitted(quick(hidden_dim="auto"), short)
        assert 1 <= model.hidden_dim_ <= most
        assert_finite(model, short)


def test_runs_that_overflow_are_told_once_with_advice():
    model = fitted(small(), SHORT)
    model.A_ = 3.0 * model.A_
    starts = np.array([x[0] for x in SHORT])
    for use in (
        lambda n: model.forecast(SHORT, n),
        lambda n: model.simulate(starts, n, features=model.subject_features_),
        lambda n: model.simulate(starts[0], n, features=model.subject_features_[0]),
    ):
        for n, match in [(2000, "diverged at step"), (100, "leaves the range")]:
            with pytest.warns(ReconstructionWarning, match=match) as record:
                values = use(n)
            assert len(record) == 1 and record[0].filename == __file__
            assert np.isfinite(values).all() == (n == 100)
            message = str(record[0].message)
            assert "features between those of the fit" in message
            assert "n_init" not in message and "clipped" not in message
    assert np.isfinite(model.score(SHORT))


def test_a_cohort_without_features_has_no_free_run():
    model = fitted(small(), SHORT)
    with pytest.raises(ValueError, match=r"features=None .*reconstructor\(features\)"):
        model.simulate(SHORT[0][0], 3)
    for use in (DSRScorer(), AttractorDisplay.from_estimator):
        with pytest.raises(ValueError, match=r"reconstructor\(features\)"):
            use(model, SHORT[0])
    for use in (lyapunov_spectrum, fixed_points, to_onnx):
        with pytest.raises(TypeError, match=r"a map for each subject.*reconstructor\(features\)"):
            use(model)
