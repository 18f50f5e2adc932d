"""Parameters against the data: what a later stage could not do is refused before anything is computed."""

from pathlib import Path

import numpy as np

from tests.corpus.case import Case
from tests.corpus.connectivity_refused import with_entry
from tests.corpus.sample import PLACES, N, matrix, spots
from tests.corpus.sections import BY, unsectioned

FEWER = "Take fewer: no spot has so many others."
RADIUS = {"spatial_rule": "radius"}


def validation(name: str, *words: str, cure: str = "", make=lambda folder: None, **given: object) -> Case:
    """Return a case of parameters that validation refuses in one line."""
    return Case(name, make, given, refused=(words,), cure=cure)


def later(script: str, name: str, *words: str, cure: str = "", **given: object) -> Case:
    """Return a case of parameters that a later script refuses."""
    return Case(f"{script}: {name}", given=given, scripts=(script,), refused=(words,), cure=cure)


def all_at_once(folder: Path) -> None:
    """Make both files wrong in several ways."""
    unsectioned(None)(folder)
    matrix(with_entry(np.nan))(folder)


def nanometres(sample) -> None:
    """Give the coordinates in nanometres, as electron microscopists do."""
    sample.obsm["spatial"] = PLACES * 1e6


def both_broken(folder: Path) -> None:
    """Make neither file readable."""
    for name in ("spots.h5ad", "matrix.npy"):
        (folder / name).write_bytes(b"")


