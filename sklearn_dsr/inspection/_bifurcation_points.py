"""Points of a bifurcation diagram: of the free run for each value of a feature, and of data."""

import warnings
from numbers import Integral

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._coordinates.protocol import of_package
from .._data.trajectories import as_trajectories
from .._data.validation import check_choice, check_int, check_real
from .._data.warning_level import level
from ..exceptions import ReconstructionWarning
from ..hierarchical._subjects import labelled
from ._comparison import column_names, pick
from ._return_map import maxima

N_VALUES = 200
FAR = 10.0  # widths of the training data's range; a run that is farther outside has diverged
AT_REST = 1e-6  # a run is at rest if it moves less than this share of the width
KINDS = {"maxima": "maximum of ", "minima": "minimum of ", "rows": ""}


def diagram(estimator, X, feature, values, column, kind, steps, prominence):
    """Parameters of a `BifurcationDisplay`, as a dict.

    Parameters
    ----------
    estimator, X, feature, values, column, kind, prominence : object
        As in `BifurcationDisplay.from_estimator`; `kind` is its `points`.
    steps : (int, int)
        Steps of a run before those that give points, and steps that do.
    """
    _check(estimator, kind, steps, prominence)
    known, names = estimator.subject_features_, estimator.get_feature_names_out()
    f = _number(feature, [str(name) for name in names])
    values = _values(values, known[:, f], names[f])
    columns = column_names(estimator.n_features_in_ - estimator.n_parameters, X, estimator)
    (k,) = pick(column, columns, most=1)
    features = np.tile(np.median(known, axis=0), (len(values), 1))
    features[:, f] = values
    runs = [_run(_model(estimator, row), k, *steps) for row in features]
    diverged = np.array([run is None for run in runs])
    _warn(names[f], values, diverged, known[:, f])
    at = drawn = None
    if X is not None:
        at, parts = _of_data(estimator, X, f, k)
        drawn = [_points(part, kind, prominence * np.std(part)) for part in parts]
    return {
        "values": values,
        "points": [np.empty(0) if run is None else _points(run, kind) for run in runs],
        "diverged": diverged,
        "training_values": known[:, f].copy(),
        "data_values": at,
        "data_points": drawn,
        "labels": (str(names[f]), KINDS[kind] + columns[k]),
    }


def _check(estimator, kind, steps, prominence):
    if not hasattr(estimator, "reconstructor"):
        raise TypeError(
            f"{type(estimator).__name__} has no reconstructor(features), which gives the model of "
            "each system. Give a fitted HierarchicalReconstructor, without steps around it."
        )
    check_is_fitted(estimator)
    check_choice(kind, "points", list(KINDS))
    check_int(steps[0], "n_transient", 0, advice="2_000 is usual.")
    check_int(steps[1], "n_steps", 3, advice="2_000 is usual.")
    check_real(prominence, "prominence", 0.0, advice="0.3 is usual.")


def _number(feature, names):
    """Number of the feature that a user asks for by number or name."""
    if isinstance(feature, str) and feature in names:
        return names.index(feature)
    if isinstance(feature, Integral) and -len(names) <= feature < len(names):
        return int(feature) % len(names)
    raise ValueError(
        f"feature={feature!r} is none of the {len(names)} features {', '.join(names[:8])}. Give "
        f"one number from 0 to {len(names) - 1}, or one name."
    )


def _values(values, known, name):
    """Values of the feature, (n_values,)."""
    if values is None:
        low, high = np.min(known), np.max(known)
        if low == high:
            raise ValueError(
                f"{name} is {low:.4g} in each trajectory of the fit, which is no range. Give "
                "values, or another feature."
            )
        return np.linspace(low, high, N_VALUES)
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"values are no numbers: {error}. Give a 1-D array.") from error
    if found.ndim != 1 or found.size == 0 or not np.isfinite(found).all():
        raise ValueError(
            f"values have shape {found.shape}, or are not finite. Give a 1-D array of at least one "
            f"value of {name}, for instance numpy.linspace({np.min(known):.4g}, "
            f"{np.max(known):.4g}, {N_VALUES})."
        )
    return found.copy()


def _model(estimator, features):
    """Model of a system, which must run freely without inputs."""
    model = of_package(estimator.reconstructor(features))
    if model.n_inputs_:
        raise ValueError(
            f"The model has {model.n_inputs_} external inputs, and the runs of a bifurcation "
            "diagram have none. Fit inputs that are constant along each trajectory as parameters "
            "(n_parameters)."
        )
    return model


def _run(model, column, n_transient, n_steps):
    """Column (n_steps,) of the free run after its transient, or None if the run diverges.

    A run at rest is constant.
    """
    system = model._system()
    start = system.infer(np.asarray(model.initial_row_)[None])
    run = system.run(start, n_transient + n_steps)[0]
    low, high = model.data_range_
    width = np.where(high > low, high - low, np.maximum(np.abs(high), 1.0))
    if not np.all((run >= low - FAR * width) & (run <= high + FAR * width)):  # NaN is not inside
        return None
    x = run[n_transient:, column]
    at_rest = np.ptp(x) <= AT_REST * width[column]
    return np.full(n_steps, x[-1]) if at_rest else x.copy()


def _points(x, kind, least=0.0):
    """What a diagram shows of a series (n,)."""
    if kind == "rows":
        return x.copy()
    if np.ptp(x) == 0:
        return x[:1].copy()
    return maxima(x, least) if kind == "maxima" else -maxima(-x, least)


def _of_data(estimator, X, feature, column):
    """Feature of each gap-free piece of X, (n_pieces,), and a column of the piece."""
    found = labelled(X)
    parts, names = (X, [0]) if found is None else found
    trajectories = as_trajectories(parts, estimator=estimator)
    pieces, p = trajectories.segments(), estimator.n_parameters
    if not pieces:
        raise ValueError("Each row of X is a gap: it holds NaN. Give at least one complete row.")
    if feature < p:
        columns = [piece[:, piece.shape[1] - p + feature] for piece in pieces]
        for x in columns:
            if np.ptp(x) > 0:
                raise ValueError(
                    f"Parameter {feature} goes from {np.min(x):.4g} to {np.max(x):.4g} in a "
                    "gap-free piece of X. Cut trajectories where a parameter changes."
                )
        at = np.array([x[0] for x in columns])
    else:
        learned = np.asarray(estimator.transform([X] if found is None else X))[:, feature]
        numbers = np.searchsorted(trajectories.offsets, trajectories.starts, side="right") - 1
        order = list(dict.fromkeys(names))  # of the rows of transform
        at = learned[[order.index(names[number]) for number in numbers]]
    return at, [piece[:, column] for piece in pieces]


def _warn(name, values, diverged, known):
    """Say for which values the run diverges."""
    if diverged.any():
        bad = values[diverged]
        outside = np.any((bad < np.min(known)) | (bad > np.max(known)))
        nearer = "Give values nearer to those of the fit, or fit" if outside else "Fit"
        warnings.warn(
            f"{len(bad)} of {len(values)} free runs diverge, for {name} from {np.min(bad):.4g} to "
            f"{np.max(bad):.4g}; they have no points. {nearer} with more trajectories, "
            "rows or hidden units.",
            ReconstructionWarning,
            stacklevel=level(),
        )
