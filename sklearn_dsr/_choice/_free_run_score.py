"""Score a model by its free runs beside the training data; the training loss cannot tell.

S = D + 5 H + 5 E + F of runs from rows all over the data: D is the state space divergence of the
pooled runs, H the Hellinger distance of their mean spectrum, E the share of rows that left the
data's range. In the prototype study that this choice comes from, the rank correlation of their sum
with figures on test data was 0.88 to 0.96, that of the training loss 0.24 to 0.88. F, the error of
forecasts over a hundred rows, decides where the others cannot: of Lorenz-96 all late checkpoints
have the attractor, and the last ones forecast for a fifth longer.
"""

from copy import copy

import numpy as np

from .._trajectories import pooled
from .._validation import LARGEST
from ..metrics._binning import BinnedDensity
from ..metrics._spectrum import smoothed_spectrum, spectral_distance

UNRELATED = 2.0  # mean squared difference of two independent values, in variances
DIVERGED = 30.0  # score of a run that is not finite; one caught by a fixed point has about 16
N_RUNS, N_VERIFY, N_LONG = 8, 32, 4
N_FORECASTS, HORIZON = 200, 100  # forecasts for F, and their rows
LARGEST_RUN = 100_000  # rows of all runs together: enough for a figure within 0.1
LONGER = 10  # times as long as short data are the runs that verify a model
# Rows of the data that runs are compared with, evenly chosen pieces of a longer series: all rows of
# one four times as long moved S by at most 0.01 for good models, 0.14 for a poor one (of 2.2) and
# 0.6 for a dead one (of 19).
LARGEST_DATA = 1_000_000


