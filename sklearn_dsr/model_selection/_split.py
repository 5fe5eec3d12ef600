"""Contiguous blocks of a time series for cross-validation."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import BaseCrossValidator

from .._data.time_axis import TimeAxis
from .._data.trajectories import is_many
from .._data.validation import check_choice, check_int, check_rows

_GAP = "0 leaves out no row."


class BlockedKFold(BaseCrossValidator):
    """K-fold cross-validation of a time series with contiguous test blocks.

    The test blocks follow one another, cover all rows, and have equal numbers of rows without NaN,
    up to one. Training rows before and after a test block are never joined as if they were
    consecutive: a gap separates them, or one side is left out. For a list or a 3-D array the blocks
    consist of whole trajectories.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds, at least 2.
    gap : int, default=0
        Rows (or trajectories) that are left out of the training set at each border of the test
        block, at least 0. Set it to the memory of the data in rows: with 0, the first test row
        follows a training row.
    sides : {"auto", "both", "longer"}, default="auto"
        Sides of the test block that give training rows. Not used for a list or a 3-D array.

        - "auto": both sides if X has a row that is NaN in all columns, else as "longer". The row of
          NaN is repeated between the two sides, where it is a gap. One row of NaN in front of X is
          enough.
        - "both": as "auto", but an error if nothing separates the two sides. Instead of a row of
          NaN, the index of a DataFrame may separate them. This is safe for a reconstructor alone
          and in a :class:`~sklearn_dsr.pipeline.ReconstructionPipeline`. In other pipelines a
          transformer that returns arrays loses the index.
        - "longer": the side with more rows without NaN. The training set is contiguous, as
          transformers that refuse NaN need it, for example PCA.

    Raises
    ------
    TypeError
        If `n_splits` or `gap` is not an integer.
    ValueError
        If a parameter is out of its range.

    See Also
    --------
    as_blocks : The series as a list of blocks, for any splitter.
    sklearn.model_selection.TimeSeriesSplit : Training rows before the test block only.

    Notes
    -----
    The repeated row of NaN comes from the training rows if these hold one. Then it is no test row.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr.model_selection import BlockedKFold
    >>> X = np.arange(9.0).reshape(-1, 1)
    >>> for train, test in BlockedKFold(3, gap=1).split(X):
    ...     print(train, test)
    [4 5 6 7 8] [0 1 2]
    [0 1] [3 4 5]
    [0 1 2 3 4] [6 7 8]

    With a row of NaN in front, both sides are used, and row 0 separates them:

    >>> X = np.concatenate([[[np.nan]], X])
    >>> for train, test in BlockedKFold(3, gap=1).split(X):
    ...     print(train, test)
    [5 6 7 8 9] [0 1 2 3]
    [0 1 2 0 8 9] [4 5 6]
    [0 1 2 3 4 5] [7 8 9]
    """

    def __init__(
        self, n_splits: int = 5, *, gap: int = 0, sides: Literal["auto", "both", "longer"] = "auto"
    ) -> None:
        self.n_splits = check_int(n_splits, "n_splits", 2, advice="It is the number of folds.")
        self.gap = check_int(gap, "gap", 0, advice=_GAP)
        self.sides = check_choice(sides, "sides", ("auto", "both", "longer"))

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : object
            Ignored.

        Returns
        -------
        int
            `n_splits`.
        """
        return self.n_splits

    def split(
        self, X: ArrayLike, y: object = None, groups: object = None
    ) -> Iterator[tuple[Any, Any]]:
        """Generate the row numbers of each fold.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            Rows in time order. A row that holds a NaN is a gap.
        y : object
            Ignored.
        groups : object
            Ignored, with a warning.

        Yields
        ------
        train : ndarray of int
            Numbers of the training rows, or of trajectories for a list or a 3-D array. A row of NaN
            may occur twice, see `sides`.
        test : ndarray of int
            Numbers of the test rows or trajectories.

        Raises
        ------
        ValueError
            If there are fewer rows without NaN than folds, if no training rows are left, or if
            nothing separates the two sides with ``sides="both"``.
        """
        if groups is not None:
            warnings.warn(f"groups is ignored by {self}. Leave it out.", UserWarning, stacklevel=2)
        whole = is_many(X)
        unit = "trajectories" if whole else "rows"
        known = np.ones((len(X), 1), dtype=bool) if whole else ~np.isnan(check_rows(X))
        complete, empty = known.all(axis=1), ~known.any(axis=1)
        borders = _borders(complete, self.n_splits, "n_splits", unit)
        for start, stop in zip(borders[:-1], borders[1:], strict=True):
            before = np.arange(max(start - self.gap, 0))
            after = np.arange(min(stop + self.gap, len(known)), len(known))
            if whole:
                train = np.concatenate([before, after])
            else:
                train = self._training_rows(X, before, after, complete, empty)
            if not np.any(complete[train]):
                raise ValueError(
                    f"gap={self.gap} leaves no training {unit} outside the test block of {unit} "
                    f"{start} to {stop - 1} of {len(known)}. Set gap lower or n_splits higher."
                )
            yield train, np.arange(start, stop)

    def _training_rows(self, X, before, after, complete, empty):
        """Training rows of one trajectory, from both sides only if a cut separates them."""
        both = np.concatenate([before, after])
        if len(before) == 0 or len(after) == 0:
            return both
        if self.sides != "longer":
            if empty[before[-1]] or empty[after[0]]:
                return both
            if np.any(empty):
                marks = np.flatnonzero(empty)
                in_hole = (marks > before[-1]) & (marks < after[0])
                mark = marks[np.lexsort([np.abs(marks - after[0]), in_hole])[0]]
                return np.concatenate([before, [mark], after])
            if self.sides == "both":
                if hasattr(X, "iloc") and len(before) in TimeAxis.of(X.iloc[both]).cuts:
                    return both
                raise ValueError(
                    'sides="both" needs a row of NaN in X, or an index that jumps, to separate the '
                    f"training rows {before[-1]} and {after[0]}; X has neither. Put a row of NaN "
                    "in front of X, or split as_blocks(X, n_blocks)."
                )
        return before if complete[before].sum() >= complete[after].sum() else after


