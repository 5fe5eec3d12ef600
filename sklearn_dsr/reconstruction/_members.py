"""Fit the members of an ensemble in threads, keep what is fitted, and read what noise is given."""

import warnings
from contextlib import nullcontext
from threading import Event

import numpy as np
from joblib import parallel_config
from sklearn import config_context, get_config

from .._choice._outcome import INTERRUPTED
from .._data.validation import check_real, is_auto
from .._training._engine_torch import single_thread
from .._training._threads import map_jobs, threads_of
from ..exceptions import DataWarning, ReconstructionWarning
from ._settings import engine_of


def fit_members(members, X, n_jobs, verbose):
    """Fit reconstructors on the same rows; what the start of the first one finds is for all.

    Parameters
    ----------
    members : list of reconstructors
        Not fitted, with seeds of their own.
    X : array-like
    n_jobs : int or None
        Threads, as in joblib.
    verbose : int
        1 prints a line per member.

    Returns
    -------
    fitted : list of reconstructors
        The members that are fitted to the end: all, or fewer after KeyboardInterrupt, and without
        one those that have a model all the same. May be empty then.
    interrupted : bool
    """
    stop, config = Event(), get_config()
    # A member in a thread is one task among others: its own threads would be too many.
    others = "sequential" if threads_of(n_jobs) > 1 else None

    def fit(k, started=None):
        settings = nullcontext() if others is None or k == 0 else parallel_config(others)
        with config_context(**config), settings:
            started = members[k]._fit_from(X, started, stop)
        if verbose:
            print(f"[EnsembleReconstructor] member {k + 1}: {members[k].outcome_}", flush=True)
        return started

    # The end of one member would else set torch back to several threads for the others.
    single = single_thread() if engine_of(members[0]) != "native" else nullcontext()
    with warnings.catch_warnings(), single:
        for category in (ReconstructionWarning, DataWarning):  # the ensemble has its own
            warnings.simplefilter("ignore", category)
        started = map_jobs(fit, [0], 1, stop)
        if started:
            map_jobs(lambda k: fit(k, started[0]), range(1, len(members)), n_jobs, stop)
    usable = [member for member in members if hasattr(member, "outcome_")]
    fitted = [member for member in usable if member.outcome_ != INTERRUPTED]
    return fitted or usable, stop.is_set()


def given_noise(given, N):
    """Standard deviations (N,) as the parameter `observation_noise` sets them; None if "auto"."""
    if is_auto(given):
        return None
    values = [given] * N if np.ndim(given) == 0 else list(given)
    if len(values) != N:
        raise ValueError(
            f"observation_noise has {len(values)} values for {N} columns. Give one of each."
        )
    advice = '"auto" estimates it.'
    return np.array([check_real(v, "observation_noise", 0.0, advice=advice) for v in values])
