"""--plan: what it says against what a run does, and --since against what -resume computes anew."""

import json
import re
from pathlib import Path

import pytest

from tests.pipeline.conftest import PROJECT, Run, call_each, run_in

SMALL = (
    "--n_spots",
    "150",
    "--n_genes",
    "60",
    "--epochs",
    "2",
    "--widths",
    "24,12,6",
    "--connectivity_threshold",
    "0.2",
)
LISTS = ("--seeds", "1,2", "--alphas", "0.5,0", "--resolutions", "0.6,1")
CORTEX = ("--example", "cortex", *SMALL, *LISTS)
ROW = re.compile(
    r"^(?P<sample>\S*) +(?P<stage>[a-z_]+) +(?P<tasks>\d+) +(?:(?P<gb>[\d.]+) GB +)?about \d+ (?:s|min|h)$",
    re.MULTILINE,
)


def planned(run: Run) -> dict[str, int]:
    """The number of tasks by stage, of all samples."""
    tasks: dict[str, int] = {}
    for row in ROW.finditer(run.printed):
        tasks[row["stage"]] = tasks.get(row["stage"], 0) + int(row["tasks"])
    return tasks


def ran(run: Run) -> dict[str, int]:
    """The same of the run itself."""
    return {name.lower(): int(number) for name, number in run.trace["process"].value_counts().items()}


def submitted(run: Run) -> list[str]:
    """The processes that a run computed, as it printed them; a plan has no trace."""
    return re.findall(r"Submitted process > (?:\w+:)*(\w+)", run.printed)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """A plan of a small run, in a folder where nothing has run."""
    plan = run_in(tmp_path_factory.mktemp("plan"), *CORTEX, "--plan")
    assert plan.status == 0, plan.printed
    return plan


@pytest.fixture(scope="module")
def run(plan):
    """The run that was planned."""
    run = run_in(plan.folder, *CORTEX, "-resume")
    assert run.status == 0, run.printed
    return run


def test_a_plan_computes_the_checks_alone_and_writes_no_results(plan):
    assert submitted(plan) == ["CORTEX", "VALIDATE"]
    assert [file.name for file in plan.folder.iterdir() if not file.name.startswith(".")] == ["work"]
    assert "Done in" not in plan.printed


def test_the_run_has_the_tasks_that_were_planned(plan, run):
    assert ran(run) == planned(plan)
    assert ran(run)["train"] == 2
    assert f"{len(run.trace)} tasks; longest chain: about " in plan.printed


def test_the_run_asks_for_the_memory_that_was_planned(plan, run):
    def asked(stage: str) -> float:
        """Of the first task of a stage, in GB."""
        number, unit = run.trace.loc[run.trace["process"] == stage.upper(), "memory"].iloc[0].split()
        return float(number) / {"GB": 1, "MB": 1024}[unit]

    memory = {row["stage"]: float(row["gb"]) for row in ROW.finditer(plan.printed) if row["gb"]}
    assert set(memory) == set(planned(plan)) - {"cortex", "validate", "overview", "crate"}
    assert memory == pytest.approx({stage: asked(stage) for stage in memory}, abs=0.06)


def test_a_resumed_run_does_not_check_again(run):
    assert {"CORTEX", "VALIDATE"} & run.computed() == set()


