"""What free runs say of a model, beside rows that they know, and which of two is better."""

from dataclasses import dataclass, replace

import numpy as np

from .._recipe import RECIPE
from ._capture import captured
from ._outcome import CONVERGED, diagnose


@dataclass(frozen=True)
class Verdict:
    """Figures of a model's free runs beside some rows, and what becomes of it.

    Attributes
    ----------
    baseline : float
        D + 5 H of one half of the rows beside the other: what a model cannot be expected to beat.
    D, H, F : float
        Of the short runs: state space divergence, Hellinger distance of the spectra, and error of
        forecasts; see `FreeRunScore.short`.
    S : float
        D + 5 H + F.
    passed : float
        Share of the verification runs that stay alive and in range, in [0, 1].
    long, error : float
        Mean D + 5 H of the long runs, and its standard error.
    captured : float
        Share of runs from near a fixed point that it catches; NaN if it was not looked for.
    outcome : str
        See `diagnose`.
    driven : bool
        Whether noise drove the runs.
    """

    baseline: float
    D: float
    H: float
    F: float
    S: float
    passed: float
    long: float
    error: float
    captured: float
    outcome: str
    driven: bool = False

    @property
    def total(self):
        """What models of the same fate are compared by, less for a better one."""
        return self.S + self.long

    @property
    def rank(self):
        """What is less for a better model: its fate comes first.

        A model whose runs live as the data do is before others, one that catches none of them
        before one that does; a cycle may have the better sum.
        """
        captured = 0.0 if np.isnan(self.captured) else self.captured
        return (self.outcome != CONVERGED, captured, self.total)

    @property
    def is_good(self):
        """Whether the model is as near to the rows as these are to themselves."""
        near = is_near(self.D, self.H, self.baseline)
        near = near and self.long <= RECIPE.good * self.baseline
        return bool(near and self.outcome == CONVERGED and self.captured == 0)

    def is_as_near(self, other):
        """Whether a model is not farther than another beside the same rows, but for chance.

        That is one standard error of the difference of long runs. Fate comes first.
        """
        if self.rank[:2] != other.rank[:2]:
            return self.rank < other.rank
        return bool(self.total <= other.total + np.hypot(self.error, other.error))

    def is_progress(self, before):
        """Whether a model is so much nearer than another that going on is worth it."""
        if self.rank[:2] != before.rank[:2]:
            return self.rank < before.rank
        return bool(self.total <= RECIPE.progress * before.total)

    @property
    def is_searched(self):
        """Whether what may catch its runs was looked for, or does not matter."""
        return self.outcome != CONVERGED or not np.isnan(self.captured)

    def record(self):
        """What the fit keeps of it, beside the figures of the short runs."""
        said = {
            name: getattr(self, name)
            for name in ("baseline", "passed", "long", "error", "total", "outcome", "driven")
        }
        return said if np.isnan(self.captured) else said | {"captured": self.captured}


def is_near(D, H, baseline):
    """Whether short runs alone say that a model may be good; see `Verdict.is_good`."""
    return bool(D + RECIPE.spectrum * H <= RECIPE.good * baseline)


@np.errstate(all="ignore")
def verify(score, maps, short):
    """Verdict on a model without a look for what would catch its runs, which takes longest.

    Parameters
    ----------
    score : FreeRunScore
    maps : (CanonicalMap, observation)
    short : dict
        What `score.short` says of it.
    """
    runs, passed = score.long_runs(maps), score.passed(maps)
    long, error = score.long(runs)
    return Verdict(
        score.floor()["S"],
        **short,
        passed=passed,
        long=long,
        error=error,
        captured=np.nan,
        outcome=diagnose(runs, passed, score),
        driven=score.driving is not None,
    )


@np.errstate(all="ignore")
def judge(score, maps):
    """Whole verdict on a model (map, observation), by a `FreeRunScore`."""
    return caught(score, maps, verify(score, maps, score.short(maps)))


@np.errstate(all="ignore")
def caught(score, maps, verdict):
    """The verdict with the share `captured`, if it converged: else it catches itself."""
    if verdict.is_searched:
        return verdict
    return replace(verdict, captured=captured(score, maps))
