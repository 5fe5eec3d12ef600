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
