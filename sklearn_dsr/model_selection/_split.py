"""Blocks of a time series for cross validation, without joining rows that are no neighbours."""

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

_GAP = "0 leaves no row out."


class BlockedKFold(BaseCrossValidator):
    """K folds of a time series: contiguous test blocks, training rows before and after them.

    The test blocks follow one another, cover all rows and have equal numbers of complete rows, up
    to one. Training rows on the two sides of a test block are never joined as if they were
    consecutive: either something that cuts time lies between them, or one side is left out.

    Parameters
    ----------
    n_splits : int, default=5
        Number of test blocks, at least 2.
    gap : int, default=0
        Rows (trajectories of a list or 3-D array) left out of the training set at each border of
        the test block. Set it to the memory of the data in rows: with 0, the first test row is
        the successor of a training row.
    sides : {"auto", "both", "longer"}, default="auto"
        Where training rows come from. It matters for one trajectory; of a list or 3-D array all
        whole trajectories outside the test block are taken.

        - "auto": both sides if X has a row that is NaN in every column, else as "longer". One such
          row is repeated in the hole, where it is a gap for every model and most transformers. A
          row of NaN put in front of X is enough.
        - "both": as "auto" with such a row. Without, a DataFrame is taken as it is if its index
          shows the hole: only for models that get the frame itself and ReconstructionPipelines, as
          in other pipelines a transformer that returns arrays (StandardScaler without
          ``set_output(transform="pandas")``) hides the index and joins the rows. Anything else is
          an error.
        - "longer": the side with more complete rows, so that the training set is contiguous. For
          transformers that refuse NaN, as PCA.

    Raises
    ------
    TypeError
        If `n_splits` or `gap` is no integer.
    ValueError
        If a parameter is out of its range.

    See Also
    --------
    as_blocks : The series as a list of blocks, of which any splitter takes whole ones.

    Notes
    -----
    A DataFrame gets no special treatment by default, because the splitter cannot know whether its
    index survives the pipeline. X has to be what a model takes: rows in time order.

    The repeated row of NaN comes from outside the hole, if there is one outside.

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

    With a row of NaN in front, both sides are used; row 0 stands between them:

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
        self.n_splits = check_int(n_splits, "n_splits", 2, advice="Give the number of folds.")
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
        """Row numbers of each fold.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
            The series. Of a list or 3-D array, the numbers are those of trajectories.
        y : object
            Ignored.
        groups : object
            Ignored, with a warning.

        Yields
        ------
        train, test : ndarray of int
            `train` may hold one row number of a gap twice; see `sides`.

        Raises
        ------
        ValueError
            If there are fewer complete rows than folds, if no training rows are left, or if
            ``sides="both"`` is not possible.
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
                    f"gap={self.gap} leaves no training {unit} beside the test block of {unit} "
                    f"{start} to {stop - 1} of {len(known)}. Set gap lower or n_splits higher."
                )
            yield train, np.arange(start, stop)

    def _training_rows(self, X, before, after, complete, empty):
        """Rows of one trajectory, of both sides only if a cut lies between them."""
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
                    'sides="both" needs something that cuts time in the hole between training rows '
                    f"{before[-1]} and {after[0]}, and X has no row of NaN, nor an index that "
                    "shows it. Put a row of NaN in front of X, or split as_blocks(X, n_blocks)."
                )
        return before if complete[before].sum() >= complete[after].sum() else after


def as_blocks(X: ArrayLike, n_blocks: int, *, gap: int = 0) -> list[Any]:
    """Cut one series into a list of consecutive blocks: trajectories for any splitter.

    Of a list, scikit-learn's splitters choose whole elements, and no model joins two elements. So
    ``KFold(5)`` over ``as_blocks(X, 5)`` is :class:`BlockedKFold` with training rows on both sides,
    whatever X is. Blocks must be longer than training windows and embeddings, else rows are lost.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features)
        Rows in time order; a row with NaN is a gap.
    n_blocks : int
        Number of blocks, at least 1. They have equal numbers of complete rows, up to one.
    gap : int, default=0
        Rows left out between two blocks: the first ones of each block but the first.

    Returns
    -------
    list of ndarray, or of DataFrame
        The blocks in their order, as views where possible.

    Raises
    ------
    TypeError
        If `n_blocks` or `gap` is no integer.
    ValueError
        If X is a list or a 3-D array, has fewer complete rows than blocks, or if `gap` takes all
        complete rows of a block.

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
            f"X is {len(X)} trajectories already, which splitters take whole. Give X itself to "
            "KFold, or one 2-D array here."
        )
    rows = check_rows(X)
    complete = ~np.isnan(rows).any(axis=1)
    borders = _borders(complete, n_blocks, "n_blocks", "rows")
    starts = borders[:-1] + np.where(np.arange(n_blocks) > 0, gap, 0)
    for k, (start, stop) in enumerate(zip(starts, borders[1:], strict=True)):
        if not np.any(complete[start:stop]):
            raise ValueError(
                f"gap={gap} takes all complete rows of block {k}, which has {stop - borders[k]} "
                "rows. Set gap or n_blocks lower."
            )
    source = X.iloc if hasattr(X, "iloc") else (rows if isinstance(X, (list, tuple)) else X)
    return [source[start:stop] for start, stop in zip(starts, borders[1:], strict=True)]


def _borders(complete, n_blocks, name, unit):
    """Row numbers (n_blocks + 1,) that cut into blocks of equally many complete rows."""
    rows = np.flatnonzero(complete)
    if n_blocks > len(rows):
        raise ValueError(
            f"{name}={n_blocks} exceeds the {len(rows)} complete {unit} of X. Set it lower."
        )
    sizes = np.full(n_blocks, len(rows) // n_blocks)
    sizes[: len(rows) % n_blocks] += 1  # as KFold has it
    return np.concatenate([[0], rows[np.cumsum(sizes)[:-1]], [len(complete)]])
