"""Forecasts and free runs in the units of X, for pipelines, searches and reconstructors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._data.frames import like_frames
from .._data.masks import filled
from .._data.trajectories import Trajectories, as_trajectories, is_many, trajectories_of
from .._data.types import Estimator, Floats, Forecast, Seed
from .._data.validation import check_inputs, check_int
from .._recipe import BUDGET
from .ends import ends_of, fitted_coordinates, following
from .free_runs import in_units, run
from .original_coordinates import OriginalCoordinates
from .quantiles import checked_quantiles, framed_quantiles, sample_quantiles

_N_STEPS = "It is the number of rows to return."
# Values of draws that go back to the units of X at once: 32 MB.
_BLOCK = 4_000_000


def forecast(
    estimator: Estimator,
    X: ArrayLike,
    n_steps: int,
    inputs: ArrayLike | None = None,
    *,
    quantiles: ArrayLike | None = None,
) -> Forecast:
    """Forecast the rows after the last row of X, for each trajectory, in the units of X.

    The transformers map the last rows of X to the coordinates of the model, as many as an embedding
    needs and up to 1000 more. The model estimates its state from them and runs freely. The
    `inverse_transform` of the transformers maps the run back, or ``inverse_forecast(run, history)``
    for steps that need the rows before, such as a difference. Rows before a gap are not used.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or search over either
        The model. A search uses its `best_estimator_`.
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        Rows up to the start of the forecast. The last rows must not be a gap.
    n_steps : int
        Number of rows to forecast, at least 1.
    inputs : array-like of shape (n_steps, n_inputs) or (n_trajectories, n_steps, n_inputs), \
