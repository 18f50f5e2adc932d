"""The two pages, made by their notebooks from odd samples: nothing crashes, and every text is text."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import anndata as ad
import matplotlib.image
import nbformat
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import yaml
from IPython.display import HTML
from tests.unit.conftest import ROOT

from spacon.analysis.metrics import metric_table
from spacon.clusters.labels import Clustering
from spacon.data import keys
from spacon.graphs.graph import write_graph
from spacon.graphs.region_graph import region_graph
from spacon.results.annotate import add_clusterings

EVIL = '<b>$a$</b> & "x" $title ${body} {{x}} %s \\n'
PARAMETERS = {"alphas": "0.5", "seeds": "1", "reference_key": None, "example": None, "section_key": None}


def graph_of(n, edges=True):
    ring = sp.csr_matrix((np.ones(n), (np.arange(n), (np.arange(n) + 1) % n)), shape=(n, n))
    return sp.csr_matrix(sp.identity(n) + ring) if edges else sp.identity(n, format="csr")


def sample_of(folder, labels, *, place=None, obs=None, uns=None, found=None, parameters=None, notes="", graph=None):
    """Write what the report reads of a sample with these labels (n,); return the notebook's parameters."""
    n = len(labels)
    place = np.random.default_rng(0).random((n, 2)) if place is None else place
    graph = graph_of(n) if graph is None else graph
    parameters = PARAMETERS | (parameters or {})
    spots = ad.AnnData(
        np.ones((n, 3), dtype=np.float32), obs=pd.DataFrame(obs or {}, index=[f"s{i}" for i in range(n)])
    )
    spots.obsm[keys.SPATIAL] = place
    spots.obsm[f"{keys.UMAP}_alpha0.5"] = spots.obsm[keys.UMAP] = place.astype(np.float32)
    spots.uns.update(uns or {})
    clusterings = [Clustering(1, 0.5, "leiden", 0.6, refined, np.asarray(labels)) for refined in (False, True)]
    add_clusterings(spots, clusterings)
    spots.write_h5ad(folder / "clustered.h5ad")
    reference = spots.obs[parameters["reference_key"]] if parameters["reference_key"] else None
    metrics = metric_table(clusterings, graph_of(n), graph_of(n), reference)
    metrics.insert(0, "sample", "NA")
    metrics.assign(device="cpu", n_clusters_wanted=12).to_csv(folder / "metrics.csv", index=False)
    history = {"epoch": 1, "steps": 2, "seed": 1, "mean_squared_error": 0.5, "device": "cpu", "threads": 1}
    pd.DataFrame([history]).to_csv(folder / "history.csv", index=False)
    for name in ("spatial_graph", "connection_graph"):
        write_graph(folder / f"{name}.npz", graph)
    summary = {
        "genes": 3,
        "expression_from": "X",
        "expression_values": "counts",
        "coordinates": "x,y",
        "dimensions": 2,
        "connectivity": "dense",
        "connectivity_matched_by": "order",
        "spots_without_connectivity": 0,
        "regions_within": None,
    }
    summary |= {"sections": None} | (found or {})
    texts = {
        "validated.json": json.dumps(summary),
        "connection_graph.json": '{"kept_fraction": 0.1}',
        "parameters.json": json.dumps(parameters),
        "versions.yml": "REPORT:\n  python: 3.11\n",
        "command.txt": f"nextflow run . --x '{EVIL}'",
        "notes.csv": f"stage,note\n{notes}",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    files = {
        "spots_file": "clustered.h5ad",
        "metrics_file": "metrics.csv",
        "spatial_graph_file": "spatial_graph.npz",
        "connection_graph_file": "connection_graph.npz",
        "connection_summary_file": "connection_graph.json",
        "input_summary_file": "validated.json",
        "notes_file": "notes.csv",
        "parameters_file": "parameters.json",
        "versions_file": "versions.yml",
        "command_file": "command.txt",
        "figures_folder": "figures",
    }
    return {name: str(folder / file) for name, file in files.items()} | {
        "sample": "NA",
        "history_files": [str(folder / "history.csv")],
        "schema_file": str(ROOT / "nextflow_schema.json"),
    }


@pytest.fixture
def shown(monkeypatch):
    """Run a notebook's cells here, without a kernel, and return the HTML of what it displays."""

    def run(name, parameters):
        displayed = []
        monkeypatch.setattr("IPython.display.display", displayed.append)
        first, *cells = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells
        space = {"__name__": "notebook"}
        exec(first.source, space)
        assert parameters.keys() <= space.keys()
        space.update(parameters)
        for cell in cells:
            exec(cell.source, space)
        return "".join(each.data for each in displayed if isinstance(each, HTML))

    return run


def figures_of(folder):
    return {path.stem for path in (folder / "figures").glob("*.png")}


MAPS = {
    "map_spacon_alpha0.5_resolution0.6_seed1",
    "clusters_spacon_alpha0.5_resolution0.6_seed1",
    "map_spacon_alpha0.5_resolution0.6_seed1_refined",
    "clusters_spacon_alpha0.5_resolution0.6_seed1_refined",
    "umap_spacon_alpha0.5_resolution0.6_seed1",
    "degrees",
    "training",
}

SIX = np.array([0, 0, 0, 1, 1, 2])


@pytest.mark.parametrize(
    ("labels", "options"),
    [
        ([0, 0], {}),
        ([0, 1], {}),
        (SIX, {"place": np.column_stack([np.arange(6.0), np.zeros(6)])}),
        (SIX, {"place": np.column_stack([np.zeros(6), np.arange(6.0)])}),
        (np.arange(6), {}),
        (np.zeros(6, dtype=int), {}),
        (SIX, {"graph": graph_of(6, edges=False)}),
        (SIX, {"graph": sp.csr_matrix((6, 6))}),
        (SIX, {"graph": region_graph(np.array([[0.0, 1.0], [0.0, 0.0]]), np.arange(6) % 2, 0.5, 3)[0]}),
        (SIX, {"parameters": {"seeds": [1, 2]}}),
        (SIX, {"uns": {keys.SOURCE: {"a": 1}}}),
    ],
)
def test_odd_samples_get_their_report(tmp_path, shown, labels, options):
    page = shown("report", sample_of(tmp_path, labels, **options))
    assert f"{len(labels):,} spots" in page
    assert figures_of(tmp_path) == MAPS
    assert "<th>asked for</th>" in page


def test_a_report_marks_the_sample_s_own_parameters(tmp_path, shown):
    parameters = {"connectivity_threshold": 0.3, "retained_fraction": 1.0}
    page = shown("report", sample_of(tmp_path, SIX, parameters=parameters) | {"own_parameters": list(parameters)[:1]})
    assert "<td>0.3 <small>(for this sample)</small></td>" in page
    assert page.count("for this sample") == 1


REFERENCES = {
    "text": (["a", "b", "a", "b", None, "c"], 5, 3),
    "evil": ([EVIL, "_x", "$a$", "", "x" * 400, "हिन्दी"], 5, 5),
    "none": ([None] * 6, 0, 0),
    "nan": ([np.nan] * 6, 0, 0),
    "one": (["a"] + [None] * 5, 1, 1),
    "same": (["a"] * 6, 6, 1),
    "numbers": ([1.5, np.nan, 2.5, 1e300, 1.5, 0.0], 5, 4),
    "whole": ([3, 1, 2, 3, 10, 2], 6, 4),
    "booleans": ([True, False, True, True, False, True], 6, 2),
    "unused": (pd.Categorical(["b", "b", None, "b", "b", "b"], categories=["a", "b", "c"]), 5, 1),
    "nullable": (pd.array([1, None, 2, 3, 1, 1], dtype="Int64"), 5, 3),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_any_reference_column_is_drawn_or_said_to_be_empty(tmp_path, shown, name):
    column, known, distinct = REFERENCES[name]
    column = pd.array(column, dtype="string") if name == "none" else column
    obs, parameters = {"my <b>area": column}, {"reference_key": "my <b>area"}
    page = shown("report", sample_of(tmp_path, SIX, obs=obs, parameters=parameters))
    assert figures_of(tmp_path) == (MAPS | {"map_reference"} if known else MAPS)
    assert f"my &lt;b&gt;area: {known} of 6 spots have one of {distinct} labels" in page
    assert ("No spot has a label in" in page) == (not known)
    assert ("Agreement with the reference labels" in page) == bool(known)
    assert "<b>" not in page


def test_names_that_a_map_cannot_show_are_listed(tmp_path, shown):
    obs = {"area": REFERENCES["evil"][0]}
    page = shown("report", sample_of(tmp_path, SIX, obs=obs, parameters={"reference_key": "area"}))
    listed = dict(re.findall("<tr><td>(#[0-9]+)</td><td>(.*?)</td></tr>", page))
    assert set(listed.values()) == {
        "x" * 400,
        "हिन्दी",
        *[value for value in listed.values() if "$title" in value],
    }


def test_five_thousand_labels_are_drawn(tmp_path, shown):
    n = 5000
    obs = {"area": [f"area {number}" for number in range(n)]}
    page = shown("report", sample_of(tmp_path, np.arange(n) % 3, obs=obs, parameters={"reference_key": "area"}))
    assert "5,000 of 5,000 spots have one of 5,000 labels" in page
    assert "map_reference" in figures_of(tmp_path)


def test_sections_over_each_other_are_drawn_apart_in_their_order(tmp_path, shown):
    order = [f"slice {number}" for number in range(1, 13)]
    obs = {"slice": np.array(order)[np.arange(48) % 12]}
    options = {"obs": obs, "parameters": {"example": None, "section_key": "slice"}, "found": {"sections": order}}
    apart, over = tmp_path / "apart", tmp_path / "over"
    for folder in (apart, over):
        folder.mkdir()
    page = shown("report", sample_of(apart, np.arange(48) % 2, **options))
    assert "12, by slice, in this order: slice 1, slice 2, slice 3," in page
    assert "maps show them side by side" in page
    page = shown("report", sample_of(over, np.arange(48) % 2))
    assert "side by side" not in page
    for name in MAPS - {"degrees", "training", "umap_spacon_alpha0.5_resolution0.6_seed1"}:
        one, other = (matplotlib.image.imread(folder / "figures" / f"{name}.png") for folder in (apart, over))
        assert one.shape != other.shape


@pytest.mark.parametrize(
    ("notes", "expected"), [("", "Nothing unusual was found."), ("fuse,<i>low</i>\n", "&lt;i&gt;low")]
)
def test_notes_stand_before_the_maps(tmp_path, shown, notes, expected):
    page = shown("report", sample_of(tmp_path, SIX, notes=notes))
    assert page.index("What to know first") < page.index(expected) < page.index("Cluster maps")


def overview_of(folder, names, failed=None):
    files = []
    for name in names:
        sample_of(folder, SIX)
        file = folder / f"{name}.metrics.csv"
        file.write_text((folder / "metrics.csv").read_text().replace("\nNA,", f"\n{name},"))
        files.append(str(file))
    parameters = {"metrics_files": files, "command_file": str(folder / "command.txt"), "failed_file": ""}
    (folder / "command.txt").write_text(f"nextflow run . --x '{EVIL}'")
    if failed is not None:
        pd.DataFrame(failed, columns=["sample", "stage", "reason"]).to_csv(folder / "failed.csv", index=False)
        parameters["failed_file"] = str(folder / "failed.csv")
    return parameters


def linked(page):
    return [name for name in re.findall('href="([^"]*)/report.html"', page) if name != "pipeline_info"]


def test_the_overview_links_finished_samples_and_lists_failed_ones(tmp_path, shown):
    reason = "error: <b>x.h5ad</b>: no X, " + "y" * 200
    failed = [("null", "VALIDATE", reason), ("1e3", "REPORT", "memory")]
    page = shown("overview", overview_of(tmp_path, ["NA", "001", "1e3", "a b"], failed))
    assert linked(page) == ["001", "NA", "a%20b"]
    assert "<td>null</td><td>VALIDATE</td><td>error: &lt;b&gt;x.h5ad&lt;/b&gt;: no X, " + "y" * 200 + "</td>" in page
    assert page.index("Failed samples") < page.index("001/report.html")


def test_the_overview_names_parameters_of_single_samples(tmp_path, shown):
    given = overview_of(tmp_path, ["a", "b"])
    assert "single samples" not in shown("overview", given)
    (tmp_path / "own.json").write_text('{"b": {"connectivity_threshold": 0.3}}')
    page = shown("overview", given | {"own_file": str(tmp_path / "own.json")})
    assert '<a href="pipeline_info/sample_params.json">parameters of single samples</a>' in page
    assert "<tr><td>b</td><td>0.3</td></tr>" in page.split("Parameters of single samples</h2>")[1]


def test_an_overview_without_any_finished_sample(tmp_path, shown):
    page = shown("overview", overview_of(tmp_path, [], [("a", "VALIDATE", "why")]))
    assert "No sample was finished." in page
    assert linked(page) == []
    assert "All clusterings" not in page


@pytest.mark.parametrize("failed", [None, []])
def test_without_failed_samples_nothing_is_said_of_them(tmp_path, shown, failed):
    page = shown("overview", overview_of(tmp_path, ["a"], failed))
    assert "Failed" not in page
    assert linked(page) == ["a"]


def test_a_page_is_made_of_texts_whatever_they_look_like(tmp_path):
    obs = {"area": REFERENCES["evil"][0], "slice": [EVIL, EVIL, EVIL, "海马", "海马", "海马"]}
    found = {"sections": [EVIL, "海马"]}
    keys_of = {"reference_key": "area", "example": None, "section_key": "slice"}
    values = sample_of(
        tmp_path, SIX, obs=obs, found=found, parameters=keys_of, notes=f"train,{EVIL.replace(chr(34), '')}\n"
    )
    (tmp_path / "notebook.yml").write_text(yaml.safe_dump(values).replace("sample: NA", "sample: 001"))
    command = [sys.executable, ROOT / "bin" / "notebook.py", "--title", f"SpaCon: {EVIL}"]
    for option, path in {
        "notebook": ROOT / "notebooks" / "report.ipynb",
        "page": ROOT / "notebooks" / "page.html",
        "parameters": tmp_path / "notebook.yml",
        "executed": tmp_path / "report.ipynb",
        "html": tmp_path / "report.html",
    }.items():
        command += [f"--{option}", path]
    settings = os.environ | {"PYTHONPATH": str(ROOT / "bin")}
    twice = []
    for _ in range(2):
        made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=settings)
        assert made.returncode == 0, made.stderr
        twice.append([(tmp_path / name).read_bytes() for name in ("report.ipynb", "report.html")])
    assert twice[0] == twice[1]  # the same bytes in every run
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<title>SpaCon: &lt;b&gt;$a$&lt;/b&gt; &amp; &quot;x&quot; $title ${body} {{x}} %s \\n</title>" in page
    assert "<b>" not in page
    assert "<h1>001</h1>" in page
    assert "&lt;b&gt;$a$&lt;/b&gt; &amp; x $title ${body} {{x}} %s" in page  # the note
    outputs = [
        output
        for cell in nbformat.read(tmp_path / "report.ipynb", as_version=4).cells
        for output in cell.get("outputs", [])
    ]
    assert [output for output in outputs if output.output_type == "stream"] == []  # no warning of a library


def test_parameters_of_a_notebook_are_texts(tmp_path):
    source = (
        "sample = ''\nfiles = []",
        "import json, pathlib\npathlib.Path('found.json').write_text(json.dumps([sample, files]))",
    )
    cells = [nbformat.v4.new_code_cell(each) for each in source]
    cells[0].metadata["tags"] = ["parameters"]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "toy.ipynb")
    (tmp_path / "page.html").write_text("$title|$body")
    names = ["001", "1e3", "null", "NA", "yes", "0x1", "1_000", "2020-01-01", "~"]
    (tmp_path / "toy.yml").write_text(f"sample: null\nfiles: [{', '.join(names)}]\n")
    command = [sys.executable, ROOT / "bin" / "notebook.py", "--notebook", "toy.ipynb", "--page", "page.html"]
    command += ["--parameters", "toy.yml", "--title", "$body", "--executed", "out.ipynb", "--html", "out.html"]
    subprocess.run(command, check=True, cwd=tmp_path, capture_output=True)
    assert json.loads(Path(tmp_path / "found.json").read_text()) == ["null", names]
    assert (tmp_path / "out.html").read_text().startswith("$body|")
