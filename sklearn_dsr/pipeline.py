"""Forecast and free run in the units of X, for pipelines, fitted searches and bare models alike."""

import warnings
from contextlib import contextmanager

import numpy as np
from sklearn.pipeline import Pipeline, _name_estimators
from sklearn.utils.validation import check_is_fitted

from ._original_coordinates import OriginalCoordinates
from ._trajectories import as_trajectories, is_many
from ._validation import check_inputs, check_int
from .reconstruction._scoring import forecast_r2

_SETTLE = 1000  # rows before a forecast that the model sees; see the reconstructors' forecast
_N_STEPS = "It is the number of rows to return."


def forecast(estimator, X, n_steps, inputs=None):
    """Go on after the last row of X (of each trajectory), in the units of X.

    The transformers map the last rows of X to the model's coordinates, as many as an embedding and
    hidden units need; the model runs freely; and their `inverse_transform` brings the run back.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or search over either
        The model. Of a search, `best_estimator_` is taken.
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        The series to go on from; the last rows must be free of gaps.
    n_steps : int
        Rows to forecast, at least 1.
    inputs : array-like of shape (n_steps, n_inputs) or (n_trajectories, n_steps, n_inputs), \
default=None
        External inputs at the times of the forecast rows, in the units of X; those of the last one
        are not needed.

    Returns
    -------
    ndarray of shape (n_steps, n_features - n_inputs), or (n_trajectories, n_steps, ...)
        The latter for a list or a 3-D array. NaN from where a run diverges.

    Raises
    ------
    TypeError
        If the estimator has no free run, or a step of the pipeline no `inverse_transform`.
    ValueError
        If X ends in a gap or is too short for the embedding, `n_steps` is below 1, or inputs are
        missing, short or not wanted.

    Warns
    -----
    ReconstructionWarning
        If a run diverges.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.pipeline import forecast
    >>> X = make_lorenz63(1000, random_state=0)
    >>> model = ShallowPLRNNReconstructor(hidden_dim=20, max_iter=50, n_init=1, random_state=0)
    >>> forecast(make_pipeline(StandardScaler(), model).fit(X), X, 5).shape
    (5, 3)
    """
    model = _fitted(estimator)
    check_int(n_steps, "n_steps", 1, advice=_N_STEPS)
    X = _tails(X, model.context_length + _SETTLE)
    trajectories, states = _read(model, X)
    last = trajectories.last_rows()
    single = trajectories.kind == "array"
    inputs = check_inputs(inputs, model.n_inputs, len(last), n_steps - 1, single)
    given = {}
    if inputs is not None:
        inputs = model.scale_inputs(inputs, last)
        given = {"inputs": inputs}
        inputs = np.concatenate([inputs, inputs[:, -1:]], axis=1)[:, :n_steps]
    with _one_warning():
        runs = model.reconstructor.forecast(states.pieces(), n_steps, **given)
    runs = model.inverse(runs, last.shape[1] - model.n_inputs, inputs)
    return runs[0] if single else runs


def simulate(estimator, X, n_steps, inputs=None):
    """Free run from the last row of each of some pieces of data, in the units of X.

    As `forecast`, but from nothing except the rows that one state needs: `context_length` rows with
    a delay embedding, else one.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or search over either
        The model.
    X : array-like of shape (n_features,), (n_rows, n_features) or (n_ic, n_rows, n_features)
        Where to start. Without an embedding a 2-D array is rows to start from, (n_ic, n_features);
        with one it is a single piece of at least `context_length` rows, of which the last ones are
        taken. A list of pieces will do.
    n_steps : int
        Steps to run, at least 1.
    inputs : array-like of shape (n_steps, n_inputs) or (n_ic, n_steps, n_inputs), default=None
        External inputs in the units of X: row k acts in the step k to k + 1, row 0 is at the time
        of the start.

    Returns
    -------
    ndarray of shape (n_steps, n_features - n_inputs) or (n_ic, n_steps, n_features - n_inputs)
        NaN from where a run diverges.

    Raises
    ------
    TypeError, ValueError
        As `forecast`.

    Warns
    -----
    ReconstructionWarning
        If a run diverges.
    """
    model = _fitted(estimator)
    check_int(n_steps, "n_steps", 1, advice=_N_STEPS)
    context = model.context_length
    single = np.ndim(X) == 1 or (context > 1 and not is_many(X))
    X = np.asarray(X)[None] if np.ndim(X) == 1 else X
    if context > 1 or is_many(X):
        X = _tails(X, context)
    trajectories, states = _read(model, X)
    at = np.arange(len(states.values))
    if context > 1 or is_many(X):
        trajectories.last_rows()  # none may be a gap
        at = trajectories.offsets[1:] - 1
    inputs = check_inputs(inputs, model.n_inputs, len(at), n_steps, single)
    given = {}
    if inputs is not None:
        inputs = model.scale_inputs(inputs, trajectories.values[at])
        given = {"inputs": inputs}
        inputs = np.concatenate([inputs[:, 1:], inputs[:, -1:]], axis=1)
    with _one_warning():
        runs = model.reconstructor.simulate(states.values[at], n_steps, **given)
    runs = model.inverse(runs, trajectories.values.shape[1] - model.n_inputs, inputs)
    return runs[0] if single else runs


