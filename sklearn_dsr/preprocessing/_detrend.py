"""Transformer that removes a straight line."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._data.trajectories import as_trajectories, is_many
from ._autocorrelation import autocorrelation, decay_lag
from ._clock import Clock
from ._history import history
from ._trend_and_season import ForecastInverseTransformer, check_rows_before, spans

# Decay times of the autocorrelation that determine a level to a third of a standard deviation.
_DECAY_TIMES = 10


class Detrend(ForecastInverseTransformer):
    r"""Subtract a straight line, fitted by least squares.

    .. math:: u_t = x_t - a - b \, t

    If X is a DataFrame whose index has times, one line continues through all rows by the calendar.
    An array does not say when it begins: all pieces have the slope b, and each gap-free piece has
    its own level a, so its mean becomes 0. A piece with fewer than `context_length_` rows does not
    determine its level and becomes NaN. Use DataFrames or :class:`Difference` if levels matter.

    A row alone does not determine its time, so there is no `inverse_transform`.
    :meth:`inverse_forecast` takes the rows before a forecast and continues the line.
    :class:`~sklearn_dsr.pipeline.ReconstructionPipeline` and the functions of
    :mod:`sklearn_dsr.pipeline` call it.

    Attributes
    ----------
    coef_ : ndarray of shape (`n_features_in_`,)
        Slopes b, in units of X per row.
    intercept_ : ndarray of shape (`n_features_in_`,)
        Value of the line at the first row of X in :meth:`fit`; of an array, at the start of the
        first gap-free piece.
    context_length_ : int
        Rows that determine the level. 1 if X in :meth:`fit` had times, else ten decay times of the
        autocorrelation of the residuals, at most a quarter of the longest gap-free piece.
    n_features_in_ : int
        Number of columns of X in :meth:`fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Exists if all names in X are strings.

    See Also
    --------
    Difference : Follows a trend that changes.
    SeasonalMeans : Subtracts a mean season.

    Notes
    -----
    A line is a strong assumption far ahead. Check that the residuals have no trend.
    ``scipy.signal.detrend`` subtracts the same line, but cannot transform other rows or return a
    forecast to the units of X.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.preprocessing import Detrend
    >>> t = np.arange(40.0)
    >>> X = (0.5 * t + np.cos(np.pi * t))[:, np.newaxis]
    >>> detrend = Detrend().fit(X[:-1])
    >>> detrend.coef_.round(9)
    array([0.5])
    >>> detrend.inverse_forecast([[0.0], [0.0]], history=X).round(6).ravel()
    array([20. , 20.5])
    """

    def _learn(self, X):
        trajectories = as_trajectories(X)
        if trajectories.longest < 2:
            raise ValueError(
                f"The longest gap-free piece of X has n_samples={trajectories.longest} rows, and a "
                "line needs two. Give a longer piece."
            )
        as_trajectories(X, estimator=self, reset=True)
        self._clock = Clock.of(X[0] if is_many(X) else X)
        rows, groups = self._by_clock(X), [spans(trajectories)]
        if rows is None:  # each piece has its own level
            self._clock = None
            rows, groups = np.arange(len(trajectories.values)), [[s] for s in groups[0]]
        products, squares, middles = 0.0, 0.0, []
        for group in groups:
            t = np.concatenate([rows[a:b] for a, b in group]).astype(np.float64)
            x = np.concatenate([trajectories.values[a:b] for a, b in group])
            middles.append((t.mean(), x.mean(axis=0)))
            t -= middles[-1][0]
            products = products + np.sum(t[:, np.newaxis] * (x - middles[-1][1]), axis=0)
            squares += np.sum(t**2)
        self.coef_ = products / squares
        self.intercept_ = middles[0][1] - self.coef_ * (middles[0][0] - rows[0])
        self.context_length_ = 1
        if self._clock is None:
            left = trajectories.with_values(trajectories.values - self._line(X, trajectories))
            most = max(trajectories.longest // 4, 1)
            decay = decay_lag(autocorrelation(history(left), most))
            self.context_length_ = int(np.clip(_DECAY_TIMES * decay, 2, max(most, 2)))

    def _line(self, X, trajectories):
        """Line at every row, (n_rows, d); NaN in gaps and in pieces too short for a level."""
        rows = self._by_clock(X)
        if rows is not None:
            return self.intercept_ + rows[:, np.newaxis] * self.coef_
        values, needed = trajectories.values, self.context_length_
        if trajectories.longest < needed:
            raise ValueError(
                f"The longest gap-free piece of X has n_samples={trajectories.longest} rows, and "
                f"the level of a trend needs {needed}. Give a longer piece, or DataFrames whose "
                "index has times, also in fit."
            )
        line = np.full(values.shape, np.nan)
        for a, b in spans(trajectories):
            if b - a >= needed:
                t = np.arange(b - a) - 0.5 * (b - a - 1)
                line[a:b] = values[a:b].mean(axis=0) + t[:, np.newaxis] * self.coef_
        return line

    def _transform_of(self, X, trajectories):
        rows = trajectories.values - self._line(X, trajectories)
        rows[np.isnan(rows).any(axis=1)] = np.nan
        return rows, np.ones(len(rows), dtype=bool)

    def _inverse_forecasts(self, runs, series, at):
        check_is_fitted(self)
        trajectories = as_trajectories(series)
        check_rows_before(trajectories, at, 1, "Detrend")
        line = self._line(series, trajectories)[at]
        ahead = np.arange(1, runs.shape[1] + 1)[:, np.newaxis]
        return runs + line[:, np.newaxis] + ahead * self.coef_
