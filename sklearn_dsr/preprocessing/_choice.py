"""Lags of a delay embedding, as given or as chosen from the data."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np

from .._data.validation import check_choice, check_int
from .._recipe import RECIPE
from ._autocorrelation import autocorrelation, decay_lag
from ._embedding_dimension import count_delays
from ._forecast_choice import MOST_DELAYS, lags_by_forecasts
from ._history import history
from ._mutual_information import mutual_information_lag
from ._pecuzal import pecuzal_lags

# Largest number of copies that the noise amplification may choose.
_MOST_AMPLIFIED = 10


@dataclass
class Choice:
    """Lags, and the curves that determined them; a curve that was not computed is empty."""

    lags: np.ndarray
    autocorrelation: np.ndarray
    mutual_information: np.ndarray
    cost: np.ndarray
    forecast_errors: np.ndarray


def check_delay_settings(n_delays, lag, max_delays, ways=("auto", "amplification", "forecasts")):
    """Raise unless `n_delays` is an int or one of `ways`, and `lag` an int or one of its names."""
    if max_delays is not None:
        check_int(max_delays, "max_delays", 1)
    if not isinstance(n_delays, str):
        check_int(n_delays, "n_delays", 1, advice='1 keeps X as it is, "auto" chooses.')
    else:
        check_choice(n_delays, "n_delays", ways)
    if not isinstance(lag, str):
        check_int(lag, "lag", 1, advice='Set n_delays=1 for no past rows; "auto" chooses.')
    else:
        check_choice(lag, "lag", ("auto", "autocorrelation"))


def choose_lags(trajectories, n_delays, lag, max_delays, lags=None):
    """Lags for valid settings, and the curves that determined them.

    Parameters
    ----------
    trajectories : Trajectories
    n_delays : int, "auto", "amplification" or "forecasts"
    lag : int, "auto" or "autocorrelation"
    max_delays : int or None
    lags : None, "pecuzal" or sequence of int

    Returns
    -------
    Choice
    """
    choice = Choice(np.zeros(1, dtype=np.int64), *(np.zeros(0) for _ in range(4)))
    if lags is not None and not isinstance(lags, str):
        choice.lags = np.asarray(lags, dtype=np.int64)
        return choice
    if not isinstance(n_delays, str) and not isinstance(lag, str):
        choice.lags = np.arange(n_delays) * lag
        return choice
    series = history(trajectories)
    if trajectories.longest == 0:
        return choice  # a later check of the length raises
    if n_delays == "forecasts" and lag == "auto":
        lag = 1  # a ridge regression copes with many short lags
    few = (
        n_delays == "auto" and lag == "auto" and lags is None and len(series.age) < RECIPE.few_rows
    )
    choice.autocorrelation = autocorrelation(series, min(series.max_lag, trajectories.longest - 1))
    decay = decay_lag(choice.autocorrelation)
    if lag == "auto":
        lag, choice.mutual_information = mutual_information_lag(series, decay)
    elif lag == "autocorrelation":
        lag = decay
    window, most = max(decay, lag), _MOST_AMPLIFIED if max_delays is None else max_delays
    if lags is not None:
        choice.lags, choice.cost = pecuzal_lags(series, lag, window, most)
        return choice
    if n_delays != "forecasts":
        if isinstance(n_delays, str):
            n_delays, choice.cost = count_delays(series, lag, window, most)
        choice.lags = np.arange(n_delays) * lag
    if few or n_delays == "forecasts":
        start, lag = (choice.lags, 1) if few else (None, lag)
        most = MOST_DELAYS if max_delays is None else max_delays
        found = lags_by_forecasts(trajectories, lag, most, start)
        choice.lags, choice.forecast_errors = found
    return choice


def check_lags(lags, n_delays, lag):
    """Raise unless `lags` are increasing integers from 0, without `n_delays` and `lag`.

    Raises
    ------
    TypeError
        If an entry is not an integer.
    ValueError
        If `lags` do not begin with 0 or do not increase, or `n_delays` or `lag` is given as well.
    """
    for name, value in (("n_delays", n_delays), ("lag", lag)):
        if not isinstance(value, str) or value != "auto":
            raise ValueError(
                f"lags={lags!r} and {name}={value!r} were both given. Leave {name} out: lags sets "
                "the number and the ages of the copies."
            )
    if isinstance(lags, str):
        check_choice(lags, "lags", ("pecuzal",))
        return
    found = f"lags must be integers that begin with 0 and increase; got {lags!r}. "
    try:
        entries = list(lags)
    except TypeError as error:
        raise TypeError(f"{found}Give a tuple such as (0, 10, 25).") from error
    if not all(isinstance(e, Integral) and not isinstance(e, (bool, np.bool_)) for e in entries):
        raise TypeError(f"{found}Give integers such as (0, 10, 25).")
    if not entries or entries[0] != 0 or np.any(np.diff(entries) < 1):
        raise ValueError(f"{found}0 is the present row; sort the others, as in (0, 10, 25).")
