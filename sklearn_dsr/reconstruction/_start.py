"""Where a training starts: the standardisation of X, and the initial values of the model."""

import numpy as np

from .._maps._observation import initial_loading
from .._trajectories import pooled


def standardisation(segments, standardize):
    """Mean and scale per column, (n_features,) each; scale 1 for a column that does not vary.

    Parameters
    ----------
    segments : list of ndarray of shape (n_i, n_features)
    standardize : bool or "common"
        See the reconstructors.

    Raises
    ------
    ValueError
        If no column varies.
    """
    rows = pooled(segments)
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    constant = scale <= 1e-13 * np.abs(mean)
    if np.all(constant):
        raise ValueError(
            f"X does not vary: all of its {len(mean)} columns are constant, so there are no "
            "dynamics to learn. Give columns that change over time."
        )
    if standardize is False:
        return np.zeros_like(mean), np.ones_like(scale)
    scale = np.where(constant, 1.0, scale)
    if standardize == "common":
        scale = np.full_like(scale, np.sqrt(np.mean(scale[~constant] ** 2)))
    return mean, scale


def reference_start(problem, segments):
    """Reference initial values, as a function of a candidate's random generator.

    Parameters
    ----------
    problem : Problem
    segments : list of ndarray of shape (n_i, N)
        Standardised data; an affine observation starts from their principal directions.

    Returns
    -------
    callable (rng) -> dict of trained arrays
    """
    parametrization = problem.parametrization
    M, _, N = problem.sizes
    covariance = np.eye(N)
    if problem.affine:
        covariance = np.cov(pooled(segments), rowvar=False).reshape(N, N)

    def draw(rng):
        arrays = parametrization.weights(parametrization.initial(rng))._asdict()
        if problem.affine:
            arrays["B"] = initial_loading(rng, covariance, M)
        return arrays

    return draw


def previous_start(problem, estimator):
    """Initial values for `warm_start`: the fitted ones, for every candidate.

    Raises
    ------
    ValueError
        If the model, the sizes or the observation were others.
    """
    shapes = problem.parametrization.shapes
    same = type(estimator._fitted_parametrization()) is type(problem.parametrization)
    fitted = {name: getattr(estimator, f"{name}_", None) for name in shapes}
    if (
        not same
        or any(np.shape(fitted[name]) != shapes[name] for name in shapes)
        or (problem.affine != hasattr(estimator, "B_"))
    ):
        raise ValueError(
            "warm_start=True needs the model, sizes and observation of the previous fit, which "
            "were others. Set warm_start=False or the previous parameters."
        )
    arrays = problem.parametrization.weights(fitted)._asdict()
    return lambda rng: arrays | ({"B": estimator.B_} if problem.affine else {})
