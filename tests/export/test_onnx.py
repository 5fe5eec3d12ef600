"""The graph of ONNX is the step of the model, with scaling and transformers before it."""

import sys

import numpy as np
import pytest
from fitted_family import ALL, X, new, random_model
from planted import SHORTEST, fitted
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)

from sklearn_dsr import EnsembleReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.export import to_onnx
from sklearn_dsr.pipeline import make_reconstruction_pipeline, simulate
from sklearn_dsr.preprocessing import DelayEmbedding, SVDDelayEmbedding

onnx = pytest.importorskip("onnx", reason="to_onnx makes graphs with onnx")
ort = pytest.importorskip("onnxruntime", reason="graphs are run by onnxruntime")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")


class Foreign:
    def simulate(self, x0, n_steps):
        return x0


def outputs(model, **feeds):
    """Outputs of a graph by their names, as another runtime computes them."""
    session = ort.InferenceSession(model.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def free_run(estimator, x0, n_steps, inputs=None):
    """Rows of a free run by graphs only; x0 is a row of the graph's X."""
    infer, step = to_onnx(estimator, "infer"), to_onnx(estimator, "step")
    session = ort.InferenceSession(step.SerializeToString())
    state, run = outputs(infer, X=x0[None])["state"], []
    for k in range(n_steps):
        given = {} if inputs is None else {"inputs": inputs[k : k + 1]}
        state, row = session.run(["next_state", "Y"], {"state": state} | given)
        run.append(row[0])
    return np.array(run)


def assert_equal(got, expected):
    np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
    assert np.nanmax(np.abs(got - expected) / (1 + np.abs(expected))) <= 1e-12


@pytest.mark.parametrize(("kind", "variant"), ALL)
def test_it_is_predict_to_1e_12(kind, variant):
    model = random_model(kind, variant)
    got = outputs(to_onnx(model), X=X)["Y"]
    assert got.dtype == np.float64
    assert_equal(got, model.predict(X))


@pytest.mark.parametrize(("kind", "variant"), ALL)
def test_its_parts_run_freely_as_simulate(kind, variant):
    model = random_model(kind, variant)
    N = 3 - model.n_inputs_
    inputs = None if N == 3 else X[:30, N:]
    expected = model.simulate(X[0], 30, inputs)
    got = free_run(model, X[0], 30, inputs)
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-10)


def last(**params):
    return new("shallow", **params)


PIPELINES = {
    "scaler": [StandardScaler()],
    "scaler without mean": [StandardScaler(with_mean=False)],
    "scaler without deviation": [StandardScaler(with_std=False)],
    "all scalers": [RobustScaler(), MinMaxScaler((-1, 2)), MaxAbsScaler()],
    "half robust": [RobustScaler(with_centering=False), RobustScaler(with_scaling=False)],
    "nothing": ["passthrough", FunctionTransformer()],
    "components": [StandardScaler(), PCA(2)],
    "whitened components": [make_pipeline(StandardScaler(), PCA(2, whiten=True)), MinMaxScaler()],
    "delays": [StandardScaler(), DelayEmbedding(n_delays=2, lag=4)],
    "delays of components": [PCA(2), DelayEmbedding(n_delays=2, lag=4), StandardScaler()],
    "singular vectors": [StandardScaler(), SVDDelayEmbedding(n_delays=6, n_components=4)],
    "unequal delays": [DelayEmbedding(lags=[0, 2, 7]), RobustScaler()],
}


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("whole", [True, False])
def test_a_pipeline_is_its_predict_and_its_free_run(name, whole):
    make = make_reconstruction_pipeline if whole else make_pipeline
    pipeline = make(*PIPELINES[name], last()).fit(X)
    rows = X
    for step in pipeline[:-1]:
        if hasattr(step, "lags_"):
            rows = DelayEmbedding(lags=[int(lag) for lag in step.lags_]).fit_transform(X)
    assert_equal(outputs(to_onnx(pipeline), X=rows)["Y"], pipeline.predict(X))
    past = max([int(step.lags_[-1]) for step in pipeline[:-1] if hasattr(step, "lags_")], default=0)
    expected = simulate(pipeline, X[-1 - past :], 20).reshape(20, 3)
    np.testing.assert_allclose(free_run(pipeline, rows[-1], 20), expected, rtol=1e-9)