default=None
        External inputs at the times of the forecast rows, in the units of X. The last row of inputs
        may be left out, because the inputs in X drive the first step.
    quantiles : sequence of float in [0, 1], default=None
        Quantiles of future measurements, in the units of X. They are taken for each row and column
        separately. None returns the run without noise, or the median of an ensemble.

    Returns
    -------
    ndarray, DataFrame or list of DataFrame
        Forecast in the units of X, an array of shape (n_steps, n_features - n_inputs), or
        (n_trajectories, n_steps, n_features - n_inputs) for a list or a 3-D array. A pandas
        DataFrame gives a DataFrame whose index continues, a list of them a list. With `quantiles`
        an array has one more axis in front, and DataFrames come in a list with one entry per
        quantile. Values are NaN after a run has diverged.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If the last step has no `simulate`, a transformer has no inverse, or `quantiles` are given
        for an estimator without samples.
    ValueError
        If X is not valid, ends in a gap or has fewer rows after its last gap than the embedding
        needs; if `n_steps` is below 1 or a quantile is outside [0, 1]; or if `inputs` are missing,
        too short, or given to a model without inputs.

    Warns
    -----
    ReconstructionWarning
        If a run diverges.

    See Also
    --------
    simulate : Free run from given rows of X.
    ReconstructionPipeline : Pipeline with this function as a method.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.pipeline import forecast
    >>> X = make_lorenz63(2000, dt=0.02, random_state=0)
    >>> model = ShallowPLRNNReconstructor(hidden_dim=20, max_iter=100, n_init=1, random_state=0)
    >>> forecast(make_pipeline(StandardScaler(), model).fit(X), X, 5).shape
    (5, 3)
    """
    ahead = _Ahead.of(estimator, X, n_steps, inputs)
    if quantiles is None:
        runs = ahead.runs()
        return like_frames(X, runs if is_many(X) else runs[0])
    wanted = checked_quantiles(quantiles)
    if not hasattr(ahead.coordinates.reconstructor, "forecast_samples"):
        raise TypeError(
            f"{type(ahead.coordinates.reconstructor).__name__} has no forecast_samples, so it has "
            "no quantiles. Fit a reconstructor of sklearn_dsr, or leave quantiles out."
        )
    results = sample_quantiles(ahead.samples(), wanted)
    return framed_quantiles(X, results if is_many(X) else results[:, 0])


def forecast_samples(estimator, X, n_steps, inputs=None):
    """Samples of future measurements in the units of X, see `forecast_samples` of the model.

    Parameters
    ----------
    estimator, X, n_steps, inputs : object
        As in `forecast`.

    Returns
    -------
    ndarray of shape (n, n_steps, N) or (n, n_trajectories, n_steps, N)
    """
    samples = _Ahead.of(estimator, X, n_steps, inputs).samples()
    return samples if is_many(X) else samples[:, 0]


@dataclass(frozen=True)
class _Ahead:
    """A forecast that is asked for, all of it valid.

    Attributes
    ----------
    coordinates : OriginalCoordinates
    n_steps : int
    states : Trajectories, or list of array-like
        The last rows of each trajectory in model coordinates; a list for a reconstructor of others.
    inputs : ndarray of shape (n_trajectories, n_steps, K), or None
        External inputs in model coordinates, from the last rows on.
    back : (int, ndarray or None, Origins)
        Further arguments of `OriginalCoordinates.inverse`.
    """

    coordinates: OriginalCoordinates
    n_steps: int
    states: Trajectories | list
    inputs: np.ndarray | None
    back: tuple

    @classmethod
    def of(cls, estimator, X, n_steps, inputs):
        """Check X, the number of steps and the inputs."""
        coordinates, X = fitted_coordinates(estimator), filled(X)
        check_int(n_steps, "n_steps", 1, advice=_N_STEPS)
        of_many = hasattr(coordinates.reconstructor, "subject_features_")
        if of_many and getattr(getattr(X, "index", None), "nlevels", 1) > 1:
            raise ValueError(
                "X is one frame with a MultiIndex, and behind transformers its subjects are not "
                "told apart. Give a list of frames, one per subject."
            )
        last, states, origins = ends_of(coordinates, X, BUDGET.context)
        inputs = check_inputs(inputs, coordinates.n_inputs, len(last), n_steps - 1, not is_many(X))
        if inputs is not None:
            now = [np.asarray(part)[-1:, -coordinates.n_inputs :] for part in states]
            inputs = np.concatenate([now, coordinates.scale_inputs(inputs, last)], axis=1)
        if coordinates.is_of_package:
            states = trajectories_of(states, coordinates.model_mask)
            states.last_rows()  # transformers may have made a gap
        back = last.shape[1] - coordinates.n_inputs, following(inputs), origins
        return cls(coordinates, n_steps, states, inputs, back)

    def runs(self):
        """Forecasts (n_trajectories, n_steps, N) in the units of X."""
        reconstructor = self.coordinates.reconstructor
        if self.coordinates.is_of_package:
            runs = reconstructor._runs_ahead(self.states, self.n_steps, self.inputs)
        else:
            runs = run(reconstructor.forecast, self.states, self.n_steps, **self._given())
            runs = np.asarray(runs)  # or frames
        return in_units(self.coordinates, runs, *self.back)

    def samples(self):
        """Draws (n, n_trajectories, n_steps, N) in the units of X."""
        reconstructor = self.coordinates.reconstructor
        if self.coordinates.is_of_package:
            samples = reconstructor._samples_ahead(self.states, self.n_steps, self.inputs)
        else:
            method = reconstructor.forecast_samples
            samples = run(method, self.states, self.n_steps, **self._given())
        n, n_trajectories = samples.shape[:2]
        width, inputs, origins = self.back
        block, made = max(1, _BLOCK // max(samples[0].size, 1)), []
        for k in range(0, n, block):
            runs = samples[k : k + block]
            many = len(runs)
            given = None if inputs is None else np.tile(inputs, (many, 1, 1))
            runs = runs.reshape(many * n_trajectories, *runs.shape[2:])
            runs = self.coordinates.inverse(runs, width, given, origins.repeated(many))
            made.append(runs.reshape(many, n_trajectories, *runs.shape[1:]))
        return np.concatenate(made)

    def _given(self):
        """External inputs as a public `forecast` takes them."""
        return {} if self.inputs is None else {"inputs": self.inputs[:, 1:]}


def simulate(
    estimator: Estimator,
    X: ArrayLike,
    n_steps: int,
    inputs: ArrayLike | None = None,
    *,
    noise: bool = False,
    random_state: Seed = None,
) -> Floats:
    """Run the model freely from given rows of X, in the units of X.

    Unlike :func:`forecast`, a run starts from the rows of one state only: one row, or
    `context_length_` rows with a delay embedding.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or search over either
        The model. A search uses its `best_estimator_`.
    X : array-like of shape (n_features,), (n_rows, n_features) or (n_ic, n_rows, n_features)
        Start of each run. Without an embedding each row of a 2-D array starts a run,
        (n_ic, n_features). With one a 2-D array is a single piece of at least `context_length_`
        rows, and the run continues after its last row. A 3-D array or a list has one piece per run.
    n_steps : int
        Number of steps, at least 1.
    inputs : array-like of shape (n_steps, n_inputs) or (n_ic, n_steps, n_inputs), default=None
        External inputs in the units of X. Row k acts in the step from k to k + 1, and row 0 is at
        the time of the start.
    noise : bool, default=False
        Whether the `process_noise_` of the reconstructor drives the run.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the noise. The same int gives the same bits.

    Returns
    -------
    ndarray of shape (n_steps, n_features - n_inputs) or (n_ic, n_steps, n_features - n_inputs)
        Free run in the units of X. Values are NaN after a run has diverged.

    Raises
    ------
    NotFittedError, TypeError, ValueError
        As in :func:`forecast`.

    Warns
    -----
    ReconstructionWarning
        If a run diverges.

    See Also
    --------
    forecast : Rows after the last row of X, from an estimate of its state.
    ReconstructionPipeline : Pipeline with this function as a method.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.pipeline import simulate
    >>> X = make_lorenz63(2000, dt=0.02, random_state=0)
    >>> model = ShallowPLRNNReconstructor(hidden_dim=20, max_iter=100, n_init=1, random_state=0)
    >>> simulate(make_pipeline(StandardScaler(), model).fit(X), X[[0, 500]], 5).shape
    (2, 5, 3)
    """
    coordinates, X = fitted_coordinates(estimator), filled(X)
    check_int(n_steps, "n_steps", 1, advice=_N_STEPS)
    context, many, row = coordinates.context_length, is_many(X), _is_row(X)
    if row:
        X = X.to_frame().T if hasattr(X, "to_frame") else np.asarray(X)[None]
    if context > 1 or many:
        last, states, origins = ends_of(coordinates, X)
        states = np.stack([np.asarray(part)[-1] for part in states])
    else:
        starts = as_trajectories(X)
        last, states = starts.values, coordinates.states(X, starts)
        origins = coordinates.past(X).at(np.arange(len(last)))
    single = row or (context > 1 and not many)
    inputs = check_inputs(inputs, coordinates.n_inputs, len(last), n_steps, single)
    given = {}
    if inputs is not None:
        inputs = coordinates.scale_inputs(inputs, last)
        given = {"inputs": inputs}
    if noise is not False:
        given |= {"noise": noise, "random_state": random_state}
    runs = run(coordinates.reconstructor.simulate, states, n_steps, **given)
    runs = in_units(
        coordinates, runs, last.shape[1] - coordinates.n_inputs, following(inputs), origins
    )
    return runs[0] if single else runs


def _is_row(X):
    return np.ndim(X[:1] if isinstance(X, (list, tuple)) else X) == 1
