"""The simplest reconstructor: a linear map, which is exact for a noise-free oscillation."""

import numpy as np
from sklearn.base import BaseEstimator

from sklearn_dsr._data.trajectories import as_trajectories


class LinearMap(BaseEstimator):
    """x_{t+1} = gain B x_t, B by least squares; from starts beyond `limit` it diverges."""

    def __init__(self, gain=1.0, limit=np.inf, max_iter=1, dt=1.0):
        self.gain = gain
        self.limit = limit
        self.max_iter = max_iter
        self.dt = dt

    def fit(self, X, y=None):
        segments = as_trajectories(X).segments(2)
        now = np.concatenate([s[:-1] for s in segments])
        self.B_ = np.linalg.lstsq(now, np.concatenate([s[1:] for s in segments]), rcond=None)[0]
        return self

    def simulate(self, x0, n_steps):
        x, run = np.asarray(x0), []
        for _ in range(n_steps):
            x = self.gain * (x @ self.B_)
            run.append(x)
        far = np.abs(x0).max(axis=-1)[..., None, None] > self.limit
        return np.where(far, np.inf, np.stack(run, axis=-2))
