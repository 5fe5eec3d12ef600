"""Take what is masked in NumPy arrays as missing: NaN, wherever rows or inputs come in."""

import numpy as np


def filled(X):
    """Return X with NaN in place of what is masked: an array, a list of arrays, or as it is.

    A transformer would read the number behind a mask, often -9999, as a measured value.
    """
    if isinstance(X, (list, tuple)):
        masked = any(np.ma.isMaskedArray(part) for part in X)
        return [filled(part) for part in X] if masked else X
    if not np.ma.isMaskedArray(X):
        return X
    try:
        return np.ma.filled(X.astype(np.float64), np.nan)
    except (TypeError, ValueError):  # no numbers: the checks of X say so
        return X
