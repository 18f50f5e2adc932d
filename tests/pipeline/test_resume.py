"""What -resume computes anew: after an edit or a changed parameter, the stages that it belongs to and no other.

The runs are stub runs: the engine decides what to compute from the same inputs, options and library modules.
"""

import ast
from pathlib import Path

import pytest

from tests.pipeline.conftest import run_in

AFTER_TRAINING = {"EMBED", "FUSE", "CLUSTER", "EVALUATE", "REPORT", "OVERVIEW"}
AFTER_CLUSTERING = {"CLUSTER", "EVALUATE", "REPORT", "OVERVIEW"}


@pytest.fixture(scope="module")
def first(project_copy, tmp_path_factory):
    """The run that the others resume."""
    run = run_in(tmp_path_factory.mktemp("run"), "-profile", "test", "-stub-run", project=project_copy)
    assert run.status == 0, run.printed
    return run


@pytest.fixture
def resume(first, project_copy):
    """Resume the first run, with more arguments."""

    def again(*arguments):
        run = run_in(first.folder, "-profile", "test", "-stub-run", "-resume", *arguments, project=project_copy)
        assert run.status == 0, run.printed
        return run.computed()

    return again


@pytest.fixture
def edit(project_copy):
    """Append a comment to a file of the project; taken back after the test."""
    before = {}

    def append(name):
        file = project_copy / name
        before.setdefault(file, (file.read_bytes(), file.stat()))
        file.write_text(file.read_text() + "\n# edited\n")

    yield append
    import os

    for file, (content, times) in before.items():
        file.write_bytes(content)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_after_no_change_everything_is_cached(resume):
    assert resume() == set()


@pytest.mark.parametrize(
    ("module", "computed"),
    [
        ("clustering", AFTER_CLUSTERING),
        ("model", {"TRAIN"} | AFTER_TRAINING),
        ("spatial_graph", {"VALIDATE", "SPATIAL_GRAPH", "TRAIN"} | AFTER_TRAINING),
        ("figures", {"REPORT"}),
    ],
)
def test_after_an_edit_only_the_stages_that_use_it_run_again(resume, edit, module, computed):
    edit(f"bin/spacon/{module}.py")
    assert resume() == computed


@pytest.mark.parametrize(
    ("arguments", "computed"),
    [
        (["--alphas", "0.7"], {"FUSE"} | AFTER_CLUSTERING),
        (["--epochs", "9"], {"TRAIN"} | AFTER_TRAINING),
        (["--connectivity_threshold", "0.3"], {"VALIDATE", "CONNECTION_GRAPH", "TRAIN"} | AFTER_TRAINING),
    ],
)
def test_a_changed_parameter_runs_only_its_stages(resume, arguments, computed):
    # VALIDATE looks at parameters that can be wrong for the data or decide on memory; of what it writes, the report
    # shows a part, and each stage is asked to run again only if its own need of memory is another.
    assert resume(*arguments) == computed


def imports_of(file: Path, library: Path) -> set[str]:
    """The library modules that a Python file imports, and theirs, read from the syntax tree."""
    found: set[str] = set()
    waiting = [file]
    while waiting:
        for node in ast.walk(ast.parse(waiting.pop().read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "spacon":
                names = [node.module.split(".")[1]] if "." in node.module else [alias.name for alias in node.names]
                new = set(names) - found
                found |= new
                waiting += [library / f"{name}.py" for name in new]
    return found


def test_each_task_is_given_just_the_modules_that_its_script_imports(first, project_copy):
    scripts = {script.stem.upper(): script for script in (project_copy / "bin").glob("*.py")}
    checked = 0
    for process in set(first.trace["process"]) & set(scripts):
        given = {module.stem for module in (first.tasks(process)[0] / "spacon").glob("*.py")}
        assert given == imports_of(scripts[process], project_copy / "bin" / "spacon") | {"__init__"}, process
        checked += 1
    assert checked == 10
