"""Lags of a delay embedding from its settings: given, or chosen from the data."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np

from .._validation import check_choice, check_int
from ._autocorrelation import autocorrelation, decay_lag
from ._embedding_dimension import count_delays
from ._history import history
from ._mutual_information import mutual_information_lag
from ._pecuzal import pecuzal_lags


@dataclass
class Choice:
    """Lags, and the curves that led to them; empty arrays where nothing was searched."""

    lags: np.ndarray
    autocorrelation: np.ndarray
    mutual_information: np.ndarray
    cost: np.ndarray


def check_delay_settings(n_delays, lag, max_delays):
    """Raise where `n_delays` is neither "auto" nor an int, or `lag` none of its choices."""
    check_int(max_delays, "max_delays", 1)
    if not isinstance(n_delays, str):
        check_int(n_delays, "n_delays", 1, advice='1 keeps X as it is, "auto" chooses.')
    elif n_delays != "auto":
        check_choice(n_delays, "n_delays", ("auto",))
    if not isinstance(lag, str):
        check_int(lag, "lag", 1, advice='Set n_delays=1 for no past rows; "auto" chooses.')
    else:
        check_choice(lag, "lag", ("auto", "autocorrelation"))


def choose_lags(trajectories, n_delays, lag, max_delays, lags=None):
    """Lags for checked settings, and the curves.

    Parameters
    ----------
    trajectories : Trajectories
    n_delays : int or "auto"
    lag : int, "auto" or "autocorrelation"
    max_delays : int
    lags : None, "pecuzal" or sequence of int

    Returns
    -------
    Choice
    """
    choice = Choice(np.zeros(1, dtype=np.int64), *(np.zeros(0) for _ in range(3)))
    if lags is not None and not isinstance(lags, str):
        choice.lags = np.asarray(lags, dtype=np.int64)
        return choice
    if not isinstance(n_delays, str) and not isinstance(lag, str):
        choice.lags = np.arange(n_delays) * lag
        return choice
    series = history(trajectories)
    if trajectories.longest == 0:
        return choice  # the check of the length will say so
    choice.autocorrelation = autocorrelation(series, min(series.max_lag, trajectories.longest - 1))
    decay = decay_lag(choice.autocorrelation)
    if lag == "auto":
        lag, choice.mutual_information = mutual_information_lag(series, decay)
    elif lag == "autocorrelation":
        lag = decay
    window = max(decay, lag)
    if lags is not None:
        choice.lags, choice.cost = pecuzal_lags(series, lag, window, max_delays)
        return choice
    if n_delays == "auto":
        n_delays, choice.cost = count_delays(series, lag, window, max_delays)
    choice.lags = np.arange(n_delays) * lag
    return choice


def check_lags(lags, n_delays, lag):
    """Raise where `lags` is no increasing sequence of integers from 0, or stands beside others.

    Raises
    ------
    TypeError
        If an entry is not an integer.
    ValueError
        If they do not begin with 0 or do not increase, or `n_delays` or `lag` is set too.
    """
    for name, value in (("n_delays", n_delays), ("lag", lag)):
        if not isinstance(value, str) or value != "auto":
            raise ValueError(
                f"lags={lags!r} and {name}={value!r} were both given. Leave {name} out: lags says "
                "how many copies there are, and how old."
            )
    if isinstance(lags, str):
        check_choice(lags, "lags", ("pecuzal",))
        return
    found = f"lags must be integers that begin with 0 and increase; got {lags!r}. "
    try:
        entries = list(lags)
    except TypeError as error:
        raise TypeError(f"{found}Give a tuple, as (0, 10, 25).") from error
    if not all(isinstance(e, Integral) and not isinstance(e, (bool, np.bool_)) for e in entries):
        raise TypeError(f"{found}Give whole rows, as (0, 10, 25).")
    if not entries or entries[0] != 0 or np.any(np.diff(entries) < 1):
        raise ValueError(f"{found}The 0 is the present row; sort the others, as (0, 10, 25).")
