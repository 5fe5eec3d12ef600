"""Give each step of a pipeline the index of X while it is fitted, where that index jumps."""

from contextlib import contextmanager

import numpy as np
from sklearn.utils.validation import check_memory

from .time_axis import TimeAxis, check_times, warn_of_times
from .trajectories import is_many


@contextmanager
def index_kept(pipeline, X):
    """Fit a pipeline within: what a step returns gets the index of the frame that it was given.

    Steps that return arrays, as StandardScaler, hide a jump of the index from those behind, which
    would join the rows on its sides. Nothing changes for an X without jumps.

    Parameters
    ----------
    pipeline : Pipeline
        Its `memory` is another one within.
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array

    Raises
    ------
    ValueError
        If times run backwards or are not in the last level; within, if a step drops rows, so that
        those left have no index.

    Warns
    -----
    DataWarning
        If the index of an X without jumps falls, or stays, or may be read in two ways.
    """
    check_times(X)
    if not jumps(X):
        if len(pipeline.steps) > 1:  # which may hide the index from the model
            warn_of_times(X)
        yield
        return
    given = pipeline.memory
    pipeline.memory = _IndexMemory(check_memory(given), X)
    try:
        yield
    finally:
        pipeline.memory = given


def jumps(X):
    """Whether the index of a frame, or of one of them, cuts it."""
    return any(len(TimeAxis.of(part).cuts) for part in (X if is_many(X) else [X]))


class _IndexMemory:
    """A cache of fitted steps, as a pipeline asks it for, that puts an index on their results."""

    def __init__(self, memory, X):
        self._memory, self._X = memory, X

    @property
    def location(self):
        return self._memory.location

    def cache(self, function, **options):
        cached = self._memory.cache(function, **options)

        def fit_transform(*args, **kwargs):
            rows, fitted = cached(*args, **kwargs)
            return _indexed(rows, self._X), fitted

        return fit_transform


def _indexed(rows, X):
    """Rows of a step as frames with the index of X, if they are none yet."""
    if is_many(X):
        if not is_many(rows):
            return rows
        return [_indexed(part, given) for part, given in zip(rows, X, strict=True)]
    if hasattr(rows, "iloc") or not len(TimeAxis.of(X).cuts):
        return rows
    import pandas as pd  # only those come here who gave a frame

    if rows.shape[0] != len(X):
        raise ValueError(
            f"A step of the pipeline made {rows.shape[0]} rows of the {len(X)} rows of X, whose "
            "index jumps, so it is unknown which rows they are. Use "
            'DelayEmbedding(boundary="nan"), which keeps all rows.'
        )
    return pd.DataFrame(np.asarray(rows), X.index, getattr(rows, "columns", None), copy=False)
