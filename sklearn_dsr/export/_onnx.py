"""Export of one step of a fitted model, with scaling and transformers, to ONNX."""

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
OPSET, IR = 13, 8  # ONNX 1.10, which every onnxruntime for NumPy 1.26 supports


def to_onnx(
    estimator: Estimator, part: Literal["predict", "infer", "step"] = "predict"
) -> ModelProto:
    """Export one step of a fitted model as an ONNX graph in float64.

    The graph includes the scaling of the reconstructor and the transformers in front of it.

    Parameters
    ----------
    estimator : reconstructor, Pipeline that ends in one, or fitted search
        Fitted model. Its transformers may be StandardScaler, MinMaxScaler, MaxAbsScaler,
        RobustScaler, PCA, :class:`~sklearn_dsr.preprocessing.DelayEmbedding` and
        :class:`~sklearn_dsr.preprocessing.SVDDelayEmbedding`. With an embedding, each row of the
        graph's X is a delay vector of the rows that the pipeline takes, present row first:
        ``DelayEmbedding(lags=embedding.lags_).fit_transform(X)``.
    part : {"predict", "infer", "step"}, default="predict"
        Function of the graph. n is the number of rows, M the number of latent units, and K the
        number of external inputs.

        - "predict": input X (n, columns), output Y, as ``estimator.predict`` for rows without NaN.
        - "infer": input X, output state (n, M). A free run starts with it.
        - "step": inputs state and, with external inputs, inputs (n, K) in the units of X; outputs
          next_state and its row Y in the units of X, as `simulate` returns it.

    Returns
    -------
    onnx.ModelProto
        Model to save with ``onnx.save``, or to run with onnxruntime from
        ``model.SerializeToString()``.

    Raises
    ------
    ImportError
        If onnx is not installed.
    TypeError
        If `estimator` is no reconstructor, or is an ensemble, or a transformer is not in the list
        above.
    ValueError
        If `part` is unknown, there are two embeddings, or a transformer mixes external inputs with
        other columns.
    NotFittedError
        If the estimator is not fitted.

    See Also
    --------
    sklearn_dsr.ShallowPLRNNReconstructor.to_torch : The step as a differentiable PyTorch module.

    Notes
    -----
    The metadata of the graph hold the time of a step as ``dt``. See :doc:`/guide/saving`.

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
            "one embedding, or export the last step, pipeline[-1]."
        )
    mixing = [s for s in steps if any(name in ("MatMul", "First") for name, _ in backward(s))]
    if n_inputs and mixing:
        raise ValueError(
            f"{mixing[0]} mixes the columns of X, so the {n_inputs} external inputs are no columns "
            "of the result. Use transformers that keep the columns, or export pipeline[-1]."
        )


def _model_rows(graph, steps, n_columns):
    """Width of X, and the name of the rows behind all transformers."""
    name, width = "X", n_columns
    if steps:
        width = steps[0].n_features_in_
    at = next((k for k, step in enumerate(steps) if isinstance(step, EMBEDDINGS)), None)
    if at is None:
        for step in steps:
            name = graph.chain(forward(step), name)
        return width, name
    embedding = steps[at]
    if at:  # transform each copy separately
        name = graph.reshape(name, width)
        for step in steps[:at]:
            name = graph.chain(forward(step), name)
        name = graph.reshape(name, embedding.n_features_in_ * len(embedding.lags_))
    for step in steps[at:]:
        name = graph.chain(forward(step), name)
    return width * len(embedding.lags_), name


def _inferred(graph, system, rows):
    """Names of the states and of the standardised inputs of the rows of the model."""
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
    """Name of the states after one step of the canonical map."""
    f = system.canonical
    hidden = graph.chain([("MatMul", f.W2.T), ("Add", f.h2)], state)
    hidden = graph.chain([("MatMul", f.W1.T), ("Add", f.h1)], graph.node("Relu", hidden))
    following = graph.node("Add", graph.chain([("MatMul", f.A.T)], state), hidden)
    if inputs is None:
        return following
    return graph.node("Add", following, graph.chain([("MatMul", f.C.T)], inputs))


def _observed(graph, system, state):
    """Name of the rows of given states, in the units of the reconstructor's X."""
    N, observation = system.n_columns, system.observation
    if not observation.partial:
        state = graph.chain([("MatMul", observation.matrix.T)], state)
    elif system.has_memory:
        state = graph.columns(state, 0, N)
    scaling = [("Mul", system.scale[:N]), ("Add", system.mean[:N])]
    return graph.chain([*scaling, *_at_rest(system.rest, np.zeros(N), np.ones(N))], state)


def _at_rest(rest, mean, scale):
    """Operations that set constant columns to their value, in units of `scale` from `mean`."""
    if np.isnan(rest).all():
        return []
    moving, place = np.ones(len(mean)), np.zeros(len(mean))
    still = np.flatnonzero(~np.isnan(rest))
    moving[still], place[still] = 0.0, ((rest - mean[: len(rest)]) / scale[: len(rest)])[still]
    return [("Mul", moving), ("Add", place)]


def _step_graph(graph, system, steps):
    """Build the graph from a state to the next one and to its row in the units of X."""
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
