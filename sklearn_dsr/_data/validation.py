"""Checks of user input: one sentence that says what was got, one that says what to try."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from .._core.numbers import LARGEST
from .masks import filled
from .readable import check_kind, explain, of_dimensions, of_uneven

# A lower bound that messages call "above 0".
TINY = np.finfo(np.float64).tiny

_ADVICE = {
    "infinity": "Replace infinite values by NaN (a row with NaN is a gap) or drop those rows.",
    "0 feature(s)": "Give at least one column.",
    "a minimum of 1 ": "Give at least one row.",
    "a minimum of": "Give more rows, at least two in time order.",
    "features, but": "Give the same columns as in fit; all trajectories need the same.",
    "while dim <=": "Give rows and columns; several trajectories as a list or a 3-D array.",
}


def check_rows(X, *, min_rows=1, name="X"):
    """Return X as a float64 array (n_samples, n_features); NaN allowed, infinity not.

    It is in C order, as sums over rows depend on the order in the last bit: a frame and its array,
    or a slice and its copy, give the same results.
    """
    with _advice(X, name):
        rows = check_array(
            X,
            dtype=np.float64,
            order="C",
            ensure_all_finite="allow-nan",
            ensure_min_samples=min_rows,
            input_name=name,
        )
    return _check_magnitude(rows, name)


def validate_rows(estimator, X, *, reset, min_rows=1, name="X"):
    """Like :func:`check_rows`, and set or check the estimator's feature names and count."""
    with _advice(X, name):
        rows = validate_data(
            estimator,
            X,
            reset=reset,
            dtype=np.float64,
            order="C",
            ensure_all_finite="allow-nan",
            ensure_min_samples=min_rows,
        )
    return _check_magnitude(rows, name)


class _advice:
    """Say in two sentences what is wrong with X: scikit-learn's and NumPy's own messages, and more.

    Feature names that differ from those of the fit are told as scikit-learn tells them.
    """

    def __init__(self, X, name):
        self.X, self.name = X, name

    def __enter__(self):
        check_kind(self.X, self.name)

    def __exit__(self, kind, error, traceback):
        if kind is None or not issubclass(kind, (TypeError, ValueError, OverflowError)):
            return False
        text = str(error)
        if text.startswith(("The feature names should", "Sparse data was passed")):
            return False
        message = self._message(text)
        raise (TypeError if issubclass(kind, TypeError) else ValueError)(message) from error

    def _message(self, text):
        X, name = self.X, self.name
        for part, advice in _ADVICE.items():
            if part in text:
                where = "" if name in ("X", "x0") or name in text else f"{name}: "
                return f"{where}{text.rstrip('. ')}. {advice}"
        if text.startswith("Expected"):  # another number of dimensions
            return of_dimensions(X, name)
        found = explain(X, name)
        if found is None and "sequence" in text:
            found = of_uneven(X, name)
        what = " ".join(text.split()).split(". ")[0].rstrip(".")
        return found or f"{name} is no table of numbers: {what}. Give an array or a DataFrame."


def _check_magnitude(rows, name):
    # fmax and fmin skip NaN and need no temporary of the size of X.
    largest = max(np.fmax.reduce(rows, axis=None), -np.fmin.reduce(rows, axis=None))
    if largest > LARGEST:
        raise ValueError(
            f"{name} has values up to {largest:.3g}, beyond {LARGEST:.0g}: their squares overflow. "
            "Rescale the data, for instance with StandardScaler."
        )
    return rows


def check_int(value, name, low, high=None, advice=""):
    """Return `value` if it is an integer in [low, high], else raise.

    Raises
    ------
    TypeError
        If it is not an integer (bool counts as none).
    ValueError
        If it lies outside the range.
    """
    return _check_number(value, name, low, high, advice, Integral, "an integer")


def check_real(value, name, low, high=None, advice=""):
    """Return `value` if it is a finite real number in [low, high], else raise; see `check_int`."""
    return _check_number(value, name, low, high, advice, Real, "a number")


