"""Alignment at the size of the published whole brain: 4.2 million cells of 129 sections to 250,000 places.

Expression is made a chunk at a time and never stored, so that what is measured is the alignment: its seconds, without
those of making the data, and the memory of the whole process at its peak. Every count must be in a place at the end.

    python tests/benchmark/alignment.py [--scale 0.1] [--output docs/benchmarks/alignment.csv]
"""

import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click
import numpy as np
import pandas as pd
import scipy.sparse as sp

CELLS, PLACES, SECTIONS, GENES, ENTRIES = 4_200_000, 250_000, 129, 1_122, 100
ROWS = 50_000  # of a chunk
CLASSES, SUBCLASSES = 34, 338  # of the atlas's taxonomy
TABLE = Path(__file__).resolve().parents[2] / "docs/benchmarks/alignment.csv"
THICKNESS = 0.1  # mm from section to section


@dataclass
class Expression:
    """Counts of so many cells, made anew for whoever reads them; some genes are in most cells, most in few."""

    cells: int
    seconds: float = 0.0
    total: int = 0
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    def __iter__(self) -> Iterator[sp.csr_matrix]:
        for start in range(0, self.cells, ROWS):
            started = time.perf_counter()
            chunk = self.chunk(min(ROWS, self.cells - start))
            self.total += int(chunk.data.sum(dtype=np.int64))
            self.seconds += time.perf_counter() - started
            yield chunk

    def chunk(self, rows: int) -> sp.csr_matrix:
        """Return the counts of so many cells, about ENTRIES of each."""
        gene = (GENES * self.random.random(rows * ENTRIES) ** 1.5).astype(np.int32)
        count = self.random.integers(1, 6, rows * ENTRIES).astype(np.float32)
        matrix = sp.csr_matrix((count, gene, np.arange(0, rows * ENTRIES + 1, ENTRIES)), shape=(rows, GENES))
        matrix.sum_duplicates()
        return matrix


def made(cells: int, places: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return obs, positions and sections of the cells, in no order, and positions and sections of the places."""
    random = np.random.default_rng(0)
    side = round((places / SECTIONS) ** 0.5)
    corner = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1).reshape(-1, 2)
    own = np.repeat(np.arange(SECTIONS), len(corner))
    where = np.column_stack([own * THICKNESS, np.tile(corner / side * 10, (SECTIONS, 1))])
    section = random.integers(0, SECTIONS, cells)
    positions = np.column_stack([section * THICKNESS, random.uniform(0, 10, (cells, 2))])
    names = np.array([f"Zhuang-ABCA-1.{number:03d}" for number in range(SECTIONS)], dtype=object)
    obs = pd.DataFrame(
        {
            "brain_section_label": pd.Categorical(names[section]),
            "class": pd.Categorical.from_codes(random.integers(0, CLASSES, cells), [f"c{i}" for i in range(CLASSES)]),
            "subclass": np.array([f"s{i}" for i in range(SUBCLASSES)], object)[random.integers(0, SUBCLASSES, cells)],
            "x": positions[:, 1],
            "y": positions[:, 2],
        },
        index=pd.Index([f"1019171907102340387021063550{number:010d}" for number in range(cells)], dtype=object),
    )
    return obs, positions, names[section], where, names[own]


@click.command()
@click.option("--scale", type=float, default=1.0, show_default=True, help="Of the number of cells and places.")
@click.option("--output", type=click.Path(path_type=Path), default=TABLE, help="Table, to which a row is added.")
def main(scale: float, output: Path) -> None:
    """Align, and add a row: seconds by part, and memory in MB."""
    from spacon.alignment.align import CellsToAlign, aligned
    from spacon.alignment.places import Places
    from spacon.parameters import Alignment

    cells = round(CELLS * scale)
    obs, positions, section, where, own = made(cells, round(PLACES * scale))
    places = Places(where, np.arange(len(where)).astype(str).astype(object), own, "places.csv")
    expression = Expression(cells)
    before = _memory()
    started = time.perf_counter()
    found = aligned(
        CellsToAlign(obs, positions, section, expression, "auto", False, ["brain_section_label"], "made up"),
        places,
        Alignment("places", None, True, None, "sum", 1),
    )
    seconds = time.perf_counter() - started
    for note in found.notes:
        click.echo(note, err=True)
    if int(found.expression.sum(dtype=np.float64)) != expression.total:
        raise click.ClickException("the places do not hold every count")
    row = {
        "cells": cells,
        "places": len(found.obs),
        "entries": found.expression.nnz,
        "alignment_seconds": round(seconds - expression.seconds, 1),
        "making_seconds": round(expression.seconds, 1),
        "before_mb": round(before),
        "peak_mb": round(_memory()),
    }
    pd.DataFrame([row]).to_csv(output, mode="a", header=not output.exists(), index=False)
    click.echo(row)


def _memory() -> float:
    """Return the most memory that this process has held so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bin"))
    main()
