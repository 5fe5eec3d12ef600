"""States along a series whose rows are incomplete: hidden units and missing values."""

import numpy as np

from .._core import maps


def follow(canonical, observation, rows, seen, inputs=None):
    """Run the map along rows; observed values correct the run, and the map fills in the rest.

    z_t = F(z~_{t-1}). The state z~_t has the observed values of row t; its missing values and its
    hidden units come from z_t. Missing values of the first row are 0, the mean.

    Parameters
    ----------
    canonical : CanonicalMap
    observation : IdentityObservation or AffineObservation
    rows : ndarray of shape (n, N)
        Consecutive rows, standardised.
    seen : bool ndarray of shape (n, N)
        Where `rows` holds an observed value.
    inputs : ndarray of shape (n, K), default=None
        External inputs at the rows.

    Returns
    -------
    ndarray of shape (n, M)
        The states z~.
    """
    seen = np.ascontiguousarray(seen, dtype=np.bool_)
    rows = np.where(seen, rows, 0.0)
    return maps.follow(
        canonical.compiled(),
        np.ascontiguousarray(observation.matrix),
        None if observation.partial else np.ascontiguousarray(observation.inverse),
        rows,
        seen,
        canonical.driving(inputs),
        observation.infer(rows[0]),
    )
