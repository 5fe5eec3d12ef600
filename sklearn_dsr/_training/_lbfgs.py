"""L-BFGS, in sums that do not depend on the number of threads, as BLAS's long ones do."""

import numpy as np

from .._core.numbers import dot, lbfgs_direction

# Pairs of steps and changes of the gradient; 20 came less far in as many steps. At most 80 MB.
MEMORY, LARGEST = 50, 10_000_000
SUFFICIENT, SHORTER, N_TRIALS = 1e-4, 0.3, 10  # Armijo's rule, and what follows a step that fails
FIRST = 1e-3  # length of the first step, of that of theta


def minimise(function, theta, max_iter):
    """Lower a function by L-BFGS [Nocedal 1980] with steps that Armijo's rule shortens.

    Parameters
    ----------
    function : callable (theta) -> (float, ndarray)
        Value and gradient. A step to where the value is not finite is shortened.
    theta : ndarray of shape (n,)
        Where to start.
    max_iter : int
        Steps at most; fewer if none goes further down, as at the precision of the function.

    Returns
    -------
    theta : ndarray of shape (n,)
    value : float
    """
    value, gradient = function(theta)
    memory = int(np.clip(LARGEST // (2 * len(theta)), 2, MEMORY))
    steps, changes = np.zeros((memory, len(theta))), np.zeros((memory, len(theta)))
    n = 0
    for _ in range(max_iter):
        direction = lbfgs_direction(gradient, steps, changes, n)
        slope = dot(direction, gradient)
        if not slope < 0:
            break
        size = 1.0
        if n == 0:
            size = FIRST * np.sqrt(max(dot(theta, theta), 1.0) / dot(direction, direction))
        for _ in range(N_TRIALS):
            step = size * direction
            lower, new = function(theta + step)
            if lower <= value + SUFFICIENT * size * slope and np.isfinite(new).all():
                break
            size *= SHORTER
        else:
            break
        change = new - gradient
        if dot(step, change) > 1e-10 * dot(step, step) ** 0.5 * dot(change, change) ** 0.5:
            steps[n % memory], changes[n % memory] = step, change
            n += 1
        theta, value, gradient = theta + step, lower, new
    return theta, value
