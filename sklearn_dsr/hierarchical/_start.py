"""First stage of a hierarchical fit: smooth and regress in turn, choose a size, draw families."""

from dataclasses import dataclass

import numpy as np

from .._choice._held_out import HeldOut, is_better, summary
from .._data.validation import is_auto
from .._recipe import BUDGET, RECIPE
from ._data import Cohort
from ._family import Family
from ._regression import Moments, alternate


@dataclass(frozen=True)
class Started:
    """Result of the first stage.

    Attributes
    ----------
    drawn : list of (Family, ndarray of shape (J, k))
        Families with different kinks, and the learned features of the subjects in each.
    cohort : Cohort
        Rows that the families are fitted to, smoothed if noise was found.
    noisy : bool
        Whether noise was found.
    forecasts : dict of ndarray of shape (n, H)
        Squared errors of the forecasts of held-out rows by "model", "linear", "persistence" and
        "mean"; empty with too few rows.
    """

    drawn: list[tuple[Family, np.ndarray]]
    cohort: Cohort
    noisy: bool
    forecasts: dict

    @property
    def held_out_errors(self):
        """Root mean squared errors per horizon, name -> list of H, in standard deviations."""
        squares = {name: np.mean(errors, axis=0) for name, errors in self.forecasts.items()}
        return {name: np.sqrt(values).tolist() for name, values in squares.items()}


def start(cohort, n_learned, hidden_dim, rng):
    """Families by regression.

    Parameters
    ----------
    cohort : Cohort
    n_learned : int
        Number of features to learn.
    hidden_dim : int or "auto"
        "auto" chooses by the forecasts of held-out rows.
    rng : numpy.random.Generator

    Returns
    -------
    Started
    """
    sizes = _sizes(cohort, n_learned, hidden_dim)
    learned = _first_features(cohort, n_learned, sizes, rng)
    smoothed, learned = _smoothed(cohort, learned, sizes, rng)
    noisy = smoothed is not None and not _is_spoilt(cohort, smoothed)
    used = smoothed if noisy else cohort
    if noisy and len(sizes) == len(RECIPE.sizes):
        sizes = sizes[:-1]  # noise hides the gain of the last
    forecasts, size, penalties = _chosen(used, learned, sizes, rng)
    steps = used.steps()
    work = sum(len(s.z) for s in steps) * max(size, 1) ** 2
    n_draws = int(np.clip(BUDGET.draw_work / work, 1, BUDGET.n_draws)) if size else 1
    drawn = []
    for _ in range(n_draws):
        moments = Moments.of(steps, size, rng)
        weights, own = alternate(moments, used.known, learned, penalties, BUDGET.n_turns)
        drawn.append((moments.family(weights), own))
    return Started(drawn, used, noisy, forecasts)


def _sizes(cohort, n_learned, hidden_dim):
    """Numbers of hidden units to try: each adds weights for every feature."""
    if not is_auto(hidden_dim):
        return [int(hidden_dim)]
    J, n = len(cohort.rows), sum(len(s.z) for s in cohort.steps())
    n_weights = 1 + cohort.known.shape[1] + n_learned
    rows = n // (RECIPE.rows_per_unit * n_weights)
    memory = np.sqrt(BUDGET.moments / (J + n_weights**2)) - cohort.rows[0].values.shape[1] - 1
    sizes = [size for size in RECIPE.sizes if size <= min(rows, memory)]
    return sizes or [max(int(min(rows, memory)), 1)]


def _first_features(cohort, n_learned, sizes, rng):
    """Features by many turns with few hidden units, on which they hardly depend.

    Turns that begin with a linear model may end elsewhere: the features that explain more stay.
    """
    known, steps, penalties = cohort.known, cohort.steps(), RECIPE.penalties[0]
    moments, found = Moments.of(steps, min(sizes[-1], RECIPE.sizes[0]), rng), []
    linear = alternate(Moments.of(steps, 0, rng), known, n_learned, penalties, BUDGET.first_turns)
    for begin in (n_learned, linear[1]) if n_learned else ():
        weights, learned = alternate(moments, known, begin, penalties, BUDGET.first_turns)
        features = np.concatenate([known, learned], axis=1)
        found.append((moments.explained(weights, features), learned))
    return max(found, key=lambda pair: pair[0])[1] if found else known[:, :0]


