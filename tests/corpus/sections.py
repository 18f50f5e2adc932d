"""Sections and labels: their names in every type, the order that people mean, and what is refused of them."""

import json
from functools import partial
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from tests.corpus.case import Case
from tests.corpus.names import with_column
from tests.corpus.sample import PLACES, SECTION, N, spots
from tests.corpus.truth import neighbours_by_section, spatial_edges_are

THIRD = np.arange(N) % 3
BY = {"section_key": "section"}
passes = partial(Case, scripts=("validate", "preprocess", "spatial_graph"))


def in_order(section: np.ndarray, order: list[str], k: int = 3):
    """Return an assertion on the order of the sections, and on the spatial graph in which adjacent ones are joined."""

    def check(folder: Path) -> None:
        assert json.loads((folder / "valid.json").read_text())["sections"] == order
        spatial_edges_are(neighbours_by_section(PLACES, k, section, order))(folder)

    return check


def stacked(folder: Path) -> None:
    """Assert on three coordinates, the last along the stack, on maps in the sections' plane, and on the graph."""
    height = 0.25 * np.array([["back", "front", "middle"].index(name) for name in SECTION])
    deep = np.column_stack([PLACES, height])
    made = ad.read_h5ad(folder / "preprocessed.h5ad")
    np.testing.assert_array_equal(made.obsm["spatial"], PLACES)
    np.testing.assert_array_equal(made.obsm["spatial_3d"], deep)
    assert json.loads((folder / "valid.json").read_text())["dimensions"] == 3
    spatial_edges_are(neighbours_by_section(deep, 3, SECTION, ["back", "front", "middle"]))(folder)


def ordered(kind: str, names: object, order: list[str]) -> Case:
    """Return a case of three sections, in turn, whose names are of some kind, and their natural order."""
    column = pd.Series([names[number] for number in THIRD], index=[f"s{n}" for n in range(N)])
    column = column.astype(getattr(names, "dtype", column.dtype))
    text = np.array([order[rank] for rank in np.argsort(np.argsort([str(name) for name in names]))])
    # What each name is called: whole fractions lose their point.
    called = {name: f"{name:.0f}" if isinstance(name, float) else str(name) for name in names}
    assert sorted(called.values()) == sorted(order)
    assert len(text) == 3
    section = np.array([called[names[number]] for number in THIRD])
    return passes(
        f"sections named by {kind}",
        with_column("section", column),
        BY | {"spatial_neighbors": 3},
        right=in_order(section, order),
        notes=(("3 sections", ", ".join(order), "--section_order"),),
    )


