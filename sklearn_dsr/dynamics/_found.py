"""Results of a search for fixed points and cycles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Below these limits, the distance of a modulus from 1 and a relative imaginary part are rounding.
NEUTRAL, REAL = 1e-9, 1e-7


@dataclass(frozen=True, eq=False)
class Cycle:
    """A cycle of order k, or a fixed point if k = 1: F^k(z) = z for each of its k points.

    An entry of :class:`Cycles`. The parameters are stored as attributes.

    Parameters
    ----------
    points : ndarray of shape (k, n_columns)
        Points in the units of X, in time order.
    states : ndarray of shape (k, M)
        The same points as latent states.
    eigenvalues : ndarray of shape (M,), complex
        Eigenvalues of the Jacobian of F^k, the largest modulus first.
    in_range : bool
        Whether all points lie in the range of X, or of the training data if X was not given. Each
        column is compared by itself, in the units that the reconstructor was fitted in, with a
        margin of 1 percent on each side.
    n_hits : int
        Number of starts of the search for this order that ended in this cycle.

    See Also
    --------
    fixed_points : Finds fixed points.
    cycles : Finds cycles.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import fixed_points
    >>> X = np.full((2000, 1), 0.3)
    >>> for t in range(1999):  # the logistic map
    ...     X[t + 1] = 4 * X[t] * (1 - X[t])
    >>> model = ShallowPLRNNReconstructor(100, stages="start", random_state=0).fit(X)
    >>> point = fixed_points(model)[-1]  # the true one is 0.75
    >>> point.order, point.kind, point.n_unstable, point.in_range
    (1, 'unstable node', 1, True)
    """

    points: np.ndarray
    states: np.ndarray
    eigenvalues: np.ndarray
    in_range: bool
    n_hits: int

    @property
    def order(self) -> int:
        """Number k of points."""
        return len(self.points)

    @property
    def n_unstable(self) -> int:
        """Dimension of the unstable manifold: number of eigenvalues with a modulus above 1."""
        return int(np.sum(np.abs(self.eigenvalues) > 1 + NEUTRAL))

    @property
    def stable(self) -> bool:
        """Whether all eigenvalues have a modulus below 1."""
        return bool(np.all(np.abs(self.eigenvalues) < 1 - NEUTRAL))

    @property
    def kind(self) -> str:
        """Node, focus or saddle.

        "stable node", "stable focus", "unstable node", "unstable focus", "saddle" or
        "saddle-focus"; "neutral" if an eigenvalue has modulus 1. A focus has a pair of complex
        eigenvalues.
        """
        if np.any(np.abs(np.abs(self.eigenvalues) - 1) <= NEUTRAL):
            return "neutral"
        spiral = np.any(np.abs(self.eigenvalues.imag) > REAL * np.abs(self.eigenvalues))
        if 0 < self.n_unstable < len(self.eigenvalues):
            return "saddle-focus" if spiral else "saddle"
        return f"{'stable' if self.stable else 'unstable'} {'focus' if spiral else 'node'}"


@dataclass(frozen=True)
class Search:
    """How one order was searched, and how much may have been missed.

    Attributes
    ----------
    order : int
        Order of the cycles.
    n_starts, n_converged : int
        Number of starts, and of those that ended in a cycle of this order or of one that divides
        it.
    chance_of_new : float
        Good-Turing estimate of the probability that one more start of the same kind finds a new
        cycle: (n_once + 1) / (n_converged + 1), where exactly one start found each of n_once
        cycles. Cycles that no start leads to do not enter.
    proof : {"none", "box", "everywhere"}
        Region of the exhaustive search. "box" is a box twice as wide as the range of the run and
        the data. "everywhere" means that all sequences of linear regions were solved.
    n_used : int
        Number of boxes, or of sequences of regions, in the exhaustive search.
    undecided : float
        Share of the box that is left undecided, in [0, 1].
    n_degenerate : int
        Number of starts and sequences of regions whose solution is not unique, such as a line of
        fixed points. Such cycles are not listed.
    """

    order: int
    n_starts: int
    n_converged: int
    chance_of_new: float
    proof: str
    n_used: int
    undecided: float
    n_degenerate: int

    @property
    def complete(self) -> bool:
        """Whether all isolated cycles in the box, or everywhere, are found, up to rounding."""
        return self.proof != "none" and self.undecided == 0.0

    def __str__(self):
        if self.complete and self.proof == "everywhere":
            text = f"all there are, by {self.n_used} sequences of linear regions"
        elif self.complete:
            text = f"all in twice the range of the data, by {self.n_used} boxes"
        else:
            text = (
                f"{self.n_converged} of {self.n_starts} starts ended in a cycle; the chance that "
                f"one more start finds a new cycle is {100 * self.chance_of_new:.2g} %"
            )
            if self.proof != "none":
                text += f"; {100 * max(self.undecided, 1e-4):.2g} % of the box undecided"
        if self.n_degenerate:
            text += f"; {self.n_degenerate} solutions not unique, not listed"
        return f"order {self.order}: {text}"


@dataclass(frozen=True, eq=False, repr=False)
class Cycles(Sequence[Cycle]):
    """Fixed points and cycles of a model: a sequence of :class:`Cycle`, sorted by order and place.

    ``print`` shows a table, and how complete the search was. The parameters are stored as
    attributes.

    Parameters
    ----------
    cycles : tuple of Cycle
        The cycles.
    searches : tuple
        How each order was searched. An entry has the fields `order`, `n_starts`, `n_converged`
        (starts that ended in a cycle), `chance_of_new` (probability that one more start finds a new
        cycle) and `complete`.

    See Also
    --------
    fixed_points : Finds fixed points.
    cycles : Finds cycles.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_dsr import ShallowPLRNNReconstructor
    >>> from sklearn_dsr.dynamics import cycles
    >>> X = np.full((2000, 1), 0.3)
    >>> for t in range(1999):  # the logistic map
    ...     X[t + 1] = 4 * X[t] * (1 - X[t])
    >>> model = ShallowPLRNNReconstructor(100, stages="start", random_state=0).fit(X)
    >>> found = cycles(model, 2)
    >>> len(found), found.points.shape, found.complete
    (3, (3, 1), True)
    >>> [search.order for search in found.searches]
    [1, 2]
    """

    cycles: tuple[Cycle, ...]
    searches: tuple[Search, ...]

    def __len__(self):
        return len(self.cycles)

    def __getitem__(self, index):
        return self.cycles[index]

    @property
    def complete(self) -> bool:
        """Whether the search of each order was exhaustive, in a box or everywhere."""
        return all(search.complete for search in self.searches)

    @property
    def points(self) -> np.ndarray:
        """First point of each cycle, (n_cycles, n_columns), in the units of X; (0, 0) if none."""
        return np.stack([c.points[0] for c in self.cycles]) if self.cycles else np.empty((0, 0))

    def __repr__(self):
        lines = ["order  kind            unstable  in range  point"]
        for c in self.cycles:
            with np.printoptions(precision=4, suppress=True, threshold=6, linewidth=1000):
                point = str(c.points[0])
            inside = "yes" if c.in_range else "no"
            lines.append(f"{c.order:5}  {c.kind:14}  {c.n_unstable:8}  {inside:8}  {point}")
        return "\n".join([*lines, *map(str, self.searches)])
