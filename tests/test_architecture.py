"""The table of rooms in the docs holds: who imports whom, and who sees torch and matplotlib."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sklearn_dsr

ROOT = Path(sklearn_dsr.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
HEADER = "| folder | its one job | imports from |"


def table():
    """Rooms of the page's table, in its order, with the rooms that each imports from."""
    pages = [page.read_text() for page in sorted((Path(__file__).parents[1] / "docs").glob("*.md"))]
    (page,) = [page for page in pages if HEADER in page]
    rooms = {}
    for line in page.partition(HEADER)[2].strip().splitlines()[1:]:
        if not line.startswith("|"):
            break
        room, _, others = line.strip("|").split(" | ")
        every = "all above" in others
        named = set(rooms) if every else set(re.findall(r"`(\w+)`", others))
        rooms[re.search(r"`(\w+)", room)[1]] = named
    return rooms


TABLE = table()


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


def room_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def test_the_table_has_every_room_after_those_it_imports_from():
    assert set(TABLE) == {room_of(path) for path in FILES} - {"__init__"}
    for number, (room, others) in enumerate(TABLE.items()):
        assert others <= set(list(TABLE)[:number]), room


@pytest.mark.parametrize("room", TABLE)
def test_a_room_imports_from_the_rooms_that_the_table_names(room):
    names = {name for path in FILES if room_of(path) == room for name in imported(path)}
    others = {name.split(".")[1] for name in names if name.startswith("sklearn_dsr.")} - {room}
    assert others <= TABLE[room]
    assert room == "inspection" or others == TABLE[room]


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
