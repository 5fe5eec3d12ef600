r"""Names of fitted attributes in docstrings, `latent_dim_`, are names: in RST a trailing _ is a link."""

import re

# Code spans, references of footnotes and what follows :role: stay as they are.
SPAN = re.compile(r"(`+[^`]+`+_?)")
NAME = re.compile(r"(?<![\w\\.|\]])([A-Za-z]\w*)_(?![\w{|])")


def escaped(line):
    """The line with a backslash in front of the last underscore of names outside code spans."""
    parts = SPAN.split(line)
    return "".join(p if k % 2 else NAME.sub(r"\1\\_", p) for k, p in enumerate(parts))


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
    app.connect("autodoc-process-docstring", process, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
