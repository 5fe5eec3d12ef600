"""The layers of docs/architecture.md hold: who imports whom, and who sees torch and matplotlib."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_dsr

ROOT = Path(sklearn_dsr.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
# A layer imports from itself and from layers before it. The files at the top come first or last.
LAYERS = [
    {"_core", "_recipe", "_documentation_link"},
    {
        "exceptions",
        "_readable",
        "_shape",
        "_target",
        "_validation",
        "_calendar",
        "_index_kept",
        "_index_times",
        "_masks",
        "_labels",
        "_time_steps",
        "_time_axis",
        "_trajectories",
        "_frames",
        "_stored",
        "_unwrap",
        "_warning_level",
        "_show_versions",
    },
    {"_past", "_original_coordinates", "_free_runs", "_pieces", "_by_row", "_undone"},
    {"_maps", "metrics", "datasets"},
    {"_training", "forcing"},
    {"_choice"},
    {"preprocessing", "reconstruction", "dynamics", "callbacks"},
    {"model_selection", "pipeline", "_forecasting", "_trusted_types", "export"},
    {"inspection"},
]


def imported(path):
    """Absolute names of the modules that a file imports, at any depth."""
    package = ["sklearn_dsr", *path.relative_to(ROOT).parent.parts]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield name
            yield from (f"{name}.{alias.name}" for alias in node.names)


def layer(module):
    part = module.split(".")[1]
    return next(k for k, names in enumerate(LAYERS) if part in names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_imports_from_its_own_layer_or_below(path):
    if path.parent == ROOT and path.name == "__init__.py":
        return
    own = layer("sklearn_dsr." + path.relative_to(ROOT).parts[0].removesuffix(".py"))
    for name in imported(path):
        if name.startswith("sklearn_dsr.") and len(name.split(".")) > 1:
            assert layer(name) <= own, f"{path.name} imports {name}"


def test_no_import_cycles():
    modules = {}
    for path in FILES:
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(["sklearn_dsr", *(p for p in parts if p != "__init__")])
        modules[name] = set(imported(path))
    graph = {
        name: {other for other in needs if other in modules and other != name}
        for name, needs in modules.items()
    }
    while free := [name for name, needs in graph.items() if not needs]:
        graph = {n: needs - set(free) for n, needs in graph.items() if n not in free}
    assert not graph, f"cycle among {sorted(graph)}"


def test_torch_matplotlib_and_onnx_are_seen_where_they_are_needed_only():
    for path in FILES:
        names = {name.split(".")[0] for name in imported(path)}
        assert "matplotlib" not in names or path.parent.name == "inspection", path
        assert "torch" not in names or path.name in ("_engine_torch.py", "_torch_step.py"), path
        assert "onnx" not in names or path.parent.name == "export", path


def test_importing_the_package_does_not_import_torch_matplotlib_or_onnx():
    code = (
        "import sys, sklearn_dsr.inspection, sklearn_dsr.callbacks, sklearn_dsr.export; "
        "print({'torch', 'matplotlib', 'onnx'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_says_its_one_job_and_is_short(path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), "no module docstring"
    assert len(text.splitlines()) < 400
