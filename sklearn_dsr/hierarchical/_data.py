"""Rows of a cohort, standardised, and work on all of its subjects in threads."""

from dataclasses import dataclass, replace
from threading import Event

import numpy as np

from .._data.trajectories import Trajectories
from .._maps._observation import IdentityObservation
from .._recipe import BUDGET
from .._training._regression import Steps
from .._training._threads import map_jobs
from ..reconstruction._system import smooth_rows


@dataclass(frozen=True)
class Cohort:
    """Standardised rows of all subjects, and their known features.

    Attributes
    ----------
    rows : list of Trajectories
        Columns and inputs (N + K) of each subject.
    known : ndarray of shape (J, p)
        Standardised control parameters.
    n_inputs : int
        External inputs K, the last columns.
    n_jobs : int or None
        Threads, as in joblib. No result depends on it.
    """

    rows: list[Trajectories]
    known: np.ndarray
    n_inputs: int
    n_jobs: int | None

    @property
    def n_columns(self):
        """Number N of columns that the maps predict."""
        return self.rows[0].values.shape[1] - self.n_inputs

    def with_rows(self, rows):
        """The same cohort with other rows, for instance smoothed ones."""
        return replace(self, rows=rows)

    def some(self, numbers):
        """A cohort of some of the subjects."""
        rows = [self.rows[j] for j in numbers]
        return replace(self, rows=rows, known=self.known[numbers])

    def thinned(self):
        """The same cohort, with evenly chosen pieces of long trajectories."""
        most = max(BUDGET.start_rows // len(self.rows), BUDGET.context)
        return self.with_rows([rows.thinned(most) for rows in self.rows])

    def alone(self, rows, known):
        """A cohort of one subject."""
        return Cohort([rows], known[None], self.n_inputs, 1)

    def each(self, function, *lists):
        """Results of ``function(rows, ...)`` for each subject, in threads.

        Raises
        ------
        KeyboardInterrupt
            If it comes while threads run.
        """
        jobs, stop = list(zip(self.rows, *lists, strict=True)), Event()
        results = map_jobs(lambda job: function(*job), jobs, self.n_jobs, stop)
        if stop.is_set():
            raise KeyboardInterrupt
        return results

    def steps(self):
        """Steps of each subject, together at most `BUDGET.start_rows`."""
        most, N = max(BUDGET.start_rows // len(self.rows), 1), self.n_columns
        observation = IdentityObservation(np.zeros((0, N)))
        return self.each(
            lambda rows: Steps.of(observation, N, rows, most, np.random.default_rng(0))
        )

    def smoothed(self, family, learned):
        """Rows smoothed along the map of each subject, and the ratio of its noise.

        The ratio is that of `smooth_rows`; rows that would not be finite stay as they are, with the
        ratio 0.
        """
        N = self.n_columns

        def one(rows, known, own):
            with np.errstate(all="ignore"):
                along, ratio = smooth_rows(*family.maps(np.concatenate([known, own])), rows)
            spans = zip(rows.starts, rows.stops, strict=True)
            if not all(np.isfinite(along[a:b]).all() for a, b in spans):
                return rows, 0.0
            values = rows.values.copy()
            values[:, :N] = along
            return rows.with_values(values), ratio

        smoothed, ratios = zip(*self.each(one, self.known, learned), strict=True)
        return self.with_rows(list(smoothed)), np.array(ratios)
