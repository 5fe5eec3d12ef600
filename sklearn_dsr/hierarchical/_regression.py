"""Regression of the steps of many subjects: with given kinks, maps are bilinear in the rest.

The weights are linear for known features, and the features for known weights. The two regressions
take turns [Brenner 2025 trains both by gradients].
"""

from dataclasses import dataclass

import numpy as np

from .._core import linalg
from .._data.validation import TINY
from .._recipe import BUDGET, RECIPE
from .._training._regression import EXACT, Steps, draw_kinks
from ._family import Family


@dataclass(frozen=True)
class Moments:
    """Sums over the steps of each subject that a regression on given kinks needs.

    Attributes
    ----------
    G : ndarray of shape (J, P, P)
        Products of the regressors (z, relu(W2 z + h2), s, 1).
    B : ndarray of shape (J, P, M)
        Products of the regressors and z' - z.
    W2, h2 : ndarray of shape (L, M), (L,)
        The kinks.
    power : float
        Number of all steps times the mean variance of the states, the unit of penalties.
    copies : dict
        Columns that copy a column of the row before, see `Steps.copies`.
    """

    G: np.ndarray
    B: np.ndarray
    W2: np.ndarray
    h2: np.ndarray
    power: float
    copies: dict

    @classmethod
    def of(cls, steps, hidden_dim, rng):
        """Moments on kinks that are drawn from the steps of all subjects.

        Parameters
        ----------
        steps : list of Steps
            One per subject.
        hidden_dim : int
            Number L of kinks.
        rng : numpy.random.Generator
        """
        pooled = _pooled(steps)
        W2, h2 = draw_kinks(pooled, hidden_dim, rng)
        variance = np.mean(np.var(pooled.z, axis=0))
        power = len(pooled.z) * (variance if variance > 0 else 1.0)
        G, B = map(np.stack, zip(*(moments_of(part, W2, h2) for part in steps), strict=True))
        weight = _weights(steps)[:, None, None]
        return cls(weight * G, weight * B, W2, h2, power, pooled.copies())

    def weights(self, features, penalties):
        """Weights (1 + k, P, M) for the features (J, k) of the subjects.

        Penalties are on (A_0 - I)^2 and A_a^2, and on W1_a^2, see `Regression.solve`.
        """
        (J, P, M), size = self.B.shape, features.shape[1] + 1
        known = np.concatenate([np.ones((J, 1)), features], axis=1)
        a, b = np.triu_indices(size)  # the solver reads the upper triangle only
        sums = linalg.product((known[:, a] * known[:, b]).T, self.G.reshape(J, -1))
        G = np.zeros((size, P, size, P))
        G[a, :, b] = sums.reshape(-1, P, P)
        G = G.reshape(size * P, size * P)
        B = linalg.gram(known, self.B.reshape(J, -1)).reshape(size * P, M)
        penalty = np.tile(self._penalty(penalties), size)
        penalty[2 * P - 1 :: P] = self.power * penalties[0]  # of h1_a, so that a may be of no use
        G[np.diag_indices_from(G)] += penalty
        return self._exact(linalg.solve(G, B).reshape(size, P, M))

    def explained(self, weights, features):
        """Sum of squares of the steps that weights (1 + k, P, M) and features (J, k) explain."""
        total = 0.0
        for G, B, own in zip(self.G, self.B, features, strict=True):
            W = weights[0] + sum(f * w for f, w in zip(own, weights[1:], strict=True))
            total += np.sum(W * (2.0 * B - linalg.product(G, W)))
        return float(total)

    def _penalty(self, penalties):
        (_, P, M), L = self.B.shape, len(self.h2)
        weights = np.full(P, penalties[0])
        weights[M : M + L], weights[-1] = penalties[1], 0.0
        return self.power * weights

    def _exact(self, weights):
        """The weights with the known ones of copies."""
        for k, (j, slope, shift) in self.copies.items():
            weights[:, :, k] = 0.0
            weights[0, j, k] += slope
            weights[0, k, k] -= 1.0
            weights[0, -1, k] = shift
        return weights

    def family(self, weights):
        """Family of weights on these kinks."""
        return Family(weights, self.W2, self.h2)

    def first_features(self, weights, k):
        """Features (J, k) that explain most of how single subjects differ from shared weights.

        Each subject gets weights of its own by a ridge regression around the shared ones (P, M).
        The features are the principal components of the predictions of all these weights.
        """
        J = len(self.G)
        mean = self.G.mean(axis=0)
        mean[np.diag_indices_from(mean)] += self._penalty(RECIPE.penalties[0]) / J
        own = []
        for G, B in zip(self.G, self.B, strict=True):
            rest = B - linalg.product(G, weights)
            own.append(linalg.solve(G + RECIPE.small * mean, rest))
        own = np.stack(own) - np.mean(own, axis=0)
        seen = np.stack([linalg.product(mean, w) for w in own])
        gram = linalg.product(own.reshape(J, -1), seen.reshape(J, -1).T)
        _, vectors = linalg.eigh(gram + gram.T)
        first = np.zeros((J, k))
        first[:, :J] = vectors[:, ::-1][:, :k] * np.sqrt(J)
        return first


