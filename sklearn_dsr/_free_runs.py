"""Free runs of a model behind transformers, with warnings that point at the caller's line."""

import warnings

import numpy as np

from ._original_coordinates import unnamed_columns
from ._validation import LARGEST
from ._warning_level import level
from .exceptions import ReconstructionWarning


def run(method, *args, **given):
    """Run freely; warnings of the model point at the first line outside the package."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with unnamed_columns():
            runs = method(*args, **given)
    for warning in caught:
        warnings.warn(warning.message, stacklevel=level())
    return runs


def warn_of_leaving(runs, data_range):
    """Say so where runs (..., n_steps, N) are finite, but farther outside X than X is wide.

    Parameters
    ----------
    runs : ndarray of shape (..., n_steps, N)
    data_range : ndarray of shape (2, N)
        Least and largest value of each column of X.
    """
    low, high = data_range
    width = high - low
    with np.errstate(over="ignore"):  # of values near the largest
        far = (runs < low - width) | (runs > high + width)
    far = (far & np.isfinite(runs)).any(axis=tuple(range(runs.ndim - 2)))
    if not far.any():
        return
    step = int(np.argmax(far.any(axis=1)))
    k = int(np.argmax(far[step]))
    warnings.warn(
        f"The free run leaves the range of the training data at step {step + 1} of {len(far)}: "
        f"column {k} lay in [{low[k]:.3g}, {high[k]:.3g}], and is outside by more than that width. "
        "Trust no value from there on. Start nearer to the training data, or fit with more rows, "
        "more candidates (n_init) or clipped=True.",
        ReconstructionWarning,
        stacklevel=level(),
    )


def in_units(model, runs, width, inputs):
    """Runs of the model in the units of X; say so where one is finite, but beyond all use."""
    out = model.inverse(runs, width, inputs)
    bad = np.isnan(out).any(axis=(0, 2))
    if bad.any() and np.isfinite(runs).all():
        warnings.warn(
            f"The free run passed {LARGEST:.0g} at step {int(np.argmax(bad)) + 1} of {len(bad)}: "
            "values from there on are NaN. Start nearer to the training data, or fit with "
            "clipped=True.",
            ReconstructionWarning,
            stacklevel=level(),
        )
    return out
