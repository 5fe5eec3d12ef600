"""RAdam [Liu 2020] on one flat vector, and the schedule of the learning rate."""

import numpy as np
from numba import njit

from .._maps._compiling import INLINE

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # the defaults of torch.optim.RAdam


@njit(**INLINE)
def radam_step(theta, gradient, m, v, step, rate):
    """One update in place; `step` counts from 1; m, v are the running moments."""
    correction1 = 1.0 - BETA1**step
    correction2 = 1.0 - BETA2**step
    rho_inf = 2.0 / (1.0 - BETA2) - 1.0
    rho = rho_inf - 2.0 * step * BETA2**step / correction2
    dtype = theta.dtype.type
    rectified = rho > 5.0
    size = rate / correction1
    if rectified:
        size *= np.sqrt(
            correction2
            * (rho - 4.0)
            * (rho - 2.0)
            * rho_inf
            / ((rho_inf - 4.0) * (rho_inf - 2.0) * rho)
        )
    a, eps = dtype(size), dtype(EPSILON)
    b1, b2, keep = dtype(1.0 - BETA1), dtype(1.0 - BETA2), dtype(BETA2)
    for i in range(theta.shape[0]):
        g = gradient[i]
        m[i] += b1 * (g - m[i])
        v[i] = keep * v[i] + b2 * g * g
        theta[i] -= a * m[i] / (np.sqrt(v[i]) + eps) if rectified else a * m[i]


def learning_rates(initial, n_updates, warmup=0.02):
    """Learning rate of each update: linear from 0 to `initial`, then linear to 0.

    Decay to zero in a straight line is the best simple schedule [Defazio 2023]; the short warm-up
    lets RAdam's second moments settle.

    Parameters
    ----------
    initial : float
        Largest rate.
    n_updates : int
    warmup : float in [0, 1)
        Share of the updates spent on the way up.

    Returns
    -------
    ndarray of shape (n_updates,)
    """
    share = (np.arange(n_updates) + 1.0) / (n_updates + 1.0)
    rise = share / warmup if warmup > 0 else np.ones(n_updates)
    return initial * np.minimum(np.minimum(rise, 1.0), (1.0 - share) / (1.0 - warmup))
