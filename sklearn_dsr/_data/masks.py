"""NaN in place of the masked values of NumPy arrays, for all rows and inputs."""

import numpy as np


def filled(X):
    """Return X with NaN in place of masked values; X may be an array or a list of arrays.

    A transformer would read the number under a mask, often -9999, as a measured value.
    """
    if isinstance(X, (list, tuple)):
        masked = any(np.ma.isMaskedArray(part) for part in X)
        return [filled(part) for part in X] if masked else X
    if not np.ma.isMaskedArray(X):
        return X
    try:
        return np.ma.filled(X.astype(np.float64), np.nan)
    except (TypeError, ValueError):  # not numeric: the checks of X raise
        return X
