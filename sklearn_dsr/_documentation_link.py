"""Where the page of an estimator is: the "?" of its HTML representation leads there."""

import sys

# The one home of the site's address. Pages of a release stand under its version, "0.2".
BASE_URL = "https://sklearn-dsr.github.io/sklearn_dsr"


def version_of_pages():
    """Folder of the site for this version: "0.2" of "0.2.3", and "dev" between releases."""
    version = sys.modules[__package__].__version__
    return "dev" if "dev" in version else ".".join(version.split(".")[:2])


def public_name(kind):
    """Dotted name of a public class or function, as the reference's pages are named."""
    if kind.__name__ in sys.modules[__package__].__all__:
        return f"{__package__}.{kind.__name__}"
    public = [part for part in kind.__module__.split(".") if not part.startswith("_")]
    return ".".join([*public[:2], kind.__name__])


class DocumentationLinkMixin:
    """Tells scikit-learn where an estimator's page is; stands left of BaseEstimator."""

    _doc_link_module = "sklearn_dsr"
    _doc_link_template = BASE_URL + "/{version}/reference/generated/{name}.html"

    def _doc_link_url_param_generator(self):
        return {"version": version_of_pages(), "name": public_name(type(self))}
