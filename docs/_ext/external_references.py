"""Links to the pages of other packages, without a network: installed packages are asked for names.

intersphinx would download the lists of names of scikit-learn, NumPy, SciPy, pandas and Python in
every build. A build must not depend on the network, and must not change with other people's sites.
"""

import builtins
import importlib

from docutils import nodes

# What stands for the name of an object, by the package that it begins with.
PAGES = {
    "sklearn": "https://scikit-learn.org/stable/modules/generated/{}.html",
    "numpy": "https://numpy.org/doc/stable/reference/generated/{}.html",
    "scipy": "https://docs.scipy.org/doc/scipy/reference/generated/{}.html",
    "pandas": "https://pandas.pydata.org/docs/reference/api/{}.html",
    "matplotlib": "https://matplotlib.org/stable/api/_as_gen/{}.html",
    "torch": "https://docs.pytorch.org/docs/stable/generated/{}.html",
}
# Labels that scikit-learn's docstrings refer to, in methods that our estimators inherit.
LABELS = {
    "metadata_routing": "https://scikit-learn.org/stable/metadata_routing.html",
    "df_output_transform": "https://scikit-learn.org/stable/auto_examples/miscellaneous/"
    "plot_set_output.html",
    "set_output_api": "https://scikit-learn.org/stable/auto_examples/miscellaneous/"
    "plot_set_output.html",
    "sphx_glr_auto_examples_miscellaneous_plot_set_output.py": "https://scikit-learn.org/stable/"
    "auto_examples/miscellaneous/plot_set_output.html",
}


def exists(name):
    """Whether a dotted name is that of a module, or of something in one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        try:
            for part in parts[cut:]:
                thing = getattr(thing, part)
        except AttributeError:
            return False
        return True
    return False


def address(domain, target):
    """Where a reference that Sphinx does not know leads to, or None."""
    if domain == "std":
        return LABELS.get(target)
    if hasattr(builtins, target):
        kind = "exceptions" if target.endswith(("Error", "Warning", "Interrupt")) else "functions"
        return f"https://docs.python.org/3/library/{kind}.html#{target}"
    page = PAGES.get(target.split(".")[0])
    return page.format(target) if page and exists(target) else None


def resolve(app, env, node, contnode):
    """Answer to Sphinx's event missing-reference."""
    url = address(node.get("refdomain"), node.get("reftarget", ""))
    if url is None:
        return None
    return nodes.reference("", "", contnode, internal=False, refuri=url)


def setup(app):
    """Entry point of the extension."""
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
