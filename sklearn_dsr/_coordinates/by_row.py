"""Check that no inverse of a pipeline depends on the rows before."""

import warnings

import numpy as np
from sklearn.pipeline import Pipeline

from .._data.trajectories import as_trajectories, is_many
from .past import unnamed_columns

_MOST = 200  # rows of the trial: a sum is off after one row, and the trial is fast
_BEFORE = 1000  # rows before them, as in a forecast, for steps that need a past
_FEWEST = 4  # least number of complete rows for several cuts, else gaps are filled
_NEAR = 1e-4  # tolerance relative to the largest value: above rounding, below the loss of a sum
_ROUNDING = 1e3  # last digits of the largest value: an inverse by matrices mixes the columns


def check_by_row(steps, X):
    """Raise if an inverse of fitted transformers depends on earlier rows, as a cumulative sum does.

    Such an inverse would begin each run at 0. The check compares the inverse of some rows with and
    without rows before them. It passes steps on which the comparison fails.

    Parameters
    ----------
    steps : list of (str, transformer)
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array

    Raises
    ------
    TypeError
        If a step without `inverse_forecast` has such an `inverse_transform`.
    """
    # The user did not ask for this trial: hide its warnings.
    with warnings.catch_warnings(), np.errstate(all="ignore"), unnamed_columns():
        warnings.simplefilter("ignore")
        name, step = _first_that_depends(steps, X)
    if step is not None:
        raise TypeError(
            f"Step {name!r} of the pipeline ({type(step).__name__}) has an inverse_transform whose "
            "rows depend on the rows before, as in a cumulative sum, so a forecast would begin at "
            "0. Give the step an inverse_forecast(run, history), or use Difference."
        )


def _first_that_depends(steps, X):
    try:
        rows = _some_rows(X)
        for name, step in _named(steps):
            rows = step.transform(rows)
            if not hasattr(step, "inverse_forecast") and _depends(step, _probe(rows)):
                return name, step
    except Exception:  # the call that needs the step reports the error better
        pass
    return None, None


def _named(steps):
    """Names and steps, with nested pipelines flattened."""
    for name, step in steps:
        if isinstance(step, Pipeline):
            yield from _named(step.steps)
        elif step not in (None, "passthrough"):
            yield name, step


def _some_rows(X):
    """The last rows of the longest gap-free piece of X, or of X if there is none."""
    X = max(X, key=len) if is_many(X) else X
    known = as_trajectories(X)
    k = np.argmax(known.stops - known.starts) if len(known.starts) else None
    a, b = (0, len(X)) if k is None else (known.starts[k], known.stops[k])
    rows = slice(max(a, b - _MOST - _BEFORE), b)
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _probe(rows):
    """Up to 200 rows without NaN; column means replace NaN if fewer than 4 rows are complete."""
    rows = np.asarray(rows, dtype=np.float64)
    complete = rows[np.isfinite(rows).all(axis=1)]
    if len(complete) < _FEWEST:
        means = np.nan_to_num(np.nanmean(rows, axis=0))
        complete = np.where(np.isfinite(rows), rows, means)
    return complete[-_MOST:]


def _depends(step, rows):
    def inverse(first=0):
        return np.asarray(step.inverse_transform(rows[first:].copy()))

    whole, n = inverse(), len(rows)
    if len(whole) != n or not np.array_equal(whole, inverse(), equal_nan=True):
        return False  # another kind of inverse, or a random inverse
    largest = np.fmax.reduce(np.abs(whole), axis=0)
    near = _NEAR * largest + _ROUNDING * np.finfo(whole.dtype).eps * np.fmax.reduce(largest)
    # Several cuts, because the sum over whole periods of a difference is 0.
    for cut in {1, n // 3, n // 2} - {0, n}:
        part = inverse(cut)
        if part.shape != whole[cut:].shape:
            return False
        known = np.isfinite(part) & np.isfinite(whole[cut:])
        if np.any((np.abs(part - whole[cut:]) > near) & known):
            return True
    return False
