"""The direction in which the library's wings may import each other, as docs/architecture.md draws it."""

import ast
from pathlib import Path

import pytest
from conftest import ROOT

LIBRARY = ROOT / "bin" / "spacon"
GROUND = "ground"
# Of the wings behind it, preflight takes the need of memory and no more.
MEMORY_ONLY = {"model", "clusters", "analysis", "results", "report"}
# Each wing, and the wings that it may import beside itself and the ground floor.
MAY_IMPORT = {
    GROUND: set(),
    "data": set(),
    "readers": {"data"},
    "sources": {"data", "readers"},
    "connectivity": {"data", "readers"},
    "alignment": {"data"},
    "surfaces": {"data", "readers"},
    "assembly": {"data", "sources", "alignment", "surfaces"},
    "graphs": {"data", "connectivity"},
    "model": {"data", "graphs"},
    "clusters": {"data"},
    "analysis": {"data", "graphs", "clusters"},
    "preflight": {"data", "readers", "surfaces", "connectivity", "graphs"} | MEMORY_ONLY,
    "results": {"data", "graphs", "clusters", "analysis"},
    "report": {"data", "graphs", "clusters", "analysis", "results"},
    "crate": {"data", "clusters", "analysis"},
    "examples": {"data"},
    "cli": set(),
}
FILES = sorted(LIBRARY.rglob("*.py"))
WINGS = sorted(folder for folder in LIBRARY.iterdir() if folder.is_dir() and folder.name != "__pycache__")


def wing_of(file: Path) -> str:
    return GROUND if file.parent == LIBRARY else file.parent.name


def imported(file: Path) -> set[tuple[str, str]]:
    """The (wing, module) pairs that a file imports; of the ground floor, the wing is `ground`."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        assert not (isinstance(node, ast.Import) and any(alias.name.startswith("spacon") for alias in node.names)), file
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "spacon":
            path = node.module.split(".")[1:]
            for alias in node.names:
                whole = [*path, alias.name] if (LIBRARY.joinpath(*path)).is_dir() else path
                found.add((whole[0], whole[1]) if len(whole) == 2 else (GROUND, whole[0]))
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(LIBRARY)))
def test_imports_run_in_one_direction(file):
    wing = wing_of(file)
    others = {(other, module) for other, module in imported(file) if other not in (wing, GROUND)}
    assert {other for other, _ in others} <= MAY_IMPORT[wing]
    if wing == "preflight":
        assert {module for other, module in others if other in MEMORY_ONLY} <= {"memory"}


def test_every_wing_is_in_the_drawing_and_small():
    assert {folder.name for folder in WINGS} | {GROUND} == set(MAY_IMPORT)
    for folder in WINGS:
        modules = [file for file in folder.glob("*.py") if file.name != "__init__.py"]
        assert 0 < len(modules) <= 10, folder.name
        init = ast.parse((folder / "__init__.py").read_text()).body
        assert len(init) == 1, f"{folder.name}/__init__.py holds a docstring and nothing else"
        assert isinstance(init[0], ast.Expr)


@pytest.mark.parametrize("file", sorted(LIBRARY.rglob("memory.py")), ids=lambda file: file.parent.name)
def test_the_need_of_memory_is_known_without_torch(file):
    assert "torch" not in file.read_text()


def test_only_scripts_use_what_is_theirs():
    for file in FILES:
        assert wing_of(file) == "cli" or not {wing for wing, _ in imported(file)} & {"cli"}, file
