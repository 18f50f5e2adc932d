"""Samples that fail: what becomes of the others, and where the failed ones are named.

The runs are stub runs in a copy of the project whose stubs first do what the test says: `FAILURES` is a file of lines
`PROCESS sample command`, and the command runs in the task of that process and sample.
"""

import csv
import json
import os
import re
from pathlib import Path

import pytest

from tests.pipeline.conftest import Run, run_in

HEADER = "sample,expression,connectivity\n"
STAGES = (
    "VALIDATE",
    "PREPROCESS",
    "SPATIAL_GRAPH",
    "CONNECTION_GRAPH",
    "TRAIN",
    "EMBED",
    "NEIGHBORS",
    "LAYOUT",
    "CLUSTER",
)
STAGES += ("EVALUATE", "REPORT")
INJECT = """#!/usr/bin/env bash
while read -r process sample command; do
    [ "$process $sample" != "$*" ] || eval "$command"
done < "$FAILURES"
"""
# Many short tasks: no longer waits between them, and more slots than are ever taken, as Nextflow may lose count of them
# when a task ends while another starts (its pull request 7652): tasks that need them all then wait forever.
QUICK = (
    "process { cpus = 1\n withLabel: 'training|embedding' { cpus = 1 } }\n"
    "executor { pollInterval = '50ms'\n cpus = 64\n queueSize = 2 }\n"
)


@pytest.fixture(scope="module")
def project(project_copy: Path) -> Path:
    """A copy of the project whose stubs fail on request."""
    for module in (project_copy / "modules" / "processes").glob("*.nf"):
        text = module.read_text()
        if found := re.search(r"^process (\w+)", text, flags=re.MULTILINE):
            sample = "${sample}" if "val(sample)" in text else "''"
            stub = f'stub:\n    """\n    . inject {found[1]} {sample}\n'
            module.write_text(text.replace('stub:\n    """\n', stub))
    for name, text in (("inject", INJECT), ("versions.py", '#!/bin/sh\necho "\\"$1\\": {}"\n')):
        file = project_copy / "bin" / name
        file.unlink(missing_ok=True)
        file.write_text(text)
        file.chmod(0o755)
    return project_copy


@pytest.fixture
def run(project: Path, tmp_path: Path):
    """Run samples of which some fail."""

    def start(samples: list[str], failures: list[str], *arguments: str) -> Run:
        for name in ("a.h5ad", "a.npy"):
            (tmp_path / name).write_text("data")
        (tmp_path / "samples.csv").write_text(HEADER + "".join(f"{sample},a.h5ad,a.npy\n" for sample in samples))
        (tmp_path / "failures").write_text("".join(f"{failure}\n" for failure in failures))
        (tmp_path / "quick.config").write_text(QUICK)
        os.environ["FAILURES"] = str(tmp_path / "failures")
        fixed = ("-c", "quick.config", "--input", "samples.csv", "--alphas", "0.5", "-stub-run")
        return run_in(tmp_path, *fixed, *arguments, project=project)

    yield start
    os.environ.pop("FAILURES", None)


