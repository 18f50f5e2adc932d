"""The scripts: help at once, short files, and options that are those of the schema."""

import ast
import importlib
import json
import os
import re
import subprocess
import sys

import click
import pytest
from conftest import ROOT

SCRIPTS = sorted((ROOT / "bin").glob("*.py"))
MODULES = sorted((ROOT / "bin" / "spacon").rglob("*.py"))
GROUPS = json.loads((ROOT / "nextflow_schema.json").read_text())["$defs"].values()
PROPERTIES = {name: described for group in GROUPS for name, described in group["properties"].items()}
HEAVY = {"torch", "torch_geometric", "scanpy", "anndata", "numpy", "scipy", "pandas", "matplotlib", "sklearn", "umap"}
GRAPHS = {"expression", "spatial_graph", "connection_graph"}
# Beside the schema's parameters: files, and what differs from task to task.
BESIDE = {
    "cortex": {"expression", "connectivity"},
    "assemble": {
        "sample",
        "expression",
        "tables",
        "gene_table",
        "places",
        "surfaces",
        "output",
        "assembly",
        "unmatched",
    },
    "validate": {"sample", "expression", "connectivity", "surfaces", "assembly", "output", "notes"},
    "preprocess": {"sample", "expression", "output"},
    "spatial_graph": {"expression", "output", "notes"},
    "connection_graph": {"expression", "connectivity", "threads", "output", "summary", "notes"},
    "train": GRAPHS | {"seed", "threads", "model", "history"},
    "embed": GRAPHS | {"model", "threads", "output"},
    "neighbors": {"embedding", "alpha", "seed", "threads", "output"},
    "layout": {"mix", "output"},
    "cluster": {"expression", "mix", "resolution", "n_clusters", "output"},
    "evaluate": GRAPHS
    | {
        "sample",
        "history",
        "embedding",
        "mix",
        "layout",
        "clustering",
        "parameters",
        "output",
        "clusters",
        "metrics",
        "stage_notes",
        "notes",
    },
    "surfaces": {"spots", "surfaces", "folder"},
}


def short(path):
    return path.name


@pytest.mark.parametrize("script", SCRIPTS, ids=short)
def test_help_imports_nothing_heavy(script):
    program = (
        "import runpy, sys\n"
        "sys.argv = sys.argv[1:]\n"
        "try:\n    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally:\n    print(*sys.modules, file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", program, str(script), "--help"]
    environment = os.environ | {"PYTHONPATH": str(script.parent)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: ")
    assert "--help" in done.stdout
    assert not HEAVY & set(done.stderr.split())


@pytest.mark.parametrize("script", SCRIPTS, ids=short)
def test_script_is_executable_and_short(script):
    lines = script.read_text().splitlines()
    assert lines[0] == "#!/usr/bin/env python3"
    assert os.access(script, os.X_OK)
    assert len(lines) <= 60 or script.name == "verify.py"  # which stands alone in a crate


@pytest.mark.parametrize("module", MODULES, ids=short)
def test_module_is_short_and_says_what_it_is(module):
    text = module.read_text()
    assert len(text.splitlines()) <= 250
    assert ast.get_docstring(ast.parse(text))


def options(script):
    found = importlib.import_module(script).main.params
    return {option.name: option for option in found if isinstance(option, click.Option)}


def names_of_schema(script):
    """Return the parameters that modules/functions/code.nf gives to a script."""
    return {name for name, described in PROPERTIES.items() if script in described.get("stages", [])}


@pytest.mark.parametrize("script", BESIDE)
def test_options_are_those_that_the_pipeline_gives(script):
    assert set(options(script)) == names_of_schema(script) | BESIDE[script]


@pytest.mark.parametrize("script", BESIDE)
def test_module_passes_every_other_option(script):
    """`resolution` or `n_clusters` is given by plan.nf."""
    code = (ROOT / "modules" / "processes" / f"{script}.nf").read_text()
    command = code.split("script:\n")[1].split("versions.py")[0]
    given = {name.replace("-", "_") for name in re.findall(r"--([a-z][a-z-]+)[ =']", command)}
    assert given == BESIDE[script] - ({"resolution", "n_clusters"} if script == "cluster" else set())
    assert "${options}" in command


def parameters_of(script):
    return [(script, name) for name in sorted(names_of_schema(script))]


@pytest.mark.parametrize(("script", "name"), [pair for script in BESIDE for pair in parameters_of(script)])
def test_option_is_as_the_schema_describes_it(script, name):
    option, described = options(script)[name], PROPERTIES[name]
    flags = [f"--{name.replace('_', '-')}"]
    assert option.opts == flags
    assert option.required == ("default" in described and name != "numerics")  # nobody forgets what is portable
    if "enum" in described:
        assert isinstance(option.type, click.Choice), f"{script}.py takes any text for {flags[0]}"
        assert list(option.type.choices) == described["enum"]
    elif described["type"] == "boolean":
        assert option.is_flag
        assert option.secondary_opts == [f"--no-{flags[0][2:]}"]
    else:
        kinds = {"integer": click.types.IntParamType, "number": click.types.FloatParamType}
        assert isinstance(option.type, kinds.get(described["type"], click.types.StringParamType))


def value_of(text):
    if text == "null":
        return None
    return {"true": True, "false": False}[text] if text in ("true", "false") else ast.literal_eval(text)


def test_defaults_of_the_configuration_are_those_of_the_schema():
    block = (ROOT / "nextflow.config").read_text().split("params {")[1].split("\n}")[0]
    configured = {name: value_of(text) for name, text in re.findall(r"^ +(\w+) = (.+)$", block, re.MULTILINE)}
    assert configured == {name: described.get("default") for name, described in PROPERTIES.items()}
    for name, value in configured.items():
        assert type(value) is type(PROPERTIES[name].get("default")), name


def test_versions_are_yaml_under_the_name_of_the_process():
    command = [sys.executable, str(ROOT / "bin" / "versions.py"), "TRAIN", "click", "torch"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[0] == '"TRAIN":'
    assert lines[1] == f'  python: "{sys.version.split()[0]}"'
    assert [line.split(":")[0] for line in lines[2:]] == ["  click", "  torch"]


@pytest.mark.parametrize(("given", "threads"), [([], "1"), (["--threads", "3"], "3")])
def test_the_numerical_libraries_get_the_threads_of_the_task(monkeypatch, given, threads):
    import click
    from click.testing import CliRunner

    from spacon.cli.command import Script

    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    seen = {}
    options = [click.Option(["--threads"], type=int)] if given else []
    script = Script("any", params=options, callback=lambda **_: seen.update(os.environ))
    assert CliRunner().invoke(script, given).exit_code == 0
    assert (seen["OMP_NUM_THREADS"], seen["OPENBLAS_NUM_THREADS"], seen["MKL_NUM_THREADS"]) == (threads,) * 3


ARRAYS_COME_AND_GO = """
import resource, sys
import numpy as np
from spacon.cli.command import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()
faults = []
for _ in range(50):
    array = np.ones(6_000_000)  # above what the library keeps by itself, wherever in the heap it comes to lie
    del array
    faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
print(faults[-1] - faults[9])
"""


def test_memory_that_is_freed_is_kept_for_the_next_arrays():
    environment = os.environ | {"PYTHONPATH": str(ROOT / "bin")}
    kept, given_back = (
        int(subprocess.check_output([sys.executable, "-c", ARRAYS_COME_AND_GO, mode], env=environment))
        for mode in ("kept", "given back")
    )
    assert kept < 100 < given_back, (kept, given_back)  # 40 arrays of 11,700 pages
