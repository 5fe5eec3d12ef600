"""L-BFGS whose sums do not depend on the number of threads. The sums of BLAS do."""

import numpy as np

from .._core.numbers import dot, lbfgs_direction

# Pairs of steps and gradient changes that are kept, and most numbers in all pairs: 80 MB.
MEMORY, MOST_NUMBERS = 50, 10_000_000
SUFFICIENT, SHORTER, N_TRIALS = 1e-4, 0.3, 10  # Armijo's rule; factor and trials after a failure
N_WORTH = 10  # steps over which the fall is compared with the tolerance
FIRST = 1e-3  # length of the first step as a share of the length of theta


def minimise(function, theta, max_iter, tolerance=0.0):
    """Minimise a function by L-BFGS [Nocedal 1980] with steps that Armijo's rule shortens.

    Parameters
    ----------
    function : callable (theta) -> (float, ndarray)
        Value and gradient. A step to a value that is not finite is shortened.
    theta : ndarray of shape (n,)
        Start.
    max_iter : int
        Most steps. There are fewer if no step decreases the value any more.
    tolerance : float, default=0.0
        Stop if the relative fall of the value in ten steps is smaller.

    Returns
    -------
    theta : ndarray of shape (n,)
    value : float
    """
    value, gradient = function(theta)
    memory = int(np.clip(MOST_NUMBERS // (2 * len(theta)), 2, MEMORY))
    steps, changes = np.zeros((memory, len(theta))), np.zeros((memory, len(theta)))
    n, values = 0, [value]
    for _ in range(max_iter):
        if len(values) > N_WORTH and value > (1.0 - tolerance) * values[-1 - N_WORTH]:
            break
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
        values.append(value)
    return theta, value
