"""Quantiles of an ensemble's trajectories, of which some may have diverged."""

import warnings

import numpy as np

from .._data.frames import like_frames
from .._data.validation import check_real
from .._data.warning_level import level
from ..exceptions import ReconstructionWarning


def check_quantiles(quantiles):
    """Return `quantiles` as a list of floats in [0, 1]; None is the median."""
    wanted = np.ravel(0.5 if quantiles is None else quantiles)
    advice = "Try (0.05, 0.5, 0.95)."
    if len(wanted) == 0:
        raise ValueError(f"each of quantiles is wanted, and there is none. {advice}")
    return [check_real(q, "each of quantiles", 0.0, 1.0, advice) for q in wanted]


def sample_quantiles(samples, quantiles):
    """Quantiles (n_quantiles, ...) of samples (n, ...), of which the finite ones count.

    Parameters
    ----------
    samples : ndarray of shape (n, ...)
        Trajectories; overwritten where they are not finite.
    quantiles : list of float
    """
    bad = ~np.isfinite(samples)
    if bad.any():
        n = int(np.any(bad, axis=tuple(range(1, samples.ndim))).sum())
        message = f"{n} of {len(samples)} trajectories diverged and are left out from there on."
        advice = "Start nearer to the training data, or fit with clipped=True."
        warnings.warn(f"{message} {advice}", ReconstructionWarning, stacklevel=level())
        samples[bad] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nothing is left: NaN
        quantile = np.nanquantile if bad.any() else np.quantile
        return quantile(samples, quantiles, axis=0)


def framed_quantiles(X, results):
    """Quantiles (n_quantiles, ...) as they are, or a list of frames where X is or holds frames."""
    frames = [like_frames(X, result) for result in results]
    return results if all(isinstance(part, np.ndarray) for part in frames) else frames
