"""The site forgets nothing public, and its links lead somewhere. Sphinx itself checks the rest."""

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.utils import estimator_html_repr

import sklearn_dsr
from sklearn_dsr._documentation_link import BASE_URL, public_name
from sklearn_dsr.forcing import GTF
from sklearn_dsr.model_selection import DSRScorer
from sklearn_dsr.pipeline import make_reconstruction_pipeline
from sklearn_dsr.preprocessing import DelayEmbedding

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
INDEX = DOCS / "reference" / "index.md"


def public():
    """Dotted name -> thing, of each name in the `__all__` of a public module; aliases once."""
    modules = [sklearn_dsr] + [
        importlib.import_module(f"sklearn_dsr.{info.name}")
        for info in pkgutil.iter_modules(sklearn_dsr.__path__)
        if not info.name.startswith("_")
    ]
    found = {}
    for module in modules:
        for name in module.__all__:
            if module is sklearn_dsr or name not in sklearn_dsr.__all__:
                found[f"{module.__name__}.{name}"] = getattr(module, name)
    return found


def listed():
    """Dotted name -> heading it stands under, of all entries of the reference's index."""
    names, heading, module, inside = {}, None, None, False
    for line in INDEX.read_text().splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif match := re.match(r"\.\. (?:current)?module:: (\S+)", line):
            module = match[1]
        elif line.startswith(".. autosummary::"):
            inside = True
        elif line.startswith("```"):
            inside = False
        elif inside and re.match(r"   [\w.]+$", line):
            name = f"{module}.{line.strip()}"
            assert name not in names, f"{name} is listed twice"
            names[name] = heading
    return names


PUBLIC = public()


def test_the_reference_lists_every_public_name_under_a_theme_and_nothing_else():
    names = listed()
    assert set(names) == set(PUBLIC)
    assert all(names.values())


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_an_example(name):
    thing = PUBLIC[name]
    if inspect.isclass(thing) or inspect.isfunction(thing):
        assert ">>> " in inspect.getdoc(thing), f"{name} has no example"
        return  # it runs as a doctest
    # The page of a value shows the comment in front of it, whose examples nothing else runs.
    comment = re.sub("^#: ?", "", comment_of(name), flags=re.M)
    known = {name.rpartition(".")[2]: thing for name, thing in PUBLIC.items()}
    known |= {"model": sklearn_dsr.ShallowPLRNNReconstructor(), "GridSearchCV": GridSearchCV}
    example = doctest.DocTestParser().get_doctest(comment, known, name, None, None)
    assert example.examples, f"{name} has no example"
    assert doctest.DocTestRunner().run(example).failed == 0


def comment_of(name):
    """The comment `#:` in front of a value, from the module that defines it."""
    module, _, attribute = name.rpartition(".")
    folder = Path(importlib.import_module(module).__file__).parent
    pattern = re.compile(rf"((?:^#:.*\n)+){attribute} = ", flags=re.M)
    found = [m[1] for p in folder.glob("*.py") for m in pattern.finditer(p.read_text())]
    assert len(found) == 1, f"{name} has no comment that starts with #:"
    return found[0]


ESTIMATORS = {
    name: thing
    for name, thing in PUBLIC.items()
    if inspect.isclass(thing) and issubclass(thing, BaseEstimator)
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_question_mark_of_an_estimator_leads_to_its_page(name):
    kind = ESTIMATORS[name]
    url = kind._get_doc_link(kind.__new__(kind))
    page = url.rpartition("/")[2]
    assert url.startswith(f"{BASE_URL}/") and page == f"{name}.html"
    assert page.removesuffix(".html") in listed() and public_name(kind) == name


def test_a_notebook_shows_the_links_of_a_pipeline_and_of_its_own_steps():
    model = sklearn_dsr.ShallowPLRNNReconstructor(forcing=GTF())
    pipeline = make_reconstruction_pipeline(DelayEmbedding(3, lag=2), model)
    shown = estimator_html_repr(pipeline)
    for thing in (pipeline, pipeline[0], pipeline[1]):
        assert f'href="{thing._get_doc_link()}"' in shown


def test_an_estimator_of_someone_else_has_no_link_into_the_site():
    class Own(sklearn_dsr.ShallowPLRNNReconstructor):
        pass

    assert Own()._get_doc_link() == ""


PAGES = sorted(
    p for p in DOCS.rglob("*.md") if "_build" not in p.parts and "generated" not in p.parts
)


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", ROOT / "CHANGELOG.md", *PAGES], ids=lambda p: p.name
)
def test_relative_links_lead_to_files(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path = target.partition("#")[0]
        if not path or re.match(r"[a-z]+:", path):
            continue
        file = page.parent / path
        if file.parent.name == "auto_examples":  # made from the examples
            name = "GALLERY_HEADER.rst" if file.stem == "index" else f"{file.stem}.py"
            file = ROOT / "examples" / name
        assert file.exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("name", [n for n, t in PUBLIC.items() if isinstance(t, dict | DSRScorer)])
def test_the_page_of_a_value_shows_its_comment(name, monkeypatch):
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(DOCS / "_ext")
    lines = ["Docstring of its class."]
    importlib.import_module("comments_of_values").process(None, "data", name, None, None, lines)
    assert "\n".join(lines).strip() == re.sub("^#: ?", "", comment_of(name), flags=re.M).strip()
