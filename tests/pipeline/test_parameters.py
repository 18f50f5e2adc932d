"""Parameters that cannot be used end the run at once, with one line, before any task."""

import json

import pytest

from tests.pipeline.conftest import PROJECT, run_in

WRONG = {
    "unknown": (["--epoch", "3"], "unknown parameter --epoch; did you mean --epochs? (--help lists them all)"),
    "hyphens": (["--n-spots", "30"], "unknown parameter --nSpots; did you mean --n_spots? (--help lists them all)"),
    "type": (["--epochs", "many"], "--epochs must be a whole number; found 'many'"),
    "choice": (["--fusion", "plus"], "--fusion must be one of concat, add; the nearest is 'concat'; found 'plus'"),
    "boolean": (["--self_loops", "maybe"], "--self_loops must be true or false; found 'maybe'"),
    "range": (["--difficulty", "2"], "--difficulty must be at most 1; found '2'"),
    "above": (["--learning_rate", "0"], "--learning_rate must be above 0; found '0'"),
    "list": (
        ["--alphas", "0,1.5"],
        "--alphas does not have the right form (Mixes, separated by commas: 0 spatial only, 1 connection only.); "
        "found '0,1.5'",
    ),
    "no gpu": (
        ["--device", "cuda"],
        "--device is cuda (as the profile gpu sets it), but this machine has no NVIDIA GPU; "
        "--device auto takes one where a task finds one",
    ),
    "twice": (["--alphas", "1,0.5,1.0"], "--alphas names a value twice; found '1,0.5,1.0'"),
    "together": (["--spatial_rule", "radius"], "--spatial_rule radius needs --spatial_radius, which is not set"),
    "both inputs": (
        ["--input", "samples.csv"],
        "--input and --example (set by the profiles test and celegans) exclude each other; found both",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_parameter_ends_the_run_with_one_line(nextflow, case):
    arguments, line = WRONG[case]
    run = nextflow("-profile", "test", *arguments)
    assert run.status == 1
    assert line in run.printed.splitlines()
    assert not (run.folder / "work").exists() or not any((run.folder / "work").iterdir())
    assert "Exception" not in run.printed


def test_without_input_the_run_says_what_to_give(nextflow):
    run = nextflow()
    assert run.status == 1
    assert (
        "nothing to do: give --input samples.csv (columns: sample, expression, connectivity), "
        "or try -profile celegans" in run.printed.splitlines()
    )


def test_help_prints_every_parameter_under_its_group(nextflow):
    run = nextflow("--help")
    assert run.status == 0
    groups = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"].values()
    at = 0
    for group in groups:
        at = run.printed.index(f"{group['title']}: {group['description']}", at)
        for name in group["properties"]:
            at = run.printed.index(f"  --{name} ", at)
    assert "executor >" not in run.printed


def test_quotes_and_spaces_in_a_value_reach_the_script_as_they_are(nextflow):
    key = 'it\'s a "key"; $(touch pwned) `x`'
    run = nextflow("-profile", "test", "--n_spots", "100", "--reference_key", key)
    assert run.status == 1
    lines = [line for line in run.printed.splitlines() if "no column" in line]
    assert lines[0].startswith(f"sample cortex: expression.h5ad: no column '{key}' in obs; ")
    assert not list(run.folder.rglob("pwned"))


def test_a_preset_is_the_published_setting(nextflow):
    run = nextflow("-profile", "test,mouse_widefield", "--n_spots", "3372", "--n_genes", "1122", "-stub-run")
    assert run.status == 0, run.printed
    used = json.loads((run.results / "pipeline_info" / "params.json").read_text())
    published = {
        "spatial_rule": "knn",
        "spatial_neighbors": 15,
        "self_loops": True,
        "distance_decay": 0.006,
        "connectivity_threshold": 0.8,
        "retained_fraction": 0.1,
        "widths": "256,128,32",
        "epochs": 10,
        "batch_size": 64,
        "fanouts": "20,10,10",
        "learning_rate": 0.0001,
        "weight_decay": 0.0001,
        "gradient_clip": 5,
        "alphas": "1",
        "resolutions": "0.6",
        "cluster_method": "louvain",
        "refine_neighbors": 25,
        "n_clusters": None,
    }
    assert {name: used[name] for name in published} == published
    assert (used["n_spots"], used["n_genes"], used["example"]) == (3372, 1122, "cortex")


def test_without_an_environment_the_run_says_how_to_get_one(project_copy, tmp_path):
    (project_copy / ".venv").unlink()
    run = run_in(tmp_path, "-profile", "test", project=project_copy)
    assert run.status == 1
    assert (
        f"no environment: there is no .venv in {project_copy}. Start with ./nextflow, which makes it, "
        "or choose a container profile, such as -profile docker" in run.printed.splitlines()
    )
