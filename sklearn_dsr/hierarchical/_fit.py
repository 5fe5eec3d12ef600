"""A hierarchical fit: from subjects to the chosen family, its features, noise and verdicts."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from .._choice._held_out import is_better
from .._choice._outcome import CONVERGED, LINEAR, NOISE
from .._choice._verdict import Verdict
from ..reconstruction._noise import Along, Noise, noise_along
from ._data import Cohort
from ._family import Family
from ._features import estimate
from ._judgement import Judgement, rank
from ._refinement import refine
from ._start import start


@dataclass(frozen=True)
class Fitted:
    """Result of a fit.

    Attributes
    ----------
    family : Family
    learned : ndarray of shape (J, k)
        Learned features, estimated as those of new subjects are.
    noisy : bool
        Whether noise was found, so that new subjects are smoothed, too.
    stage : {"start", "refine"}
        Stage that the family comes from.
    outcome : str
        What the free runs do, see `FITTED` of the reconstructors.
    judged : ndarray of int
        Subjects that are judged by free runs.
    verdicts : list of Verdict
        Verdicts on them.
    noise : Noise
    held_out_errors : dict of list
    """

    family: Family
    learned: np.ndarray
    noisy: bool
    stage: str
    outcome: str
    judged: np.ndarray
    verdicts: list[Verdict]
    noise: Noise
    held_out_errors: dict


def fit_cohort(cohort: Cohort, n_learned, settings, rng, say):
    """Fit a family to a cohort.

    Parameters
    ----------
    cohort : Cohort
        Standardised rows as measured.
    n_learned : int
        Number of features to learn.
    settings : dict
        hidden_dim, n_steps, penalty, and stages, as the parameters of the reconstructor.
    rng : numpy.random.Generator
    say : callable (str)
        Prints a line of progress.

    Returns
    -------
    Fitted
    """
    whole, cohort = cohort, cohort.thinned()
    started = start(cohort, n_learned, settings["hidden_dim"], rng)
    n_units = len(started.drawn[0][0].h2)
    say(f"start: {n_units} hidden units, noise {'removed' if started.noisy else 'not found'}")
    judgement = Judgement(cohort, started.cohort)
    drawn, stage = [(judgement.verdicts(*own), own) for own in started.drawn], "start"
    verdicts, (family, learned) = min(drawn, key=lambda pair: rank(pair[0]))
    say(f"start: {_told(verdicts)}")
    if settings["stages"] == "refine":
        later = refine(
            cohort, family, learned, settings["n_steps"], settings["penalty"], noisy=started.noisy
        )
        after = judgement.verdicts(*later)
        say(f"refined: {_told(after)}")
        if rank(after) < rank(verdicts):
            (family, learned), verdicts, stage = later, after, "refine"
    # Fitted attributes round A_0, and the features are to be those of a transform, bit by bit.
    family = Family.from_parts(family.parts(), family.W2, family.h2)
    found = estimate(whole, family, noisy=started.noisy)
    return Fitted(
        family,
        found,
        started.noisy,
        stage,
        _outcome(verdicts, started.forecasts),
        judgement.numbers,
        verdicts,
        _noise(cohort.some(judgement.numbers), family, found[judgement.numbers]),
        started.held_out_errors,
    )


def _told(verdicts):
    failed, score = rank(verdicts)
    return f"{len(verdicts) - failed} of {len(verdicts)} subjects converged, score {score:.3g}"


def _outcome(verdicts, forecasts):
    """Outcome of most subjects, unless held-out rows cannot be forecast."""
    if forecasts:
        first = {name: errors[:, :1] for name, errors in forecasts.items()}
        if not any(is_better(first[name], first["mean"]) for name in ("model", "linear")):
            return NOISE
        if not is_better(forecasts["model"], forecasts["linear"]):
            return LINEAR
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    n = outcomes.pop(CONVERGED, 0)
    return CONVERGED if 2 * n >= len(verdicts) else outcomes.most_common(1)[0][0]


def _noise(cohort, family, learned):
    """Noise that the subjects share, estimated along the maps of the judged ones."""
    alongs = []
    for rows, known, own in zip(cohort.rows, cohort.known, learned, strict=True):
        maps = family.maps(np.concatenate([known, own]))
        alongs.append(Along(*maps, rows.segments(min_rows=2)))
    return noise_along(alongs)