@pytest.mark.parametrize("spots", [5_000, 20_001])
def test_the_lists_of_each_sample_are_counted_as_they_run(project_copy, tmp_path, spots):
    """Two samples whose number of spots decides how many alphas and resolutions one task computes; stub runs."""
    for name in ("a.h5ad", "a.npy"):
        (tmp_path / name).write_text("x")
    (tmp_path / "samples.csv").write_text("sample,expression,connectivity\na,a.h5ad,a.npy\nb,a.h5ad,a.npy\n")
    process = project_copy / "modules" / "processes" / "validate.nf"
    before = process.read_text()
    process.write_text(before.replace('echo "{}"', f"echo '{{\"spots\": {spots}}}'"))
    arguments = ("--input", "samples.csv", "-stub-run", *LISTS)
    plan = run_in(tmp_path, *arguments, "--plan", project=project_copy)
    assert plan.status == 0, plan.printed
    assert not plan.results.exists()
    run = run_in(tmp_path, *arguments, "-resume", project=project_copy)
    process.write_text(before)
    assert ran(run) == planned(plan)
    assert planned(plan)["cluster"] == (4 if spots == 5_000 else 16)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The run that plans compare themselves with, a stub run."""
    run = run_in(tmp_path_factory.mktemp("first"), "-profile", "test", "-stub-run")
    assert run.status == 0, run.printed
    return run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--alphas", "0.7"], ["alphas: 0.5,0,1 -> 0.7"]),
        (["--seeds", "2,1"], ["seeds: 1 -> 2,1"]),
        (["--n_clusters", "9"], ["n_clusters: 12 -> 9"]),
        (["--spatial_neighbors", "9"], ["spatial_neighbors: 15 -> 9"]),
        (
            ["--reference_key", "network", "--distance_decay", "0.1"],
            ["distance_decay: unset -> 0.1", "reference_key: area -> network"],
        ),
        (["--on_error", "continue"], ["on_error: stop -> continue"]),
        (["--difficulty", "0.7"], ["difficulty: 0.5 -> 0.7"]),
        (["--outdir", "elsewhere", "--max_cpus", "2"], ["no parameter differs"]),
    ],
    ids=lambda given: given[0] if given[0].startswith("--") else "",
)
def test_what_is_said_to_be_computed_anew_is_computed_anew(first, arguments, said):
    again = ("-profile", "test", "-stub-run", "-resume", *arguments)
    plan = run_in(first.folder, *again, "--plan", "--since", "results/pipeline_info/params.json")
    assert plan.status == 0, plan.printed
    lines = plan.printed.splitlines()
    at = lines.index("Since results/pipeline_info/params.json:")
    assert lines[at + 1 : at + 1 + len(said)] == said
    anew = lines[at + 1 + len(said)].removeprefix("computed anew with -resume: ")
    assert lines[at + 2 + len(said)] == "Whether code or input files have changed since, that file cannot tell."
    run = run_in(first.folder, *again, *(() if "--outdir" in arguments else ("--outdir", "other")))
    assert run.status == 0, run.printed
    computed = submitted(plan) + submitted(run)  # the plan has done the checks
    assert set(anew.split(", ")) - {"nothing"} == {name.lower() for name in computed}


def test_since_alone_is_refused(nextflow):
    run = nextflow("-profile", "test", "--since", "params.json")
    assert run.status == 1
    assert "--since needs --plan: it compares parameters, and computes nothing" in run.printed.splitlines()


def test_a_sample_that_is_wrong_is_named_in_place_of_the_plan(nextflow):
    run = nextflow("-profile", "test", "--n_spots", "100", "--reference_key", "gone", "--plan")
    assert run.status == 1
    assert "sample cortex: expression.h5ad: no column 'gone' in obs" in run.printed
    assert planned(run) == {}
    assert not run.results.exists()


def test_a_file_that_is_no_params_json_is_refused_in_one_line(tmp_path):
    groups = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"].values()
    whole = {name: each.get("default") for group in groups for name, each in group["properties"].items()}
    missing = {name: value for name, value in whole.items() if name != "epochs"}
    files = {
        "text.json": "{'epochs': 1}",
        "empty.json": "",
        "list.json": "[1, 2]",
        "newer.json": json.dumps(whole | {"depth": 3}),
        "older.json": json.dumps(missing),
        "right.json": json.dumps(whole | {"epochs": 7}),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    give = "give the pipeline_info/params.json of an earlier run"
    words = {
        "text.json": f"is not a JSON table of parameters; {give}",
        "empty.json": f"is not a JSON table of parameters; {give}",
        "list.json": f"is not a JSON table of parameters; {give}",
        "gone.json": f"there is no such file; {give}",
        "newer.json": "'depth' is no parameter of this version; the file is of another one",
        "older.json": "has no 'epochs'; the file is of another version, or no params.json of a run",
    }
    paths = {name: str(Path(tmp_path / name)) for name in [*words, "right.json"]}
    found = dict(zip(paths, call_each(tmp_path, "earlier", "earlier_values", list(paths.values())), strict=True))
    assert found.pop("right.json")["right"]["epochs"] == 7
    for name, result in found.items():
        said = result["wrong"].removeprefix(f"--since {paths[name]}")
        assert said.lstrip(": ") == words[name], name


def test_seconds_are_rounded_to_what_one_plans_by(tmp_path):
    seconds = {0.2: "1 s", 7.6: "8 s", 13: "15 s", 89: "90 s", 130: "2 min", 1_300: "20 min", 9_000: "3 h"}
    found = call_each(tmp_path, "planned", "about", list(seconds))
    assert [result["right"] for result in found] == [f"about {words}" for words in seconds.values()]


def test_the_longest_chain_waits_for_the_slower_of_two(tmp_path):
    def sample(**longest: int) -> list[dict[str, object]]:
        stages = ("validate", "preprocess", "spatial_graph", "connection_graph", "train", "embed")
        stages += ("neighbors", "layout", "cluster", "evaluate", "report")
        return [{"stage": stage, "longest": longest.get(stage, 1)} for stage in stages]

    cases = {
        9: [sample()],
        9 + 4: [sample(spatial_graph=2, connection_graph=5)],
        9 + 6: [sample(cluster=7, layout=3)],
        20 + 8 + 29: [sample(validate=20), sample(train=30)],
    }
    found = call_each(tmp_path, "tasks", "longest_chain", list(cases.values()))
    assert [result["right"] for result in found] == list(cases)
