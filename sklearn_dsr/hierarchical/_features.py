"""Features of new subjects: the shared arrays are known, and the rows are explained best."""

import numpy as np

from .._recipe import BUDGET, RECIPE
from ._regression import learned_features, moments_of


def estimate(cohort, family, *, noisy):
    """Learned features (J, k) of each subject by itself.

    The regression of its steps on the features and the smoothing along the map that they select
    take turns.

    Parameters
    ----------
    cohort : Cohort
    family : Family
    noisy : bool
        Whether to smooth.
    """
    k = family.n_features - cohort.known.shape[1]

    def one(alone):
        learned, used = np.zeros((1, k)), alone
        for _ in range(BUDGET.start_rounds if k else 0):
            (steps,) = used.steps()
            G, B = moments_of(steps, family.W2, family.h2)
            before, learned = learned, learned_features(family.weights, alone.known, [G], [B])
            if not noisy or np.max(np.abs(learned - before)) < BUDGET.settled:
                break
            used, ratios = alone.smoothed(family, learned)
            if ratios[0] < RECIPE.least_noise:
                break
        return learned[0]

    found = cohort.each(lambda rows, known: one(cohort.alone(rows, known).thinned()), cohort.known)
    return np.array(found).reshape(len(cohort.rows), k)
