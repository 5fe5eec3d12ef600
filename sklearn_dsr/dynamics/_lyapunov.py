"""Lyapunov exponents of a fitted model, by QR along its free run."""

import numpy as np
from numba import njit

from .._maps._canonical import OPTIONS, CanonicalMap, advance, jacobian_at
from .._unwrap import unwrap
from .._validation import check_inputs, check_int, check_real, check_rows


def lyapunov_spectrum(
    estimator,
    x0=None,
    *,
    inputs=None,
    n_steps=50_000,
    n_transient=5_000,
    n_exponents=None,
    dt=None,
):
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
    dt : float or None, default=None
        Time of one step, above 0; None takes the estimator's `dt`, 1 for a map.

    Returns
    -------
    ndarray of shape (n_exponents,)
        Per unit of time, of which a step takes `dt`, in the order of the basis: largest first up to
        the statistical error. -inf for a direction that the map annihilates.

    Raises
    ------
    ValueError
        If a number is out of its range, inputs are missing, short or not wanted, or the free run
        diverges.
    TypeError
        If `estimator` is no reconstructor.

    Notes
    -----
    Cost: O((n_steps + n_transient) (M^2 L + M n_exponents^2)) time; nothing is stored. Contracting
    exponents are hard to learn from data on the attractor; trust the largest ones.

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
    canonical, state, step = _model_and_state(estimator, x0)
    check_int(n_steps, "n_steps", 1)
    check_int(n_transient, "n_transient", 0)
    drive = canonical.drive(*_scaled_inputs(estimator, canonical, inputs, n_transient + n_steps))
    M = canonical.latent_dim
    n_exponents = M if n_exponents is None else check_int(n_exponents, "n_exponents", 1, M)
    dt = step if dt is None else check_real(dt, "dt", np.finfo(float).tiny)
    # A fixed basis in general position: a coordinate axis may be an invariant direction.
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((M, M)))[0][:, :n_exponents]
    padded = canonical.padded()
    z, Q = np.zeros(len(padded[3])), np.zeros((n_exponents, len(padded[3])))
    z[:M], Q[:, :M] = state, basis.T
    sums = _stretching(z, Q, drive[0], *padded, n_transient, n_steps)
    if not np.all(np.isfinite(z)):
        raise ValueError(
            f"The free run diverged within {n_transient + n_steps} steps, so it has no exponents. "
            "Give another x0 near the training data, or fit again with clipped=True."
        )
    return sums / (n_steps * dt)


def _model_and_state(estimator, x0):
    """Canonical map, initial state (M,) and time of one step."""
    if isinstance(estimator, CanonicalMap):
        state = np.zeros(estimator.latent_dim) if x0 is None else np.asarray(x0, dtype=float)
        return estimator, state, 1.0
    reconstructor = unwrap(estimator)[1]
    system = reconstructor._system()
    row = reconstructor.initial_row_
    if x0 is not None:
        row = check_rows(np.atleast_2d(np.asarray(x0)), name="x0")[0]
        if len(row) not in (system.n_columns, len(system.mean)) or np.isnan(row).any():
            raise ValueError(
                f"x0 has {len(row)} values, or NaN among them; the model was fitted on "
                f"{len(system.mean)} columns. Give one complete row."
            )
    return system.canonical, system.infer(row[None])[0], float(reconstructor.dt)


def _scaled_inputs(estimator, canonical, inputs, n_steps):
    """Inputs (1, n_steps, K) as the canonical map takes them, and the shape of the run."""
    K = 0 if canonical.C is None else canonical.C.shape[1]
    inputs = check_inputs(inputs, K, 1, n_steps, single=True)
    if inputs is not None and not isinstance(estimator, CanonicalMap):
        inputs = unwrap(estimator)[1]._system().scale_inputs(inputs)
    return inputs, (1, n_steps)


@njit(**OPTIONS)
def _stretching(z, Q, drive, A, W1, W2T, h1, h2, n_transient, n_steps):
    """Sums of the logarithms of the stretching factors; z and the rows of Q are advanced."""
    n, M = Q.shape
    u, z_next, J, V = np.empty_like(h2), np.empty_like(z), np.empty((M, M)), np.empty((n, M))
    sums = np.zeros(n)
    for t in range(n_transient + n_steps):
        jacobian_at(z, A, W1, W2T, h2, J)
        for i in range(n):
            for m in range(M):
                total = 0.0
                for k in range(M):
                    total += J[m, k] * Q[i, k]
                V[i, m] = total
        for i in range(n):
            for j in range(i):
                shared = 0.0
                for m in range(M):
                    shared += V[i, m] * Q[j, m]
                for m in range(M):
                    V[i, m] -= shared * Q[j, m]
            size = 0.0
            for m in range(M):
                size += V[i, m] * V[i, m]
            size = np.sqrt(size)
            for m in range(M):
                Q[i, m] = V[i, m] / size if size > 0.0 else 0.0
            if t >= n_transient:
                sums[i] += np.log(size) if size > 0.0 else -np.inf
        advance(z, A, W1, W2T, h1, h2, u, z_next)
        for m in range(M):
            z[m] = z_next[m] + (drive[t, m] if drive.shape[0] else 0.0)
    return sums
