"""The samplesheet: what is wrong with it ends the run with one line; what is right fans out."""

from pathlib import Path

import numpy as np
import pytest

from tests.pipeline.conftest import call_each

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
        "sample 'a': connectivity file {folder}/folder is a folder; a file is needed",
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
    (folder / "broken.h5ad").symlink_to(folder / "nowhere")
    (folder / "link.h5ad").symlink_to(folder / "a.h5ad")


def test_each_sheet_is_read_or_refused_in_one_line(tmp_path):
    fill(tmp_path)
    cases = WRONG | RIGHT
    names = [f"sheet {number}.csv" for number in range(len(cases))]
    for name, (content, _) in zip(names, cases.values(), strict=True):
        text = content.replace("{folder}", str(tmp_path)) if isinstance(content, str) else content
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    found = call_each(tmp_path, "samplesheet", "samples_of", names)
    wrong = []
    for name, (case, (_, expected)), result in zip(names, cases.items(), found, strict=True):
        if case in WRONG:
            right = result.get("wrong") == f"{name}: {expected.replace('{folder}', str(tmp_path))}"
        else:
            rows = result.get("right", [])
            right = [sample for sample, _ in rows] == expected and all(
                files["expression"] and files["connectivity"] and all(Path(path).is_file() for path in paths)
                for _, files in rows
                for paths in files.values()
            )
        wrong += [] if right else [(case, result)]
    assert wrong == []


def test_all_problems_of_a_sheet_are_told_at_once(tmp_path):
    fill(tmp_path)
    (tmp_path / "samples.csv").write_text(HEADER + "-1,a.h5ad,a.npy\nb,c.h5ad,\n")
    (found,) = call_each(tmp_path, "samplesheet", "samples_of", ["samples.csv"])
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
