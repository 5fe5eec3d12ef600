"""Lyapunov exponents of a fitted model, by QR decomposition along its free run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._core import linalg, maps
from .._data.types import Estimator
from .._data.validation import TINY, check_choice, check_int, check_real
from ._model import Model

N_BLOCKS = 20  # gives the standard error within 16 percent; long blocks are independent


@dataclass(frozen=True, eq=False)
class LyapunovSpectrum:
    """Lyapunov exponents, how they converged, and their standard errors.

    A result of :func:`lyapunov_spectrum` with ``return_history=True``. The parameters are stored as
    attributes.

    Parameters
    ----------
    exponents : ndarray of shape (n_exponents,)
        Exponents per unit of time.
    standard_error : ndarray of shape (n_exponents,)
        Standard errors of the exponents, from the spread of their values in up to 20 blocks of the
        run, taken as independent. 0 for an exponent of -inf.
    time : ndarray of shape (n_blocks,)
        Ends of the blocks, counted from the end of the transient.
    history : ndarray of shape (n_blocks, n_exponents)
        Exponents up to these times; the last row is `exponents`.

    See Also
    --------
    lyapunov_spectrum : Computes it.
    sklearn_dsr.inspection.LyapunovDisplay : Plots it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import lyapunov_spectrum
    >>> X = np.full((2000, 1), 0.3)
    >>> for t in range(1999):  # the logistic map
    ...     X[t + 1] = 4 * X[t] * (1 - X[t])
    >>> model = ShallowPLRNNReconstructor(100, stages="start", random_state=0).fit(X)
    >>> result = lyapunov_spectrum(model, n_steps=10_000, return_history=True)
    >>> bool(abs(result.exponents[0] / np.log(2) - 1) < 0.1)  # the true one is log(2)
    True
    >>> result.standard_error.shape, result.history.shape
    ((1,), (20, 1))
    """

    exponents: np.ndarray
    standard_error: np.ndarray
    time: np.ndarray
    history: np.ndarray


def lyapunov_spectrum(
    estimator: Estimator,
    x0: ArrayLike | None = None,
    *,
    inputs: ArrayLike | None = None,
    n_steps: int = 50_000,
    n_transient: int = 5_000,
    n_exponents: int | None = None,
    flow: bool = False,
    dt: float | None = None,
    return_history: bool = False,
) -> LyapunovSpectrum:
    r"""Lyapunov spectrum of the free run of a fitted model.

    The Jacobians of the model along the run act on an orthonormal basis. The basis is
    orthonormalised after every step by the modified Gram-Schmidt method, which gives its stretching
    factors :math:`r_{t,i}`. With n steps of the time dt, the exponents [1]_ are

    .. math:: \lambda_i = \frac{1}{n \, dt} \sum_{t=1}^{n} \log r_{t,i}

    A transient precedes the n steps: in it the run reaches the attractor, and the basis turns to
    the directions of the exponents.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or search over either
        The model. Exponents do not depend on coordinates, so neither standardisation nor an
        invertible transformer changes them.
    x0 : array-like of shape (n_model_features,), default=None
        Row to start from, in the units that the reconstructor was fitted in. None starts from the
        first row of the training data.
    inputs : array-like of shape (n_transient + n_steps, n_inputs), default=None
        External inputs along the run. Required if the model has inputs.
    n_steps : int, default=50_000
        Number n of steps to average over, at least 1. The statistical error falls with its square
        root.
    n_transient : int, default=5_000
        Steps before the average begins, at least 0.
    n_exponents : int or None, default=None
        Number of exponents, from the largest, in [1, M]. None gives all M.
    flow : bool, default=False
        False gives the exponents of the map. True gives the exponents of the flow behind its steps:
        the mean of the Jacobian over the segment from a state to the next one takes the place of
        the Jacobian at the state. See Notes.
    dt : float or None, default=None
        Time of one step, above 0. None takes the estimator's `dt`.
    return_history : bool, default=False
        Whether to return the standard errors and the convergence too. They tell the error of this
        run; another seed of the fit can change the exponents by more. Requires `n_steps` >= 2.

    Returns
    -------
    ndarray of shape (n_exponents,), or LyapunovSpectrum
        Exponents per unit of time, in the order of the basis: largest first, up to the statistical
        error. -inf belongs to a direction that the map annihilates. With `return_history`, an
        object with the fields

        - `exponents` of shape (n_exponents,),
        - `standard_error` of shape (n_exponents,),
        - `time` of shape (n_blocks,): times after the transient, at most 20,
        - `history` of shape (n_blocks, n_exponents): exponents up to these times.

    Raises
    ------
    ValueError
        If a number is out of its range; if `inputs` are missing, too short, or given to a model
        without inputs; if `flow` or `return_history` is not bool; if the free run diverges.
    TypeError
        If `estimator` is no reconstructor, or a number is of the wrong type.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.

    See Also
    --------
    kaplan_yorke_dimension : Dimension of the attractor from these exponents.
    max_lyapunov_exponent : Largest exponent of data, without a model.
    jacobian_growth : Growth along data instead of the free run.

    Notes
    -----
    A flow has an exponent of 0 along its motion. A piecewise-linear map of its steps
    has one near 0 only: if a step crosses the border of two linear regions, the Jacobian at its
    first state is not the Jacobian of the step, and other growth mixes into the neutral direction.
    The mean Jacobian :math:`\bar J` over the segment from z to :math:`z' = F(z)` is exact for the
    step, :math:`F(z') - F(z) = \bar J (z' - z)`. With ``flow=True`` and without external inputs the
    motion is therefore neutral by construction, so the exponent 0 says nothing about the model. Use
    it for maps of a flow whose steps are short compared with the bends of its motion.

    Contracting exponents are hard to learn from data on the attractor: trust the largest ones.

    Cost: O((n_steps + n_transient) (M^2 L + M n_exponents^2)) time; the run is not stored.

    References
    ----------
    .. [1] Benettin et al. (1980), "Lyapunov characteristic exponents for smooth dynamical systems
       and for Hamiltonian systems; a method for computing all of them", Meccanica 15, 9-30.

    Examples
    --------
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.dynamics import lyapunov_spectrum
    >>> X = make_lorenz63(4000, dt=0.01, noise_level=0.05, random_state=0)
    >>> model = ShallowPLRNNReconstructor(50, dt=0.01, n_init=1, max_iter=100, random_state=0)
    >>> exponents = lyapunov_spectrum(model.fit(X))
    >>> bool(exponents[0] > 0 > exponents[2])
    True
    """
    model = Model.of(estimator)
    canonical, state = model.canonical, model.start(x0)
    check_choice(flow, "flow", (False, True))
    check_choice(return_history, "return_history", (False, True))
    check_int(n_steps, "n_steps", 1 + return_history)
    check_int(n_transient, "n_transient", 0)
    total = n_transient + n_steps
    driving = model.inputs(inputs, total)
    M = canonical.latent_dim
    n_exponents = M if n_exponents is None else check_int(n_exponents, "n_exponents", 1, M)
    dt = model.dt if dt is None else check_real(dt, "dt", TINY)
    # The basis is fixed and in general position: a coordinate axis may be an invariant direction.
    basis = linalg.orthonormal(np.random.default_rng(0).standard_normal((M, M)))[:n_exponents]
    ends = np.unique(np.arange(1, N_BLOCKS + 1) * n_steps // N_BLOCKS)
    ends = ends[ends > 0]
    sums, z = maps.stretching(
        canonical.compiled(),
        np.array(state, dtype=np.float64),
        np.ascontiguousarray(basis),
        canonical.driving(None if driving is None else driving[0]),
        bool(flow),
        n_transient,
        ends,
    )
    if not np.all(np.isfinite(z)):
        raise ValueError(
            f"The free run diverged within {total} steps, so it has no exponents. "
            "Give another x0 near the training data, or fit again with clipped=True."
        )
    return _spectrum(sums, ends, dt, return_history)


def _spectrum(sums, ends, dt, with_history):
    """Exponents from the sums (n_blocks, n) over blocks that end at `ends`."""
    history = np.cumsum(sums, axis=0) / (ends[:, None] * dt)
    if not with_history:
        return history[-1]
    lengths = np.diff(ends, prepend=0)[:, None]
    with np.errstate(invalid="ignore"):
        deviations = sums / (lengths * dt) - history[-1]
    n = len(ends)
    weighted = np.sum((lengths / ends[-1]) * deviations**2, axis=0)
    error = np.where(np.isfinite(history[-1]), np.sqrt(weighted / (n - 1)), 0.0)
    return LyapunovSpectrum(history[-1], error, ends * dt, history)