def _smoothed(cohort, learned, sizes, rng):
    """Rows after some rounds of regression and smoothing, None without noise, and the features."""
    penalties = RECIPE.penalties[0]
    used, smoothed, size = cohort, None, min(sizes[-1], BUDGET.cohort_units)
    for _ in range(BUDGET.start_rounds):
        moments = Moments.of(used.steps(), size, rng)
        if moments.copies:
            break  # the smoother assumes independent noise in all columns
        weights, learned = alternate(moments, used.known, learned, penalties, BUDGET.n_turns)
        found, ratios = cohort.smoothed(moments.family(weights), learned)
        if np.median(ratios) < RECIPE.least_noise:
            break
        used = smoothed = found
    return smoothed, learned


def _is_spoilt(cohort, smoothed):
    """Whether the removed part is correlated from row to row, unlike noise."""
    N, same, lagged = cohort.n_columns, 0.0, 0.0
    for rows, smooth in zip(cohort.rows, smoothed.rows, strict=True):
        for a, b in zip(rows.starts, rows.stops, strict=True):
            removed = rows.values[a:b, :N] - smooth.values[a:b, :N]
            same += np.sum(removed**2)
            lagged += np.sum(removed[:-1] * removed[1:])
    return bool(lagged > RECIPE.whiteness * same)


def _chosen(cohort, learned, sizes, rng):
    """Forecasts of held-out rows, and the size and the penalties that make the best ones."""
    last, K = (1 - 1 / BUDGET.n_folds, 1.0), cohort.n_inputs
    held = cohort.each(lambda rows: HeldOut.of(rows, K, last))
    if not any(held):
        return {}, sizes[-1], RECIPE.penalties[0]
    fitted = cohort.with_rows(
        [h.fitted if h else rows for h, rows in zip(held, cohort.rows, strict=True)]
    )
    n = sum(np.sum(rows.stops - rows.starts) for rows in cohort.rows)
    penalties = RECIPE.penalties if n < RECIPE.few_rows else RECIPE.penalties[:1]
    steps, seed = fitted.steps(), int(rng.integers(2**32))
    best = linear = None
    for size in [0, *sizes]:
        moments, here = Moments.of(steps, size, np.random.default_rng(seed)), None
        for pair in penalties:
            errors = _errors(held, fitted, moments, learned, pair)
            if here is None or summary(errors) < summary(here[0]):
                here = errors, size, pair
        linear = here[0] if linear is None else linear
        if best is None or is_better(here[0], best[0]):
            best = here
    if not best[1]:  # a model of one size was asked for, or none is better than a linear one
        best = (best[0], sizes[0], best[2])
    others = {
        "persistence": [h.errors_of_persistence() for h in held if h],
        "mean": [h.errors_of_the_mean() for h in held if h],
    }
    others = {name: _joined(errors) for name, errors in others.items()}
    return {"model": best[0], "linear": linear} | others, *best[1:]


def _errors(held, fitted, moments, learned, penalties):
    """Squared errors of the forecasts of the held-out rows of all subjects."""
    weights, own = alternate(moments, fitted.known, learned, penalties, 1)
    family = moments.family(weights)

    def one(rows, fold, known, own):
        return fold.errors(family.maps(np.concatenate([known, own]))) if fold else None

    return _joined([e for e in fitted.each(one, held, fitted.known, own) if e is not None])


def _joined(errors):
    """Errors of all subjects, cut to the shortest horizon."""
    horizon = min(e.shape[1] for e in errors)
    return np.concatenate([e[:, :horizon] for e in errors])