def _fitted(estimator):
    """Model in the coordinates of X, of an estimator that is fitted."""
    check_is_fitted(estimator)
    return OriginalCoordinates(estimator)


def _read(model, X):
    """Trajectories of X, and the same in model coordinates."""
    trajectories = as_trajectories(X)
    if trajectories.longest < model.context_length:
        raise ValueError(
            f"X has {trajectories.longest} rows without a gap, and the embedding needs "
            f"{model.context_length} for one state. Give at least so many rows."
        )
    return trajectories, trajectories.with_values(model.states(X, trajectories))


@contextmanager
def _one_warning():
    """Pass warnings of the model on as if they were of the caller's caller."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        warnings.warn(warning.message, stacklevel=4)


def _tails(X, n):
    """Return the last n rows of each trajectory, in the form of X."""
    return [part[-n:] for part in X] if is_many(X) else X[-n:]


class ReconstructionPipeline(Pipeline):
    """A Pipeline that ends in a reconstructor, and forecasts in the units of X.

    All of scikit-learn's Pipeline, with `forecast` and `simulate` in the coordinates and units of
    the X it was fitted on, and `score` there too. `predict` is scikit-learn's: the model's one-step
    map in the model's coordinates, row by row.

    Parameters
    ----------
    steps : list of (str, estimator)
        Transformers with an `inverse_transform`, and a reconstructor at the end.
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
    def context_length_(self):
        """Rows of X that one state of the model needs."""
        return _fitted(self).context_length

    def forecast(self, X, n_steps, inputs=None):
        """Go on after the last row of X (of each trajectory); see :func:`forecast`."""
        return forecast(self, X, n_steps, inputs)

    def simulate(self, X, n_steps, inputs=None):
        """Free run from the last row of each piece of X; see :func:`simulate`."""
        return simulate(self, X, n_steps, inputs)

    def score(self, X, y=None, sample_weight=None, **params):
        """Mean R^2 of the forecasts 1 to `score_horizon` steps ahead, in the units of X.

        In the coordinates of an embedding, where the plain Pipeline scores, m - 1 of m columns are
        known beforehand, and even white noise scores (m - 1) / m.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), default=None
            Weight of each row as a start.
        **params : dict
            Metadata for the transformers, with scikit-learn's routing enabled.

        Returns
        -------
        float
            In [-1e6, 1]; see the reconstructors' `score`.
        """
        model = _fitted(self)
        original = as_trajectories(X)
        N = original.values.shape[1] - model.n_inputs
        states = model.states(X, original)
        known = ~np.isnan(states).any(axis=1)
        states = np.where(known[:, None], states, 0.0)
        weight = np.ones(len(known)) if sample_weight is None else np.array(sample_weight, float)

        def forecasts(start, stop, n_steps):
            inputs = None
            if model.n_inputs:
                at = np.arange(start, stop)[:, None] + np.arange(n_steps + 1)
                inputs = states[np.minimum(at, len(states) - 1), N:]
            return model.simulate(states[start:stop], n_steps, N, inputs)

        columns = original.with_values(original.values[:, :N])
        scale = np.nanstd(columns.values, axis=0)
        horizon = getattr(model.reconstructor, "score_horizon", 20)
        if weight.shape == known.shape:
            weight[~known] = 0.0
        return forecast_r2(columns, forecasts, horizon, np.where(scale > 0, scale, 1.0), weight)


def make_reconstruction_pipeline(*steps, memory=None, verbose=False):
    """Pipeline of transformers and a reconstructor, its steps named by their classes.

    Parameters
    ----------
    *steps : estimators
        Transformers with an `inverse_transform`, and a reconstructor at the end.
    memory : str or joblib.Memory, default=None
        Cache of fitted transformers.
    verbose : bool, default=False
        Whether to print the time of each step.

    Returns
    -------
    ReconstructionPipeline
    """
    return ReconstructionPipeline(_name_estimators(steps), memory=memory, verbose=verbose)
