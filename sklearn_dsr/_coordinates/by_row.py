"""Refuse steps of a pipeline whose inverse of a row depends on the rows before it."""

import warnings

import numpy as np
from sklearn.pipeline import Pipeline

from .._data.trajectories import as_trajectories, is_many
from .past import unnamed_columns

_MOST = 200  # rows that are tried
_BEFORE = 1000  # and as many more before them, for steps that need a past
_NEAR = 1e-4  # of a column's largest value: far above rounding, below what a sum loses


def check_by_row(steps, X):
    """Raise if an inverse of fitted transformers goes on from rows before, as a cumulative sum.

    A run would begin at 0 again. What a step loses does not matter: the inverse of some rows must
    be that of the same rows with others before them. What cannot be tried is left to what follows.

    Parameters
    ----------
    steps : list of (str, transformer)
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array

    Raises
    ------
    TypeError
        If a step that has `inverse_transform` and no `inverse_forecast` does so.
    """
    # What a probe of somebody's step says or raises is not the user's concern.
    with warnings.catch_warnings(), np.errstate(all="ignore"), unnamed_columns():
        warnings.simplefilter("ignore")
        name, step = _first_that_depends(steps, X)
    if step is not None:
        raise TypeError(
            f"Step {name!r} of the pipeline ({type(step).__name__}) has an inverse_transform whose "
            "rows depend on the rows before, as those of a cumulative sum, and a forecast would "
            "begin anew. Give the step an inverse_forecast(run, history), or use Difference."
        )


def _first_that_depends(steps, X):
    try:
        rows = _some_rows(X)
        for name, step in _named(steps):
            rows = step.transform(rows)
            if not hasattr(step, "inverse_forecast") and _depends(step, _probe(rows)):
                return name, step
    except Exception:  # of whatever kind: the call that needs the step says it better
        pass
    return None, None


def _named(steps):
    """Names and steps, those of pipelines in them one by one."""
    for name, step in steps:
        if isinstance(step, Pipeline):
            yield from _named(step.steps)
        elif step not in (None, "passthrough"):
            yield name, step


def _some_rows(X):
    """The last rows of the longest piece of X without a gap; of all of X, if there is none."""
    X = max(X, key=len) if is_many(X) else X
    known = as_trajectories(X)
    k = np.argmax(known.stops - known.starts) if len(known.starts) else None
    a, b = (0, len(X)) if k is None else (known.starts[k], known.stops[k])
    rows = slice(max(a, b - _MOST - _BEFORE), b)
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]


def _probe(rows):
    """Up to 200 rows without NaN; where hardly one is complete, with the columns' means in it."""
    rows = np.asarray(rows, dtype=np.float64)
    complete = rows[np.isfinite(rows).all(axis=1)]
    if len(complete) < 4:
        means = np.nan_to_num(np.nanmean(rows, axis=0))
        complete = np.where(np.isfinite(rows), rows, means)
    return complete[-_MOST:]


def _depends(step, rows):
    def inverse(first=0):
        return np.asarray(step.inverse_transform(rows[first:].copy()))

    whole, n = inverse(), len(rows)
    if len(whole) != n or not np.array_equal(whole, inverse(), equal_nan=True):
        return False  # another kind of inverse, or a random one
    largest = np.fmax.reduce(np.abs(whole), axis=0)
    near = _NEAR * largest + 1e3 * np.finfo(whole.dtype).eps * np.fmax.reduce(largest)
    # Several cuts: the sum of whole periods of a difference is 0.
    for cut in {1, n // 3, n // 2} - {0, n}:
        part = inverse(cut)
        if part.shape != whole[cut:].shape:
            return False
        known = np.isfinite(part) & np.isfinite(whole[cut:])
        if np.any((np.abs(part - whole[cut:]) > near) & known):
            return True
    return False
