"""Noise amplification of a delay embedding: how much it amplifies small errors."""

import numpy as np
from scipy.spatial import cKDTree

# Neighbours of each reference row, and number of horizons in the mean.
_N_NEIGHBORS, _N_HORIZONS = 3, 8
# Rows closer than this, in standard deviations, count as equal: rounding is not dynamics.
_FLOOR = 1e-6
# Largest numbers of rows in the tree and of queries. Embeddings with more columns than the third
# number get fewer, because a tree does not help there.
_MOST_ROWS, _MOST_QUERIES, _MANY_COLUMNS = 40_000, 8_000, 20


class Library:
    """Rows in which neighbours are searched, the same for all embeddings in a comparison.

    Parameters
    ----------
    series : History
    past, horizon : int
        Gap-free rows before and after each row of the library.
    window : int
        Theiler window: rows at most this far apart in time are no neighbours.
    n_columns_most : int
        Columns of the widest embedding; more columns mean fewer rows.

    Attributes
    ----------
    times : ndarray of shape (n_library,)
        Rows in which neighbours are searched.
    queries : ndarray of shape (n_queries,)
        Positions in `times` of the rows whose neighbours are searched.
    """

    def __init__(self, series, past, horizon, window, n_columns_most):
        share = min(_MANY_COLUMNS / n_columns_most, 1.0)
        self.values, self.window = series.values, window
        self.times = series.times(past, horizon, n_most=max(int(_MOST_ROWS * share), 5_000))
        n_queries = min(max(int(_MOST_QUERIES * share), 500), len(self.times))
        self.queries = np.linspace(0, len(self.times) - 1, n_queries).astype(int)
        self.steps = np.unique(np.linspace(1, horizon, _N_HORIZONS).astype(int))

    def neighbors(self, vectors, n_neighbors):
        """Positions of the nearest neighbours of each query, -1 if there are too few.

        Parameters
        ----------
        vectors : ndarray of shape (n_library, k)
        n_neighbors : int

        Returns
        -------
        ndarray of int of shape (n_queries, n_neighbors)
        """
        tree, n = cKDTree(vectors), len(vectors)
        found = np.full((len(self.queries), n_neighbors), -1)
        todo, k = np.arange(len(self.queries)), 4 * n_neighbors
        while len(todo):
            k = min(k, n)
            rows = self.queries[todo]
            near = tree.query(vectors[rows], k=k)[1].reshape(len(rows), k)
            far = np.abs(self.times[near] - self.times[rows, np.newaxis]) > self.window
            enough = far.sum(axis=1) >= n_neighbors
            first = np.argsort(~far[enough], axis=1, kind="stable")[:, :n_neighbors]
            found[todo[enough]] = np.take_along_axis(near[enough], first, axis=1)
            todo = todo[~enough]
            if k == n or k > 1000:
                break
            k *= 4
        return found

    def cost(self, vectors):
        r"""Noise amplification of an embedding, as a decimal logarithm (Uzal et al. [1]_).

        .. math:: L = \log_{10} (\sigma \alpha)
           = \frac{1}{2} \log_{10} \frac{\langle E^2 / \epsilon^2 \rangle}
           {\langle 1 / \epsilon^2 \rangle}

        Here :math:`\epsilon^2` is the mean square distance within a row and its k = 3 nearest
        neighbours, and :math:`E^2` is the variance of their futures, averaged over horizons up to
        the one of the library. L is the spread of futures from states that cannot be told apart. A
        missing coordinate raises it. So does a superfluous one, because neighbours are farther
        apart. Takes O(n_queries log(n_library) k) time in few dimensions.

        Parameters
        ----------
        vectors : ndarray of shape (n_library, k)

        Returns
        -------
        float
            0 if futures of neighbours are as spread as the series itself, nan if no query has
            neighbours.

        References
        ----------
        .. [1] L. C. Uzal, G. L. Grinblat and P. F. Verdes (2011). "Optimal reconstruction of
           dynamical systems: a noise amplification approach". Physical Review E 84, 016223.
        """
        near = self.neighbors(vectors, _N_NEIGHBORS)
        known = near[:, 0] >= 0
        if not np.any(known):
            return np.nan
        group = np.column_stack([self.queries, near])[known]
        # The mean square distance of all pairs is twice the variance with divisor n - 1.
        squares = 2.0 * vectors[group].var(axis=1, ddof=1).sum(axis=1)
        weights = 1.0 / np.maximum(squares, _FLOOR**2)
        futures = [self.values[self.times[group] + s].var(axis=1, ddof=1) for s in self.steps]
        spread = np.mean(futures, axis=(0, 2))
        mean = np.sum(weights * spread) / np.sum(weights)
        return 0.5 * float(np.log10(max(mean, _FLOOR**2)))
