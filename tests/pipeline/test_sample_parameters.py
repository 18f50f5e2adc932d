"""Parameters that samples have of their own, in columns of the samplesheet: as if each had been run with them alone."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import anndata
import pandas as pd
import pytest

from tests.pipeline.conftest import PROJECT, python_with, run_in
from tests.pipeline.test_crate import SIZE, linked, named, task
from tests.pipeline.test_plan import submitted

SMALL = ("--epochs", "2", "--widths", "24,12,6", "--alphas", "0.5")
HEADER = "sample,expression,connectivity"
OWN = {"a": {"connectivity_threshold": 0.2}, "b": {"spatial_neighbors": 9, "reference_key": "area"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A user's folder: the same files as two samples, which differ in their parameters alone."""
    folder = tmp_path_factory.mktemp("own")
    words = f"{SIZE} --expression e.h5ad --connectivity c.npy"
    subprocess.run([sys.executable, PROJECT / "bin" / "cortex.py", *words.split()], cwd=folder, check=True)
    rows = ["a,e.h5ad,c.npy,0.2,,", "b,e.h5ad,c.npy,,9,area"]
    header = f"{HEADER},connectivity_threshold,spatial_neighbors,reference_key"
    (folder / "samples.csv").write_text("\n".join([header, *rows]) + "\n")
    return folder


@pytest.fixture(scope="module")
def run(folder):
    run = run_in(folder, "--input", "samples.csv", *SMALL, "--connectivity_threshold", "0.4", "--crate_inputs")
    assert run.status == 0, run.printed
    return run


@pytest.mark.parametrize(
    ("sample", "parameters"),
    [
        ("a", ["--connectivity_threshold", "0.2"]),
        ("b", ["--connectivity_threshold", "0.4", "--spatial_neighbors", "9", "--reference_key", "area"]),
    ],
)
def test_a_sample_gets_the_bytes_of_a_run_with_its_parameters(run, folder, tmp_path, sample, parameters):
    (tmp_path / "samples.csv").write_text(f"{HEADER}\n{sample},{folder}/e.h5ad,{folder}/c.npy\n")
    alone = run_in(tmp_path, "--input", "samples.csv", *SMALL, *parameters)
    assert alone.status == 0, alone.printed
    for name in ("clusters.csv", "metrics.csv", "notes.csv", "model/embedding_seed1.npz"):
        assert (run.results / sample / name).read_bytes() == (alone.results / sample / name).read_bytes(), name
    assert (run.results / "a" / "clusters.csv").read_bytes() != (run.results / "b" / "clusters.csv").read_bytes()
    assert not (alone.results / "pipeline_info" / "sample_params.json").exists()


def test_results_tell_the_parameters_of_their_sample(run):
    of_run = json.loads((run.results / "pipeline_info" / "params.json").read_text())
    wanted = ("connectivity_threshold", "spatial_neighbors", "reference_key")
    assert [of_run[name] for name in wanted] == [0.4, 15, None]
    assert json.loads((run.results / "pipeline_info" / "sample_params.json").read_text()) == OWN
    for sample, values in {"a": (0.2, 15, None), "b": (0.4, 9, "area")}.items():
        told = anndata.read_h5ad(run.results / sample / "clustered.h5ad").uns["spacon"]
        assert tuple(told.get(name) for name in wanted) == values
    assert "adjusted_rand_index" in pd.read_csv(run.results / "b" / "metrics.csv").dropna(axis="columns")
    assert "adjusted_rand_index" not in pd.read_csv(run.results / "a" / "metrics.csv").dropna(axis="columns")


def test_pages_mark_what_is_of_one_sample(run):
    marked = {}
    for sample in OWN:
        page = (run.results / sample / "report.html").read_text()
        rows = re.findall(r"<th>(\w+)</th><td>([^<]*) <small>\(for this sample\)</small>", page)
        marked[sample] = dict(rows)
    assert marked == {sample: {name: str(value) for name, value in own.items()} for sample, own in OWN.items()}
    page = (run.results / "index.html").read_text()
    table = page.split("Parameters of single samples</h2>")[1]
    cells = re.findall(r"<t[hd]>(.*?)</t[hd]>", table)
    assert cells == [
        *("sample", "connectivity_threshold", "spatial_neighbors", "reference_key"),
        *("a", "0.2", "", ""),
        *("b", "", "9", "area"),
    ]
    assert 'href="pipeline_info/sample_params.json"' in page
    assert "--connectivity_threshold 0.4" in page


