"""Checks of the parameters of a hierarchical fit, and of its subjects."""

import warnings

import numpy as np

from .._choice._outcome import LINEAR, NOISE
from .._data.trajectories import as_trajectories
from .._data.validation import TINY, check_choice, check_int, check_real, is_auto
from .._data.warning_level import level
from ..exceptions import DataWarning
from ..reconstruction._settings import check_n_jobs
from ..reconstruction._start import at_rest

_MORE = (
    "learn more features (n_subject_features), embed a single column (DelayEmbedding), give more "
    "trajectories or rows, or take the subjects with this outcome (outcomes_) out."
)


def check_parameters(estimator):
    """Check the parameters of a HierarchicalReconstructor.

    Raises
    ------
    TypeError, ValueError
        If a parameter has a wrong type or is out of its range.
    """
    e = estimator
    if e.n_subject_features is not None:
        advice = "None learns one feature, or none if there are control parameters."
        check_int(e.n_subject_features, "n_subject_features", 0, advice=advice)
    check_int(e.n_parameters, "n_parameters", 0, advice="0 is systems without known parameters.")
    check_int(e.n_inputs, "n_inputs", 0, advice="0 is systems without external inputs.")
    if not is_auto(e.hidden_dim):
        check_int(e.hidden_dim, "hidden_dim", 1, advice='"auto" chooses by forecasts.')
    check_choice(e.stages, "stages", ("refine", "start"))
    check_real(e.latent_penalty, "latent_penalty", 0.0, advice="0 leaves it out.")
    check_int(e.sequence_length, "sequence_length", 1, advice="50 suits most data.")
    check_choice(e.standardize, "standardize", (True, False, "common"))
    check_real(e.dt, "dt", TINY, advice="1.0 counts time in rows.")
    check_n_jobs(e.n_jobs)
    if not isinstance(e.verbose, bool):
        check_int(e.verbose, "verbose", 0, advice="1 prints a line per stage.")


# What to try if the free runs of most subjects are not good.
ADVICE = {
    NOISE: "No forecast of held-out rows is better than their mean. Check that the rows are in "
    "time order and close enough in time, and embed a single column (DelayEmbedding).",
    LINEAR: "No forecast of held-out rows is better than a linear model's forecast. Give more "
    "rows, or embed a single column (DelayEmbedding); a free run needs noise: "
    "simulate(..., noise=True).",
    "collapsed to a fixed point": "Free runs come to rest although the data move. Damped systems "
    "do so in the end. For others: " + _MORE,
    "collapsed to a cycle": "Free runs repeat themselves exactly although the data do not. "
    "Periodic systems do so if only noise differs from turn to turn. For others: " + _MORE,
    "too narrow": "Free runs move less than half as far as the data do: " + _MORE,
    "escaped": "Free runs leave the range of the data: " + _MORE,
    "not verified": "Runs from other rows come to rest or leave the range of the data: " + _MORE,
    "diverged": "Free runs overflow: " + _MORE,
}


def n_learned(estimator):
    """Number of features to learn."""
    if estimator.n_subject_features is None:
        return 0 if estimator.n_parameters else 1
    return int(estimator.n_subject_features)


def check_steps(subjects):
    """Check that each subject has steps.

    Raises
    ------
    ValueError
        If a subject has no two consecutive rows without NaN.
    """
    for name, rows in zip(subjects.names, subjects.trajectories, strict=True):
        if rows.longest < 2:
            raise ValueError(
                f"Trajectory {name} has no two consecutive rows without NaN, so there is no step. "
                "Fill the gaps, or leave it out."
            )


def check_ends(parts, names):
    """Check that no trajectory ends in a gap.

    Raises
    ------
    ValueError
        If the last row of a trajectory holds a NaN.
    """
    rows = as_trajectories(parts)
    for name, a, b in zip(names, rows.offsets[:-1], rows.offsets[1:], strict=True):
        n = b - np.max(rows.stops[rows.stops <= b], initial=a)
        if n:
            what = "last row" if n == 1 else f"last {n} rows"
            raise ValueError(
                f"The {what} of trajectory {name} {'is' if n == 1 else 'are'} a gap: NaN is there, "
                "so there is no state to go on from. Cut it off."
            )


def check_subjects(subjects, k, n_inputs):
    """Check that each subject has steps, and warn of constants and of too few subjects.

    Raises
    ------
    ValueError
        As `check_steps`.

    Warns
    -----
    DataWarning
        If some of the k learned features have to be 0, or a column is no state.
    """
    check_steps(subjects)
    _warn_of_constants(subjects, n_inputs)
    J = len(subjects.names)
    if J <= k:
        what = f"{J} subjects differ in at most {J - 1} features, and n_subject_features is {k}: "
        advice = "the others are 0. Give more subjects, or fewer features."
        if J == 1:
            what = "X is one trajectory, and one subject has no features: they are 0. "
            advice = "Give a list of trajectories, or a MultiIndex whose first level has subjects."
        warnings.warn(what + advice, DataWarning, stacklevel=level())


def _warn_of_constants(subjects, n_inputs):
    """Warn if a column is constant along each trajectory and differs between them."""
    N = subjects.trajectories[0].values.shape[1] - n_inputs

    def ends(extreme):
        return np.array(
            [
                extreme([extreme(piece[:, :N], axis=0) for piece in own.segments()], axis=0)
                for own in subjects.trajectories
            ]
        )

    low, high = ends(np.min), ends(np.max)
    constant = np.all(low == high, axis=0) & np.any(low != low[0], axis=0)
    if constant.any():
        warnings.warn(
            f"Column {np.argmax(constant)} is constant along each trajectory and differs between "
            "them, so it is no state. Put it last and count it in n_parameters, or leave it out. "
            "An embedding copies parameters as well: append them behind it.",
            DataWarning,
            stacklevel=level(),
        )


def parameter_scaling(parameters):
    """Mean and scale (p,) of control parameters (J, p).

    Raises
    ------
    ValueError
        If a parameter is the same for all of several subjects.
    """
    mean, scale = parameters.mean(axis=0), parameters.std(axis=0)
    same = at_rest(parameters.min(axis=0), parameters.max(axis=0))
    if same.any() and len(parameters) > 1:
        a = int(np.argmax(same))
        raise ValueError(
            f"Control parameter {a} of {len(mean)} is {mean[a]:.6g} in all trajectories, so there "
            "is nothing to learn of it. Give trajectories that differ in it, or leave it out."
        )
    return mean, np.where(same, 1.0, scale)
