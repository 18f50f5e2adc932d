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
    from spacon.assembly.brought import cells_of
    from spacon.assembly.spots import Brought, assembled, read_target
    from spacon.data.spots_file import write_spots
    from spacon.files import facts_of
    from spacon.findings import Findings
    from spacon.progress import say
    from spacon.sources.file import files_read

    # In the order of their names: that of the samplesheet decides nothing.
    found, about, made = Findings(), sorted(tables or (), key=lambda path: path.name), None
    brought = Brought(places, surfaces or ())
    cells = cells_of(expression, about, gene_table, wanted.expression_from, found)
    with found.gathering():
        if cells is None:
            read_target(brought, wanted, alignment, expression.name)
        else:
            made = assembled(cells, brought, wanted, alignment, sample, expression.name)
    if made is None:
        raise found.error()
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
