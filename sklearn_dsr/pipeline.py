"""Pipelines that end in a reconstructor, with forecasts and free runs in the units of X."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline, _name_estimators

from ._coordinates.by_row import check_by_row
from ._coordinates.ends import fitted_coordinates
from ._coordinates.forecasting import forecast, simulate
from ._coordinates.states import context_length
from ._coordinates.undone import undone_without_model
from ._coordinates.unwrap import unwrap
from ._data.index_kept import index_kept, jumps
from ._data.masks import filled
from ._data.trajectories import as_trajectories
from ._data.types import Estimator, Floats, Forecast, Rows, Seed
from ._documentation_link import DocumentationLinkMixin
from ._recipe import RECIPE
from .reconstruction._scoring import forecast_r2
from .reconstruction._start import at_rest

if TYPE_CHECKING:
    from joblib import Memory

__all__ = ["ReconstructionPipeline", "forecast", "make_reconstruction_pipeline", "simulate"]


class ReconstructionPipeline(DocumentationLinkMixin, Pipeline):
    """Pipeline that ends in a reconstructor and forecasts in the units of X.

    This is scikit-learn's :class:`~sklearn.pipeline.Pipeline` with :meth:`forecast`,
    :meth:`simulate` and :meth:`score` in the coordinates and units of the X given to :meth:`fit`.
    :meth:`predict` is scikit-learn's: it forecasts one step, in the coordinates of the model. A
    DataFrame is cut at each jump of its index, as by the reconstructors, also behind transformers
    that return arrays.

    Parameters
    ----------
    steps : list of (str, estimator)
        Names and steps: transformers, and a reconstructor at the end. A transformer needs an
        `inverse_transform`, or an ``inverse_forecast(run, history)`` that takes a run of the model
        and the rows before it.
    transform_input : list of str or None, default=None
        As in scikit-learn's Pipeline, from the version on that has this parameter.
    memory : str or joblib.Memory, default=None
        Cache of the fitted transformers.
    verbose : bool, default=False
        Whether to print the time that each step takes.

    See Also
    --------
    make_reconstruction_pipeline : Builds this pipeline and names its steps.
    forecast : Forecast of a plain pipeline or a search.
    simulate : Free run of a plain pipeline or a search.

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
        """Number of consecutive rows of X that one state of the model needs."""
        return fitted_coordinates(self).context_length

    def fit(self, X: ArrayLike, y: object = None, **params: Any) -> Self:
        """Fit the transformers in turn, and the reconstructor to the transformed rows.

        If the fit fails before there is a new model, all steps stay as they were.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in time order, in a form that the first step takes. Masked values count as missing.
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
            If a step raises it, or a step drops rows of a DataFrame whose index jumps.
        TypeError
            If a transformer has neither `inverse_transform` nor `inverse_forecast`, if the last
            step has no `simulate`, or if the `inverse_transform` of a row depends on the rows
            before it, as in a cumulative sum.
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
        """Predict the next row from each row, in the coordinates of the model.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in time order, in a form that the first step takes.
        **params : dict of str to object
            As in scikit-learn's Pipeline.

        Returns
        -------
        ndarray of shape (n_samples, n_model_features), list of such, or 3-D array
            Row i forecasts transformed row i + 1. Rows without a complete past, at the start of X
            and after a gap or a jump of its index, are NaN.

        See Also
        --------
        forecast : Rows after the last row of X, in the units of X.
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
        """Forecast the rows after the last row of X, for each trajectory, in the units of X.

        Parameters
        ----------
        X, n_steps, inputs, quantiles : object
            As in :func:`sklearn_dsr.pipeline.forecast`, with the same errors and warnings.

        Returns
        -------
        ndarray, DataFrame or list of DataFrame
            As in :func:`sklearn_dsr.pipeline.forecast`.
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
        """Run the model freely from given rows of X, in the units of X.

        Parameters
        ----------
        X, n_steps, inputs, noise, random_state : object
            As in :func:`sklearn_dsr.pipeline.simulate`, with the same errors and warnings.

        Returns
        -------
        ndarray
            As in :func:`sklearn_dsr.pipeline.simulate`.
        """
        return simulate(self, X, n_steps, inputs, noise=noise, random_state=random_state)

    def score(
        self, X: ArrayLike, y: object = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the mean R^2 of forecasts 1 to 20 rows ahead, in the units of X.

        A plain Pipeline scores in the coordinates of the model instead. There, m - 1 of the m
        columns of a delay vector are known beforehand, and white noise scores (m - 1) / m.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Test data, with the external inputs last.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight, at least 0, of each row as a start of forecasts. Several trajectories have one
            long array, in their order.

        Returns
        -------
        float
            In [-1e6, 1], see :meth:`sklearn_dsr.ShallowPLRNNReconstructor.score`.

        Raises
        ------
        ValueError
            If X is not valid, no row with a complete past has a successor, or `sample_weight` has
            another shape or a negative entry.
        """
        coordinates, X = fitted_coordinates(self), filled(X)
        if coordinates.transformer is None:
            return coordinates.reconstructor.score(X, y, sample_weight=sample_weight)
        original, rows = coordinates.read(X, mask=True)
        if rows.longest < 2:
            raise ValueError(
                f"The longest gap-free piece of X has {original.longest} rows, and the score needs "
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
        moving = ~at_rest(low, high)  # constant columns count only if all are constant
        moving |= ~moving.any()
        scale[scale == 0.0] = 1.0

        def forecasts(*span):
            return along(*span)[..., moving]

        columns = rows.with_values(values[:, moving])
        return forecast_r2(columns, forecasts, RECIPE.horizon, scale[moving], sample_weight)


def make_reconstruction_pipeline(
    *steps: Estimator, memory: str | Memory | None = None, verbose: bool = False
) -> ReconstructionPipeline:
    """Build a ReconstructionPipeline and name its steps after their classes.

    Parameters
    ----------
    *steps : estimators
        Transformers and a reconstructor, as in :class:`ReconstructionPipeline`.
    memory : str or joblib.Memory, default=None
        Cache of the fitted transformers.
    verbose : bool, default=False
        Whether to print the time that each step takes.

    Returns
    -------
    ReconstructionPipeline
        The pipeline, not fitted.

    Raises
    ------
    TypeError
        If a transformer has neither `inverse_transform` nor `inverse_forecast`, or the last step
        has no `simulate`.

    See Also
    --------
    ReconstructionPipeline : The class of the result, with names of your own.
    sklearn.pipeline.make_pipeline : Plain pipelines.

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
