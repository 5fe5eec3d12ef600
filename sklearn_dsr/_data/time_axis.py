"""When the rows of X are: where the index of a frame jumps, and how it goes on."""

import sys
import warnings
from dataclasses import dataclass

import numpy as np

from .._recipe import RECIPE
from ..exceptions import DataWarning
from .index_times import as_times, unread_date
from .time_steps import are_even_dates, jumps_of, steps_of, usual_length
from .warning_level import level

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
    times : DatetimeIndex, TimedeltaIndex, PeriodIndex, Index of Int64, ndarray or None
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
            jumps = jumps_of(times, changes) & ~changes
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
            If more steps of dates go back than forward in one of the trajectories, and not at
            random, or if dates are in another level than the last one, which has fewer values, or
            words.
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
        """Number of the trajectory of each step, None if they alternate after a few rows."""
        alternate = np.count_nonzero(self.changes) >= self._n_names()
        if alternate and np.mean(self.changes) > 1.0 / RECIPE.windows[0]:
            return None
        return np.cumsum(self.changes)

    def _n_names(self):
        return self.index.droplevel(-1).nunique() if self.index.nlevels > 1 else 1

    def _falling(self):
        """Known rows of the first trajectory whose time runs backwards, None if none does.

        More of its steps go back than forward, and at random they would not follow one another.
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
        """Whether a level that is not the last one looks more like time than that."""
        values, last = (self.index.get_level_values(k) for k in (number, -1))
        times = as_times(values)
        if times is None:
            return False
        if self.times is None and hasattr(times, "asi8") and values.nunique() > 1:
            return not unread_date(last)  # names, be there ever so many
        if values.nunique() <= last.nunique():
            return False
        # Numbers may count the rows of a day or session: but these last longer than three rows.
        return self.times is None or (
            are_even_dates(times) and usual_length(self.cuts, len(values)) <= RECIPE.windows[0]
        )

    def _two_readings(self, name):
        """Say if dates in front of whole numbers may as well be the times as names, or empty."""
        n_last = self.index.get_level_values(-1).nunique()
        if self.times.dtype.kind != "i" or 2 * n_last > len(self.index):
            return ""  # each number names one row or two
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
        """Say if times fall, or are all the same, or may be in another level; else empty."""
        if self.times is None or not len(self.changes):
            return ""
        rows = self._falling()
        if rows is not None:
            first, last = self.times[rows[[0, -1]]]
            return (
                f"The index of {name} falls from {first} to {last}, and its rows are taken in "
                "the order in which they are. If it is time, sort them by X.sort_index()."
            )
        steps, of = steps_of(self.times), np.cumsum(self.changes)
        known = ~(self.changes | np.isnan(steps))
        n_known, n_same = np.bincount(of, known), np.bincount(of, known & (steps == 0))
        same = np.flatnonzero(((n_known > 1) & (n_same == n_known))[of] & known)
        if len(same):
            return (
                f"The index of {name} has one time, {self.times[same[0]]}, in all rows of a "
                "trajectory, so that it says nothing of their steps. Give each row its own "
                "time, or give X.to_numpy() if they are evenly spaced."
            )
        return self._two_readings(name)

    def problem(self, name="X"):
        """Say if the index shreds X, falls, stays, or is not read as time but looks like it.

        X is shredded if its index leaves half of the rows in pieces that are shorter than a
        training window and than a fifth of a trajectory, or if a tenth of its steps go back.

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
        """Why times cut so often, and what to try."""
        if self._share(-1) > 0.1:
            return _UNSORTED
        return _REPEATED if self._share(0) > 0.1 else _UNEVEN

    def _share(self, sign):
        """Share of steps of a sign."""
        return np.mean(np.sign(steps_of(self.times)[~self.changes]) == sign)


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
