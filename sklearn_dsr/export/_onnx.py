"""A fitted model as a graph of ONNX: its step, with the scaling and the transformers before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from .._coordinates.original_coordinates import OriginalCoordinates
from .._coordinates.protocol import of_package
from .._data.types import Estimator
from .._data.validation import check_choice
from ..reconstruction._system import check_single
from ._affine import EMBEDDINGS, backward, forward, steps_of
from ._graph import Graph

if TYPE_CHECKING:
    from onnx import ModelProto

PARTS = ("predict", "infer", "step")
OPSET, IR = 13, 8  # of ONNX 1.10: known to every onnxruntime that runs beside NumPy 1.26


def to_onnx(
    estimator: Estimator, part: Literal["predict", "infer", "step"] = "predict"
) -> ModelProto:
    """Step of a fitted model as an ONNX graph in float64, with the scaling of its data.

    Parameters
    ----------
    estimator : reconstructor, Pipeline that ends in one, or fitted search
        Transformers may be StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler, PCA,
        DelayEmbedding and SVDDelayEmbedding. Behind an embedding, the rows X of the graph are delay
        vectors of what the pipeline takes, the present row first, as
        ``DelayEmbedding(lags=embedding.lags_).fit_transform(X)`` makes them.
    part : {"predict", "infer", "step"}, default="predict"
        "predict" has the input X (n, columns) and the output Y, which are those of
        ``estimator.predict``, for complete rows. A free run takes the state along: "infer" has the
        input X and the output state (n, M); "step" the inputs state, and inputs (n, K) in the units
        of X if there are external ones, and the outputs next_state and Y, the row there in the
        units of X, as `simulate` returns it.

    Returns
    -------
    onnx.ModelProto
        To be kept by ``onnx.save``, or run by onnxruntime, of ``model.SerializeToString()``.

    Raises
    ------
    ImportError
        If onnx is missing.
    TypeError
        If `estimator` is no reconstructor, has several models, as an ensemble, or a transformer is
        none of the above.
    ValueError
        If `part` is unknown, there are two embeddings, or transformers mix external inputs with
        other columns.
    NotFittedError
        If the estimator is not fitted.

    Examples
    --------
    >>> import numpy as np
    >>> import onnxruntime
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.export import to_onnx
    >>> X = make_lorenz63(1000, random_state=0)
    >>> model = ShallowPLRNNReconstructor(20, stages="start", random_state=0).fit(X)
    >>> session = onnxruntime.InferenceSession(to_onnx(model).SerializeToString())
    >>> Y = session.run(["Y"], {"X": X})[0]
    >>> bool(np.abs(Y - model.predict(X)).max() < 1e-11)
    True
    """
    check_choice(part, "part", PARTS)
    graph = Graph(OPSET, IR)
    coordinates = OriginalCoordinates(estimator)
    reconstructor = of_package(coordinates.reconstructor)
    check_single(reconstructor, "to_onnx(ensemble.estimators_[ensemble.best_index_])")
    system = reconstructor._system()
    steps = steps_of(coordinates.transformer)
    _check_steps(steps, system.n_inputs)
    if part == "step":
        _step_graph(graph, system, steps)
    else:
        width, rows = _model_rows(graph, steps, len(system.mean))
        graph.takes("X", width)
        state, inputs = _inferred(graph, system, rows)
        if part == "infer":
            graph.gives("state", state, system.canonical.latent_dim)
        else:
            following = _next(graph, system, state, inputs)
            graph.gives("Y", _observed(graph, system, following), system.n_columns)
    return graph.proto(type(reconstructor).__name__, coordinates.dt)


def _check_steps(steps, n_inputs):
    if sum(isinstance(step, EMBEDDINGS) for step in steps) > 1:
        raise ValueError(
            "The pipeline has two embeddings, so its rows are delay vectors of delay vectors. Use "
            "one embedding, or export the model behind them, pipeline[-1]."
        )
    mixing = [s for s in steps if any(name in ("MatMul", "First") for name, _ in backward(s))]
    if n_inputs and mixing:
        raise ValueError(
            f"{mixing[0]} mixes the columns of X, so it is unknown which ones are the {n_inputs} "
            "external inputs. Use transformers that keep the columns, or export pipeline[-1]."
        )


def _model_rows(graph, steps, n_columns):
    """Width of X, and the rows of the model, behind all transformers."""
    name, width = "X", n_columns
    if steps:
        width = steps[0].n_features_in_
    at = next((k for k, step in enumerate(steps) if isinstance(step, EMBEDDINGS)), None)
    if at is None:
        for step in steps:
            name = graph.chain(forward(step), name)
        return width, name
    embedding = steps[at]
    if at:  # each copy by itself
        name = graph.reshape(name, width)
        for step in steps[:at]:
            name = graph.chain(forward(step), name)
        name = graph.reshape(name, embedding.n_features_in_ * len(embedding.lags_))
    for step in steps[at:]:
        name = graph.chain(forward(step), name)
    return width * len(embedding.lags_), name


def _inferred(graph, system, rows):
    """Names of the states of rows of the model, and of their standardised inputs."""
    N = system.n_columns
    rows = graph.chain([("Sub", system.mean), ("Div", system.scale)], rows)
    rows = graph.chain(_at_rest(system.rest, system.mean, system.scale), rows)
    columns, inputs = rows, None
    if system.n_inputs:
        columns, inputs = graph.columns(rows, 0, N), graph.columns(rows, N, len(system.mean))
    if system.observation.partial and not system.has_memory:
        return columns, inputs
    return graph.chain([("MatMul", system.observation.inverse.T)], columns), inputs


def _next(graph, system, state, inputs):
    """Name of the states after a step of the canonical map."""
    f = system.canonical
    hidden = graph.chain([("MatMul", f.W2.T), ("Add", f.h2)], state)
    hidden = graph.chain([("MatMul", f.W1.T), ("Add", f.h1)], graph.node("Relu", hidden))
    following = graph.node("Add", graph.chain([("MatMul", f.A.T)], state), hidden)
    if inputs is None:
        return following
    return graph.node("Add", following, graph.chain([("MatMul", f.C.T)], inputs))


def _observed(graph, system, state):
    """Name of the rows of states, in the units of the model's rows."""
    N, observation = system.n_columns, system.observation
    if not observation.partial:
        state = graph.chain([("MatMul", observation.matrix.T)], state)
    elif system.has_memory:
        state = graph.columns(state, 0, N)
    scaling = [("Mul", system.scale[:N]), ("Add", system.mean[:N])]
    return graph.chain([*scaling, *_at_rest(system.rest, np.zeros(N), np.ones(N))], state)


