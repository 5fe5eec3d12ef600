"""Free runs of a model behind transformers, with warnings that point at the caller's line."""

import warnings

import numpy as np

from .._data.validation import LARGEST
from .._data.warning_level import level
from ..exceptions import ReconstructionWarning
from .past import unnamed_columns


def run(method, *args, **given):
    """Run freely; warnings of the model point at the first line outside the package."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with unnamed_columns():
            runs = method(*args, **given)
    for warning in caught:
        warnings.warn(warning.message, stacklevel=level())
    return runs


def warn_of(runs, data_range=None):
    """Say where runs diverge or, finite, are farther outside X than X is wide: one warning.

    Parameters
    ----------
    runs : ndarray of shape (..., n_steps, N)
    data_range : ndarray of shape (2, N), default=None
        Least and largest value of each column of X; None if it does not matter.
    """
    n_steps, others = runs.shape[-2], tuple(range(runs.ndim - 2))
    finite = np.isfinite(runs).all(axis=(*others, -1))
    text = None
    if not finite.all():
        text = (
            f"The free run diverged at step {int(np.argmin(finite)) + 1} of {n_steps}: values "
            "from there on are not finite. Start nearer to the training data, or fit with "
            "clipped=True, more candidates (n_init) or a lower learning_rate_init."
        )
    elif data_range is not None:
        low, high = data_range
        with np.errstate(over="ignore"):  # of values near the largest
            far = np.maximum(low - runs, runs - high).max(axis=others) > high - low
        if far.any():
            step = int(np.argmax(far.any(axis=1)))
            k = int(np.argmax(far[step]))
            text = (
                f"The free run leaves the range of the training data at step {step + 1} of "
                f"{n_steps}: column {k} lay in [{low[k]:.3g}, {high[k]:.3g}], and is outside by "
                "more than that width. Trust no value from there on; start nearer to the training "
                "data, or fit with more rows, more candidates (n_init) or clipped=True."
            )
    if text is not None:
        warnings.warn(text, ReconstructionWarning, stacklevel=level())


def in_units(model, runs, width, inputs, origins):
    """Runs of the model in the units of X; say so where one is finite, but beyond all use."""
    out = model.inverse(runs, width, inputs, origins)
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
