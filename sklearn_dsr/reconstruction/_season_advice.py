"""Advice on a trend of X, and on a period that the model misses."""

import numpy as np

from .._choice._held_out import ROUNDING
from .._data.trajectories import Trajectories
from .._recipe import RECIPE


def season_advice(estimator, trajectories):
    """Advice on a trend of the columns and a period of the one-step errors, "" if there are none.

    Parameters
    ----------
    estimator : fitted reconstructor
    trajectories : Trajectories
        Its data, in the units of X.
    """
    k = int(np.argmax(trajectories.stops - trajectories.starts))
    a, b = trajectories.starts[k], trajectories.stops[k]
    rows = trajectories.values[a : min(b, a + RECIPE.few_rows)]
    n = len(rows)
    if n <= RECIPE.horizon:
        return ""
    columns, ends = rows[:, : len(estimator.initial_row_)], np.array([0, n])
    advice = ""
    shares = _explained_by_a_line(columns)
    column = int(np.argmax(shares > 0.5))  # the first one
    if shares[column] > 0.5:
        advice += (
            f" A straight line explains {shares[column]:.0%} of column {column} of X: remove the "
            "trend before the model, with Difference() or Detrend() of sklearn_dsr.preprocessing."
        )
    piece = Trajectories(rows, ends, ends[:1], ends[1:], "array")
    with np.errstate(all="ignore"):
        residuals = columns[1:] - estimator._forecasts_along(piece)(0, n - 1, 1)[:, 0]
    spread = np.nanstd(columns, axis=0)
    period = _period(residuals[:, spread > 0] / spread[spread > 0])
    if period:
        advice += (
            f" The one-step errors repeat with a period of {period} rows: if this is a season, "
            f"remove it before the model, with SeasonalMeans({period}) or "
            f"SeasonalDifference({period}) of sklearn_dsr.preprocessing; if not, give the model "
            "more past rows (DelayEmbedding)."
        )
    return advice


def _explained_by_a_line(columns):
    """Share (N,) of the variance of columns that a straight line in time explains."""
    shares, time = np.zeros(columns.shape[1]), np.arange(len(columns))
    for k, column in enumerate(columns.T):
        seen = ~np.isnan(column)
        if seen.sum() > 2 and np.ptp(column[seen]) > 0:
            shares[k] = np.corrcoef(time[seen], column[seen])[0, 1] ** 2
    return shares


def _period(residuals):
    """Period in rows of standardised errors (n, N); 0 if they have none.

    The period is the first lag at which the autocorrelation has a local maximum of nearly the
    largest height. This maximum and the value at twice the lag must exceed those of noise.
    """
    residuals = np.nan_to_num(residuals)
    residuals = residuals[:, residuals.std(axis=0) > RECIPE.unexplained]
    n = len(residuals)
    if residuals.shape[1] == 0 or not np.isfinite(residuals).all():
        return 0
    z = residuals - residuals.mean(axis=0)
    z /= z.std(axis=0)
    power = np.abs(np.fft.rfft(z, 2 * n, axis=0)) ** 2
    lags = np.arange(n // 2)
    r = np.fft.irfft(power.mean(axis=1), 2 * n)[: n // 2] / np.maximum(n - lags, ROUNDING)
    inner = np.flatnonzero((r[1:-1] >= r[:-2]) & (r[1:-1] > r[2:])) + 1
    inner = inner[(inner >= 4) & (inner < n // 3)]
    least = max(RECIPE.whiteness, 4 / np.sqrt(n))
    inner = inner[r[inner] > least]
    if len(inner) == 0:
        return 0
    period = int(inner[r[inner] >= (1 - RECIPE.small) * r[inner].max()][0])
    # At twice the lag, plus or minus one row.
    twice = r[2 * period - 1 : 2 * period + 2]
    return period if len(twice) and twice.max() > least else 0
