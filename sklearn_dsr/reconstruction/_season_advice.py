"""Name a trend of X or a period that a model does not see, and what takes them out."""

import numpy as np

from .._choice._held_out import TINY
from .._data.trajectories import Trajectories
from .._recipe import RECIPE


def season_advice(estimator, trajectories):
    """Sentences on a trend of the columns, and on a period of what the model leaves; "" for none.

    Parameters
    ----------
    estimator : fitted reconstructor
    trajectories : Trajectories
        Rows that it takes, in their units.
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
            f" A straight line explains {shares[column]:.0%} of column {column} of X: take the "
            "trend out before the model, with Difference() or Detrend() of "
            "sklearn_dsr.preprocessing."
        )
    piece = Trajectories(rows, ends, ends[:1], ends[1:], "array")
    with np.errstate(all="ignore"):
        residuals = columns[1:] - estimator._forecasts_along(piece)(0, n - 1, 1)[:, 0]
    spread = np.nanstd(columns, axis=0)
    period = _period(residuals[:, spread > 0] / spread[spread > 0])
    if period:
        advice += (
            f" What the model leaves repeats with a period of {period} rows: if that is a season, "
            f"take it out before the model, with SeasonalMeans({period}) or "
            f"SeasonalDifference({period}) of sklearn_dsr.preprocessing; if not, give it more past "
            "rows (DelayEmbedding)."
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
    """Period in rows of errors (n, N), in deviations of the columns; 0 if they have none.

    The first lag of a local maximum of the autocorrelation that no other one exceeds by much, where
    that and the one at twice the lag are more than noise has.
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
    r = np.fft.irfft(power.mean(axis=1), 2 * n)[: n // 2] / np.maximum(n - lags, TINY)
    inner = np.flatnonzero((r[1:-1] >= r[:-2]) & (r[1:-1] > r[2:])) + 1
    inner = inner[(inner >= 4) & (inner < n // 3)]
    least = max(RECIPE.whiteness, 4 / np.sqrt(n))
    inner = inner[r[inner] > least]
    if len(inner) == 0:
        return 0
    period = int(inner[r[inner] >= (1 - RECIPE.small) * r[inner].max()][0])
    # At twice the lag, give or take a row.
    twice = r[2 * period - 1 : 2 * period + 2]
    return period if len(twice) and twice.max() > least else 0