def _check_number(value, name, low, high, advice, kind, word):
    wanted = f"at least {low}" if high is None else f"in [{low}, {high}]"
    if low == TINY:
        wanted = "finite and above 0"
    if not isinstance(value, kind) or isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be {word}, {wanted}; got {value!r}. {advice}".rstrip())
    if not np.isfinite(value) or value < low or (high is not None and value > high):
        raise ValueError(f"{name} must be {word}, {wanted}; got {value!r}. {advice}".rstrip())
    return value


def is_auto(value):
    """Whether a parameter is the string "auto"; an array or a number is not."""
    return isinstance(value, str) and value == "auto"


def check_choice(value, name, choices):
    """Return `value` if it is one of `choices`, else raise a ValueError that lists them."""
    if isinstance(value, np.bool_):
        value = bool(value)
    if not any(isinstance(value, type(c)) and value == c for c in choices):
        listed = ", ".join(repr(c) for c in choices)
        raise ValueError(
            f"{name} must be one of {listed}; got {value!r}. "
            f"Set {name}={choices[0]!r}, for instance."
        )
    return value


def check_random_generator(random_state):
    """Return a numpy Generator from None, an int, a RandomState or a Generator.

    A RandomState or Generator is advanced, an int gives the same Generator each time; NumPy's
    global state is only drawn from where it is passed explicitly.
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31 - 1, size=4))
    if random_state is not None:
        check_int(random_state, "random_state", 0, 2**32 - 1, "None takes a new seed each time.")
    return np.random.default_rng(random_state)


def check_inputs(inputs, n_inputs, n_runs, n_steps, single):
    """External inputs of several runs, (n_runs, n_steps, n_inputs), or None without any.

    Parameters
    ----------
    inputs : array-like of shape (>= n_steps, n_inputs) or (n_runs, >= n_steps, n_inputs), or None
        The first for one run, or the same for all. A list of arrays of unequal length will do.
    n_inputs, n_runs, n_steps : int
        As the model and the call have them.
    single : bool
        Whether there is one run, given without an axis for it.

    Raises
    ------
    ValueError
        If inputs are missing, not wanted, too short, not finite or of a wrong shape.
    """
    wanted = f"({n_steps}, {n_inputs})" + (
        "" if single else f" or ({n_runs}, {n_steps}, {n_inputs})"
    )
    if n_inputs == 0:
        if inputs is not None:
            raise ValueError(
                "inputs were given, but the model was fitted without external inputs. Leave them "
                "out, or fit with n_inputs."
            )
        return None
    if inputs is None and n_steps > 0:
        raise ValueError(
            f"The model has {n_inputs} external inputs, and inputs=None was given. Give inputs of "
            f"shape {wanted}."
        )
    if inputs is None:
        return np.zeros((n_runs, 0, n_inputs))
    several = isinstance(inputs, (list, tuple)) and np.ndim(inputs[0]) == 2
    given = list(inputs) if several or np.ndim(inputs) == 3 else [inputs] * n_runs
    if len(given) != n_runs:
        raise ValueError(f"inputs are for {len(given)} runs of {n_runs}. Give shape {wanted}.")
    out = np.empty((n_runs, n_steps, n_inputs))
    for k, part in enumerate(given):
        try:
            part = np.asarray(filled(part), dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"inputs are not numeric: {error}. Give shape {wanted}.") from error
        if part.ndim != 2 or part.shape[1] != n_inputs or len(part) < n_steps:
            raise ValueError(
                f"inputs have shape {part.shape}, which is too short or has not {n_inputs} "
                f"columns. Give at least {n_steps} rows: shape {wanted}."
            )
        out[k] = part[:n_steps]
    if not np.isfinite(out).all():
        raise ValueError(
            "inputs hold NaN or infinity among the rows that are needed. Give finite values."
        )
    return out
