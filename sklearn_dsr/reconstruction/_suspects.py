"""Name what in X spoils a fit, before it begins: a column at rest, and a value far from all."""

import warnings

import numpy as np

from .._data.trajectories import is_many
from .._data.warning_level import level
from .._recipe import BUDGET, RECIPE
from ..exceptions import DataWarning
from ._start import at_rest


def warn_of_suspects(X, trajectories, names, n_columns):
    """Warn of each column that does not vary, and of the value that is farthest from all others.

    Parameters
    ----------
    X : array-like
        As it was given, whose index names rows.
    trajectories : Trajectories
        Of X, in its units.
    names : sequence of str
        Of the columns; may be empty.
    n_columns : int
        Columns that are no inputs.
    """
    values = trajectories.values
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    messages = []
    for k in np.flatnonzero(at_rest(low, high)):
        then = (
            "it stays there in free runs, and takes no part in scores. Leave it out, or give rows "
            "in which it varies."
        )
        if k >= n_columns:
            then = "an input that has no effect. Leave it out, and lower n_inputs."
        messages.append(f"{_column(names, k)} of X is {low[k]:g} throughout: {then}")
    found = _farthest(values, low, high)
    if found:
        k, value, times = found
        at = np.flatnonzero(values[:, k] == value)
        what = f"The value {value:g} in {_row(X, trajectories, at[0])}, {_column(names, k).lower()}"
        if len(at) > 1:
            what = f"{len(at)} values of {value:g}, the first in {what.split(' in ', 1)[1]}"
        messages.append(
            f"{what} of X, {'is' if len(at) == 1 else 'are'} {times:.0f} times as far from the "
            "median as 90 percent of the column are from one another. Set what was not measured to "
            "NaN."
        )
    for message in messages:
        warnings.warn(message, DataWarning, stacklevel=level())


def _farthest(values, low, high):
    """Column, value, and how far it is, of a value beyond `RECIPE.far`; None if there is none.

    The widths are those of the other values, so that many equal ones do not hide themselves.
    """
    some = values[:: -(-len(values) // BUDGET.start_rows)]
    share, found = RECIPE.small / 2, []
    for k, extremes in enumerate(zip(low, high, strict=True)):
        for value in extremes if extremes[0] < extremes[1] else ():
            others = some[(some[:, k] != value) & ~np.isnan(some[:, k]), k]
            if len(others) < 1 / share:  # too few to tell what is usual
                continue
            first, middle, last = np.quantile(others, (share, 0.5, 1 - share))
            if last > first:
                found.append((abs(value - middle) / (last - first), k, value))
    if not found or not max(found)[0] > RECIPE.far:
        return None
    times, k, value = max(found)
    return k, value, times


def _column(names, k):
    return f"Column {names[k]!r}" if len(names) else f"Column {k}"


def _row(X, trajectories, row):
    """Name of a row: its number in X or in its trajectory, and its label in an index."""
    where, part = "", X
    if is_many(X):
        k = int(np.searchsorted(trajectories.offsets, row, side="right")) - 1
        where, part, row = f" of trajectory {k}", X[k], row - trajectories.offsets[k]
    index = getattr(part, "index", None)
    label = ""
    if index is not None and not callable(index) and index[row] != row:
        label = f" ({index[row]})"
    return f"row {row}{label}{where}"
