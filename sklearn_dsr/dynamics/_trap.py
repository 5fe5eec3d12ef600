"""Neighbourhoods of stable cycles from which every run provably goes to the cycle."""

from dataclasses import dataclass

import numpy as np

SAFETY = 0.99  # share of the largest size: rounding must not decide
DOUBLINGS = 64  # P converges for moduli up to 1 - 2**-DOUBLINGS, far below rounding


@dataclass(frozen=True)
class Trap:
    """Ellipsoids around the points of a stable cycle, one for each point.

    Within one linear region of F^k, F^k is z' = z_j + D (z - z_j) with all eigenvalues of D inside
    the unit circle. With P = I + D^T P D, the ellipsoid (z - z_j)^T P (z - z_j) < c shrinks under
    F^k. The largest c for which the ellipsoid stays inside the region makes this a proof: each run
    that enters it goes to the cycle.

    Attributes
    ----------
    points : ndarray of shape (k, M)
    shapes : ndarray of shape (k, M, M)
        P of each point.
    sizes : ndarray of shape (k,)
        c of each point; 0 if a hidden unit is at its kink there.
    """

    points: np.ndarray
    shapes: np.ndarray
    sizes: np.ndarray

    @classmethod
    def of(cls, canonical, points):
        """Trap of a cycle with the states `points` (k, M); None if the cycle is not stable."""
        k, M = points.shape
        J = canonical.jacobian(points)
        used = np.any(canonical.W1 != 0, axis=0)
        W2, margins = canonical.W2[used], np.abs(points @ canonical.W2.T + canonical.h2)[:, used]
        shapes, sizes = np.empty((k, M, M)), np.empty(k)
        for j in range(k):
            D, walls = np.eye(M), []
            for i in np.arange(j, j + k) % k:
                walls.append(W2 @ D)
                D = J[i] @ D
            P = _shape(D)
            if P is None:
                return None
            walls, distance = np.concatenate(walls), np.roll(margins, -j, axis=0).ravel()
            reach = np.einsum("lm,lm->l", walls, np.linalg.solve(P, walls.T).T)
            with np.errstate(divide="ignore", invalid="ignore"):
                limits = np.where(reach > 0, distance**2 / reach, np.inf)
            shapes[j], sizes[j] = P, SAFETY * limits.min(initial=np.finfo(float).max)
        return cls(points, shapes, sizes)

    def holds(self, Z):
        """Whether runs from the states Z (n, M) provably go to the cycle, (n,)."""
        inside = np.zeros(len(Z), dtype=bool)
        for point, P, size in zip(self.points, self.shapes, self.sizes, strict=True):
            away = Z - point
            with np.errstate(over="ignore", invalid="ignore"):  # of runs that diverge
                inside |= np.einsum("nm,mk,nk->n", away, P, away) < size
        return inside


def _shape(D):
    """P = I + D^T P D, the sum of D^T^i D^i; None if the sum does not converge."""
    P = np.eye(len(D))
    for _ in range(DOUBLINGS):
        with np.errstate(over="ignore", invalid="ignore"):  # of an unstable cycle
            more = D.T @ P @ D
            P, D = P + more, D @ D
        if not np.all(np.isfinite(P)):
            return None
        if np.abs(more).max() <= np.finfo(float).eps * np.abs(P).max():
            return P
    return None
