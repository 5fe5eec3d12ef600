"""Differences of a series: to the row before, or to the row a season before."""

from __future__ import annotations

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._data.trajectories import as_trajectories
from .._data.validation import check_int
from ._trend_and_season import ForecastInverseTransformer, check_rows_before
from ._windows import complete_spans


class _Differencing(ForecastInverseTransformer):
    """Rows minus those some rows before; a subclass says how many in ``_lag``."""

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
        # Every row goes on from the one `lag` rows before: from the history, then from the run.
        cycles = -(-n_steps // lag)
        steps = np.zeros((n, cycles * lag, d))
        steps[:, :n_steps] = runs
        steps = steps.reshape(n, cycles, lag, d)
        steps[:, 0] += trajectories.values[at[:, np.newaxis] + np.arange(1 - lag, 1)]
        with np.errstate(over="ignore", invalid="ignore"):
            return np.cumsum(steps, axis=1).reshape(n, -1, d)[:, :n_steps]


class Difference(_Differencing):
    r"""Difference to an earlier row, which takes a trend out.

    .. math:: u_t = x_t - x_{t - \tau}

    with :math:`\tau` = `lag`. A model of the differences has no level of its own: its forecast goes
    on from the last row, and a straight line becomes a constant. The first `lag` rows of X, and
    those behind every gap, have no difference: they are kept, all NaN, that is, as gaps.

    There is no `inverse_transform`, as differences do not tell where they began;
    `inverse_forecast` is given the rows before, and pipelines do that: see
    :class:`~sklearn_dsr.pipeline.ReconstructionPipeline`.

    Time and memory: O(n_samples n_features).

    Parameters
    ----------
    lag : int, default=1
        Rows between the two, tau >= 1.

    Attributes
    ----------
    context_length_ : int
        Rows needed for one difference, ``lag + 1``.
    n_features_in_ : int
        Number of columns of X in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns of X in `fit`; only where they are all strings.

    See Also
    --------
    SeasonalDifference : Difference to the row a season before.
    Detrend : X minus a straight line.

    Notes
    -----
    A difference of rows with noise has twice the noise's variance, and hides slow motion behind it:
    `Detrend` does not, where the trend is a line.

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
    r"""Difference to the row a season before, which takes a season and a trend out.

    .. math:: u_t = x_t - x_{t - P}

    with P = `period`. What repeats every P rows is gone, and a straight line becomes a constant.
    The first P rows of X, and those behind every gap, have no difference: they are kept, all NaN,
    that is, as gaps. The forecast of a row goes on from the one a season before.

    There is no `inverse_transform`, as differences do not tell where they began;
    `inverse_forecast` is given the rows before, and pipelines do that: see
    :class:`~sklearn_dsr.pipeline.ReconstructionPipeline`.

    Time and memory: O(n_samples n_features).

    Parameters
    ----------
    period : int
        Rows of a season P, at least 1.

    Attributes
    ----------
    context_length_ : int
        Rows needed for one difference, ``period + 1``.
    n_features_in_ : int
        Number of columns of X in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns of X in `fit`; only where they are all strings.

    See Also
    --------
    SeasonalMeans : X minus the mean season, which loses no rows and doubles no noise.

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
