"""Transformers as chains of ONNX operations, forward and backward.

An operation is a pair (name, array): Add, Sub, Mul or Div with a vector, MatMul with a matrix, or
("First", n) for the first n columns.
"""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)

from ..preprocessing import DelayEmbedding, SVDDelayEmbedding

EMBEDDINGS = (DelayEmbedding, SVDDelayEmbedding)
_INVERSE = {"Add": "Sub", "Sub": "Add", "Mul": "Div", "Div": "Mul"}


def steps_of(transformer):
    """Fitted transformers in their order, without those that do nothing.

    Raises
    ------
    TypeError
        If a transformer is unknown here, or has a setting that is not a sum or product.
    """
    if transformer is None or transformer == "passthrough":
        return []
    if isinstance(transformer, Pipeline):
        return [step for _, inner in transformer.steps for step in steps_of(inner)]
    if type(transformer) is FunctionTransformer and transformer.func is None:
        return []
    known = (*_CHAINS, *EMBEDDINGS)
    if type(transformer) not in known or getattr(transformer, "clip", False):
        names = ", ".join(kind.__name__ for kind in known)
        raise TypeError(
            f"{transformer} cannot be exported. Use {names} without clip, or export the last step, "
            "pipeline[-1], and transform its rows yourself."
        )
    return [transformer]


def forward(step):
    """Operations of the `transform` of a transformer; an embedding starts from delay vectors."""
    if isinstance(step, DelayEmbedding):
        return []
    if isinstance(step, SVDDelayEmbedding):
        return [("Sub", step.mean_), ("MatMul", step.components_.T)]
    return _CHAINS[type(step)](step)


def backward(step):
    """Operations of the `inverse_transform` of a transformer."""
    if isinstance(step, DelayEmbedding):
        return [("First", step.n_features_in_)]
    if isinstance(step, SVDDelayEmbedding):
        d = step.n_features_in_
        return [("MatMul", step.components_[:, :d]), ("Add", step.mean_[:d])]
    if isinstance(step, PCA):
        return [(_INVERSE.get(name, name), array.T) for name, array in _pca(step)[::-1]]
    return [(_INVERSE[name], array) for name, array in forward(step)[::-1]]


def _standard(step):
    chain = [("Sub", step.mean_)] if step.with_mean else []
    return chain + ([("Div", step.scale_)] if step.with_std else [])


def _robust(step):
    chain = [("Sub", step.center_)] if step.with_centering else []
    return chain + ([("Div", step.scale_)] if step.with_scaling else [])


def _pca(step):
    chain = [("Sub", step.mean_), ("MatMul", step.components_.T)]
    if step.whiten:
        # scikit-learn treats directions without variance in the same way.
        scale = np.sqrt(step.explained_variance_)
        chain.append(("Div", np.maximum(scale, np.finfo(scale.dtype).eps)))
    return chain


_CHAINS = {
    StandardScaler: _standard,
    MinMaxScaler: lambda step: [("Mul", step.scale_), ("Add", step.min_)],
    MaxAbsScaler: lambda step: [("Div", step.scale_)],
    RobustScaler: _robust,
    PCA: _pca,
}
