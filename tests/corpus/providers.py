"""Small made-up files in exactly the shapes that providers publish, and the plain forms of the same content.

Each provider's function writes into a folder and returns what the pipeline is to be told: `expression`, and where there
are any `tables` and `gene_table`.
"""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

N, GENES = 40, 12
COUNTS = np.random.default_rng(0).poisson(1, (N, GENES))
COUNTS[3] = 0  # a cell without expression
COUNTS[0, 0] = 300  # more than eight bits hold
# 38 digits that differ in the last ones alone: as numbers all would be the same.
IDS = [f"1015221640100{number:025d}" for number in range(N)]
SYMBOLS = [f"Gene{number}" for number in range(GENES)]
ENSEMBL = [f"ENSMUSG{number:011d}" for number in range(GENES)]
PLACES = np.round(np.random.default_rng(1).random((N, 2)) * 10, 3)
CCF = np.round(np.random.default_rng(2).random((N, 3)) * 10, 3)
SECTION = np.array([f"Zhuang-ABCA-1.{number:03d}" for number in (9, 10)])[np.arange(N) % 2]
CLASS = np.array(["01 IT-ET Glut", "30 Astro", "NA"])[np.arange(N) % 3]

Told = dict[str, Any]


def texts(values: list[str]) -> np.ndarray:
    """Return texts of fixed length in bytes, as 10x writes them."""
    return np.array(values, dtype="S")


def tenx(path: Path, ids: list[str] = IDS, controls: int = 0) -> Path:
    """Write 10x HDF5: features x barcodes by columns; controls are features that are no genes."""
    counts = np.hstack([COUNTS, np.ones((N, controls), dtype=int)])
    cells = sp.csr_matrix(counts)
    with h5py.File(path, "w") as file:
        group = file.create_group("matrix")
        group["barcodes"] = texts(ids)
        group["data"] = cells.data.astype(np.int32)
        group["indices"] = cells.indices.astype(np.int64)
        group["indptr"] = cells.indptr.astype(np.int64)
        group["shape"] = np.array([counts.shape[1], N], dtype=np.int32)
        features = group.create_group("features")
        features["id"] = texts([*ENSEMBL, *(f"NegControlProbe_{number}" for number in range(controls))])
        features["name"] = texts([*SYMBOLS, *(f"NegControlProbe_{number}" for number in range(controls))])
        features["feature_type"] = texts(["Gene Expression"] * GENES + ["Negative Control Probe"] * controls)
        features["genome"] = texts(["mm10"] * (GENES + controls))
    return path


def xenium(folder: Path, ids: list[str] = IDS) -> Told:
    """Write a Xenium folder: 10x HDF5 with control probes, and cells.parquet with identifiers as bytes."""
    tenx(folder / "cell_feature_matrix.h5", ids, controls=3)
    cells = pd.DataFrame({"cell_id": [one.encode() for one in ids]})
    cells["x_centroid"], cells["y_centroid"] = PLACES.T
    cells["transcript_counts"] = COUNTS.sum(axis=1)
    cells.to_parquet(folder / "cells.parquet", index=False)
    return {"expression": folder}


def positions(ids: list[str]) -> pd.DataFrame:
    """Return Visium's table of positions: two spots outside the tissue, which the filtered matrix does not have."""
    table = pd.DataFrame({"barcode": [*ids, "OUT-1", "OUT-2"], "in_tissue": [1] * N + [0, 0]})
    table["array_row"], table["array_col"] = np.arange(N + 2) // 7, np.arange(N + 2) % 7
    table["pxl_row_in_fullres"] = [*PLACES[:, 1], 0, 0]
    table["pxl_col_in_fullres"] = [*PLACES[:, 0], 0, 0]
    return table


def visium(folder: Path, ids: list[str] = IDS, header: bool = True) -> Told:
    """Write a Visium folder, with the table of positions of today, or the older one without a header."""
    tenx(folder / "filtered_feature_bc_matrix.h5", ids)
    (folder / "spatial").mkdir()
    name = "tissue_positions.csv" if header else "tissue_positions_list.csv"
    positions(ids).to_csv(folder / "spatial" / name, index=False, header=header)
    return {"expression": folder}


def visium_hd(folder: Path, ids: list[str] = IDS) -> Told:
    """Write a Visium HD folder with bins of 8 µm."""
    bins = folder / "binned_outputs" / "square_008um"
    (bins / "spatial").mkdir(parents=True)
    tenx(bins / "filtered_feature_bc_matrix.h5", ids)
    positions(ids).to_parquet(bins / "spatial" / "tissue_positions.parquet", index=False)
    return {"expression": folder}


