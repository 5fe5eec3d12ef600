"""Growth of products of Jacobians along data, and the forcing that bounds the gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._data.types import Estimator
from .._data.validation import check_int
from ._model import Model

N_ROWS = 20_000  # most rows that are used


@dataclass(frozen=True, eq=False)
class JacobianGrowth:
    """Norms of the Jacobians along data, and of their products: a result of `jacobian_growth`.

    The parameters are stored as attributes.

    Parameters
    ----------
    norms : ndarray of shape (n_windows, n_steps)
        Spectral norm of the Jacobian at each row.
    growth : ndarray of shape (n_windows,)
        Logarithm of the spectral norm of the product over a window, per step.

    See Also
    --------
    jacobian_growth : Computes it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import jacobian_growth
    >>> X = np.full((2000, 1), 0.3)
    >>> for t in range(1999):  # the logistic map
    ...     X[t + 1] = 4 * X[t] * (1 - X[t])
    >>> model = ShallowPLRNNReconstructor(20, stages="start", random_state=0).fit(X)
    >>> growth = jacobian_growth(model, X)
    >>> growth.norms.shape, bool(growth.window_alpha <= growth.sufficient_alpha < 1)
    ((20, 100), True)
    """

    norms: np.ndarray
    growth: np.ndarray

    @property
    def sigma_max(self) -> float:
        """Largest spectral norm of a Jacobian."""
        return float(self.norms.max())

    @property
    def sufficient_alpha(self) -> float:
        """Forcing max(0, 1 - 1 / sigma_max), for which (1 - alpha) J expands at no row."""
        return 1.0 - 1.0 / max(self.sigma_max, 1.0)

    @property
    def window_alpha(self) -> float:
        """Least forcing for which no product of (1 - alpha) J over a window has a norm above 1.

        It is at most `sufficient_alpha`, because the direction of growth turns from row to row.
        """
        return float(1.0 - np.exp(-max(self.growth.max(), 0.0)))


def jacobian_growth(estimator: Estimator, X: ArrayLike, *, n_steps: int = 100) -> JacobianGrowth:
    r"""Growth of the products of Jacobians along data, which decides whether gradients explode.

    The gradient of the loss at one row with respect to an earlier state has the factor
    :math:`\prod_t (1 - \alpha) J(z_t)`, where :math:`\alpha` is the strength of generalized teacher
    forcing. A chaotic model has Jacobians whose largest singular value :math:`\sigma_{max}` is
    above 1, so without forcing the gradient can explode. It is bounded for windows of any length
    [1]_ if

    .. math:: \alpha \ge 1 - 1 / \sigma_{max}

    More forcing than needed hides the dynamics from the loss.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline that ends in one, or search over either
        The model.
    X : array-like or DataFrame of shape (n_samples, n_features) or list of such
        Data. Windows do not cross gaps. At most 20,000 rows are used, in evenly spaced windows.
    n_steps : int, default=100
        Rows of a window, at least 1. The `sequence_length` of the training is usual. It is cut to
        the longest gap-free piece.

    Returns
    -------
    JacobianGrowth
        An object with the fields

        - `norms` of shape (n_windows, n_steps): spectral norm of the Jacobian at each row,
        - `growth` of shape (n_windows,): logarithm of the spectral norm of the product over a
          window, per step,
        - `sigma_max`: largest of the norms,
        - `sufficient_alpha`: max(0, 1 - 1 / sigma_max), enough forcing for windows of any length,
        - `window_alpha`: least forcing for which no product over a window has a norm above 1.

    Raises
    ------
    ValueError
        If `n_steps` is below 1, or X has no complete row or a wrong width.
    TypeError
        If `estimator` is no reconstructor, or `n_steps` is no integer.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.

    See Also
    --------
    lyapunov_spectrum : Growth rates along the free run.
    sklearn_dsr.forcing.GTF : Generalized teacher forcing with a constant alpha.

    Notes
    -----
    The Jacobians belong to the fitted model at the states of X, in the standardised latent units
    of the training. Forced states of the training are close to these states, but the model changes
    during the training. Cost: O(M^2 L + M^3) per row.

    References
    ----------
    .. [1] Hess, Monfared, Brenner and Durstewitz (2023), "Generalized teacher forcing for learning
       chaotic dynamics", ICML, PMLR 202:13017, arXiv:2306.04406.

    Examples
    --------
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.datasets import make_lorenz63
    >>> from sklearn_dsr.dynamics import jacobian_growth
    >>> X = make_lorenz63(4000, noise_level=0.05, random_state=0)
    >>> model = ShallowPLRNNReconstructor(50, n_init=1, max_iter=100, random_state=0).fit(X)
    >>> found = jacobian_growth(model, X, n_steps=100)
    >>> found.norms.shape
    (40, 100)
    >>> found.window_alpha <= found.sufficient_alpha < 1
    True
    """
    check_int(n_steps, "n_steps", 1, advice="The sequence_length of the training is usual.")
    model = Model.of(estimator)
    trajectories, states = model.along(X)
    n_steps = min(n_steps, trajectories.longest)
    spans = zip(trajectories.starts, trajectories.stops, strict=True)
    starts = np.concatenate([np.arange(a, b - n_steps + 1, n_steps) for a, b in spans])
    n_windows = min(len(starts), max(N_ROWS // n_steps, 1))
    chosen = starts[np.linspace(0, len(starts) - 1, n_windows).astype(int)]
    M = states.shape[1]
    norms, logs = np.empty((n_windows, n_steps)), np.zeros(n_windows)
    product = np.broadcast_to(np.eye(M), (n_windows, M, M))
    for t in range(n_steps):
        J = model.canonical.jacobian(states[chosen + t])
        norms[:, t] = np.linalg.norm(J, 2, axis=(1, 2))
        product = J @ product
        size = np.linalg.norm(product, axis=(1, 2))
        with np.errstate(divide="ignore"):  # a product of zero has growth -inf
            logs += np.log(size)
        product = product / np.where(size > 0, size, 1.0)[:, None, None]
    with np.errstate(divide="ignore"):
        logs += np.log(np.linalg.norm(product, 2, axis=(1, 2)))
    return JacobianGrowth(norms, logs / n_steps)
