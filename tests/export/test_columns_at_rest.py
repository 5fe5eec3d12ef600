"""A column that did not vary in the fit stays where it is in every runtime, whatever rows say."""

import numpy as np
import pytest

from sklearn_dsr import ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63

X = np.column_stack([make_lorenz63(500, dt=0.02, random_state=0), np.full(500, 3.3)])
OTHER = X + np.array([0.0, 0.0, 0.0, 1.1])

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module", params=[True, False])
def model(request):
    settings = {"stages": "start", "standardize": request.param, "random_state": 0}
    return ShallowPLRNNReconstructor(8, **settings).fit(X)


def test_in_torch(model):
    torch = pytest.importorskip("torch", reason="the torch extra has it")
    module = model.to_torch()
    with torch.no_grad():
        found = module(torch.tensor(OTHER)).numpy()
    np.testing.assert_allclose(found, model.predict(OTHER), rtol=1e-12, atol=1e-12)
    assert np.all(found[:, 3] == 3.3)


def test_in_onnx(model):
    runtime = pytest.importorskip("onnxruntime", reason="the onnx extra has it")
    from sklearn_dsr.export import to_onnx

    graph = to_onnx(model).SerializeToString()
    session = runtime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: OTHER})
    np.testing.assert_allclose(found, model.predict(OTHER), rtol=1e-12, atol=1e-12)
