"""Pipelines that end in a reconstructor, and forecasts and free runs in the units of their X."""

import numpy as np
from sklearn.pipeline import Pipeline, _name_estimators

from ._forecasting import fitted_model, forecast, simulate
from ._recipe import RECIPE
from ._unwrap import unwrap
from .reconstruction._scoring import forecast_r2

__all__ = ["ReconstructionPipeline", "forecast", "make_reconstruction_pipeline", "simulate"]


class ReconstructionPipeline(Pipeline):
    """A Pipeline that ends in a reconstructor, and forecasts in the units of X.

    All of scikit-learn's Pipeline, with `forecast` and `simulate` in the coordinates and units of
    the X it was fitted on, and `score` there too. `predict` is scikit-learn's: the model's one-step
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

    def fit(self, X, y=None, **params):
        """Fit all steps, once each of them is known to have a way back to the units of X.

        Parameters
        ----------
        X, y, params : object
            As in scikit-learn's Pipeline.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError
            If a step has neither `inverse_transform` nor `inverse_forecast`, or the last one no
            `simulate`: before anything is fitted.
        """
        unwrap(self)
        return super().fit(X, y, **params)

    @property
    def context_length_(self):
        """Rows of X that one state of the model needs."""
        return fitted_model(self).context_length

    def forecast(self, X, n_steps, inputs=None, *, quantiles=None):
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

    def simulate(self, X, n_steps, inputs=None):
        """Free run from the last row of each piece of X, in the units of X.

        Parameters
        ----------
        X, n_steps, inputs : object
            As in :func:`simulate`.

        Returns
        -------
        ndarray
            As :func:`simulate`.
        """
        return simulate(self, X, n_steps, inputs)

    def score(self, X, y=None, sample_weight=None):
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
        model = fitted_model(self)
        if model.transformer is None:
            return model.reconstructor.score(X, y, sample_weight=sample_weight)
        original, rows = model.read(X, mask=True)
        if rows.longest < 2:
            raise ValueError(
                f"X has {original.longest} rows without a gap, and the score needs "
                f"{model.context_length + 1}: one state and the row to forecast. Give more rows."
            )
        N = original.values.shape[1] - model.n_inputs
        columns = rows.with_values(original.values[:, :N])
        scale = np.nanstd(columns.values, axis=0)
        scale[scale == 0.0] = 1.0
        return forecast_r2(
            columns,
            model.forecasts_along(rows, N, model.past(X)),
            RECIPE.horizon,
            scale,
            sample_weight,
        )


def make_reconstruction_pipeline(*steps, memory=None, verbose=False):
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
