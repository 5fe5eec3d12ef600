"""Verdict on a model from its free runs and known rows, and which of two verdicts is better."""

from dataclasses import dataclass, replace

import numpy as np

from .._recipe import RECIPE
from ._capture import captured
from ._outcome import CONVERGED, diagnose


@dataclass(frozen=True)
class Verdict:
    """Scores of a model's free runs compared with some rows, and its outcome.

    Attributes
    ----------
    baseline : float
        D + 5 H of one half of the rows against the other. No model is expected to score lower.
    D, H, F : float
        State space divergence, Hellinger distance of the spectra, and forecast error of the short
        runs; see `FreeRunScore.short`.
    S : float
        D + 5 H + F.
    passed : float
        Share of the verification runs that stay alive and in range, in [0, 1].
    long, error : float
        Mean D + 5 H of the long runs, and its standard error.
    captured : float
        Share of runs from near a fixed point that stay there; NaN if not searched for.
    outcome : str
        See `diagnose`.
    driven : bool
        Whether noise drives the runs.
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
        """Score for comparing models with the same outcome; lower is better."""
        return self.S + self.long

    @property
    def rank(self):
        """Sort key of a model; lower is better.

        A model that converged comes first, then one that catches no runs, then the one with the
        lower total. The total alone could prefer a cycle.
        """
        captured = 0.0 if np.isnan(self.captured) else self.captured
        return (self.outcome != CONVERGED, captured, self.total)

    @property
    def is_good(self):
        """Whether the model is about as close to the rows as their halves are to each other."""
        near = is_near(self.D, self.H, self.baseline)
        near = near and self.long <= RECIPE.good * self.baseline
        return bool(near and self.outcome == CONVERGED and self.captured == 0)

    def is_as_near(self, other):
        """Whether this model is at least as close to the same rows as another, up to chance.

        Outcome and capture decide first. Chance is one standard error of the difference of long
        runs.
        """
        if self.rank[:2] != other.rank[:2]:
            return self.rank < other.rank
        return bool(self.total <= other.total + np.hypot(self.error, other.error))

    def is_progress(self, before):
        """Whether this model is enough closer than an earlier one to be worth another round."""
        if self.rank[:2] != before.rank[:2]:
            return self.rank < before.rank
        return bool(self.total <= RECIPE.progress * before.total)

    @property
    def is_searched(self):
        """Whether fixed points that catch runs were searched for, or do not matter."""
        return self.outcome != CONVERGED or not np.isnan(self.captured)

    def record(self):
        """What the fit keeps of the verdict, in addition to the scores of the short runs."""
        said = {
            name: getattr(self, name)
            for name in ("baseline", "passed", "long", "error", "total", "outcome", "driven")
        }
        return said if np.isnan(self.captured) else said | {"captured": self.captured}


def is_near(D, H, baseline):
    """Whether a model can be good according to its short runs alone; see `Verdict.is_good`."""
    return bool(D + RECIPE.spectrum * H <= RECIPE.good * baseline)


@np.errstate(all="ignore")
def verify(score, maps, short):
    """Verdict on a model without the search for fixed points that catch runs, which takes longest.

    Parameters
    ----------
    score : FreeRunScore
    maps : (CanonicalMap, observation)
    short : dict
        Result of `score.short` for this model.
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
    """The verdict with the share `captured`, if the model converged."""
    if verdict.is_searched:
        return verdict
    return replace(verdict, captured=captured(score, maps))