def failed(run: Run) -> list[list[str]]:
    """The rows of failed.csv, its header checked."""
    with (run.results / "failed.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["sample", "stage", "reason"]
    return rows


def test_of_forty_samples_five_fail_in_five_stages_and_35_have_reports(run):
    samples = [f"s{number}" for number in range(1, 41)]
    failures = [
        "VALIDATE s3 echo 'a.h5ad: no column \"x, y\" in obs' > problem.txt; touch versions.yml; exit 0",
        "CONNECTION_GRAPH s11 echo working >&2; echo 'error: no edge, nowhere' >&2; echo bye >&2; exit 2",
        "TRAIN s19 echo Traceback >&2; echo 'ValueError: loss is nan' >&2; exit 1",
        "CLUSTER s27 kill -KILL $$",
        "REPORT s40 exit 0",
    ]
    done = run(samples, failures, "--on_error", "continue")
    assert done.status == 0, done.printed
    rows = {sample: (stage, reason) for sample, stage, reason in failed(done)}
    assert rows.keys() == {"s3", "s11", "s19", "s27", "s40"}
    assert rows["s3"] == ("VALIDATE", 'a.h5ad: no column "x, y" in obs')
    assert rows["s11"] == ("CONNECTION_GRAPH", "no edge, nowhere")
    assert rows["s19"] == ("TRAIN", "exit status 1: ValueError: loss is nan")
    assert rows["s27"][0] == "CLUSTER"
    assert "killed (exit status 137)" in rows["s27"][1]
    assert rows["s40"][0] == "REPORT"
    assert "left a file out" in rows["s40"][1]
    reports = {file.parent.parent.name for file in done.results.glob("*/figures/map.png")}
    assert reports == set(samples) - rows.keys()
    attempts = done.trace.query("process == 'CLUSTER' and name.str.contains('s27')", engine="python")
    assert len(attempts) == 3
    for sample, (stage, reason) in rows.items():  # once as it happens, once at the end
        assert done.printed.count(f"sample {sample} failed in {stage}: {reason}") == 2
    assert f"5 of 40 samples failed ({done.results.name}/failed.csv)" in done.printed
    (overview,) = done.tasks("OVERVIEW")
    assert len(list(overview.glob("*.metrics.csv"))) == 35


def test_a_failure_in_any_stage_drops_that_sample_alone(run):
    crash = "echo 'error: not so' >&2; exit 2"
    done = run(["whole", *STAGES], [f"{stage} {stage} {crash}" for stage in STAGES], "--on_error", "continue")
    assert done.status == 0, done.printed
    assert failed(done) == [[stage, stage, "not so"] for stage in sorted(STAGES)]
    told = json.loads((done.results / "pipeline_info" / "params.json").read_text())
    assert told["on_error"] == "continue"  # what is told is also in the command that repeats the run
    assert [file.parent.name for file in done.results.glob("*/report.ipynb")] == ["whole"]


@pytest.mark.parametrize("stage", ["TRAIN", "REPORT"])
def test_stop_names_what_ended_the_run(run, stage):
    done = run(["a", "b"], [f"{stage} a echo 'error: not so' >&2; exit 2"])
    assert done.status == 1
    assert failed(done) == [["a", stage, "not so"]]


def test_stop_shows_all_problems_of_all_samples_and_computes_nothing(run):
    problem = "echo 'wrong {}' > problem.txt; echo > versions.yml; exit 0"
    done = run(["a", "b", "c"], [f"VALIDATE {name} {problem.format(name)}" for name in "ca"])
    assert done.status == 1
    lines = [line for line in done.printed.splitlines() if line.startswith(("sample a", "sample b", "sample c"))]
    assert lines == ["sample a: wrong a", "sample c: wrong c"]
    assert failed(done) == [["a", "VALIDATE", "wrong a"], ["c", "VALIDATE", "wrong c"]]
    assert set(done.trace["process"]) == {"VALIDATE"}


def test_a_sample_of_which_one_seed_fails_is_dropped_whole(run):
    once = '[[ $(basename "$PWD") ]] && grep -q seed1 .command.sh && { echo "error: no luck" >&2; exit 2; }; true'
    done = run(["a", "b"], [f"EMBED a {once}"], "--on_error", "continue", "--seeds", "1,2")
    assert done.status == 0, done.printed
    assert failed(done) == [["a", "EMBED", "no luck"]]
    assert not (done.results / "a" / "report.html").exists()
    assert (done.results / "b" / "report.html").exists()


def test_if_no_sample_finishes_the_run_fails_and_the_overview_is_there(run):
    crash = "echo 'error: no' >&2; exit 2"
    done = run(["a", "b"], [f"VALIDATE a {crash}", f"NEIGHBORS b {crash}"], "--on_error", "continue")
    assert done.status == 1
    assert "no sample finished" in done.printed.splitlines()
    assert failed(done) == [["a", "VALIDATE", "no"], ["b", "NEIGHBORS", "no"]]
    assert (done.results / "index.html").exists()


def test_settings_that_ignore_a_failure_hide_no_sample(run, tmp_path):
    (tmp_path / "mine.config").write_text("process { withName: TRAIN { errorStrategy = 'ignore' } }\n")
    done = run(["a", "b"], ["TRAIN a exit 1"], "-c", "mine.config")
    assert done.status == 0, done.printed
    assert [row[:2] for row in failed(done)] == [["a", "unknown"]]


def test_an_earlier_list_of_failed_samples_does_not_survive(run):
    crash = ["VALIDATE b echo 'error: no' >&2; exit 2"]
    assert failed(run(["a", "b"], crash, "--on_error", "continue")) == [["b", "VALIDATE", "no"]]
    done = run(["a"], [], "--on_error", "continue")
    assert failed(done) == []
    assert run(["a"], [], "--epoch", "3").status == 1  # nothing was begun
    assert failed(done) == []
    assert run(["a", "a"], []).status == 1  # the samplesheet is wrong: nothing was validated
    assert not (done.results / "failed.csv").exists()
