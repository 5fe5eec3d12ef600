"""Every number that decides something in a fit is in the recipe, with its reason."""

import ast
import dataclasses
from pathlib import Path

import pytest

import sklearn_dsr
from sklearn_dsr import _recipe
from sklearn_dsr._recipe import Budget, Recipe

ROOT = Path(sklearn_dsr.__file__).parent
FILES = sorted(
    path for part in ("_choice", "_training", "reconstruction") for path in (ROOT / part).glob("*")
)
# A line search by the book, when a line of progress is printed, and the least R^2 of `score`.
OTHERS = {"_lbfgs", "_progress", "_scoring"}
FILES = [path for path in FILES if path.suffix == ".py" and path.stem not in OTHERS]

SMALL = {0, 1, 2, 3, 4, 0.5}  # positions, axes, halves and ends
SEEDS, LOG_2 = {31, 32}, 0.6931471805599453  # bits of a seed, and a number of mathematics
ROUNDING, OVERFLOW = 1e-6, 1e30  # what is beyond guards against them, and decides nothing


def numbers(tree):
    """Literals of a module but for default values of parameters, as (line, value)."""
    defaults = set()
    for node in ast.walk(tree):
        given = []
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            given = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_auto_forcing":
            given = [node.value]  # what "auto" is for a model
        defaults |= {id(inner) for default in given for inner in ast.walk(default)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            if id(node) not in defaults:
                yield node.lineno, node.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_number_that_decides_is_elsewhere(path):
    stray = [
        f"line {line}: {value}"
        for line, value in numbers(ast.parse(path.read_text()))
        if value not in SMALL | SEEDS | {LOG_2} and ROUNDING < value < OVERFLOW
    ]
    assert stray == []


def test_the_recipe_has_at_most_thirty_numbers():
    assert len(dataclasses.fields(Recipe)) <= 30


@pytest.mark.parametrize("kind", [Recipe, Budget])
def test_each_number_has_its_reason(kind):
    lines = Path(_recipe.__file__).read_text().splitlines()
    for field in dataclasses.fields(kind):
        at = next(k for k, line in enumerate(lines) if line.startswith(f"    {field.name}:"))
        while not lines[at].strip().startswith("#"):  # numbers may share a reason
            assert ":" in lines[at] and "=" in lines[at], field.name
            at -= 1
        assert "----" not in lines[at], field.name


def test_each_number_is_used():
    text = "".join(path.read_text() for path in ROOT.rglob("*.py"))
    for kind in (Recipe, Budget):
        for field in dataclasses.fields(kind):
            assert f"{kind.__name__.upper()}.{field.name}" in text, field.name
