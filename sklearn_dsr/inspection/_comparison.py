"""What displays compare: data with a model's free run, and the columns that are shown."""

import warnings
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._coordinates.original_coordinates import OriginalCoordinates
from .._coordinates.pieces import free_runs, pieces
from .._data.trajectories import as_trajectories, is_many
from .._data.validation import LARGEST
from .._data.warning_level import level
from ..exceptions import ReconstructionWarning
from ..metrics._inputs import check_pair

N_SHOWN = 3  # columns that are shown if none are asked for
_ADVICE = (
    "it is drawn as far as it is finite, and has no spectrum. Fit with more candidates (n_init), "
    "clipped=True or a longer training (max_iter), or start nearer to the training data."
)


@dataclass(frozen=True)
class Comparison:
    """Gap-free pieces of data and of a free run, in the coordinates and units of X.

    Attributes
    ----------
    true : list of ndarray of shape (n_rows, N)
        The data, without external inputs.
    generated : list of ndarray of shape (n_steps, N)
        The free run as far as it is finite. One empty array if it is finite nowhere.
    names : tuple of str
        Names of the N columns.
    dt : float
        Time between two rows.
    diverged : bool
        Whether the run stops being finite.
    driven : bool, default=False
        Whether noise of the model drives the run.
    """

    true: list
    generated: list
    names: tuple
    dt: float
    diverged: bool
    driven: bool = False

    @classmethod
    def of_estimator(cls, estimator, X):
        """Free runs of a fitted model, one for the longest gap-free piece of each trajectory.

        A run starts at the first row of its piece with a complete past. Apart from external inputs
        it uses no other row. Noise drives the runs of a model with `driven_`.
        """
        check_is_fitted(estimator)
        model = OriginalCoordinates(estimator)
        true, generated, problem = free_runs(model, pieces(model, X), model.driven)
        names = column_names(true[0].shape[1], X, estimator)
        return cls._of(true, generated, names, model.dt, problem, model.driven)

    @classmethod
    def of_trajectories(cls, true, generated, dt=1.0):
        """Data and a run that the user has, both in any form that X may have."""
        names = column_names(None, true)
        true, generated = check_pair(true, generated)
        names = names or column_names(true.values.shape[1])
        with np.errstate(invalid="ignore"):  # a comparison with NaN is False
            usable = [np.max(np.abs(run), axis=1) <= LARGEST for run in generated]
        problem = ""
        for run, known in zip(generated, usable, strict=True):
            # A row of NaN between others is a gap, as in the data.
            if not known[-1] or np.isinf(run).any():
                step = np.flatnonzero(known)[-1] + 2 if known.any() else 1
                problem = f"the free run diverged at step {step} of {len(run)}"
                break
        runs = [np.where(k[:, None], run, np.nan) for run, k in zip(generated, usable, strict=True)]
        return cls._of(true.segments(), runs, names, dt, problem)

    @classmethod
    def _of(cls, true, generated, names, dt, problem, driven=False):
        if problem:
            warn_diverged(problem)
        finite = as_trajectories(generated).segments() or [np.empty((0, len(names)))]
        return cls(true, finite, names, dt, bool(problem), driven)


def warn_diverged(problem):
    """Say where a run diverged."""
    message = f"{problem[0].upper()}{problem[1:]}; {_ADVICE}"
    warnings.warn(message, ReconstructionWarning, stacklevel=level())


def near(generated, true):
    """A run (..., d) with NaN where it leaves the range of the data by more than its width.

    A run that leaves would fill the picture and hide the rest. `true` (n, d) may hold NaN. A column
    without a value sets no limit.
    """
    low = np.fmin.reduce(true, axis=0, initial=np.inf)
    high = np.fmax.reduce(true, axis=0, initial=-np.inf)
    width = np.where(high > low, high - low, np.maximum(np.abs(high), 1.0))
    with np.errstate(invalid="ignore"):  # a comparison with NaN is False
        inside = (generated >= low - width) & (generated <= high + width)
        return np.where(inside | (low > high), generated, np.nan)


def first_state(estimator, X):
    """First row of X with a complete past, as the reconstructor sees it, (n_model_features,)."""
    return pieces(OriginalCoordinates(estimator), X, min_rows=1)[0].states[0]


def join(parts):
    """Arrays (n_i, d) one after the other, (n, d), with a row of NaN between two."""
    gap = np.full((1, parts[0].shape[1]), np.nan)
    return np.concatenate([row for part in parts for row in (gap, part)][1:])


def column_names(n_columns, X=None, estimator=None):
    """Names of the first columns: of a frame, of the fit, or x0, x1, ...

    None if `n_columns` is None and X is no frame.
    """
    frame = X[0] if isinstance(X, (list, tuple)) and X and is_many(X) else X
    names = getattr(frame, "columns", None)
    if names is None:
        names = getattr(estimator, "feature_names_in_", None)
    if names is not None:
        return tuple(map(str, names))[:n_columns]
    return None if n_columns is None else tuple(f"x{k}" for k in range(n_columns))


def pick(columns, names, most=None):
    """Numbers of the columns that a user asks for by number or name, as a tuple.

    Parameters
    ----------
    columns : None, int, str, or sequence of these
        None takes the first `N_SHOWN`, or `most` if that is given.
    names : tuple of str
        Names of all columns.
    most : int, default=None
        How many columns are allowed.

    Raises
    ------
    ValueError
        If a column does not exist, or there is none or too many.
    """
    if columns is None:
        return tuple(range(min(len(names), most or N_SHOWN)))
    entries = [columns] if isinstance(columns, (str, Integral)) else list(columns)
    listed = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    known = f"the {len(names)} columns {listed}" if len(names) > 1 else f"one column, {listed}"
    most = most or len(names)
    if not 0 < len(entries) <= most:
        raise ValueError(
            f"columns has {len(entries)} entries, and 1 to {most} can be shown. Give numbers or "
            f"names of {known}."
        )
    numbers = []
    for entry in entries:
        if isinstance(entry, str) and entry in names:
            numbers.append(names.index(entry))
        elif isinstance(entry, Integral) and -len(names) <= entry < len(names):
            numbers.append(int(entry) % len(names))
        else:
            raise ValueError(
                f"columns has {entry!r}, and the data have {known}. Give numbers from 0 to "
                f"{len(names) - 1}, or names."
            )
    return tuple(numbers)
