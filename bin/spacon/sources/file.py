"""Cells from any source that is known: chosen by its name and by what is in it."""

from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from spacon.counts import of_all
from spacon.data.spots_file import MARK
from spacon.errors import InputError
from spacon.files import files_in
from spacon.readers.text import TEXT_ENDINGS
from spacon.readers.zarr import is_zarr
from spacon.sources.annotated import read_h5ad, read_zarr
from spacon.sources.cells import Cells, noted, with_genes
from spacon.sources.join import joined
from spacon.sources.matrix_table import read_parquet_cells, read_text_cells
from spacon.sources.providers import base_of, files_of
from spacon.sources.tables import PARQUET, read_cell_table
from spacon.sources.tenx import read_tenx

H5AD = ".h5ad"
PLAIN: dict[str, Callable[[Path], Cells]] = {
    ".h5": read_tenx,
    **dict.fromkeys(TEXT_ENDINGS, read_text_cells),
    PARQUET: read_parquet_cells,
}


def read_cells(path: Path, source: str = "X") -> Cells:
    """Return the cells of a file or folder.

    Args:
        path: an h5ad, a zarr of AnnData or SpatialData, 10x HDF5, csv, tsv or parquet of cells x genes, or a folder of
            Xenium, Visium, Visium HD or MERSCOPE, whose table about the cells is joined.
        source: where in AnnData's files the expression is, `X`, `raw` or `layers/NAME`; all others hold one.

    Raises:
        InputError: of another kind, damaged, or not as its kind should be.
    """
    name = path.name.lower()
    if path.is_dir() and is_zarr(path):
        return read_zarr(path, source)
    if name.endswith(H5AD):
        return _marked(read_h5ad(path, source), path.name, source)
    if source != "X":
        raise InputError(f"{path.name}: has one expression; expression_from is '{source}', but must be X here")
    if path.is_dir():
        expression, table, folder = files_of(path)
        cells = _without_controls(read_cells(expression), folder.controls, expression.name)
        return joined(cells, [read_cell_table(table)])
    reader = next((read for end, read in PLAIN.items() if name.endswith(end)), None)
    if reader is None:
        raise InputError(
            f"{path.name}: expression must be a file of one of these kinds: {', '.join((H5AD, *PLAIN))}; or a folder, "
            "a zarr or a provider's"
        )
    return reader(path)


def files_read(path: Path) -> list[Path]:
    """Return the files that `read_cells` reads of a file or folder."""
    return files_in(path) if path.is_file() or is_zarr(path) else list(files_of(path)[:2])


def _without_controls(cells: Cells, pattern: str | None, name: str) -> Cells:
    """Return the cells without what a provider measures beside genes, to see its errors."""
    genes = np.array([pattern is None or not fnmatchcase(gene, pattern) for gene in cells.genes])
    if genes.all():
        return cells
    left_out = of_all(int((~genes).sum()), len(genes), "column", "is no gene and is", "are no genes and are")
    return noted(with_genes(cells, genes), f"{name}: {left_out} left out ({pattern})")


def _marked(cells: Cells, name: str, source: str) -> Cells:
    """Return cells marked with the base of their logarithms, where they have no mark and the file's name tells."""
    base = base_of(name)
    if base is None or source != "X" or MARK in cells.uns:
        return cells
    marked = replace(cells, uns=cells.uns | {MARK: {"base": base}})
    return noted(marked, f"{name}: taken as logarithms of base {base:g}, as its name says")
