"""Checks of the parameters that all reconstructors share, and their automatic values."""

import re
from numbers import Integral

from .._data.validation import TINY, check_choice, check_int, check_real, is_auto
from .._recipe import RECIPE
from ..forcing import check_forcing

# Integer parameters of at least 1, and advice.
_COUNTS = {
    "max_iter": "300 suits most data, 100 is a quick try.",
    "n_init": "4 tries each way of forcing once.",
}


def check_settings(estimator):
    """Check the shared parameters of a reconstructor.

    Raises
    ------
    TypeError, ValueError
        If a parameter has a wrong type or is out of its range; see the reconstructors.
    """
    for name, advice in _COUNTS.items():
        check_int(getattr(estimator, name), name, 1, advice=advice)
    check_int(estimator.n_inputs, "n_inputs", 0, advice="0 is a system without external inputs.")
    for name in ("latent", "observation", "manifold"):
        name = f"{name}_penalty"
        check_real(getattr(estimator, name), name, 0.0, advice="0 leaves it out.")
    check_real(estimator.learning_rate_init, "learning_rate_init", TINY, advice="Try 3e-3.")
    check_real(estimator.dt, "dt", TINY, advice="1.0 counts time in rows.")
    check_choice(estimator.start, "start", ("regression", "random"))
    check_choice(estimator.stages, "stages", ("refine", "train", "start"))
    check_forcing(estimator.forcing)
    if not is_auto(estimator.sequence_length):
        advice = '"auto" is 50 to 100, by the number of rows.'
        check_int(estimator.sequence_length, "sequence_length", 1, advice=advice)
    check_choice(estimator.missing, "missing", ("gap", "mask"))
    check_choice(estimator.observation, "observation", ("identity", "affine"))
    check_choice(estimator.standardize, "standardize", (True, False, "common"))
    _check_engine(estimator.engine)
    check_choice(estimator.warm_start, "warm_start", (False, True))
    if not isinstance(estimator.verbose, bool):
        check_int(estimator.verbose, "verbose", 0, advice="1 prints a line per candidate.")
    check_n_jobs(estimator.n_jobs)


def check_n_jobs(n_jobs):
    """Raise ValueError unless `n_jobs` is a number of threads as in joblib."""
    if n_jobs is not None and (
        not isinstance(n_jobs, Integral) or isinstance(n_jobs, bool) or n_jobs == 0
    ):
        raise ValueError(
            f"n_jobs must be None or an integer other than 0; got {n_jobs!r}. "
            "None is one thread, -1 all cores."
        )


def _check_engine(engine):
    """Raise unless `engine` is a known name, or torch with a device."""
    given = engine if isinstance(engine, str) else ""
    if given not in ("auto", "native", "torch") and not re.fullmatch("torch:.+", given):
        raise ValueError(
            'engine must be "auto", "native", "torch" or "torch:DEVICE"; '
            f'got {engine!r}. Set engine="auto", for instance, or "torch:cuda" for a GPU.'
        )


def sequence_length_of(estimator, n_rows):
    """Steps T of a training window, before the cut to the longest segment of X.

    "auto" is a two-hundredth of the number of rows, in [50, 100].

    Raises
    ------
    ValueError
        If the forcing interval exceeds T.
    """
    T = estimator.sequence_length
    low, high = RECIPE.windows
    T = min(max(n_rows // (2 * high), low), high) if is_auto(T) else T
    interval = getattr(estimator.forcing, "interval", "auto")
    if not is_auto(interval) and interval > T:
        raise ValueError(
            f"The interval of forcing={estimator.forcing} exceeds sequence_length={T}: no state of "
            "a window would be forced. Set the interval lower or sequence_length higher, or set "
            "forcing=GTF(0.0) for a training without forcing."
        )
    return T


def engine_of(estimator):
    """Engine of the training, "native" or "torch:DEVICE"."""
    name = estimator.engine
    return {"auto": "native", "torch": "torch:cpu"}.get(name, name)


def n_columns_of(estimator, n_features):
    """Number N of columns of X that the model predicts, external inputs left out.

    Raises
    ------
    ValueError
        If no column is left.
    """
    if estimator.n_inputs >= n_features:
        raise ValueError(
            f"n_inputs={estimator.n_inputs} leaves no column to predict: X has {n_features}, and "
            "the last ones are the external inputs. Set n_inputs lower, or add columns."
        )
    return n_features - estimator.n_inputs


def latent_dim_of(estimator, n_columns):
    """Latent units M for data of `n_columns` columns without inputs.

    Raises
    ------
    ValueError
        If there are fewer units than columns with an identity observation.
    """
    if estimator.latent_dim is None:
        return n_columns
    check_int(estimator.latent_dim, "latent_dim", 1, advice="None is the number of columns of X.")
    if estimator.observation == "identity" and estimator.latent_dim < n_columns:
        raise ValueError(
            f"latent_dim={estimator.latent_dim} is below the {n_columns} columns of X, which "
            'observation="identity" does not allow. Set observation="affine", or latent_dim=None.'
        )
    return estimator.latent_dim
