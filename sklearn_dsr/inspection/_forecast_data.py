"""What a forecast is drawn from: the forecast of a model, and the arrays of each column."""

import warnings

import numpy as np

from .._coordinates.unwrap import unwrap
from .._data.frames import like_frames
from .._data.trajectories import as_trajectories, is_many
from .._data.validation import check_int, check_real
from ..exceptions import ReconstructionWarning
from ..metrics._inputs import check_generated
from ..pipeline import forecast
from ._comparison import pick, warn_diverged
from ._time import times

N_STEPS = 200  # of a forecast, if nothing says how long


def one_of(X, trajectory):
    """One trajectory of several."""
    if X is None or not is_many(X):
        return X
    n = len(X)
    check_int(trajectory, "trajectory", -n, n - 1, f"There are {n} trajectories.")
    return X[trajectory]


def check_steps(n_steps, true):
    """Rows to forecast: as many as are asked for, as `true` has, or `N_STEPS`."""
    if n_steps is not None:
        return check_int(n_steps, "n_steps", 1)
    return N_STEPS if true is None else len(true)


def inputs_of(true, X, n_inputs):
    """External inputs in the last columns of what followed; None if they are not there."""
    if not n_inputs or true is None or np.shape(true)[1] != np.shape(X)[1]:
        return None
    return as_trajectories(true, name="true").values[:, -n_inputs:]


def with_bands(estimator, X, n_steps, inputs, levels):
    """The forecast, of an ensemble its median, and its quantiles or None."""
    _, reconstructor = unwrap(estimator)
    if hasattr(reconstructor, "estimators_"):
        *bands, median = forecast(estimator, X, n_steps, inputs, quantiles=[*levels, 0.5])
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReconstructionWarning)  # the caller has one
            median, bands = forecast(estimator, X, n_steps, inputs), []
        finite = np.isfinite(np.asarray(median)).all()
        if not (levels and finite and hasattr(reconstructor, "forecast_samples")):
            return median, None
        bands = forecast(estimator, X, n_steps, inputs, quantiles=levels)
    bands = [np.asarray(band) for band in bands]
    return like_frames(X, np.asarray(median)), np.reshape(bands, (-1, *np.shape(median)))


def paired_quantiles(quantiles):
    """Pairs of ascending quantiles as a tuple."""
    advice = "Give pairs, as (0.05, 0.95)."
    levels = tuple(check_real(q, "each of quantiles", 0.0, 1.0, advice) for q in quantiles)
    if len(levels) % 2 or sorted(levels) != list(levels):
        raise ValueError(f"quantiles must be ascending and of even number; got {levels}. {advice}")
    return levels


def check_bands(bands, levels, shape):
    """Bands as an array, one for each of the levels and of the forecast's shape."""
    bands = np.asarray(bands, dtype=np.float64)
    if bands.shape != (len(levels), *shape):
        raise ValueError(
            f"bands has shape {bands.shape}; for {len(levels)} quantiles of this forecast it must "
            f"be {(len(levels), *shape)}. Give what forecast(X, n_steps, quantiles=...) returned."
        )
    return bands


def arrays(past, true, generated, bands, names, columns, n_past, dt):
    """Parameters of a ForecastDisplay but its quantiles; see there. Warns of divergence.

    Parameters
    ----------
    past, true : array-like, DataFrame or None
    generated : array-like or DataFrame of shape (n_steps, N)
    bands : ndarray of shape (n_quantiles, n_steps, N) or None
    names : tuple of str
        Of all N columns.
    columns, n_past, dt : object
        As in `ForecastDisplay.from_trajectories`.
    """
    rows, shown = check_generated(generated, len(names))[0], list(pick(columns, names))
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        warn_diverged(f"the forecast diverged at step {np.argmin(finite) + 1} of {len(finite)}")
    n_steps = len(rows)
    before = _first_columns(past, len(names), "past")[:, shown]
    after = _first_columns(true, len(names), "true")[:n_steps, shown]
    everything = np.concatenate([before, after])
    n_past = max(n_steps // 2, 1) if n_past is None else check_int(n_past, "n_past", 0)
    n_past = min(n_past, len(before))
    past_time, time, time_name = times(past, generated, n_past, n_steps, dt)
    missing = np.full((n_steps - len(after), len(shown)), np.nan)
    return {
        "past_time": past_time,
        "time": time,
        "past": before[len(before) - n_past :],
        "generated": rows[:, shown],
        "true": None if true is None else np.concatenate([after, missing]),
        "bands": None if bands is None else bands[:, :, shown],
        "data_range": np.stack([f.reduce(everything, initial=np.nan) for f in (np.fmin, np.fmax)]),
        "names": tuple(names[k] for k in shown),
        "time_name": time_name,
    }


def _first_columns(rows, n_columns, name):
    """First columns (n, n_columns) of rows, which may have external inputs behind; none of None."""
    if rows is None:
        return np.empty((0, n_columns))
    values = as_trajectories(rows, name=name).values
    if values.shape[1] < n_columns:
        raise ValueError(
            f"{name} has {values.shape[1]} columns and the forecast has {n_columns}. Give the same "
            "columns."
        )
    return values[:, :n_columns]