def _at_rest(rest, mean, scale):
    """Operations that put columns where they rest, in units of `scale` from `mean`."""
    if np.isnan(rest).all():
        return []
    moving, place = np.ones(len(mean)), np.zeros(len(mean))
    still = np.flatnonzero(~np.isnan(rest))
    moving[still], place[still] = 0.0, ((rest - mean[: len(rest)]) / scale[: len(rest)])[still]
    return [("Mul", moving), ("Add", place)]


def _step_graph(graph, system, steps):
    """Make the graph from a state to the next one, and to its row in the units of X."""
    N, K, inputs = system.n_columns, system.n_inputs, None
    graph.takes("state", system.canonical.latent_dim)
    if K:
        graph.takes("inputs", K)
        inputs = "inputs"
        for step in steps:
            inputs = graph.chain([(name, array[-K:]) for name, array in forward(step)], inputs)
        scaling = [("Sub", system.mean[N:]), ("Div", system.scale[N:])]
        inputs = graph.chain(scaling, inputs)
    following = _next(graph, system, "state", inputs)
    graph.gives("next_state", following, system.canonical.latent_dim)
    rows = _observed(graph, system, following)
    for step in reversed(steps):
        chain = backward(step)
        if K:
            chain = [(name, np.asarray(array)[:N]) for name, array in chain]
        rows = graph.chain(chain, rows)
    width = steps[0].n_features_in_ - K if steps else N
    graph.gives("Y", rows, width)
