"""What came of candidates, and what a choice among them ends with: the model, and all records."""

from dataclasses import dataclass, field, replace

import numpy as np

from .._training._loop import Candidate
from ._outcome import INTERRUPTED
from ._verdict import Verdict


@dataclass
class Result:
    """A candidate with the scores of its checkpoints.

    Attributes
    ----------
    candidate : Candidate
    short : list of dict
        Of each checkpoint what `FreeRunScore.short` says.
    verdicts : dict of Verdict
        Of the positions of checkpoints that were verified.
    """

    candidate: Candidate
    short: list
    verdicts: dict = field(default_factory=dict)

    @property
    def least(self):
        """S of the best checkpoint."""
        return min(short["S"] for short in self.short)

    @property
    def nearest(self):
        """Position of the checkpoint with the least S, the first one of several."""
        return int(np.argmin([short["S"] for short in self.short]))

    def arrays(self, i):
        """Trained arrays of checkpoint i."""
        return self.candidate.checkpoints[i][1]

    def record(self, rates):
        """What the fit keeps, see `Selection.candidates`; `rates` are the last ones of epochs."""
        c = self.candidate
        checkpoints = [
            {"epoch": epoch} | short | (self.verdicts[i].record() if i in self.verdicts else {})
            for i, ((epoch, _), short) in enumerate(zip(c.checkpoints, self.short, strict=True))
        ]
        return {
            "family": c.family,
            "status": c.status,
            "losses": c.losses,
            "alphas": c.alphas,
            "rates": rates[: len(c.losses)].tolist(),
            "checkpoints": checkpoints,
        }


@dataclass(frozen=True)
class Selection:
    """The chosen model and the whole record of the choice.

    Attributes
    ----------
    arrays : dict of ndarray
        Trained arrays of the chosen checkpoint.
    candidates : list of dict
        Per candidate: architecture, family, status; losses, alphas and learning rates (last one)
        per epoch; and checkpoints, a list of dicts with epoch, D, H, F, S, of those that were
        verified also baseline, passed, long, error, total and outcome, and of those that might be
        the best captured.
    chosen : (int, int)
        Position of the candidate, and of its checkpoint.
    floor : dict
        D, H and S of the first half of the data against the second.
    outcome : str
        That of the verdict, or what else is to be said.
    verdict : Verdict
        On the chosen model.
    """

    arrays: dict
    candidates: list
    chosen: tuple
    floor: dict
    outcome: str
    verdict: Verdict

    @property
    def record(self):
        """That of the chosen candidate."""
        return self.candidates[self.chosen[0]]

    @property
    def rank(self):
        """As `Verdict.rank`, of this outcome."""
        return replace(self.verdict, outcome=self.outcome).rank

    def interrupted(self):
        """Return the same with the outcome of a fit that was stopped."""
        return replace(self, outcome=INTERRUPTED)

    def noted(self, **notes):
        """Return the same with notes in the record of each candidate."""
        return replace(self, candidates=[c | notes for c in self.candidates])

    def before(self, later, better):
        """One selection of this and a later one; the model is that of the latter if better."""
        n, (candidate, checkpoint) = len(self.candidates), later.chosen
        kept = replace(later, chosen=(n + candidate, checkpoint)) if better else self
        return replace(kept, candidates=self.candidates + later.candidates)
