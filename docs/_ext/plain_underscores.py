r"""Docstrings say `latent_dim_` and `|x|` as they mean it: in RST both would be references."""

import re

# Code spans, references of footnotes and what follows :role: stay as they are.
SPAN = re.compile(r"(`+[^`]+`+_?)")
NAME = re.compile(r"(?<![\w\\.|\]])([A-Za-z]\w*)_(?![\w{|])")
BAR = re.compile(r"(?<!\\)\|(?=\S)")


def escaped(line):
    """The line with backslashes before last underscores of names, and bars, outside code spans."""
    parts = SPAN.split(line)
    for k in range(0, len(parts), 2):
        parts[k] = BAR.sub(r"\|", NAME.sub(r"\1\\_", parts[k]))
    return "".join(parts)


def process(app, what, name, thing, options, lines):
    """Answer to autodoc's event autodoc-process-docstring, after numpydoc's."""
    block = None  # indentation of the block of code or equations that a line stands in
    for k, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if block is not None and line.strip() and indent <= block[0] and not block[1]:
            block = None
        if block is not None and not line.strip() and block[1]:
            block = None
        if line.lstrip().startswith(">>>"):
            block = (indent, True)  # ends at an empty line
        elif line.lstrip().startswith((".. math::", ".. code")) or line.endswith("::"):
            block = (indent, False)  # ends where the indentation does
        if block is None:
            lines[k] = escaped(line)


def setup(app):
    """Entry point of the extension."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", process, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
