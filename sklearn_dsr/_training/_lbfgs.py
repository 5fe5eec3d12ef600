"""L-BFGS, in sums that do not depend on the number of threads, as BLAS's long ones do."""

import numpy as np

from .._core.numbers import dot, lbfgs_direction

# Pairs of steps and changes of the gradient; 20 came less far in as many steps. At most 80 MB.
MEMORY, MOST_NUMBERS = 50, 10_000_000
SUFFICIENT, SHORTER, N_TRIALS = 1e-4, 0.3, 10  # Armijo's rule, and what follows a step that fails
N_WORTH = 10  # steps in which the value has to fall, if there is a tolerance
FIRST = 1e-3  # length of the first step, of that of theta


def minimise(function, theta, max_iter, tolerance=0.0):
    """Lower a function by L-BFGS [Nocedal 1980] with steps that Armijo's rule shortens.

    Parameters
    ----------
    function : callable (theta) -> (float, ndarray)
        Value and gradient. A step to where the value is not finite is shortened.
    theta : ndarray of shape (n,)
        Where to start.
    max_iter : int
        Steps at most; fewer if none goes further down, as at the precision of the function.
    tolerance : float, default=0.0
        Relative fall of the value in ten steps that is worth them.

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