FILES = [
    validation(
        "no such file of spots",
        *("--expression", "none.h5ad", "does not exist"),
        expression="none.h5ad",
    ),
    validation("no such matrix", *("--connectivity", "none.npy", "does not exist"), connectivity="none.npy"),
]
COUNTED = [
    validation(
        "too many neighbours in space",
        *("spots.h5ad", "spatial_neighbors is 30", "at most 29"),
        cure=FEWER,
        spatial_neighbors=30,
    ),
    validation(
        "no neighbour in space",
        *("spots.h5ad", "spatial_neighbors is 0", "write --spatial_neighbors 1"),
        cure="Type what it says, or more.",
        spatial_neighbors=0,
    ),
    validation("too many neighbours in the mix", "spots.h5ad", "cluster_neighbors is 31", "29", cluster_neighbors=31),
    validation("one neighbour in the mix", "spots.h5ad", "cluster_neighbors is 1", "at least 2", cluster_neighbors=1),
    validation("too many refining", "spots.h5ad", "refine_neighbors is 30", "29", refine_neighbors=30),
    validation("refining below 0", "spots.h5ad", "refine_neighbors is -1", "at least 0", refine_neighbors=-1),
    validation(
        "as many clusters as spots",
        *("spots.h5ad", "n_clusters is 30", "30 spots"),
        cure="A cluster is of several spots: ask for far fewer.",
        n_clusters=30,
    ),
    validation(
        "widths that rise",
        *("spots.h5ad", "[4, 8, 12]", "20 genes"),
        cure="With 20 genes, for example `--widths 12,8,4`.",
        widths="4,8,12",
    ),
    validation("widths that stay", "spots.h5ad", "[8, 8, 4]", "20 genes", widths="8,8,4"),
    validation("widths above the genes", "spots.h5ad", "[20, 8, 4]", "20 genes", widths="20,8,4"),
    validation("a width of 0", "spots.h5ad", "[8, 4, 0]", "at least 1", widths="8,4,0"),
    validation("widths above the kept genes", "spots.h5ad", "[12, 8, 4]", "10 genes", hvg_above=19, n_top_genes=10),
    validation("two widths", "[8, 4]", "three", cure="Three layers, three numbers.", widths="8,4"),
    validation("widths of letters", "8,four,2", "int", widths="8,four,2"),
    validation("no widths", "widths", "int", widths=""),
    validation("neighbours of letters", "--spatial-neighbors", "five", "integer", spatial_neighbors="five"),
    validation("an unknown kind of expression", "--expression-values", "'count'", "counts", expression_values="count"),
    validation("an unknown rule", "--spatial-rule", "'knnn'", "radius", spatial_rule="knnn"),
]
GRAPHS = [
    validation(
        "no radius",
        *("spatial_rule is 'radius'", "--spatial_radius"),
        cure="Set the distance within which spots are neighbours, in the unit of your coordinates.",
        **RADIUS,
    ),
    validation(
        "a radius below every distance",
        *("spots.h5ad", "no edge between two spots", "away in the median", "raise --spatial_radius"),
        cure="The radius is in the unit of your coordinates; take a few times the distance that it names.",
        **RADIUS,
        spatial_radius=1e-6,
    ),
    validation(
        "a percentile without a decay",
        *("near_percentile", "--distance_decay"),
        cure="Set both, or neither.",
        near_percentile=30.0,
    ),
    validation(
        "a threshold above every entry",
        *("matrix.npy", "connectivity_threshold is 2.5", "between two spots is 0.9989", "lower"),
        cure="Set it below the number that is named; self-loops do not count as connections.",
        connectivity_threshold=2.5,
    ),
    validation(
        "only the diagonal above the threshold",
        *("matrix.npy", "no edge between two spots", "threshold is 1"),
        make=matrix(np.eye(N) * 3 + 0.5),
        connectivity_threshold=1,
    ),
    validation(
        "no entry of a row kept",
        *("matrix.npy", "retained_fraction is 0.03", "of the 30 entries", "--retained_fraction 0.034"),
        cure="A share of the spots is rounded down; type what it says, or more.",
        retained_fraction=0.03,
    ),
    validation(
        "the diagonal alone kept of each row",
        *("matrix.npy", "only the 1 largest", "the diagonal", "raise --retained_fraction"),
        cure="The diagonal counts among a row's largest, as in the published code.",
        make=matrix(np.eye(N) * 3 + 0.5),
        retained_fraction=0.034,
    ),
    validation(
        "a decay for another unit",
        *("matrix.npy", "distance_decay is 0.006", "beyond what numbers hold", "write --distance_decay"),
        cure="A decay from another study is for its unit of distance. Type what it says, then adjust.",
        make=spots(nanometres),
        distance_decay=0.006,
    ),
    validation(
        "a threshold that is no number", "matrix.npy", "no edge between two spots", connectivity_threshold="nan"
    ),
]
TOGETHER = [
    Case(
        "five problems at once",
        all_at_once,
        BY | {"reference_key": "gangly", "spatial_neighbors": 40, "n_clusters": 99},
        refused=(
            ("matrix.npy", "[4, 6] is nan"),
            ("spots.h5ad", "spatial_neighbors is 40"),
            ("spots.h5ad", "n_clusters is 99"),
            ("spots.h5ad", "'gangly'", "did you mean 'ganglion'?"),
            ("spots.h5ad", "'s7' has no section"),
        ),
    ),
    Case(
        "neither file can be read",
        both_broken,
        refused=(("spots.h5ad", "not HDF5"), ("matrix.npy", "NumPy array")),
    ),
    Case(
        "no coordinates, no connection, widths that rise",
        spots(lambda sample: sample.obsm.clear()),
        {"widths": "1,2,3", "connectivity_threshold": 2.5},
        refused=(("spots.h5ad", "no coordinates found"), ("spots.h5ad", "[1, 2, 3]")),
    ),
]
LATER = [
    later("preprocess", "an unknown kind of expression", "--expression-values", "'counts'", expression_values="count"),
    later("spatial_graph", "too many neighbours", "spatial_neighbors", "30", "29", spatial_neighbors=30),
    later("spatial_graph", "no radius", "spatial_rule", "spatial_radius", **RADIUS),
    later("spatial_graph", "no section radius", "section_radius", **RADIUS, spatial_radius=1, **BY),
    later(
        "connection_graph",
        "a threshold above every entry",
        *("matrix.npy", "connectivity_threshold", "2.5", "between two spots is 0.9989"),
        connectivity_threshold=2.5,
    ),
    later("connection_graph", "a percentile alone", "near_percentile", "distance_decay", near_percentile=30),
    later("train", "widths that rise", "widths", "[4, 8, 12]", "20 genes", widths="4,8,12"),
    later("train", "a missing option with a choice", "--fusion", "concat", "add", fusion=None),
    later("train", "a missing option", "--epochs", epochs=None),
    later(
        "train",
        "no GPU",
        *("device is 'cuda'", "--device auto or --device cpu"),
        cure="Type `--device auto` or `--device cpu`; or run where there is a GPU: [running.md](running.md).",
        device="cuda",
    ),
    later("train", "a misspelt option", "--epoch", "--epochs", epoch=3),
    later("cluster", "no way to cluster", "resolution", "n_clusters", resolution=None),
    later("cluster", "two ways to cluster", "resolution", "n_clusters", n_clusters=3),
    later("cluster", "too many refining", "refine_neighbors", "30", "29", refine_neighbors=30),
]
CASES = [*FILES, *COUNTED, *GRAPHS, *TOGETHER, *LATER]
