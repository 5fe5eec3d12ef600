"""Judge a model by runs that take longer: verification, long runs, and what would catch them."""

import numpy as np

from ._capture import captured
from ._outcome import CONVERGED, diagnose


@np.errstate(all="ignore")
def verified_total(score, model):
    """Score of a model as a choice sees it: short runs, verification, long runs, and capture.

    Parameters
    ----------
    score : FreeRunScore
    model : (CanonicalMap, observation)

    Returns
    -------
    float
        S + 10 (1 - passed + captured) + long, in the terms of `FreeRunScore` and `captured`.
    """
    verdict, _ = verify(score, model, score.short(model)["S"])
    return caught(score, verdict, model)["total"]


@np.errstate(all="ignore")
def verify(score, model, S):
    """Verdict on a model with the score S of its short runs, a dict, and its outcome."""
    runs, passed = score.long_runs(model), score.passed(model)
    verdict = {"passed": passed, "long": score.long(runs)}
    verdict["total"] = S + 10 * (1 - passed) + verdict["long"]
    return verdict, diagnose(runs, passed, score)


@np.errstate(all="ignore")
def caught(score, verdict, model):
    """The verdict with the share `captured`, which takes as long as all the rest."""
    share = captured(score, model)
    return verdict | {"captured": share, "total": verdict["total"] + 10 * share}


def rank_of(outcome, total):
    """What is less for a better model: one that wanders as the data do comes first.

    A cycle may have the better sum.
    """
    return (outcome != CONVERGED, total)
