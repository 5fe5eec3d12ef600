"""What a search for fixed points and cycles returns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Moduli of eigenvalues this near to 1 count as 1, and relative imaginary parts this small as 0.
NEUTRAL, REAL = 1e-9, 1e-7


@dataclass(frozen=True, eq=False)
class Cycle:
    """A cycle of order k, or with k = 1 a fixed point: F^k(z) = z for each of its k points.

    Attributes
    ----------
    points : ndarray of shape (k, n_columns)
        In the units of X, in time order.
    states : ndarray of shape (k, M)
        The same as latent states.
    eigenvalues : ndarray of shape (M,), complex
        Of the Jacobian of F^k, the largest modulus first.
    in_range : bool
        Whether all points lie in the range of X, or, if none was given, in that of the training
        data, widened by 1 percent on each side: each column by itself, in the units that the
        reconstructor was fitted in. For a bare map the range is from -3 to 3.
    n_hits : int
        How many starts of the search for this order ended here.
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
        """Dimension of the unstable manifold: eigenvalues of modulus above 1."""
        return int(np.sum(np.abs(self.eigenvalues) > 1 + NEUTRAL))

    @property
    def stable(self) -> bool:
        """Whether all eigenvalues have a modulus below 1."""
        return bool(np.all(np.abs(self.eigenvalues) < 1 - NEUTRAL))

    @property
    def kind(self) -> str:
        """Node, focus or saddle.

        "stable node", "stable focus", "unstable node", "unstable focus", "saddle", "saddle-focus",
        or "neutral" if an eigenvalue has modulus 1. A focus has a pair of complex eigenvalues.
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
    n_starts, n_converged : int
        Starts of the search, and how many ended in a cycle, of this order or one that divides it.
    chance_of_new : float
        Estimated probability that a further start of the same kind finds a cycle that none has
        found, (n_once + 1) / (n_converged + 1), where n_once cycles were found by one start only
        (Good and Turing). It says nothing of cycles that no start leads to.
    proof : {"none", "box", "everywhere"}
        Where an exhaustive search was made: nowhere, in the box of twice the range of the run and
        the data, or everywhere, by solving for all sequences of linear regions.
    n_used : int
        Boxes, or sequences of regions, of that search.
    undecided : float
        Share of the box that it left undecided, in [0, 1].
    n_degenerate : int
        Starts and sequences of regions whose solution is not unique, as on a line of fixed points.
        Such cycles are not listed.
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
                f"{self.n_converged} of {self.n_starts} starts ended in a cycle, a further one "
                f"finds a new one with a chance of {100 * self.chance_of_new:.2g} %"
            )
            if self.proof != "none":
                text += f"; {100 * max(self.undecided, 1e-4):.2g} % of the box undecided"
        if self.n_degenerate:
            text += f"; {self.n_degenerate} solutions not unique, not listed"
        return f"order {self.order}: {text}"


@dataclass(frozen=True, eq=False, repr=False)
class Cycles(Sequence[Cycle]):
    """The cycles found, a sequence of `Cycle` by order and place, and how they were searched for.

    Attributes
    ----------
    cycles : tuple of Cycle
    searches : tuple of Search
        One of each order.
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
        """The first point of each, (n_cycles, n_columns), in the units of X; (0, 0) if none."""
        return np.stack([c.points[0] for c in self.cycles]) if self.cycles else np.empty((0, 0))

    def __repr__(self):
        lines = ["order  kind            unstable  in range  point"]
        for c in self.cycles:
            with np.printoptions(precision=4, suppress=True, threshold=6, linewidth=1000):
                point = str(c.points[0])
            inside = "yes" if c.in_range else "no"
            lines.append(f"{c.order:5}  {c.kind:14}  {c.n_unstable:8}  {inside:8}  {point}")
        return "\n".join([*lines, *map(str, self.searches)])
