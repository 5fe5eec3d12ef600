"""How far ahead forecasts hold: the error after n steps, and the time they stay close."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._data.validation import check_real
from ._inputs import check_generated, check_true


def n_step_error(true: ArrayLike, forecasts: ArrayLike) -> float:
    r"""Prediction error PE(n): mean squared error of forecasts n steps ahead.

    The forecasts start from many rows i of the series. With N columns,

    .. math:: PE(n) = \frac{1}{|I| N} \sum_{i \in I} \sum_{j=1}^{N}
       (x_{i+n,j} - \hat x_{i+n|i,j})^2

    where I contains each start i whose rows i..i+n lie in one gap-free piece of one trajectory
    [1]_.

    Parameters
    ----------
    true : array-like of shape (n_samples, n_features), list of such, or 3-D array
        True series; a row that holds NaN is a gap. Rows of several trajectories are numbered
        consecutively, one trajectory after the other.
    forecasts : array-like of shape (n_starts, n, n_features)
        ``forecasts[i, k]`` is the forecast of ``true[i + k + 1]`` made at row i, and n_starts is
        at most n_samples. Only the last of the n steps enters. Starts without a true row n steps
        ahead are ignored.

    Returns
    -------
    float
        Error in squared units of the data, in [0, inf]. It is inf if a forecast that enters is
        not finite or its square overflows, and never NaN.

    Raises
    ------
    ValueError
        If `true` holds infinity or has no row without NaN; if `forecasts` has another shape than
        above or more starts than `true` has rows; if no start has a true row n steps ahead.

    See Also
    --------
    valid_prediction_time : Time until a forecast leaves the data.

    References
    ----------
    .. [1] Hess et al. (2023), "Generalized teacher forcing for learning chaotic dynamics", ICML,
       PMLR 202:13017, arXiv:2306.04406 (prediction error PE).

    Examples
    --------
    Persistence, the forecast that repeats the last row, is wrong by n after n steps of a ramp:

    >>> import numpy as np
    >>> from sklearn_dsr.metrics import n_step_error
    >>> true = np.arange(10.0).reshape(-1, 1)
    >>> forecasts = np.repeat(true[:, np.newaxis], 3, axis=1)
    >>> n_step_error(true, forecasts)
    9.0
    """
    true = check_true(true)
    n_rows, n_features = true.values.shape
    forecasts = np.asarray(forecasts, dtype=np.float64)
    if forecasts.ndim != 3 or forecasts.shape[2] != n_features or forecasts.shape[1] == 0:
        raise ValueError(
            f"forecasts has shape {forecasts.shape}; true has {n_features} columns, so the shape "
            f"must be (n_starts, n, {n_features}) with n >= 1. Put the forecasts from start i "
            "into forecasts[i]."
        )
    n_starts, n = forecasts.shape[:2]
    if n_starts > n_rows:
        raise ValueError(
            f"forecasts has {n_starts} starts and true has {n_rows} rows. "
            "Give at most one start per row."
        )
    owner = np.full(n_rows, -1)
    for k, (start, stop) in enumerate(zip(true.starts, true.stops, strict=True)):
        owner[start:stop] = k
    last = max(0, min(n_starts, n_rows - n))
    starts = np.flatnonzero((owner[:last] >= 0) & (owner[:last] == owner[n : n + last]))
    if len(starts) == 0:
        raise ValueError(
            f"None of the {n_starts} starts has a target {n} steps ahead: the longest gap-free "
            f"piece of true has {true.longest} rows. Forecast fewer steps or give longer pieces."
        )
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.mean((forecasts[starts, -1] - true.values[starts + n]) ** 2)
    return float(error) if np.isfinite(error) else np.inf


def valid_prediction_time(
    true: ArrayLike,
    generated: ArrayLike,
    *,
    threshold: float = 0.4,
    dt: float = 1.0,
    scale: ArrayLike | None = None,
) -> float:
    r"""Time until the error of a forecast exceeds a share of the data's spread.

    With the mean over all rows of the true series, the normalised error is

    .. math:: E(t) = \sqrt{ |x_t - \hat x_t|^2 / \langle |x - \langle x \rangle|^2 \rangle }

    The valid prediction time is the first time t at which E(t) exceeds `threshold`. This is the
    valid time of [1]_, with their threshold 0.4, normalised by the spread as in [2]_. To get it in
    Lyapunov times, multiply it by the largest Lyapunov exponent per unit of time.

    Parameters
    ----------
    true : array-like of shape (n, n_features), list of such, or array (n_forecasts, n, n_features)
        True continuation of each forecast, with the same rows as `generated`. A row that holds NaN
        is not compared.
    generated : array-like, list or 3-D array with as many parts as `true`, of the same shapes
        Forecasts, each started from one state. A value that is not finite exceeds any threshold.
    threshold : float, default=0.4
        Allowed error in units of the spread, at least 0.
    dt : float, default=1.0
        Time between rows, at least 0.
    scale : float, array-like of shape (n_features,) or None, default=None
        Spread of the data, at least 0. An array holds the standard deviation of each column; a
        float is the root of the mean squared norm of the centred series. None takes the spread
        from `true`. If `true` is short, give the spread of the whole data.

    Returns
    -------
    float
        Number of leading rows whose error does not exceed the threshold, times `dt`, averaged over
        the forecasts. A forecast that never exceeds it counts with all its rows.

    Raises
    ------
    TypeError
        If a number is of the wrong type.
    ValueError
        If `true` holds infinity or has no row without NaN; if `generated` has another number of
        forecasts, rows or columns; if `scale` has another shape, is negative or not finite; if
        `threshold` or `dt` is out of its range.

    See Also
    --------
    n_step_error : Mean squared error after a fixed number of steps.
    sklearn_dsr.dynamics.lyapunov_spectrum : Exponents that define the Lyapunov time of a model.

    References
    ----------
    .. [1] Pathak et al. (2018), "Hybrid forecasting of chaotic processes", Chaos 28, 041101.
    .. [2] Vlachas et al. (2020), "Backpropagation algorithms and reservoir computing in recurrent
       neural networks for the forecasting of complex spatiotemporal dynamics", Neural Networks
       126, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.metrics import valid_prediction_time
    >>> true = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    >>> generated = np.array([[1.0], [-0.9], [0.5], [-1.0]])
    >>> valid_prediction_time(true, generated, dt=0.1)
    0.2
    """
    check_real(threshold, "threshold", 0.0)
    check_real(dt, "dt", 0.0)
    true = check_true(true)
    parts = true.parts()
    generated = check_generated(generated, true.values.shape[1])
    if [len(part) for part in generated] != [len(part) for part in parts]:
        raise ValueError(
            f"generated has {[len(part) for part in generated]} rows per forecast and true has "
            f"{[len(part) for part in parts]}. Cut both to the same lengths."
        )
    largest = (threshold * _spread_norm(true, scale)) ** 2
    valid = [_leading_rows(*pair, largest) for pair in zip(parts, generated, strict=True)]
    return float(dt * np.mean(valid))


def _spread_norm(true, scale):
    """Root mean squared norm of the centred data, from the data or from `scale`."""
    if scale is None:
        return np.sqrt(np.sum(np.var(np.concatenate(true.segments()), axis=0)))
    scale = np.asarray(scale, dtype=np.float64)
    n_features = true.values.shape[1]
    if scale.shape not in ((), (n_features,)) or not np.all((scale >= 0) & (scale < np.inf)):
        raise ValueError(
            f"scale must be one number or {n_features} numbers, all finite and at least 0; got "
            f"{scale!r}. Give the standard deviation of each column."
        )
    return np.sqrt(np.sum(scale**2))


def _leading_rows(true, generated, largest):
    """Number of rows before the first one whose squared error exceeds `largest`."""
    with np.errstate(over="ignore", invalid="ignore"):
        squared = np.sum((generated - true) ** 2, axis=1)
    # "Not at most" instead of "greater": NaN counts as exceeded, unless the true row is a gap.
    exceeded = ~(squared <= largest) & ~np.isnan(true).any(axis=1)
    return int(np.argmax(exceeded)) if exceeded.any() else len(true)
