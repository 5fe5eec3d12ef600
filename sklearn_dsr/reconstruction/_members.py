"""Members of an ensemble: their fit in threads, their choice, and given measurement noise."""

import warnings
from collections import Counter
from contextlib import nullcontext
from threading import Event

import numpy as np
from joblib import parallel_config
from sklearn import config_context, get_config

from .._choice._outcome import CONVERGED, INTERRUPTED
from .._data.validation import check_real, is_auto
from .._training._engine_torch import single_thread
from .._training._threads import map_jobs, threads_of
from ..exceptions import DataWarning, ReconstructionWarning
from ._ranks import ranks
from ._settings import engine_of


def fit_members(members, X, n_jobs, verbose):
    """Fit reconstructors to the same rows; all use the result of the start of the first one.

    Parameters
    ----------
    members : list of reconstructors
        Reconstructors with their own seeds, not fitted.
    X : array-like
    n_jobs : int or None
        Threads, as in joblib.
    verbose : int
        1 prints a line per member.

    Returns
    -------
    fitted : list of reconstructors
        The fitted members: all, or fewer after KeyboardInterrupt. If none is, the interrupted ones
        that have a model, which may be none as well.
    interrupted : bool
        Whether KeyboardInterrupt ended the fit.
    """
    stop, config = Event(), get_config()
    # Members that run in threads use no further threads.
    others = "sequential" if threads_of(n_jobs) > 1 else None

    def fit(k, started=None):
        settings = nullcontext() if others is None or k == 0 else parallel_config(others)
        with config_context(**config), settings:
            started = members[k]._fit_from(X, started, stop)
        if verbose:
            print(f"[EnsembleReconstructor] member {k + 1}: {members[k].outcome_}", flush=True)
        return started

    # Otherwise the end of one member would set torch back to several threads for the others.
    single = single_thread() if engine_of(members[0]) != "native" else nullcontext()
    with warnings.catch_warnings(), single:
        for category in (ReconstructionWarning, DataWarning):  # the ensemble warns itself
            warnings.simplefilter("ignore", category)
        started = map_jobs(fit, [0], 1, stop)
        if started:
            map_jobs(lambda k: fit(k, started[0]), range(1, len(members)), n_jobs, stop)
    usable = [member for member in members if hasattr(member, "outcome_")]
    fitted = [member for member in usable if member.outcome_ != INTERRUPTED]
    return fitted or usable, stop.is_set()


def choose_members(members, trajectories):
    """Choose the members that forecast and the best one, and the outcome of the ensemble.

    Parameters
    ----------
    members : list of reconstructors
        Fitted members.
    trajectories : Trajectories
        X in its units.

    Returns
    -------
    used : list of int
        Positions of the converged members if they are half or more, else of all.
    best : int
        Position of the used member whose free runs are closest to X.
    outcome : str
        "converged", or the most frequent other outcome if less than half converged.
    """
    outcomes = Counter(member.outcome_ for member in members)
    used, outcome = [k for k, m in enumerate(members) if m.outcome_ == CONVERGED], CONVERGED
    if 2 * outcomes.pop(CONVERGED, 0) < len(members):
        used, outcome = list(range(len(members))), outcomes.most_common(1)[0][0]
    nearest = ranks([members[k] for k in used], trajectories)
    return used, min(zip(nearest, used, strict=True))[1], outcome


def given_noise(given, N):
    """Standard deviations (N,) from the parameter `observation_noise`, or None if "auto"."""
    if is_auto(given):
        return None
    values = [given] * N if np.ndim(given) == 0 else list(given)
    if len(values) != N:
        raise ValueError(
            f"observation_noise has {len(values)} values for {N} columns. Give one for each."
        )
    advice = '"auto" estimates it.'
    return np.array([check_real(v, "observation_noise", 0.0, advice=advice) for v in values])
