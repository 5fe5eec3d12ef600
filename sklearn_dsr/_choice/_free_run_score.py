"""Score a model by comparing its free runs with the training data.

A free run is a simulation without forcing, from a row of the data. The score is S = D + 5 H + F:
D is the state space divergence of all runs together, H the Hellinger distance of their mean
spectrum, and F the error of forecasts up to a hundred rows ahead. F separates models that have the
same attractor and spectrum.
"""

from copy import copy

import numpy as np

from .._core import linalg
from .._data.trajectories import pooled
from .._data.validation import LARGEST
from .._recipe import BUDGET, RECIPE, UNRELATED
from ._distance import Distance, windows


class FreeRunScore:
    """Free runs of a model compared with the data it was trained on.

    Parameters
    ----------
    segments : list of ndarray of shape (n_i, N + K)
        Gap-free pieces of the internally standardised training data, with at least 2 rows each.
    n_inputs : int, default=0
        Number K of external inputs, the last columns. A free run takes the inputs of the rows after
        its start; after the last row it starts again at the first.
    complete : ndarray of shape (n, N), default=None
        Rows for D in place of all rows. If missing values were filled in, these are the rows
        without any.
    visited : ndarray of shape (n, N), default=None
        Rows for `captured` (see `_capture.py`) in place of all rows. If the rows are smoothed,
        these are the noisy ones, which come nearer to fixed points. They hold no filled-in values,
        which may lie on a fixed point.
    driving : ndarray of shape (N, N), default=None
        Root of the covariance of the noise that drives all runs, in the units of the rows. None
        runs without noise. Forecasts never have noise.

    Attributes
    ----------
    distance : Distance
        Distance of runs from the data.
    starts : ndarray of shape (n_rows, N)
        Rows that runs start from: all rows, or those that `starting_from` sets.
    ends_alive : bool
        Whether the data still move at their end.
    """

    def __init__(self, segments, n_inputs=0, complete=None, visited=None, driving=None):
        N, whole = segments[0].shape[1] - n_inputs, segments
        self._floor = None  # computed at first use
        self.driving = driving
        self.inputs = pooled([s[:, N:] for s in segments]) if n_inputs else None
        self.segments = segments = [s[:, :N] for s in segments]
        self.rows = self.starts = pooled(segments)
        self.visited = self.rows if visited is None else visited
        spread = self.rows.std(axis=0)
        # A constant column, up to rounding, keeps its unit.
        self.scale = np.where(spread > 1e-13 * np.abs(self.rows).max(axis=0), spread, 1.0)
        self.flat = spread <= 1e-13 * np.abs(self.rows).max(axis=0)
        self.low, self.high = self.rows.min(axis=0), self.rows.max(axis=0)
        self.distance = Distance(self.rows, segments, complete)
        self.n = self.distance.n
        # Rows that forecasts start from, and the rows to be forecast.
        n_rows = int(min(BUDGET.forecast_rows + 1, self.distance.usual))
        self._ahead = windows(whole, n_rows, BUDGET.n_forecasts)
        # If the data come to rest themselves, rest is no error of a model.
        self.ends_alive = not self._at_rest(max(segments, key=len))

    def starting_from(self, segments):
        """Return the same score with runs that start from rows of other segments (n_i, N + K)."""
        other, N = copy(self), self.rows.shape[1]
        other.starts = pooled([s[:, :N] for s in segments])
        if self.inputs is not None:
            other.inputs = pooled([s[:, N:] for s in segments])
        return other

    def driven(self, driving):
        """Return the same score with runs driven by noise."""
        other = copy(self)
        other.driving = driving
        return other

    def short(self, maps):
        """Score of some runs with n rows in total: a dict with D, H, F and S = D + 5 H + F.

        D and S are infinite if a run is not finite.
        """
        skip, n_runs = self.n // BUDGET.settling, BUDGET.n_runs
        runs = self._run(maps, n_runs, 0.0, max(self.n // n_runs, self.distance.length) + skip)
        if runs is None:
            return {"D": np.inf, "H": 1.0, "F": UNRELATED, "S": np.inf}
        runs = runs[:, skip:]
        parts = {
            "D": self.distance.divergence(runs),
            "H": self.distance.spectral(runs),
            "F": self._forecast_error(maps),
        }
        return parts | {"S": self.distance.sum(parts["D"], parts["H"]) + parts["F"]}

    def _forecast_error(self, maps):
        """Mean squared error of forecasts 1 to 100 rows ahead, in variances.

        The error of each value is at most `UNRELATED`, the error between two independent values.
        """
        forecasts, true = self._forecasts(maps)
        errors = np.abs(forecasts - true) / self.scale
        return float(np.mean(np.fmin(errors, np.sqrt(UNRELATED)) ** 2))

    def _forecasts(self, maps):
        """Forecasts and the true rows, both (n_forecasts, n_rows, N)."""
        canonical, observation = maps
        N = self.rows.shape[1]
        starts, true = self._ahead[:, 0, :N], self._ahead[:, 1:, :N]
        inputs = None if self.inputs is None else self._ahead[:, :-1, N:]
        states = canonical.simulate(observation.infer(starts), true.shape[1], inputs)
        return self._still(observation.observe(states)), true

    def passed(self, maps):
        """Share of verification runs that stay alive and in range, in [0, 1].

        A run of up to 4000 rows passes if it is finite, if each column moves at least a fifth as
        much as quiet windows of the data of that length, and if at most a tenth of its rows leave
        the range.
        """
        n_steps = self._affordable(maps, BUDGET.n_verify)
        n_steps = max(min(BUDGET.verified_rows, self.n // 4, n_steps), 2)
        runs = self._runs(maps, BUDGET.n_verify, 0.5, n_steps)
        runs = runs[np.all(np.abs(runs) < LARGEST, axis=(1, 2))]
        stays = self.share_outside(runs) <= RECIPE.small
        return float(np.sum(self.moves(runs) & stays)) / BUDGET.n_verify

    def moves(self, runs):
        """Whether runs (n_runs, n, N) move at least a fifth as much as quiet parts of the data."""
        length = min(runs.shape[1], max(map(len, self.segments)))
        stack = windows(self.segments, length, BUDGET.n_verify)
        quiet = np.quantile(stack.std(axis=1), RECIPE.small, axis=0)
        return np.all(runs.std(axis=1) >= RECIPE.still * quiet, axis=1)

    def long_runs(self, maps):
        """Some runs without their first n / 4 rows, (n_runs, n_long, N); None if not finite."""
        skip = max(self.n // 4, 1)
        runs = self._run(maps, BUDGET.n_long, 1 / 4, self.n_long(maps) + skip)
        return None if runs is None else runs[:, skip:]

    def n_long(self, maps):
        """Rows of a long run: n, and up to ten times as many for short data.

        A model of short data can leave the data's range late. Data that come to rest need no longer
        run, which would be at rest for most of its rows. With inputs, a longer run would repeat the
        inputs and become periodic.
        """
        if self.inputs is not None or not self.ends_alive:
            return self.n
        return max(
            self.n,
            min(BUDGET.longer * self.n, BUDGET.run_rows, self._affordable(maps, BUDGET.n_long)),
        )

    def _affordable(self, maps, n_runs):
        """Rows of each of some simultaneous runs that take about a second and 32 MB."""
        operations = 2 * maps[0].latent_dim * maps[0].W1.shape[1]
        most = min(BUDGET.long_work / operations, BUDGET.long_numbers / self.rows.shape[1])
        return int(most / n_runs)

    def long(self, runs):
        """Mean of D + 5 H over the `long_runs`, and its standard error.

        Each run counts with the worse of its first and its last n rows: a late capture shows in the
        last.
        """
        if runs is None:
            return np.inf, 0.0
        n = self.n
        scores = [
            max(self.distance.of(end[None]) for end in ends)
            for ends in ([run[:n], run[-n:]] if len(run) > n else [run] for run in runs)
        ]
        return float(np.mean(scores)), float(np.std(scores, ddof=1) / np.sqrt(len(scores)))

    def floor(self):
        """D, H and D + 5 H of one half of the data against the other; see `Distance.floor`."""
        if self._floor is None:
            self._floor = self.distance.floor()
        return dict(self._floor)

    def outside(self, runs, margin=RECIPE.margin):
        """Whether each row of runs (..., N) leaves the data's range by `margin` deviations."""
        return np.any(self._beyond(runs, margin), axis=-1)

    def _beyond(self, runs, margin):
        border = margin * self.scale
        return (runs < self.low - border) | (runs > self.high + border)

    def share_outside(self, runs):
        """Share of the rows of runs (..., n, N) out of range; of the values if noise drives them.

        Noise has tails, so with many columns one of them is often outside.
        """
        if self.driving is None:
            return np.mean(self.outside(runs), axis=-1)
        return np.mean(self._beyond(runs, RECIPE.margin), axis=(-2, -1))

    def dead(self, run):
        """Whether a run (n, N) has come to rest although the data have not."""
        return self.ends_alive and self._at_rest(run)

    def narrow(self, run):
        """Whether a run (n, N) spreads less than half as far as the data, in the mean column."""
        ratio = (run.std(axis=0) / self.scale)[~self.flat]
        return self.ends_alive and bool(np.mean(ratio) < RECIPE.narrow)

    def _at_rest(self, run):
        tail = run[-max(int(RECIPE.small * len(run)), 2) :]
        return bool(np.all(tail.std(axis=0) < RECIPE.small * RECIPE.narrow * self.scale))

    def _run(self, maps, n_runs, offset, n_steps):
        runs = self._runs(maps, n_runs, offset, n_steps)
        return runs if np.all(np.abs(runs) < LARGEST) else None

    def _runs(self, maps, n_runs, offset, n_steps):
        """Free runs from equidistant rows, shifted by the share `offset` of their distance."""
        canonical, observation = maps
        at = ((np.arange(n_runs) + offset) * len(self.starts) / n_runs).astype(int)
        at = np.minimum(at, len(self.starts) - 1)
        inputs = None
        if self.inputs is not None:
            inputs = self.inputs[(at[:, None] + np.arange(n_steps)) % len(self.inputs)]
        states = observation.infer(self.starts[at])
        if self.driving is not None:
            noise = np.random.default_rng(0).standard_normal((n_runs, n_steps, len(self.driving)))
            inputs = noise if inputs is None else np.concatenate([inputs, noise], axis=2)
            canonical = canonical.driven(linalg.product(observation.inverse, self.driving))
        return self._still(observation.observe(canonical.simulate(states, n_steps, inputs)))

    def _still(self, runs):
        """Runs (..., N) whose constant columns are set to the constant of the data."""
        if not self.flat.any():
            return runs
        return np.where(self.flat & np.isfinite(runs), self.rows[0], runs)
