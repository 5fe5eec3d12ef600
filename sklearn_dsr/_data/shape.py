"""Whether the shape of X is meant so: series in a list, and time along the columns."""

import warnings

import numpy as np

from ..exceptions import DataWarning
from .warning_level import level


def check_no_series(X, name):
    """Raise for a list of one-dimensional series, which would be read as a few long rows."""
    if not isinstance(X, (list, tuple)) or any(getattr(part, "ndim", 0) != 1 for part in X):
        return
    lengths = {len(part) for part in X}
    if len(lengths) == 1 and max(lengths) > len(X):
        raise ValueError(
            f"{name} is a list of {len(X)} series of {max(lengths)} values, which reads as "
            f"{len(X)} rows of {max(lengths)} columns. For trajectories of one column give "
            f"[numpy.reshape(x, (-1, 1)) for x in {name}], for columns numpy.column_stack({name})."
        )


def warn_of_shape(trajectories):
    """Warn at the start of a fit if there are more columns than rows, unless they are delays."""
    values, n = trajectories.values, len(trajectories.offsets) - 1
    n_rows, n_columns = values.shape
    if n_columns <= n_rows or _are_delays(values):
        return
    kind = trajectories.kind
    turned = {"array": "X.T", "list": "[x.T for x in X]", "stack": "X.swapaxes(1, 2)"}[kind]
    rows = f"{n_rows} rows" + ("" if kind == "array" else f" in {n} trajectories")
    warnings.warn(
        f"X has {rows} and {n_columns} columns, and rows are times here. If time runs along the "
        f"columns, give {turned}.",
        DataWarning,
        stacklevel=level(),
    )


def _are_delays(values):
    """Whether a column is the first one some rows later, as in delay vectors of a short series."""
    first = values[:, 0]
    for lag in range(1, len(values) - 1):
        same = values[lag:, 1:] == first[:-lag, None]
        known = ~np.isnan(values[lag:, 1:]) & ~np.isnan(first[:-lag, None])
        if np.any(np.all(same | ~known, axis=0) & (known.sum(axis=0) > 1)):
            return True
    return False
