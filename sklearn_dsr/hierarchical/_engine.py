"""The forced-run loss of a `Family` on the rows of many subjects, in the terms of the core."""

import numpy as np

from .._core import training
from .._training._layout import Layout, core_sizes
from ._family import Family


class CohortLoss:
    """Loss of generalized teacher forcing over the windows of all subjects [Hess 2023].

    It is the mean squared error over windows, times and columns, plus the penalties of a
    :class:`~sklearn_dsr._training._problem.Problem` on the arrays of each feature, and `latent` on
    the squares of learned features, which fixes their scale.

    Parameters
    ----------
    problem : Problem
        Rows of all subjects, one after the other, and penalties.
    family : Family
    features : ndarray of shape (J, p + k)
        Features of the subjects, the p known ones first.
    n_known : int
        Number p.
    windows : list of ndarray of int64
        First rows of the windows of each subject.
    """

    def __init__(self, problem, family, features, n_known, windows):
        self._problem, self._layout = problem, Layout(problem)
        self._shape, self._n = features.shape, len(family.weights)
        self._starts = np.concatenate(windows).astype(np.int64)
        self._counts = np.array([len(part) for part in windows], dtype=np.int64)
        self._dtype = np.dtype(problem.dtype)
        squared, absolute = problem.squared_and_absolute()
        zero = {"W2": 0.0 * family.W2, "h2": 0.0 * family.h2}  # kinks are shared
        masks = problem.masks()
        first, *selected = family.parts()
        free = np.ones(features.shape)
        free[:, :n_known] = 0.0
        rest = np.zeros(features.shape)
        blocks = [
            ([first | {"W2": family.W2, "h2": family.h2}, *selected], features),
            ([squared] + [squared | zero] * (self._n - 1), problem.penalties.latent * free),
            ([absolute] + [absolute | zero] * (self._n - 1), rest),
            ([{"A": np.eye(family.latent_dim)}] + [{}] * (self._n - 1), rest),
            ([masks] + [masks | zero] * (self._n - 1), free),
        ]
        sizes = core_sizes(problem) | {"n_features": features.shape[1]}
        self._cohort = training.cohort(
            sizes,
            len(features),
            np.ascontiguousarray(problem.rows, dtype=self._dtype),
            np.stack([self._packed(*block) for block in blocks]),
            np.ones(problem.n_steps + 1, self._dtype),
            bool(problem.noise),
        )

    @property
    def theta(self):
        """All trained numbers, float64; can be set."""
        return self._cohort.theta.astype(np.float64)

    @theta.setter
    def theta(self, theta):
        self._cohort.theta = np.asarray(theta, dtype=self._dtype)

    @property
    def family(self):
        """Family of the trained numbers."""
        blocks = self.theta[: -self._shape[0] * self._shape[1] or None].reshape(self._n, -1)
        parts = [self._layout.unpack(block) for block in blocks]
        return Family.from_parts(parts, parts[0]["W2"], parts[0]["h2"])

    @property
    def features(self):
        """Features (J, p + k)."""
        n = self._shape[0] * self._shape[1]
        return self.theta[len(self.theta) - n :].reshape(self._shape)

    def loss_gradient(self, theta, alpha, shift=None):
        """Loss and gradient (both float64) at `theta`, forced with `alpha`.

        `shift` (n_rows, N) is added to the rows that force and to first states.
        """
        self.theta = theta
        noise = None if shift is None else self._blocks(shift)
        loss = self._cohort.loss_gradient(self._starts, self._counts, float(alpha), noise)
        return loss, self._cohort.gradient.astype(np.float64)

    def _blocks(self, shift):
        """The shift of the windows of each subject, (T + 1, count, N), one after the other."""
        times = np.arange(self._problem.n_steps + 1)[:, None]
        parts = np.split(self._starts, np.cumsum(self._counts)[:-1])
        return np.concatenate([shift[times + part].ravel() for part in parts]).astype(self._dtype)

    def _packed(self, parts, features):
        flat = [self._layout.pack(part, np.float64) for part in parts]
        return np.concatenate([*flat, np.ravel(features)]).astype(self._dtype)
