"""When the rows of X are: where the index of a frame jumps, and how it goes on."""

import sys
import warnings
from dataclasses import dataclass

import numpy as np

from ._calendar import calendar_offset, clock_of, is_one_step
from ._index_times import as_times, unread_date
from ._recipe import RECIPE
from ._warning_level import level
from .exceptions import DataWarning

# Why an index cuts so often, and what to try.
_UNSORTED = ", since times are not in order. Sort its rows by X.sort_index()."
_ALTERNATE = ", since trajectories alternate. Sort its rows by X.sort_index()."
_REPEATED = (
    ", since times are repeated. Keep one row of each time, or tell trajectories apart by another "
    "level of the index, in front of the times."
)
_UNEVEN = (
    ", since times are not evenly spaced. Bring them to an even step (X.asfreq, X.resample), or "
    "give X.to_numpy() if the rows are evenly spaced whatever the index says."
)
_MANY_NAMES = (
    ". If another level than the last holds the times, swap them by "
    "X.reorder_levels([1, 0]).sort_index()."
)


@dataclass(frozen=True)
class TimeAxis:
    """Times of the rows of a frame, read in one way for all that is done with them.

    Attributes
    ----------
    index : pandas.Index or None
        None if X has none.
    times : DatetimeIndex, TimedeltaIndex, PeriodIndex, ndarray or None
        What its last level stands for; None for words.
    changes : ndarray of bool, shape (n_rows - 1,)
        Where another trajectory begins: one of the other levels changes.
    jumps : ndarray of bool, shape (n_rows - 1,)
        Where time jumps from a row to the next one of its trajectory.
    """

    index: object
    times: object
    changes: np.ndarray
    jumps: np.ndarray

    @classmethod
    def of(cls, X):
        """Axis of X; one without times if X is no pandas frame."""
        pd, index = sys.modules.get("pandas"), getattr(X, "index", None)
        if pd is None or not isinstance(index, pd.Index):
            return cls(None, None, *np.zeros((2, 0), dtype=bool))
        changes = np.zeros(max(len(index) - 1, 0), dtype=bool)
        for number in range(index.nlevels - 1):
            ids = index.get_level_values(number)
            changes |= np.asarray(ids[1:] != ids[:-1])
        last = index.get_level_values(-1)
        times = as_times(last)
        # Dates with a frequency, as business days, have no jump. Periods always have one.
        even = getattr(last, "freq", None) is not None and not isinstance(last, pd.PeriodIndex)
        jumps = np.zeros_like(changes)
        if times is not None and len(index) > 1 and not even:
            jumps = _jumps(times, changes) & ~changes
        return cls(index, times, changes, jumps)

    @property
    def cuts(self):
        """Rows before which time jumps, or another trajectory begins."""
        return np.flatnonzero(self.jumps | self.changes) + 1

    def check(self, name="X"):
        """Raise if time runs backwards, or stands where the names of trajectories belong.

        Raises
        ------
        ValueError
            If three in four steps of dates go back, or if dates are in another level than the last
            one, which has fewer values, or words.
        """
        if hasattr(self.times, "asi8"):
            steps = _steps(self.times)[~self.changes]
            if len(steps) and np.mean(steps < 0) >= 0.75:
                raise ValueError(
                    f"The times of {name} run backwards, from {self.times[0]} to "
                    f"{self.times[-1]}. Sort its rows by X.sort_index()."
                )
            return
        for number in range(0 if self.index is None else self.index.nlevels - 1):
            if self._is_time(number):
                n = self.index.nlevels
                order = [k for k in range(n) if k != number] + [number]
                raise ValueError(
                    f"The times of {name} are in level {number} of its index, and time is read "
                    f"from the last level, {n - 1}, behind the names of the trajectories. Swap "
                    f"them by X.reorder_levels({order}).sort_index(), or join the levels if both "
                    "are parts of one time."
                )

    def _is_time(self, number):
        """Whether a level that is not the last one looks more like time than that."""
        values = self.index.get_level_values(number)
        times = as_times(values)
        if times is None or values.nunique() <= self.index.get_level_values(-1).nunique():
            return False
        if self.times is None:
            return True
        # Numbers may count the rows of a day or session: but these last longer than three rows.
        distinct = times.unique().sort_values() if hasattr(times, "asi8") else None
        return (
            distinct is not None
            and _usual_length(self.cuts, len(values)) <= RECIPE.windows[0]
            and not np.any(_jumps(distinct, np.zeros(len(distinct) - 1, dtype=bool)))
        )

    def problem(self, name="X"):
        """Say if the index shreds X, or is not read as time although it looks like it.

        X is shredded if its index leaves half of the rows in pieces that are shorter than a
        training window and than a fifth of a trajectory.

        Returns
        -------
        str
            One sentence what is wrong and one what to try, or empty.
        """
        if self.index is None:
            return ""
        text = unread_date(self.index.get_level_values(-1)) if self.times is None else ""
        if text:
            return (
                f"The index of {name} holds dates as texts, such as {text!r}, that are not all "
                "written alike, so that its rows are taken as evenly spaced. Convert it by "
                "pandas.to_datetime."
            )
        n_rows, cuts = len(self.changes) + 1, self.cuts
        n_ids = self.index.droplevel(-1).nunique() if self.index.nlevels > 1 else 1
        longest = int(np.max(np.diff([0, *cuts, n_rows])))
        alternate = np.count_nonzero(self.changes) >= n_ids
        if not (alternate or np.any(self.jumps)):
            reason = _MANY_NAMES if n_ids > longest and longest <= RECIPE.horizon else ""
        elif _usual_length(cuts, n_rows) > min(RECIPE.windows[0], n_rows / n_ids / 5):
            reason = ""
        else:
            reason = _ALTERNATE if alternate else self._reason()
        return reason and (
            f"The index of {name} cuts its {n_rows} rows into {len(cuts) + 1} pieces, the longest "
            f"of {longest} rows{reason}"
        )

    def _reason(self):
        """Why times cut so often, and what to try."""
        steps = _steps(self.times)[~self.changes]
        if np.mean(steps < 0) > 0.1:
            return _UNSORTED
        return _REPEATED if np.mean(steps == 0) > 0.1 else _UNEVEN


