"""X as trajectories for plain models, and their results in the form of X."""

import numpy as np

from .._data.masks import filled
from .._data.trajectories import is_many
from ._subjects import labelled


class Parts:
    """Trajectories of X without control parameters.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        Valid trajectories.
    n_parameters : int
        Number p of last columns to leave out.

    Attributes
    ----------
    parts : list of array-like
        The trajectories.
    names : list
        Subject of each: a label, or the position in X.
    owners : list of int
        Row of `transform` of each.
    single : bool
        Whether X is one trajectory without a label.
    """

    def __init__(self, X, n_parameters):
        found = labelled(X)
        parts, names = ([X], [0]) if found is None else found
        order = list(dict.fromkeys(names))
        self.owners = [order.index(name) for name in names]
        self.parts = [_without(part, n_parameters) for part in parts]
        self._many = is_many(X)
        self._X, self.names, self.single = X, names, found is None

    def forecasts(self, results):
        """Forecasts of all trajectories: each an array, a frame, or a list of frames."""
        if self.single:
            return results[0]
        if isinstance(results[0], np.ndarray):
            return np.stack(results, axis=results[0].ndim - 2)
        if isinstance(results[0], list):  # one frame per quantile
            return [self._frames(list(frames)) for frames in zip(*results, strict=True)]
        return self._frames(results)

    def _frames(self, frames):
        if self._many:
            return frames
        import pandas as pd  # X is a DataFrame

        return pd.concat(frames)

    def rows(self, results):
        """Row-wise results (n_i, d) of all trajectories, in the form of X."""
        if self.single:
            return results[0]
        if self._many:
            return np.stack(results) if getattr(self._X, "ndim", 2) == 3 else results
        labels = self._X.index.get_level_values(0)
        out = np.empty((len(self._X), results[0].shape[1]))
        for name, result in zip(self.names, results, strict=True):
            out[labels == name] = result
        return out


def _without(part, p):
    """A trajectory without its last p columns."""
    if not p:
        return part
    if hasattr(part, "iloc"):
        return part.iloc[:, : part.shape[1] - p]
    rows = np.asarray(filled(part))
    return rows[:, : rows.shape[1] - p]