def test_a_pipeline_with_inputs_scales_them():
    pipeline = make_pipeline(RobustScaler(), MinMaxScaler(), last(n_inputs=1)).fit(X)
    assert_equal(outputs(to_onnx(pipeline), X=X)["Y"], pipeline.predict(X))
    inputs = X[100:120, 2:]
    scaled, inner = pipeline[:-1].transform(X), pipeline[-1]
    beside = pipeline[:-1].transform(np.c_[X[100:120, :2], inputs])[:, 2:]
    run = inner.simulate(scaled[-1], 20, beside)
    expected = pipeline[:-1].inverse_transform(np.c_[run, beside])[:, :2]
    np.testing.assert_allclose(free_run(pipeline, X[-1], 20, inputs), expected, rtol=1e-9)


def test_a_search_gives_its_best_estimator():
    search = GridSearchCV(last(), {"hidden_dim": [3, 5]}, cv=TimeSeriesSplit(2)).fit(X)
    assert_equal(outputs(to_onnx(search), X=X)["Y"], search.predict(X))


def test_a_row_with_nan_stays_one():
    model, rows = random_model("shallow"), X.copy()
    rows[3, 1] = np.nan
    assert_equal(outputs(to_onnx(model), X=rows)["Y"], model.predict(rows))


def test_the_graph_is_plain_onnx_and_says_whose_it_is():
    graph = to_onnx(random_model("shallow", dt=0.02))
    onnx.checker.check_model(graph, full_check=True)
    assert graph.producer_name == "sklearn_dsr" and graph.opset_import[0].domain == ""
    assert {p.key: p.value for p in graph.metadata_props} == {"dt": "0.02"}
    assert [(i.name, i.type.tensor_type.elem_type) for i in graph.graph.input] == [
        ("X", onnx.TensorProto.DOUBLE)
    ]


def test_what_is_no_step_of_one_model_is_refused():
    ensemble = EnsembleReconstructor(
        ShallowPLRNNReconstructor(5, random_state=0, **SHORTEST), n_members=2, random_state=0
    )
    ensemble = fitted(ensemble, X)
    for estimator in (ensemble, make_pipeline(StandardScaler(), ensemble).fit(X)):
        with pytest.raises(TypeError, match=r"is no model: .*\. Take the best member: "):
            to_onnx(estimator)
    power = make_pipeline(PowerTransformer(), last()).fit(X)
    clipping = make_pipeline(MinMaxScaler(clip=True), last()).fit(X)
    for estimator in (power, clipping):
        with pytest.raises(TypeError, match=r"cannot be exported\. Use StandardSc"):
            to_onnx(estimator)
    delays = DelayEmbedding(n_delays=2, lag=2)
    twice = make_pipeline(delays, DelayEmbedding(lags=[0, 1]), last()).fit(X)
    with pytest.raises(ValueError, match=r"two embeddings, .*\. Use one"):
        to_onnx(twice)
    mixed = make_pipeline(PCA(3), last(n_inputs=1)).fit(X)
    with pytest.raises(ValueError, match=r"mixes the columns of X, .*\. Use transformers"):
        to_onnx(mixed)
    with pytest.raises(ValueError, match="part"):
        to_onnx(random_model("shallow"), "all")
    with pytest.raises(NotFittedError):
        to_onnx(last())
    with pytest.raises(NotFittedError):
        to_onnx(make_pipeline(StandardScaler(), last()))
    with pytest.raises(TypeError, match="has no simulate"):
        to_onnx(StandardScaler())
    with pytest.raises(TypeError, match=r"Foreign is no reconstructor .*\. Give a reconstructor"):
        to_onnx(Foreign())


def test_without_onnx_it_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"needs onnx, .*\. Install it by pip install"):
        to_onnx(random_model("shallow"))
