"""Results of candidates, and the result of a choice among them: the model and all records."""

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
        Result of `FreeRunScore.short` for each checkpoint.
    verdicts : dict of Verdict
        Verdicts on the verified checkpoints, by position.
    """

    candidate: Candidate
    short: list
    verdicts: dict = field(default_factory=dict)

    @property
    def least(self):
        """Least S of all checkpoints."""
        return min(short["S"] for short in self.short)

    @property
    def nearest(self):
        """Position of the checkpoint with the least S, the first of several."""
        return int(np.argmin([short["S"] for short in self.short]))

    def arrays(self, i):
        """Trained arrays of checkpoint i."""
        return self.candidate.checkpoints[i][1]

    def record(self, rates):
        """What the fit keeps, see `Selection.candidates`; `rates` are the last of each epoch."""
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
        One dict per candidate. It holds the architecture, family and status; loss, alpha and last
        learning rate of each epoch; and a list of checkpoints. Each checkpoint is a dict with
        epoch, D, H, F and S. A verified checkpoint also has baseline, passed, long, error, total,
        outcome and driven, and captured if it was searched for.
    chosen : (int, int)
        Position of the candidate, and of its checkpoint.
    floor : dict
        D, H and S of one half of the data against the other.
    outcome : str
        Outcome of the verdict, or "interrupted" or "diverged" for the whole fit.
    verdict : Verdict
        Verdict on the chosen model.
    """

    arrays: dict
    candidates: list
    chosen: tuple
    floor: dict
    outcome: str
    verdict: Verdict

    @property
    def record(self):
        """Record of the chosen candidate."""
        return self.candidates[self.chosen[0]]

    @property
    def rank(self):
        """`Verdict.rank` with this outcome."""
        return replace(self.verdict, outcome=self.outcome).rank

    def interrupted(self):
        """Return the same selection with the outcome of an interrupted fit."""
        return replace(self, outcome=INTERRUPTED)

    def noted(self, **notes):
        """Return the same selection with notes in the record of each candidate."""
        return replace(self, candidates=[c | notes for c in self.candidates])

    def before(self, later, better):
        """Join this selection and a later one; the later model is taken if it is better."""
        n, (candidate, checkpoint) = len(self.candidates), later.chosen
        kept = replace(later, chosen=(n + candidate, checkpoint)) if better else self
        return replace(kept, candidates=self.candidates + later.candidates)
