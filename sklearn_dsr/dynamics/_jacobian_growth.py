"""How products of Jacobians along data grow, and which forcing bounds the gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .._data.types import Estimator
from .._data.validation import check_int
from ._model import Model

N_ROWS = 20_000  # rows to look at


@dataclass(frozen=True, eq=False)
class JacobianGrowth:
    """Norms of the Jacobians along data, and of their products.

    Attributes
    ----------
    norms : ndarray of shape (n_windows, n_steps)
        Spectral norm of the Jacobian at each row.
    growth : ndarray of shape (n_windows,)
        Logarithm of the spectral norm of the product over a window, per step.
    """

    norms: np.ndarray
    growth: np.ndarray

    @property
    def sigma_max(self):
        """Largest spectral norm of a Jacobian."""
        return float(self.norms.max())

    @property
    def sufficient_alpha(self):
        """Forcing 1 - 1 / sigma_max, or 0: no product of (1 - alpha) J grows at any step."""
        return 1.0 - 1.0 / max(self.sigma_max, 1.0)

    @property
    def window_alpha(self):
        """Least forcing for which the product of (1 - alpha) J over no window has a norm above 1.

        At most `sufficient_alpha`, as directions of growth turn from row to row.
        """
        return float(1.0 - np.exp(-max(self.growth.max(), 0.0)))


def jacobian_growth(estimator: Estimator, X: ArrayLike, *, n_steps: int = 100) -> JacobianGrowth:
    r"""Growth of the products of Jacobians along data: how stable the training is.

    The gradient of the loss at one row with respect to the state some rows before has the factor
    :math:`\prod_t (1 - \alpha) J(z_t)`, with the strength :math:`\alpha` of the generalized teacher
    forcing. If the largest singular value :math:`\sigma_{max}` of any J is above 1, as it must be
    for chaos, the gradient may explode without forcing, and is bounded for windows of any length if

    .. math:: \alpha \ge 1 - 1 / \sigma_{max}

    (Hess et al. [1]_). More forcing than needed hides the dynamics from the loss.

    Parameters
    ----------
    estimator : fitted reconstructor, Pipeline or search over one, or CanonicalMap
    X : array-like or DataFrame of shape (n_samples, n_features) or list of such
        Data; for a CanonicalMap its states. Windows do not cross gaps.
    n_steps : int, default=100
        Rows of a window, at least 1: the `sequence_length` of the training. It is cut to the
        longest gap-free piece.

    Returns
    -------
    JacobianGrowth
        With the fields `norms`, `growth`, `sigma_max`, `sufficient_alpha` and `window_alpha`. Up to
        20,000 rows are looked at, in windows that are evenly chosen.

    Raises
    ------
    ValueError
        If `n_steps` is below 1, or X has no complete row or a wrong width.
    TypeError
        If `estimator` is no reconstructor, or `n_steps` no integer.

    Notes
    -----
    Jacobians are those of the fitted model at the states of the data, which forced states are near
    to; those of the model in training were others. In internally standardised latent units, as the
    training is. Cost: O(M^2 L + M^3) for a row.

    References
    ----------
    .. [1] Hess, Monfared, Brenner and Durstewitz (2023), "Generalized teacher forcing for learning
       chaotic dynamics", ICML, PMLR 202:13017, arXiv:2306.04406.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr._maps._canonical import CanonicalMap
    >>> from sklearn_dsr.dynamics import jacobian_growth
    >>> turn = CanonicalMap(np.array([[0.0, 2.0], [0.5, 0.0]]), np.zeros((2, 1)), np.zeros((1, 2)),
    ...                     np.zeros(2), np.zeros(1))
    >>> found = jacobian_growth(turn, np.zeros((10, 2)), n_steps=10)
    >>> found.sigma_max, found.sufficient_alpha, found.window_alpha
    (2.0, 0.5, 0.0)
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
