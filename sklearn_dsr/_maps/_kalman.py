"""State at the end of noisy rows: an extended Kalman filter, its gain chosen from the rows."""

import numpy as np

from .._core import maps

# Ratios of the variances of observation noise and one-step error of the model: from nearly exact
# rows, of which the last one decides, to rows so noisy that the model decides.
RATIOS = (1e-6, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5)


def last_state(canonical, observation, rows, seen, inputs=None):
    r"""Latent state at the last of consecutive rows, from all of them.

    The forced run is z~_t = z_t + K_t (x_t - B z_t), z_t = F(z~_{t-1}). The gain K_t of an extended
    Kalman filter [1]_ takes the place of a constant alpha:

    .. math:: P_t = J P_{t-1} J^T + q I, \quad
       K_t = P_t B^T (B P_t B^T + I)^{-1}, \quad P_t \leftarrow (I - K_t B) P_t

    The filter is exact within a linear region of F. It corrects the directions in which errors grow
    most, and hidden units through their covariance with the columns.

    1 / q takes each value of `RATIOS`. The value with the smallest mean squared innovation
    x_t - B z_t wins, without the first quarter of the rows. For rows without noise the first value
    wins, and the last row is the state. O(n (M^2 L + M^3 + N M^2)) time for each value.

    Parameters
    ----------
    canonical : CanonicalMap
    observation : IdentityObservation or AffineObservation
    rows : ndarray of shape (n, N)
        Consecutive rows, standardised.
    seen : bool ndarray of shape (n, N)
        Where `rows` holds an observed value. Missing values in the first row are 0, the mean.
    inputs : ndarray of shape (n, K), default=None
        External inputs at the rows.

    Returns
    -------
    state : ndarray of shape (M,)
    covariance : ndarray of shape (M, M)
        Covariance of its error in units of the variance of the noise, if the model is right.
    ratio : float
        Chosen value of `RATIOS`.

    References
    ----------
    .. [1] Jazwinski (1970), "Stochastic processes and filtering theory", Theorem 8.1.
    """
    seen = np.ascontiguousarray(seen, dtype=np.bool_)
    rows = np.where(seen, rows, 0.0)
    noise = np.ones(rows.shape[1])
    start, state = observation.infer(rows[0]), observation.infer(rows[-1])  # if the map overflows
    covariance, chosen, best = np.eye(len(start)), RATIOS[0], np.inf
    arrays = canonical.compiled(), np.ascontiguousarray(observation.matrix)
    arrays += rows, seen, canonical.driving(inputs), start, noise
    for ratio in RATIOS if len(rows) > 1 else ():
        z, P, error = maps.filter(*arrays, np.eye(len(start)) / ratio)
        if error < best and np.all(np.isfinite(P)):
            best, state, covariance, chosen = error, z, P, ratio
    return state, covariance, chosen


def filtered_state(canonical, observation, rows, inputs, noise, Q):
    """Latent state at the last of consecutive rows, for known noise.

    Parameters
    ----------
    canonical, observation, inputs : object
        As in `last_state`.
    rows : ndarray of shape (n, N)
        Standardised rows; NaN where nothing was seen.
    noise : ndarray of shape (N,)
        Variances of the noise of the columns, above 0.
    Q : ndarray of shape (M, M)
        Covariance of the noise that drives the states.

    Returns
    -------
    state : ndarray of shape (M,)
    covariance : ndarray of shape (M, M)
        Covariance of its error.
    """
    seen = ~np.isnan(rows)
    rows = np.where(seen, rows, 0.0)
    arrays = canonical.compiled(), np.ascontiguousarray(observation.matrix), rows, seen
    start = observation.infer(rows[0])
    z, P, _ = maps.filter(*arrays, canonical.driving(inputs), start, noise, Q)
    if np.all(np.isfinite(P)) and np.all(np.isfinite(z)):
        return z, P
    return observation.infer(rows[-1]), np.mean(noise) * np.eye(len(start))  # the map overflows
