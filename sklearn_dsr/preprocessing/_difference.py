"""Transformers that take differences to an earlier row."""

from __future__ import annotations

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._data.trajectories import as_trajectories
from .._data.validation import check_int
from ._trend_and_season import ForecastInverseTransformer, check_rows_before
from ._windows import complete_spans


class _Differencing(ForecastInverseTransformer):
    """Difference to an earlier row; ``_lag`` of a subclass returns the distance in rows."""

    def _learn(self, X):
        lag = self._lag()
        self._check_length(as_trajectories(X), lag)  # before anything is set
        as_trajectories(X, estimator=self, reset=True)
        self.context_length_ = lag + 1

    def _check_length(self, trajectories, lag):
        if trajectories.longest <= lag:
            raise ValueError(
                f"The longest gap-free piece of X has n_samples={trajectories.longest} rows, and a "
                f"difference of rows {lag} apart needs {lag + 1}. Give a longer piece."
            )

    def _transform(self, trajectories):
        lag, values = self.context_length_ - 1, trajectories.values
        self._check_length(trajectories, lag)
        rows = np.full(values.shape, np.nan)
        for a, b in complete_spans(trajectories, lag):
            rows[a:b] = values[a:b] - values[a - lag : b - lag]
        return rows, np.ones(len(rows), dtype=bool)

    def _inverse_forecasts(self, runs, series, at):
        check_is_fitted(self)
        trajectories, lag = as_trajectories(series), self.context_length_ - 1
        check_rows_before(trajectories, at, lag, f"{type(self).__name__} of rows {lag} apart")
        n, n_steps, d = runs.shape
        # Each row continues from the one `lag` rows before, in the history or in the run.
        cycles = -(-n_steps // lag)
        steps = np.zeros((n, cycles * lag, d))
        steps[:, :n_steps] = runs
        steps = steps.reshape(n, cycles, lag, d)
        steps[:, 0] += trajectories.values[at[:, np.newaxis] + np.arange(1 - lag, 1)]
        with np.errstate(over="ignore", invalid="ignore"):
            return np.cumsum(steps, axis=1).reshape(n, -1, d)[:, :n_steps]


class Difference(_Differencing):
    r"""Subtract an earlier row, which removes a trend.

    .. math:: u_t = x_t - x_{t - \tau}

    with :math:`\tau` = `lag`. A straight line becomes a constant. A model of the differences has no
    level: its forecast continues from the last row. The first `lag` rows of X and of each piece
    after a gap have no difference and become rows of NaN.

    Differences do not determine the level, so there is no `inverse_transform`.
    :meth:`inverse_forecast` takes the rows before a forecast and continues from there.
    :class:`~sklearn_dsr.pipeline.ReconstructionPipeline` and the functions of
    :mod:`sklearn_dsr.pipeline` call it.

    Parameters
    ----------
    lag : int, default=1
        Distance :math:`\tau` of the two rows, at least 1.

    Attributes
    ----------
    context_length_ : int
        Rows needed for one difference, ``lag + 1``.
    n_features_in_ : int
        Number of columns of X in :meth:`fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Exists if all names in X are strings.

    See Also
    --------
    SeasonalDifference : Subtracts the row one season before.
    Detrend : Subtracts a straight line.

    Notes
    -----
    Differences double the variance of measurement noise, which then hides slow motion.
    :class:`Detrend` adds no noise if the trend is a line.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.preprocessing import Difference
    >>> X = np.array([[1.0], [2.0], [4.0], [7.0]])
    >>> difference = Difference().fit(X)
    >>> difference.transform(X)
    array([[nan],
           [ 1.],
           [ 2.],
           [ 3.]])
    >>> difference.inverse_forecast([[4.0], [5.0]], history=X)
    array([[11.],
           [16.]])
    """

    def __init__(self, lag: int = 1) -> None:
        self.lag = lag

    def _lag(self):
        return int(check_int(self.lag, "lag", 1, advice="1 is the row before."))


class SeasonalDifference(_Differencing):
    r"""Subtract the row one season before, which removes a season and a trend.

    .. math:: u_t = x_t - x_{t - P}

    with P = `period`. Everything that repeats every P rows vanishes, and a straight line becomes a
    constant. A forecast continues from the rows one season before. The first P rows of X and of
    each piece after a gap have no difference and become rows of NaN.

    Differences do not determine the level, so there is no `inverse_transform`.
    :meth:`inverse_forecast` takes the rows before a forecast and continues from there.
    :class:`~sklearn_dsr.pipeline.ReconstructionPipeline` and the functions of
    :mod:`sklearn_dsr.pipeline` call it.

    Parameters
    ----------
    period : int
        Rows P of a season, at least 1.

    Attributes
    ----------
    context_length_ : int
        Rows needed for one difference, ``period + 1``.
    n_features_in_ : int
        Number of columns of X in :meth:`fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Exists if all names in X are strings.

    See Also
    --------
    SeasonalMeans : Subtracts the mean season, which loses no rows and adds no noise.
    Difference : Subtracts the row before.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.preprocessing import SeasonalDifference
    >>> X = np.array([[1.0], [5.0], [2.0], [6.0]])
    >>> difference = SeasonalDifference(period=2).fit(X)
    >>> difference.transform(X)
    array([[nan],
           [nan],
           [ 1.],
           [ 1.]])
    >>> difference.inverse_forecast([[1.0], [1.0], [1.0]], history=X)
    array([[3.],
           [7.],
           [4.]])
    """

    def __init__(self, period: int) -> None:
        self.period = period

    def _lag(self):
        return int(check_int(self.period, "period", 1, advice="12 is a year of months."))
