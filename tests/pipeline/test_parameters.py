"""Parameters that cannot be used end the run at once, with one line, before any task."""

import json
from pathlib import Path
from typing import Any

from tests.pipeline.conftest import PROJECT, call_each, run_in

CORTEX = {"example": "cortex"}
# Parameters as a file or the command line gives them, and the line that refuses them.
WRONG = {
    "unknown": ({"epoch": 3}, "unknown parameter --epoch; did you mean --epochs? (--help lists them all)"),
    "letters changed": ({"epcohs": 3}, "unknown parameter --epcohs; did you mean --epochs? (--help lists them all)"),
    "hyphens": ({"nSpots": 30}, "unknown parameter --nSpots; did you mean --n_spots? (--help lists them all)"),
    "type": ({"epochs": "many"}, "--epochs must be a whole number; found 'many'"),
    "fraction": ({"epochs": 2.5}, "--epochs must be a whole number; found '2.5'"),
    "digits and letters": ({"epochs": "10k"}, "--epochs must be a whole number; found '10k'"),
    "number": ({"learning_rate": "fast"}, "--learning_rate must be a number; found 'fast'"),
    "not a number": ({"distance_decay": "NaN"}, "--distance_decay must be a number; found 'NaN'"),
    "no end": ({"distance_decay": "Infinity"}, "--distance_decay must be a number; found 'Infinity'"),
    "unset": ({"epochs": None}, "--epochs must not be empty; found 'null'"),
    "empty": ({"fusion": ""}, "--fusion must not be empty; found ''"),
    "choice": ({"fusion": "plus"}, "--fusion must be one of concat, add; the nearest is 'add'; found 'plus'"),
    "on_error": (
        {"on_error": "continued"},
        "--on_error must be one of stop, continue; the nearest is 'continue'; found 'continued'",
    ),
    "boolean": ({"self_loops": "maybe"}, "--self_loops must be true or false; found 'maybe'"),
    "number for a boolean": ({"self_loops": 1}, "--self_loops must be true or false; found '1'"),
    "range": ({"difficulty": 2}, "--difficulty must be at most 1; found '2'"),
    "above": ({"learning_rate": 0}, "--learning_rate must be above 0; found '0'"),
    "too large": ({"epochs": 3_000_000_000}, "--epochs must be at most 2147483647; found '3000000000'"),
    "seed": ({"seeds": "1,4294967296"}, "--seeds must be at most 4294967295; found '4294967296'"),
    "list": (
        {"alphas": "0,1.5"},
        "--alphas does not have the right form (Mixes, separated by commas: 0 spatial only, 1 connection only.); "
        "found '0,1.5'",
    ),
    "list for a value": ({"epochs": [1, 2]}, "--epochs must be a whole number; found '[1, 2]'"),
    "list for text": ({"reference_key": ["a", "b"]}, "--reference_key must be text; found '[a, b]'"),
    "table": ({"widths": {"first": 256}}, "--widths must be text; found '{first=256}'"),
    "table with lines": ({"reference_key": {"a": "b\nc"}}, "--reference_key must be text; found '{a=b c}'"),
    "twice": ({"alphas": "1,0.5,1.0"}, "--alphas names a value twice; found '1,0.5,1.0'"),
    "together": ({"spatial_rule": "radius"}, "--spatial_rule radius needs --spatial_radius, which is not set"),
    "no regions": ({"align": "regions"}, "--align regions needs --region_key, which is not set"),
    "no spacing": ({"align": "grid"}, "--align grid needs --grid_spacing, which is not set"),
    "no sections of a spacing": ({"section_spacing": 0.2}, "--section_spacing needs --section_key, which is not set"),
    "no sections": ({"align_by_section": True}, "--align_by_section needs --section_key, which is not set"),
    "sections of a surface": (
        {"align": "surface", "align_by_section": True, "section_key": "s"},
        "--align surface makes one spot of a parcel, where its vertices lie; leave out --align_by_section",
    ),
    "coordinates of a surface": (
        {"align": "surface", "coordinates": "x,y"},
        "--align surface makes one spot of a parcel, where its vertices lie; leave out --coordinates",
    ),
    "distance alone": ({"align_distance": 1}, "--align_distance is for --align places; found 'none'"),
    "two thresholds": (
        {"connection_density": 0.1, "connectivity_threshold": 0.2},
        "--connection_density chooses the threshold from the matrix; leave --connectivity_threshold at 0",
    ),
    "both inputs": (
        {"input": "samples.csv"},
        "--input and --example (set by the profiles abc, celegans and test) exclude each other; found both",
    ),
    "not a sheet": (
        {"example": None, "input": "samples.xlsx"},
        "--input does not have the right form (Samplesheet: a CSV file with the columns sample, expression, "
        "connectivity. Paths are relative to the sheet.); found 'samples.xlsx'",
    ),
}
# The same, and what is meant.
RIGHT = {
    "list of numbers": ({"alphas": [0, 0.5, 1.0]}, {"alphas": "0,0.5,1.0"}),
    "widths": ({"widths": [256, 128, 32]}, {"widths": "256,128,32"}),
    "seeds": ({"seeds": [1]}, {"seeds": "1"}),
    "one number": ({"alphas": 0.5, "seeds": 3}, {"alphas": "0.5", "seeds": "3"}),
    "list of text": ({"section_key": "s", "section_order": ["s1", "s 2", 10]}, {"section_order": "s1,s 2,10"}),
    "columns": ({"coordinates": ["x", "y"]}, {"coordinates": "x,y"}),
    "text booleans": ({"self_loops": "False", "factored": "TRUE"}, {"self_loops": False, "factored": True}),
    "text numbers": ({"epochs": "15", "difficulty": "0.25"}, {"epochs": 15, "difficulty": 0.25}),
    "whole numbers": ({"epochs": 15.0, "batch_size": "1e2"}, {"epochs": 15, "batch_size": 100}),
    "null": ({"reference_key": None, "distance_decay": "null"}, {"reference_key": None, "distance_decay": None}),
    "text of digits": ({"reference_key": 2}, {"reference_key": "2"}),
    "site's": ({"config_profile_name": "site", "igenomes_base": "s3://x", "genomes": {"a": 1}}, {"epochs": 10}),
    "home": ({"outdir": "~/x"}, {"outdir": f"{Path.home()}/x"}),
    "home's sheet": ({"example": None, "input": "~/my x.csv"}, {"input": f"{Path.home()}/my x.csv"}),
}


