"""Pipelines that end in a reconstructor, and forecasts and free runs in the units of their X."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline, _name_estimators

from ._coordinates.by_row import check_by_row
from ._coordinates.forecasting import fitted_coordinates, forecast, simulate
from ._coordinates.states import context_length
from ._coordinates.undone import undone_without_model
from ._coordinates.unwrap import unwrap
from ._data.index_kept import index_kept, jumps
from ._data.masks import filled
from ._data.trajectories import as_trajectories
from ._data.types import Estimator, Floats, Forecast, Rows, Seed
from ._recipe import RECIPE
from .reconstruction._scoring import forecast_r2
from .reconstruction._start import at_rest

if TYPE_CHECKING:
    from joblib import Memory

__all__ = ["ReconstructionPipeline", "forecast", "make_reconstruction_pipeline", "simulate"]


class ReconstructionPipeline(Pipeline):
    """A Pipeline that ends in a reconstructor, and forecasts in the units of X.

    All of scikit-learn's Pipeline, with `forecast` and `simulate` in the coordinates and units of
    the X it was fitted on, and `score` there too. Where the index of a DataFrame jumps, it is cut,
    as by the reconstructors themselves. `predict` is scikit-learn's: the model's one-step
    map in the model's coordinates, row by row.

    Parameters
    ----------
    steps : list of (str, estimator)
        Transformers with an `inverse_transform`, or an ``inverse_forecast(run, history)`` that is
        given the rows before the run, and a reconstructor at the end.
    transform_input : list of str or None, default=None
        As in scikit-learn's Pipeline, where it has the parameter.
    memory : str or joblib.Memory, default=None
        Cache of fitted transformers.
    verbose : bool, default=False
        Whether to print the time of each step.

    See Also
    --------
    make_reconstruction_pipeline : Names the steps by itself.
    forecast, simulate : The same for plain pipelines and searches.

    Examples
    --------
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.pipeline import make_reconstruction_pipeline
    >>> from sklearn_dsr.preprocessing import DelayEmbedding
    >>> x = make_lorenz63(1000, dt=0.02, random_state=0)[:, :1]
    >>> pipeline = make_reconstruction_pipeline(
    ...     DelayEmbedding(n_delays=3, lag=6),
    ...     ShallowPLRNNReconstructor(hidden_dim=20, max_iter=50, n_init=1, random_state=0),
    ... )
    >>> pipeline.fit(x).forecast(x, 5).shape
    (5, 1)
    """

    @property
    def context_length_(self) -> int:
        """Rows of X that one state of the model needs."""
        return fitted_coordinates(self).context_length

    def fit(self, X: ArrayLike, y: object = None, **params: Any) -> Self:
        """Fit the transformers one after the other, and the reconstructor to what they make.

        No step joins the rows on the two sides of a jump of a DataFrame's index, also behind a
        transformer that returns arrays. What is masked is missing. If the fit ends before there is
        a new model, all steps are as they were.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in time order, in the form that the first step takes.
        y : None
            Ignored.
        **params : dict of str to object
            As in scikit-learn's Pipeline.

        Returns
        -------
        self : object
            Fitted pipeline.

        Raises
        ------
        ValueError
            If a step or the reconstructor raises it, or a step drops rows of a DataFrame whose
            index jumps.
        TypeError
            If a step has neither `inverse_transform` nor `inverse_forecast`, or the last one no
            `simulate`: before anything is fitted. If the `inverse_transform` of a step depends on
            the rows before, as a cumulative sum: before the reconstructor is fitted.
        """
        unwrap(self)
        X = filled(X)
        with undone_without_model(self), index_kept(self, X):
            return super().fit(X, y, **params)

    def _fit(self, X, *args, **kwargs):
        made = super()._fit(X, *args, **kwargs)
        check_by_row(self.steps[:-1], X)
        return made

    def predict(self, X: ArrayLike, **params: Any) -> Rows:
        """One-step forecasts in the model's coordinates, as scikit-learn's Pipeline has them.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Behind a jump of a DataFrame's index, rows without a complete past give NaN.
        **params : dict of str to object
            As in scikit-learn's Pipeline.

        Returns
        -------
        ndarray of shape (n_samples, n_model_features), list of such, or 3-D array
        """
        X = filled(X)
        if context_length(self) == 1 or not jumps(X):
            return super().predict(X, **params)
        original = as_trajectories(X)
        states = fitted_coordinates(self).states(X, original)
        return self[-1].predict(original.like_input(states), **params)

    def forecast(
        self,
        X: ArrayLike,
        n_steps: int,
        inputs: ArrayLike | None = None,
        *,
        quantiles: ArrayLike | None = None,
    ) -> Forecast:
        """Go on after the last row of X (of each trajectory), in the units of X.

        Parameters
        ----------
        X, n_steps, inputs, quantiles : object
            As in :func:`forecast`.

        Returns
        -------
        ndarray, DataFrame or list of DataFrame
            As :func:`forecast`.
        """
        return forecast(self, X, n_steps, inputs, quantiles=quantiles)

    def simulate(
        self,
        X: ArrayLike,
        n_steps: int,
        inputs: ArrayLike | None = None,
        *,
        noise: bool = False,
        random_state: Seed = None,
    ) -> Floats:
        """Free run from the last row of each piece of X, in the units of X.

        Parameters
        ----------
        X, n_steps, inputs, noise, random_state : object
            As in :func:`simulate`.

        Returns
        -------
        ndarray
            As :func:`simulate`.
        """
        return simulate(self, X, n_steps, inputs, noise=noise, random_state=random_state)

    def score(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Mean R^2 of the forecasts 1 to 20 steps ahead, in the units of X.

        That of the reconstructor, whose forecasts are brought back to the units of X. In the
        coordinates of an embedding, where the plain Pipeline scores, m - 1 of m columns are known
        beforehand, and even white noise scores (m - 1) / m.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            External inputs are taken from X.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row as a start; rows of several trajectories one after the other.

        Returns
        -------
        float
            In [-1e6, 1]; see the reconstructors' `score`.

        Raises
        ------
        ValueError
            If no row that has a complete past has a successor, or `sample_weight` is not valid.
        """
        coordinates, X = fitted_coordinates(self), filled(X)
        if coordinates.transformer is None:
            return coordinates.reconstructor.score(X, y, sample_weight=sample_weight)
        original, rows = coordinates.read(X, mask=True)
        if rows.longest < 2:
            raise ValueError(
                f"X has {original.longest} rows without a gap, and the score needs "
                f"{coordinates.context_length + 1}: one state and the row to forecast. Give more "
                "rows."
            )
        N = original.values.shape[1] - coordinates.n_inputs
        values, along = (
            original.values[:, :N],
            coordinates.forecasts_along(rows, N, coordinates.past(X)),
        )
        scale = np.nanstd(values, axis=0)
        low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
        moving = ~at_rest(low, high)  # what rests takes no part, unless nothing else is there
        moving |= ~moving.any()
        scale[scale == 0.0] = 1.0

        def forecasts(*span):
            return along(*span)[..., moving]

        columns = rows.with_values(values[:, moving])
        return forecast_r2(columns, forecasts, RECIPE.horizon, scale[moving], sample_weight)


def make_reconstruction_pipeline(
    *steps: Estimator, memory: str | Memory | None = None, verbose: bool = False
) -> ReconstructionPipeline:
    """Pipeline of transformers and a reconstructor, its steps named by their classes.

    Parameters
    ----------
    *steps : estimators
        As of :class:`ReconstructionPipeline`.
    memory : str or joblib.Memory, default=None
        Cache of fitted transformers.
    verbose : bool, default=False
        Whether to print the time of each step.

    Returns
    -------
    ReconstructionPipeline

    Raises
    ------
    TypeError
        If a step has no way back to the units of X, or the last one no free run.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.pipeline import make_reconstruction_pipeline
    >>> pipeline = make_reconstruction_pipeline(StandardScaler(), ShallowPLRNNReconstructor())
    >>> list(pipeline.named_steps)
    ['standardscaler', 'shallowplrnnreconstructor']
    """
    named = _name_estimators(steps)
    unwrap(Pipeline(named))
    return ReconstructionPipeline(named, memory=memory, verbose=verbose)
