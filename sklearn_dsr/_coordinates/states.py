"""Transformed rows of X, aligned with the rows of X."""

import numpy as np
from sklearn.pipeline import Pipeline

from .._data.masks import filled
from .._data.time_axis import TimeAxis
from .._data.trajectories import as_trajectories, is_many
from .past import unnamed_columns


def aligned_states(transformer, X, original):
    """Transformed rows of X, one for each row of X, NaN for rows that were dropped.

    Parameters
    ----------
    transformer : Pipeline of fitted transformers
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
    original : Trajectories
        Trajectories of X.

    Raises
    ------
    ValueError
        If a transformer drops rows of a trajectory with gaps, so that the others are unknown.
    """
    parts, borders = between_jumps(X)
    owner = np.searchsorted(borders, original.starts, side="right") - 1
    longest = np.zeros(len(parts), dtype=np.int64)
    np.maximum.at(longest, owner, original.stops - original.starts)
    # Embeddings refuse parts that are too short: leave these out, unless all are too short.
    enough = longest >= min(context_length(transformer), longest.max())
    transform = transformer.transform  # part by part: few transformers take a list
    made = as_trajectories([transform(parts[k]) for k in np.flatnonzero(enough)])
    rows_of = iter(made.parts())
    states = []
    for k, given in enumerate(np.split(original.values, borders[1:-1])):
        rows = next(rows_of) if enough[k] else np.empty((0, made.values.shape[1]))
        lost = len(given) - len(rows)
        if lost < 0 or (lost > 0 and enough[k] and np.isnan(given).any()):
            at = np.searchsorted(original.offsets, borders[k], side="right") - 1
            raise ValueError(
                f"The transformers made {len(rows)} rows of the {len(given)} "
                f"rows of trajectory {at}, which holds gaps, so it is unknown which rows they "
                'are. Use DelayEmbedding(boundary="nan"), which keeps all rows.'
            )
        # Without gaps, the dropped rows are the incomplete ones at the start.
        states.append(np.concatenate([np.full((lost, rows.shape[1]), np.nan), rows]))
    return np.concatenate(states)


def check_inputs_apart(transformer, states, original, n_inputs, by_row):
    """Raise if the last columns of the states are not the external inputs of X, transformed.

    Parameters
    ----------
    transformer : Pipeline of fitted transformers
    states : ndarray of shape (n_rows, n_model_features)
        Transformed rows of X.
    original : Trajectories
        Trajectories of X.
    n_inputs : int
        Number K of external inputs, at least 1.
    by_row : bool
        Whether transformation and inverse of a row depend on this row only.

    Raises
    ------
    ValueError
        If a transformer mixes the columns or changes their number.
    """
    advice = (
        f"so it is unknown which ones of X are the {n_inputs} external inputs. Use "
        "transformers that keep the columns, or transform X before the pipeline."
    )
    n, n_made = original.values.shape[1], states.shape[1]
    if n_made != n:
        raise ValueError(f"The transformers made {n_made} columns of {n}, {advice}")
    known = original.values[~np.isnan(original.values).any(axis=1)]
    if len(known) == 0:
        return
    # Two rows with the same inputs and different other columns.
    probe = np.repeat(known[:1], 2, axis=0)
    probe[1, : n - n_inputs] = known[len(known) // 2, : n - n_inputs]
    with unnamed_columns():
        one, two = np.asarray(transformer.transform(probe))[:, n - n_inputs :]
    same = np.allclose(one, two, rtol=1e-6, equal_nan=True)
    if not (by_row and same):
        raise ValueError(f"The transformers mix the columns of X, {advice}")


def between_jumps(X):
    """Trajectories of X, cut where an index jumps, and the borders of their rows.

    Steps that return arrays would hide a jump from an embedding after them.
    """
    parts, X = [], filled(X)
    for part in X if is_many(X) else [X]:
        cuts = TimeAxis.of(part).cuts
        edges = zip([0, *cuts], [*cuts, len(part)], strict=True)
        parts += [part.iloc[a:b] for a, b in edges] if len(cuts) else [part]
    return parts, np.cumsum([0, *map(len, parts)])


def context_length(step):
    """Rows of X that one row of a transformer, or of a Pipeline of transformers, needs."""
    if isinstance(step, Pipeline):
        return 1 + sum(context_length(inner) - 1 for _, inner in step.steps)
    return getattr(step, "context_length_", 1)
