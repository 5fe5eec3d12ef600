"""What a y given to `fit` may be about, where there is no target."""

import warnings
from numbers import Real

import numpy as np

from ..exceptions import DataWarning
from .warning_level import level


def check_no_target(y, X=None):
    """Raise if y is a number: `pysindy.SINDy.fit` takes the time step there; warn of another X.

    Raises
    ------
    ValueError
        If y is a number, or a duration.

    Warns
    -----
    DataWarning
        If y is a copy of X in other units, of all its columns or of one: forecasts would be meant
        to be of y. If it is a time for each row.
    """
    step = _one_number(y)
    if step is not None:
        raise ValueError(
            f"y is the number {step}, and a reconstruction has no target. If it is the time "
            f"between two rows, give it to the estimator: dt={step}."
        )
    text = None
    if getattr(y, "ndim", 0) == 1 and getattr(X, "ndim", 0) == 2 and y is not X:
        text = _target_of_one_column(np.asarray(X), np.asarray(y))
    elif X is not None and y is not X and getattr(y, "ndim", 0) == 2:
        if y.shape == getattr(X, "shape", None) and not np.array_equal(
            np.asarray(X), np.asarray(y)
        ):
            text = "y has rows and columns as X and is ignored: forecasts are of X, in its units."
    if text is not None:
        advice = (
            " Put a transformer before the reconstructor in a Pipeline; TransformedTargetRegressor "
            "would take a transformation back that was never made."
        )
        text += "" if "dt=" in text else advice
        warnings.warn(text, DataWarning, stacklevel=level())


def _one_number(y):
    """Y as text if it is one number or a duration, however it is held; else None."""
    if hasattr(y, "total_seconds"):
        return y.total_seconds()
    if isinstance(y, str):
        return y if _is_number(y) else None
    if isinstance(y, (bool, np.bool_)) or y is None:
        return None
    if isinstance(y, Real):
        return y
    is_one = isinstance(y, (list, tuple, np.ndarray)) and np.size(y) == 1 and np.ndim(y) < 2
    value = np.ravel(y)[0] if is_one else None
    # A list of one is the target of one row for whoever asks for consistent lengths.
    return value if isinstance(value, float | np.floating) else None


def _is_number(text):
    try:
        return np.isfinite(float(text))
    except ValueError:
        return False


def _target_of_one_column(X, y):
    """What to say of y (n,) beside X (n, d): times, or a column of X in other units; or None."""
    few = X.ndim != 2 or len(y) < 3 or len(y) != len(X)
    if few or y.dtype.kind != "f" or X.dtype.kind not in "fiu" or not np.isfinite(y).all():
        return None
    steps = np.diff(y)
    if steps[0] > 0 and np.allclose(steps, steps[0], rtol=1e-6, atol=0.0):
        step = float(f"{np.mean(steps):.6g}")
        return (
            f"y rises by {step} from row to row and is ignored. If it is the time of the rows, "
            f"give its step to the estimator: dt={step}."
        )
    centred, spread = y - y.mean(), y.std()
    for k, column in enumerate(X.T):
        with np.errstate(all="ignore"):
            own = (column - column.mean()) / column.std()
            same = np.allclose(centred / spread, own, rtol=1e-6, atol=1e-9)
        if same and not np.array_equal(column, y):
            return (
                f"y is column {k} of X in other units and is ignored: forecasts are of X, in its "
                "units."
            )
    return None
