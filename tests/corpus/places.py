"""Coordinates: found where people keep them, read in every type, refused where they are none."""

from functools import partial
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from tests.corpus.case import Case
from tests.corpus.sample import PLACES, N, array_entry, encoded, hdf5, spots
from tests.corpus.truth import places_are

passes = partial(Case, scripts=("validate", "preprocess", "spatial_graph"))
PLACES_3D = np.random.default_rng(5).random((N, 3))
WHOLE = np.random.default_rng(6).permutation(N * 2).reshape(N, 2) * [[3, 7]] + [[0, 1]]
MORE = np.random.default_rng(2).random((N, 4))


def place(values: object, key: str = "spatial"):
    """Return what stores coordinates in obsm."""

    def change(sample: ad.AnnData) -> None:
        sample.obsm[key] = values

    return spots(change)


def raw_place(values: np.ndarray):
    """Return what stores coordinates as they are, of any type and byte order."""
    return hdf5(lambda file: array_entry(file["obsm"], "spatial", values))


def columns(names: str, values: np.ndarray):
    """Return what stores coordinates as columns of obs, and none in obsm."""

    def change(sample: ad.AnnData) -> None:
        del sample.obsm["spatial"]
        for name, column in zip(names.split(","), values.T, strict=True):
            sample.obs[name] = column

    return spots(change)


def nullable(sample: ad.AnnData) -> None:
    """Store coordinates as columns of numbers that could be missing."""
    del sample.obsm["spatial"]
    for name, values in zip("xy", WHOLE.T, strict=True):
        sample.obs[name] = pd.array(values, dtype="Int64")


def both(sample: ad.AnnData) -> None:
    """Store two and three coordinates beside each other, and columns too."""
    sample.obsm["spatial_3d"] = PLACES_3D
    sample.obs["x"], sample.obs["y"] = PLACES_3D[:, 0], PLACES_3D[:, 1]


def both_right(folder: Path) -> None:
    """Assert that distances are those of three coordinates, and maps are drawn with the two."""
    made = ad.read_h5ad(folder / "preprocessed.h5ad")
    np.testing.assert_array_equal(made.obsm["spatial_3d"], PLACES_3D)
    np.testing.assert_array_equal(made.obsm["spatial"], PLACES)


def frame(index: object):
    """Return coordinates as a table with such an index."""
    return pd.DataFrame(PLACES, columns=["x", "y"], index=index)


def foreign_frame(names: np.ndarray):
    """Return what stores a table in obsm that names the spots otherwise."""
    return hdf5(
        lambda file: array_entry(file["obsm/spatial"], "_index", names),
        place(frame([f"s{number}" for number in range(N)])),
    )


def nowhere(**others: np.ndarray):
    """Return what takes the coordinates away, and adds columns."""

    def change(sample: ad.AnnData) -> None:
        del sample.obsm["spatial"]
        for name, column in others.items():
            sample.obs[name] = column

    return spots(change)


def in_types() -> list[Case]:
    """Return coordinates in every type: half precision and integers are exact in double precision."""
    kinds = ["float16", "float32", "float64", "int8", "int16", "int64", "uint8", "uint32", ">f4", ">f8", ">i4", ">u2"]
    return [
        passes(f"coordinates of {kind}", raw_place(values), right=places_are(values.astype(np.float64), "spatial"))
        for kind in kinds
        for values in [(WHOLE % 127 if np.dtype(kind).itemsize == 1 else WHOLE).astype(kind)]
    ]


def off(values: np.ndarray, spot: int, value: float) -> np.ndarray:
    """Return coordinates with another number for one spot."""
    changed = values.copy()
    changed[spot, 1] = value
    return changed


