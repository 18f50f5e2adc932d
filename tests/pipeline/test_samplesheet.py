"""The samplesheet: what is wrong with it ends the run with one line; what is right fans out."""

import numpy as np
import pytest

HEADER = "sample,expression,connectivity\n"
WRONG = {
    "missing": (None, "samples.csv: there is no such samplesheet"),
    "empty": (HEADER, "samples.csv: has no samples; needed: sample, expression, connectivity"),
    "column": (
        "sample,expresion,connectivity\na,a.h5ad,a.npy\n",
        "samples.csv: has no column 'expression'; found sample, expresion, connectivity; "
        "needed: sample, expression, connectivity",
    ),
    "unsafe": (
        HEADER + "../a,a.h5ad,a.npy\n",
        "samples.csv: sample name '../a' is not allowed; use letters, digits, '.', '_' and '-', not starting with '.'",
    ),
    "repeated": (
        HEADER + "a,a.h5ad,a.npy\na,a.h5ad,a.npy\n",
        "samples.csv: sample name 'a' stands 2 times; each sample needs its own",
    ),
    "reserved": (
        HEADER + "pipeline_info,a.h5ad,a.npy\n",
        "samples.csv: the sample name 'pipeline_info' is the name of a folder of the results; choose another",
    ),
    "cell": (HEADER + "a,a.h5ad,\n", "samples.csv: sample 'a' has no connectivity"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_sheet_ends_the_run_with_one_line(nextflow, tmp_path, case):
    text, line = WRONG[case]
    for name in ("a.h5ad", "a.npy"):
        (tmp_path / name).touch()
    if text is not None:
        (tmp_path / "samples.csv").write_text(text)
    run = nextflow("--input", "samples.csv")
    assert run.status == 1
    assert line in run.printed.splitlines()


def test_missing_file_is_named_with_its_sample(nextflow, tmp_path):
    (tmp_path / "samples.csv").write_text(HEADER + "a,a.h5ad,a.npy\n")
    run = nextflow("--input", "samples.csv")
    assert run.status == 1
    assert f"samples.csv: sample 'a': expression file {tmp_path}/a.h5ad does not exist" in run.printed.splitlines()


def test_paths_are_relative_to_the_sheet_and_everything_fans_out(nextflow, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for name in ("a.h5ad", "a.npy", "b.h5ad", "b.npy"):
        (data / name).touch()
    (data / "samples.csv").write_text(HEADER + "mouse.1,a.h5ad,a.npy\nmouse-2,b.h5ad,b.npy\n")
    lists = ("--seeds", "1,2", "--alphas", "1,0.3,0", "--resolutions", "0.4,0.6")
    run = nextflow("--input", "data/samples.csv", *lists, "-stub-run")
    assert run.status == 0, run.printed
    counts = run.trace["process"].value_counts().to_dict()
    assert counts == {
        **{"VALIDATE": 2, "PREPROCESS": 2, "SPATIAL_GRAPH": 2, "CONNECTION_GRAPH": 2, "TRAIN": 4, "EMBED": 4},
        **{"FUSE": 12, "CLUSTER": 24, "EVALUATE": 2, "REPORT": 2, "OVERVIEW": 1},
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