class FreeRunScore:
    """Free runs of a model compared with the data it was trained on.

    Parameters
    ----------
    segments : list of ndarray of shape (n_i, N + K)
        Gap-free pieces of the internally standardised training data, of at least 2 rows.
    n_inputs : int, default=0
        External inputs K, the last columns. A free run has those of the rows after its start; after
        the last row come those of the first.
    complete : ndarray of shape (n, N), default=None
        Rows for D in place of all: where values were missing and filled in, those without any.
    visited : ndarray of shape (n, N), default=None
        Rows for `captured` (see `_capture.py`) in place of all: beside smoothed rows the noisy
        ones, which come nearer to fixed points; never filled-in values, which may lie on one.

    Attributes
    ----------
    starts : ndarray of shape (n_rows, N)
        Where runs start: the rows, or those that `starting_from` gives in their place.
    ends_alive : bool
        Whether the data do not come to rest.
    """

    def __init__(self, segments, n_inputs=0, complete=None, visited=None):
        N, whole = segments[0].shape[1] - n_inputs, segments
        self._floor = None  # not computed yet
        self.inputs = pooled([s[:, N:] for s in segments]) if n_inputs else None
        self.segments = segments = [s[:, :N] for s in segments]
        self.rows = self.starts = pooled(segments)
        self.visited = self.rows if visited is None else visited
        self.n = min(len(self.rows), LARGEST_RUN)
        spread = self.rows.std(axis=0)
        # A constant column, up to rounding, keeps the unit it has.
        self.scale = np.where(spread > 1e-13 * np.abs(self.rows).max(axis=0), spread, 1.0)
        self.low, self.high = self.rows.min(axis=0), self.rows.max(axis=0)
        places = self.rows if complete is None else complete
        # A cell of three columns should hold a row or more, or else all models look alike on short
        # series.
        n_bins = max(k for k in range(5, 31) if k == 5 or k**3 <= len(places))
        self._projections = [
            (columns, BinnedDensity(places[:, columns], n_bins=n_bins))
            for columns in _projections(self.rows.shape[1])
        ]
        # Windows of which at least half of the rows have one, not only the longest segment.
        lengths = np.sort([len(s) for s in segments])[::-1]
        usual = lengths[np.searchsorted(np.cumsum(lengths), len(self.rows) / 2)]
        self._length = int(max(min(self.n // N_RUNS, usual), 2))
        self._spectrum = self._mean_spectrum(segments)
        # Rows that forecasts start from, and those to be forecast.
        self._ahead = _windows(whole, int(min(HORIZON + 1, usual)), N_FORECASTS)
        # Data that come to rest themselves do not tell a dead model from a good one.
        self.ends_alive = not self._at_rest(max(segments, key=len))

    def starting_from(self, segments):
        """Return the same score of runs that start from the rows of other segments (n_i, N + K)."""
        other, N = copy(self), self.rows.shape[1]
        other.starts = pooled([s[:, :N] for s in segments])
        if self.inputs is not None:
            other.inputs = pooled([s[:, N:] for s in segments])
        return other

    def short(self, model):
        """Score of N_RUNS runs of n / N_RUNS rows, a dict with D, H, E, F and their sum S."""
        skip = self.n // 128
        runs = self._run(model, N_RUNS, 0.0, max(self.n // N_RUNS, self._length) + skip)
        if runs is None:
            return {"D": DIVERGED, "H": 1.0, "E": 1.0, "F": UNRELATED, "S": DIVERGED}
        runs = runs[:, skip:]
        parts = {
            "D": self._divergence(runs),
            "H": self._spectral(runs),
            "E": float(np.max(np.mean(self.outside(runs, 0.3), axis=1))),
            "F": self._forecast_error(model),
        }
        return parts | {"S": parts["D"] + 5 * parts["H"] + 5 * parts["E"] + parts["F"]}

    def _forecast_error(self, model):
        """Mean squared error of N_FORECASTS forecasts 1..HORIZON rows ahead, in variances.

        That of a row and column is `UNRELATED` at most, as of two that have nothing in common.
        """
        forecasts, true = self._forecasts(model)
        errors = np.abs(forecasts - true) / self.scale
        return float(np.mean(np.fmin(errors, np.sqrt(UNRELATED)) ** 2))

    def _forecasts(self, model):
        """Forecasts and the rows that they are of, both (N_FORECASTS, HORIZON, N)."""
        canonical, observation = model
        N = self.rows.shape[1]
        starts, true = self._ahead[:, 0, :N], self._ahead[:, 1:, :N]
        inputs = None if self.inputs is None else self._ahead[:, :-1, N:]
        states = canonical.simulate(observation.infer(starts), true.shape[1], inputs)
        return observation.observe(states), true

    def passed(self, model):
        """Share of verification runs that stay alive and in range, in [0, 1].

        N_VERIFY runs of up to 4000 rows must be finite, keep a fifth of the data's motion over
        quiet windows of that length in each column, and stay within 0.5 standard deviations of
        their range but for 2 percent of the rows.
        """
        n_steps = max(min(4000, self.n // 5), 2)
        runs = self._runs(model, N_VERIFY, 0.5, n_steps)
        runs = runs[np.all(np.abs(runs) < LARGEST, axis=(1, 2))]
        stays = np.mean(self.outside(runs, 0.5), axis=1) < 0.02
        return float(np.sum(self.moves(runs) & stays)) / N_VERIFY

    def moves(self, runs):
        """Whether runs (n_runs, n, N) keep a fifth of the data's motion over quiet windows."""
        length = min(runs.shape[1], max(map(len, self.segments)))
        windows = _windows(self.segments, length, N_VERIFY)
        quiet = np.quantile(windows.std(axis=1), 0.1, axis=0)
        return np.all(runs.std(axis=1) >= 0.2 * quiet, axis=1)

    def long_runs(self, model):
        """N_LONG runs without their first n / 4 rows: (N_LONG, n_long, N), or None."""
        skip = max(self.n // 4, 1)
        runs = self._run(model, N_LONG, 0.25, self.n_long(model) + skip)
        return None if runs is None else runs[:, skip:]

    def n_long(self, model):
        """Rows of a long run: n, of short data up to LONGER times as many.

        Models of 20,000 rows of the hyperchaotic Rossler system ran well for that long and had
        escaped within 125,000. Not so beside data that come to rest, where a long run is nothing
        but rest, and with inputs, which would have to be repeated and make a cycle of it.
        """
        if self.inputs is not None or not self.ends_alive:
            return self.n
        return max(self.n, min(LONGER * self.n, LARGEST_RUN, self._affordable(model)))

    def _affordable(self, model):
        """Rows that N_LONG runs at once may have: about a second of time, 32 MB of memory."""
        canonical = model[0]
        operations = 2 * N_LONG * canonical.latent_dim * canonical.W1.shape[1]
        return int(min(1e9 / operations, 4e6 / (N_LONG * self.rows.shape[1])))

    def long(self, runs):
        """Worst D + 5 H of the first and of the last n rows of the `long_runs`.

        Late capture by a fixed point or cycle shows here.
        """
        if runs is None:
            return DIVERGED
        scores = []
        for run in runs:
            parts = [run] if len(run) == self.n else [run[: self.n], run[-self.n :]]
            score = max(self._divergence(p[None]) + 5 * self._spectral([p]) for p in parts)
            scores.append(max(score, DIVERGED / 2) if self.dead(run) else score)
        return float(max(scores))

    def floor(self):
        """D, H and D + 5 H of the first half of the data against the second.

        What a model cannot be expected to beat; halves are shorter than the data, so it is high.
        """
        if self._floor is None:
            self._floor = self._disagreement()
        return dict(self._floor)

    def _disagreement(self):
        half, seen = len(self.rows) // 2, 0
        first, second = [], []
        for segment in self.segments:
            cut = min(max(half - seen, 0), len(segment))
            first.append(segment[:cut])
            second.append(segment[cut:])
            seen += len(segment)
        first, second = ([s for s in part if len(s) > 1] for part in (first, second))
        if not first or not second:
            return {"D": 0.0, "H": 0.0, "S": 0.0}
        other = FreeRunScore(second)
        parts = {
            "D": other._divergence(pooled(first)[None]),
            "H": other._spectral(first) if max(map(len, first)) >= other._length else 0.0,
        }
        return parts | {"S": parts["D"] + 5 * parts["H"]}

    def outside(self, runs, margin):
        """Whether each row of runs (..., N) left the data's range by `margin` deviations."""
        border = margin * self.scale
        return np.any((runs < self.low - border) | (runs > self.high + border), axis=-1)

    def dead(self, run):
        """Whether a run (n, N) has come to rest although the data have not."""
        return self.ends_alive and self._at_rest(run)

    def narrow(self, run):
        """Whether a run (n, N) spreads less than half as far as the data, in the mean column."""
        return self.ends_alive and bool(np.mean(run.std(axis=0) / self.scale) < 0.5)

    def _at_rest(self, run, share=0.02):
        tail = run[-max(len(run) // 10, 2) :]
        return bool(np.all(tail.std(axis=0) < share * self.scale))

    def _run(self, model, n_runs, offset, n_steps):
        runs = self._runs(model, n_runs, offset, n_steps)
        return runs if np.all(np.abs(runs) < LARGEST) else None

    def _runs(self, model, n_runs, offset, n_steps):
        """Free runs from equidistant rows, shifted by a share `offset` of their distance."""
        canonical, observation = model
        at = ((np.arange(n_runs) + offset) * len(self.starts) / n_runs).astype(int)
        at = np.minimum(at, len(self.starts) - 1)
        inputs = None
        if self.inputs is not None:
            inputs = self.inputs[(at[:, None] + np.arange(n_steps)) % len(self.inputs)]
        states = observation.infer(self.starts[at])
        return observation.observe(canonical.simulate(states, n_steps, inputs))

    def _divergence(self, runs):
        pooled = runs.reshape(-1, runs.shape[2])
        return float(np.mean([d.divergence(pooled[:, c]) for c, d in self._projections]))

    def _mean_spectrum(self, series):
        """Mean spectrum of the windows of some series, as many as n rows have."""
        stack = _windows(series, self._length, max(N_RUNS, self.n // self._length))
        # 20 bins at the resolution of the whole series, fewer at that of a window.
        return smoothed_spectrum(stack, sigma=20.0 * self._length / self.n)

    def _spectral(self, series):
        return spectral_distance(self._spectrum, self._mean_spectrum(series))


def _projections(n_columns):
    """Columns that are binned together: all up to five, else triples that cover all of them."""
    if n_columns <= 5:
        return [list(range(n_columns))]
    rng = np.random.default_rng(0)
    n_triples = max(5, -(-n_columns // 3))
    order = np.concatenate([rng.permutation(n_columns) for _ in range(4)])
    triples, at = [], 0
    while len(triples) < n_triples:
        triple = set(order[at : at + 3])
        at += 3
        if len(triple) == 3:  # two permutations may meet in it
            triples.append(sorted(triple))
    return triples


def _windows(segments, length, most):
    """Up to `most` consecutive windows of the segments, evenly chosen, (n, length, N)."""
    places = [(s, i) for s in segments for i in range(0, len(s) - length + 1, length)]
    chosen = np.linspace(0, len(places) - 1, min(len(places), most)).astype(int)
    return np.stack([places[k][0][places[k][1] : places[k][1] + length] for k in chosen])
