"""Second stage of a hierarchical fit: teacher forcing of all subjects at once.

Smoothed rows force the maps and the rows themselves are predicted, as in `_training/_refinement`.
L-BFGS lowers the loss of all windows in the shared arrays and in the features together.
"""

import numpy as np

from .._recipe import BUDGET
from .._training._lbfgs import minimise
from .._training._problem import Penalties, Problem
from .._training._refinement import Tiles
from ..reconstruction._forcing import balancing, exponent_along
from ._engine import CohortLoss
from ._family import Family
from ._subjects import joined


def refine(cohort, family, learned, n_steps, penalty, *, noisy):
    """Family and learned features after a training by teacher forcing.

    Parameters
    ----------
    cohort : Cohort
        Rows as measured.
    family : Family
    learned : ndarray of shape (J, k)
    n_steps : int
        Steps T of a window.
    penalty : float
        Weight of the squares of the trained numbers.
    noisy : bool
        Whether smoothed rows force the maps; else the rows themselves do.

    Returns
    -------
    family, learned : object
        As given if the loss of the given ones is not finite.
    """
    rows = joined(cohort.rows)
    with np.errstate(over="ignore"):  # of rows beyond single precision no loss is finite
        values = rows.values.astype(np.float32)
    problem = Problem(
        values,
        family.parametrization,
        False,
        n_steps,
        1,
        Penalties(latent=penalty),
        n_inputs=cohort.n_inputs,
        noise=float(noisy),
    )
    windows, before = [], 0
    for own in cohort.rows:
        tiles = Tiles(own.starts, own.stops, n_steps)
        windows.append(before + tiles.draw(np.random.default_rng(0), None)[0])
        before += len(own.values)
    alpha = _alpha(cohort, family, learned, n_steps)
    p, N = cohort.known.shape[1], cohort.n_columns
    for _ in range(BUDGET.refining_epochs if noisy else 1):
        shift = None
        if noisy:
            smoothed, _ = cohort.smoothed(family, learned)
            shift = joined(smoothed.rows).values[:, :N] - rows.values[:, :N]
        features = np.concatenate([cohort.known, learned], axis=1)
        with np.errstate(over="ignore"):
            loss = CohortLoss(problem, family, features, p, windows)

        # In these units a feature changes the loss about as much as a weight does.
        unit = np.ones_like(loss.theta)
        unit[len(unit) - features.size :] = np.tile(_units(family, len(features)), len(features))

        def function(theta, loss=loss, shift=shift, unit=unit):
            value, gradient = loss.loss_gradient(unit * theta, alpha, shift)
            return value, unit * gradient

        with np.errstate(all="ignore"):  # a step that overflows is shortened
            theta, value = minimise(
                function, loss.theta / unit, BUDGET.refining_steps, BUDGET.worth
            )
        if not np.isfinite(value) or not np.isfinite(theta).all():
            break
        loss.theta = unit * theta
        learned = loss.features[:, p:]
        family, learned = _rescaled(loss.family, learned, p)
    return family, learned


def _alpha(cohort, family, learned, n_steps):
    """Strength of forcing that balances twice the median exponent of the subjects."""

    def one(rows, known, own):
        return exponent_along(family.maps(np.concatenate([known, own])), rows)

    return balancing(float(np.median(cohort.each(one, cohort.known, learned))), n_steps)


def _units(family, n_subjects):
    """Sizes (p + k,) of a change of each feature that is comparable to one of a weight."""
    norms = np.sqrt(np.sum(family.weights[1:] ** 2, axis=(1, 2)))
    return np.sqrt(n_subjects) / np.where(norms > 0, norms, 1.0)


def _rescaled(family, learned, p):
    """The same maps with learned features of mean 0 and variance 1."""
    mean, spread = learned.mean(axis=0), learned.std(axis=0)
    spread = np.where(spread > BUDGET.settled, spread, 1.0)
    weights = family.weights.copy()
    for a, (m, s) in enumerate(zip(mean, spread, strict=True)):
        weights[0] += m * weights[1 + p + a]
        weights[1 + p + a] *= s
    return Family(weights, family.W2, family.h2), (learned - mean) / spread
