"""Steps of times from row to row, and which of them are jumps."""

import numpy as np

from .calendar import calendar_offset, clock_of, is_one_step


def are_even_dates(times):
    """Whether times are dates, which have no hole when each is taken once."""
    if not hasattr(times, "asi8"):
        return False
    distinct = times.unique().sort_values()
    return not np.any(jumps_of(distinct, np.zeros(len(distinct) - 1, dtype=bool)))


def steps_of(times):
    """Differences of times in their units, NaN where one is unknown."""
    unknown = np.asarray(times.isna()) if getattr(times, "hasnans", False) else None
    if unknown is None or hasattr(times, "asi8"):
        values = np.asarray(getattr(times, "asi8", times))
    else:
        values = times.to_numpy(dtype=np.int64, na_value=0)
    steps = np.diff(values).astype(np.float64)
    if unknown is not None:
        steps[unknown[1:] | unknown[:-1]] = np.nan
    return steps


def jumps_of(times, changes):
    """Where a step is no usual one, and no step of the calendar; (n - 1,) bool."""
    steps = steps_of(times)
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


def usual_length(cuts, n_rows):
    """Half of the rows are in pieces that are at least so long."""
    lengths = np.sort(np.diff([0, *cuts, n_rows]))
    return int(lengths[np.searchsorted(np.cumsum(lengths), n_rows / 2)])
