"""Maps whose dynamics are known, and random ones of every model of the family."""

import numpy as np

from sklearn_dsr._maps._canonical import CanonicalMap
from sklearn_dsr._maps._parametrizations import PLRNN, AlmostLinearRNN, ShallowPLRNN

MODELS = {
    "shallow": lambda M, L: ShallowPLRNN(M, L),
    "clipped shallow": lambda M, L: ShallowPLRNN(M, L, clipped=True),
    "vanilla": lambda M, L: PLRNN(M),
    "mean-centred": lambda M, L: PLRNN(M, mean_centered=True),
    "dendritic": lambda M, L: PLRNN(M, n_bases=2),
    "clipped dendritic": lambda M, L: PLRNN(M, n_bases=2, clipped=True),
    "almost-linear": lambda M, L: AlmostLinearRNN(M, n_nonlinear=1),
}


def linear(A, h=None):
    """z' = A z + h."""
    A = np.asarray(A, dtype=float)
    M = len(A)
    h = np.zeros(M) if h is None else np.asarray(h, dtype=float)
    return CanonicalMap(A, np.zeros((M, 1)), np.zeros((1, M)), h, np.zeros(1))


def rotation(angle):
    """A turn of the plane about 0."""
    c, s = np.cos(angle), np.sin(angle)
    return linear([[c, -s], [s, c]])


def tent(n_units=1):
    """1 - |2 x - 1|, with its one kink shared by several hidden units."""
    n = n_units
    return CanonicalMap(
        np.array([[2.0]]),
        np.full((1, n), -4.0 / n),
        np.ones((n, 1)),
        np.zeros(1),
        np.full(n, -0.5),
    )


def skew_tent(a):
    """x / a up to a, (1 - x) / (1 - a) from there to 1."""
    return CanonicalMap(
        np.array([[1 / a]]),
        np.array([[-1 / a - 1 / (1 - a)]]),
        np.array([[1.0]]),
        np.zeros(1),
        np.array([-a]),
    )


def lozi(a=1.7, b=0.5):
    """x' = 1 - a |x| + y, y' = b x."""
    return CanonicalMap(
        np.array([[a, 1.0], [b, 0.0]]),
        np.array([[-2 * a], [0.0]]),
        np.array([[1.0, 0.0]]),
        np.array([1.0, 0.0]),
        np.zeros(1),
    )


def random_map(kind, seed, M=2, L=3, gain=1.0):
    """Canonical map of a model of the family with normal parameters."""
    rng = np.random.default_rng(seed)
    model = MODELS[kind](M, L)
    parameters = {name: gain * rng.normal(size=shape) for name, shape in model.shapes.items()}
    masks = model.masks()
    return model.canonical({name: masks[name] * value for name, value in parameters.items()})


def plain_step(f, z):
    """F(z) in plain NumPy."""
    return f.A @ z + f.W1 @ np.maximum(f.W2 @ z + f.h2, 0) + f.h1


def brute_force(f, order):
    """All cycles of an order (n, order, M), lower ones too, each from each of its points.

    By solving for all sequences of patterns of active units, one after the other.
    """
    L, M = f.W2.shape
    patterns = (np.arange(2**L)[:, None] >> np.arange(L)) & 1
    J = f.A + np.einsum("ml,pl,lk->pmk", f.W1, patterns, f.W2)
    c = f.h1 + (patterns * f.h2) @ f.W1.T
    index = np.indices((len(patterns),) * order).reshape(order, -1)
    product = np.broadcast_to(np.eye(M), (index.shape[1], M, M))
    constant = np.zeros((index.shape[1], M))
    for i in index:
        product, constant = J[i] @ product, np.einsum("pmk,pk->pm", J[i], constant) + c[i]
    z = [np.linalg.solve(np.eye(M) - product, constant[..., None])[..., 0]]
    for i in index[:-1]:
        z.append(np.einsum("pmk,pk->pm", J[i], z[-1]) + c[i])
    z = np.stack(z, axis=1)
    active = np.einsum("lm,pjm->pjl", f.W2, z) + f.h2 > 0
    return z[np.all(active == patterns[index.T], axis=(1, 2))]
