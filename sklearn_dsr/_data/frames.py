"""Forecasts in the form of X: a DataFrame gives a DataFrame whose index continues."""

from .labels import labels_after
from .time_axis import TimeAxis
from .trajectories import is_many


def like_frames(X, runs):
    """Forecasts as DataFrames if X is or holds pandas DataFrames, else as arrays.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        Rows before the forecasts.
    runs : ndarray of shape (n_steps, d), or (n_trajectories, n_steps, d)
        Forecasts; the second shape is for several trajectories.

    Returns
    -------
    ndarray, DataFrame of shape (n_steps, d), or list of DataFrame and ndarray
        Columns are the first d of X. The index continues with its usual step. An index without a
        step, such as words, is followed by row numbers.
    """
    if is_many(X):
        if not any(_is_frame(part) for part in X):
            return runs
        return [like_frames(part, run) for part, run in zip(X, runs, strict=True)]
    if not _is_frame(X):
        return runs
    import pandas as pd  # installed if X is a DataFrame

    TimeAxis.of(X).check()
    index = labels_after(X.index, len(runs))
    return pd.DataFrame(runs, index=index, columns=X.columns[: runs.shape[1]])


def _is_frame(X):
    return hasattr(X, "iloc") and hasattr(X, "columns")
