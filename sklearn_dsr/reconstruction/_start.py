"""Standardisation of X, and initial values of a training."""

from dataclasses import asdict

import numpy as np

from .._core import linalg
from .._data.trajectories import pooled, row_blocks
from .._recipe import BUDGET, RECIPE
from .._training._regression import Regression, Steps

LEAST = 1e-140  # squares of smaller deviations underflow
LOST = 1e-13  # smaller deviations relative to the mean have three digits, too few for a map
ROUNDING = 9e-16  # four units of the last digit: closer values are equal up to rounding


def at_rest(low, high):
    """Whether columns with these smallest and largest values are constant up to rounding."""
    return high - low <= ROUNDING * np.maximum(np.abs(low), np.abs(high))


def levelled(trajectories):
    """The same trajectories; columns that vary by rounding only become constant."""
    values = trajectories.values
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    rounded = np.flatnonzero(at_rest(low, high) & (low < high))
    if not len(rounded):
        return trajectories
    values = values.copy()
    for k in rounded:
        values[~np.isnan(values[:, k]), k] = low[k]
    return trajectories.with_values(values)


def standardisation(segments, standardize, n_inputs=0):
    """Mean and scale of each column, (n_features,); the scale of a constant column is 1.

    Parameters
    ----------
    segments : list of ndarray of shape (n_i, n_features)
        Missing values are left out.
    standardize : bool or "common"
        See the reconstructors. "common" does not apply to inputs.
    n_inputs : int
        External inputs, the last columns.

    Raises
    ------
    ValueError
        If all columns but inputs are constant, or one has no value or varies by rounding only.
    """
    count, total = 0, 0.0
    for block in row_blocks(segments):
        count = count + np.sum(~np.isnan(block), axis=0)
        total = total + np.nansum(block, axis=0)
    empty = np.flatnonzero(count == 0)
    if len(empty):
        raise ValueError(
            f"Column {empty[0]} of X has no value: all of them are missing. Leave it out."
        )
    mean = total / count
    low = np.fmin.reduce([np.fmin.reduce(s, axis=0) for s in segments], axis=0)
    high = np.fmax.reduce([np.fmax.reduce(s, axis=0) for s in segments], axis=0)
    constant = at_rest(low, high)
    mean = np.where(low == high, low, mean)  # exact, so that standardised values are 0
    squares = sum(np.nansum((block - mean) ** 2, axis=0) for block in row_blocks(segments))
    scale = np.sqrt(squares / count)
    # Columns that vary in their last digits only, or so little that squares underflow.
    lost = ~constant & ((scale <= LOST * np.abs(mean)) | (scale < LEAST))
    N = len(mean) - n_inputs
    if np.all(constant[:N]):
        raise ValueError(
            f"X does not vary: all of its {N} columns are constant, so there are no dynamics to "
            "learn. Give columns that change over time."
        )
    if np.any(lost):
        k = int(np.argmax(lost))
        advice = "subtract the offset before storing it, or leave the column out if it is constant."
        if scale[k] < LEAST:
            advice = "change the unit, so that its values are near 1."
        raise ValueError(
            f"Column {k} of X varies by {high[k] - low[k]:.2g} about {mean[k]:.3g}, which is too "
            f"little for the digits of a float. Rescale it: {advice}"
        )
    if standardize is False:
        return np.zeros_like(mean), np.ones_like(scale)
    scale = np.where(constant, 1.0, scale)
    if standardize == "common":
        scale[:N] = np.sqrt(np.mean(scale[:N][~constant[:N]] ** 2))
    return mean, scale


def standardised(rows, mean, scale, dtype=np.float64):
    """Return (rows - mean) / scale, computed in blocks so that the result is the only copy.

    Values too large for `dtype` become infinite, and the training diverges.
    """
    result = np.empty(rows.shape, dtype)
    with np.errstate(over="ignore"):
        done = 0
        for block in row_blocks([rows]):
            result[done : done + len(block)] = (block - mean) / scale
            done += len(block)
    return result


def covariance_of(rows):
    """Covariance (N, N) of the columns of rows (n, N), with a fixed order of sums."""
    centred = rows - rows.mean(axis=0)
    return linalg.gram(centred, centred) / max(len(rows) - 1, 1)


def initial_start(problem, trajectories, start):
    """Initial values of a fit, as a function of a candidate's number and random generator.

    Parameters
    ----------
    problem : Problem
    trajectories : Trajectories
        Standardised data without missing values.
    start : {"random", "regression"}
        Initial values of the reference implementation, or, with a hidden layer, of a `Regression`.
        A clipped model uses the regression for every other candidate, because some data need one
        and some the other.

    Returns
    -------
    callable (k, rng) -> list of dicts of trained arrays, see `Trainer.initial`
    """
    N = problem.sizes[1]
    covariance = covariance_of(pooled(trajectories.segments(min_rows=2))[:, :N])
    if start == "random" or "W2" not in problem.shapes:
        return lambda k, rng: [problem.initial(rng, covariance)]

    def initial(k, rng):
        arrays, parametrization = problem.initial(rng, covariance), problem.parametrization
        if parametrization.clipped and k % 2:
            return [arrays]
        observation = problem.maps(arrays)[1]
        steps = Steps.of(observation, N, trajectories, BUDGET.regressed_rows, rng)
        layer = Regression(parametrization, steps, parametrization.hidden_dim, rng).solve(
            RECIPE.trained_penalties
        )
        with np.errstate(over="ignore"):  # values beyond the precision of the training
            finite = all(np.isfinite(v.astype(problem.dtype)).all() for v in layer.values())
        return [arrays | layer, arrays] if finite else [arrays]

    return initial


def previous_start(problem, estimator):
    """Initial values for `warm_start`: all candidates start from the fitted ones.

    Raises
    ------
    ValueError
        If the model, sizes, observation or number of inputs have changed.
    """
    shapes = problem.shapes
    fitted = {name: getattr(estimator, f"{name}_", None) for name in shapes}
    others = {name for name in ("B", "L0", "C") if hasattr(estimator, f"{name}_")} - set(shapes)
    if (
        estimator.architecture_ != asdict(problem.parametrization)
        or any(np.shape(fitted[name]) != shapes[name] for name in shapes)
        or others
    ):
        raise ValueError(
            "warm_start=True needs the model, sizes, observation and inputs of the previous fit, "
            "and some of them have changed. Set warm_start=False or the previous parameters."
        )
    return lambda k, rng: [dict(fitted)]
