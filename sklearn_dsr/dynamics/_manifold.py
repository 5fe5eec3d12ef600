"""Results of `manifolds`: the curves that runs leave a saddle along, and come to it along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._data.types import Floats
from ._found import Cycle


@dataclass(frozen=True, eq=False)
class Manifold:
    """A stable or unstable manifold that is a curve: a field of :class:`Manifolds`.

    The parameters are stored as attributes.

    Parameters
    ----------
    segments : ndarray of shape (n_segments, 2, n_columns)
        Both ends of each segment, in the units of X.
    states : ndarray of shape (n_segments, 2, M)
        The same ends as latent states. Between them the curve is a straight line.
    steps : ndarray of shape (n_segments,), int
        Turns of the cycle between the segment and the piece of the curve at the saddle.

    See Also
    --------
    manifolds : Computes it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import fixed_points, manifolds
    >>> X = np.full((2000, 2), 0.1)
    >>> for t in range(1999):  # the Henon map
    ...     X[t + 1] = 1 - 1.4 * X[t, 0] ** 2 + X[t, 1], 0.3 * X[t, 0]
    >>> model = ShallowPLRNNReconstructor(50, stages="start", random_state=0).fit(X)
    >>> saddle = min(fixed_points(model), key=lambda c: abs(c.points[0, 0] - 0.63))
    >>> curve = manifolds(model, saddle, n_steps=5).unstable
    >>> curve.segments.shape == (len(curve), 2, 2)
    True
    """

    segments: Floats
    states: Floats
    steps: np.ndarray

    def __len__(self):
        return len(self.segments)

    @property
    def lines(self) -> Floats:
        """The segments as one array (3 n_segments, n_columns) to plot, NaN between two."""
        gap = np.full((len(self), 1, self.segments.shape[2]), np.nan)
        return np.concatenate([self.segments, gap], axis=1).reshape(-1, self.segments.shape[2])


@dataclass(frozen=True, eq=False)
class Manifolds:
    """Stable and unstable manifold of a saddle: a result of :func:`manifolds`.

    The parameters are stored as attributes.

    Parameters
    ----------
    cycle : Cycle
        The saddle.
    unstable, stable : Manifold or None
        The curves; None if the manifold has another dimension than 1.
    invertible : bool
        Whether the Jacobian has a determinant of the same sign, and not 0, at all states that were
        looked at. If not, the map folds, and the stable manifold may have other parts.
    n_folds : int
        Lines of the stable manifold that end where the map folds.

    See Also
    --------
    manifolds : Computes them.
    sklearn_dsr.inspection.ManifoldDisplay : Plots them.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import fixed_points, manifolds
    >>> X = np.full((2000, 2), 0.1)
    >>> for t in range(1999):  # the Henon map
    ...     X[t + 1] = 1 - 1.4 * X[t, 0] ** 2 + X[t, 1], 0.3 * X[t, 0]
    >>> model = ShallowPLRNNReconstructor(50, stages="start", random_state=0).fit(X)
    >>> saddle = min(fixed_points(model), key=lambda c: abs(c.points[0, 0] - 0.63))
    >>> found = manifolds(model, saddle, n_steps=5)
    >>> found.cycle.kind, len(found.unstable) > 10, len(found.stable) > 2
    ('saddle', True, True)
    """

    cycle: Cycle
    unstable: Manifold | None
    stable: Manifold | None
    invertible: bool
    n_folds: int


def has_curve(cycle):
    """Whether a cycle is a saddle with one unstable or one stable direction."""
    n = cycle.n_unstable
    return "saddle" in cycle.kind and 1 in (n, cycle.states.shape[1] - n)
