"""What providers publish: which files there are, and what their columns mean. One row each, and no branches."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from spacon.data import keys
from spacon.errors import InputError


@dataclass(frozen=True)
class Layout:
    """A table about cells as a provider publishes it.

    Args:
        provider: who.
        file: pattern of its name.
        identifier: the column that names the cells.
        coordinates: columns of the coordinates, x first.
        unit: of the coordinates.
        place: the key of obsm that they get.
        y_counts_downwards: as rows of an image do.
        header: its columns, where the file does not name them.
        needed: a column that is 1 for the rows that count.
        renamed: new names of columns that other tables of the provider have too.
        section: the column of sections.
        labels: columns of labels worth a comparison.
    """

    provider: str
    file: str
    identifier: str
    coordinates: tuple[str, ...]
    unit: str
    place: str = keys.SPATIAL
    y_counts_downwards: bool = True
    header: tuple[str, ...] = ()
    needed: str | None = None
    renamed: dict[str, str] = field(default_factory=dict)
    section: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Folder:
    """A provider's folder.

    Args:
        provider: who.
        expression: pattern of the file of expression.
        tables: names of the table about the cells, the first that is there is read.
        inside: the folder below, in which both are.
        controls: pattern of the names of genes that are none.
    """

    provider: str
    expression: str
    tables: tuple[str, ...]
    inside: str = "."
    controls: str | None = None


POSITIONS = ("barcode", "in_tissue", "array_row", "array_col", "pxl_row_in_fullres", "pxl_col_in_fullres")
PIXELS = ("pxl_col_in_fullres", "pxl_row_in_fullres")
CCF = {"x": "x_ccf", "y": "y_ccf", "z": "z_ccf"}
LAYOUTS = (
    Layout("Xenium", "cells.*", "cell_id", ("x_centroid", "y_centroid"), "µm"),
    Layout("Visium", "tissue_positions_list.csv", "barcode", PIXELS, "pixels", header=POSITIONS, needed="in_tissue"),
    Layout("Visium", "tissue_positions.csv", "barcode", PIXELS, "pixels", needed="in_tissue"),
    Layout("Visium HD", "tissue_positions.parquet", "barcode", PIXELS, "pixels", needed="in_tissue"),
    Layout("MERSCOPE", "cell_metadata.csv", "EntityID", ("center_x", "center_y"), "µm"),
    Layout("Allen atlas", "cell_metadata.csv", "cell_label", ("x", "y"), "mm", section="brain_section_label"),
    Layout(
        "Allen atlas",
        "cell_metadata_with_cluster_annotation.csv",
        "cell_label",
        ("x", "y"),
        "mm",
        section="brain_section_label",
        labels=("neurotransmitter", "class", "subclass", "supertype", "cluster"),
    ),
    Layout("Allen atlas", "ccf_coordinates.csv", "cell_label", ("x", "y", "z"), "mm", keys.SPATIAL_3D, renamed=CCF),
)
FOLDERS = (
    Folder("Xenium", "cell_feature_matrix.h5", ("cells.parquet", "cells.csv.gz", "cells.csv")),
    Folder(
        "Visium HD",
        "filtered_feature_bc_matrix.h5",
        ("spatial/tissue_positions.parquet",),
        inside="binned_outputs/square_008um",
    ),
    Folder("Visium HD", "filtered_feature_bc_matrix.h5", ("spatial/tissue_positions.parquet",)),
    Folder(
        "Visium",
        "*filtered_feature_bc_matrix.h5",
        ("spatial/tissue_positions.csv", "spatial/tissue_positions_list.csv"),
    ),
    Folder("MERSCOPE", "cell_by_gene.csv", ("cell_metadata.csv",), controls="Blank*"),
)
# Expression that is a logarithm of another base than e, and whose file does not say so: pattern of its name, and base.
LOGARITHMS = {"*-log2.h5ad": 2.0}


def layout_of(file: str, header: Sequence[str] | None) -> Layout | None:
    """Return the layout of a table by its name and columns; without columns, the one whose files name none."""
    for layout in LAYOUTS:
        columns = {layout.identifier, *layout.coordinates, layout.needed} - {None}
        if fnmatch(file, layout.file) and (layout.header if header is None else columns <= set(header)):
            return layout
    return None


def base_of(file: str) -> float | None:
    """Return the base of the logarithms in a file, where its name tells."""
    return next((base for pattern, base in LOGARITHMS.items() if fnmatch(file, pattern)), None)


def files_of(path: Path) -> tuple[Path, Path, Folder]:
    """Return the file of expression and the table about the cells of a folder, and what its provider's folders are.

    Raises:
        InputError: of no provider that is known, a table that is missing, or several files of expression.
    """
    partly = None
    for folder in FOLDERS:
        found = sorted((path / folder.inside).glob(folder.expression))
        tables = [path / folder.inside / name for name in folder.tables if (path / folder.inside / name).is_file()]
        if len(found) > 1:
            raise InputError(f"{path.name}: has {len(found)} files {folder.expression}; bring a folder with one")
        if found and tables:
            return found[0], tables[0], folder
        partly = folder if found else partly
    if partly:
        raise InputError(f"{path.name}: a folder of {partly.provider} without {' or '.join(partly.tables)}")
    known = "; ".join(dict.fromkeys(f"{each.provider}: {each.expression} and {each.tables[0]}" for each in FOLDERS))
    raise InputError(f"{path.name}: a folder of no provider that is known ({known})")
