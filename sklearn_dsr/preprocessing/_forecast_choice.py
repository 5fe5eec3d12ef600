"""Number of delays by forecasts of rows held apart, made by regression."""

from dataclasses import replace

import numpy as np

from .._choice._held_out import folds, is_better, summary
from .._maps._observation import IdentityObservation
from .._maps._parametrizations import ShallowPLRNN
from .._recipe import BUDGET, RECIPE
from .._training._problem import maps_of
from .._training._regression import Regression, Steps
from ._windows import complete_spans, delay_vectors

# Most copies to try: a regression on m copies takes m^2 time, and 64 of lag 1 see far enough.
MOST_DELAYS = 64
# Rows for each value of a delay vector: a regression on more values than that fits the noise.
_ROWS_PER_VALUE = 6
# Past rows are worth it if they bring errors down by this share, and by what sampling noise makes
# of few rows: white noise must be left without delays.
_WORTH = 0.05
# Errors within this share of each other are equal: fewer copies are taken then.
_TIE = 0.01
# Errors below this, in deviations, are equal: nobody sees the difference.
_SMALL = 0.01


def lags_by_forecasts(trajectories, lag, max_delays, start=None):
    """Lags of the embedding whose regressions forecast rows held apart best, 0 alone for noise.

    A regression is linear, or has some random kinks, with the best of several ridge penalties: many
    short lags then do no harm. O(n m^2) time for m delays of n rows: a second or two for 3000 rows.

    Parameters
    ----------
    trajectories : Trajectories
    lag : int
        Rows between two copies.
    max_delays : int
    start : sequence of int, default=None
        Lags to keep where a model with kinks on them is better than a linear one on any others:
        there the series follows a nonlinear law that they unfold.

    Returns
    -------
    lags : ndarray of int
    errors : ndarray of shape (n_tried,)
        Errors with 1, 2, 4, ... copies, in deviations of a column: geometric mean over horizons of
        the root mean squares; empty if there are too few rows to hold some apart.
    """
    tried = _candidates(trajectories, lag, max_delays)
    kept = None if start is None else tuple(int(age) for age in start)
    span = kept[-1] if kept else 0
    # As far as the window that may be kept: a few rows ahead any smooth series is a line.
    series = _Series(trajectories, max(tried[-1][-1], span), max(RECIPE.horizon, span))
    linear = []
    for lags in tried:
        found = series.best(lags, [0])
        if found is None:
            return np.array(kept or (0,)), np.zeros(0)
        linear.append(found)
    best = min(linear, key=summary)
    if kept is not None:
        if is_better(series.best(kept, RECIPE.sizes[:2]), best):
            return np.array(kept), np.zeros(0)
    errors = []
    for lags, plain in zip(tried, linear, strict=True):
        kinked = series.best(lags, RECIPE.sizes[:1])
        errors.append(min(plain, kinked, key=summary))
    summaries = np.array([summary(e) for e in errors])
    chosen = int(np.argmax(summaries <= max(summaries.min(), np.log(_SMALL)) + _TIE))
    if summaries[0] - summaries[chosen] < _WORTH + 1.0 / np.sqrt(series.n_rows):
        chosen = 0
    return np.array(tried[chosen]), np.exp(summaries)


def _candidates(trajectories, lag, max_delays):
    """Lags (tuples) of 1, 2, 4, ... copies that the rows are enough for."""
    d = trajectories.values.shape[1]
    most = int(np.sum(trajectories.stops - trajectories.starts)) // (_ROWS_PER_VALUE * d)
    most = min(most, max_delays, MOST_DELAYS // d, trajectories.longest // (2 * lag))
    return [tuple(lag * np.arange(2**k)) for k in range(1 + int(np.log2(max(most, 1))))]


class _Series:
    """Standardised rows whose past is complete for all embeddings that are compared."""

    def __init__(self, trajectories, past, horizon):
        rows = np.concatenate(trajectories.segments())
        scale = rows.std(axis=0)
        self._values = (trajectories.values - rows.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
        self._trajectories = trajectories
        spans = [*complete_spans(trajectories, past)]
        self._horizon = horizon
        self._spans = np.array(spans, dtype=np.int64).reshape(-1, 2)
        self.n_rows = int(np.sum(self._spans[:, 1] - self._spans[:, 0]))

    def best(self, lags, sizes):
        """Squared errors (n, H) of forecasts of the present rows by the best regression.

        Of some numbers of kinks, and all penalties; the origins are the same for all `lags`. None
        if there are too few rows.
        """
        values, d = self._values, self._values.shape[1]
        vectors = np.full((len(values), d * len(lags)), np.nan)
        for a, b in self._spans:
            vectors[a:b] = delay_vectors(values, np.arange(a, b), lags)
        starts, stops = np.ascontiguousarray(self._spans.T)
        held = folds(
            replace(self._trajectories, values=vectors, starts=starts, stops=stops),
            0,
            self._horizon,
        )
        if not held:
            return None
        M, rng, best = vectors.shape[1], np.random.default_rng, None
        observation = IdentityObservation(np.zeros((0, M)))
        most = BUDGET.smoothing_rows
        steps = [Steps.of(observation, M, fold.fitted, most, rng(0)) for fold in held]
        for hidden_dim in sizes:
            parametrization = ShallowPLRNN(latent_dim=M, hidden_dim=hidden_dim, linear="dense")
            fits = [Regression(parametrization, s, hidden_dim, rng(0)) for s in steps]
            for penalties in RECIPE.penalties:
                parts = [
                    fold.errors(maps_of(parametrization, fit.solve(penalties), M), d)
                    for fold, fit in zip(held, fits, strict=True)
                ]
                horizon = min(part.shape[1] for part in parts)
                errors = np.concatenate([part[:, :horizon] for part in parts])
                if best is None or summary(errors) < summary(best):
                    best = errors
        return best