SAID = "Adjacent ones are joined in the spatial graph. If yours lie otherwise, type the order."
READ = [
    ordered("whole numbers", [10, 2, 1], ["1", "2", "10"]),
    ordered("texts of numbers", ["10", "2", "1"], ["1", "2", "10"]),
    ordered("texts with numbers", ["s10", "s2", "s1"], ["s1", "s2", "s10"]),
    ordered("fractions that are whole", [10.0, 2.0, 1.0], ["1", "2", "10"]),
    ordered("texts of fractions", ["0.10", "0.2", "-1.5"], ["-1.5", "0.10", "0.2"]),
    ordered("texts of whole fractions", ["10.0", "2.0", "1.0"], ["1.0", "2.0", "10.0"]),
    ordered("texts with leading zeros", ["10", "02", "001"], ["001", "02", "10"]),
    ordered("texts in any script", ["腦10", "腦2", "ä 1"], ["ä 1", "腦2", "腦10"]),
    ordered("texts with blanks and signs", ["a 10$", "a 2$", "A,1"], ["A,1", "a 2$", "a 10$"]),
    passes(
        "sections in the order given",
        given=BY | {"section_order": "middle, front,back", "spatial_neighbors": 3},
        right=in_order(SECTION, ["middle", "front", "back"]),
        notes=(),
    ),
    passes(
        "sections so far apart",
        given=BY | {"section_spacing": 0.25, "spatial_neighbors": 3},
        right=stacked,
        notes=(("sections were taken to lie 0.25 apart", "third coordinate"), ("back, front, middle",)),
        cure="Distances between spots of different sections count them. Maps stay in the sections' plane.",
    ),
    passes(
        "one section",
        with_column("section", "only"),
        BY | {"spatial_neighbors": 3},
        right=in_order(np.array(["only"] * N), ["only"]),
        notes=(),
    ),
    passes(
        "sections as nullable whole numbers",
        with_column("section", pd.array(THIRD + 1, dtype="Int64")),
        BY | {"spatial_neighbors": 3},
        right=in_order((THIRD + 1).astype(str), ["1", "2", "3"]),
    ),
    Case(
        "sections, in no order given",
        given=BY | {"spatial_neighbors": 3},
        notes=(("3 sections", "back, front, middle", "--section_order"),),
        cure=SAID,
    ),
    Case(
        "labels, some of them missing or blank",
        with_column("ganglion", ["a", "", " ", None, "b"] * (N // 5)),
        {"reference_key": "ganglion"},
        notes=(("12 of 30 spots have a reference label", "obs['ganglion']"),),
        cure="Spots without a label are left out of the comparison with the clusters.",
    ),
    Case(
        "labels, none of them there",
        with_column("ganglion", np.full(N, np.nan)),
        {"reference_key": "ganglion"},
        notes=(("0 of 30 spots have a reference label",),),
    ),
]


def unsectioned(value: object):
    """Return what takes the section from one spot."""
    section = SECTION.astype(object)
    section[7] = value
    return with_column("section", section)


REFUSED = [
    Case(
        "sections so far apart, and three coordinates",
        spots(lambda sample: sample.obsm.update(spatial_3d=np.column_stack([PLACES, PLACES[:, 0]]))),
        BY | {"section_spacing": 0.25},
        refused=(("spots.h5ad", "'spatial_3d'", "three already", "--section_spacing", "--coordinates"),),
        cure="The spacing makes a third coordinate where there are two.",
    ),
    Case(
        "a column that is not there",
        given={"section_key": "secton"},
        refused=(("spots.h5ad", "'secton'", "did you mean 'section'?"),),
        cure="Correct `--section_key` or `--reference_key`.",
    ),
    Case(
        "a column that is not there, while the spatial graph is built",
        given={"section_key": "secton"},
        scripts=("spatial_graph",),
        refused=(("preprocessed.h5ad", "'secton'", "did you mean 'section'?"),),
    ),
    Case(
        "a column of labels that is not there",
        given={"reference_key": "ganglia"},
        refused=(("spots.h5ad", "'ganglia'", "did you mean 'ganglion'?"),),
    ),
    Case(
        "an unknown section in the order",
        given=BY | {"section_order": "front,midle,back"},
        refused=(("spots.h5ad", "section_order", "'midle'", "did you mean 'middle'?", "'back'"),),
        cure="Correct the name; all sections of a sample are listed.",
    ),
    Case(
        "a section twice in the order",
        given=BY | {"section_order": "front,middle,back,front"},
        refused=(("spots.h5ad", "section_order", "'front'", "twice"),),
        cure="Name each section once.",
    ),
    Case(
        "a section left out of the order",
        given=BY | {"section_order": "front,middle"},
        refused=(("spots.h5ad", "section_order", "'back'"),),
        cure="Name every section; to leave out its spots, leave them out of both files.",
    ),
    *(
        Case(
            f"a spot without a section: {value!r}",
            unsectioned(value),
            BY | {"spatial_neighbors": 3},
            refused=(("spots.h5ad", "spot 's7' has no section", "obs['section']"),),
            cure="Give the spot a section, or leave it out of both files." * (value is None),
        )
        for value in (None, "", "  ")
    ),
    Case(
        "too many neighbours in a section",
        given=BY | {"spatial_neighbors": 10},
        refused=(("spots.h5ad", "spatial_neighbors", "10", "at most 7", "'back'"),),
        cure="Lower the number, or join or leave out small sections.",
    ),
    Case(
        "too many refining in two sections",
        given=BY | {"spatial_neighbors": 3, "refine_neighbors": 11},
        refused=(
            ("spots.h5ad", "'back'", "refine_neighbors is 11", "at most 7"),
            ("spots.h5ad", "'front'", "refine_neighbors is 11", "at most 10"),
            ("spots.h5ad", "'middle'", "refine_neighbors is 11", "at most 10"),
        ),
    ),
    Case(
        "a section of one spot",
        with_column("section", ["a"] + ["b"] * (N - 1)),
        BY | {"spatial_neighbors": 1},
        refused=(("spots.h5ad", "section 'a'", "spatial_neighbors is 1", "no other spot"),),
        cure="A spot alone in its section has no neighbour: leave it out, or use `--spatial_rule radius`.",
    ),
    *(
        Case(
            f"a name that the results keep: {name}, as {parameter}",
            spots(lambda sample, name=name: sample.obs.rename(columns={"section": name}, inplace=True)),
            {parameter: name},
            refused=(("spots.h5ad", f"obs['{name}']", why, "another name", parameter),),
            cure="`spots.obs = spots.obs.rename(columns={'sample': 'my_sample'})`." if cured else "",
        )
        for name, why, parameter, cured in (
            ("sample", "results keep for their own", "section_key", True),
            ("sample", "results keep for their own", "reference_key", False),
            ("spacon_alpha0.5_resolution0.6_seed1", "earlier run", "reference_key", False),
        )
    ),
]
