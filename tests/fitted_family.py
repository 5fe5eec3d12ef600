"""Every model of the family as a fitted estimator with random arrays: no training decides."""

import numpy as np
from planted import SHORTEST, fitted

from sklearn_dsr import (
    AlmostLinearRNNReconstructor,
    PLRNNReconstructor,
    ShallowPLRNNReconstructor,
)
from sklearn_dsr.datasets import make_lorenz63

X = make_lorenz63(300, dt=0.02, noise_level=0.05, random_state=0) * [1.0, 20.0, 0.1] + [5, 0, -3]

KINDS = {
    "shallow": (ShallowPLRNNReconstructor, {"hidden_dim": 7, "clipped": False}),
    "clipped shallow": (ShallowPLRNNReconstructor, {"hidden_dim": 7, "clipped": True}),
    "diagonal shallow": (
        ShallowPLRNNReconstructor,
        {"hidden_dim": 7, "clipped": False, "linear": "diagonal"},
    ),
    "vanilla": (PLRNNReconstructor, {}),
    "mean-centred": (PLRNNReconstructor, {"mean_centered": True}),
    "dendritic": (PLRNNReconstructor, {"n_bases": 4}),
    "clipped dendritic": (PLRNNReconstructor, {"n_bases": 4, "clipped": True}),
    "dense mean-centred dendritic": (
        PLRNNReconstructor,
        {"n_bases": 4, "mean_centered": True, "clipped": True},
    ),
    "almost-linear": (AlmostLinearRNNReconstructor, {"n_nonlinear": 2}),
}
VARIANTS = {
    "plain": {},
    "with hidden units": {"latent_dim": 5},
    "with inputs": {"n_inputs": 1},
    "affine, fewer units": {"observation": "affine", "latent_dim": 2},
    "affine, more units, with inputs": {"observation": "affine", "latent_dim": 4, "n_inputs": 1},
    "not standardised": {"standardize": False},
}
ALL = [(kind, variant) for kind in KINDS for variant in VARIANTS]


def new(kind, variant="plain", **params):
    """Estimator that is not fitted."""
    make, sizes = KINDS[kind]
    return make(**(SHORTEST | {"random_state": 0} | sizes | VARIANTS[variant] | params))


def random_model(kind, variant="plain", rows=X, **params):
    """Estimator fitted on rows, with normal arrays where they are trained; maps contract."""
    model = fitted(new(kind, variant, **params), rows)
    rng = np.random.default_rng(1)
    masks = model._parametrization(**model.architecture_).masks()
    for name in (*masks, "B", "L0", "C"):
        if hasattr(model, f"{name}_"):
            shape = getattr(model, f"{name}_").shape
            size = {"A": 0.3, "B": 1.0, "h2": 1.0, "H": 1.0}.get(name, 0.3)
            drawn = size * rng.standard_normal(shape) * masks.get(name, 1.0)
            setattr(model, f"{name}_", drawn)
    return model
