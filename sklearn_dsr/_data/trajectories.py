"""Conversion of X (array, DataFrame, list, 3-D array) to gap-free segments of rows."""

from dataclasses import dataclass

import numpy as np

from .masks import filled
from .shape import check_no_series
from .time_axis import TimeAxis
from .validation import check_rows, validate_rows


@dataclass(frozen=True)
class Trajectories:
    """All rows of X in one array, with its trajectories and gap-free segments.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_features)
        Rows of all trajectories in their order, float64. A view of X if possible.
    offsets : ndarray of shape (n_trajectories + 1,)
        Trajectory k is ``values[offsets[k]:offsets[k + 1]]``.
    starts, stops : ndarray of shape (n_segments,)
        Gap-free pieces ``values[starts[i]:stops[i]]``, each in one trajectory. They have no NaN,
        except single missing values if X was read with `mask_inputs`.
    kind : {"array", "list", "stack"}
        Form of X: a 2-D array, a list of them, or a 3-D array.
    """

    values: np.ndarray
    offsets: np.ndarray
    starts: np.ndarray
    stops: np.ndarray
    kind: str

    @property
    def longest(self):
        """Number of rows of the longest segment, 0 if there is none."""
        return int(np.max(self.stops - self.starts, initial=0))

    def segments(self, min_rows=1):
        """List of the gap-free segments with at least `min_rows` rows, as views of `values`."""
        return [
            self.values[a:b]
            for a, b in zip(self.starts, self.stops, strict=True)
            if b - a >= min_rows
        ]

    def filled(self):
        """Return the same trajectories with missing values interpolated, column by column.

        Interpolation is linear in time within a segment, with the nearest value at its ends. A
        segment without a value gets the mean of the column.
        """
        if not any(np.isnan(segment).any() for segment in self.segments()):
            return self
        values = self.values.copy()
        means = np.nanmean(np.concatenate(self.segments()), axis=0)
        for segment in self.with_values(values).segments():
            for column, mean in zip(segment.T, means, strict=True):
                missing = np.flatnonzero(np.isnan(column))
                known = np.flatnonzero(~np.isnan(column))
                column[missing] = np.interp(missing, known, column[known]) if len(known) else mean
        return self.with_values(values)

    def thinned(self, most):
        """Return the same trajectories, or evenly chosen pieces with about `most` rows in all.

        A piece has two rows or more, up to a tenth of `most`, and no gap. The first one is always
        chosen. Pieces are copies, and each becomes a trajectory.
        """
        if len(self.values) <= most:
            return self
        length = max(most // 10, 2)
        pieces = [s[i : i + length] for s in self.segments() for i in range(0, len(s), length)]
        pieces = [piece for piece in pieces if len(piece) > 1]
        stops = np.cumsum([len(piece) for piece in pieces])
        # Draw a random place in each of n equal parts, so that long pieces are chosen more often.
        n = max(most * len(pieces) // stops[-1], 1)
        places = (np.arange(n) + np.random.default_rng(0).random(n)) * stops[-1] / n
        numbers = np.searchsorted(stops, places, side="right")
        chosen = [pieces[k] for k in np.unique([0, *numbers])]
        offsets = np.cumsum([0, *map(len, chosen)])
        return Trajectories(np.concatenate(chosen), offsets, offsets[:-1], offsets[1:], "list")

    def parts(self):
        """List of the trajectories, gaps included, as views of `values`."""
        return [self.values[a:b] for a, b in zip(self.offsets[:-1], self.offsets[1:], strict=True)]

    def tail(self, k, n):
        """Return the last `n` rows of trajectory k, in which no gap is, by themselves."""
        stop = self.offsets[k + 1]
        ends = np.array([0]), np.array([n])
        return Trajectories(self.values[stop - n : stop], np.array([0, n]), *ends, "array")

    def with_values(self, values):
        """Return the same trajectories and segments with other values and columns."""
        return Trajectories(values, self.offsets, self.starts, self.stops, self.kind)

    def like_input(self, rows):
        """Return row-wise results (n_rows, d) in the form of X: array, list or 3-D array."""
        if self.kind == "array":
            return rows
        parts = [rows[a:b] for a, b in zip(self.offsets[:-1], self.offsets[1:], strict=True)]
        return np.stack(parts) if self.kind == "stack" else parts

    def last_rows(self):
        """Last row of each trajectory, (n_trajectories, n_features).

        Raises
        ------
        ValueError
            If a trajectory is empty or ends in a gap, so that it has no last state.
        """
        in_gap = np.flatnonzero(~np.isin(self.offsets[1:], self.stops))
        if len(in_gap):
            k, a, b = in_gap[0], *self.offsets[in_gap[0] : in_gap[0] + 2]
            known = np.max(self.stops[self.stops <= b], initial=a)
            where, n = "X" if self.kind == "array" else f"X[{k}]", b - known
            what = f"last row of {where} is" if n == 1 else f"last {n} rows of {where} are"
            raise ValueError(
                f"The {what} a gap: NaN is there, so there is no state to go on from. Cut it off."
            )
        return self.values[self.offsets[1:] - 1]


def is_many(X):
    """Whether X is several trajectories: a list or tuple of 2-D arrays, or a 3-D array."""
    if isinstance(X, (list, tuple)):
        # An empty list has no trajectory; it is no 2-D array without rows.
        if len(X) == 0 or len(getattr(X[0], "shape", ())) == 2:
            return True
        return isinstance(X[0], (list, tuple)) and np.ndim(next(iter(X[0]), 0)) == 1
    return getattr(X, "ndim", 2) == 3


def pooled(parts):
    """Rows of all parts in their order, (n_rows, n_features); no copy for a single part."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def row_blocks(parts, size=2**17):
    """Yield the rows of all parts in blocks of `size`; the last block may be shorter.

    Sums over blocks need no temporary array of all rows, and have smaller rounding errors.
    """
    waiting, n = [], 0
    for part in parts:
        while n + len(part) >= size:
            yield pooled([*waiting, part[: size - n]])
            part, waiting, n = part[size - n :], [], 0
        waiting.append(part)
        n += len(part)
    if n:
        yield pooled(waiting)


def as_trajectories(X, *, estimator=None, reset=False, min_rows=1, name="X", mask_inputs=None):
    """Validate X, and find its gap-free segments.

    Parameters
    ----------
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        Rows in time order, equally spaced. A row that holds a NaN is a gap, and masked values are
        NaN. A jump of the index of a DataFrame (or of the last level of a MultiIndex) is a cut.
    estimator : estimator or None, default=None
        If given, feature names and `n_features_in_` are set (`reset=True`) or checked.
    reset : bool, default=False
        Whether to set the feature names of `estimator` from X.
    min_rows : int, default=1
        Least number of rows of a trajectory.
    name : str, default="X"
        Name of X in error messages.
    mask_inputs : int or None, default=None
        If given, a single NaN is a missing value and no gap. A NaN in this number of last columns,
        the external inputs, and a row without other values remain gaps.

    Returns
    -------
    Trajectories

    Raises
    ------
    ValueError
        If X is empty, not numeric, complex, holds infinity, or has too few rows or other columns;
        with `reset` also if the times of a DataFrame run backwards or are not in the last level.
    TypeError
        If X is sparse.
    """
    if not is_many(X):
        if estimator is None or reset:
            check_no_series(X, name)
        rows = _validate(X, estimator, reset, min_rows, name)
        return _find_segments([rows], [_cuts(X, reset, name)], "array", mask_inputs)
    if len(X) == 0:
        raise ValueError(f"{name} holds 0 trajectories. Give at least one.")
    parts, cuts = [], []
    for k, part in enumerate(X):
        parts.append(_validate(part, estimator, reset and k == 0, min_rows, f"{name}[{k}]"))
        cuts.append(_cuts(part, reset, f"{name}[{k}]"))
        if parts[k].shape[1] != parts[0].shape[1]:
            raise ValueError(
                f"{name}[{k}] has {parts[k].shape[1]} columns and {name}[0] has "
                f"{parts[0].shape[1]}. All trajectories need the same columns."
            )
    kind = "list" if isinstance(X, (list, tuple)) else "stack"
    return _find_segments(parts, cuts, kind, mask_inputs)


def trajectories_of(parts, mask_inputs=None):
    """Trajectories of a list of valid arrays whose only gaps are NaN; see `as_trajectories`."""
    return _find_segments(parts, [()] * len(parts), "list", mask_inputs)


def _validate(X, estimator, reset, min_rows, name):
    X = filled(X)
    if estimator is None:
        return check_rows(X, min_rows=min_rows, name=name)
    return validate_rows(estimator, X, reset=reset, min_rows=min_rows, name=name)


def _cuts(X, reset, name):
    """Rows at which the index of a DataFrame has jumped; a fit checks the order of times."""
    axis = TimeAxis.of(X)
    if reset:
        axis.check(name)
    return axis.cuts


def _find_segments(parts, index_cuts, kind, mask_inputs):
    offsets = np.concatenate([[0], np.cumsum([len(p) for p in parts])]).astype(np.int64)
    values = pooled(parts)
    valid = np.ones(len(values) + 2, dtype=bool)
    valid[[0, -1]] = False
    # A sum is NaN where any entry is; no (n_rows, n_features) temporary is needed.
    n_masked = 0 if mask_inputs is None else max(values.shape[1] - mask_inputs, 0)
    np.logical_not(np.isnan(values[:, n_masked:].sum(axis=1)), out=valid[1:-1])
    if n_masked:
        valid[1:-1] &= ~np.isnan(values[:, :n_masked]).all(axis=1)
    edges = np.diff(valid.astype(np.int8))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    cuts = np.concatenate(
        [offsets[1:-1], *[o + c for o, c in zip(offsets[:-1], index_cuts, strict=True)]]
    )
    inside = [c for c in np.unique(cuts).astype(np.int64) if valid[c] and valid[c + 1]]
    starts = np.sort(np.concatenate([starts, inside]).astype(np.int64))
    stops = np.sort(np.concatenate([stops, inside]).astype(np.int64))
    return Trajectories(values, offsets, starts, stops, kind)