def alternate(moments, known, learned, penalties, n_rounds):
    """Weights and learned features by regressions in turn.

    Parameters
    ----------
    moments : Moments
    known : ndarray of shape (J, p)
        Features that are given.
    learned : ndarray of shape (J, k), or int
        First values of the learned features, or their number.
    penalties : (float, float)
    n_rounds : int
        Most rounds. There are fewer if the features change little.

    Returns
    -------
    weights : ndarray of shape (1 + p + k, P, M)
    learned : ndarray of shape (J, k)
        Uncorrelated, with mean 0 and variance 1. The first time, the one comes first of which a
        unit changes the steps most; later their order and signs stay. With fewer than k + 1
        subjects some are 0.
    """
    first = np.ndim(learned) == 0
    if first:
        shared = moments.weights(known[:, :0], penalties)[0]
        learned = moments.first_features(shared, learned)
    learned = whitened(learned)
    for _ in range(n_rounds if learned.shape[1] else 0):
        weights = moments.weights(np.concatenate([known, learned], axis=1), penalties)
        before, learned = learned, whitened(learned_features(weights, known, moments.G, moments.B))
        if np.max(np.abs(learned - before)) < BUDGET.settled:
            break
    if first:
        learned = _ordered(moments, known, learned, penalties)
    return moments.weights(np.concatenate([known, learned], axis=1), penalties), learned


def whitened(features):
    """Features (J, k), shifted and turned as little as possible to mean 0 and covariance 1.

    Directions in which the subjects do not differ become 0.
    """
    centred = features - features.mean(axis=0)
    values, vectors = linalg.eigh(linalg.gram(centred, centred) / len(centred))
    kept = values > EXACT * max(np.max(values, initial=0.0), TINY)
    sizes = np.where(kept, 1.0 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
    return linalg.product(centred, linalg.product(vectors * sizes, vectors.T))


def _ordered(moments, known, learned, penalties):
    """Uncorrelated features, the one that changes the steps most first, with a certain sign."""
    p, k = known.shape[1], learned.shape[1]
    if not k:
        return learned
    weights = moments.weights(np.concatenate([known, learned], axis=1), penalties)[1 + p :]
    seen = np.stack([linalg.product(moments.G.mean(axis=0), w) for w in weights])
    power = linalg.product(weights.reshape(k, -1), seen.reshape(k, -1).T)
    _, vectors = linalg.eigh(power + power.T)
    turned = linalg.product(learned, vectors[:, ::-1])
    # The sign is that of the largest selected weight.
    flat = linalg.product(vectors[:, ::-1].T, weights.reshape(k, -1))
    largest = np.take_along_axis(flat, np.argmax(np.abs(flat), axis=1)[:, None], axis=1)[:, 0]
    return turned * np.where(largest < 0, -1.0, 1.0)


def _solved(left, right):
    """Solution of a positive semi-definite system; 0 if it is singular."""
    left = left + np.eye(len(left)) * (EXACT * np.trace(left) + TINY)
    with np.errstate(all="ignore"):
        found = linalg.solve(left, right)
    return found if np.isfinite(found).all() else np.zeros_like(found)


def _weights(steps):
    """Weights (J,) of the errors of subjects, with mean 1: large steps err more."""
    sizes = np.array([np.mean((s.after - s.z) ** 2) if len(s.z) else 0.0 for s in steps])
    weights = 1.0 / np.maximum(sizes, RECIPE.small**2 * max(np.mean(sizes), TINY))
    return weights / np.mean(weights)


def _pooled(steps):
    """Steps of all subjects, one after the other."""
    parts = zip(*((s.z, s.after, s.inputs) for s in steps), strict=True)
    return Steps(*(np.concatenate(part) for part in parts))


def learned_features(weights, known, G, B):
    """Learned features (J, k) that explain the steps best, for given weights.

    Parameters
    ----------
    weights : ndarray of shape (1 + p + k, P, M)
    known : ndarray of shape (J, p)
    G, B : ndarray of shape (J, P, P), (J, P, M)
        Moments of the subjects.
    """
    J, p = known.shape
    k = len(weights) - 1 - p
    found = np.zeros((J, k))
    flat = weights[1 + p :].transpose(0, 2, 1)  # (k, M, P)
    for j in range(J if k else 0):
        base = weights[0] + sum(f * w for f, w in zip(known[j], weights[1:], strict=False))
        rest = (B[j] - linalg.product(G[j], base)).T  # (M, P)
        seen = linalg.product(flat, G[j]).reshape(k, -1)
        left = linalg.product(seen, flat.reshape(k, -1).T)
        found[j] = _solved(left, linalg.product(flat.reshape(k, -1), rest.reshape(-1, 1)))[:, 0]
    return found


def moments_of(steps, W2, h2):
    """Products (P, P) and (P, M) of the regressors and of the changes of the steps of a subject."""
    size = max(int(BUDGET.features / (len(h2) + steps.z.shape[1] + 1)), 1)
    G = B = 0.0
    for t in range(0, max(len(steps.z), 1), size):
        z, after, inputs = (part[t : t + size] for part in (steps.z, steps.after, steps.inputs))
        units = np.maximum(linalg.product(z, W2.T) + h2, 0.0)
        regressors = np.concatenate([z, units, inputs, np.ones((len(z), 1))], axis=1)
        G = G + linalg.gram(regressors, regressors)
        B = B + linalg.gram(regressors, after - z)
    return G, B
