"""Name the one value of X that spoils a fit: -9999 for what was not measured, a slip of a digit."""

import numpy as np

from .._recipe import BUDGET, RECIPE


def outlier_advice(trajectories, n_columns):
    """A sentence about the farthest value of the columns, empty if none is far from all others.

    Parameters
    ----------
    trajectories : Trajectories
        X in its units.
    n_columns : int
        Columns that are no inputs.
    """
    values = trajectories.values[:, :n_columns]
    some = values[:: -(-len(values) // BUDGET.start_rows)]
    some = some[~np.isnan(some).all(axis=1)]
    share = RECIPE.small / 2
    low, middle, high = np.nanquantile(some, (share, 0.5, 1 - share), axis=0)
    width = np.where(high > low, high - low, np.inf)
    least, largest = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    far = np.maximum(largest - middle, middle - least) / width
    k = int(np.argmax(far))
    if not far[k] > RECIPE.far:
        return ""
    above = largest[k] - middle[k] > middle[k] - least[k]
    row = int(np.argmax(values[:, k] == (largest if above else least)[k]))
    return (
        f" The value {values[row, k]:g} in row {row}, column {k} of X is {far[k]:.0f} times as far "
        "from the median as 90 percent of the column are from one another: set it to NaN if it "
        "was not measured."
    )