def merscope(folder: Path, ids: list[str] = IDS) -> Told:
    """Write a MERSCOPE folder: cell_by_gene.csv with blanks beside genes, and cell_metadata.csv in another order."""
    counts = pd.DataFrame(COUNTS, columns=SYMBOLS)
    counts.insert(0, "cell", ids)
    counts.insert(3, "Blank-1", 1)
    counts["Blank-2"] = 2
    counts.to_csv(folder / "cell_by_gene.csv", index=False)
    table = pd.DataFrame({"EntityID": ids, "fov": np.arange(N) // 20, "volume": 500.0 + np.arange(N)})
    table["center_x"], table["center_y"] = PLACES.T
    table[::-1].to_csv(folder / "cell_metadata.csv", index=False)
    return {"expression": folder}


def zhuang(folder: Path, kind: str = "raw") -> Told:
    """Write files of the Allen Brain Cell atlas, Zhuang MERFISH: cells without rows here and there, all in disorder."""
    path = folder / f"Zhuang-ABCA-1-{kind}.h5ad"
    values = COUNTS if kind == "raw" else np.log2(1 + COUNTS)
    spots = ad.AnnData(sp.csr_matrix(values.astype(np.float32)))
    spots.obs_names, spots.var_names = IDS, ENSEMBL
    spots.obs.index.name, spots.var.index.name = "cell_label", "gene_identifier"
    spots.obs["brain_section_label"] = pd.Categorical(SECTION)
    spots.write_h5ad(path)
    mixed = np.random.default_rng(3).permutation(N)
    tables = {"cell_metadata.csv": metadata()[:-2], "cell_metadata_with_cluster_annotation.csv": annotation()[:-2]}
    tables["ccf_coordinates.csv"] = ccf()[1:]
    for name, table in tables.items():
        table.iloc[mixed[mixed < len(table)]].to_csv(folder / name, index=False)
    genes = pd.DataFrame({"gene_identifier": ENSEMBL, "gene_symbol": SYMBOLS, "name": "a gene, made up"})
    genes.to_csv(folder / "gene.csv", index=False)
    return {"expression": path, "tables": tuple(folder / name for name in tables), "gene_table": folder / "gene.csv"}


def metadata() -> pd.DataFrame:
    """Return the Allen's table of all cells."""
    table = pd.DataFrame({"cell_label": IDS, "brain_section_label": SECTION, "donor_label": "Zhuang-ABCA-1"})
    table["x"], table["y"] = PLACES.T
    table["z"] = 0.0
    table["cluster_alias"] = 1000 + np.arange(N) % 3
    return table


def annotation() -> pd.DataFrame:
    """Return the Allen's view with names of clusters, which repeats the other table's columns."""
    return metadata().assign(neurotransmitter="Glut", **{"class": CLASS})


def ccf() -> pd.DataFrame:
    """Return the Allen's table of coordinates in the common framework, called as those of the sections are."""
    table = pd.DataFrame({"cell_label": IDS})
    table["x"], table["y"], table["z"] = CCF.T
    table["parcellation_index"] = np.arange(N) % 4
    return table


def spots(values: Any = None) -> ad.AnnData:
    """Return the content as AnnData, without coordinates."""
    made = ad.AnnData(COUNTS.astype(np.float32) if values is None else values)
    made.obs_names, made.var_names = IDS, SYMBOLS
    return made


def layered(folder: Path) -> Path:
    """Write an h5ad whose counts are in a layer, beside values that are not."""
    made = spots(np.full((N, GENES), 0.5, dtype=np.float32))
    made.layers["counts"] = sp.csc_matrix(COUNTS.astype(np.int16))
    made.write_h5ad(folder / "spots.h5ad")
    return folder / "spots.h5ad"


def raw(folder: Path) -> Path:
    """Write an h5ad whose counts are in raw."""
    made = spots()
    made.raw = made.copy()
    made.X = made.X * 0 + 0.5
    made.write_h5ad(folder / "spots.h5ad")
    return folder / "spots.h5ad"


def h5ad(values: Callable[[np.ndarray], Any]) -> Callable[[Path], Path]:
    """Return what writes an h5ad whose X has a form and type."""

    def write(folder: Path) -> Path:
        spots(values(COUNTS)).write_h5ad(folder / "spots.h5ad")
        return folder / "spots.h5ad"

    return write


def zarred(folder: Path) -> Path:
    """Write AnnData's zarr."""
    spots(sp.csr_matrix(COUNTS.astype(np.float32))).write_zarr(folder / "spots.zarr")
    return folder / "spots.zarr"


def spatialdata(folder: Path, names: tuple[str, ...] = ("table",)) -> Path:
    """Write a SpatialData of tables alone."""
    from spatialdata import SpatialData

    SpatialData.init_from_elements({name: spots() for name in names}).write(folder / "sample.zarr")
    return folder / "sample.zarr"


def table(name: str) -> Callable[[Path], Path]:
    """Return what writes a table of cells x genes, by the ending of its name."""

    def write(folder: Path) -> Path:
        content = pd.DataFrame(COUNTS, columns=SYMBOLS)
        content.insert(0, "cell_id", IDS)
        if name.endswith(".parquet"):
            content.to_parquet(folder / name, index=False)
        else:
            text = content.to_csv(index=False, sep="\t" if ".tsv" in name else ",").encode()
            (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return folder / name

    return write


def in_folder(write: Callable[..., Told]) -> Callable[[Path], Path]:
    """Return what writes a provider's folder and gives its path."""

    def made(folder: Path) -> Path:
        inside = folder / "made"
        inside.mkdir()
        return write(inside)["expression"]

    return made


# Every form of the same cells, genes and counts, and what --expression_from is to be.
FORMS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "h5ad, dense": (h5ad(lambda counts: counts.astype(np.float32)), "X"),
    "h5ad, CSR of whole numbers": (h5ad(lambda counts: sp.csr_matrix(counts.astype(np.int32))), "X"),
    "h5ad, CSC": (h5ad(lambda counts: sp.csc_matrix(counts.astype(np.float64))), "X"),
    "h5ad, layer": (layered, "layers/counts"),
    "h5ad, raw": (raw, "raw"),
    "zarr of AnnData": (zarred, "X"),
    "zarr of SpatialData": (spatialdata, "X"),
    "10x HDF5": (lambda folder: tenx(folder / "matrix.h5"), "X"),
    "10x HDF5 with controls": (lambda folder: tenx(folder / "matrix.h5", controls=4), "X"),
    **{name: (table(f"cells{name}"), "X") for name in (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")},
}
FOLDERS: dict[str, Callable[..., Told]] = {
    "Xenium": xenium,
    "Visium": visium,
    "Visium without a header": lambda folder: visium(folder, header=False),
    "Visium HD": visium_hd,
    "MERSCOPE": merscope,
}
