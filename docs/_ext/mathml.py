"""Equations as MathML: browsers show it without a script from elsewhere. Wrong TeX is a warning."""

from docutils.nodes import SkipNode
from docutils.utils.math import MathError, latex2mathml
from sphinx.util import logging

logger = logging.getLogger(__name__)


def markup(node, as_block):
    """MathML of a node's TeX, or the TeX itself after a warning."""
    tex = node.astext().strip()
    try:
        return latex2mathml.tex2mathml(tex, as_block=as_block)
    except MathError as error:
        logger.warning("%s: %s", tex, error, location=node, type="mathml")
        return f"<code>{tex}</code>"


def inline(translator, node):
    """Visitor of `math` nodes."""
    translator.body.append(markup(node, as_block=False))
    raise SkipNode


def block(translator, node):
    """Visitor of `math_block` nodes; a label makes a number and a link."""
    number = f'<span class="eqno">({node["number"]})</span>' if node.get("number") else ""
    anchor = f' id="{node["ids"][0]}"' if node.get("ids") else ""
    equation = markup(node, as_block=True)
    translator.body.append(f'<div class="math"{anchor}>{number}{equation}</div>\n')
    raise SkipNode


def setup(app):
    """Entry point of the extension."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
