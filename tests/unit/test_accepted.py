"""What validation accepts, every later stage can do: odd small samples, from their files to clusters and figures."""

import json
import warnings
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from click.testing import CliRunner
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import cluster
import connection_graph
import embed
import evaluate
import layout
import neighbors
import preprocess
import spatial_graph
import train
import validate
from spacon.graphs.graph import read_graph
from spacon.report import figures
from spacon.report.layout import layout_of

WIDTHS = "4,3,2"
EXPRESSION = {"expression_from": "X", "expression_values": "auto"}
SOURCE = {
    "region_diagonal": "given",
    "lag": 1,
    "connection_direction": "rows",
    "negative": "keep",
    "connectivity_transform": "none",
}


def run(main: Any, folder: Path, **given: Any) -> Any:
    """Run a script in this process; names of files are those in `folder`."""
    words = []
    for name, value in given.items():
        for each in value if isinstance(value, list) else [value]:
            flag = f"--{name.replace('_', '-')}"
            if each is True or each is False:
                words.append(flag if each else flag.replace("--", "--no-", 1))
            elif each is not None:
                words += [flag, str(folder / each[1:]) if isinstance(each, str) and each.startswith("@") else str(each)]
    with warnings.catch_warnings(action="ignore"):
        return CliRunner().invoke(main, words)


def accepted(main: Any, folder: Path, **given: Any) -> None:
    done = run(main, folder, **given)
    assert done.exit_code == 0, (main.name, done.stderr, repr(done.exception))


def mostly(plain: Any, *odd: Any) -> st.SearchStrategy:
    """Most samples have one or two oddities: of many, nearly all would be refused."""
    return st.sampled_from([plain] * 2 * len(odd) + list(odd))


