"""Steps of dates by the calendar, from days and business days to years, and how they go on."""

import warnings

import numpy as np

_PIECE, _N_PIECES = 10, 20


def clock_of(dates):
    """Clock, without a time zone, by which dates are most evenly spaced.

    Parameters
    ----------
    dates : DatetimeIndex
        In time order, without NaT.

    Returns
    -------
    clock : DatetimeIndex
        Without a zone.
    local : bool
        Whether it is the clock on the wall, where midnight stays midnight when clocks change; else
        it is that of UTC.
    """
    if dates.tz is None:
        return dates, True
    wall, elapsed = dates.tz_localize(None), dates.tz_convert("UTC").tz_localize(None)
    even = [_most_common(clock)[1] for clock in (wall, elapsed)]
    # In doubt days are those on the wall, hours those that pass.
    doubt = len(dates) < 2 or np.median(_days(np.diff(elapsed.values))) > 0.9
    local = even[0] > even[1] or (even[0] == even[1] and doubt)
    return (wall if local else elapsed), bool(local)


def calendar_offset(clock):
    """Offset of pandas by which most dates follow one another, or None.

    It is that of most of twenty pieces of ten dates, so that missing ones spoil only a few. The
    time of the day is not looked at, and steps that are no whole days have none.

    Parameters
    ----------
    clock : DatetimeIndex
        Without a zone and without NaT.
    """
    if len(clock) < 2 or not _in_whole_days(clock):
        return None
    if len(clock) == 2:
        return _months_between(clock.normalize())
    from pandas.tseries.frequencies import to_offset  # only those have it who gave a frame

    days = clock.normalize()
    for length in sorted({min(_PIECE, len(days)), _PIECE // 2, 3}, reverse=True):
        starts = np.unique(np.linspace(0, max(len(days) - length, 0), _N_PIECES).astype(int))
        found = [_offset_of(days[start : start + length]) for start in starts]
        found = [offset for offset in found if offset is not None]
        if found:
            offset = max(found, key=found.count)
            if offset.freqstr == "D" and _leaves_out_weekends(days):
                offset = to_offset("B")
            return offset if np.mean(is_one_step(days, offset)) > 0.5 else None
    return None


def _months_between(days):
    """Offset of whole months between two days, the same of their months or the last; else None."""
    import pandas as pd

    months = int(np.diff(12 * days.year + days.month)[0])
    if months > 0 and days.is_month_end.all():
        return pd.offsets.MonthEnd(months)
    return pd.DateOffset(months=months) if months > 0 and days.day[0] == days.day[1] else None


def _leaves_out_weekends(days):
    return (days.max() - days.min()).days >= 7 and days.day_of_week.max() < 5


def _in_whole_days(clock):
    steps = _days(np.diff(clock.values))
    usual, share = _most_common(clock)
    if 2 * share > len(steps):
        return usual >= 1.0 and usual == round(usual)
    usual = np.median(steps)  # times of the day vary, and quarters have 91 or 92 days
    return usual > 20.0 or (usual > 0.9 and abs(usual - round(usual)) < 0.02)


def _most_common(clock):
    """Step that is most common, in days, and how often it is seen."""
    steps, counts = np.unique(np.diff(clock.values), return_counts=True)
    return (_days(steps[np.argmax(counts)]), np.max(counts)) if len(steps) else (0.0, 0)


def _days(differences):
    return differences / np.timedelta64(1, "D")


def _offset_of(days):
    """Offset by which each of a few days follows the one before, or None."""
    import pandas as pd

    if len(days) < 3:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 3 announces that it will be an offset
        name = pd.infer_freq(days)
    if name is not None:
        return pd.tseries.frequencies.to_offset(name)
    months = np.diff(12 * days.year + days.month)
    if np.all(days.day == days.day[0]) and months[0] > 0 and np.all(months == months[0]):
        return pd.DateOffset(months=int(months[0]))
    for offset in _rarer_offsets(pd, days):
        if days.equals(pd.date_range(days[0], periods=len(days), freq=offset).as_unit(days.unit)):
            return offset
    return None


def _rarer_offsets(pd, days):
    """Offsets that pandas does not infer, of half months and of weeks of five or six days."""
    if np.isin(days.day, (1, 15)).all():
        return [pd.offsets.SemiMonthBegin()]
    if ((days.day == 15) | days.is_month_end).all():
        return [pd.offsets.SemiMonthEnd()]
    steps = np.diff(days.values) // np.timedelta64(1, "D")
    is_open = np.bincount(days.day_of_week, minlength=7) > 0
    if steps.min() < 1 or steps.max() > 3 or np.count_nonzero(is_open) not in (5, 6):
        return []
    mask = "".join("01"[int(day)] for day in is_open)
    return [pd.offsets.CustomBusinessDay(weekmask=mask)]


def is_one_step(days, offset):
    """Whether each of the days is one step of `offset` after the day before it, (n - 1,) bool.

    A day beside those of the calendar, as the Thursday before a holiday, counts as the nearest one.
    """
    import pandas as pd

    low, high = offset.rollback(days.min()), offset.rollforward(days.max())
    grid = pd.date_range(low, high, freq=offset).values.astype("datetime64[D]").astype(np.int64)
    days = days.values.astype("datetime64[D]").astype(np.int64)
    middles = grid[:-1] + 0.5 * np.diff(grid)
    return np.diff(np.searchsorted(middles, days, side="right")) == 1


def dates_after(dates, n_steps):
    """Dates that go on after the last one by the calendar, else by the usual step.

    Parameters
    ----------
    dates : DatetimeIndex
        In time order, without NaT.
    n_steps : int

    Returns
    -------
    DatetimeIndex of n_steps, or None
        None if there are no two dates, or they are all the same.
    """
    import pandas as pd

    clock, local = clock_of(dates)
    offset, last = calendar_offset(clock), clock[-1]
    if offset is not None:
        day = last.normalize()
        around = (offset.rollback(day), offset.rollforward(day))
        nearest = min(around, key=lambda other: abs(other - day))
        later = pd.date_range(nearest, periods=n_steps + 1, freq=offset)[1:] + (last - day)
    else:
        step = np.median(np.diff(clock.asi8)) if len(clock) > 1 else 0
        if step == 0:
            return None
        ahead = int(step) * np.arange(1, n_steps + 1)
        later = pd.DatetimeIndex(clock.values[-1] + ahead.astype(f"timedelta64[{clock.unit}]"))
    later = later.as_unit(dates.unit)
    if dates.tz is None:
        return later
    if not local:
        return later.tz_localize("UTC").tz_convert(dates.tz)
    first = np.ones(n_steps, dtype=bool)  # of two hours of the same name
    return later.tz_localize(dates.tz, nonexistent="shift_forward", ambiguous=first)
