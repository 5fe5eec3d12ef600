"""Shared parts of the docstrings of all reconstructors, filled in with their own defaults."""

import ast
import inspect
import re
import textwrap

from ._attribute_text import FITTED
from ._parameter_text import TRAINING

NOTES = """\
A fit has up to three stages. *Start* finds a map by ridge regression, without gradients, if the
    model is the shallow one. *Train* improves candidates by teacher forcing. *Refine* smooths X
    along the model and continues with the smoothed rows. After each stage the free runs of the
    model are compared with X. The fit ends at the first stage whose model is good: its attractor
    and spectrum are about as close to X as two halves of X are to each other, and its long runs
    keep moving. The loss does not decide, because a free run of the model with the lowest loss may
    come to rest. See :doc:`/guide/fit`.

    **Cost.** The start takes seconds. The training takes O(n_init max_iter sequence_length
    latent_dim hidden_dim) time, whatever the length of X. Memory beyond X: half of the size of X
    in float64, a few copies of at most 1,000,000 rows, and O(sequence_length hidden_dim) per
    thread. See :doc:`/guide/saving`."""


def documented(cls):
    """Fill the shared parts into the docstring of a reconstructor, with its own default values."""
    if cls.__doc__ is None:  # python -OO
        return cls
    # Python 3.13 takes the indentation off the docstrings of classes itself.
    doc = inspect.cleandoc(cls.__doc__)
    for name, part in {"training": TRAINING, "fitted": FITTED, "notes": NOTES}.items():
        doc = doc.replace(f"%({name})s", textwrap.dedent("    " + part))
    for name, parameter in inspect.signature(cls).parameters.items():
        line = re.search(rf"(?m)^{name} : .*default=(.*)$", doc)
        if ast.literal_eval(line[1]) != parameter.default:
            doc = f"{doc[: line.start(1)]}{parameter.default!r}{doc[line.end(1) :]}"
    cls.__doc__ = doc
    return cls
