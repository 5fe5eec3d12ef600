"""Search for the cycles of a map: from many starts and exhaustively, each cycle kept once."""

import numpy as np

from .._core.search import search_boxes, settle_all, settle_everywhere
from ._found import Search

N_ITERATIONS = 40  # solutions from one start: few cycles need more than 20
SAME = 1e-7  # points closer than this share of the box count as one
N_KEPT = 20_000  # most cycles that an exhaustive search may find
LONGEST_NUMBER = 60  # most bits of the number that encodes a sequence of patterns


class Finder:
    """Cycles of a map, collected over several orders.

    Parameters
    ----------
    canonical : CanonicalMap
        Without external inputs.
    path : ndarray of shape (n, M)
        States in time order, for starts; may be empty.
    low, high : ndarray of shape (M,)
        Box for random starts and for the exhaustive search.
    """

    def __init__(self, canonical, path, low, high):
        self.canonical, self.path, self.low, self.high = canonical, path, low, high
        self._found = {}  # order -> [array of all points (n, order, M), list of hits]

    def search(self, order, n_starts, budget, boxes, rng):
        """Search for cycles of one order.

        Parameters
        ----------
        order, n_starts : int
        budget : int
            Most sequences of regions, or boxes, that an exhaustive search may take.
        boxes : bool
            Whether boxes are tried.
        rng : numpy.random.Generator

        Returns
        -------
        Search
        """
        Z, status = settle_all(self.canonical, self._starts(order, n_starts, rng), N_ITERATIONS)
        hits = {}
        for z in Z[status == 1]:
            key = self._add(z, 1)
            hits[key] = hits.get(key, 0) + 1
        n_converged, n_degenerate = int(np.sum(status == 1)), int(np.sum(status == -1))
        once = sum(n == 1 for n in hits.values())
        n_bits = order * len(self.canonical.h2)
        proof, used, undecided = "none", 0, 1.0
        if n_bits <= LONGEST_NUMBER and 2**n_bits <= budget:
            proof, used = "everywhere", 2**n_bits
            undecided, degenerate = self._everywhere(order)
            n_degenerate += degenerate
        elif boxes and budget:
            proof = "box"
            used, undecided = self._boxes(order, budget)
        return Search(
            order,
            n_starts,
            n_converged,
            (once + 1) / (n_converged + 1),
            proof,
            used,
            undecided,
            n_degenerate,
        )

    def results(self, min_order):
        """Yield the points (k, M) and the hits of all cycles with k >= `min_order`."""
        for order, (points, hits) in self._found.items():
            if order >= min_order:
                yield from zip(points, hits, strict=True)

    def _starts(self, k, n, rng):
        """Starts (n, k, M): near-recurrences, runs from states of the box, states of the box."""
        M = len(self.low)
        points = rng.uniform(self.low, self.high, (n, k, M))
        n_near = n // 2 if len(self.path) > k else 0
        n_run = n_near + (n - n_near) // 2
        if n_near:
            distance = np.linalg.norm(self.path[k:] - self.path[:-k], axis=1)
            parts = np.array_split(np.arange(len(distance)), min(n_near, len(distance)))
            near = np.array([part[np.argmin(distance[part])] for part in parts])
            points[: len(near)] = self.path[near[:, None] + np.arange(k)]
        if k > 1:
            points[n_near:n_run, 1:] = self.canonical.simulate(points[n_near:n_run, 0], k - 1)
        return points

    def _add(self, z, n_hits):
        """Store a new cycle z (k, M) under its smallest order; return its order and index."""
        near = SAME * (self.high - self.low)
        k = len(z)
        order = next(
            d
            for d in range(1, k + 1)
            if k % d == 0 and np.all(np.abs(np.roll(z, -d, axis=0) - z) < near)
        )
        z = z[:order]
        if order not in self._found:
            self._found[order] = [np.empty((0, order, z.shape[1])), []]
        points, hits = self._found[order]
        same = np.all(np.abs(points - z[0]) < near, axis=2).any(axis=1)
        index = int(np.argmax(same)) if same.any() else len(hits)
        if index == len(hits):
            self._found[order][0] = np.concatenate([points, z[None]])
            hits.append(0)
        hits[index] += n_hits
        return order, index

    def _everywhere(self, order):
        """Solve all sequences of patterns; return the undecided share and the number degenerate."""
        Z, n_found, n_degenerate = settle_everywhere(self.canonical, order, N_KEPT)
        for z in Z:
            self._add(z, 0)
        return (0.0 if n_found <= N_KEPT else 1.0), n_degenerate

    def _boxes(self, order, budget):
        """Halve the box; return the number of boxes and the share of the box left undecided."""
        candidates, n, used, left = search_boxes(
            self.canonical, self.low, self.high, order, budget, N_KEPT
        )
        Z = np.empty((len(candidates), order, len(self.low)))
        Z[:, 0] = candidates
        if order > 1:
            Z[:, 1:] = self.canonical.simulate(candidates, order - 1)
        Z, status = settle_all(self.canonical, Z, N_ITERATIONS)
        near = np.all(np.abs(Z[:, 0] - candidates) < SAME * (self.high - self.low), axis=1)
        for z in Z[(status == 1) & near]:
            self._add(z, 0)
        if n > N_KEPT or not np.all((status == 1) & near):
            left = max(left, np.finfo(float).tiny)
        return used, left
