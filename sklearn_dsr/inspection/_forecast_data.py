"""What a forecast is drawn from: one trajectory, its first columns, and pairs of quantiles."""

import warnings

import numpy as np

from .._coordinates.unwrap import unwrap
from .._data.frames import like_frames
from .._data.trajectories import as_trajectories, is_many
from .._data.validation import check_int, check_real
from ..exceptions import ReconstructionWarning
from ..pipeline import forecast


def one_of(X, trajectory):
    """One trajectory of several."""
    if X is None or not is_many(X):
        return X
    n = len(X)
    check_int(trajectory, "trajectory", -n, n - 1, f"There are {n} trajectories.")
    return X[trajectory]


def first_columns(rows, n_columns, name):
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


def check_quantiles(quantiles):
    """Pairs of ascending quantiles as a tuple."""
    advice = "Give pairs, as (0.05, 0.95)."
    levels = tuple(check_real(q, "each of quantiles", 0.0, 1.0, advice) for q in quantiles)
    if len(levels) % 2 or sorted(levels) != list(levels):
        raise ValueError(f"quantiles must be ascending and of even number; got {levels}. {advice}")
    return levels


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
