"""Cost of a delay embedding: how much it amplifies small errors on their way to the future."""

import numpy as np
from scipy.spatial import cKDTree

# Neighbours of every reference row, and horizons up to the longest that the cost is averaged over.
_N_NEIGHBORS, _N_HORIZONS = 3, 8
# Below this distance, in standard deviations, rows count as equal: rounding is not dynamics.
_FLOOR = 1e-6
# Rows among which neighbours are looked up, and rows whose neighbours are: at most, and fewer for
# embeddings of many columns, in which a tree does not help.
_MOST_ROWS, _MOST_QUERIES, _MANY_COLUMNS = 40_000, 8_000, 20


class Library:
    """Rows of a series in which neighbours are looked up, the same for all embeddings compared.

    Parameters
    ----------
    series : History
    past, horizon : int
        Rows without a gap before and after every row of the library.
    window : int
        Theiler window: rows closer than this in time, or equal to it, are no neighbours.
    n_columns_most : int
        Columns of the widest embedding, which limits how many rows are taken.

    Attributes
    ----------
    times : ndarray of shape (n_library,)
        Rows among which neighbours are looked up.
    queries : ndarray of shape (n_queries,)
        Positions in `times` of the rows whose neighbours are looked up.
    """

    def __init__(self, series, past, horizon, window, n_columns_most):
        share = min(_MANY_COLUMNS / n_columns_most, 1.0)
        self.values, self.window = series.values, window
        self.times = series.times(past, horizon, n_most=max(int(_MOST_ROWS * share), 5_000))
        n_queries = min(max(int(_MOST_QUERIES * share), 500), len(self.times))
        self.queries = np.linspace(0, len(self.times) - 1, n_queries).astype(int)
        self.steps = np.unique(np.linspace(1, horizon, _N_HORIZONS).astype(int))

    def neighbors(self, vectors, n_neighbors):
        """Positions of the nearest neighbours of each query, (n_queries, n_neighbors), -1 for none.

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

        With the vectors of a row and its k = 3 nearest neighbours, :math:`\epsilon^2` the mean
        square of the distances within these four, and :math:`E^2` the variance of their futures,
        averaged over horizons T from 1 to that of the library, it is

        .. math:: L = \log_{10} (\sigma \alpha)
           = \frac{1}{2} \log_{10} \frac{\langle E^2 / \epsilon^2 \rangle}
           {\langle 1 / \epsilon^2 \rangle}

        which is the spread of futures from states that can not be told apart: a missing coordinate
        raises it, and so do superfluous ones, whose neighbours are farther apart.
        O(n_queries log(n_library) k) time in few dimensions.

        Parameters
        ----------
        vectors : ndarray of shape (n_library, k)

        Returns
        -------
        float
            0 for neighbours that tell nothing (futures as spread as the series itself), or nan if
            no query has neighbours.

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
        # The mean square distance of all pairs is twice the variance with n - 1 in the divisor.
        squares = 2.0 * vectors[group].var(axis=1, ddof=1).sum(axis=1)
        weights = 1.0 / np.maximum(squares, _FLOOR**2)
        futures = [self.values[self.times[group] + s].var(axis=1, ddof=1) for s in self.steps]
        spread = np.mean(futures, axis=(0, 2))
        mean = np.sum(weights * spread) / np.sum(weights)
        return 0.5 * float(np.log10(max(mean, _FLOOR**2)))
