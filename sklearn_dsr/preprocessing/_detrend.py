"""Take a straight line out of a series, and go on along it."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._data.trajectories import as_trajectories, is_many
from ._autocorrelation import autocorrelation, decay_lag
from ._clock import Clock
from ._history import history
from ._trend_and_season import ForecastInverseTransformer, check_rows_before, spans

# Decay times of the autocorrelation that tell a level: to a third of a deviation or so.
_DECAY_TIMES = 10


class Detrend(ForecastInverseTransformer):
    r"""X minus a straight line, by least squares.

    .. math:: u_t = x_t - a - b \, t

    **The time of other rows.** A frame whose index has times tells it: there is one line, which
    goes on through all rows by the calendar. Arrays may begin anywhere, as a test fold does: the
    slope b is common, and the level a is that of each gap-free piece, whose mean then is 0. So an
    array has to be long enough for its level to be told, `context_length_` rows; a shorter piece
    becomes NaN. Where levels matter, give frames, or take :class:`Difference`.

    There is no `inverse_transform`; `inverse_forecast` is given the rows before, and goes on along
    the line. A :class:`~sklearn_dsr.pipeline.ReconstructionPipeline` and the functions `forecast`
    and `simulate` do so by themselves.

    Time and memory: O(n_samples n_features).

    Attributes
    ----------
    coef_ : ndarray of shape (n_features_in_,)
        Slopes b, in units of X per row.
    intercept_ : ndarray of shape (n_features_in_,)
        The line at the first row of X in `fit`; of arrays, that of the first gap-free piece.
    context_length_ : int
        Rows needed to tell the level: 1 if X in `fit` had times, else ten decay times of what the
        line leaves, at most a quarter of the longest gap-free piece.
    n_features_in_ : int
        Number of columns of X in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns of X in `fit`; only where they are all strings.

    See Also
    --------
    Difference : Follows a trend that changes, and knows no level.

    Notes
    -----
    A line is a strong assumption far ahead: look at what it leaves. ``scipy.signal.detrend`` finds
    the same line, but has no transform of other rows and no way back.

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

    def fit(self, X, y=None):
        """Fit the line.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in time order, equally spaced; a row that holds a NaN is a gap.
        y : None
            Ignored.

        Returns
        -------
        self : object
            The fitted transformer itself.

        Raises
        ------
        ValueError
            If X is not a valid set of trajectories, or has no two rows without a gap.
        """
        trajectories = as_trajectories(X)
        if trajectories.longest < 2:
            raise ValueError(
                f"The longest gap-free piece of X has n_samples={trajectories.longest} rows, and a "
                "line has two or more. Give a longer piece."
            )
        as_trajectories(X, estimator=self, reset=True)
        self._clock = Clock.of(X[0] if is_many(X) else X)
        rows, groups = self._by_clock(X), [spans(trajectories)]
        if rows is None:  # each piece has a level of its own
            self._clock = None
            rows, groups = np.arange(len(trajectories.values)), [[s] for s in groups[0]]
        products, squares, middles = 0.0, 0.0, []
        for pieces in groups:
            t = np.concatenate([rows[a:b] for a, b in pieces]).astype(np.float64)
            x = np.concatenate([trajectories.values[a:b] for a, b in pieces])
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
        return self

    def _line(self, X, trajectories):
        """The line at every row (n_rows, d); NaN in gaps and pieces whose level is not told."""
        rows = self._by_clock(X)
        if rows is not None:
            return self.intercept_ + rows[:, np.newaxis] * self.coef_
        values, needed = trajectories.values, self.context_length_
        if trajectories.longest < needed:
            raise ValueError(
                f"The longest gap-free piece of X has n_samples={trajectories.longest} rows, and "
                f"the level of a trend is told by {needed} or more. Give a longer piece, or "
                "frames whose index has times, in fit too."
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
