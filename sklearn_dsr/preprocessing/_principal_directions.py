"""Principal directions of all delay vectors; the Hankel matrix is never in memory."""

import numpy as np

from ._windows import complete_spans, delay_vectors

# Values of the Hankel matrix in memory at a time: 32 MB.
_BLOCK = 4_000_000


def principal_directions(trajectories, lags):
    """Right singular vectors of the centred Hankel matrix H, as eigenvectors of H'H.

    Parameters
    ----------
    trajectories : Trajectories
        At least one delay vector is complete.
    lags : ndarray of int
        Ages of the copies in a row of H, 0 first.

    Returns
    -------
    mean : ndarray of shape (m d,)
        Mean of the rows of H.
    directions : ndarray of shape (m d, m d)
        Orthonormal rows; in each, the entry with the largest absolute value is positive.
    squares : ndarray of shape (m d,)
        Squares of the singular values, largest first.
    """
    mean, scatter = _scatter(trajectories, lags)
    squares, directions = np.linalg.eigh(scatter)
    squares, directions = np.maximum(squares[::-1], 0.0), directions[:, ::-1].T
    peak = directions[np.arange(len(mean)), np.argmax(np.abs(directions), axis=1)]
    return mean, directions * np.where(peak < 0, -1.0, 1.0)[:, np.newaxis], squares


def _scatter(trajectories, lags):
    """Mean (m d,) of all delay vectors, and sum (m d, m d) of their centred outer products."""
    values, past = trajectories.values, int(lags[-1])
    width = len(lags) * values.shape[1]
    step = max(_BLOCK // width, 1)
    blocks = [
        (s, min(s + step, b))
        for a, b in complete_spans(trajectories, past)
        for s in range(a, b, step)
    ]
    n = sum(b - a for a, b in blocks)
    mean = sum(delay_vectors(values, np.arange(*ab), lags).sum(axis=0) for ab in blocks) / n
    scatter = np.zeros((width, width))
    for a, b in blocks:
        centred = delay_vectors(values, np.arange(a, b), lags) - mean
        scatter += centred.T @ centred
    return mean, scatter
