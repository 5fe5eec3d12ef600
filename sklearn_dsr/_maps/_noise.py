"""Maximum-likelihood covariances of the noise that drives a map, and of the noise of its rows."""

from dataclasses import dataclass

import numpy as np

from .._core import linalg, maps
from .._recipe import BUDGET
from ._kalman import RATIOS
from ._smoother import LAG, N_BLOCK

# Least variance of standardised values: a smaller one is rounding.
LEAST = 1e-12


@dataclass(frozen=True)
class Stretch:
    """A map, and consecutive standardised rows that it explains.

    Attributes
    ----------
    canonical : CanonicalMap
    observation : IdentityObservation or AffineObservation
    columns : ndarray of shape (n, N)
        Rows; NaN where nothing was seen.
    inputs : ndarray of shape (n, K)
    """

    canonical: object
    observation: object
    columns: np.ndarray
    inputs: np.ndarray

    def sums(self, Q, R):
        """Likelihood and slopes for Q (M, M) and a diagonal R (N,); see `_core.maps.noise_sums`."""
        seen = ~np.isnan(self.columns)
        rows = np.where(seen, self.columns, 0.0)
        matrix = np.ascontiguousarray(self.observation.matrix)
        arrays = self.canonical.compiled(), matrix, rows, seen
        driving, start = self.canonical.driving(self.inputs), self.observation.infer(rows[0])
        return maps.noise_sums(*arrays, driving, start, R, Q, (N_BLOCK, LAG))


def noise_covariances(stretches):
    r"""Covariance Q of the noise that drives the states, and diagonal R of the columns' noise.

    The model is z_t = F(z_{t-1}) + eta_t, x_t = B z_t + epsilon_t, where eta_t has the covariance Q
    and epsilon_t has R. Q and R maximise the likelihood of the rows in an extended Kalman filter.
    They start from the best isotropic ones and follow the minorisation of Zhou et al. [1]_,

    .. math:: Q \leftarrow V^{-1/2} (V^{1/2} Q S Q V^{1/2})^{1/2} V^{-1/2}, \quad
       R_n \leftarrow R_n (s_n / v_n)^{1/2}

    where Q (S - V) Q / 2 gives the rise of the likelihood, see `_core.maps.noise_sums` [2]_. The
    method takes fewer steps than expectation-maximisation to the same result.

    Parameters
    ----------
    stretches : list of Stretch
        Their maps have the same sizes.

    Returns
    -------
    Q : ndarray of shape (M, M)
    R : ndarray of shape (N,)

    References
    ----------
    .. [1] Zhou, Hu, Qiao, Zhong, Li (2019), "MM algorithms for variance components models", Journal
       of Computational and Graphical Statistics 28, 350-361.
    .. [2] Koopman (1993), "Disturbance smoother for state space models", Biometrika 80, 117-126.
    """
    (N, M), n = stretches[0].observation.matrix.shape, 0
    n = sum(np.sum(~np.isnan(stretch.columns[1:])) for stretch in stretches)
    if n == 0:
        return np.zeros((M, M)), np.zeros(N)
    best = -np.inf, LEAST * np.eye(M), np.full(N, LEAST)
    for ratio in RATIOS:
        Q, R = np.eye(M) / ratio, np.ones(N)
        likelihood, S, _, s, _ = _pooled(stretches, Q, R)
        squares = np.sum(Q * S) + np.sum(R * s)  # of the innovations, over their variances
        scale = max(squares / n, LEAST)
        likelihood += 0.5 * (squares - n * np.log(scale) - n)
        if likelihood > best[0]:
            best = likelihood, scale * Q, scale * R
    before, Q, R = -np.inf, *best[1:]
    for _ in range(BUDGET.noise_steps):
        likelihood, S, V, s, v = _pooled(stretches, Q, R)
        if not likelihood > before - 1.0:  # the filter is exact for linear maps only
            break
        if likelihood < before + BUDGET.noise_gain:
            best = likelihood, Q, R
            break
        before, best = likelihood, (likelihood, Q, R)
        Q, R = _raised(Q, S, V), np.maximum(R * np.sqrt(s / np.where(v > 0, v, np.inf)), LEAST)
    return best[1:]


@np.errstate(all="ignore")
def _pooled(stretches, Q, R):
    sums = [stretch.sums(Q, R) for stretch in stretches]
    pooled = [np.sum(parts, axis=0) for parts in zip(*sums, strict=True)]
    if not all(np.all(np.isfinite(part)) for part in pooled):
        pooled[0] = -np.inf
    return pooled


def _raised(Q, S, V):
    """Covariance that maximises the minorisation of the likelihood."""
    values, vectors = linalg.eigh(V)
    known = values > LEAST * values[-1]  # directions that no row depends on are not driven
    root = np.sqrt(np.where(known, values, 0.0))
    inverse = np.where(known, 1.0 / np.where(known, root, 1.0), 0.0)
    rotated = linalg.product(linalg.product(vectors.T, Q), vectors)
    squares = linalg.product(linalg.product(vectors.T, S), vectors)
    middle = linalg.product(linalg.product(rotated, squares), rotated)
    values, inner = linalg.eigh(_symmetric(root[:, None] * middle * root))
    middle = linalg.product(inner * np.sqrt(np.maximum(values, 0.0)), inner.T)
    middle = inverse[:, None] * middle * inverse
    return _symmetric(linalg.product(linalg.product(vectors, middle), vectors.T))


def _symmetric(matrix):
    return (matrix + matrix.T) / 2
