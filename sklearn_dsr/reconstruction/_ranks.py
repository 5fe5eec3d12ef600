"""Which of several fitted models is nearest to the same rows."""

from dataclasses import replace

import numpy as np

from .._choice._verdict import judge
from ._data import FitData
from ._start import standardised


def ranks(members, trajectories):
    """Rank of each member among them, less for a better one, by free runs beside the same rows.

    The scores on record are beside rows that were smoothed along each member itself. Here all run
    beside X, from rows smoothed along the first one: from a noisy row a run of a good model may go
    where the data never are.
    """
    first, system = members[0], members[0]._system()
    N, scales = system.n_columns, (system.mean, system.scale)
    masked, n_steps = first.missing == "mask", first.sequence_length_
    data = FitData.of(trajectories, scales, system.n_inputs, n_steps, masked=masked)
    rows = standardised(data.thinned.values, *scales)
    rows[:, :N] = standardised(system.smooth(data.thinned), *(s[:N] for s in scales))
    starts, score = data.thinned.with_values(rows).segments(min_rows=2), data.score
    if all(np.isfinite(s).all() for s in starts):
        score = score.starting_from(starts)
    systems = [member._system() for member in members]
    verdicts = [judge(score, (s.canonical, s.observation)) for s in systems]
    return [
        replace(verdict, outcome=member.outcome_).rank
        for verdict, member in zip(verdicts, members, strict=True)
    ]
