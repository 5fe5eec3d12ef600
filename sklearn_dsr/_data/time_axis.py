"""Times of the rows of X: jumps of the index of a DataFrame, and wrong orders."""

import sys
import warnings
from dataclasses import dataclass

import numpy as np

from .._recipe import RECIPE
from ..exceptions import DataWarning
from .index_times import as_times, unread_date
from .time_steps import are_even_dates, jumps_of, steps_of, usual_length
from .warning_level import level

# Reasons why an index cuts X into many pieces, and advice.
_UNSORTED = ", since times are not in order. Sort its rows by X.sort_index()."
_ALTERNATE = ", since trajectories alternate. Sort its rows by X.sort_index()."
_REPEATED = (
    ", since times are repeated. Keep one row of each time, or name the trajectories in another "
    "level of the index, in front of the times."
)
_UNEVEN = (
    ", since times are not evenly spaced. Bring them to an even step (X.asfreq, X.resample), or "
    "give X.to_numpy() if the rows are evenly spaced in spite of the index."
)
_MANY_NAMES = (
    ". If another level than the last holds the times, swap them with "
    "X.reorder_levels([1, 0]).sort_index()."
)


@dataclass(frozen=True)
class TimeAxis:
    """Times of the rows of X.

    Attributes
    ----------
    index : pandas.Index or None
        Index of X, or None.
    times : DatetimeIndex, TimedeltaIndex, PeriodIndex, Index of Int64, ndarray or None
        Times in its last level; None for words.
    changes : ndarray of bool, shape (n_rows - 1,)
        Whether another trajectory begins, because one of the other levels changes.
    jumps : ndarray of bool, shape (n_rows - 1,)
        Whether time jumps from a row to the next one of its trajectory.
    """

    index: object
    times: object
    changes: np.ndarray
    jumps: np.ndarray

    @classmethod
    def of(cls, X):
        """Axis of X, without times if X is no pandas DataFrame."""
        pd, index = sys.modules.get("pandas"), getattr(X, "index", None)
        if pd is None or not isinstance(index, pd.Index):
            return cls(None, None, *np.zeros((2, 0), dtype=bool))
        changes = np.zeros(max(len(index) - 1, 0), dtype=bool)
        for number in range(index.nlevels - 1):
            ids = index.get_level_values(number)
            changes |= np.asarray(ids[1:] != ids[:-1])
        last = index.get_level_values(-1)
        times = as_times(last)
        # Dates with a frequency, such as business days, have no jump. Periods always have one.
        even = getattr(last, "freq", None) is not None and not isinstance(last, pd.PeriodIndex)
        jumps = np.zeros_like(changes)
        if times is not None and len(index) > 1 and not even:
            jumps = jumps_of(times, changes) & ~changes
        return cls(index, times, changes, jumps)

    @property
    def cuts(self):
        """Rows at which time has jumped or another trajectory begins."""
        return np.flatnonzero(self.jumps | self.changes) + 1

    def check(self, name="X"):
        """Raise if time runs backwards, or is in a level for the names of trajectories.

        Raises
        ------
        ValueError
            If dates fall in one of the trajectories, not at random. If dates are in another level
            than the last one, and the last one has words or fewer values.
        """
        if hasattr(self.times, "asi8"):
            rows = self._falling()
            if rows is not None:
                first, last = self.times[rows[[0, -1]]]
                of = self.index.droplevel(-1)[rows[0]] if self.index.nlevels > 1 else None
                where = "" if of is None else f" in trajectory {of}"
                raise ValueError(
                    f"The times of {name} run backwards, from {first} to {last}{where}. Sort its "
                    "rows by X.sort_index()."
                )
            return
        for number in range(0 if self.index is None else self.index.nlevels - 1):
            if self._is_time(number):
                raise ValueError(
                    f"The times of {name} are in level {number} of its index, and time is read "
                    f"from the last level, {self.index.nlevels - 1}, behind the names of the "
                    f"trajectories. Swap them by {self._swap(number)}, or join the levels if both "
                    "are parts of one time."
                )

    def _swap(self, number):
        order = [k for k in range(self.index.nlevels) if k != number]
        return f"X.reorder_levels({[*order, number]}).sort_index()"

    def _trajectories(self):
        """Number of the trajectory of each step, or None if they alternate after a few rows."""
        alternate = np.count_nonzero(self.changes) >= self._n_names()
        if alternate and np.mean(self.changes) > 1.0 / RECIPE.windows[0]:
            return None
        return np.cumsum(self.changes)

    def _n_names(self):
        return self.index.droplevel(-1).nunique() if self.index.nlevels > 1 else 1

    def _falling(self):
        """Rows with known times of the first trajectory whose time runs backwards, or None.

        More of its steps go back than forward, and steps of one sign follow one another.
        """
        if self.times is None or not len(self.changes):
            return None
        steps, of = steps_of(self.times), self._trajectories()
        if of is None:
            return None
        steps[self.changes] = np.nan
        back, forward = (np.bincount(of, way) for way in (steps < 0, steps > 0))
        alike = np.sign(steps[1:]) == np.sign(steps[:-1])
        both = ~np.isnan(steps[1:] + steps[:-1])
        in_a_row, pairs = (np.bincount(of[1:], k, len(back)) for k in (alike & both, both))
        falls = (back > forward) & ((back >= 3 * forward) | (2 * in_a_row > pairs))
        found = np.flatnonzero(falls[of] & ~np.isnan(steps))
        if not len(found):
            return None
        found = found[of[found] == of[found[0]]]
        return np.append(found, found[-1] + 1)

    def _is_time(self, number):
        """Whether this level looks more like time than the last one."""
        values, last = (self.index.get_level_values(k) for k in (number, -1))
        times = as_times(values)
        if times is None:
            return False
        if self.times is None and hasattr(times, "asi8") and values.nunique() > 1:
            return not unread_date(last)  # the last level has names
        if values.nunique() <= last.nunique():
            return False
        # Numbers in the last level may count the rows of a day or session, if these are long.
        return self.times is None or (
            are_even_dates(times) and usual_length(self.cuts, len(values)) <= RECIPE.windows[0]
        )

    def _two_readings(self, name):
        """Message if dates before integers may be times or names, or an empty text."""
        n_last = self.index.get_level_values(-1).nunique()
        if self.times.dtype.kind != "i" or 2 * n_last > len(self.index):
            return ""  # each number belongs to one or two rows
        for number in range(self.index.nlevels - 1):
            times = as_times(self.index.get_level_values(number))
            if are_even_dates(times) and 2 < times.nunique() <= n_last:
                return (
                    f"The index of {name} holds dates in level {number} and whole numbers in "
                    "the last one, which are read as times, so that each date names a "
                    "trajectory. If the numbers are the names and the dates the times, swap "
                    f"them by {self._swap(number)}."
                )
        return ""

    def _order(self, name):
        """Message if times fall, are all equal, or may be in another level, or an empty text."""
        if self.times is None or not len(self.changes):
            return ""
        rows = self._falling()
        if rows is not None:
            first, last = self.times[rows[[0, -1]]]
            return (
                f"The index of {name} falls from {first} to {last}, and the order of the rows is "
                "kept. If the index is time, sort the rows by X.sort_index()."
            )
        steps, of = steps_of(self.times), np.cumsum(self.changes)
        known = ~(self.changes | np.isnan(steps))
        n_known, n_same = np.bincount(of, known), np.bincount(of, known & (steps == 0))
        same = np.flatnonzero(((n_known > 1) & (n_same == n_known))[of] & known)
        if len(same):
            return (
                f"The index of {name} has one time, {self.times[same[0]]}, in all rows of a "
                "trajectory, so it does not tell their steps. Give each row its own time, or "
                "give X.to_numpy() if they are evenly spaced."
            )
        return self._two_readings(name)

    def problem(self, name="X"):
        """Message about an index that cuts X often, falls, is constant, or has unread dates.

        An index cuts X too often if half of the rows are in pieces that are shorter than a training
        window and than a fifth of a trajectory, or if a tenth of its steps go back.

        Returns
        -------
        str
            What is wrong and what to try, or an empty text.
        """
        if self.index is None:
            return ""
        text = unread_date(self.index.get_level_values(-1)) if self.times is None else ""
        if text:
            return (
                f"The index of {name} holds dates as texts, such as {text!r}, in different "
                "formats, so its rows count as evenly spaced. Convert it with "
                "pandas.to_datetime."
            )
        text = self._order(name)
        if text:
            return text
        n_rows, cuts = len(self.changes) + 1, self.cuts
        n_ids = self._n_names()
        longest = int(np.max(np.diff([0, *cuts, n_rows])))
        alternate = np.count_nonzero(self.changes) >= n_ids
        if not (alternate or np.any(self.jumps)):
            reason = _MANY_NAMES if n_ids > longest and longest <= RECIPE.horizon else ""
        elif not alternate and self._share(-1) > 0.1:
            reason = _UNSORTED
        elif usual_length(cuts, n_rows) > min(RECIPE.windows[0], n_rows / n_ids / 5):
            reason = ""
        else:
            reason = _ALTERNATE if alternate else self._reason()
        return reason and (
            f"The index of {name} cuts its {n_rows} rows into {len(cuts) + 1} pieces, the longest "
            f"of {longest} rows{reason}"
        )

    def _reason(self):
        """Why times cut X often, and what to try."""
        if self._share(-1) > 0.1:
            return _UNSORTED
        return _REPEATED if self._share(0) > 0.1 else _UNEVEN

    def _share(self, sign):
        """Share of the steps with this sign."""
        return np.mean(np.sign(steps_of(self.times)[~self.changes]) == sign)


def check_times(X, name="X"):
    """Raise if the times of X or of one of its trajectories run backwards; see `TimeAxis`."""
    for part, called in _parts(X, name):
        TimeAxis.of(part).check(called)


def warn_of_times(X):
    """Warn about a problem with the index of X; see `TimeAxis.problem`.

    Warns
    -----
    DataWarning
        Once, about the first trajectory with a problem.
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
