#!/usr/bin/env python3
"""Check one sample's files and the parameters that depend on them, before anything is computed."""

import json
from typing import Any

import click

from spacon.cli.options import InputFile, InputPath, OutputFile, script
from spacon.files import write_json, write_notes
from spacon.parameters import Checked


@script
def main(
    expression: InputFile,
    connectivity: tuple[InputPath, ...],
    surfaces: tuple[InputFile, ...] | None,
    assembly: InputFile | None,
    wanted: Checked,
    output: OutputFile,
    notes: OutputFile | None,
) -> None:
    """Check one sample and write what was found."""
    from spacon.connectivity.file import called
    from spacon.data.spots_file import read_spots
    from spacon.files import facts_of, facts_of_all, read_json
    from spacon.findings import Findings
    from spacon.preflight.assembly import check_places, first_of_all, of_assembly
    from spacon.preflight.checks import validated
    from spacon.preflight.surfaces import check_surface, of_surface

    found, spots = Findings(), None
    summary: dict[str, Any] = {}
    with found.gathering():
        spots = read_spots(expression, wanted.preprocessing.expression_from)
    with found.gathering():
        summary = validated(spots, connectivity, wanted, expression.name, found)
    check_surface(
        surfaces or (), spots, wanted.source.region_key, summary, (expression.name, called(connectivity)), found
    )
    before = {"notes": [], "places": None} if assembly is None else read_json(assembly)
    with found.gathering():
        check_places(before["places"], summary, called(connectivity))
    if found.problems:
        found.problems += first_of_all(before["notes"], expression.name)
        raise found.error()
    if assembly is not None:
        summary["memory_mb"]["assemble"], summary["time_s"]["assemble"] = of_assembly(before["files"])
    if surfaces:
        summary["memory_mb"]["surfaces"], summary["time_s"]["surfaces"] = of_surface(surfaces)
    summary["files"] = [facts_of("expression", expression)] if assembly is None else before["files"]
    summary["files"] += [*facts_of_all("connectivity", connectivity), *facts_of_all("surfaces", surfaces or ())]
    click.echo(json.dumps(summary), err=True)
    write_notes(notes, [*before["notes"], *found.notes])
    write_json(output, summary)


if __name__ == "__main__":
    main()
