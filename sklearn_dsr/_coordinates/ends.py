"""The last rows of each trajectory, in X and in the coordinates of the model."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._data.trajectories import is_many
from .original_coordinates import OriginalCoordinates


def fitted_coordinates(estimator):
    """Model in the coordinates of X, of an estimator that is fitted."""
    check_is_fitted(estimator)
    return OriginalCoordinates(estimator)


def ends_of(coordinates, X, more=0):
    """Last rows of each trajectory of X behind its last gap: one state's, and up to `more` before.

    Returns
    -------
    last : ndarray of shape (n_trajectories, n_features)
        The last row of each, as it is in X.
    states : list of array-like of shape (1 to more + 1, n_model_features)
        The rows that have a complete past, in model coordinates.
    origins : Origins
        The last row of each, with those before it that were taken.
    """
    context, trajectories = coordinates.context_length, coordinates.trajectories(X)
    last, ends = trajectories.last_rows(), trajectories.offsets[1:]
    n_rows = ends - trajectories.starts[np.searchsorted(trajectories.stops, ends)]
    states, parts = [], []
    for k, part in enumerate(X if is_many(X) else [X]):
        if n_rows[k] < context:
            raise ValueError(
                f"X{f'[{k}]' if is_many(X) else ''} ends with {n_rows[k]} rows without a gap, and "
                f"the embedding needs {context} for one state. Give at least so many rows."
            )
        n = min(n_rows[k], context + more)
        part = part.iloc[-n:] if hasattr(part, "iloc") else part[-n:]
        parts.append(part)
        if coordinates.transformer is not None:
            part = coordinates.states(part, trajectories.tail(k, n))[context - 1 :]
        elif coordinates.is_of_package:  # as it was read
            part = trajectories.tail(k, n).values
        states.append(part)
    past = coordinates.past(parts)
    return last, states, past.at(past.offsets[1:] - 1)


def following(inputs):
    """Inputs at the rows of a run, from inputs one row earlier; the last one is repeated."""
    return None if inputs is None else np.concatenate([inputs[:, 1:], inputs[:, -1:]], axis=1)
