"""Base class of the transformers of trend and season, with the inverse of a forecast."""

from __future__ import annotations

from abc import abstractmethod
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .._coordinates.past import rows_before
from .._coordinates.protocol import PastInverse
from .._data.trajectories import as_trajectories, is_many
from .._data.types import Floats
from ._trajectory_output import TrajectoryOutputMixin


class ForecastInverseTransformer(
    PastInverse, OneToOneFeatureMixin, TrajectoryOutputMixin, TransformerMixin, BaseEstimator
):
    """Transformer whose inverse needs the rows before a forecast.

    A subclass defines ``_learn(X)``, ``_transform_of(X, trajectories)``, see
    `TrajectoryOutputMixin`, and ``_inverse_forecasts(runs, series, at)``. It sets ``_clock`` if it
    counts rows.
    """

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Fit to X.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            One or several trajectories. Rows are in time order and equally spaced. A row that holds
            a NaN is a gap.
        y : None
            Ignored.

        Returns
        -------
        self : object
            Fitted transformer.

        Raises
        ------
        TypeError
            If the parameter of the transformer is not an integer.
        ValueError
            If the parameter is too small, X is not valid, or no gap-free piece of X is long enough:
            two rows for a line, two periods for a mean season, and `context_length_` rows for a
            difference.
        """
        self._learn(X)
        return self

    @abstractmethod
    def _learn(self, X):
        """Check the parameter and X, and set the fitted attributes."""

    def inverse_forecast(self, run: ArrayLike, history: ArrayLike) -> Floats:
        """Transform a forecast back to the units of X.

        Parameters
        ----------
        run : array-like of shape (n_steps, `n_features_in_`)
            Forecast of transformed rows.
        history : array-like or DataFrame of shape (n_rows, `n_features_in_`)
            Rows of X, not transformed, up to the last one before the forecast. Rows before a gap
            are not used.

        Returns
        -------
        ndarray of shape (n_steps, `n_features_in_`)
            Forecast in the units of X.

        Raises
        ------
        NotFittedError
            If the transformer is not fitted.
        ValueError
            If `history` ends in a gap or has too few rows after its last gap, or if `run` has
            another number of columns than X.
        """
        check_is_fitted(self)
        trajectories = as_trajectories(history, estimator=self)
        trajectories.last_rows()
        run = np.asarray(run, dtype=np.float64)
        width = self.n_features_in_
        if run.ndim != 2 or run.shape[1] != width:
            raise ValueError(
                f"run has shape {run.shape}, and X had {width} columns. Give a run of shape "
                f"(n_steps, {width})."
            )
        n_rows = len(trajectories.values)
        return self._inverse_forecasts(run[np.newaxis], history, np.array([n_rows - 1]))[0]

    def _by_clock(self, X):
        """Numbers of the rows of X, counted by their times from the start of `fit`; or None."""
        if self._clock is None:
            return None
        parts = [self._clock.rows(part) for part in (X if is_many(X) else [X])]
        return None if any(part is None for part in parts) else np.concatenate(parts)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True  # a row that holds a NaN is a gap
        return tags


def check_rows_before(trajectories, at, needed, what):
    """Raise if a run begins after fewer gap-free rows than its inverse needs."""
    least = int(np.min(rows_before(trajectories, at), initial=needed))
    if least < needed:
        raise ValueError(
            f"The history of a forecast has {least} rows without a gap; {what} needs {needed}. "
            "Give more rows before the forecast."
        )


def spans(trajectories):
    """First row and end (exclusive) of each gap-free piece."""
    return list(zip(trajectories.starts, trajectories.stops, strict=True))
