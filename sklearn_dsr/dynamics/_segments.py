"""Images and preimages of line segments under a piecewise-linear map, exact in each region."""

from collections import deque

import numpy as np

N_CROSSED = 20  # most kinks, in numbers of hidden units, that the preimage of a segment may cross
N_RECENT = 32  # pairs of a state and its image that are remembered


def clipped(segments, low, high):
    """Parts of the segments (n, 2, M) in a box, and the numbers of those that have a part."""
    start, step = segments[:, 0], segments[:, 1] - segments[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        one, two = (low - start) / step, (high - start) / step
    inside = (start >= low) & (start <= high)
    enter = np.where(step != 0, np.fmin(one, two), np.where(inside, -np.inf, np.inf))
    leave = np.where(step != 0, np.fmax(one, two), np.where(inside, np.inf, -np.inf))
    first = np.maximum(enter.max(axis=1), 0.0)[:, None]
    last = np.minimum(leave.min(axis=1), 1.0)[:, None]
    kept = np.flatnonzero(first[:, 0] < last[:, 0])
    first, last = first[kept], last[kept]
    a = np.where(first > 0, start[kept] + first * step[kept], segments[kept, 0])
    b = np.where(last < 1, start[kept] + last * step[kept], segments[kept, 1])
    return np.stack([a, b], axis=1), kept


def images(canonical, segments):
    """Images (n', 2, M) of segments (n, 2, M), each cut where a hidden unit is at its kink."""
    if len(segments) == 0:
        return segments
    u = segments @ canonical.W2.T + canonical.h2
    owner, unit = np.nonzero(u[:, 0] * u[:, 1] < 0)
    t = u[owner, 0, unit] / (u[owner, 0, unit] - u[owner, 1, unit])
    n = np.arange(len(segments))
    owner = np.concatenate([n, owner, n])
    t = np.concatenate([np.zeros(len(n)), t, np.ones(len(n))])
    order = np.lexsort((t, owner))
    owner, t = owner[order], t[order, None]
    points = (1 - t) * segments[owner, 0] + t * segments[owner, 1]
    points = canonical.step(points)
    same = owner[:-1] == owner[1:]
    return np.stack([points[:-1][same], points[1:][same]], axis=1)


class Inverse:
    """Preimages by following: from a known pair F(z) = p, along lines, from region to region.

    Parameters
    ----------
    canonical : CanonicalMap
        Without external inputs.
    states, images : ndarray of shape (n, M)
        Known pairs.
    """

    def __init__(self, canonical, states, images):
        self.canonical, self.known = canonical, list(zip(states, images, strict=True))
        self.recent = deque(maxlen=N_RECENT)  # pairs at which the next lines often begin
        self.n_folds = 0  # lines that end where the map folds

    def preimages(self, segments):
        """Preimages (n', 2, M) of segments (n, 2, M), as far as the map does not fold."""
        found, last = [], None
        for a, b in segments:
            if last is None or not np.array_equal(last[1], a):
                self._remember(last)
                path, whole = self._follow(*self._nearest(a), a)
                last = (path[-1], a) if whole else None
            if last is not None:
                path, whole = self._follow(*last, b)
                found += zip(path[:-1], path[1:], strict=True)
                last = (path[-1], b) if whole else None
            self.n_folds += not whole
        self._remember(last)
        return np.array(found).reshape(-1, 2, segments.shape[2])

    def _remember(self, pair):
        if pair is not None:
            self.recent.append(pair)

    def _nearest(self, p):
        """The known pair whose image is nearest to p."""
        pairs = [*self.known, *self.recent]
        return pairs[int(np.argmin([np.abs(image - p).max() for _, image in pairs]))]

    def _follow(self, z, p, q):
        """Points of the preimage of the line from p to q that begins at z, and if it has its end.

        In a region the preimage is a straight line. At a kink the next region's map takes over. If
        the determinant changes its sign there, the map folds, and the line has no preimage that
        goes on.
        """
        f = self.canonical
        u = f.W2 @ z + f.h2
        on = (
            u > 0
        )  # one opinion about a unit at its kink: the Jacobian of the core may have another
        J = f.A + (f.W1 * on) @ f.W2
        sign, path, left = np.linalg.slogdet(J)[0], [z], 1.0
        for _ in range(N_CROSSED * len(u) + 1):
            if sign == 0:
                break
            d = np.linalg.solve(J, (q - p) * left)
            du = f.W2 @ d
            ahead = np.where(on, du < 0, du > 0)  # moves toward its kink
            with np.errstate(divide="ignore", invalid="ignore"):
                t = np.where(ahead, np.maximum(-u / du, 0.0), np.inf)
            k = int(np.argmin(t))
            if t[k] >= 1.0:
                return [*path, z + d], True
            z = z + t[k] * d
            u, left = f.W2 @ z + f.h2, left * (1.0 - t[k])
            u[k] = 0.0
            if t[k] > 0:
                path.append(z)
            on[k] = not on[k]
            J = J + (1.0 if on[k] else -1.0) * np.outer(f.W1[:, k], f.W2[k])
            if np.linalg.slogdet(J)[0] != sign:
                break
        return path, False