def as_blocks(X: ArrayLike, n_blocks: int, *, gap: int = 0) -> list[Any]:
    """Cut one series into a list of consecutive blocks, for any splitter.

    Each block is a trajectory. scikit-learn's splitters select whole elements of a list, and no
    model joins two trajectories. So ``KFold(5)`` with ``as_blocks(X, 5)`` has training rows on both
    sides of the test block. Blocks need more rows than a training window and an embedding.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        Rows in time order. A row that holds a NaN is a gap.
    n_blocks : int
        Number of blocks, at least 1. They have equal numbers of rows without NaN, up to one.
    gap : int, default=0
        Rows that are left out between two blocks, at least 0. They come from the start of each
        block but the first.

    Returns
    -------
    list of ndarray, or list of DataFrame
        Blocks in their order, as views if possible.

    Raises
    ------
    TypeError
        If `n_blocks` or `gap` is not an integer.
    ValueError
        If a parameter is out of its range, X is a list or a 3-D array, X has fewer rows without NaN
        than blocks, or `gap` leaves no such row in a block.

    See Also
    --------
    BlockedKFold : Folds of one array, without a list.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import KFold
    >>> from sklearn_dsr.model_selection import as_blocks
    >>> blocks = as_blocks(np.arange(20.0).reshape(-1, 1), 4, gap=1)
    >>> [len(block) for block in blocks]
    [5, 4, 4, 4]
    >>> [(train.tolist(), test.tolist()) for train, test in KFold(2).split(blocks)]
    [([2, 3], [0, 1]), ([0, 1], [2, 3])]
    """
    check_int(n_blocks, "n_blocks", 1, advice="It is the number of blocks to return.")
    check_int(gap, "gap", 0, advice=_GAP)
    if is_many(X):
        raise ValueError(
            f"X consists of {len(X)} trajectories already, which splitters take whole. Give X "
            "itself to KFold, or one 2-D array here."
        )
    rows = check_rows(X)
    complete = ~np.isnan(rows).any(axis=1)
    borders = _borders(complete, n_blocks, "n_blocks", "rows")
    starts = borders[:-1] + np.where(np.arange(n_blocks) > 0, gap, 0)
    for k, (start, stop) in enumerate(zip(starts, borders[1:], strict=True)):
        if not np.any(complete[start:stop]):
            raise ValueError(
                f"gap={gap} leaves no complete row in block {k}, which has {stop - borders[k]} "
                "rows. Set gap or n_blocks lower."
            )
    source = X.iloc if hasattr(X, "iloc") else (rows if isinstance(X, (list, tuple)) else X)
    return [source[start:stop] for start, stop in zip(starts, borders[1:], strict=True)]


def _borders(complete, n_blocks, name, unit):
    """Borders (n_blocks + 1,) of blocks with equal numbers of complete rows."""
    rows = np.flatnonzero(complete)
    if n_blocks > len(rows):
        raise ValueError(
            f"{name}={n_blocks} exceeds the {len(rows)} complete {unit} of X. Set it lower."
        )
    sizes = np.full(n_blocks, len(rows) // n_blocks)
    sizes[: len(rows) % n_blocks] += 1  # as in KFold
    return np.concatenate([[0], rows[np.cumsum(sizes)[:-1]], [len(complete)]])
