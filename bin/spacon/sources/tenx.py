"""Cells of 10x Genomics' HDF5, `cell_feature_matrix.h5` or `filtered_feature_bc_matrix.h5`.

The matrix is stored as features x barcodes by columns, so by rows it is cells x features.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.counts import of_all
from spacon.data.hierarchy import datasets, is_group
from spacon.data.spots_file import check_names
from spacon.errors import InputError
from spacon.readers.hdf5 import opened, require_texts
from spacon.sources.cells import Cells, noted, with_genes
from spacon.sources.genes import unique_names
from spacon.sources.rows import ENTRY, sparse_rows

WHAT = "a 10x HDF5 file"
GROUP = "matrix"
GENES = "Gene Expression"  # the feature type of genes; others are of controls, antibodies and guides
NEEDED = ("barcodes", "data", "indices", "indptr", "shape")


def read_tenx(path: Path) -> Cells:
    """Return the cells of a 10x HDF5 file, named by their barcodes, and their genes, named by their symbols.

    Raises:
        InputError: no such file, damaged, without genes, or barcodes that repeat.
    """
    with opened(path, WHAT) as file:
        group = _checked(file, path.name)
        barcodes = pd.Index(_texts(group["barcodes"], path.name), dtype=object)
        features = group["features"]
        names, ids = (_texts(features[key], path.name) for key in ("name", "id"))
        kinds = _texts(features["feature_type"], path.name) if "feature_type" in features else [GENES] * len(ids)
        shape = tuple(map(int, group["shape"][:]))[::-1]
        stored = group["indices"].shape[0] * ENTRY
    if shape != (len(barcodes), len(names)):
        raise InputError(
            f"{path.name}: has shape {shape}, but there are {len(barcodes)} barcodes and {len(names)} features"
        )
    check_names(barcodes, path.name)
    wanted = np.array([kind == GENES for kind in kinds], dtype=bool)
    if not wanted.any() or len(barcodes) == 0:
        raise InputError(f"{path.name}: has no {'cell' if wanted.any() else f'feature of the type {GENES!r}'}")
    chunks = partial(_chunks, path, shape)
    cells = with_genes(Cells(pd.DataFrame(index=barcodes), tuple(names), {}, {}, chunks, stored=stored), wanted)
    genes, notes = unique_names(cells.genes, [one for one, kept in zip(ids, wanted, strict=True) if kept], path.name)
    return noted(replace(cells, genes=genes), *_others(kinds, path.name), *notes)


def _checked(file: Any, name: str) -> Any:
    if not is_group(file.get(GROUP)):
        raise InputError(f"{name}: not {WHAT} (it has no group '{GROUP}'); AnnData's files must end in .h5ad")
    list(datasets(file, [GROUP], name))
    group = file[GROUP]
    missing = [key for key in NEEDED if key not in group]
    missing += [f"features/{key}" for key in ("id", "name") if f"features/{key}" not in group]
    if missing:
        raise InputError(f"{name}: not {WHAT} (its group '{GROUP}' has no {missing[0]})")
    return group


def _texts(entry: Any, name: str) -> list[str]:
    require_texts(entry, name)
    return [text.decode() if isinstance(text, bytes) else str(text) for text in entry[:]]


def _others(kinds: list[str], name: str) -> list[str]:
    """Return a note on the features that are no genes."""
    others = Counter(kind for kind in kinds if kind != GENES)
    if not others:
        return []
    listed = ", ".join(f"{kind}: {number:,}" for kind, number in sorted(others.items()))
    left_out = of_all(others.total(), len(kinds), "feature", "is no gene and is", "are no genes and are")
    return [f"{name}: {left_out} left out ({listed})"]


def _chunks(path: Path, shape: tuple[int, ...]) -> Iterator[sp.csr_matrix]:
    with opened(path, WHAT) as file:
        yield from sparse_rows(file[GROUP], shape, path.name)
