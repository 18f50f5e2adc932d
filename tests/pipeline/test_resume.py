"""What -resume computes anew: after an edit or a changed parameter, the stages that it belongs to and no other.

The runs are stub runs: the engine decides what to compute from the same inputs, options and library modules.
"""

import ast
import json
import os
import shutil
from pathlib import Path

import pytest

from tests.pipeline.conftest import PROJECT, call_each, run_in

AFTER_TRAINING = {"EMBED", "NEIGHBORS", "LAYOUT", "CLUSTER", "EVALUATE", "REPORT", "OVERVIEW", "CRATE"}
AFTER_CLUSTERING = {"CLUSTER", "EVALUATE", "REPORT", "OVERVIEW", "CRATE"}


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
    """Edit a file of the project, by default by a comment at its end; taken back after the test."""
    before = {}

    def change(name, old="", new="\n# edited\n"):
        file = project_copy / name
        before.setdefault(file, (file.read_bytes(), file.stat()))
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1) if old else text + new)

    yield change
    for file, (content, times) in before.items():
        file.write_bytes(content)
        os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_after_no_change_everything_is_cached(resume):
    assert resume() == set()


@pytest.mark.parametrize(
    ("module", "computed"),
    [
        ("clusters/communities", AFTER_CLUSTERING),
        ("clusters/layout", {"LAYOUT", "EVALUATE", "REPORT", "OVERVIEW", "CRATE"}),
        ("model/network", {"TRAIN"} | AFTER_TRAINING),
        ("graphs/spatial", {"VALIDATE", "SPATIAL_GRAPH", "TRAIN"} | AFTER_TRAINING),
        ("report/figures", {"REPORT", "CRATE"}),
    ],
)
def test_after_an_edit_only_the_stages_that_use_it_run_again(resume, edit, module, computed):
    edit(f"bin/spacon/{module}.py")
    assert resume() == computed


def test_after_an_edit_of_a_docstring_only_its_users_run_again(resume, edit):
    edit("bin/spacon/clusters/palette.py", '"""', '"""Edited. ')
    assert resume() == {"EVALUATE", "REPORT", "OVERVIEW", "CRATE"}


def test_an_edit_that_keeps_the_size_of_a_script_counts(resume, edit):
    edit("bin/train.py", "Train one model", "Train One model")
    assert resume() == {"TRAIN"} | AFTER_TRAINING


# Of a sample of so many spots, the tasks of each process with two alphas and two resolutions.
@pytest.mark.parametrize(
    ("spots", "tasks"),
    [
        (5_000, {"NEIGHBORS": 1, "LAYOUT": 1, "CLUSTER": 1}),
        (20_000, {"NEIGHBORS": 2, "LAYOUT": 2, "CLUSTER": 2}),
        (20_001, {"NEIGHBORS": 2, "LAYOUT": 2, "CLUSTER": 4}),
    ],
)
def test_what_one_task_computes_of_a_large_sample(project_copy, edit, tmp_path, spots, tasks):
    edit("modules/processes/validate.nf", 'echo "{}"', f"echo '{{\"spots\": {spots}}}'")
    lists = ("--alphas", "0.5,0", "--resolutions", "0.6,1", "--seeds", "1")
    run = run_in(tmp_path, "--example", "cortex", "-stub-run", *lists, project=project_copy)
    assert run.status == 0, run.printed
    assert {name: int((run.trace["process"] == name).sum()) for name in tasks} == tasks
    assert run.trace["process"].eq("REPORT").sum() == 1


def test_a_fresh_checkout_of_the_same_code_computes_nothing_anew(resume, project_copy):
    for file in project_copy.rglob("*"):
        if file.is_file() and not file.is_symlink():
            os.utime(file)
    assert resume() == set()


@pytest.mark.parametrize(("changed", "sample"), [("b.npy", "b"), ("c.zarr/m/0", "c")])
def test_a_file_of_the_user_s_counts_as_changed_by_its_time(tmp_path, changed, sample):
    for name in ("a.h5ad", "a.npy", "b.h5ad", "b.npy"):
        (tmp_path / name).write_text("old")
    (tmp_path / "c.zarr" / "m").mkdir(parents=True)
    (tmp_path / "c.zarr" / "m" / "0").write_text("old")
    rows = ["a,a.h5ad,a.npy", "b,b.h5ad,b.npy", "c,a.h5ad,c.zarr"]
    (tmp_path / "samples.csv").write_text("\n".join(["sample,expression,connectivity", *rows]) + "\n")
    arguments = ("--input", "samples.csv", "-stub-run")
    first = run_in(tmp_path, *arguments)
    assert first.status == 0, first.printed
    (tmp_path / changed).write_text("new")
    again = run_in(tmp_path, *arguments, "-resume")
    done = again.trace[again.trace["status"] == "COMPLETED"]
    assert set(done["process"]) == {"VALIDATE", "CONNECTION_GRAPH", "TRAIN"} | AFTER_TRAINING
    assert not done["name"].str.contains(f"[(](?!{sample})[abc]").any()


@pytest.mark.parametrize(
    ("arguments", "computed"),
    [
        (["--alphas", "0.7"], {"NEIGHBORS", "LAYOUT"} | AFTER_CLUSTERING),
        (["--epochs", "9"], {"TRAIN"} | AFTER_TRAINING),
        (["--connectivity_threshold", "0.3"], {"VALIDATE", "CONNECTION_GRAPH", "TRAIN"} | AFTER_TRAINING),
    ],
)
def test_a_changed_parameter_runs_only_its_stages(resume, arguments, computed):
    # VALIDATE looks at parameters that can be wrong for the data or decide on memory; of what it writes, the report
    # shows a part, and each stage is asked to run again only if its own need of memory is another.
    assert resume(*arguments) == computed


def imports_of(text: str, library: Path) -> set[str]:
    """The library files that a Python text imports, and these import, read from the syntax tree."""
    found: set[str] = {"bin/spacon/__init__.py"}
    waiting = [text]
    while waiting:
        for node in ast.walk(ast.parse(waiting.pop())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "spacon":
                folder = library.joinpath(*node.module.split(".")[1:])
                files = {folder / f"{alias.name}.py" for alias in node.names}
                if not folder.is_dir():
                    files = {folder.with_suffix(".py")}
                new = {f"bin/spacon/{file.relative_to(library)}" for file in files} - found
                found |= new
                waiting += [(library.parent.parent / name).read_text() for name in new]
    return found


def code_of(notebook: Path) -> str:
    cells = json.loads(notebook.read_text())["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def test_the_digest_is_of_just_the_files_that_a_script_imports(tmp_path):
    for folder in ("bin", "notebooks"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    files = sorted([*(PROJECT / "bin").glob("*.py"), *(PROJECT / "notebooks").glob("*.ipynb")])
    given = [[str(file.relative_to(PROJECT))] for file in files]
    reached = call_each(tmp_path, "code", "reached_by", given)
    for file, found in zip(files, reached, strict=True):
        text = code_of(file) if file.suffix == ".ipynb" else file.read_text()
        assert found["right"] == sorted(imports_of(text, PROJECT / "bin" / "spacon")), file.name
