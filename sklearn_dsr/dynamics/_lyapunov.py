"""Lyapunov exponents of a fitted model, by QR along its free run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._core import linalg, maps
from .._data.types import Estimator
from .._data.validation import TINY, check_choice, check_int, check_real
from ._model import Model

N_BLOCKS = 20  # enough for a standard error within 16 percent, and long enough to be independent


@dataclass(frozen=True, eq=False)
class LyapunovSpectrum:
    """Lyapunov exponents, how they converged, and how sure they are.

    Attributes
    ----------
    exponents : ndarray of shape (n_exponents,)
        Per unit of time.
    standard_error : ndarray of shape (n_exponents,)
        Of the exponents, from the spread of their values in up to 20 blocks of the run, taken as
        independent. 0 for an exponent of -inf.
    time : ndarray of shape (n_blocks,)
        Ends of the blocks, counted from the end of the transient.
    history : ndarray of shape (n_blocks, n_exponents)
        The exponents up to these times; the last row is `exponents`.
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
    r"""Lyapunov spectrum of the model's free run.

    The Jacobians of the map along the run act on an orthonormal basis, which is orthonormalised
    anew after every step (modified Gram-Schmidt); with its stretching factors :math:`r_{t,i}`

    .. math:: \lambda_i = \frac{1}{n \, dt} \sum_{t=1}^{n} \log r_{t,i}

    (Benettin et al. [1]_). The run and the basis are warmed up first: neither the way to the
    attractor nor the turn of the basis to its directions enters.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline or search over one, or CanonicalMap
        The model. Exponents do not depend on the coordinates, so neither standardisation nor an
        invertible transformer matters.
    x0 : array-like of shape (n_model_features,), default=None
        Row to start from, in the units that the reconstructor was fitted in; for a CanonicalMap its
        latent state. None starts from the first row of the training data; a map from 0.
    inputs : array-like of shape (n_transient + n_steps, n_inputs), default=None
        External inputs along the run, if the model has any.
    n_steps : int, default=50_000
        Steps n to average over, at least 1. The statistical error falls with its square root.
    n_transient : int, default=5_000
        Steps to warm up, at least 0.
    n_exponents : int or None, default=None
        How many exponents, from the largest; None is all M.
    flow : bool, default=False
        False: exponents of the map. True: of the flow that the map takes steps of; in place of the
        Jacobian at a state stands its mean over the segment from the state to the next one. See
        Notes.
    dt : float or None, default=None
        Time of one step, above 0; None takes the estimator's `dt`, 1 for a map.
    return_history : bool, default=False
        Whether to return how the exponents converged and their standard errors, too: those of the
        run, not of the model, whose exponents another seed of the fit may change by more. It needs
        `n_steps` of 2 or more.

    Returns
    -------
    ndarray of shape (n_exponents,), or LyapunovSpectrum
        Per unit of time, of which a step takes `dt`, in the order of the basis: largest first up to
        the statistical error. -inf for a direction that the map annihilates. With `return_history`
        an object with the fields `exponents`, `standard_error`, `time` and `history`.

    Raises
    ------
    ValueError
        If a number is out of its range, inputs are missing, short or not wanted, `flow` or
        `return_history` is not bool, or the free run diverges.
    TypeError
        If `estimator` is no reconstructor.

    Notes
    -----
    A flow has an exponent of 0, along its motion. A piecewise-linear map of its steps nearly has:
    where a step crosses a kink, the Jacobian at its first state is not that of the step, the image
    of the motion leaves the motion, and growth mixes into the neutral direction: maps fitted to
    Lorenz-63 have exponents of 0.87 and 0.03 in place of 0.906 and 0. The mean Jacobian
    :math:`\bar J` over the segment from z to :math:`z' = F(z)` is exact for the step,
    :math:`F(z') - F(z) = \bar J (z' - z)`, so that with ``flow=True`` the motion is neutral by
    construction (the exponent 0 then says nothing of the model; with external inputs it is not
    exactly so), and the others are less mixed.
    It is for maps of a flow whose steps are short beside the bends of its motion.

    Cost: O((n_steps + n_transient) (M^2 L + M n_exponents^2)) time; nothing is stored. 100,000
    steps of a model with M = 3 and L = 50 take 0.03 s. Contracting exponents are hard to learn from
    data on the attractor; trust the largest ones.

    References
    ----------
    .. [1] Benettin et al. (1980), "Lyapunov characteristic exponents for smooth dynamical systems
       and for Hamiltonian systems; a method for computing all of them", Meccanica 15, 9-30.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr._maps._canonical import CanonicalMap
    >>> from sklearn_dsr.dynamics import lyapunov_spectrum
    >>> linear = CanonicalMap(np.diag([0.5, 0.25]), np.zeros((2, 1)), np.zeros((1, 2)),
    ...                       np.zeros(2), np.zeros(1))
    >>> print(lyapunov_spectrum(linear, n_steps=100, n_transient=100) / np.log(2))
    [-1. -2.]
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
    # A fixed basis in general position: a coordinate axis may be an invariant direction.
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
    """Exponents from the sums (n_blocks, n) of blocks that end at `ends`."""
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
