"""States along a series that the rows alone do not tell: hidden units, and missing values."""

import numpy as np

from .._core import maps


def follow(canonical, observation, rows, seen, inputs=None):
    """Run the map along rows; what was observed corrects it, the rest it carries on itself.

    z_t = F(z~_{t-1}); z~_t is the state of the row t in which the missing values are those of z_t,
    and its hidden units are those of z_t. The first row's missing values are 0, the mean.

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
