"""Sources that are wrong: each ends in its one line, which names the file and what to do."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import zarr
from tests.corpus import providers
from tests.corpus.providers import COUNTS, ENSEMBL, IDS, SYMBOLS, N

from spacon.errors import InputError
from spacon.sources.cells import whole
from spacon.sources.file import read_cells
from spacon.sources.genes import with_symbols

GOOD = "cell_id,A,B\nc1,1,2\nc2,3,4\n"


def text(name: str, content: str | bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder / name

    return make


def hdf5(change: Callable[[h5py.File], object], write=lambda folder: providers.tenx(folder / "matrix.h5")):
    def make(folder: Path) -> Path:
        path = write(folder)
        with h5py.File(path, "r+") as file:
            change(file)
        return path

    return make


def tenx(**arrays):
    """Return what puts other arrays into a good file of 10x; None leaves one out."""

    def change(file: h5py.File) -> None:
        for name, values in arrays.items():
            del file["matrix"][name.replace("__", "/")]
            if values is not None:
                file["matrix"][name.replace("__", "/")] = values

    return hdf5(change)


def h5ad(values):
    def make(folder: Path) -> Path:
        spots = ad.AnnData(values)
        spots.obs_names, spots.var_names = IDS[: len(spots)], SYMBOLS[: spots.n_vars]
        spots.write_h5ad(folder / "spots.h5ad")
        return folder / "spots.h5ad"

    return make


def cut(write: Callable[[Path], Path], share: float = 0.5):
    """Return what writes a file and cuts its end off."""

    def make(folder: Path) -> Path:
        path = write(folder)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        return path

    return make


def parquet(name: str = "cells.parquet", **columns):
    def make(folder: Path) -> Path:
        pd.DataFrame(columns).to_parquet(folder / name, index=False)
        return folder / name

    return make


def folder_of(write: Callable[..., dict], change: Callable[[Path], object]):
    """Return what writes a provider's folder, called `made`, and changes it."""

    def make(folder: Path) -> Path:
        path = providers.in_folder(write)(folder)
        change(path)
        return path

    return make


def broken_zarr(change: Callable[[Path], object]):
    def make(folder: Path) -> Path:
        path = providers.zarred(folder)
        change(path)
        return path

    return make


def named_twice(folder: Path) -> Path:
    spots = providers.spots()
    spots.obs_names = [IDS[1], *IDS[1:]]
    spots.write_h5ad(folder / "spots.h5ad")
    return folder / "spots.h5ad"


def empty_group(folder: Path) -> Path:
    zarr.open_group(folder / "sample.zarr", mode="w")
    return folder / "sample.zarr"


def edited(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], None]:
    """Return what changes a csv of a folder."""

    def make(folder: Path) -> None:
        change(pd.read_csv(folder / name, dtype=str)).to_csv(folder / name, index=False)

    return make


negative = COUNTS.astype(np.float32)
negative[5, 7] = -1
missing = COUNTS.astype(np.float32)
missing[2, 1] = np.nan