def _steps(times):
    """Differences of times in their units, NaN where one is unknown."""
    values = np.asarray(getattr(times, "asi8", times))
    steps = np.diff(values).astype(np.float64)
    if hasattr(times, "asi8") and times.hasnans:
        unknown = np.asarray(times.isna())
        steps[unknown[1:] | unknown[:-1]] = np.nan
    return steps


def _jumps(times, changes):
    """Where a step is no usual one, and no step of the calendar; (n - 1,) bool."""
    steps = _steps(times)
    known = ~(changes | np.isnan(steps))
    usual = np.median(steps[known]) if np.any(known) else 0.0
    # Half a step of tolerance: calendar months and rounded times are still regular.
    jumps = ~(np.abs(steps - usual) <= 0.5 * abs(usual))
    if getattr(times, "inferred_type", "") == "datetime64" and np.any(jumps & known):
        rows = np.flatnonzero(times.notna())
        clock, _ = clock_of(times[rows])
        offset = calendar_offset(clock)
        if offset is not None:
            usual = is_one_step(clock.normalize(), offset) & (np.diff(rows) == 1)
            jumps[rows[:-1][usual]] = False
    return jumps


def _usual_length(cuts, n_rows):
    """Half of the rows are in pieces that are at least so long."""
    lengths = np.sort(np.diff([0, *cuts, n_rows]))
    return int(lengths[np.searchsorted(np.cumsum(lengths), n_rows / 2)])


def check_times(X, name="X"):
    """Raise if the times of X, or of one of its trajectories, run backwards; see `TimeAxis`."""
    for part, called in _parts(X, name):
        TimeAxis.of(part).check(called)


def warn_of_times(X):
    """Warn if the index of X shreds it; see `TimeAxis.problem`.

    Warns
    -----
    DataWarning
        Once, of the first trajectory that it concerns.
    """
    for part, called in _parts(X, "X"):
        problem = TimeAxis.of(part).problem(called)
        if problem:
            warnings.warn(problem, DataWarning, stacklevel=level())
            return


def _parts(X, name):
    if not isinstance(X, (list, tuple)):
        return [(X, name)]
    return [(part, f"{name}[{k}]") for k, part in enumerate(X)]
