"""Name the one value of X that spoils a fit: -9999 for what was not measured, a slip of a digit."""

import numpy as np

# Times as far from the median as 98 percent of a column are: no attractor and no noise goes there.
FAR = 30.0
N_ROWS = 100_000  # rows, evenly chosen, for the quantiles


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
    some = values[:: -(-len(values) // N_ROWS)]
    some = some[~np.isnan(some).all(axis=1)]
    low, middle, high = np.nanquantile(some, (0.01, 0.5, 0.99), axis=0)
    width = np.where(high > low, high - low, np.inf)
    # Column by column: no copy of all rows.
    far = [np.nanmax(np.abs(values[:, k] - middle[k])) / width[k] for k in range(n_columns)]
    k = int(np.argmax(far))
    if not far[k] > FAR:
        return ""
    row = int(np.nanargmax(np.abs(values[:, k] - middle[k])))
    return (
        f" The value {values[row, k]:g} in row {row}, column {k} of X is {far[k]:.0f} times as far "
        "from the median as 98 percent of the column are from one another: set it to NaN if it "
        "was not measured."
    )
