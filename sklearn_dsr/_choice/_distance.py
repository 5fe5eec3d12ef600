"""How far runs are from the data: state space divergence D and Hellinger distance H of spectra."""

import numpy as np

from .._data.trajectories import pooled
from .._recipe import BUDGET, RECIPE
from ..metrics._binning import BinnedDensity
from ..metrics._spectrum import SIGMA, smoothed_spectrum, spectral_distance


class Distance:
    """Distance of runs from data.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, N)
        Standardised rows of the data, one segment after the other.
    segments : list of ndarray of shape (n_i, N)
        The same, gap-free pieces of at least 2 rows.
    places : ndarray of shape (n, N), default=None
        Rows for D in place of all.

    Attributes
    ----------
    n : int
        Rows of all runs together that are compared.
    usual : int
        Half of the rows or more are in segments of so many rows or more.
    length : int
        Rows of the windows of a spectrum.
    """

    def __init__(self, rows, segments, places=None):
        self.rows, self.segments = rows, segments
        self.n = min(len(rows), BUDGET.run_rows)
        places = rows if places is None else places
        low, high = BUDGET.n_bins
        n_bins = max(k for k in range(low, high + 1) if k == low or k**3 <= len(places))
        self._projections = [
            (columns, BinnedDensity(places[:, columns], n_bins=n_bins))
            for columns in _projections(rows.shape[1])
        ]
        # Windows short enough for the segments that hold half of the rows.
        lengths = np.sort([len(s) for s in segments])[::-1]
        self.usual = lengths[np.searchsorted(np.cumsum(lengths), len(rows) / 2)]
        self.length = int(max(min(self.n // BUDGET.n_runs, self.usual), 2))
        self._spectrum = self._mean_spectrum(segments)

    def divergence(self, runs):
        """D of runs (n_runs, n, N), pooled."""
        rows = runs.reshape(-1, runs.shape[2])
        return float(np.mean([d.divergence(rows[:, c]) for c, d in self._projections]))

    def spectral(self, series):
        """H of the mean spectrum of some series (n_i, N)."""
        return spectral_distance(self._spectrum, self._mean_spectrum(series))

    def of(self, runs):
        """D + 5 H of runs (n_runs, n, N)."""
        return self.sum(self.divergence(runs), self.spectral(runs))

    @staticmethod
    def sum(D, H):
        """D + 5 H."""
        return D + RECIPE.spectrum * H

    def floor(self):
        """D, H and D + 5 H of one half of the data against the other.

        No model is expected to score lower. The halves are shorter than the data, so the values are
        high. Each is the mean over the three ways to make two halves of four quarters, because a
        single way varies threefold.
        """
        cuts = [self._disagreement(first) for first in ((0, 1), (0, 2), (0, 3))]
        D, H = (float(np.mean([cut[k] for cut in cuts])) for k in (0, 1))
        return {"D": D, "H": H, "S": self.sum(D, H)}

    def _disagreement(self, first):
        """D and H of the quarters `first` of the rows against the others; 0 if a half is empty."""
        ends = np.append(np.arange(4) * (len(self.rows) // 4), len(self.rows))
        halves, seen = ([], []), 0
        for segment in self.segments:
            for k in range(4):
                a, b = np.clip(ends[k : k + 2] - seen, 0, len(segment))
                if b - a > 1:
                    halves[k not in first].append(segment[a:b])
            seen += len(segment)
        one, other = halves
        if not one or not other:
            return 0.0, 0.0
        distance = Distance(pooled(other), other)
        known = max(map(len, one)) >= distance.length
        return distance.divergence(pooled(one)[None]), distance.spectral(one) if known else 0.0

    def _mean_spectrum(self, series):
        """Mean spectrum of windows of some series, as many windows as fit in n rows."""
        stack = windows(series, self.length, max(BUDGET.n_runs, self.n // self.length))
        # The same smoothing in frequency as `SIGMA` bins of a series of n rows.
        return smoothed_spectrum(stack, sigma=SIGMA * self.length / self.n)


def _projections(n_columns):
    """Columns that are binned together: all up to five, else triples that cover all columns."""
    if n_columns <= BUDGET.binned:
        return [list(range(n_columns))]
    rng = np.random.default_rng(0)
    n_triples = max(BUDGET.binned, -(-n_columns // 3))
    order = np.concatenate([rng.permutation(n_columns) for _ in range(4)])
    triples, at = [], 0
    while len(triples) < n_triples:
        triple = set(order[at : at + 3])
        at += 3
        if len(triple) == 3:  # two permutations may meet in it
            triples.append(sorted(triple))
    return triples


def windows(segments, length, most):
    """Up to `most` adjacent windows of the segments, evenly chosen, (n, length, N)."""
    places = [(s, i) for s in segments for i in range(0, len(s) - length + 1, length)]
    chosen = np.linspace(0, len(places) - 1, min(len(places), most)).astype(int)
    return np.stack([places[k][0][places[k][1] : places[k][1] + length] for k in chosen])
