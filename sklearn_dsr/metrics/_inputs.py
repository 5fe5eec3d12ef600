"""Bring the two series of a metric into one form.

Rows of the true series with NaN are removed. Generated values stay as they are.
"""

import numpy as np
from sklearn.utils import check_array

from .._data.trajectories import as_trajectories, is_many


def check_pair(true, generated):
    """Validate a true and a generated series of the same width.

    Parameters
    ----------
    true : array-like of shape (n_samples, n_features), list of such, or 3-D array
        Finite values; a row that holds NaN is a gap.
    generated : array-like of shape (n_generated, n_features), list of such, or 3-D array
        Any values. NaN and infinity are results of a run that diverged, not input errors.

    Returns
    -------
    true : Trajectories
    generated : list of ndarray of shape (n_generated, n_features)
        One float64 array per trajectory; non-finite values are kept.

    Raises
    ------
    ValueError
        If `true` holds infinity, is empty, or has only gaps; if `generated` is empty or not
        numeric; if the widths differ.
    """
    true = check_true(true)
    return true, check_generated(generated, true.values.shape[1])


def check_true(true):
    """Validate a true series alone and return it as Trajectories; see `check_pair`."""
    trajectories = as_trajectories(true, name="true")
    if trajectories.longest == 0:
        raise ValueError(
            f"All {len(trajectories.values)} rows of true hold NaN, so there is nothing to compare "
            "with. Give at least one row without NaN."
        )
    return trajectories


def check_generated(generated, n_features):
    """Validate a generated series alone and return a list of arrays; see `check_pair`."""
    parts = list(generated) if is_many(generated) else [generated]
    if not parts:
        raise ValueError("generated holds 0 trajectories. Give at least one.")
    parts = [
        check_array(part, dtype=np.float64, ensure_all_finite=False, input_name="generated")
        for part in parts
    ]
    for part in parts:
        if part.shape[1] != n_features:
            raise ValueError(
                f"generated has {part.shape[1]} columns and true has {n_features}. "
                "Give both series with the same variables, one per column."
            )
    return parts
