"""Number of delays, by the forecasts of regressions on held-out rows."""

from dataclasses import replace

import numpy as np

from .._choice._held_out import folds, is_better, summary
from .._maps._observation import IdentityObservation
from .._maps._parametrizations import ShallowPLRNN
from .._recipe import BUDGET, RECIPE
from .._training._problem import maps_of
from .._training._regression import Regression, Steps
from ._windows import complete_spans, delay_vectors

# Largest number of copies: a regression on m copies takes m^2 time, and 64 of lag 1 reach far back.
MOST_DELAYS = 64
# Least number of rows per value of a delay vector: with fewer, a regression fits the noise.
_ROWS_PER_VALUE = 6
# Past rows must lower the errors by this share plus the sampling noise of few rows, so that white
# noise gets no delays.
_WORTH = 0.05
# Errors within this share of each other are equal; fewer copies win then.
_TIE = 0.01
# Share of the rows that keep a complete past, at least: gaps cost a long window many rows.
_COMPLETE = 0.5
# Errors below this number of standard deviations are equal.
_SMALL = 0.01


def lags_by_forecasts(trajectories, lag, max_delays, start=None):
    """Lags with the best forecasts of held-out rows; the lag 0 alone for noise.

    A regression is linear or has random relus, with the best of several ridge penalties, so many
    short lags do no harm. Takes O(n m^2) time for m delays and n rows, seconds for 3000 rows.

    Parameters
    ----------
    trajectories : Trajectories
    lag : int
        Rows between two copies.
    max_delays : int
    start : sequence of int, default=None
        Lags to keep if a regression with relus on them beats every linear one: the series then
        follows a nonlinear law, which these lags unfold.

    Returns
    -------
    lags : ndarray of int
    errors : ndarray of shape (n_tried,)
        Errors with 1, 2, 4, ... copies, in standard deviations: geometric mean over horizons of the
        root mean squares. Empty if there are too few rows to hold some out.
    """
    tried = _candidates(trajectories, lag, max_delays)
    kept = None if start is None else tuple(int(age) for age in start)
    span = kept[-1] if kept else 0
    # Horizons reach as far as `start`: a few rows ahead every smooth series is a line.
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
    """Lags (tuples) of 1, 2, 4, ... copies, as many as there are enough rows for.

    At least the share `_COMPLETE` of the rows keeps a complete past.
    """
    d, lengths = trajectories.values.shape[1], trajectories.stops - trajectories.starts
    most = int(np.sum(lengths)) // (_ROWS_PER_VALUE * d)
    most = min(most, max_delays, MOST_DELAYS // d, trajectories.longest // (2 * lag))
    numbers = [2**k for k in range(1 + int(np.log2(max(most, 1))))]
    complete = [np.sum(np.maximum(lengths - (m - 1) * lag, 0)) for m in numbers]
    return [
        tuple(lag * np.arange(m))
        for m, n_rows in zip(numbers, complete, strict=True)
        if n_rows >= _COMPLETE * complete[0]
    ]


class _Series:
    """Standardised rows with a complete past for all embeddings in the comparison."""

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
        """Squared errors (n, H) of the forecasts of the best regression, None with too few rows.

        `sizes` are the numbers of relus to try, each with all penalties. The starts of the
        forecasts are the same for all `lags`.
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