def row_names_wrong(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(EntityID="a" + table["EntityID"])


def decimal_commas(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(center_y=table["center_y"].str.replace(".", ","))


def second_matrix(path: Path) -> None:
    shutil.copy(path / "filtered_feature_bc_matrix.h5", path / "a_filtered_feature_bc_matrix.h5")


dense, sparse = COUNTS.astype(np.float32), sp.csr_matrix(COUNTS.astype(np.float32))
no_table = folder_of(providers.xenium, lambda path: (path / "cells.parquet").unlink())
no_files = folder_of(providers.xenium, lambda path: [file.unlink() for file in path.iterdir()])
# What is wrong, the line (after "(" come a library's own words) and, where it is not X, --expression_from.
NOT_HDF5 = "(it is not HDF5, or it is cut off at its start)"
TABLE = "c.csv: expression must be a table of numbers with decimal points ("
POINTERS = "(its pointers fall, or are not those of 40 rows and 315 entries)"
TWICE = f"spot name '{IDS[1]}' appears 2 times; each spot needs its own"
LINES: dict[str, tuple[Callable[[Path], Path], str] | tuple[Callable[[Path], Path], str, str]] = {
    "another kind": (
        text("spots.loom", "x"),
        "spots.loom: expression must be a file of one of these kinds: .h5ad, .h5, .csv, .csv.gz, .tsv, .tsv.gz, "
        ".parquet; or a folder, a zarr or a provider's",
    ),
    "h5ad that is text": (text("s.h5ad", "x"), f"s.h5ad: not an h5ad file {NOT_HDF5}"),
    "empty h5ad": (text("s.h5ad", ""), f"s.h5ad: not an h5ad file {NOT_HDF5}"),
    "h5ad cut off": (cut(h5ad(dense)), "spots.h5ad: not an h5ad file that can be read ("),
    "names twice": (named_twice, f"spots.h5ad: {TWICE}"),
    "negative": (
        h5ad(negative),
        "spots.h5ad: expression of spot 5, gene 7 is negative (-1.0): bring counts or logarithms of them, not scaled "
        "values",
    ),
    "a number that is missing": (
        h5ad(sp.csr_matrix(missing)),
        "spots.h5ad: expression of spot 2, gene 1 is not a finite number (nan): 0 is no expression",
    ),
    "complex numbers": (
        h5ad(COUNTS.astype(np.complex64)),
        "spots.h5ad: expression (X) must be real numbers, found complex64",
    ),
    "no such layer": (
        providers.layered,
        "spots.h5ad: has no layers/count, which expression_from names; did you mean 'layers/counts'? available: 'X', "
        "'layers/counts'",
        "layers/count",
    ),
    "no raw": (h5ad(dense), "spots.h5ad: has no raw, which expression_from names", "raw"),
    "a layer of what has one expression": (
        text("c.csv", GOOD),
        "c.csv: has one expression; expression_from is 'layers/counts', but must be X here",
        "layers/counts",
    ),
    "column out of range": (
        hdf5(lambda file: file["X/indices"].__setitem__(3, 99), h5ad(sparse)),
        "spots.h5ad: not an h5ad file that can be read (",
    ),
    "pointers that fall": (
        hdf5(lambda file: file["X/indptr"].__setitem__(3, 0), h5ad(sparse)),
        f"spots.h5ad: not an h5ad file that can be read {POINTERS}",
    ),
    "10x: not HDF5": (text("matrix.h5", "x"), f"matrix.h5: not a 10x HDF5 file {NOT_HDF5}"),
    "10x: no group": (
        hdf5(lambda file: file.move("matrix", "mm10")),
        "matrix.h5: not a 10x HDF5 file (it has no group 'matrix'); AnnData's files must end in .h5ad",
    ),
    "10x: no features": (
        tenx(features=None),
        "matrix.h5: not a 10x HDF5 file (its group 'matrix' has no features/id)",
    ),
    "10x: no barcodes": (tenx(barcodes=None), "matrix.h5: not a 10x HDF5 file (its group 'matrix' has no barcodes)"),
    "10x: barcodes twice": (tenx(barcodes=providers.texts([IDS[1], *IDS[1:]])), f"matrix.h5: {TWICE}"),
    "10x: another shape": (
        tenx(shape=np.array([12, 41])),
        "matrix.h5: has shape (41, 12), but there are 40 barcodes and 12 features",
    ),
    "10x: no genes": (
        tenx(features__feature_type=providers.texts(["Antibody Capture"] * 12)),
        "matrix.h5: has no feature of the type 'Gene Expression'",
    ),
    "10x: pointers that fall": (
        tenx(indptr=np.r_[0, np.full(N, 3)]),
        f"matrix.h5: not a 10x HDF5 file that can be read {POINTERS}",
    ),
    "10x: negative": (
        hdf5(lambda file: file["matrix/data"].__setitem__(0, -2), lambda folder: providers.tenx(folder / "matrix.h5")),
        "matrix.h5: expression of spot 0, gene 0 is negative (-2): bring counts or logarithms of them, not scaled "
        "values",
    ),
    "10x: cut off": (
        cut(lambda folder: providers.tenx(folder / "matrix.h5"), 0.6),
        "matrix.h5: not a 10x HDF5 file that can be read (",
    ),
    "csv: empty": (text("c.csv", ""), "c.csv: the file is empty"),
    "csv: first line empty": (text("c.csv", "\ncell_id,A\n"), "c.csv: its first line is empty"),
    "csv: no cells": (text("c.csv", "cell_id,A\n"), "c.csv: has no cells"),
    "csv: semicolons": (
        text("c.csv", GOOD.replace(",", ";")),
        "c.csv: its columns are separated by semicolons; commas are needed",
    ),
    "csv: tabs": (
        text("c.csv", GOOD.replace(",", "\t")),
        "c.csv: its columns are separated by tabs; commas are needed",
    ),
    "csv: decimal commas": (
        text("c.csv", 'cell_id,A\nc1,"1,5"\n'),
        f"{TABLE}could not convert string to float: '1,5')",
    ),
    "csv: text": (text("c.csv", "cell_id,A\nc1,none\n"), f"{TABLE}could not convert string to float: 'none')"),
    "csv: an empty cell": (
        text("c.csv", "cell_id,A,B\nc1,1,2\nc2,,4\n"),
        "c.csv: expression of spot 1, gene 0 is not a finite number (nan): 0 is no expression",
    ),
    "csv: negative": (
        text("c.csv", "cell_id,A,B\nc1,1,2\nc2,-3,4\n"),
        "c.csv: expression of spot 1, gene 0 is negative (-3.0): bring counts or logarithms of them, not scaled values",
    ),
    "csv: one cell more": (text("c.csv", "cell_id,A,B\nc1,1,2\nc2,3,4,5\n"), TABLE),
    "csv: one column": (
        text("c.csv", "cell_id\nc1\n"),
        "c.csv: has one column; identifiers of the cells and at least one gene are needed",
    ),
    "csv: identifiers twice": (
        text("c.csv", "cell_id,A\nc1,1\nc1,2\n"),
        "c.csv: identifiers in 'cell_id': spot name 'c1' appears 2 times; each spot needs its own",
    ),
    "csv: numbers alone": (
        text("c.csv", "A,B\n0,1\n0,2\n"),
        "c.csv: identifiers in 'A': spot name '0' appears 2 times; each spot needs its own",
    ),
    "csv: numbers of rows beside identifiers": (
        text("c.csv", ",cell_id,A\n0,c1,1\n1,c2,2\n"),
        "c.csv: column '' is no gene: put it into a table about the spots, and leave the genes and the identifiers "
        "here",
    ),
    "csv: no identifier": (text("c.csv", "cell_id,A\nc1,1\n,2\n"), "c.csv: cell 1 has no identifier in 'cell_id'"),
    "csv: coordinates beside genes": (
        text("c.csv", "cell_id,A,x,y\nc1,1,0.5,0.5\n"),
        "c.csv: column 'x' is no gene: put it into a table about the spots, and leave the genes and the identifiers "
        "here",
    ),
    "csv: not UTF-8": (text("c.csv", "cell_id,A\nä,1\n".encode("latin-1")), "c.csv: not a table that can be read ("),
    "csv.gz: not gzip": (text("c.csv.gz", GOOD), "c.csv.gz: not a table that can be read ("),
    "csv.gz: cut off": (
        text("c.csv.gz", gzip.compress(GOOD.encode() * 50)[:-12]),
        "c.csv.gz: not a table that can be read (",
    ),
    "parquet: damaged": (text("c.parquet", "PAR1 and no more"), "c.parquet: not a table that can be read ("),
    "parquet: empty": (text("c.parquet", ""), "c.parquet: the file is empty"),
    "parquet: text": (
        parquet(cell_id=["a", "b"], A=["1", "2"]),
        "cells.parquet: column 'A' is of the type string; expression must be numbers",
    ),
    "parquet: identifiers with fractions": (
        parquet(cell_id=[1.0, 2.0], A=[1, 2]),
        "cells.parquet: column 'cell_id' holds fractions (double); identifiers must be text or whole numbers",
    ),
    "parquet: a number that is missing": (
        parquet(cell_id=["a", "b"], A=[1, None]),
        "cells.parquet: expression of spot 1, gene 0 is not a finite number (nan): 0 is no expression",
    ),
    "zarr: names left behind": (
        broken_zarr(lambda path: shutil.rmtree(path / "obs")),
        "spots.zarr: 1 of 1 chunk of obs/_index is not there: copy it again",
    ),
    "zarr: numbers left behind": (
        broken_zarr(lambda path: (path / "X" / "data" / "0").unlink()),
        "spots.zarr: 1 of 1 chunk of X/data is not there: copy it again",
    ),
    "zarr: pointers left behind": (
        broken_zarr(lambda path: shutil.rmtree(path / "X" / "indptr")),
        f"spots.zarr: not a zarr that can be read {POINTERS}",
    ),
    "zarr: damaged chunk": (
        broken_zarr(lambda path: (path / "X" / "data" / "0").write_bytes(b"x")),
        "spots.zarr: chunk 0 of X/data is cut off: copy it again",
    ),
    "zarr: a link": (
        broken_zarr(lambda path: (path / "X" / "data" / "1").symlink_to("/nowhere")),
        "spots.zarr: X/data/1 is a link: copy the folder with what it points at",
    ),
    "zarr: nothing in it": (
        empty_group,
        "sample.zarr: neither AnnData's zarr (it has no obs) nor SpatialData's (no tables)",
    ),
    "zarr: two tables": (
        lambda folder: providers.spatialdata(folder, ("bins_2um", "bins_8um")),
        "sample.zarr: SpatialData with 2 tables; one is needed: bring the folder of one, as in "
        "sample.zarr/tables/NAME; available: 'bins_2um', 'bins_8um'",
    ),
    "folder: of no provider": (
        no_files,
        "made: a folder of no provider that is known (Xenium: cell_feature_matrix.h5 and cells.parquet; Visium HD: "
        "filtered_feature_bc_matrix.h5 and spatial/tissue_positions.parquet; Visium: *filtered_feature_bc_matrix.h5 "
        "and spatial/tissue_positions.csv; MERSCOPE: cell_by_gene.csv and cell_metadata.csv)",
    ),
    "folder: no table": (
        no_table,
        "made: a folder of Xenium without cells.parquet or cells.csv.gz or cells.csv",
    ),
    "folder: two of expression": (
        folder_of(providers.visium, second_matrix),
        "made: has 2 files *filtered_feature_bc_matrix.h5; bring a folder with one",
    ),
    "folder: a source": (
        providers.in_folder(providers.merscope),
        "made: has one expression; expression_from is 'raw', but must be X here",
        "raw",
    ),
    "folder: other cells": (
        folder_of(providers.merscope, edited("cell_metadata.csv", row_names_wrong)),
        f"cell_metadata.csv: none of its rows names one of the 40 cells, which are called '{IDS[0]}'; looked at "
        f"'EntityID', as in 'a{IDS[-1]}'",
    ),
    "folder: coordinates that are text": (
        folder_of(providers.merscope, edited("cell_metadata.csv", decimal_commas)),
        "cell_metadata.csv: 'center_y' must be numbers with decimal points, found '9,505'",
    ),
    "folder: nothing in tissue": (
        folder_of(providers.visium, edited("spatial/tissue_positions.csv", lambda table: table.assign(in_tissue=0))),
        "tissue_positions.csv: no row has in_tissue 1, so no cell is left",
    ),
}


def is_line(found: str, line: str) -> bool:
    """Return whether a message is a line, or begins as one that ends in a library's words."""
    return (found == line) if not line.endswith("(") else (found.startswith(line) and found.endswith(")"))


@pytest.mark.parametrize("case", LINES.values(), ids=LINES)
def test_what_is_wrong_ends_in_its_line(tmp_path, case):
    make, line, *source = case
    path = make(tmp_path)
    with pytest.raises(InputError) as error:
        whole(read_cells(path, *source), path.name)
    found = str(error.value)
    assert is_line(found, line), found
    assert "\n" not in found


GENE_TABLES = {
    "no symbols": (
        "gene_id,x\nENSMUSG00000000000,A\n",
        "a table of genes needs a column gene_symbol or gene_name; available: 'gene_id', 'x'",
    ),
    "no identifiers": (
        "x,gene_symbol\nENSMUSG00000000000,A\n",
        "a table of genes needs a column gene_identifier or gene_id; available: 'gene_symbol', 'x'",
    ),
    "a gene twice": (
        f"gene_id,gene_name\n{ENSEMBL[0]},A\n{ENSEMBL[0]},B\n",
        f"gene_id '{ENSEMBL[0]}' appears more than once; each gene needs one row",
    ),
    "no gene": (
        "gene_id,gene_name\nENSG1,A\n",
        "names none of the 12 genes: they are called 'Gene0', here gene_id is 'ENSG1'; leave the table out if the "
        "genes have their names already",
    ),
    "semicolons": ("gene_id;gene_name\nENSG1;A\n", "its columns are separated by semicolons; commas are needed"),
    "empty": ("", "the file is empty"),
}


@pytest.mark.parametrize(("content", "line"), GENE_TABLES.values(), ids=GENE_TABLES)
def test_tables_of_genes_that_are_wrong(tmp_path, content, line):
    cells = read_cells(h5ad(dense)(tmp_path))
    with pytest.raises(InputError) as error:
        with_symbols(cells, text("gene.csv", content)(tmp_path))
    assert str(error.value) == f"gene.csv: {line}"
