"""Everything public is documented in numpydoc: each parameter of a signature has an entry."""

import importlib
import inspect
import re

import numpy as np
import pandas as pd
import pytest

from sklearn_dsr import HierarchicalReconstructor, PLRNNReconstructor, ShallowPLRNNReconstructor
from sklearn_dsr.datasets import make_lorenz63

MODULES = [
    "callbacks",
    "datasets",
    "dynamics",
    "export",
    "forcing",
    "hierarchical",
    "inspection",
    "metrics",
    "model_selection",
    "pipeline",
    "preprocessing",
    "reconstruction",
]


def public():
    for name in MODULES:
        module = importlib.import_module(f"sklearn_dsr.{name}")
        for attribute in module.__all__:
            yield f"{name}.{attribute}", getattr(module, attribute)


OBJECTS = [
    (name, thing) for name, thing in public() if inspect.isclass(thing) or inspect.isfunction(thing)
]
METHODS = [
    (f"{name}.{method}", function)
    for name, thing in OBJECTS
    if inspect.isclass(thing)
    for method, function in inspect.getmembers(thing, inspect.isfunction)
    if not method.startswith("_") and function.__module__.startswith("sklearn_dsr")
]


def documented(text):
    """Names of the entries of the section Parameters."""
    section = re.search(r"Parameters\n-+\n(.*?)(\n\w[\w ]*\n-+\n|\Z)", text, flags=re.S)
    entries = re.findall(r"^\**(\w[\w, ]*?) ?:", section.group(1), flags=re.M) if section else []
    return [name.strip() for entry in entries for name in entry.split(",")]


@pytest.mark.parametrize(
    ("name", "thing"), OBJECTS + METHODS, ids=lambda x: x if isinstance(x, str) else ""
)
def test_each_parameter_is_documented_in_the_order_of_the_signature(name, thing):
    text = inspect.getdoc(thing)
    assert text, f"{name} has no docstring"
    assert "%(" not in text
    wanted = [p for p in inspect.signature(thing).parameters if p != "self"]
    assert documented(text) == wanted, name


@pytest.mark.parametrize(("name", "thing"), OBJECTS, ids=lambda x: x if isinstance(x, str) else "")
def test_functions_and_classes_have_an_example(name, thing):
    needs_files = name.startswith("datasets.fetch")
    assert needs_files or ">>> " in inspect.getdoc(thing), name


@pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
@pytest.mark.parametrize("observation", ["identity", "affine"])
@pytest.mark.parametrize("kind", [PLRNNReconstructor, ShallowPLRNNReconstructor])
def test_fitted_attributes_are_documented(kind, observation):
    X = make_lorenz63(200, random_state=0)
    model = kind(observation=observation, max_iter=2, n_init=1).fit(X)
    fitted = {name for name in vars(model) if name.endswith("_")}
    text = inspect.getdoc(kind).split("Attributes\n")[1]
    assert not {name for name in fitted if not re.search(rf"\b{name}\b", text)}


@pytest.mark.filterwarnings("ignore::sklearn_dsr.exceptions.ReconstructionWarning")
def test_fitted_attributes_of_a_hierarchical_fit_are_documented():
    rows = make_lorenz63(60, random_state=0)
    inputs = np.arange(60) % 2
    X = [
        pd.DataFrame(np.column_stack([rows + k, inputs, np.full(60, k)]), columns=list("xyzsp"))
        for k in range(3)
    ]
    model = HierarchicalReconstructor(1, 1, n_inputs=1, stages="start", hidden_dim=5).fit(X)
    fitted = {name for name in vars(model) if name.endswith("_")}
    text = inspect.getdoc(HierarchicalReconstructor).split("Attributes\n")[1]
    assert not {name for name in fitted if not re.search(rf"\b{name}\b", text)}
