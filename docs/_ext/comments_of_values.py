"""The page of a value shows the comment `#:` in front of it, which stands in a private module."""

import importlib
import pkgutil

from sphinx.pycode import ModuleAnalyzer


def process(app, what, name, thing, options, lines):
    """Answer to autodoc's event autodoc-process-docstring, before numpydoc's."""
    if what != "data":
        return
    package, _, value = name.rpartition(".")
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        comments = ModuleAnalyzer.for_module(f"{package}.{info.name}").find_attr_docs()
        if ("", value) in comments:
            lines[:] = comments["", value]
            return


def setup(app):
    """Called by Sphinx."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", process, priority=100)
    return {"parallel_read_safe": True}
