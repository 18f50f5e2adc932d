"""What was brought of a sample: cells of any source, with the tables about them and about their genes."""

from collections.abc import Sequence
from pathlib import Path

from spacon.findings import Findings
from spacon.sources.cells import Cells
from spacon.sources.file import read_cells
from spacon.sources.genes import with_symbols
from spacon.sources.join import joined
from spacon.sources.tables import read_cell_table, read_texts


def cells_of(
    expression: Path, tables: Sequence[Path], gene_table: Path | None, source: str, found: Findings
) -> Cells | None:
    """Return the cells of a sample joined with what is known of them; None where a problem was found.

    Args:
        expression, source: as `read_cells` takes them.
        tables: about the cells.
        gene_table: of identifiers and symbols, if there is one.
        found: gathers the problems of all files.
    """
    cells, about = None, []
    with found.gathering():
        cells = read_cells(expression, source)
    for path in tables:
        with found.gathering():
            about.append(read_cell_table(path))
    if cells is not None:
        with found.gathering():
            cells = joined(cells, about)
    if gene_table is not None:
        with found.gathering():
            if cells is None:  # no genes to be named by it
                read_texts(gene_table)
            else:
                cells = with_symbols(cells, gene_table)
    return None if found.problems else cells
