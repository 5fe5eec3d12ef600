"""Maps whose dynamics are known, and random ones of every model of the family."""

import numpy as np
from models import FAMILY, LAYERS, random_parameters, relu

from sklearn_dsr._maps._canonical import CanonicalMap


def linear(A, h=None):
    """z' = A z + h."""
    A = np.asarray(A, dtype=float)
    M = len(A)
    h = np.zeros(M) if h is None else np.asarray(h, dtype=float)
    return CanonicalMap(A, np.zeros((M, 1)), np.zeros((1, M)), h, np.zeros(1))


def turn(angle):
    """Matrix (2, 2) of a turn of the plane about 0."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


def rotation(angle):
    """A turn of the plane about 0."""
    return linear(turn(angle))


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


def chua(dt=0.01):
    """Euler's step of Chua's circuit, a piecewise-linear flow: exactly a map of the family.

    A double scroll, chaotic like Lorenz-63, with fixed points at 0 and at +-(1.5, 0, -1.5): all are
    saddle-foci, that at 0 with one unstable direction, the others with two.
    """
    a, b, m0, m1 = 15.6, 28.0, -8 / 7, -5 / 7
    F = np.array([[-a * (1 + m1), a, 0.0], [1.0, -1.0, 1.0], [0.0, -b, 0.0]])
    # (m0 - m1) (abs(x + 1) - abs(x - 1)) / 2 = (m0 - m1) (relu(x + 1) - relu(x - 1) - 1)
    W1 = np.zeros((3, 2))
    W1[0] = -dt * a * (m0 - m1) * np.array([1.0, -1.0])
    W2 = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    return CanonicalMap(
        np.eye(3) + dt * F, W1, W2, np.array([dt * a * (m0 - m1), 0.0, 0.0]), np.array([1.0, -1.0])
    )


def random_map(kind, seed, M=2, L=3, gain=1.0):
    """Canonical map of a model of the family with normal parameters; two bases where it has any."""
    model = FAMILY[kind](M, L if kind in LAYERS else 2)
    return model.canonical(random_parameters(model, np.random.default_rng(seed), gain))


def bounded_map(seed, M, L, K=0):
    """Clipped map with a contracting diagonal, so that no orbit leaves a box; most are chaotic."""
    rng = np.random.default_rng(seed)
    p = {
        "A": np.diag(rng.uniform(0.3, 0.8, M)),
        "W1": rng.normal(size=(M, L)),
        "W2": rng.normal(size=(L, M)),
        "h1": rng.normal(size=M),
        "h2": 2 * rng.normal(size=L),
    }
    return FAMILY["clipped shallow"](M, L).canonical(
        p, 3.0 * rng.normal(size=(M, K)) if K else None
    )


def map_step(f, z, s=None):
    """F(z) of a canonical map, and C s, in plain NumPy."""
    z = f.A @ z + f.W1 @ relu(f.W2 @ z + f.h2) + f.h1
    return z if s is None else z + f.C @ s


def map_jacobian(f, z):
    """Jacobian of a canonical map at z, in plain NumPy; a unit at its kink is off."""
    return f.A + f.W1 @ ((f.W2 @ z + f.h2 > 0)[:, None] * f.W2)


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
