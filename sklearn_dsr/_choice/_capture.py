"""Find stable fixed points, and small cycles around them, that would catch a long free run."""

import numpy as np

from .._core.search import settle_all
from .._data.validation import LARGEST
from .._recipe import BUDGET, RECIPE


def captured(score, maps):
    """Share of runs from near a fixed point of the model that stay there, in [0, 1].

    The value is the largest share among the fixed points nearest to the data and in their range.

    A fixed point can be stable in the model and unstable in the system. It, or a small
    cycle around it, catches the free run as soon as the run passes close by, which may take a
    million steps. The data have passed there and left again, so such a point is an error of the
    model. A driven system has no fixed points, and noise drives a run away from one: then the share
    is 0.

    Parameters
    ----------
    score : FreeRunScore
        Score of the training data.
    maps : (CanonicalMap, observation)

    Returns
    -------
    float
    """
    if not score.ends_alive or score.inputs is not None or score.driving is not None:
        return 0.0
    canonical, observation = maps
    states = observation.infer(score.visited)
    M, L = canonical.W1.shape
    most = BUDGET.search_work / (M * M * (L + M))  # most linear systems to solve
    n_states = max(min(BUDGET.searched, int(most)), BUDGET.n_nearest)
    n_starts = max(min(BUDGET.solved, int(most / BUDGET.n_iterations)), BUDGET.n_nearest)
    points = fixed_points(canonical, states[:: -(-len(states) // n_states)], n_starts)
    points = points[~score.outside(observation.observe(points), 0.0)]
    closest = [np.min(np.linalg.norm(states - z, axis=1)) for z in points]
    shares = [0.0]
    for k in np.argsort(closest, kind="stable")[: BUDGET.n_points]:
        distances = np.linalg.norm(states - points[k], axis=1)
        nearest = states[np.argsort(distances, kind="stable")[: BUDGET.n_nearest]]
        starts = nearest - (1 - RECIPE.beside_a_point) * (nearest - points[k])
        n_steps = max(min(BUDGET.caught_rows, score.n), 4)
        runs = observation.observe(canonical.simulate(starts, n_steps))
        tails = runs[np.all(np.abs(runs) < LARGEST, axis=(1, 2)), -(n_steps // 4) :]
        shares.append(np.sum(~score.moves(tails)) / len(starts))
    return float(max(shares))


def fixed_points(canonical, states, n_starts=BUDGET.solved, n_iterations=BUDGET.n_iterations):
    """Fixed points of the map that a search among `states` (n, M) finds, (n_found, M).

    The states are cut into `n_starts` pieces. In each piece the search starts from the state
    nearest to the fixed point of its linear region.
    """
    states = np.ascontiguousarray(states)
    guesses, status = settle_all(canonical, states[:, None], 1)
    distance = np.linalg.norm(guesses[:, 0] - states, axis=1)
    distance[status == -1] = np.inf
    blocks = np.array_split(np.arange(len(states)), min(n_starts, len(states)))
    starts = states[[block[np.argmin(distance[block])] for block in blocks]]
    points, status = settle_all(canonical, starts[:, None], n_iterations)
    return np.unique(np.round(points[status == 1, 0], BUDGET.digits), axis=0)
