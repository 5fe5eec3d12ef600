"""The data of a fit, in the forms that its training, its smoothing and its choice need."""

from dataclasses import dataclass

import numpy as np

from .._choice._free_run_score import FreeRunScore
from .._data.trajectories import Trajectories
from .._recipe import BUDGET, RECIPE
from .._training._windows import WindowSampler
from ._start import standardised

DTYPE = np.float32  # of the training; everything after it is float64


@dataclass(frozen=True)
class FitData:
    """What all architectures that a fit tries have in common.

    Attributes
    ----------
    rows : ndarray of shape (n_rows, N + K)
        Standardised, without missing values, in the precision of the training.
    seen : ndarray of bool, shape (n_rows, N), or None
        Which values of the rows are no stand-ins for missing ones; None if all are.
    n_steps : int
        Steps of a training window.
    sampler : WindowSampler
    pieces : Trajectories
        X in its units; of a long series evenly chosen pieces, which are enough to smooth.
    sample : Trajectories
        The pieces standardised in float64; with missing values to fill in, all of X.
    score : FreeRunScore
        Beside the sample.
    first : ndarray of shape (N,)
        First row of the sample, without its inputs.
    """

    rows: np.ndarray
    seen: np.ndarray | None
    n_steps: int
    sampler: WindowSampler
    pieces: Trajectories
    sample: Trajectories
    score: FreeRunScore
    first: np.ndarray

    def closeness(self, model):
        """S of short free runs of a model (map, observation) beside the sample, less if nearer."""
        return self.score.short(model)["S"]

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
            Whether a missing value is filled in, and not a gap.
        """
        starts, stops, dtype = trajectories.starts, trajectories.stops, DTYPE
        n_columns = trajectories.values.shape[1] - n_inputs
        pieces, seen, complete = trajectories.thinned(BUDGET.data_rows), None, None
        if masked and any(np.isnan(segment).any() for segment in trajectories.segments()):
            seen = ~np.isnan(trajectories.values[:, :n_columns])
            sample = trajectories.with_values(standardised(trajectories.values, *scales)).filled()
            with np.errstate(over="ignore"):  # what is too large becomes infinite, and diverges
                rows = sample.values.astype(dtype, copy=False)
            complete = _complete(sample, seen)
        else:
            # The sample is but a part of a long series: half the memory of X beside it is enough.
            rows = standardised(trajectories.values, *scales, dtype)
            sample = pieces.with_values(standardised(pieces.values, *scales))
        segments = sample.segments(min_rows=2)
        score = FreeRunScore(segments, n_inputs, complete, visited=complete)
        sampler = WindowSampler(starts, stops, n_steps + 1)
        first = segments[0][0, :n_columns]
        return cls(rows, seen, n_steps, sampler, pieces, sample, score, first)


def _complete(trajectories, seen):
    """Rows (n, N) without a missing value, if they are a tenth of all rows; else None."""
    at = seen.all(axis=1)
    return trajectories.values[at, : seen.shape[1]] if at.mean() > RECIPE.small else None
