"""Take a mean season out of a series, and put it back at the right phase."""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, rfft
from sklearn.utils.validation import check_is_fitted

from .._data.trajectories import as_trajectories, is_many
from .._data.validation import TINY, check_int
from ._clock import Clock
from ._trend_and_season import ForecastInverseTransformer, check_rows_before, spans


class SeasonalMeans(ForecastInverseTransformer):
    r"""X minus its mean season.

    .. math:: u_t = x_t - s_{t \bmod P}

    with P = `period`. As in the classical decomposition, the season :math:`s_p` is the mean, over
    all rows of phase p, of X minus its moving average over a period, so that a trend is not taken
    for it; its own mean is 0, so that u has the level of X.

    **The phase of other rows.** A frame whose index has times tells it: rows are counted by the
    calendar from the first row of `fit` on. Of arrays, which may begin anywhere, as a test fold
    does, it is the phase at which the season leaves the least variance, for each gap-free piece of
    at least a period; a shorter one goes on counting from the start of its trajectory. Nothing is
    to be told of a series shorter than a period, which is an error.

    There is no `inverse_transform`; `inverse_forecast` is given the rows before. A
    :class:`~sklearn_dsr.pipeline.ReconstructionPipeline` and the functions `forecast` and
    `simulate` do so by themselves.

    Time: O(n_samples n_features).

    Parameters
    ----------
    period : int
        Rows of a season P, at least 2.

    Attributes
    ----------
    seasonal_means_ : ndarray of shape (period, n_features_in_)
        The season, from the phase of the first row of X in `fit` on.
    context_length_ : int
        Rows needed to tell the phase, ``period``.
    n_features_in_ : int
        Number of columns of X in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns of X in `fit`; only where they are all strings.

    See Also
    --------
    SeasonalDifference : Follows a season that changes.

    Notes
    -----
    The season is one for all trajectories. ``statsmodels.tsa.seasonal.seasonal_decompose`` finds
    the same one, but has no transform of other rows and no way back.

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
                f"season of {P} is found in {2 * P} or more. Give a longer piece."
            )
        as_trajectories(X, estimator=self, reset=True)
        self._clock = Clock.of(X[0] if is_many(X) else X)
        self.context_length_ = P
        counted = _counted(trajectories)
        k = int(np.argmax(trajectories.stops - trajectories.starts))
        rows = self._by_clock(X)
        if rows is None:  # all others are matched with the longest piece
            self._set_season(trajectories, counted, [k])
            rows = self._phases(X, trajectories)
        self._set_season(trajectories, rows, range(len(trajectories.starts)))

    def _set_season(self, trajectories, phases, numbers):
        """Season, and what it leaves of each column, from those of some pieces of two periods."""
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
        # Columns count by what the season leaves of them: none is exactly told.
        least = 1e-6 * np.mean(season**2, axis=0) + TINY
        self.seasonal_means_, self._weight = season, 1.0 / np.maximum(squares / n, least)

    def _phases(self, X, trajectories):
        """Phase (n_rows,) of every row, in gaps too."""
        P, rows = self.context_length_, self._by_clock(X)
        if rows is not None:
            return rows % P
        if trajectories.longest < P:
            raise ValueError(
                f"The longest gap-free piece of X has n_samples={trajectories.longest} rows, and "
                f"the phase of a season of {P} rows is told by {P} or more. Give a longer piece, "
                "or frames whose index has times, in fit too."
            )
        phases = _counted(trajectories)
        for a, b in spans(trajectories):
            if b - a >= P:  # and the rows behind go on from there
                end = trajectories.offsets[np.searchsorted(trajectories.offsets, a, side="right")]
                phases[a:end] = self._match(trajectories.values[a:b]) + np.arange(end - a)
        return phases % P

    def _match(self, rows):
        """Phase of the first of rows (n >= period, d): where the season leaves least variance."""
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
        # Equal ones differ by rounding: the first of them.
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
    """Number of each row in its trajectory, gaps counted."""
    return np.concatenate([np.arange(n) for n in np.diff(trajectories.offsets)])


def _moving_average(rows, period):
    """Mean over a period around each row (n, d), of the rows from ``period // 2`` on that have one.

    Of an even period the two rows at its ends count half, so that the middle is a row.
    """
    even = period % 2 == 0
    weights = np.full(period + even, 1.0 / period)
    if even:
        weights[[0, -1]] *= 0.5
    n = len(rows) - len(weights) + 1
    return sum(weight * rows[k : k + n] for k, weight in enumerate(weights))
