"""State space divergence by Gaussian mixtures, for series with too many columns to bin."""

import numpy as np

from .._data.trajectories import pooled
from .._data.validation import check_choice, check_int, check_random_generator, check_real
from ._inputs import check_generated, check_true

# Entries of the distance matrix in memory at once: 8 MB.
_CHUNK_SIZE = 2**20
# A point further out is moved to this distance, in standard deviations: the result is bounded.
_FARTHEST = 10.0


class MixtureDensity:
    """Gaussian mixture around a true series, to score any number of generated series against.

    The density of a series x_1..x_T is p(s) = 1/T sum_t N(s; x_t, sigma^2 I). The divergence is
    the Monte-Carlo estimate 1/n sum_i [log p(s_i) - log q(s_i)] with n samples s_i of p.

    Parameters
    ----------
    true : array-like of shape (n_samples, n_features), list of such, or 3-D array
        True series. Trajectories are pooled, and rows with NaN are left out.
    sigma : float, default=1.0
        Standard deviation of each Gaussian, in the units of the data, at least 1e-12.
    n_samples : int, default=1000
        Monte-Carlo samples, at least 1.
    max_points : int, default=10_000
        Number of rows of each series that are used, at least 1: the first ones, as in the
        published figures. Later rows do not enter.
    random_state : int, numpy.random.Generator, RandomState or None, default=0
        Draws the samples once, so every generated series is compared at the same samples.

    Notes
    -----
    Time O(n_samples max_points n_features). The distances are computed in blocks of 8 MB.
    `divergence` does not change the instance, so threads may share one.

    References
    ----------
    Hershey and Olsen (2007), ICASSP, "Approximating the Kullback Leibler divergence between
    Gaussian mixture models" (Monte-Carlo sampling). Hess et al. (2023), ICML, PMLR 202:13017,
    arXiv:2306.04406 (performance measure D_stsp).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.metrics._mixture import MixtureDensity
    >>> true = np.zeros((1, 8))
    >>> density = MixtureDensity(true, n_samples=20_000)
    >>> density.divergence(true)
    0.0
    >>> print(round(density.divergence(true + 1.0), 1))  # |shift|^2 / (2 sigma^2)
    4.0
    """

    def __init__(self, true, *, sigma=1.0, n_samples=1000, max_points=10_000, random_state=0):
        self.sigma = check_real(sigma, "sigma", 1e-12)
        self.max_points = check_int(max_points, "max_points", 1)
        check_int(n_samples, "n_samples", 1)
        rows = pooled(check_true(true).segments())
        margin = _FARTHEST * np.maximum(rows.std(axis=0), sigma)
        # Centred data: a common offset would cost digits in the distances below.
        self.center = rows.mean(axis=0)
        self.low = rows.min(axis=0) - margin - self.center
        self.high = rows.max(axis=0) + margin - self.center
        points = rows[:max_points] - self.center
        rng = check_random_generator(random_state)
        self._samples = points[rng.integers(len(points), size=n_samples)]
        self._samples += sigma * rng.standard_normal(self._samples.shape)
        self._log_true = _log_likelihood(self._samples, points, sigma)

    def divergence(self, generated, *, escaped="outside"):
        """Estimate KL(true || generated) in nats.

        Parameters
        ----------
        generated : array-like of shape (n_generated, n_features), list of such, or 3-D array
            Non-finite values are allowed.
        escaped : {"outside", "drop"}, default="outside"
            "outside": a value far outside the range of the true series is moved to a border, NaN
            to the upper one. The border lies 10 times the larger of the column's standard
            deviation and `sigma` outside the range, so the result is bounded. "drop": points with
            a non-finite value are left out first, unless no point would be left.

        Returns
        -------
        float
            Finite, and 0 for identical series. For different series with equal densities the
            value scatters around 0 with the samples and can be slightly negative.
        """
        check_choice(escaped, "escaped", ("outside", "drop"))
        rows = pooled(check_generated(generated, len(self.center)))
        rows = rows[: self.max_points]
        finite = np.isfinite(rows).all(axis=1)
        if escaped == "drop" and finite.any():
            rows = rows[finite]
        rows = np.nan_to_num(rows, nan=np.inf, posinf=np.inf, neginf=-np.inf) - self.center
        rows = np.clip(rows, self.low, self.high)
        return float(np.mean(self._log_true - _log_likelihood(self._samples, rows, self.sigma)))


def _log_likelihood(samples, points, sigma):
    """Log of the mean of exp(-|s - x|^2 / (2 sigma^2)) over `points`, (n_samples,).

    The factor (2 pi sigma^2)^(-d/2) is the same in both mixtures and is left out. The largest
    exponent is taken out and the sums are in float64: otherwise the likelihood of the worst
    samples underflows to 0, and a bad model looks better than it is.
    """
    result = np.empty(len(samples))
    points_squared = np.einsum("td,td->t", points, points)
    size = max(1, _CHUNK_SIZE // len(points))
    for start in range(0, len(samples), size):
        chunk = samples[start : start + size]
        # |s|^2 + |x|^2 - 2 s.x: one matrix product, and no (chunk, points, d) array.
        exponent = chunk @ points.T
        exponent *= 2.0
        exponent -= points_squared
        exponent -= np.einsum("sd,sd->s", chunk, chunk)[:, None]
        exponent /= 2.0 * sigma**2
        largest = exponent.max(axis=1, keepdims=True)
        np.exp(exponent - largest, out=exponent)
        result[start : start + size] = largest[:, 0] + np.log(exponent.mean(axis=1))
    return result
