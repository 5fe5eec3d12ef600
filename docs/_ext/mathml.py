"""Equations as MathML: browsers show it without a script from elsewhere. Wrong TeX is a warning."""

import re

from docutils.nodes import SkipNode
from docutils.utils.math import MathError, latex2mathml
from sphinx.util import logging

# What docutils does not know. Its parentheses grow by themselves.
KNOWN = {
    r"\dots": r"\ldots",
    r"\dotsb": r"\cdots",
    r"\tfrac": r"\frac",
    **{rf"\{size}{side}": "" for size in ("big", "Big", "bigg") for side in ("", "l", "r")},
}
COMMAND = re.compile(r"\\[A-Za-z]+")
TAG = re.compile(r"\\tag\{(.*?)\}")

logger = logging.getLogger(__name__)


def markup(node, as_block):
    """MathML of a node's TeX, or the TeX itself after a warning."""
    tex = TAG.sub("", node.astext()).strip()
    known = COMMAND.sub(lambda m: KNOWN.get(m[0], m[0]), tex)
    try:
        return latex2mathml.tex2mathml(known, as_block=as_block)
    except MathError as error:
        logger.warning("%s: %s", tex, error, location=node, type="mathml")
        return f"<code>{tex}</code>"


def inline(translator, node):
    """Visitor of `math` nodes."""
    translator.body.append(markup(node, as_block=False))
    raise SkipNode


def block(translator, node):
    r"""Visitor of `math_block` nodes; a label or a \\tag makes a number, and a label a link."""
    tag = TAG.search(node.astext())
    number = tag[1] if tag else node.get("number")
    number = f'<span class="eqno">({number})</span>' if number else ""
    anchor = f' id="{node["ids"][0]}"' if node.get("ids") else ""
    equation = markup(node, as_block=True)
    translator.body.append(f'<div class="math"{anchor}>{number}{equation}</div>\n')
    raise SkipNode


def setup(app):
    """Entry point of the extension."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
