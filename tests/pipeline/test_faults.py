"""Faults: whatever ends a task or the engine, or alters a file between tasks, -resume ends with the same bytes.

The runs are stub runs in a copy of the project whose stubs write what their inputs say, so that an altered file would
change every file after it. Of all samples the inputs are the same: `untouched` tells what the others must end with.
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.pipeline.conftest import PROJECT, Run, run_in
from tests.pipeline.test_on_error import QUICK

# Each stage that faults happen in, with the file to alter, and all stages that follow the first.
FILES = {"SPATIAL_GRAPH": "spatial_graph.npz", "TRAIN": "model_seed1.safetensors", "EVALUATE": "clusters.csv"}
FOLLOWING = {"SPATIAL_GRAPH", "TRAIN", "EMBED", "NEIGHBORS", "LAYOUT", "CLUSTER", "EVALUATE", "REPORT"}

# What happens once in a task, before it has written its file, `$1`. A sample of each name meets the first ones in all
# three stages, as Nextflow tries a killed task again; the second ones end a sample, so each stage has one of its own;
# the third ones end the run.
RETRIED = {
    "task_killed": "echo half > $1; kill -KILL $$",
    "task_terminated": "echo half > $1; kill -TERM $$",
    "wrapper_killed": "kill -KILL $(below_engine)",  # the task itself goes on
}
FAILED = {
    "disk_full": "ln -s /dev/full $1; echo whole > $1",
    "nothing_written": "exit 0",
}
ENGINE = {"engine_killed": "kill -KILL $(engine)", "engine_terminated": "kill -TERM $(engine)"}
INJECT = """#!/usr/bin/env bash
parent_of() { ps -o ppid= -p "$1" | tr -d ' '; }
engine() { # nothing, where it is dead already: then the task ends, and does not look for it for ever
    local at=$$
    until [ "$(ps -o comm= -p $at)" = java ]; do
        at=$(parent_of $at)
        [ "$at" -gt 1 ] || return 1
    done
    echo $at
}
below_engine() {
    local at=$$ engine
    engine=$(engine) || return 1
    until [ "$(parent_of $at)" = "$engine" ]; do at=$(parent_of $at); done
    echo $at
}
while read -r process sample file command; do
    if [ "$process $sample" = "$*" ] && mkdir "$FAULTS.$process.$sample" 2> /dev/null; then
        set -- $file
        eval "$command"
    fi
done < "$FAULTS"
"""
# Each file that the stub has only touched gets its name and the digest of all inputs, which are links.
FILL = """#!/usr/bin/env bash
inputs=$(find . -name '.?*' -prune -o -type l -print | sort | xargs -r cat | sha256sum)
find . -name '.?*' -prune -o -name 'notes*' -o -name problem.txt -o -type f -size 0 -print | while read -r file; do
    echo "$file $inputs" > "$file"
done
"""


VERSIONS = """#!/bin/sh
printf '"%s":\\n  python: "0"\\n' "$1"
"""


@pytest.fixture(scope="module")
def project(project_copy: Path) -> Path:
    """A copy of the project whose stubs meet faults and write what their inputs say."""
    for module in (project_copy / "modules" / "processes").glob("*.nf"):
        text = module.read_text()
        found = re.search(r"^process (\w+)", text, flags=re.MULTILINE)
        if found and found[1] not in ("CRATE", "COMPARE"):  # which take what all others have made, after them
            sample = "${sample}" if "val(sample)" in text else "''"
            before, stub = text.split('stub:\n    """\n')
            stub = stub.replace('    """\n', '    . fill\n    """\n', 1)
            module.write_text(f'{before}stub:\n    """\n    . inject {found[1]} {sample}\n{stub}')
    for name, text in (("inject", INJECT), ("fill", FILL), ("versions.py", VERSIONS)):
        file = project_copy / "bin" / name
        file.unlink(missing_ok=True)
        file.write_text(text)
        file.chmod(0o755)
    return project_copy


