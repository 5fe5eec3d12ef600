"""How Sphinx builds the site: `python -m sphinx -W --keep-going docs docs/_build/html`.

Two environment variables change a build:

* `SKLEARN_DSR_DOCS=fast` runs only the examples of `FAST_EXAMPLES`; the others are shown without
  pictures.
* `SKLEARN_DSR_DATA` is the folder of the recordings, as for the package itself. Without it the
  examples with recordings download them.
"""

import os
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

import sklearn_dsr  # noqa: E402
from sklearn_dsr._documentation_link import BASE_URL, version_of_pages  # noqa: E402

project = "sklearn_dsr"
author = "the sklearn_dsr developers"
copyright = "the sklearn_dsr developers, BSD-3-Clause"
release = sklearn_dsr.__version__
version = release

extensions = [
    "comments_of_values",
    "external_references",
    "plain_underscores",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "_templates", "**/GALLERY_HEADER.rst", "auto_examples/*.ipynb"]
templates_path = ["_templates"]
nitpicky = True  # a reference that leads nowhere is a warning, and -W makes it an error
default_role = "literal"  # `X` in a docstring is code

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# Types stand in the docstrings, in words; signatures show names and defaults.
autodoc_typehints = "none"
autosummary_generate = True
toc_object_entries_show_parents = "hide"  # "fit", not "ShallowPLRNNReconstructor.fit"
numpydoc_show_class_members = False  # the template of a class lists its members
numpydoc_xref_param_type = False

# Each takes 5 to 10 s of CPU.
FAST_EXAMPLES = [
    "plot_dates_and_gaps",
    "plot_duffing",
    "plot_forecast_bands",
    "plot_noise_driven",
    "plot_one_column",
    "plot_only_noise",
    "plot_save_and_export",
]
pattern = "|".join(FAST_EXAMPLES) if os.environ.get("SKLEARN_DSR_DOCS") == "fast" else "plot_"
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": rf"[\\/](?:{pattern})",
    "backreferences_dir": "reference/generated/backreferences",
    "doc_module": ("sklearn_dsr",),
    "reference_url": {"sklearn_dsr": None},
    "within_subsection_order": "gallery_order.ForReaders",
    "show_memory": False,
    "show_signature": False,
    "download_all_examples": False,
    "plot_gallery": "True",
    "abort_on_example_error": True,
    "remove_config_comments": True,
}
# Pictures come from a back end without windows.
os.environ.setdefault("MPLBACKEND", "agg")
warnings.filterwarnings("ignore", message=".*is non-interactive, and thus cannot be shown")

html_theme = "pydata_sphinx_theme"
html_title = f"sklearn_dsr {release}"
html_baseurl = f"{BASE_URL}/{version_of_pages()}/"
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_show_sourcelink = False
html_theme_options = {
    "show_toc_level": 2,
    "navbar_align": "left",
    "header_links_before_dropdown": 5,
    "show_prev_next": False,
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}
html_sidebars = {
    "index": [],
    "get_started": [],
    "install": [],
    "choose": [],
    "method": [],
    "measured": [],
    "contributing": [],
    "releases": [],
}
