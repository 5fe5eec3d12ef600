"""Results of a search for basins: attractors, and which starts lead to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .._data.types import Floats


@dataclass(frozen=True, eq=False)
class Attractor:
    """A set of states in which free runs end: an entry of `attractors` of :class:`Basins`.

    The parameters are stored as attributes.

    Parameters
    ----------
    kind : {"fixed point", "cycle", "aperiodic"}
        "aperiodic" is a chaotic attractor, a closed curve, or a cycle of more than `max_order`
        points.
    points : ndarray of shape (n_points, n_columns)
        The fixed point, the points of the cycle in time order, or an orbit on the attractor, in the
        units of X.
    states : ndarray of shape (n_points, M)
        The same points as latent states.
    share : float
        Share of the starts that lead to it.

    See Also
    --------
    basins : Finds attractors.
    Basins : All attractors that the starts lead to.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import basins
    >>> X = np.full((2000, 1), 0.3)
    >>> for t in range(1999):  # the logistic map with a chaotic attractor
    ...     X[t + 1] = 3.9 * X[t] * (1 - X[t])
    >>> model = ShallowPLRNNReconstructor(50, stages="start", random_state=0).fit(X)
    >>> found = basins(model, (np.linspace(0.2, 0.9, 20),))
    >>> [attractor.kind for attractor in found.attractors]
    ['aperiodic']
    """

    kind: str
    points: Floats
    states: Floats
    share: float

    @property
    def order(self) -> int | None:
        """Number of points of a cycle, 1 for a fixed point, None for an aperiodic attractor."""
        return None if self.kind == "aperiodic" else len(self.points)


@dataclass(frozen=True, eq=False, repr=False)
class Basins:
    """Which attractor each start leads to: a result of :func:`basins`.

    ``print`` shows a table of the attractors. The parameters are stored as attributes.

    Parameters
    ----------
    labels : ndarray of int
        Number of the attractor of each start. -1 is a run that diverges, -2 a run that has not
        settled. The shape is (n_starts,), or that of the grid.
    attractors : tuple of Attractor
        Fixed points, then cycles by their order, then aperiodic attractors. Attractors of one kind
        are sorted by their smallest value in the first column.
    starts : ndarray of shape (n_starts, n_columns)
        The starts in the units of X, in the order of ``labels.ravel()``.
    axes : tuple or None
        For a grid, the values of each column: an array, or a number for a column that is held.

    See Also
    --------
    basins : Computes them.
    sklearn_dsr.inspection.BasinDisplay : Plots them.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import basins
    >>> X = np.full((2000, 1), 0.3)
    >>> for t in range(1999):  # the logistic map with a chaotic attractor
    ...     X[t + 1] = 3.9 * X[t] * (1 - X[t])
    >>> model = ShallowPLRNNReconstructor(50, stages="start", random_state=0).fit(X)
    >>> found = basins(model, (np.linspace(0.2, 0.9, 20),))
    >>> found.labels.shape, found.shares, found.diverged
    ((20,), array([1.]), 0.0)
    """

    labels: np.ndarray
    attractors: tuple[Attractor, ...]
    starts: Floats
    axes: Sequence | None = None

    @property
    def shares(self) -> Floats:
        """Share of the starts that lead to each attractor, (n_attractors,)."""
        return np.array([attractor.share for attractor in self.attractors])

    @property
    def diverged(self) -> float:
        """Share of the starts whose runs diverge."""
        return float(np.mean(self.labels == -1))

    @property
    def unsettled(self) -> float:
        """Share of the starts whose runs have come to no attractor that was told apart."""
        return float(np.mean(self.labels == -2))

    def __repr__(self):
        lines = ["label  kind         order  share    first point"]
        for number, a in enumerate(self.attractors):
            with np.printoptions(precision=4, suppress=True, threshold=6, linewidth=1000):
                point = str(a.points[0])
            order = "" if a.order is None else a.order
            lines.append(f"{number:5}  {a.kind:11}  {order:5}  {100 * a.share:5.1f} %  {point}")
        for label, share, text in ((-1, self.diverged, "diverged"), (-2, self.unsettled, "open")):
            if share:
                lines.append(f"{label:5}  {text:11}         {100 * share:5.1f} %")
        return "\n".join(lines)
