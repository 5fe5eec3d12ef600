"""Models are stored and loaded: by pickle, joblib, cloudpickle and skops, of all versions."""

import functools
import json
import os
import pickle
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import joblib
import numpy as np
import pandas as pd
import pytest
from fitted_family import KINDS, X, new, random_model
from planted import fitted
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklearn_dsr
from sklearn_dsr import (
    EnsembleReconstructor,
    HierarchicalReconstructor,
    ShallowPLRNNReconstructor,
    trusted_types,
)
from sklearn_dsr._maps._canonical import CanonicalMap
from sklearn_dsr.callbacks import Checkpoint
from sklearn_dsr.forcing import GTF, AdaptiveGTF, SparseForcing
from sklearn_dsr.model_selection import BlockedKFold, DSRScorer, rank_average_refit
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import (
    DelayEmbedding,
    Detrend,
    Difference,
    SeasonalDifference,
    SeasonalMeans,
    SVDDelayEmbedding,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
FILES = Path(__file__).parent / "files"
METRICS = ["neg_state_space_divergence", "neg_power_spectrum_hellinger"]


def shallow(**params):
    return new("shallow", **params)


def search(**params):
    settings = {"scoring": DSRScorer(METRICS), "cv": BlockedKFold(2), "refit": METRICS[0]}
    return GridSearchCV(shallow(), {"hidden_dim": [3, 4]}, **(settings | params))


MODELS = {
    "start": lambda: ShallowPLRNNReconstructor(5, stages="start", random_state=0),
    "forcing": lambda: shallow(forcing=AdaptiveGTF(), random_state=np.random.RandomState(0)),
    "constant forcing": lambda: shallow(forcing=GTF(0.3), random_state=np.random.default_rng(0)),
    "sparse forcing": lambda: shallow(forcing=SparseForcing(5), missing="mask"),
    "ensemble": lambda: EnsembleReconstructor(shallow(), n_members=2, random_state=0),
    "hierarchical": lambda: HierarchicalReconstructor(stages="start", hidden_dim=5, random_state=0),
    "pipeline": lambda: make_reconstruction_pipeline(
        StandardScaler(), DelayEmbedding(n_delays=2, lag=3), shallow()
    ),
    "trend and season": lambda: make_reconstruction_pipeline(
        Detrend(), SeasonalMeans(7), SeasonalDifference(7), Difference(), shallow()
    ),
    "plain pipeline": lambda: make_pipeline(SVDDelayEmbedding(5, 3), shallow()),
    "search": search,
    "search by ranks": lambda: search(refit=rank_average_refit(METRICS)),
}
FAMILY = {f"{kind}, {v}": (kind, v) for kind in KINDS for v in ("plain", "with hidden units")}
FAMILY |= {f"shallow, {v}": ("shallow", v) for v in ("with inputs", "affine, fewer units")}


@functools.cache
def model_of(name):
    return random_model(*FAMILY[name]) if name in FAMILY else fitted(MODELS[name](), X)


def with_skops(model):
    io = pytest.importorskip("skops.io", reason="the tests' extra has it")
    return io.loads(io.dumps(model), trusted=trusted_types())


def with_joblib(model):
    file = BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


def with_cloudpickle(model):
    cloudpickle = pytest.importorskip("cloudpickle", reason="the tests' extra has it")
    return cloudpickle.loads(cloudpickle.dumps(model))


def text(model):
    """What it prints, without the addresses of random generators."""
    return re.sub(r"0x\w+", "", repr(model))


WAYS = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "joblib": with_joblib,
    "cloudpickle": with_cloudpickle,
    "skops": with_skops,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", [*MODELS, *FAMILY])
def test_a_loaded_model_predicts_the_same_bits(name, way):
    model = model_of(name)
    loaded = WAYS[way](model)
    assert type(loaded) is type(model) and text(loaded) == text(model)
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    if hasattr(model, "forecast") and getattr(model, "n_inputs_", 0) == 0:
        np.testing.assert_array_equal(loaded.forecast(X, 9), model.forecast(X, 9))
    clone(loaded)


@pytest.mark.parametrize("way", WAYS)
def test_a_loaded_model_has_every_attribute_and_goes_on(way):
    model = model_of("constant forcing")
    loaded = WAYS[way](model)
    assert vars(loaded).keys() == vars(model).keys()
    assert loaded.candidates_ == model.candidates_ and loaded.chosen_ == model.chosen_
    loaded.set_params(warm_start=True).fit(X)
    again = WAYS["pickle"](model).set_params(warm_start=True).fit(X)
    np.testing.assert_array_equal(loaded.A_, again.A_)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_random_numbers_go_on_where_they_were(way, make):
    model = shallow(random_state=make(3))
    loaded = WAYS[way](model)
    assert loaded.random_state.uniform() == model.random_state.uniform()


@pytest.mark.parametrize("way", WAYS)
def test_an_estimator_that_is_not_fitted_can_be_stored(way):
    for make in MODELS.values():
        loaded = WAYS[way](make())
        assert text(loaded) == text(make())


def test_a_stored_model_is_loaded_by_another_process(tmp_path):
    model = model_of("pipeline")
    joblib.dump((model, X), tmp_path / "model.joblib")
    code = "import sys, joblib; model, X = joblib.load(sys.argv[1]); "
    code += "print(model.forecast(X, 3).tobytes().hex())"
    command = [sys.executable, "-c", code, tmp_path / "model.joblib"]
    out = subprocess.run(command, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == model.forecast(X, 3).tobytes().hex()


def untrusted(model):
    io = pytest.importorskip("skops.io", reason="the tests' extra has it")
    return set(io.get_untrusted_types(data=io.dumps(model)))


def test_trusted_types_are_those_that_models_hold_and_no_others():
    held = set().union(*(untrusted(model_of(name)) for name in [*MODELS, *FAMILY]))
    held |= untrusted(with_a_clock())
    assert sorted(held) == trusted_types()


def with_a_clock():
    """A pipeline that has seen dates."""
    frame = pd.DataFrame(X, index=pd.date_range("2024", periods=len(X), freq="h"))
    return MODELS["trend and season"]().fit(frame.add_prefix("x"))


def test_trusted_types_are_classes_of_this_package():
    for name in trusted_types():
        module, _, attribute = name.rpartition(".")
        assert module.startswith("sklearn_dsr.")
        assert isinstance(getattr(sys.modules[module], attribute), type)


def edited(data, change):
    """A skops file with another schema."""
    result = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(result, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                change(schema)
                content = json.dumps(schema)
            target.writestr(name, content)
    return result.getvalue()


def call_system(schema):
    """Make the model itself a call of os.system when it is loaded."""
    argument = {
        "__class__": "str",
        "__module__": "builtins",
        "__loader__": "JsonNode",
        "content": '"touch crafted"',
        "is_json": True,
    }
    arguments = {"__class__": "tuple", "__module__": "builtins", "__loader__": "TupleNode"}
    schema.update(
        __class__="system",
        __module__="os",
        __loader__="ConstructorFromReduceNode",
        content=arguments | {"content": [argument]},
    )


@pytest.mark.parametrize(
    "value",
    [
        eval,
        os.system,
        functools.partial(os.system, "touch crafted"),
        sklearn_dsr.datasets.fetch_ecg,
        CanonicalMap(*np.ones((5, 1, 1))),
        Path("crafted"),
        [Checkpoint("crafted")],
    ],
    ids=["eval", "system", "partial", "own function", "inner class", "path", "checkpoint"],
)
def test_a_crafted_file_is_refused(value, tmp_path, monkeypatch):
    io = pytest.importorskip("skops.io", reason="the tests' extra has it")
    monkeypatch.chdir(tmp_path)
    model = fitted(shallow(), X)
    for place in ("random_state", "_parametrization", "candidates_"):
        crafted = clone(model)
        vars(crafted).update(vars(model) | {place: value})
        with pytest.raises(io.exceptions.UntrustedTypesFoundException):
            io.loads(io.dumps(crafted), trusted=trusted_types())
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_calls_a_function_when_loaded_is_refused(tmp_path, monkeypatch):
    io = pytest.importorskip("skops.io", reason="the tests' extra has it")
    monkeypatch.chdir(tmp_path)
    data = edited(io.dumps(model_of("forcing")), call_system)
    with pytest.raises(io.exceptions.UntrustedTypesFoundException, match="os.system"):
        io.loads(data, trusted=trusted_types())
    assert list(tmp_path.iterdir()) == []


def stored():
    return sorted([*FILES.glob("*.joblib"), *FILES.glob("*.skops")])


def test_the_files_of_this_version_are_there():
    names = {f"{sklearn_dsr.__version__}{end}" for end in (".joblib", ".skops", ".json")}
    missing = names - {path.name for path in FILES.iterdir()}
    assert not missing, "run python tests/files/make.py once for each version"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
@pytest.mark.parametrize("path", stored(), ids=lambda path: path.name)
def test_files_of_all_versions_are_loaded_and_predict_the_same(path):
    # Where scikit-learn is a later one it warns of its own transformers, of whose attributes only
    # the mean and scale are used.
    assert path.stat().st_size < 50_000
    if path.suffix == ".joblib":
        models = joblib.load(path)
    else:
        io = pytest.importorskip("skops.io", reason="the tests' extra has it")
        models = io.load(path, trusted=trusted_types())
    known = json.loads(path.with_suffix(".json").read_text())
    rows = np.array(known["rows"])
    for name, model in models.items():
        said = known["said"][name]
        expected = np.array(said["predict"], dtype=float)
        np.testing.assert_allclose(model.predict(rows), expected, rtol=1e-12, err_msg=name)
        if "forecast" in said:
            inputs = rows[:3, 2:] if getattr(model, "n_inputs", 0) else None
            expected = np.array(said["forecast"], dtype=float)
            got = model.forecast(rows, len(expected), inputs)
            np.testing.assert_allclose(got, expected, rtol=1e-9, err_msg=name)
        clone(model)  # all parameters are there


@pytest.mark.parametrize(
    "estimator",
    [
        shallow(),
        DelayEmbedding(),
        SVDDelayEmbedding(),
        GTF(),
        EnsembleReconstructor(),
        HierarchicalReconstructor(),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
@pytest.mark.parametrize("way", WAYS)
def test_a_parameter_that_an_earlier_version_did_not_have_gets_its_default(estimator, way):
    estimator = clone(estimator)
    expected = estimator.get_params(deep=False)
    name = sorted(type(estimator)().get_params(deep=False))[-1]
    expected[name] = type(estimator)().get_params(deep=False)[name]
    del vars(estimator)[name]
    got = WAYS[way](estimator).get_params(deep=False)
    assert text(got) == text(expected)
