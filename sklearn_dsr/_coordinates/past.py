"""Inverse of transformers for runs of a model, with the rows before if a step needs them."""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from sklearn.pipeline import Pipeline

from .._data.masks import filled
from .._data.trajectories import as_trajectories, is_many
from .._data.validation import LARGEST
from .protocol import PastInverse


class Past:
    """Rows of X before runs, in the form that each step of the transformers takes.

    Parameters
    ----------
    transformer : Pipeline of fitted transformers, or None
    X : array-like or DataFrame of shape (n_samples, n_features), list of such, or 3-D array
        Rows that the runs start from.
    """

    def __init__(self, transformer, X):
        self.steps, X = flat_steps(transformer), filled(X)
        self._parts = list(X) if is_many(X) else [X]
        # First row of each trajectory, and the end.
        self.offsets = np.concatenate([[0], np.cumsum([len(part) for part in self._parts])])
        self._taken_in = {}

    def at(self, rows):
        """Origins of runs that begin after these rows, numbered through all trajectories of X."""
        return Origins(self, np.atleast_1d(np.asarray(rows, dtype=np.int64)))

    def taken_in(self, k, number):
        """Rows of trajectory k as step `number` takes them, padded to the number in X."""
        if number == 0:
            return self._parts[k]
        if (k, number) not in self._taken_in:
            before = self.taken_in(k, number - 1)
            with unnamed_columns():
                made = self.steps[number - 1].transform(before)
            lost = len(before) - len(made)
            if lost:  # without gaps, a step drops the first rows
                made = np.asarray(made)
                made = np.concatenate([np.full((lost, made.shape[1]), np.nan), made])
            self._taken_in[k, number] = made
        return self._taken_in[k, number]


@dataclass(frozen=True)
class Origins:
    """Rows after which runs begin, one for each run."""

    past: Past
    rows: np.ndarray

    def repeated(self, n):
        """Origins of n runs after each row, all rows in turn."""
        return Origins(self.past, np.tile(self.rows, n))

    def inverse(self, runs):
        """Runs (n, n_steps, n_features) in the coordinates of X, from the model's columns."""
        steps, offsets = self.past.steps, self.past.offsets
        owner = np.searchsorted(offsets, self.rows, side="right") - 1
        for number in reversed(range(len(steps))):
            step = steps[number]
            if not hasattr(step, "inverse_forecast"):
                runs = _inverse_rows(step, runs)
                continue
            parts, order = [], []
            for k in np.unique(owner):
                own = np.flatnonzero(owner == k)
                series = self.past.taken_in(k, number)
                order.append(own)
                parts.append(
                    _inverse_forecasts(step, runs[own], series, self.rows[own] - offsets[k])
                )
            runs = np.concatenate(parts)[np.argsort(np.concatenate(order))]
        return runs


def flat_steps(transformer):
    """Steps of transformers, with nested pipelines flattened; none for None."""
    if transformer in (None, "passthrough"):
        return []
    if not isinstance(transformer, Pipeline):
        return [transformer]
    return [inner for _, step in transformer.steps for inner in flat_steps(step)]


def rows_before(trajectories, at):
    """Number of gap-free rows up to and including each row `at`, 0 in a gap."""
    before = np.zeros(len(trajectories.values), dtype=np.int64)
    for a, b in zip(trajectories.starts, trajectories.stops, strict=True):
        before[a:b] = np.arange(1, b - a + 1)
    return before[at]


def usable(rows):
    """Mask (n,) of the rows whose values are finite and at most 1e100."""
    # A comparison with NaN is False.
    return np.max(np.abs(rows), axis=1, initial=0.0) <= LARGEST


@contextmanager
def unnamed_columns():
    """Let steps that were fitted on DataFrames take arrays without a warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        yield


def _inverse_rows(step, runs):
    """`inverse_transform` of a step for finite rows, NaN in others."""
    rows = runs.reshape(-1, runs.shape[2])
    finite = usable(rows)
    if not finite.any():
        return np.full((*runs.shape[:2], step.n_features_in_), np.nan)
    with unnamed_columns():
        inverse = as_many(step.inverse_transform(rows[finite]), step, finite.sum())
    out = np.full((len(rows), inverse.shape[1]), np.nan)
    out[finite] = inverse
    return out.reshape(*runs.shape[:2], -1)


def _inverse_forecasts(step, runs, series, at):
    """`inverse_forecast` of a step for each run, given the gap-free rows before it."""
    with unnamed_columns():
        if isinstance(step, PastInverse):  # all at once
            return step._inverse_forecasts(runs, series, at)
        before = rows_before(as_trajectories(series), at)
        rows = series.iloc if hasattr(series, "iloc") else np.asarray(series)
        pasts = (rows[end + 1 - n : end + 1] for end, n in zip(at, before, strict=True))
        pairs = zip(runs, pasts, strict=True)
        width = np.shape(series)[1]
        return np.stack(
            [
                as_many(step.inverse_forecast(run, past), step, len(run), width, "inverse_forecast")
                for run, past in pairs
            ]
        )


def as_many(rows, step, n_rows, n_columns=None, way="inverse_transform"):
    """Result of a step for a run as an array, if it has the right shape.

    Raises
    ------
    ValueError
        If the number of rows is wrong, or a known number of columns.
    """
    rows = np.asarray(rows)
    wanted = (n_rows, rows.shape[-1] if n_columns is None and rows.ndim else n_columns)
    if rows.shape != wanted:
        raise ValueError(
            f"{way} of the step {type(step).__name__} made shape {rows.shape} of a run of {n_rows} "
            f"rows. Let it return one row for each row of the run: shape ({n_rows}, "
            f"{'n_features' if n_columns is None else n_columns})."
        )
    return rows
