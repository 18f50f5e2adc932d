"""The samplesheet: what is wrong with it ends the run with one line; what is right fans out."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.pipeline.conftest import PROJECT, call_each
from tests.pipeline.test_parameters import defaults_of_the_schema

HEADER = "sample,expression,connectivity\n"
ROW = "a.h5ad,a.npy\n"

# What is wrong, and its line after the sheet's name.
WRONG: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "has no samples; needed: sample, expression, connectivity"),
    "blank lines": ("\n\n,,\n", "has no samples; needed: sample, expression, connectivity"),
    "header only": (HEADER, "has no samples; needed: sample, expression, connectivity"),
    "header and empty rows": (HEADER + ",,\n\n , ,\n", "has no samples; needed: sample, expression, connectivity"),
    "column": (
        "sample,expresion,connectivity\na,a.h5ad,a.npy\n",
        "has no column 'expression'; found sample, expresion, connectivity; needed: sample, expression, connectivity",
    ),
    "column twice": (
        "sample,sample,expression,connectivity\na,b," + ROW,
        "the column 'sample' appears twice; keep one",
    ),
    "semicolons": (
        "sample;expression;connectivity\na;a.h5ad;a.npy\n",
        "the columns are separated by semicolons; save it with commas",
    ),
    "tabs": (
        "sample\texpression\tconnectivity\na\ta.h5ad\ta.npy\n",
        "the columns are separated by tabs; save it with commas",
    ),
    "too many cells": (
        HEADER + "a,b," + ROW,
        "line 2 has 4 cells, but the header has 3; put a value that has a comma in double quotes",
    ),
    "too few cells": (
        HEADER + "\na,a.h5ad\n",
        "line 3 has 2 cells, but the header has 3; put a value that has a comma in double quotes",
    ),
    "open quote": (
        HEADER + '"a,a.h5ad,a.npy\n',
        "line 2 has a double quote that is not closed, or that ends before the comma",
    ),
    "UTF-16": ((HEADER + "a," + ROW).encode("utf-16"), "is UTF-16 text; save it as CSV UTF-8"),
    "UTF-16 without a mark": ((HEADER + "a," + ROW).encode("utf-16-le"), "is UTF-16 text; save it as CSV UTF-8"),
    "workbook": (b"PK\x03\x04\x14\x00\x06\x00", "is a spreadsheet; save it as CSV UTF-8"),
    "Latin-1": (
        (HEADER + "a," + ROW + "b,\u00e9.h5ad,a.npy\n").encode("latin-1"),
        "line 3 has letters that are not UTF-8 (as in Latin-1); save it as CSV UTF-8",
    ),
    "repeated": (HEADER + "a," + ROW + "a," + ROW, "sample name 'a' appears twice; each sample needs its own"),
    "three times": (HEADER + ("a," + ROW) * 3, "sample name 'a' appears 3 times; each sample needs its own"),
    "case": (
        HEADER + "Mouse," + ROW + "mouse," + ROW,
        "sample names 'Mouse' and 'mouse' differ only in case, which some file systems do not tell apart",
    ),
    "long": (HEADER + "a" * 101 + "," + ROW, f"sample name '{'a' * 20}...' has 101 letters; at most 100 are allowed"),
    "no expression": (HEADER + "a,,a.npy\n", "sample 'a' has no expression"),
    "no connectivity": (HEADER + "a,a.h5ad,\n", "sample 'a' has no connectivity"),
    "misspelt": (
        HEADER + "a,brokne.h5ad,a.npy\n",
        "sample 'a': expression file {folder}/brokne.h5ad does not exist; did you mean broken.h5ad?",
    ),
    "missing": (HEADER + "a,b.h5ad,a.npy\n", "sample 'a': expression file {folder}/b.h5ad does not exist"),
    "folder": (
        HEADER + "a,a.h5ad,folder\n",
        "sample 'a': connectivity file {folder}/folder is a folder; a file is needed, or a folder whose name ends in "
        ".zarr",
    ),
    "no bytes": (HEADER + "a,empty.h5ad,a.npy\n", "sample 'a': expression file {folder}/empty.h5ad is empty"),
    "broken link": (
        HEADER + "a,broken.h5ad,a.npy\n",
        "sample 'a': expression file {folder}/broken.h5ad is a link to a file that does not exist",
    ),
}
WRONG |= {
    "nearly a column": (
        "sample,expression,connectivity,spot\na," + ROW.strip() + ",t.csv\n",
        "has a column 'spot'; did you mean spots?",
    ),
    "tables missing": (
        "sample,expression,connectivity,spots\na,a.h5ad,a.npy,t.csv; u.csv ;v.csv\n",
        "sample 'a': spots file {folder}/v.csv does not exist",
    ),
    "three of connectivity": (
        HEADER + "a,a.h5ad,t.csv;u.csv;a.npy\n",
        "sample 'a': connectivity names 3 files, but at most 2 can be taken",
    ),
    "five of a surface": (
        "sample,expression,connectivity,surfaces\na,a.h5ad,a.npy,t.csv;u.csv;a.h5ad;a.npy;more/v.csv\n",
        "sample 'a': surfaces names 5 files, but at most 4 can be taken",
    ),
    "nearly surfaces": (
        "sample,expression,connectivity,surface\na," + ROW.strip() + ",t.csv\n",
        "has a column 'surface'; did you mean surfaces?",
    ),
    "two of one name": (
        "sample,expression,connectivity,places\na,a.h5ad,t.csv,more/t.csv\n",
        "sample 'a': two of its files are named t.csv; rename one",
    ),
    "tables in a zarr": (
        "sample,expression,connectivity,spots\na,a.h5ad,a.npy,t.zarr\n",
        "sample 'a': spots file {folder}/t.zarr is a folder; a file is needed",
    ),
    "places in a folder": (
        "sample,expression,connectivity,places\na,a.h5ad,a.npy,folder\n",
        "sample 'a': places file {folder}/folder is a folder; a file is needed",
    ),
}
for letter in "$*?[]{}":
    WRONG[f"path with {letter}"] = (
        HEADER + f"a,a{letter}.h5ad,a.npy\n",
        "sample 'a': expression file {folder}/a" + f"{letter}.h5ad has the letter '{letter}' in its path, "
        "which shells read as a pattern; rename it",
    )
for name in ("../a", "-1", ".a", "a b", "\u00e9", "a/b", "$x", ""):
    WRONG[f"name {name}"] = (
        f"{HEADER}{name},{ROW}",
        f"sample name '{name}' is not allowed; use letters, digits, '.', '_' and '-', "
        "starting with a letter, a digit or '_'",
    )
for name in ("pipeline_info", "index.html", "failed.csv", "Pipeline_Info"):
    WRONG[f"name {name}"] = (
        f"{HEADER}{name},{ROW}",
        f"sample name '{name}' is reserved for results of the run; choose another",
    )

# What is right, and the samples that it has.
RIGHT: dict[str, tuple[str | bytes, list[str]]] = {
    "plain": (HEADER + "a," + ROW, ["a"]),
    "quoted": ('"sample","expression","connectivity"\n"a","a.h5ad","a.npy"\n', ["a"]),
    "some quoted": (HEADER + ' "a" , a.h5ad ,"a.npy"\n', ["a"]),
    "empty rows": (HEADER + ",,\n\na," + ROW + " , ,\n,,\n", ["a"]),
    "mark": (("\ufeff" + HEADER + "a," + ROW).encode(), ["a"]),
    "mark and quotes": (('\ufeff"sample",expression,connectivity\na,' + ROW).encode(), ["a"]),
    "Windows lines": ((HEADER + "a," + ROW + "b," + ROW).replace("\n", "\r\n"), ["a", "b"]),
    "old lines": ((HEADER + "a," + ROW + "b," + ROW).replace("\n", "\r"), ["a", "b"]),
    "no last line end": (HEADER + "a,a.h5ad,a.npy", ["a"]),
    "header's case and blanks": (" Sample , EXPRESSION,connectivity \na," + ROW, ["a"]),
    "other columns, other order": ("age,connectivity,sample,age,expression\n3,a.npy,a,4,a.h5ad\n", ["a"]),
    "cells of a spreadsheet": (HEADER.strip() + ",,\na,a.h5ad,a.npy,,\nb," + ROW, ["a", "b"]),
    "names like numbers": (HEADER + "".join(f"{name},{ROW}" for name in ("NA", "001", "1e3")), ["NA", "001", "1e3"]),
    "hundred letters": (HEADER + "a" * 100 + "," + ROW, ["a" * 100]),
    "comma in a name": (HEADER + 'a,"a, b.h5ad",a.npy\n', ["a"]),
    "quote in a name": (HEADER + 'a,"a ""b"".h5ad",a.npy\n', ["a"]),
    "whole path": (HEADER + "a,{folder}/a.h5ad,a.npy\n", ["a"]),
    "link": (HEADER + "a,link.h5ad,a.npy\n", ["a"]),
    "product": (HEADER + "a,a.h5ad,t.csv; u.csv\n", ["a"]),
    "semicolon in a name": (HEADER + "a,a.h5ad,a;b.npy\n", ["a"]),
    "surfaces": ("sample,expression,connectivity,surfaces\na,a.h5ad,a.npy,t.csv;u.csv; more/v.csv\n", ["a"]),
    "tables and places": (
        "sample,spots,expression,connectivity,genes,places\na,t.csv;u.csv,a.h5ad,a.npy,a;b.npy,more/v.csv\nb,,a.h5ad,a.npy,,\n",
        ["a", "b"],
    ),
}


def fill(folder: Path) -> None:
    """Make the files that the sheets name."""
    (folder / "more").mkdir()
    for name in ("a.h5ad", "a.npy", "a, b.h5ad", 'a "b".h5ad', "t.csv", "u.csv", "a;b.npy", "more/t.csv", "more/v.csv"):
        (folder / name).write_text("something")
    (folder / "empty.h5ad").touch()
    (folder / "folder").mkdir()
    (folder / "t.zarr").mkdir()
    (folder / "broken.h5ad").symlink_to(folder / "nowhere")
    (folder / "link.h5ad").symlink_to(folder / "a.h5ad")


def samples_of(folder: Path, *sheets: str, **run: Any) -> list[dict[str, Any]]:
    """What each sheet of a folder is taken for, or why it is refused, with such parameters of the run."""
    cases = [defaults_of_the_schema() | run | {"input": sheet} for sheet in sheets]
    return call_each(folder, "parameters", "checked_samples", cases)


def test_each_sheet_is_read_or_refused_in_one_line(tmp_path):
    fill(tmp_path)
    cases = WRONG | RIGHT
    names = [f"sheet {number}.csv" for number in range(len(cases))]
    for name, (content, _) in zip(names, cases.values(), strict=True):
        text = content.replace("{folder}", str(tmp_path)) if isinstance(content, str) else content
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    found = samples_of(tmp_path, *names)
    wrong = []
    for name, (case, (_, expected)), result in zip(names, cases.items(), found, strict=True):
        if case in WRONG:
            right = result.get("wrong") == f"{name}: {expected.replace('{folder}', str(tmp_path))}"
        else:
            rows = result.get("right", [])
            right = [sample for sample, _, _ in rows] == expected and all(
                files["expression"] and files["connectivity"] and all(Path(path).is_file() for path in paths)
                for _, files, _ in rows
                for paths in files.values()
            )
        wrong += [] if right else [(case, result)]
    assert wrong == []


def test_all_problems_of_a_sheet_are_told_at_once(tmp_path):
    fill(tmp_path)
    (tmp_path / "samples.csv").write_text(HEADER + "-1,a.h5ad,a.npy\nb,c.h5ad,\n")
    (found,) = samples_of(tmp_path, "samples.csv")
    assert found["wrong"].splitlines() == [
        "samples.csv: sample name '-1' is not allowed; use letters, digits, '.', '_' and '-', "
        "starting with a letter, a digit or '_'",
        f"samples.csv: sample 'b': expression file {tmp_path}/c.h5ad does not exist",
        "samples.csv: sample 'b' has no connectivity",
    ]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("nothing.csv", "nothing.csv: there is no such samplesheet"),
        ("a folder.csv", "a folder.csv: is a folder; a CSV file is needed"),
    ],
)
def test_a_sheet_that_is_no_file_ends_the_run(nextflow, tmp_path, path, line):
    (tmp_path / "a folder.csv").mkdir()
    run = nextflow("--input", path)
    assert run.status == 1
    assert line in run.printed.splitlines()


def test_paths_are_relative_to_the_sheet_and_everything_fans_out(nextflow, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for name in ("a.h5ad", "a.npy", "b.h5ad", "b.npy"):
        (data / name).write_text("something")
    (data / "my samples.csv").write_text(HEADER + "mouse.1,a.h5ad,a.npy\nmouse-2,b.h5ad,b.npy\n")
    lists = ("--seeds", "1,2", "--alphas", "1,0.3,0", "--resolutions", "0.4,0.6")
    run = nextflow("--input", "data/my samples.csv", *lists, "-stub-run")
    assert run.status == 0, run.printed
    counts = run.trace["process"].value_counts().to_dict()
    assert counts == {
        **{"VALIDATE": 2, "PREPROCESS": 2, "SPATIAL_GRAPH": 2, "CONNECTION_GRAPH": 2, "TRAIN": 4, "EMBED": 4},
        **{"NEIGHBORS": 4, "LAYOUT": 2, "CLUSTER": 4, "EVALUATE": 2, "REPORT": 2, "OVERVIEW": 1, "CRATE": 1},
    }
    for sample in ("mouse.1", "mouse-2"):
        assert (run.results / sample / "report.html").exists()
        assert {file.name for file in (run.results / sample / "model").iterdir()} == {
            *(f"{what}_seed{seed}.{kind}" for seed in (1, 2) for what, kind in
              (("model", "safetensors"), ("history", "csv"), ("embedding", "npz")))
        }  # fmt: skip


def test_bad_data_of_one_sample_end_the_run_with_one_line(nextflow, tmp_path):
    (tmp_path / "a.h5ad").write_text("not an h5ad")
    np.save(tmp_path / "a.npy", np.eye(3))
    (tmp_path / "samples.csv").write_text(HEADER + "mouse1,a.h5ad,a.npy\n")
    run = nextflow("--input", "samples.csv")
    assert run.status == 1
    lines = [line for line in run.printed.splitlines() if "mouse1:" in line]
    assert lines == ["sample mouse1: a.h5ad: not an h5ad file (it is not HDF5)"]
    assert "Command executed" not in run.printed
    assert not (run.results / "mouse1").exists()


# Parameters that samples have of their own: a column, its cells of the samples a and b, what the run has, and the lines
# that refuse it after the sheet's name.
OWN_WRONG: dict[str, tuple[str, str, dict[str, Any], list[str]]] = {
    "of the run": (
        "epochs",
        "3,",
        {},
        [
            "has a column 'epochs', a parameter that all samples share; set it as --epochs, "
            "and rename or remove the column"
        ],
    ),
    "of the machine": (
        "Max_Memory",
        "8.GB,",
        {},
        [
            "has a column 'max_memory', a parameter that all samples share; set it as --max_memory, "
            "and rename or remove the column"
        ],
    ),
    "hyphen": ("section-key", "s,", {}, ["has a column 'section-key'; did you mean section_key?"]),
    "letters changed": (
        "conectivity_treshold",
        "0.1,",
        {},
        ["has a column 'conectivity_treshold'; did you mean connectivity_threshold?"],
    ),
    "plural": ("time_serie", "pearson,", {}, ["has a column 'time_serie'; did you mean time_series?"]),
    "number": (
        "distance_decay",
        "low,0.1",
        {},
        ["sample 'a': distance_decay must be a number; found 'low'"],
    ),
    "whole number": ("lag", "1.5,2", {}, ["sample 'a': lag must be a whole number; found '1.5'"]),
    "boolean": ("self_loops", "true,2", {}, ["sample 'b': self_loops must be true or false; found '2'"]),
    "choice": (
        "negative",
        ",kept",
        {},
        ["sample 'b': negative must be one of keep, drop, absolute; the nearest is 'keep'; found 'kept'"],
    ),
    "form": (
        "expression_from",
        "obs,",
        {},
        [
            "sample 'a': expression_from does not have the right form (Where the expression is in the h5ad file: "
            "X, raw, or a layer, layers/NAME.); found 'obs'"
        ],
    ),
    "least": ("spatial_neighbors", "0,", {}, ["sample 'a': spatial_neighbors must be at least 1; found '0'"]),
    "most": ("retained_fraction", "1.01,", {}, ["sample 'a': retained_fraction must be at most 1; found '1.01'"]),
    "above": ("spatial_radius", "0,", {}, ["sample 'a': spatial_radius must be above 0; found '0'"]),
    "alone": (
        "near_percentile",
        "100,",
        {},
        ["sample 'a': --near_percentile needs --distance_decay, which is not set"],
    ),
    "must be set": ("negative", "null,", {}, ["sample 'a': negative must not be empty; found 'null'"]),
    "of each": (
        "connection_density",
        "2,0",
        {},
        [
            "sample 'a': connection_density must be at most 1; found '2'",
            "sample 'b': connection_density must be above 0; found '0'",
        ],
    ),
    "with the run's": (
        "spatial_rule",
        "radius,",
        {},
        ["sample 'a': --spatial_rule radius needs --spatial_radius, which is not set"],
    ),
    "without the run's": (
        "section_key",
        "null,",
        {"section_key": "s", "section_order": "s1,s2"},
        ["sample 'a': --section_order needs --section_key, which is not set"],
    ),
    "cell left empty": (
        "spatial_radius",
        "2,",
        {"spatial_rule": "radius"},
        ["sample 'b': --spatial_rule radius needs --spatial_radius, which is not set"],
    ),
    "two thresholds": (
        "connection_density",
        ",0.1",
        {"connectivity_threshold": 0.2},
        ["sample 'b': --connection_density chooses the threshold from the matrix; leave --connectivity_threshold at 0"],
    ),
}
# The same, and what each sample has of its own.
OWN_RIGHT: dict[str, tuple[str, str, dict[str, Any], list[dict[str, Any]]]] = {
    "none": ("age", "3,4", {}, [{}, {}]),
    "nearly no parameter": ("section", "3,4", {}, [{}, {}]),
    "a word of its own": ("Region", "cortex,thalamus", {}, [{}, {}]),
    "number": ("connectivity_threshold", "0.1,", {}, [{"connectivity_threshold": 0.1}, {}]),
    "below 0": ("connectivity_threshold", ",-1", {}, [{}, {"connectivity_threshold": -1}]),
    "whole number": ("Spatial_Neighbors", "1e1, 20 ", {}, [{"spatial_neighbors": 10}, {"spatial_neighbors": 20}]),
    "boolean": ("self_loops", "FALSE,true", {}, [{"self_loops": False}, {}]),
    "text like a number": ("section_key", "01,1e3", {}, [{"section_key": "01"}, {"section_key": "1e3"}]),
    "text like a boolean": ("reference_key", "true,", {}, [{"reference_key": "true"}, {}]),
    "list": ("coordinates", '"x,y",', {}, [{"coordinates": "x,y"}, {}]),
    "as the run has it": ("negative", "keep,drop", {}, [{}, {"negative": "drop"}]),
    "the same number": ("retained_fraction", "0.50,1", {"retained_fraction": 0.5}, [{}, {"retained_fraction": 1}]),
    "unset": ("section_key", "null,", {"section_key": "s"}, [{"section_key": None}, {}]),
    "in place of the run's": ("spatial_radius", "1,2.5", {"spatial_rule": "radius"}, [
        {"spatial_radius": 1}, {"spatial_radius": 2.5},
    ]),
    "places": ("align", "places,", {}, [{"align": "places", "region_key": "place"}, {}]),
    "no places": ("align", "none,", {"align": "places"}, [{"align": "none", "region_key": None}, {}]),
    "a named place": ("align", "none,", {"align": "places", "region_key": "place"}, [{"align": "none"}, {}]),
    "another column": ("region_key", "area,null", {"align": "places"}, [
        {"region_key": "area"}, {},
    ]),
}  # fmt: skip


def test_parameters_of_single_samples_are_taken_as_meant_or_refused(tmp_path):
    fill(tmp_path)
    cases = [*OWN_WRONG.items(), *OWN_RIGHT.items()]
    given = []
    for number, (_, (column, cells, run, _)) in enumerate(cases):
        cut = cells.rindex(",")
        rows = [f"a,a.h5ad,a.npy,{cells[:cut]}", f"b,a.h5ad,a.npy,{cells[cut + 1 :]}"]
        (tmp_path / f"sheet{number}.csv").write_text("\n".join([f"{HEADER.strip()},{column}", *rows]) + "\n")
        given.append(defaults_of_the_schema() | run | {"input": f"sheet{number}.csv"})
    found = call_each(tmp_path, "parameters", "checked_samples", given)
    wrong = []
    for number, ((case, (_, _, _, expected)), result) in enumerate(zip(cases, found, strict=True)):
        if number < len(OWN_WRONG):
            right = result.get("wrong") == "\n".join(f"sheet{number}.csv: {line}" for line in expected)
        else:
            right = [own for _, _, own in result.get("right", [])] == expected
        wrong += [] if right else [(case, result)]
    assert wrong == []


def test_every_problem_of_a_sample_is_told_and_those_of_its_files_with_them(tmp_path):
    fill(tmp_path)
    header = "sample,expression,connectivity,distance_decay,lag\n"
    (tmp_path / "samples.csv").write_text(header + "a,gone.h5ad,a.npy,much,0\nb,a.h5ad,a.npy,,x\n")
    (found,) = samples_of(tmp_path, "samples.csv")
    assert found["wrong"].splitlines() == [
        f"samples.csv: sample 'a': expression file {tmp_path}/gone.h5ad does not exist",
        "samples.csv: sample 'a': lag must be at least 1; found '0'",
        "samples.csv: sample 'a': distance_decay must be a number; found 'much'",
        "samples.csv: sample 'b': lag must be a whole number; found 'x'",
    ]


def test_a_conflict_of_the_run_is_told_once(tmp_path):
    fill(tmp_path)
    (tmp_path / "samples.csv").write_text(HEADER + "a," + ROW + "b," + ROW)
    (found,) = samples_of(tmp_path, "samples.csv", spatial_rule="radius")
    assert found["wrong"] == "--spatial_rule radius needs --spatial_radius, which is not set"


def test_a_parameter_s_column_stands_once(tmp_path):
    fill(tmp_path)
    (tmp_path / "samples.csv").write_text("sample,expression,connectivity,lag,lag\na,a.h5ad,a.npy,1,2\n")
    (found,) = samples_of(tmp_path, "samples.csv")
    assert found["wrong"] == "samples.csv: the column 'lag' appears twice; keep one"


def test_stages_get_the_options_of_each_sample_that_depend_on_it():
    """Groups that say what files hold and how graphs are built; not what makes samples comparable, or is the run's."""
    groups = json.loads((PROJECT / "nextflow_schema.json").read_text())["$defs"]
    marked = {name: group["properties"] for name, group in groups.items() if group.get("per_sample")}
    preparing = {"alignment", "preprocessing", "spatial_graph", "connectivity", "connection_graph"}
    assert marked.keys() == preparing | {"evaluation"}
    assert marked["evaluation"].keys() == {"reference_key"}
    stages = {stage for group in marked.values() for described in group.values() for stage in described["stages"]}
    processes = (PROJECT / "modules" / "processes").glob("*.nf")
    assert stages == {file.stem for file in processes if ", val(options)" in file.read_text()}
