"""Data of a fit, in the forms for training, smoothing and model choice."""

from dataclasses import dataclass

import numpy as np

from .._choice._free_run_score import FreeRunScore
from .._data.trajectories import Trajectories
from .._recipe import BUDGET, RECIPE
from .._training._windows import WindowSampler
from ._start import standardised

DTYPE = np.float32  # during the training; everything else uses float64


@dataclass(frozen=True)
class FitData:
    """Data that all architectures of a fit share.

    Attributes
    ----------
    rows : ndarray of shape (n_rows, N + K)
        Standardised rows without missing values, in the precision of the training.
    seen : ndarray of bool, shape (n_rows, N), or None
        Which values were measured and not filled in; None if all were.
    n_steps : int
        Steps of a training window.
    sampler : WindowSampler
    thinned : Trajectories
        X in its units, or evenly chosen pieces of a long series.
    sample : Trajectories
        The standardised pieces in float64, or all of X if missing values are filled in.
    score : FreeRunScore
        Score of free runs, compared with the sample.
    first : ndarray of shape (N,)
        First row of the sample, without its inputs.
    """

    rows: np.ndarray
    seen: np.ndarray | None
    n_steps: int
    sampler: WindowSampler
    thinned: Trajectories
    sample: Trajectories
    score: FreeRunScore
    first: np.ndarray

    def closeness(self, maps):
        """S of short free runs of a model (map, observation), smaller if closer to the sample."""
        return self.score.short(maps)["S"]

    @classmethod
    def of(cls, trajectories, scales, n_inputs, n_steps, *, masked):
        """Data of a fit.

        Parameters
        ----------
        trajectories : Trajectories
            X in its units.
        scales : (ndarray, ndarray)
            Mean and scale of each column.
        n_inputs : int
            External inputs K, the last columns.
        n_steps : int
            Steps of a training window.
        masked : bool
            Whether missing values are filled in; else their rows are gaps.
        """
        starts, stops, dtype = trajectories.starts, trajectories.stops, DTYPE
        n_columns = trajectories.values.shape[1] - n_inputs
        thinned, seen, complete = trajectories.thinned(BUDGET.data_rows), None, None
        if masked and any(np.isnan(segment).any() for segment in trajectories.segments()):
            seen = ~np.isnan(trajectories.values[:, :n_columns])
            sample = trajectories.with_values(standardised(trajectories.values, *scales)).filled()
            with np.errstate(over="ignore"):  # such values become infinite
                rows = sample.values.astype(dtype, copy=False)
            complete = _complete(sample, seen)
        else:
            # The sample is a part of a long series, so only `rows`, half of X, costs memory.
            rows = standardised(trajectories.values, *scales, dtype)
            sample = thinned.with_values(standardised(thinned.values, *scales))
        segments = sample.segments(min_rows=2)
        score = FreeRunScore(segments, n_inputs, complete, visited=complete)
        sampler = WindowSampler(starts, stops, n_steps + 1)
        first = segments[0][0, :n_columns]
        return cls(rows, seen, n_steps, sampler, thinned, sample, score, first)


def _complete(trajectories, seen):
    """Rows (n, N) without missing values if more than a tenth of all rows, else None."""
    at = seen.all(axis=1)
    return trajectories.values[at, : seen.shape[1]] if at.mean() > RECIPE.small else None