def test_the_crate_says_which_parameters_each_task_had(run, tmp_path):
    graph = json.loads((run.results / "ro-crate-metadata.json").read_text())["@graph"]
    said = {entity["@id"]: entity for entity in graph}
    for sample, threshold in {"a": "0.2", "b": "0.4"}.items():
        made = task(said, f"CONNECTION_GRAPH ({sample})")
        assert named(linked(said, made, "object"))["connectivity_threshold"]["value"] == threshold
        assert f"--connectivity-threshold={threshold} " in made["description"]
    assert "reference_key" not in named(linked(said, task(said, "EVALUATE (a)"), "object"))
    assert "of their own" in said["pipeline_info/sample_params.json"]["description"]
    command = [python_with("roc-validator"), PROJECT / "tests" / "pipeline" / "crates.py", tmp_path / "cache"]
    done = subprocess.run([*command, run.results / "results.crate.zip"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_a_repeated_run_gives_samples_their_parameters_again(run, tmp_path):
    crate = shutil.copy(run.results / "results.crate.zip", tmp_path)
    again = run_in(tmp_path, "-profile", "replay", "--from", crate)
    assert again.status == 0, again.printed
    table = pd.read_csv(again.folder / "replay" / "replay.csv").set_index("output")
    assert (table["verdict"] == "same bytes").all(), table.to_string()
    assert {"a/report.html", "b/clusters.csv", "index.html", "pipeline_info/sample_params.json"} <= set(table.index)


# What is computed anew, and what --since says of it; stub runs.

AFTER_GRAPHS = {"TRAIN", "EMBED", "NEIGHBORS", "LAYOUT", "CLUSTER", "EVALUATE", "REPORT"}
OF_THRESHOLD = {"VALIDATE", "CONNECTION_GRAPH"} | AFTER_GRAPHS


def write_sheet(folder: Path, a: str, b: str) -> None:
    """Write a sheet of two samples with their thresholds and columns of sections."""
    rows = [f"{name},{name}.h5ad,{name}.npy,{cells}" for name, cells in (("a", a), ("b", b))]
    (folder / "samples.csv").write_text("\n".join([f"{HEADER},connectivity_threshold,section_key", *rows]) + "\n")


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The run that others resume."""
    folder = tmp_path_factory.mktemp("first")
    for name in ("a.h5ad", "a.npy", "b.h5ad", "b.npy"):
        (folder / name).write_text("something")
    write_sheet(folder, "0.1,01", ",")
    run = run_in(folder, "--input", "samples.csv", "-stub-run")
    assert run.status == 0, run.printed
    return run


@pytest.mark.parametrize(
    ("cells", "arguments", "said", "computed"),
    [
        (("0.3,01", ","), [], ["sample a: connectivity_threshold: 0.1 -> 0.3"], {"a": OF_THRESHOLD}),
        (
            ("0.1,01", ","),
            ["--connectivity_threshold", "0.5"],
            ["connectivity_threshold: 0.0 -> 0.5"],
            {"a": {"REPORT"}, "b": OF_THRESHOLD},  # each report tells the command
        ),
        ((",01", "0.0,null"), [], ["sample a: connectivity_threshold: 0.1 -> 0.0"], {"a": OF_THRESHOLD}),
    ],
)
def test_only_what_a_changed_cell_reaches_is_computed_anew(first, cells, arguments, said, computed):
    write_sheet(first.folder, *cells)
    again = ("--input", "samples.csv", "-stub-run", "-resume", *arguments)
    plan = run_in(first.folder, *again, "--plan", "--since", "results/pipeline_info/params.json")
    assert plan.status == 0, plan.printed
    lines = plan.printed.splitlines()
    at = lines.index("Since results/pipeline_info/params.json:") + 1
    assert lines[at : at + len(said)] == said
    anew = lines[at + len(said)].removeprefix("computed anew with -resume: ")
    run = run_in(first.folder, *again, "--outdir", "other")
    assert run.status == 0, run.printed
    done = submitted(plan) + submitted(run)
    assert set(anew.split(", ")) == {name.lower() for name in done}
    tasks = re.findall(r"Submitted process > (?:\w+:)*(\w+) \((\w)", plan.printed + run.printed)
    found = {sample: {name for name, of_sample in tasks if of_sample == sample} for sample in "ab"}
    assert found == {"a": set(), "b": set()} | computed
    assert {"OVERVIEW", "CRATE"} <= set(done)


def test_samples_that_are_aligned_are_put_together(first):
    rows = ["a,a.h5ad,a.npy,regions,area", "b,b.h5ad,b.npy,,"]
    (first.folder / "aligned.csv").write_text("\n".join([f"{HEADER},align,region_key", *rows]) + "\n")
    plan = run_in(first.folder, "--input", "aligned.csv", "-stub-run", "--plan")
    assert plan.status == 0, plan.printed
    tasks = re.findall(r"Submitted process > (?:\w+:)*(\w+ \(\w\))", plan.printed)
    assert sorted(tasks) == ["ASSEMBLE (a)", "VALIDATE (a)", "VALIDATE (b)"]


def test_what_an_earlier_run_left_of_samples_goes(first):
    stale = first.folder / "alone" / "pipeline_info" / "sample_params.json"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    write_sheet(first.folder, ",", ",")
    run = run_in(first.folder, "--input", "samples.csv", "-stub-run", "--outdir", "alone")
    assert run.status == 0, run.printed
    assert not stale.exists()


def test_a_table_of_samples_that_cannot_be_read_is_refused(first, tmp_path):
    write_sheet(first.folder, ",", ",")
    info = tmp_path / "info"
    shutil.copytree(first.results / "pipeline_info", info)
    (info / "sample_params.json").write_text('{"a": {"depth": 3}}')
    command = ("--input", first.folder / "samples.csv", "-stub-run", "--plan", "--since", info / "params.json")
    plan = run_in(tmp_path, *map(str, command))
    assert plan.status == 1
    assert (
        f"--since {info}/sample_params.json: a sample has no 'depth' of its own in this version; "
        "the file is of another one" in plan.printed.splitlines()
    )
