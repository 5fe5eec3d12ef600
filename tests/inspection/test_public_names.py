"""All public names of the module are typed, and say what to see besides, with an example."""

import inspect

import pytest

import sklearn_dsr.inspection
from sklearn_dsr.inspection import reconstruction_report

DISPLAYS = [
    getattr(sklearn_dsr.inspection, name)
    for name in sklearn_dsr.inspection.__all__
    if name.endswith("Display")
]
METHODS = [
    (display, name)
    for display in DISPLAYS
    for name in ("__init__", "from_estimator", "from_trajectories", "plot", "coverage")
    if hasattr(display, name)
]


@pytest.mark.parametrize(
    "function",
    [reconstruction_report, *(getattr(display, name) for display, name in METHODS)],
    ids=lambda f: f.__qualname__,
)
def test_each_argument_and_result_has_a_type(function):
    signature = inspect.signature(function)
    for name, parameter in signature.parameters.items():
        assert name == "self" or parameter.annotation is not inspect.Parameter.empty, name
    assert signature.return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("thing", [reconstruction_report, *DISPLAYS])
def test_each_docstring_has_an_example_and_names_related_ones(thing):
    text = inspect.getdoc(thing)
    assert "\nSee Also\n--------\n" in text and "\n>>> " in text


@pytest.mark.parametrize("display", DISPLAYS)
def test_a_display_is_made_drawn_and_stored_as_those_of_scikit_learn(display):
    made = inspect.signature(display.from_estimator).parameters
    assert made["estimator"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert made["ax"].kind is inspect.Parameter.KEYWORD_ONLY and made["ax"].default is None
    assert any(p.kind is inspect.Parameter.VAR_KEYWORD for p in made.values())
    assert inspect.signature(display.plot).parameters["ax"].default is None
    stored = inspect.signature(display).parameters
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in stored.values())
    given = {name: object() for name in stored}
    assert vars(display(**given)) == given
