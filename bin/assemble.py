#!/usr/bin/env python3
"""Assemble one h5ad of spots: from expression in any form, tables about it, and places to which cells are aligned."""

from spacon.cli.options import InputFile, InputPath, OutputFile, script
from spacon.files import write_json, write_table
from spacon.parameters import Alignment, Assembly


@script
def main(
    sample: str,
    expression: InputPath,
    tables: tuple[InputFile, ...] | None,
    gene_table: InputFile | None,
    places: InputFile | None,
    surfaces: tuple[InputFile, ...] | None,
    wanted: Assembly,
    alignment: Alignment,
    output: OutputFile,
    assembly: OutputFile,
    unmatched: OutputFile,
) -> None:
    """Assemble one sample's spots."""
    from spacon.assembly.spots import Brought, assembled
    from spacon.data.spots_file import write_spots
    from spacon.files import facts_of
    from spacon.progress import say
    from spacon.sources.file import files_read, read_cells
    from spacon.sources.genes import with_symbols
    from spacon.sources.join import joined
    from spacon.sources.tables import read_cell_table

    cells = read_cells(expression, wanted.expression_from)
    # In the order of their names: that of the samplesheet decides nothing.
    about = sorted(tables or (), key=lambda path: path.name)
    cells = joined(cells, [read_cell_table(path) for path in about])
    if gene_table is not None:
        cells = with_symbols(cells, gene_table)
    made = assembled(cells, Brought(places, surfaces or ()), wanted, alignment, sample, expression.name)
    files = [facts_of("expression", path, expression.parent) for path in files_read(expression)]
    others = {"spots": about, "genes": [gene_table], "places": [places]}
    files += [facts_of(role, path) for role, paths in others.items() for path in paths if path is not None]
    write_spots(made.spots, output)
    write_table(unmatched if made.unmatched is not None else None, made.unmatched)
    write_json(assembly, {"notes": made.notes, "files": files, "places": made.places})
    say(f"{made.spots.n_obs} spots x {made.spots.n_vars} genes")
    for note in made.notes:
        say(note)


if __name__ == "__main__":
    main()
