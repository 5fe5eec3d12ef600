"""Shared parts of the docstrings of all reconstructors, filled in with their own defaults."""

import ast
import inspect
import re
import textwrap

from ._attribute_text import FITTED
from ._parameter_text import TRAINING

NOTES = """\
A fit has up to three stages: a regression (of the shallow model only), training by teacher
    forcing, and refinement on smoothed rows. It ends at the first stage whose model has good free
    runs. :doc:`/guide/fit` says what good means and what happens in each stage.

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
