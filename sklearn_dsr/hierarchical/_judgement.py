"""Free runs of some subjects of a family, compared with their rows."""

import numpy as np

from .._choice._free_run_score import FreeRunScore
from .._choice._outcome import CONVERGED
from .._choice._verdict import verify
from .._recipe import BUDGET


class Judgement:
    """Verdicts on families by the free runs of evenly chosen subjects.

    Parameters
    ----------
    observed, rows : Cohort
        Rows as measured, and the rows that judge, smoothed if noise was found.

    Attributes
    ----------
    numbers : ndarray of int
        The subjects that are judged.
    """

    def __init__(self, observed, rows):
        J = len(rows.rows)
        self.numbers = np.unique(np.linspace(0, J - 1, min(J, BUDGET.n_judged)).astype(int))
        self._cohort = rows.some(self.numbers)
        N = rows.n_columns

        def score(used, seen):
            visited = np.concatenate([part[:, :N] for part in seen.segments(min_rows=2)])
            return FreeRunScore(used.segments(min_rows=2), rows.n_inputs, visited=visited)

        self._scores = self._cohort.each(score, [observed.rows[j] for j in self.numbers])

    def verdicts(self, family, learned):
        """Verdict on the map of each subject."""
        return self._each(
            lambda score, maps: verify(score, maps, score.short(maps)), family, learned
        )

    def _each(self, function, family, learned):
        def one(rows, score, known, own):
            with np.errstate(all="ignore"):
                return function(score, family.maps(np.concatenate([known, own])))

        return self._cohort.each(one, self._scores, self._cohort.known, learned[self.numbers])


def rank(verdicts):
    """Sort key of a family; lower is better: subjects that did not converge, then the score."""
    failed = sum(verdict.outcome != CONVERGED for verdict in verdicts)
    return failed, float(np.median([verdict.total for verdict in verdicts]))