def test_each_parameter_is_taken_as_meant_or_refused_in_one_line(tmp_path):
    defaults = defaults_of_the_schema() | CORTEX
    cases = {**WRONG, **RIGHT}
    found = call_each(tmp_path, "parameters", "checked_parameters", [defaults | given for given, _ in cases.values()])
    wrong = []
    for (case, (_, expected)), result in zip(cases.items(), found, strict=True):
        right = (
            result.get("wrong") == expected if case in WRONG else expected.items() <= result.get("right", {}).items()
        )
        wrong += [] if right else [(case, result.get("wrong"))]
    assert wrong == []


def test_places_have_a_column_unless_another_is_named(tmp_path):
    cases = {("grid", None): "place", ("grid", "area"): "area", ("regions", "area"): "area", ("none", None): None}
    cases[("surface", None)] = "place"
    given = [{"align": align, "region_key": key} for align, key in cases]
    found = call_each(tmp_path, "places", "with_place", given)
    assert [result["right"]["region_key"] for result in found] == list(cases.values())


def defaults_of_the_schema() -> dict[str, Any]:
    groups = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"].values()
    return {name: described.get("default") for group in groups for name, described in group["properties"].items()}


def test_wrong_parameter_ends_the_run_with_one_line_before_any_task(nextflow):
    run = nextflow("-profile", "test", "--epochs", "many")
    assert run.status == 1
    assert "--epochs must be a whole number; found 'many'" in run.printed.splitlines()
    assert not (run.folder / "work").exists() or not any((run.folder / "work").iterdir())
    assert "Exception" not in run.printed


def test_a_gpu_that_is_not_there_ends_the_run(nextflow):
    run = nextflow("-profile", "test", "--device", "cuda")
    assert run.status == 1
    assert (
        "--device is cuda (as the profile gpu sets it), but this machine has no NVIDIA GPU; "
        "--device auto takes one where a task finds one" in run.printed.splitlines()
    )


def test_any_unknown_parameter_on_the_command_line_ends_the_run_and_a_site_s_does_not(nextflow, tmp_path):
    (tmp_path / "nextflow.config").write_text("params.config_profile_name = 'site'\nparams.fasta = 'genome.fa'\n")
    run = nextflow("-profile", "test", "-stub-run")
    assert run.status == 0, run.printed
    said = [line for line in run.printed.splitlines() if "not parameters of this pipeline" in line]
    assert said == ["WARN: ignored, as they are not parameters of this pipeline: config_profile_name, fasta"]
    run = nextflow("-profile", "test", "--fasta", "genome.fa")
    assert run.status == 1
    assert "unknown parameter --fasta; did you mean" in run.printed


def test_text_that_looks_like_a_number_stays_as_typed(nextflow):
    texts = {"section_key": "01", "section_order": "1e3", "reference_key": "-1", "coordinates": "true", "seeds": "007"}
    run = nextflow("-profile", "test", "-stub-run", *(f"--{name}={text}" for name, text in texts.items()))
    assert run.status == 0, run.printed
    used = json.loads((run.results / "pipeline_info" / "params.json").read_text())
    assert {name: used[name] for name in texts} == texts | {"seeds": "7"}


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
