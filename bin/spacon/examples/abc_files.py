"""The files of the example `abc`, under the names and with the columns of the Allen Brain Cell atlas.

Traps included: names that only text holds, tables with fewer rows than cells and in other orders, cells outside the
brain, y that counts downwards, and two kinds of x, y and z.
"""

import gzip
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from spacon.data import keys
from spacon.examples import abc_atlas as atlas
from spacon.files import replacing, write_table

DATASET = "Zhuang-ABCA-1"
EXPRESSION = f"expression_matrices/{DATASET}/20230830/{DATASET}-raw.h5ad"
CELL_METADATA = f"metadata/{DATASET}/20241115/cell_metadata.csv"
GENE = f"metadata/{DATASET}/20241115/gene.csv"
ANNOTATION = f"metadata/{DATASET}/20241115/views/cell_metadata_with_cluster_annotation.csv"
CCF_COORDINATES = f"metadata/{DATASET}-CCF/20230830/ccf_coordinates.csv"
WEIGHTS, NODES, PLACES = (f"connectivity/{name}" for name in ("weights.csv.gz", "nodes.csv.gz", "places.csv"))

TRANSMITTERS = ("Glut", "GABA", "", "", "")  # of each cell type
FIRST_PARCELLATION = 1_000  # of the planted areas; 0 is outside the brain
DIGITS = "%.6g"


def genes() -> pd.DataFrame:
    """Return the table of genes: made-up identifiers of Ensembl's form, and symbols."""
    number = np.arange(1, atlas.GENES + 1)
    return pd.DataFrame(
        {
            "gene_identifier": [f"ENSMUSG{gene:011d}" for gene in number],
            "gene_symbol": [f"Gene{gene}" for gene in number],
            "name": [f"made-up gene {gene}" for gene in number],
            "mapped_ncbi_identifier": [f"NCBIGene:{gene}" for gene in number],
        }
    )


def sections(cells: atlas.Cells) -> np.ndarray:
    """Return the name of each cell's section (n,)."""
    return np.array([f"{DATASET}.{section + 1:03d}" for section in cells.section], dtype=object)


def expression(cells: atlas.Cells, seed: int) -> ad.AnnData:
    """Return counts of all cells, with names and sections, but no coordinates."""
    cell_label = pd.Index(cells.names, dtype=object, name="cell_label")
    gene_identifier = pd.Index(genes()["gene_identifier"], dtype=object)
    spots = ad.AnnData(
        cells.counts,
        obs=pd.DataFrame({"brain_section_label": pd.Categorical(sections(cells))}, index=cell_label),
        var=pd.DataFrame(index=gene_identifier),
    )
    spots.uns[keys.SOURCE] = np.array([f"Made-up cells in the Allen Brain Cell atlas's files (seed {seed}); not data"])
    return spots


def metadata(cells: atlas.Cells, generator: np.random.Generator) -> pd.DataFrame:
    """Return the metadata of all cells; x, y and z are those on the slide."""
    n = len(cells.names)
    confidence = generator.beta(8, 2, (n, 2)).round(4)
    return pd.DataFrame(
        {
            "cell_label": cells.names,
            "brain_section_label": sections(cells),
            "feature_matrix_label": DATASET,
            "donor_label": DATASET,
            "donor_genotype": "wt/wt",
            "donor_sex": "F",
            "cluster_alias": cells.cell_type + 1,
            "x": cells.positions[:, 2],
            "y": cells.positions[:, 1],
            "z": 0.0,
            "subclass_confidence_score": confidence[:, 0],
            "cluster_confidence_score": confidence[:, 1],
            "high_quality_transfer": confidence.min(axis=1) > 0.5,
            "abc_sample_id": DATASET,
        }
    )


def coordinates(cells: atlas.Cells) -> pd.DataFrame:
    """Return places of all cells in the common coordinates, in mm."""
    table = pd.DataFrame(cells.positions, columns=["x", "y", "z"])
    table.insert(0, "cell_label", cells.names)
    return table.assign(parcellation_index=np.where(cells.area < 0, 0, FIRST_PARCELLATION + cells.area))


def annotation(cells: atlas.Cells) -> pd.DataFrame:
    """Return types of all cells; and their planted areas, which the atlas's own view does not have."""
    name = np.array(atlas.TYPES, dtype=object)[cells.cell_type]
    return pd.DataFrame(
        {
            "cell_label": cells.names,
            "neurotransmitter": np.array(TRANSMITTERS, dtype=object)[cells.cell_type],
            "class": name,
            "subclass": name,
            "supertype": name,
            "cluster": name,
            "planted_area": [f"area {area + 1}" if area >= 0 else "" for area in cells.area],
        }
    )


def write_matrix(path: Path, matrix: np.ndarray) -> None:
    """Write a matrix as the voxel model's are: gzipped numbers between commas, without any header."""
    with (
        replacing(path) as temporary,
        temporary.open("wb") as raw,
        # Neither a name nor a time within, as both would differ from run to run.
        gzip.GzipFile(filename="", mode="wb", mtime=0, fileobj=raw) as file,
    ):
        np.savetxt(file, matrix, fmt=DIGITS, delimiter=",")


def write(folder: Path, seed: int) -> None:
    """Simulate one brain and write all its files into a folder."""
    cells, model = atlas.simulate(seed)
    generator = np.random.default_rng([seed, 1])
    measured = generator.permutation(atlas.CELLS)  # the order of cells in the tables, which is not that of the counts
    known = measured[generator.random(atlas.CELLS) >= atlas.WITHOUT_METADATA]
    registered = generator.permutation(known[generator.random(len(known)) >= atlas.WITHOUT_COORDINATES])
    tables = {
        CELL_METADATA: metadata(cells, generator).iloc[known],
        GENE: genes(),
        ANNOTATION: annotation(cells).iloc[known],
        CCF_COORDINATES: coordinates(cells).iloc[registered],
        PLACES: pd.DataFrame(model.positions, columns=["x", "y", "z"]),
    }
    for name in (EXPRESSION, WEIGHTS, *tables):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    with replacing(folder / EXPRESSION) as temporary:
        expression(cells, seed).write_h5ad(temporary, compression="gzip")
    for name, table in tables.items():
        write_table(folder / name, table)
    write_matrix(folder / WEIGHTS, model.weights)
    write_matrix(folder / NODES, model.nodes)