def truncate(file: Path) -> None:
    """Keep the first half."""
    os.truncate(file, file.stat().st_size // 2)


def alter(file: Path) -> None:
    """Change one bit, and neither size nor time."""
    times, content = file.stat(), bytearray(file.read_bytes())
    content[-2] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


def lead_nowhere(file: Path) -> None:
    """Put a link to a file that is not there in its place."""
    file.unlink()
    file.symlink_to("gone")


# What happens to the work folder of a task that has ended: of the file, and of Nextflow's own notes and ours.
ALTERED = {
    "truncated": truncate,
    "emptied": lambda file: os.truncate(file, 0),
    "altered": alter,
    "removed": Path.unlink,
    "leads_nowhere": lead_nowhere,
    "digests_removed": lambda file: file.with_name(".digests").unlink(),
    "digests_truncated": lambda file: truncate(file.with_name(".digests")),
}
LOST = {
    "status_emptied": lambda file: os.truncate(file.with_name(".exitcode"), 0),
    "folder_removed": lambda file: shutil.rmtree(file.parent),
}
PUBLISHED = ("model/model_seed1.safetensors", "clusters.csv", "report.html")


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a sample's results."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def computed(run: Run) -> dict[str, set[str]]:
    """Of each sample, the processes that were computed and not taken from the cache."""
    done = run.trace[run.trace["status"] == "COMPLETED"]
    found: dict[str, set[str]] = {}
    for name, process in zip(done["name"], done["process"], strict=True):
        if sample := re.search(r"\((\w+)", name):
            found.setdefault(sample[1], set()).add(process)
    return found


def of_each_stage(kinds: dict[str, str]) -> list[tuple[str, str, str]]:
    """(stage, sample, command) of faults that each stage meets in a sample of its own."""
    return [(stage, f"{kind}_{stage.lower()}", command) for kind, command in kinds.items() for stage in FILES]


def of_all_stages(kinds: dict[str, str]) -> list[tuple[str, str, str]]:
    """The same of faults that one sample meets in every stage."""
    return [(stage, kind, command) for kind, command in kinds.items() for stage in FILES]


FAULTS = [*of_all_stages(RETRIED | ENGINE), *of_each_stage(FAILED)]
SAMPLES = ["untouched", "published", *dict.fromkeys(sample for _, sample, _ in FAULTS), *ALTERED, *LOST]


@pytest.fixture(scope="module")
def healed(project, tmp_path_factory):
    """The last of all runs, when every fault has happened."""
    folder = tmp_path_factory.mktemp("faults")
    for name in ("a.h5ad", "a.npy"):
        (folder / name).write_text("data")
    rows = "".join(f"{sample},a.h5ad,a.npy\n" for sample in SAMPLES)
    (folder / "samples.csv").write_text(f"sample,expression,connectivity\n{rows}")
    (folder / "quick.config").write_text(QUICK)
    faults = folder / "faults"
    faults.write_text("".join(f"{stage} {sample} {FILES[stage]} {command}\n" for stage, sample, command in FAULTS))
    fixed = ("-c", "quick.config", "--input", "samples.csv", "--alphas", "0.5", "--on_error", "continue", "-stub-run")

    def resume() -> Run:
        return run_in(folder, *fixed, "-resume", project=project)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTS", str(faults))
        runs = [resume()]
        while runs[-1].status and len(runs) <= len(of_all_stages(ENGINE)):
            runs.append(resume())
        assert runs[-1].status == 0, runs[-1].printed
        assert {run.status for run in runs} == {-signal.SIGKILL, 1, 0}
        happened = {file.name for file in folder.glob("faults.*")}
        assert happened == {f"faults.{stage}.{sample}" for stage, sample, _ in FAULTS}
        alter_files(runs[-1])
        return resume()


def alter_files(run: Run) -> None:
    """Alter a file of each sample whose fault is of that kind, and remove all results but those of one sample."""
    folders = dict(
        zip(run.trace["process"] + run.trace["name"].str.extract(r"\((\w+)")[0], run.trace["hash"], strict=True)
    )
    for kind, change in (ALTERED | LOST).items():
        for stage, file in FILES.items():
            short = folders[stage + kind]
            change(next((run.folder / "work" / short[:2]).glob(f"{short[3:]}*")) / file)
    for sample in set(SAMPLES) - {"published"}:
        shutil.rmtree(run.results / sample, ignore_errors=True)  # those that failed have not all of them
    for name in PUBLISHED:
        truncate(run.results / "published" / name)


def test_all_samples_end_with_the_same_bytes(healed):
    assert healed.status == 0, healed.printed
    untouched = digests(healed.results / "untouched")
    assert len(untouched) > 8
    assert len(set(untouched.values())) > 5
    assert [sample for sample in SAMPLES if digests(healed.results / sample) != untouched] == []
    assert (healed.results / "failed.csv").read_text() == "sample,stage,reason\n"


def test_what_was_altered_is_said_and_computed_with_what_follows(healed):
    said = set(re.findall(r"WARN: (\w+) \((\w+).*?\) is computed anew: (\S+)", healed.printed))
    own = {"digests_removed": ".digests", "digests_truncated": ".digests"}
    assert said == {(stage, kind, own.get(kind, file)) for kind in ALTERED for stage, file in FILES.items()}
    found = computed(healed)
    # A folder that is gone is made anew in its place, with the same bytes: what has read them is not computed again.
    wanted = dict.fromkeys(ALTERED | LOST, FOLLOWING) | {"folder_removed": set(FILES)}
    assert {kind: found[kind] for kind in wanted} == wanted
    assert not {"untouched", "published"} & set(found)


SMALL = ("--n_spots", "100", "--n_genes", "40", "--epochs", "3", "--batch_size", "25", "--widths", "24,12,6")
# In place of five minutes, a checkpoint after each step; and once, at the 7th of 12, the end of the process.
KILLED_ONCE = """
        if state().values["steps"] == 7 and not Path(os.environ["KILLED"]).exists():
            Path(os.environ["KILLED"]).touch()
            os.kill(os.getpid(), 9)
"""


def test_training_that_is_killed_goes_on_to_the_same_weights(project_copy, tmp_path, monkeypatch):
    monkeypatch.setenv("KILLED", str(tmp_path / "killed"))
    module = project_copy / "bin" / "spacon" / "model" / "checkpoints.py"
    text = module.read_text()
    last = "        self.written = self.clock()\n\n"
    assert (text.count("SECONDS_BETWEEN = 300.0"), text.count(last)) == (1, 1)
    edited = text.replace("SECONDS_BETWEEN = 300.0", "SECONDS_BETWEEN = 0.0").replace(
        last, last[:-1] + KILLED_ONCE[1:] + "\n"
    )
    module.write_text(edited)
    run = run_in(tmp_path, "--example", "cortex", *SMALL, "--alphas", "0.5", project=project_copy)
    module.write_text(text)
    assert run.status == 0, run.printed
    assert run.trace.loc[run.trace["process"] == "TRAIN", "exit"].tolist() == [137, 0]
    task = run.tasks("TRAIN")[-1]
    assert "going on from the checkpoint" in (task / ".command.err").read_text()
    assert list((run.folder / "work" / "checkpoints").iterdir()) == []

    uninterrupted = tmp_path / "uninterrupted"
    shutil.copytree(task, uninterrupted, ignore=shutil.ignore_patterns("model_*", "history_*", ".*"), symlinks=True)
    shutil.copy(task / ".command.sh", uninterrupted / "again.sh")
    path = f"{project_copy / 'bin'}:{PROJECT / '.venv' / 'bin'}:{os.environ['PATH']}"
    subprocess.run(["bash", "again.sh"], cwd=uninterrupted, env=os.environ | {"PATH": path}, check=True)
    for name in ("model_seed1.safetensors", "history_seed1.csv"):
        assert (uninterrupted / name).read_bytes() == (task / name).read_bytes(), name