@st.composite
def samples(draw: st.DrawFn) -> tuple[ad.AnnData, dict[str, np.ndarray] | np.ndarray | sp.csr_matrix, dict[str, Any]]:
    """Return spots, connectivity and parameters of a small sample; many are at the edge of what can be done."""
    n, genes = (
        draw(st.sampled_from([2, 3, *range(4, 13)] + [8] * 6)),
        draw(st.sampled_from([4, 5, 5, 5, 6, 8])),
    )  # 5 genes: one more than the widest layer
    random = np.random.default_rng(draw(st.integers(0, 5)))
    x = random.poisson(draw(st.sampled_from([0.2, 3.0, 1e5])), (n, genes)).astype(np.float32)
    silent = draw(mostly("no", "constant genes", "one gene", "silent spot", "all the same"))
    if silent == "constant genes":
        x[:, 1:] = 2
    elif silent == "one gene":
        x[:, 1:] = 0
    elif silent == "silent spot":
        x[0] = 0
    elif silent == "all the same":
        x[:] = x[0]
    spots = ad.AnnData(draw(st.sampled_from([np.asarray, sp.csr_matrix, sp.csc_matrix]))(x))
    places = draw(st.sampled_from(["random", "line", "pairs", "far"]))
    place = random.random((n, draw(st.integers(2, 3))))
    if places == "line":
        place[:, 1:] = 0
    elif places == "pairs":
        place = np.round(place)
    elif places == "far":
        place[0] += 1e6
    spots.obsm["spatial"] = place
    labels = draw(st.sampled_from(["none", "all missing", "some", "one", "numbers"]))
    if labels != "none":
        names = {"all missing": [None] * n, "some": [None, *("ab" * n)][:n], "one": ["a"] * n, "numbers": range(n)}[
            labels
        ]
        spots.obs["label"] = pd.Series(
            list(names), index=spots.obs_names, dtype=None if labels == "numbers" else "category"
        )
    sections = draw(mostly(None, "one", "two", "single spot", "each its own"))
    if sections is not None:
        of = {"one": ["s"] * n, "two": ["s1", "s2"] * n, "single spot": ["s1"] + ["s2"] * n, "each its own": range(n)}
        spots.obs["section"] = [str(name) for name in of[sections]][:n]

    strength = random.normal(size=(n, n)).astype(draw(st.sampled_from([np.float32, np.float64, np.float16])))
    wired = draw(mostly("all", "isolated spots", "one edge", "diagonal", "nothing"))
    if wired == "isolated spots":
        strength[: n // 2] = strength[:, : n // 2] = -1
    elif wired != "all":
        strength = np.full((n, n), -1, dtype=strength.dtype)
        strength[0, 1] = 2 if wired == "one edge" else -1
        np.fill_diagonal(strength, np.nan if wired == "diagonal" else -1)
    form = draw(st.sampled_from(["dense", "sparse", "factored"]))
    index = random.integers(0, n, n)
    connectivity = {"dense": strength, "sparse": sp.csr_matrix(np.nan_to_num(strength).astype(np.float32))}.get(form)
    if connectivity is None:
        connectivity = {"values": np.nan_to_num(strength), "index": index}

    rule = draw(st.sampled_from(["knn", "radius"]))
    parameters = {
        "spatial_rule": rule,
        "spatial_neighbors": draw(st.integers(1, 3)),
        "spatial_radius": draw(st.sampled_from([0.5, 5.0])) if rule == "radius" else None,
        "section_radius": 0.6 if rule == "radius" and sections else None,
        "self_loops": draw(st.booleans()),
        "section_key": "section" if sections else None,
        "connectivity_threshold": draw(st.sampled_from([0.0, 0.5, -0.5])),
        "retained_fraction": draw(st.sampled_from([1.0, 0.4])),
        "distance_decay": draw(st.sampled_from([None, 0.1, -0.1])),
        "hvg_above": draw(st.sampled_from([5000, 4])),
        "n_top_genes": draw(st.sampled_from([3000, 5])),
        "batch_size": draw(st.sampled_from([1, 2, 64])),
        "fanouts": draw(st.sampled_from(["3,2", "1"])),
        "reconstruction": draw(st.booleans()),
        "cluster_neighbors": draw(st.integers(2, 4)),
        "refine_neighbors": draw(st.sampled_from([0, 2])),
        "n_clusters": draw(st.sampled_from([None, 2])),
        "reference_key": None if labels == "none" else "label",
    }
    return spots, connectivity, parameters


def validation_of(folder: Path, matrix: str, wanted: dict[str, Any]) -> Any:
    asked = {name: value for name, value in wanted.items() if name != "self_loops"}
    files = {
        "expression": "@spots.h5ad",
        "connectivity": f"@{matrix}",
        "output": "@valid.json",
        "notes": "@notes_validate.txt",
    }
    fixed = {"sample": "one", "widths": WIDTHS, "device": "cpu"}
    return run(validate.main, folder, **files, **fixed, **EXPRESSION, **SOURCE, **asked)


def of(wanted: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: wanted[name] for name in names}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(samples())
def test_what_is_accepted_is_done(tmp_path_factory, sample):
    spots, connectivity, wanted = sample
    folder = tmp_path_factory.mktemp("sample")
    with warnings.catch_warnings(action="ignore"):
        spots.write_h5ad(folder / "spots.h5ad")
    matrix = "matrix.npy" if isinstance(connectivity, np.ndarray) else "matrix.npz"
    if isinstance(connectivity, dict):
        np.savez(folder / matrix, **connectivity)
    elif sp.issparse(connectivity):
        sp.save_npz(folder / matrix, connectivity)
    else:
        np.save(folder / matrix, connectivity)

    done = validation_of(folder, matrix, wanted)
    if done.exit_code == 2:
        event("refused")
        assert all(line.startswith("error: ") for line in done.stderr.splitlines())
        assert "Missing option" not in done.stderr
        assert {file.name for file in folder.iterdir()} == {"spots.h5ad", matrix}
        return
    assert done.exit_code == 0, (done.stderr, repr(done.exception))
    event("accepted")
    later_stages(folder, matrix, wanted)


def later_stages(folder: Path, matrix: str, wanted: dict[str, Any]) -> None:
    read = {"expression": "@pre.h5ad"}
    graphs = {"spatial_graph": "@near.npz", "connection_graph": "@wired.npz"}
    computing = {"device": "cpu", "precision": "float32", "threads": 1}
    hvg = of(wanted, "hvg_above", "n_top_genes")
    accepted(
        *(preprocess.main, folder),
        sample="one",
        expression="@spots.h5ad",
        **EXPRESSION,
        **hvg,
        **{**of(wanted, "section_key"), "flip": "y", "swap_xy": True},
        output="@pre.h5ad",
    )
    near = of(
        wanted, "spatial_rule", "spatial_neighbors", "spatial_radius", "section_radius", "self_loops", "section_key"
    )
    accepted(spatial_graph.main, folder, **read, **near, output="@near.npz", notes="@notes_spatial_graph.txt")
    rule = of(wanted, "connectivity_threshold", "retained_fraction", "distance_decay")
    out = {"output": "@wired.npz", "summary": "@wired.json", "notes": "@notes_connection_graph.txt"}
    accepted(connection_graph.main, folder, **read, connectivity=f"@{matrix}", **SOURCE, **rule, threads=1, **out)
    procedure = {"fusion": "concat", "attention_dropout": 0.1, "epochs": 2, "learning_rate": 1e-3, "weight_decay": 1e-4}
    steps = of(wanted, "batch_size", "fanouts")
    files = {"model": "@model.safetensors", "history": "@history.csv"}
    accepted(
        *(train.main, folder),
        **read,
        **graphs,
        widths=WIDTHS,
        **procedure,
        **steps,
        gradient_clip=5.0,
        seed=1,
        **computing,
        **files,
    )
    decoded = of(wanted, "reconstruction")
    accepted(
        embed.main,
        folder,
        **read,
        **graphs,
        model="@model.safetensors",
        **decoded,
        **computing,
        output="@embedding.npz",
    )
    counts = of(wanted, "cluster_neighbors")
    accepted(
        neighbors.main, folder, embedding="@embedding.npz", alpha=0.5, **counts, seed=1, threads=1, output="@mix.npz"
    )
    accepted(layout.main, folder, mix="@mix.npz", output="@layout.npz")
    how = {"n_clusters": wanted["n_clusters"], "resolution": None if wanted["n_clusters"] else 0.6}
    votes = of(wanted, "refine_neighbors", "section_key")
    accepted(
        cluster.main,
        folder,
        **read,
        mix="@mix.npz",
        cluster_method="leiden",
        **how,
        **votes,
        output="@clusters.npz",
    )
    (folder / "parameters.json").write_text(
        json.dumps({"n_clusters": wanted["n_clusters"], "alphas": "0.5", "epochs": 1, "learning_rate": 1e-4})
    )
    made = {
        "history": "@history.csv",
        "embedding": "@embedding.npz",
        "mix": "@mix.npz",
        "layout": ["@layout.npz"],
        "clustering": "@clusters.npz",
    }
    notes = ["@notes_validate.txt", "@notes_spatial_graph.txt", "@notes_connection_graph.txt"]
    results = {"output": "@out.h5ad", "clusters": "@clusters.csv", "metrics": "@metrics.csv", "notes": "@notes.csv"}
    known = of(wanted, "reference_key")
    accepted(
        *(evaluate.main, folder),
        sample="one",
        **read,
        **graphs,
        **made,
        stage_notes=notes,
        parameters="@parameters.json",
        **known,
        **results,
    )
    assert np.isfinite(np.load(folder / "embedding.npz")["spatial"]).all()
    drawn(folder)


def drawn(folder: Path) -> None:
    """Draw the report's figures of a result."""
    spots, metrics = ad.read_h5ad(folder / "out.h5ad"), pd.read_csv(folder / "metrics.csv")
    key = metrics["clustering"].iloc[0]
    colours, layout = list(spots.uns[f"{key}_colors"]), layout_of(spots.obsm["spatial"])
    graphs = {"spatial graph": read_graph(folder / "near.npz"), "connection graph": read_graph(folder / "wired.npz")}
    made = [
        figures.labelled_map(layout, spots.obs[key], colours, "title", to_scale=True),
        figures.small_multiples(layout, spots.obs[key], colours),
        figures.degrees(graphs),
        figures.training_curve(pd.read_csv(folder / "history.csv")),
    ]
    for number, figure in enumerate(made):
        figures.save(figure, folder / "figures", str(number))
