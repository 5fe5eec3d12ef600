"""The two or three coordinates of a picture: columns, or one column and its past."""

from dataclasses import dataclass

import numpy as np

from .._data.validation import check_choice, check_int
from ..preprocessing import DelayEmbedding
from ._comparison import pick


@dataclass(frozen=True)
class Projection:
    """Columns of an orbit (n, N), each with its own lag.

    Attributes
    ----------
    columns : tuple of int
        Numbers of 2 or 3 columns.
    lags : tuple of int
        Lag of each in rows: zeros, unless one column is drawn against its past.
    labels : tuple of str
        Labels of the axes.
    """

    columns: tuple
    lags: tuple
    labels: tuple

    @classmethod
    def choose(cls, names, pieces, columns, n_dims, lag, ax=None):
        """Projection from the parameters of a display.

        Parameters
        ----------
        names : tuple of str
            Names of all columns.
        pieces : list of ndarray of shape (n_rows, N)
            Data that a lag is chosen from.
        columns : None, int, str, or sequence of these
            Columns to draw. None takes the first `n_dims` ones.
        n_dims : {None, 2, 3}
            None takes the dimensions of `ax`. Without `ax`, three columns or more have 3
            dimensions, and fewer have 2.
        lag : "auto" or int
            Rows between the coordinates of a single column.
        ax : Axes, array-like of Axes, or None, default=None
            Where the picture will be drawn.

        Raises
        ------
        ValueError
            If a number is out of its range, or there are too many columns or too few.
        """
        if n_dims is not None:
            check_choice(n_dims, "n_dims", (2, 3))
        elif ax is not None:
            n_dims = 3 if np.ravel(ax)[0].name == "3d" else 2
        chosen = pick(columns, names, most=n_dims or 3)
        if len(chosen) == 1:
            return cls._of_past(names, pieces, chosen[0], n_dims or 2, lag)
        if n_dims is not None and n_dims != len(chosen):
            raise ValueError(
                f"There are {len(chosen)} columns to draw in n_dims={n_dims} dimensions. Give "
                f"{n_dims} columns, or one, which is drawn against its past."
            )
        return cls(chosen, (0,) * len(chosen), tuple(names[k] for k in chosen))

    @classmethod
    def _of_past(cls, names, pieces, column, n_dims, lag):
        if isinstance(lag, str):
            check_choice(lag, "lag", ("auto",))
            lag = DelayEmbedding(n_delays=2).fit([p[:, [column]] for p in pieces]).lag_
        longest = max(len(p) for p in pieces)
        check_int(lag, "lag", 1, (longest - 1) // (n_dims - 1), "It counts rows.")
        lags = tuple(k * lag for k in range(n_dims))
        unit = "row" if lag == 1 else "rows"
        labels = [names[column], *(f"{names[column]}, {k} {unit} before" for k in lags[1:])]
        return cls((column,) * n_dims, lags, tuple(labels))

    def __call__(self, rows):
        """Coordinates (n - largest lag, n_dims) of rows (n, N)."""
        past = max(self.lags)
        if len(rows) <= past:
            return np.empty((0, len(self.lags)))
        pairs = zip(self.columns, self.lags, strict=True)
        return np.column_stack([rows[past - lag : len(rows) - lag, k] for k, lag in pairs])

    def of_cycle(self, points):
        """Coordinates (k, n_dims) of the points (k, N) of a cycle, whose past is itself."""
        pairs = zip(self.columns, self.lags, strict=True)
        return np.column_stack([np.roll(points[:, k], lag) for k, lag in pairs])
