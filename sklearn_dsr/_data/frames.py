"""Give forecasts the form of X: after a DataFrame, a DataFrame whose index goes on."""

from .labels import labels_after
from .time_axis import TimeAxis
from .trajectories import is_many


def like_frames(X, runs):
    """Forecasts as frames where X is a pandas DataFrame or holds some, else as they are.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        What the forecasts go on from.
    runs : ndarray of shape (n_steps, d), or (n_trajectories, n_steps, d)
        The latter if X is several trajectories.

    Returns
    -------
    ndarray, DataFrame of shape (n_steps, d), or list of DataFrame and ndarray
        Columns are the first d of X. The index goes on in its usual step; one that has none, as
        words, is followed by the numbers of the rows.
    """
    if is_many(X):
        if not any(_is_frame(part) for part in X):
            return runs
        return [like_frames(part, run) for part, run in zip(X, runs, strict=True)]
    if not _is_frame(X):
        return runs
    import pandas as pd  # only those have it who gave a frame

    TimeAxis.of(X).check()
    index = labels_after(X.index, len(runs))
    return pd.DataFrame(runs, index=index, columns=X.columns[: runs.shape[1]])


def _is_frame(X):
    return hasattr(X, "iloc") and hasattr(X, "columns")
