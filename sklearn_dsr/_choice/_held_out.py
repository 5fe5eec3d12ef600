"""Forecasts of held-out rows, for choices that the training rows would bias."""

from dataclasses import dataclass

import numpy as np

from .._data.trajectories import Trajectories, pooled
from .._recipe import BUDGET, RECIPE

ROUNDING = 1e-12  # in variances: a smaller error is rounding


def folds(trajectories, n_inputs, horizon=RECIPE.horizon):
    """Hold out the last fifth of standardised trajectories; of few rows, each fifth in turn.

    The held-out rows are forecast up to `horizon` rows ahead, or a third of the longest part.

    Returns
    -------
    list of HeldOut
        Empty if there are too few rows.
    """
    n = int(np.sum(trajectories.stops - trajectories.starts))
    parts = BUDGET.n_folds
    shares = range(parts) if n < RECIPE.few_rows else [parts - 1]
    made = (
        HeldOut.of(trajectories, n_inputs, (k / parts, (k + 1) / parts), horizon) for k in shares
    )
    return [fold for fold in made if fold is not None]


@dataclass(frozen=True)
class HeldOut:
    """Held-out rows of standardised trajectories, to be forecast by models of the other rows.

    Attributes
    ----------
    fitted : Trajectories
        The other rows.
    windows : ndarray of shape (n, H + 1, N + K)
        Rows at the origins of the forecasts, and the H rows after each.
    scale : ndarray of shape (N,)
        Standard deviations of the columns, the units of the errors.
    n_inputs : int
        Number K of external inputs, the last columns.
    spans : ndarray of shape (n_pieces, 2)
        First row of each held-out piece, and the row after its last one.
    """

    fitted: Trajectories
    windows: np.ndarray
    scale: np.ndarray
    n_inputs: int
    spans: np.ndarray

    @classmethod
    def of(cls, trajectories, n_inputs, shares, horizon=RECIPE.horizon):
        """Hold out the rows between two shares of all rows; None if these are too few."""
        starts, stops = trajectories.starts, trajectories.stops
        n = np.cumsum([0, *(stops - starts)])
        low, high = (int(share * n[-1]) for share in shares)
        # The rows low..high of each piece, counted without gaps.
        begin = starts + np.clip(low - n[:-1], 0, stops - starts)
        end = starts + np.clip(high - n[:-1], 0, stops - starts)
        spans = np.array([(a, b) for a, b in zip(begin, end, strict=True) if b - a > 1])
        held = [trajectories.values[a:b] for a, b in spans]
        horizon = min(horizon, max(map(len, held), default=0) // 3)
        places = [(s, i) for s in held for i in range(len(s) - horizon)]
        others = [*zip(starts, begin, strict=True), *zip(end, stops, strict=True)]
        kept = np.array([(a, b) for a, b in others if b - a > 1]).reshape(-1, 2)
        if horizon < 1 or len(kept) == 0:
            return None
        chosen = np.linspace(0, len(places) - 1, min(len(places), BUDGET.n_origins)).astype(int)
        windows = np.stack([places[k][0][places[k][1] :][: horizon + 1] for k in chosen])
        fitted = Trajectories(trajectories.values, trajectories.offsets, *kept.T, trajectories.kind)
        rows = pooled(fitted.segments())
        scale = rows[:, : rows.shape[1] - n_inputs].std(axis=0)
        return cls(fitted, windows, np.where(scale > 0, scale, 1.0), n_inputs, spans)

    def errors(self, maps, n_columns=None):
        """Squared errors of the forecasts of a model (map, observation), (n, H).

        Only the first `n_columns` enter; None takes all. Of delay vectors these are the present
        rows.
        """
        canonical, observation = maps
        N = self.windows.shape[2] - self.n_inputs
        first, inputs = self.windows[:, 0, :N], None
        if self.n_inputs:
            inputs = np.ascontiguousarray(self.windows[:, :-1, N:])
        with np.errstate(all="ignore"):
            states = canonical.simulate(observation.infer(first), self.windows.shape[1] - 1, inputs)
            return self._squared(observation.observe(states), n_columns)

    def errors_of_persistence(self):
        """Squared errors of forecasts that repeat the row at the origin."""
        return self._squared(self.windows[:, :1, : self.windows.shape[2] - self.n_inputs])

    def errors_of_the_mean(self):
        """Squared errors of forecasts that give the mean of the fitted rows."""
        rows = pooled(self.fitted.segments())[:, : self.windows.shape[2] - self.n_inputs]
        return self._squared(rows.mean(axis=0)[None, None])

    def _squared(self, forecasts, n_columns=None):
        true = self.windows[:, 1:, : self.windows.shape[2] - self.n_inputs]
        errors = (np.abs(forecasts - true) / self.scale)[:, :, :n_columns]
        return np.mean(np.fmin(errors, RECIPE.farthest) ** 2, axis=2)


def summary(errors):
    """Mean over horizons of the logarithm of the root mean squared error.

    The logarithm gives all horizons the same weight, whatever the size of their errors.
    """
    return float(np.mean(0.5 * np.log(np.mean(errors, axis=0) + ROUNDING)))


def is_better(errors, others):
    """Whether errors (n, H) are smaller than others by more than one standard error.

    The error of the difference of summaries comes from disjoint blocks of origins.
    """
    blocks = np.array_split(np.arange(len(errors)), min(BUDGET.n_blocks, len(errors)))
    gains = [summary(others[k]) - summary(errors[k]) for k in blocks]
    if len(gains) < 2:
        return bool(np.mean(gains) > 0)
    return bool(np.mean(gains) > np.std(gains, ddof=1) / np.sqrt(len(gains)))
