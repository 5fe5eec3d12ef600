"""Transformers whose transform and inverse are chains of sums and products, as such chains.

An operation is a pair of a name of ONNX and its array: Add, Sub, Mul, Div by a vector, MatMul by a
matrix, or ("First", n), the first n columns.
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
    """Fitted transformers in their order, those that do nothing left out.

    Raises
    ------
    TypeError
        If one of them is none of those that are known here, or has a setting that is no sum or
        product.
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
            f"{transformer} is no step that can be exported. Use {names} without clip, or export "
            "the model behind the transformers, pipeline[-1], and transform rows before."
        )
    return [transformer]


def forward(step):
    """Operations of a transformer's `transform`; of an embedding, of its delay vectors."""
    if isinstance(step, DelayEmbedding):
        return []
    if isinstance(step, SVDDelayEmbedding):
        return [("Sub", step.mean_), ("MatMul", step.components_.T)]
    return _CHAINS[type(step)](step)


def backward(step):
    """Operations of its `inverse_transform`."""
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
        # As scikit-learn does with directions without variance.
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
