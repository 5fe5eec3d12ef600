"""What a choice among candidates ends with: the model, and the record of all."""

from dataclasses import dataclass, replace

from ._loop import Candidate
from ._verdict import rank_of


@dataclass
class Selection:
    """The chosen model and the whole record of the choice.

    Attributes
    ----------
    arrays : dict of ndarray
        Trained arrays of the chosen checkpoint.
    candidates : list of dict
        Per candidate: architecture, family, status; losses, alphas and learning rates (last one)
        per epoch; and checkpoints, a list of dicts with epoch, D, H, E, F, S, of those that were
        verified also passed, long, total and outcome, and of those whose total might be the
        smallest captured.
    chosen : (int, int)
        Position of the candidate, and of its checkpoint.
    floor : dict
        D, H and S of the first half of the data against the second.
    outcome : str
        See `_outcome.diagnose`.
    total : float
        Verified score of the chosen model: of its short runs, verification and long runs.
    """

    arrays: dict
    candidates: list
    chosen: tuple
    floor: dict
    outcome: str
    total: float

    @property
    def verdict(self):
        """Record of the chosen checkpoint, beside the rows that it was trained on."""
        candidate, checkpoint = self.chosen
        return self.candidates[candidate]["checkpoints"][checkpoint]

    @property
    def result(self):
        """The chosen checkpoint alone, as `Training.candidate` returns a candidate."""
        entry = self.verdict
        candidate = Candidate("chosen", checkpoints=[(entry["epoch"], self.arrays)])
        return candidate, [entry]

    @property
    def captured(self):
        """Share of runs that a fixed point of the chosen model caught in its verification."""
        return self.verdict["captured"]

    def interrupted(self):
        """Return the same with the outcome of a fit that was stopped."""
        return replace(self, outcome="interrupted")

    @property
    def rank(self):
        """See `rank_of`."""
        return rank_of(self.outcome, self.total)
