"""Transformer that removes a mean season."""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, rfft
from sklearn.utils.validation import check_is_fitted

from .._data.trajectories import as_trajectories, is_many
from .._data.validation import TINY, check_int
from ._clock import Clock
from ._trend_and_season import ForecastInverseTransformer, check_rows_before, spans


class SeasonalMeans(ForecastInverseTransformer):
    r"""Subtract the mean season.

    .. math:: u_t = x_t - s_{t \bmod P}

    with P = `period`. As in the classical decomposition, the season :math:`s_p` is the mean of X
    minus its moving average over one period, taken over all rows of phase p. The moving average
    keeps a trend out of the season. The mean of the season is 0, so u has the level of X.

    If X is a DataFrame whose index has times, the phase of a row follows from the calendar. An
    array does not say when it begins: each gap-free piece of at least one period gets the phase at
    which the season leaves the least variance. A shorter piece continues the count of its
    trajectory.

    A row alone does not determine its phase, so there is no `inverse_transform`.
    :meth:`inverse_forecast` takes the rows before a forecast and continues the season.
    :class:`~sklearn_dsr.pipeline.ReconstructionPipeline` and the functions of
    :mod:`sklearn_dsr.pipeline` call it.

    Parameters
    ----------
    period : int
        Rows P of a season, at least 2.

    Attributes
    ----------
    seasonal_means_ : ndarray of shape (period, `n_features_in_`)
        The season. Its first row has the phase of the first row of X in :meth:`fit`.
    context_length_ : int
        Rows that determine the phase, ``period``.
    n_features_in_ : int
        Number of columns of X in :meth:`fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns. Exists if all names in X are strings.

    See Also
    --------
    SeasonalDifference : Follows a season that changes.
    Detrend : Subtracts a straight line.

    Notes
    -----
    All trajectories share one season. ``statsmodels.tsa.seasonal.seasonal_decompose`` finds the
    same one, but cannot transform other rows or return a forecast to the units of X.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.preprocessing import SeasonalMeans
    >>> t = np.arange(40)
    >>> X = (0.5 * t + np.array([0, 1, 0, -1])[t % 4])[:, np.newaxis]
    >>> means = SeasonalMeans(period=4).fit(X)
    >>> means.seasonal_means_.ravel()
    array([ 0.,  1.,  0., -1.])
    >>> means.transform(X[5:])[:3].ravel()  # an array that begins at another phase
    array([2.5, 3. , 3.5])
    >>> means.inverse_forecast([[20.0], [20.5]], history=X).ravel()
    array([20. , 21.5])
    """

    def __init__(self, period: int) -> None:
        self.period = period

    def _learn(self, X):
        P = int(check_int(self.period, "period", 2, advice="12 is a year of months."))
        trajectories = as_trajectories(X)
        if trajectories.longest < 2 * P:
            raise ValueError(
                f"The longest gap-free piece of X has n_samples={trajectories.longest} rows, and a "
                f"season of {P} rows needs {2 * P}. Give a longer piece."
            )
        as_trajectories(X, estimator=self, reset=True)
        self._clock = Clock.of(X[0] if is_many(X) else X)
        self.context_length_ = P
        counted = _counted(trajectories)
        k = int(np.argmax(trajectories.stops - trajectories.starts))
        rows = self._by_clock(X)
        if rows is None:  # match all other pieces with the longest one
            self._set_season(trajectories, counted, [k])
            rows = self._phases(X, trajectories)
        self._set_season(trajectories, rows, range(len(trajectories.starts)))

    def _set_season(self, trajectories, phases, numbers):
        """Set the season, and the weights of the columns, from pieces of two periods or more."""
        P, d = self.context_length_, trajectories.values.shape[1]
        total, count, left = np.zeros((P, d)), np.zeros((P, 1)), []
        for k in numbers:
            a, b = int(trajectories.starts[k]), int(trajectories.stops[k])
            if b - a < 2 * P:
                continue
            level, half = _moving_average(trajectories.values[a:b], P), P // 2
            rows = trajectories.values[a + half : a + half + len(level)] - level
            at = phases[a + half : a + half + len(level)] % P
            np.add.at(total, at, rows)
            np.add.at(count, at, 1.0)
            left.append((rows, at))
        season = total / count
        season -= season.mean(axis=0)
        squares = sum(np.sum((rows - season[at]) ** 2, axis=0) for rows, at in left)
        n = sum(len(rows) for rows, _ in left)
        # The weight of a column is the inverse variance that the season leaves, if that is not 0.
        least = 1e-6 * np.mean(season**2, axis=0) + TINY
        self.seasonal_means_, self._weight = season, 1.0 / np.maximum(squares / n, least)

    def _phases(self, X, trajectories):
        """Phase of every row, gaps included, (n_rows,)."""
        P, rows = self.context_length_, self._by_clock(X)
        if rows is not None:
            return rows % P
        if trajectories.longest < P:
            raise ValueError(
                f"The longest gap-free piece of X has n_samples={trajectories.longest} rows, and "
                f"the phase of a season of {P} rows needs {P}. Give a longer piece, or DataFrames "
                "whose index has times, also in fit."
            )
        phases = _counted(trajectories)
        for a, b in spans(trajectories):
            if b - a >= P:  # the rows after this piece continue its count
                end = trajectories.offsets[np.searchsorted(trajectories.offsets, a, side="right")]
                phases[a:end] = self._match(trajectories.values[a:b]) + np.arange(end - a)
        return phases % P

    def _match(self, rows):
        """Phase of the first of rows (n >= period, d), which leaves the least variance."""
        P = self.context_length_
        if len(rows) >= 2 * P:
            level, half = _moving_average(rows, P), P // 2
            rows, first = rows[half : half + len(level)] - level, half
        else:
            rows, first = rows - rows.mean(axis=0), 0
        n, at = len(rows), np.arange(len(rows)) % P
        folded, count = np.zeros((P, rows.shape[1])), np.zeros((P, 1))
        np.add.at(folded, at, rows)
        np.add.at(count, at, 1.0)
        season = self.seasonal_means_

        def along(weights, values):  # sums over q of weights[q] values[(q + phase) % P]
            return irfft(np.conj(rfft(weights, axis=0)) * rfft(values, axis=0), P, axis=0)

        squares = along(count, season**2) - along(count, season) ** 2 / n
        gain = (2.0 * along(folded, season) - squares) @ self._weight
        # Take the first among phases that are equal up to rounding.
        best = np.flatnonzero(gain >= gain.max() - 1e-9 * np.abs(gain).max())
        phase = (best - first) % P
        return int(phase.min())

    def _transform_of(self, X, trajectories):
        phases = self._phases(X, trajectories)
        rows = trajectories.values - self.seasonal_means_[phases]
        rows[np.isnan(rows).any(axis=1)] = np.nan
        return rows, np.ones(len(rows), dtype=bool)

    def _inverse_forecasts(self, runs, series, at):
        check_is_fitted(self)
        trajectories, P = as_trajectories(series), self.context_length_
        check_rows_before(trajectories, at, 1, "SeasonalMeans")
        phases = self._phases(series, trajectories)[at]
        ahead = np.arange(1, runs.shape[1] + 1)
        return runs + self.seasonal_means_[(phases[:, np.newaxis] + ahead) % P]


def _counted(trajectories):
    """Number of each row in its trajectory, gaps included."""
    return np.concatenate([np.arange(n) for n in np.diff(trajectories.offsets)])


def _moving_average(rows, period):
    """Mean over one period around each of rows (n, d), from row ``period // 2`` on.

    With an even period the two rows at the ends have half the weight, so that the middle is a row.
    """
    even = period % 2 == 0
    weights = np.full(period + even, 1.0 / period)
    if even:
        weights[[0, -1]] *= 0.5
    n = len(rows) - len(weights) + 1
    return sum(weight * rows[k : k + n] for k, weight in enumerate(weights))
