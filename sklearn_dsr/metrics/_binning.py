"""State space divergence by binning, exact and sparse: 30^10 cells need no memory."""

from typing import NamedTuple

import numpy as np

from .._core.numbers import cell_numbers, log
from .._data.trajectories import pooled
from .._data.validation import check_choice, check_int, check_real
from ._inputs import check_generated, check_true

# Cell numbers are 64-bit integers.
_MOST_CELLS = 2**63 - 1


class SparseHistogram(NamedTuple):
    """Counts of the occupied cells of a box; all other cells are empty.

    Attributes
    ----------
    cells : ndarray of shape (n_occupied,), int64
        Numbers of the occupied cells, ascending.
    counts : ndarray of shape (n_occupied,), int64
        Number of points in each of these cells.
    n_points : int
        Number of all points, including those outside the box and the non-finite ones.
    """

    cells: np.ndarray
    counts: np.ndarray
    n_points: int

    @property
    def n_inside(self):
        """Number of points inside the box."""
        return int(self.counts.sum())

    @property
    def escaped_fraction(self):
        """Share of the points that are not inside the box, in [0, 1]."""
        return (self.n_points - self.n_inside) / self.n_points


class BinnedDensity:
    """Smoothed histogram of a true series, to score any number of generated series against.

    In each column, `n_bins` equal bins cover the range [min - 0.1 sd, max + 0.1 sd] of the true
    series. Cell k of the K = n_bins ** n_features cells holds h_k of the n points. With the
    pseudo-count a = `smoothing`, its probability is p_k = (h_k + a) / (n + a K).

    Parameters
    ----------
    true : array-like of shape (n_samples, n_features), list of such, or 3-D array
        True series. Trajectories are pooled, and rows with NaN are left out.
    n_bins : int, default=30
        Bins per column, at least 1.
    smoothing : float, default=1e-5
        Pseudo-count of each cell, at least 1e-12.

    Attributes
    ----------
    n_cells : int
        Number K of cells.
    low, width : ndarray of shape (n_features,)
        Lower border of the box and width of one bin, in the units of the data.
    true_histogram : SparseHistogram
        Counts of the true series.

    Raises
    ------
    ValueError
        If `n_bins` ** n_features exceeds 2**63 - 1, or `true` has no row without NaN.

    Notes
    -----
    One call of `divergence` takes O(n_generated (n_features + log n_generated)) time and
    O(n_generated) memory for any K. It does not change the instance, so threads may share one.

    References
    ----------
    Hess et al. (2023), ICML, PMLR 202:13017, arXiv:2306.04406 (performance measure D_stsp).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.metrics._binning import BinnedDensity
    >>> true = np.linspace(0, 1, 1000).reshape(-1, 1)
    >>> density = BinnedDensity(true, n_bins=10)
    >>> density.divergence(true)
    0.0
    >>> print(density.histogram(true + 0.5).escaped_fraction)
    0.471
    """

    def __init__(self, true, *, n_bins=30, smoothing=1e-5):
        self.n_bins = check_int(n_bins, "n_bins", 1)
        self.smoothing = check_real(smoothing, "smoothing", 1e-12)
        rows = pooled(check_true(true).segments())
        self.n_cells = int(n_bins) ** rows.shape[1]
        if self.n_cells > _MOST_CELLS:
            raise ValueError(
                f"{n_bins} bins in each of {rows.shape[1]} columns make {self.n_cells:.1e} cells, "
                f'more than {_MOST_CELLS:.1e}. Use method="gmm", or fewer bins.'
            )
        self.low, self.width = _box(rows, self.n_bins)
        self.true_histogram = self._count(rows)

    def histogram(self, generated):
        """Count the points of a generated series in the cells of the true one.

        Parameters
        ----------
        generated : array-like of shape (n_generated, n_features), list of such, or 3-D array
            Non-finite values are allowed and lie outside the box.

        Returns
        -------
        SparseHistogram
        """
        return self._count(pooled(check_generated(generated, len(self.low))))

    def divergence(self, generated, *, escaped="outside"):
        """Kullback-Leibler divergence KL(true || generated) of the two histograms, in nats.

        Parameters
        ----------
        generated : SparseHistogram of this density, or array-like as for `histogram`
            Generated series.
        escaped : {"outside", "drop"}, default="outside"
            See :func:`sklearn_dsr.metrics.state_space_divergence`.

        Returns
        -------
        float
            In [0, log((n_generated + a K) / a)], finite for any input.
        """
        check_choice(escaped, "escaped", ("outside", "drop"))
        if not isinstance(generated, SparseHistogram):
            generated = self.histogram(generated)
        a, true = self.smoothing, self.true_histogram
        # Without any point inside, "drop" would leave an empty histogram.
        drop = escaped == "drop" and generated.n_inside > 0
        true_total = true.n_points + a * self.n_cells
        total = (generated.n_inside if drop else generated.n_points) + a * self.n_cells
        common, in_true, in_generated = np.intersect1d(
            true.cells, generated.cells, assume_unique=True, return_indices=True
        )
        visits = np.zeros(len(true.cells))
        visits[in_true] = generated.counts[in_generated]
        new = np.delete(generated.counts, in_generated)
        # sum_k p_k log(p_k / q_k): in cells that both leave empty the numerators are equal, so
        # these cells enter only the last term, where sum_k p_k = 1.
        occupied = np.sum((true.counts + a) * log((true.counts + a) / (visits + a)))
        entered = -a * np.sum(log(1.0 + new / a))
        value = (occupied + entered) / true_total + log(np.array([total / true_total]))[0]
        # Rounding can make the sum slightly negative.
        return max(0.0, float(value))

    def _count(self, rows):
        rows = np.ascontiguousarray(rows)
        numbers = cell_numbers(rows, self.low, self.width, self.n_bins)
        cells, counts = np.unique(numbers, return_counts=True)
        return SparseHistogram(cells, counts.astype(np.int64, copy=False), len(rows))


def _box(rows, n_bins):
    """Lower border and bin width per column, each (n_features,), of the box around `rows`."""
    low, high = rows.min(axis=0), rows.max(axis=0)
    margin = 0.1 * rows.std(axis=0)
    width = (high - low + 2 * margin) / n_bins
    # A constant column has no range. Its bins are as wide as its magnitude suggests, and the
    # constant lies in the middle of one, so rounding does not move points to the next bin.
    # The same holds for a column whose bins are too narrow for a float.
    constant = (low == high) | (width == 0.0)
    width = np.where(constant, np.maximum(np.abs(low), 1.0) / n_bins, width)
    low = np.where(constant, low - (n_bins // 2 + 0.5) * width, low - margin)
    return low, width