TEXT = np.array([[f"{value:.3f}" for value in row] for row in PLACES], dtype=object)
UNKNOWN = "Only columns of numbers, and obsm entries of two or three columns, are named."
READ = [
    *in_types(),
    passes("a table in obsm", place(frame([f"s{n}" for n in range(N)])), right=places_are(PLACES, "spatial")),
    passes("a sparse matrix in obsm", place(sp.csr_matrix(PLACES)), right=places_are(PLACES, "spatial")),
    passes("three coordinates in obsm['spatial']", place(PLACES_3D), right=places_are(PLACES_3D, "spatial")),
    passes("columns x and y", columns("x,y", PLACES), right=places_are(PLACES, "x,y"), notes=()),
    passes("columns x, y and z", columns("x,y,z", PLACES_3D), right=places_are(PLACES_3D, "x,y,z")),
    passes(
        "columns of text that are numbers",
        columns("x,y", TEXT),
        right=places_are(TEXT.astype(np.float64), "x,y"),
    ),
    *(
        passes(
            f"columns named by the user: '{wanted}'",
            columns("center_x,center_y", PLACES),
            {"coordinates": wanted},
            right=places_are(PLACES, wanted),
            notes=(),
        )
        for wanted in ("center_x,center_y", "center_x, center_y")
    ),
    passes("columns of nullable numbers", spots(nullable), right=places_are(WHOLE.astype(np.float64), "x,y")),
    passes("a table of one column and others beside", place(MORE[:, :1], "one"), right=places_are(PLACES, "spatial")),
    Case(
        "two, three, and columns",
        spots(both),
        scripts=("validate", "preprocess"),
        right=both_right,
        notes=(("taken from 'spatial_3d'", "'spatial'", "--coordinates"),),
        cure="If others are meant, name them; if not, nothing.",
    ),
    Case(
        "two, three, and columns; chosen",
        spots(both),
        {"coordinates": "spatial_3d"},
        scripts=("validate", "preprocess"),
        right=both_right,
        notes=(),
    ),
    *(
        passes(
            f"an entry in obsm that cannot be read: {kind}",
            hdf5(lambda file, kind=kind: encoded(file["obsm"].create_group("new"), kind, "0.1.0")),
            right=places_are(PLACES, "spatial"),
        )
        for kind in ("awkward-array", "mystery")
    ),
]
REFUSED = [
    Case(
        "misspelt",
        given={"coordinates": "spatal"},
        refused=(("spots.h5ad", "'spatal'", "did you mean 'spatial'?"),),
        cure=f"Correct the name. {UNKNOWN}",
    ),
    Case(
        "misspelt, while preprocessing",
        given={"coordinates": "spatal"},
        scripts=("preprocess",),
        refused=(("spots.h5ad", "did you mean 'spatial'?"),),
    ),
    Case(
        "columns that are not there",
        given={"coordinates": "x,y"},
        refused=(("spots.h5ad", "'x,y'", "set --coordinates spatial"),),
    ),
    Case(
        "one of two columns, misspelt",
        nowhere(center_x=PLACES[:, 0], center_y=PLACES[:, 1]),
        {"coordinates": "center_x, centre_y"},
        refused=(("spots.h5ad", "'center_x, centre_y'", "did you mean --coordinates center_x,center_y?"),),
        cure="Type what it says.",
    ),
    Case(
        "one of two columns, with a third letter",
        nowhere(center_x=PLACES[:, 0], center_y=PLACES[:, 1]),
        {"coordinates": "center_x,center_z"},
        refused=(("spots.h5ad", "did you mean --coordinates center_x,center_y?"),),
    ),
    Case(
        "one of two columns",
        columns("x,z", PLACES),
        {"coordinates": "x,y"},
        refused=(("spots.h5ad", "'x,y'", "(columns of numbers: x, z)"),),
    ),
    Case(
        "none",
        nowhere(row=np.ones(N)),
        refused=(
            ("spots.h5ad", "no coordinates found", "spatial_3d", "--coordinates x,y", "(columns of numbers: row)"),
        ),
        cure="If they lie in other columns, name these as shown; if in a file of their own, add them: "
        "`spots.obsm['spatial'] = positions`, row by row those of the spots.",
    ),
    Case(
        "under another name",
        nowhere(center_x=PLACES[:, 0], center_y=PLACES[:, 1], volume=PLACES[:, 0]),
        refused=(("spots.h5ad", "no coordinates found", "set --coordinates center_x,center_y"),),
        cure="Type what it says, if these are the coordinates.",
    ),
    Case(
        "none, and only text in obs",
        nowhere(),
        refused=(("spots.h5ad", "no coordinates found", "obs has no column of numbers"),),
    ),
    Case(
        "one point",
        place(np.ones((N, 2))),
        refused=(("spots.h5ad", "'spatial'", "all 30 spots at one point"),),
        cure="These are placeholders: the true coordinates are elsewhere.",
    ),
    Case(
        "one column",
        place(MORE[:, :1]),
        refused=(("spots.h5ad", "'spatial'", "(30, 1)", "two or three"),),
        cure="Store two or three numbers per spot: `spots.obsm['spatial'] = table[['x', 'y']].to_numpy()`.",
    ),
    Case("four columns", place(MORE), refused=(("spots.h5ad", "'spatial'", "(30, 4)", "two or three"),)),
    *(
        Case(
            f"{value} among them",
            place(off(PLACES, 4, value)),
            refused=(("spots.h5ad", "'spatial' of spot 4 are not finite"),),
            cure="Leave out spots without a place, in the connectivity too. Spots are counted from 0." if cured else "",
        )
        for value, cured in ((np.nan, True), (np.inf, False))
    ),
    Case(
        "text",
        columns("x,y", np.full((N, 2), "left", dtype=object)),
        refused=(("spots.h5ad", "'x,y' are not numbers"),),
        cure="Convert them before you write the file.",
    ),
    Case("text in obsm", raw_place(np.full((N, 2), "a", dtype=object)), refused=(("spots.h5ad", "are not numbers"),)),
    Case("complex numbers", raw_place(PLACES + 1j), refused=(("spots.h5ad", "are not numbers"),)),
    *(
        Case(
            f"a span of {span:g}",
            place(PLACES * span),
            refused=(("spots.h5ad", "span", "1e-150 to 1e150"),),
            cure="Choose another unit: micrometres or pixels." * (span > 1),
        )
        for span in (1e200, 1e-200)
    ),
    Case(
        "a table whose index counts from 1",
        foreign_frame(np.array([str(number + 1) for number in range(N)], dtype=object)),
        refused=(("spots.h5ad", "obsm['spatial'] names its row 0 '1'", "spot 0 is 's0'", ".to_numpy()"),),
        cure="The rows could belong to other spots. If they are in order: "
        "`spots.obsm['spatial'] = spots.obsm['spatial'].to_numpy()`.",
    ),
    Case(
        "a table with two rows exchanged",
        foreign_frame(np.array([f"s{number}" for number in [0, 2, 1, *range(3, N)]], dtype=object)),
        refused=(("spots.h5ad", "names its row 1 's2'", "spot 1 is 's1'"),),
    ),
]
