"""The default score of a reconstructor: R^2 of forecasts several steps ahead."""

import numpy as np

from .._data.trajectories import row_blocks
from .._recipe import BUDGET

WORST = -1e6  # in place of an R^2 that is lower or not finite


def forecast_r2(trajectories, forecasts, horizon, scale, sample_weight=None):
    """Mean over horizons 1..`horizon` and columns of the R^2 of forecasts from every row.

    Parameters
    ----------
    trajectories : Trajectories
        May hold missing values, which are left out.
    forecasts : callable (start, stop, n_steps) -> ndarray (stop - start, n_steps, d)
        Free runs from the rows start..stop - 1.
    horizon : int
        Cut to what the longest segment allows.
    scale : ndarray of shape (d,)
        Unit of each column, so that no square overflows.
    sample_weight : array-like of shape (n_rows,) or None
        Weight of each start.

    Returns
    -------
    float in [WORST, 1]
    """
    horizon = min(horizon, trajectories.longest - 1)
    if horizon < 1:
        raise ValueError(
            f"X has {len(trajectories.values)} rows and no two consecutive ones without NaN, so "
            "no forecast can be compared. Give at least two rows in time order."
        )
    values, d = trajectories.values, trajectories.values.shape[1]
    weight = np.ones(len(values))
    if sample_weight is not None:
        weight = _check_weight(sample_weight, trajectories)
    total, count = np.zeros(d), np.zeros(d)
    for rows in row_blocks(trajectories.segments()):
        total += np.nansum(rows, axis=0)
        count += np.sum(~np.isnan(rows), axis=0)
    center = total / np.maximum(count, 1)
    # Sums over starts, per horizon and column: w, w y, w y^2 and w (y - forecast)^2.
    sums = np.zeros((4, horizon, d))
    block = max(1, BUDGET.score_numbers // (horizon * d))
    for a, b in zip(trajectories.starts, trajectories.stops, strict=True):
        for start in range(a, b - 1, block):
            stop = min(start + block, b - 1)
            runs = forecasts(start, stop, min(horizon, b - 1 - start))
            for k in range(runs.shape[1]):
                n = min(stop, b - 1 - k) - start
                target = values[start + k + 1 : start + k + 1 + n]
                w = np.where(np.isnan(target), 0.0, weight[start : start + n, None])
                y = (np.where(np.isnan(target), center, target) - center) / scale
                with np.errstate(over="ignore", invalid="ignore"):
                    error = y - (runs[:n, k] - center) / scale
                    sums[:, k] += [
                        w.sum(axis=0),
                        (w * y).sum(axis=0),
                        (w * y**2).sum(axis=0),
                        (w * error**2).sum(axis=0),
                    ]
    total, first, second, error = sums
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        variation = second - first**2 / total
        r2 = 1.0 - error / variation
    # As in r2_score: a target that does not vary is met or not.
    flat = variation <= 1e-15 * second
    r2 = np.where(flat, np.where(error <= 1e-15, 1.0, 0.0), r2)
    r2 = np.where(np.isnan(r2), WORST, np.maximum(r2, WORST))
    return float(np.mean(r2[total > 0]))


def _check_weight(sample_weight, trajectories):
    """Weights as an array (n_rows,) of finite numbers that are at least 0, some start's above."""
    n = len(trajectories.values)
    advice = "Give one weight of at least 0 per row."
    try:
        weight = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"sample_weight is not numeric: {error}. {advice}") from error
    if weight.shape != (n,):
        raise ValueError(f"sample_weight has shape {weight.shape} for {n} rows. {advice}")
    bad = np.flatnonzero(~(np.isfinite(weight) & (weight >= 0)))
    if len(bad):
        raise ValueError(f"sample_weight[{bad[0]}] is {weight[bad[0]]}. {advice}")
    is_start = np.zeros(n, dtype=bool)
    for a, b in zip(trajectories.starts, trajectories.stops, strict=True):
        is_start[a : b - 1] = True
    if not np.any(weight[is_start] > 0):
        raise ValueError(
            f"sample_weight is 0 at all {is_start.sum()} rows that have a successor, so no "
            "forecast counts. Give one of them a weight above 0."
        )
    return weight
