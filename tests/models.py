"""The family of models, once: how each is built, and its equation in plain NumPy."""

import numpy as np

from sklearn_dsr._maps._parametrizations import PLRNN, AlmostLinearRNN, ShallowPLRNN

# name -> function (units M, hidden units or bases L) -> model
FAMILY = {
    "shallow": lambda M, L: ShallowPLRNN(M, L),
    "clipped shallow": lambda M, L: ShallowPLRNN(M, L, clipped=True),
    "dense shallow": lambda M, L: ShallowPLRNN(M, L, linear="dense"),
    "vanilla": lambda M, L: PLRNN(M),
    "mean-centred": lambda M, L: PLRNN(M, mean_centered=True),
    "dendritic": lambda M, L: PLRNN(M, L),
    "clipped dendritic": lambda M, L: PLRNN(M, L, clipped=True),
    "mean-centred dendritic": lambda M, L: PLRNN(M, L, mean_centered=True),
    "clipped mean-centred dendritic": lambda M, L: PLRNN(M, L, clipped=True, mean_centered=True),
    "dense clipped dendritic": lambda M, L: PLRNN(M, L, clipped=True, linear="dense"),
    "almost-linear": lambda M, L: AlmostLinearRNN(M, n_nonlinear=(M + 1) // 2),
}
LAYERS = [name for name in FAMILY if "shallow" in name]  # with a hidden layer
UNITS = [name for name in FAMILY if name not in LAYERS]  # with a function of each unit


def relu(u):
    """Rectified linear unit."""
    return np.maximum(u, 0)


def next_state(model, p, z, s=()):
    """F(z), and C s, of one state z (M,) by the models' equations.

    `p` holds the arrays of the model, and C if there are inputs s (K,).
    """
    driven = p["C"] @ s if "C" in p else 0.0
    if isinstance(model, ShallowPLRNN):
        u = p["W2"] @ z
        phi = relu(u + p["h2"]) - (relu(u) if model.clipped else 0)
        return p["A"] @ z + p["W1"] @ phi + p["h1"] + driven
    u = z - z.mean() if model.mean_centered else z
    phi = relu(u)
    if model.n_bases:
        below = relu(u) if model.clipped else 0
        phi = sum(a * (relu(u - H) - below) for a, H in zip(p["alphas"], p["H"].T, strict=True))
    phi = np.where(np.arange(len(z)) < model.n_linear, u, phi)  # the last units are nonlinear
    return p["A"] @ z + p["W"] @ phi + p["h"] + driven


def random_parameters(model, rng, size=1.0):
    """Normal arrays of a model, 0 where an entry is fixed."""
    masks = model.masks()
    return {k: size * rng.standard_normal(s) * masks[k] for k, s in model.shapes.items()}
