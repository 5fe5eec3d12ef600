"""Give forecasts the form of X: after a DataFrame, a DataFrame whose index goes on."""

import warnings

import numpy as np

from ._trajectories import is_many


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

    index = _following(pd, X.index, len(runs))
    return pd.DataFrame(runs, index=index, columns=X.columns[: runs.shape[1]])


def _is_frame(X):
    return hasattr(X, "iloc") and hasattr(X, "columns")


def _following(pd, index, n_steps):
    """Index of the `n_steps` rows after `index`."""
    if index.nlevels > 1:
        last = index[-1][:-1]
        same = [tuple(entry[:-1]) == last for entry in index[-1000:]]
        own = index[-1000:][same].get_level_values(index.nlevels - 1)
        time = _following(pd, own, n_steps)
        return pd.MultiIndex.from_tuples([(*last, t) for t in time], names=index.names)
    given = {"periods": n_steps + 1, "name": index.name}
    if isinstance(index, pd.PeriodIndex):
        return pd.period_range(index[-1], freq=index.freq, **given)[1:]
    recent = index[-1000:]
    if isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex):
        several = pd.date_range if isinstance(index, pd.DatetimeIndex) else pd.timedelta_range
        step = index.freq or _usual(recent)
        if step is not None:
            return several(index[-1], freq=step, **given)[1:]
    ahead = np.arange(1, n_steps + 1)
    if isinstance(index, pd.RangeIndex):
        return pd.Index(index[-1] + index.step * ahead, name=index.name)
    if index.dtype.kind in "iuf" and len(recent) > 1:
        step = np.median(np.diff(recent.to_numpy()))
        whole = index.dtype.kind in "iu" and step == int(step)
        return pd.Index(index[-1] + (int(step) if whole else step) * ahead, name=index.name)
    return pd.Index(len(index) - 1 + ahead, name=index.name)


def _usual(index):
    """Step of times: what pandas infers, else their median; None if there is none."""
    if len(index) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 3 announces that it will be an offset
        inferred = index.inferred_freq
    median = (index[1:] - index[:-1]).to_series().median()
    return inferred or (median if median else None)
