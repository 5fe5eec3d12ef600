"""Subjects in X: the trajectories of each, and their control parameters."""

from dataclasses import dataclass

import numpy as np

from .._data.trajectories import Trajectories, as_trajectories, is_many
from ..reconstruction._start import levelled


@dataclass(frozen=True)
class Subjects:
    """Trajectories of X, by subject.

    Attributes
    ----------
    names : list
        Labels of the first level of a MultiIndex, or positions in X; one per subject.
    trajectories : list of Trajectories
        Rows of each subject in the units of X, without its parameters.
    parameters : ndarray of shape (J, p)
        Control parameters in the units of X.
    """

    names: list
    trajectories: list
    parameters: np.ndarray

    @property
    def pooled(self):
        """All trajectories, subject by subject."""
        return joined(self.trajectories)


def labelled(X):
    """Trajectories of X and the label of each, a pair of lists; None if X is a single array.

    A DataFrame with a MultiIndex has a trajectory per label of the first level. Labels of
    trajectories without a MultiIndex are their positions.
    """
    if not is_many(X):
        return _by_label(X) if _is_labelled(X) else None
    parts, names, n_labelled = [], [], sum(map(_is_labelled, X))
    if n_labelled not in (0, len(X)):
        raise ValueError(
            f"{n_labelled} of {len(X)} trajectories have a MultiIndex that names the subject, and "
            "the others have none. Give all of them one, or none."
        )
    for k, part in enumerate(X):
        pieces = _by_label(part) if n_labelled else ([part], [k])
        parts.extend(pieces[0])
        names.extend(pieces[1])
    return parts, names


def _is_labelled(X):
    return getattr(getattr(X, "index", None), "nlevels", 1) > 1


def _by_label(frame):
    """Parts of a frame with one label of the first level each, in order of appearance."""
    missing = int(frame.index.get_level_values(0).isna().sum())
    if missing:
        raise ValueError(
            f"{missing} of {len(frame)} rows have no label of a subject: the first level of the "
            "index is missing there. Name their subject, or drop them."
        )
    groups = list(frame.groupby(level=0, sort=False, observed=True))
    return [part for _, part in groups], [name for name, _ in groups]


def read_subjects(X, estimator, *, reset=False, min_rows=1):
    """Validate X, and sort its trajectories by subject.

    Raises
    ------
    ValueError, TypeError
        As `as_trajectories`; also if a parameter is missing or varies within a subject.
    """
    found = labelled(X)
    parts, names = (X, [0]) if found is None else found
    rows = as_trajectories(parts, estimator=estimator, reset=reset, min_rows=min_rows)
    rows = levelled(rows) if reset else rows
    order = list(dict.fromkeys(names))
    owners = [order.index(name) for name in names]
    width = rows.values.shape[1]
    p = estimator.n_parameters if reset else len(estimator.parameter_mean_)
    if reset and p + estimator.n_inputs >= width:
        raise ValueError(
            f"n_inputs={estimator.n_inputs} and n_parameters={p} leave no column to predict: X has "
            f"{width}, and these are the last ones. Set them lower, or add columns."
        )
    trajectories, parameters = [], np.empty((len(order), p))
    for j, name in enumerate(order):
        own = part_of(rows, [t for t, owner in enumerate(owners) if owner == j])
        where = "" if found is None else f" of trajectory {name}"
        parameters[j] = _constants(own, p, where)
        trajectories.append(own.with_values(own.values[:, : width - p]))
    return Subjects(order, trajectories, parameters)


def _constants(rows, p, where):
    """Values (p,) of the last columns, which are constant."""
    if not p:
        return np.empty(0)
    width = rows.values.shape[1]
    segments = rows.segments()
    known = np.concatenate([rows.values[:0], *segments])[:, width - p :]
    if not len(known):
        raise ValueError(f"Each row{where} holds a NaN. Give at least one complete row.")
    low, high = known.min(axis=0), known.max(axis=0)
    for a in np.flatnonzero(low != high):
        raise ValueError(
            f"Column {width - p + a}{where}, a parameter, varies from {low[a]:.6g} to "
            f"{high[a]:.6g}. Give one value in all rows; columns that vary in time are inputs "
            "(n_inputs)."
        )
    return low


def part_of(rows, numbers):
    """Some of the trajectories, by number, as `Trajectories` of their own."""
    values, lengths, starts, stops, at = [], [0], [], [], 0
    for t in numbers:
        a, b = rows.offsets[t : t + 2]
        inside = (rows.starts >= a) & (rows.stops <= b)
        starts.append(rows.starts[inside] - a + at), stops.append(rows.stops[inside] - a + at)
        values.append(rows.values[a:b])
        at += b - a
        lengths.append(at)
    one = values[0] if len(values) == 1 else np.concatenate(values)
    ends = np.concatenate(starts), np.concatenate(stops)
    return Trajectories(one, np.array(lengths), *ends, "list")


def joined(parts):
    """Trajectories of all parts, one after the other."""
    before = np.cumsum([0, *(len(part.values) for part in parts)])
    starts, stops = (
        np.concatenate([getattr(p, name) + n for p, n in zip(parts, before, strict=False)])
        for name in ("starts", "stops")
    )
    offsets = [0, *(p.offsets[1:] + n for p, n in zip(parts, before, strict=False))]
    offsets = np.concatenate([np.atleast_1d(part) for part in offsets])
    return Trajectories(np.concatenate([p.values for p in parts]), offsets, starts, stops, "list")
