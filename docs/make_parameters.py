#!/usr/bin/env python3
"""Write docs/parameters.md from nextflow_schema.json: `python docs/make_parameters.py`."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "parameters.md"

HEAD = """# Parameters

<!-- Made from nextflow_schema.json by docs/make_parameters.py: change the schema, then run the script. -->

Each parameter is set with two dashes on the command line (`--epochs 20`) or by its name in a file given to
`-params-file`; how to choose values stands in [usage.md](usage.md#5-choose-the-parameters). `./nextflow run . --help`
prints this list. A parameter without a default is not set. A profile may set other values than these defaults.
"""
PER_SAMPLE = "Each may be a [column of the samplesheet](usage.md#parameters-of-single-samples)."


def allowed(described: dict[str, Any]) -> str:
    """Return the type of a parameter and the values that it may have."""
    if "enum" in described:
        return ", ".join(f"`{value}`" for value in described["enum"])
    words = {"integer": "whole number", "number": "number", "boolean": "`true`, `false`", "string": "text"}
    bounds = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}
    limits = [f"{word} {described[bound]}" for bound, word in bounds.items() if bound in described]
    return ", ".join([words[described["type"]], *limits])


def default(described: dict[str, Any]) -> str:
    """Return the default of a parameter as it is typed, or nothing."""
    return f"`{json.dumps(described['default']).strip(chr(34))}`" if "default" in described else ""


def row(name: str, described: dict[str, Any]) -> str:
    """Return one parameter as a row of its group's table."""
    meaning = " ".join(filter(None, [described["description"], described.get("help_text")]))
    cells = f"`--{name}`", allowed(described), default(described), meaning
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def page(schema: dict[str, Any]) -> str:
    """Return the whole page, one table a group of the schema."""
    parts = [HEAD]
    for group in schema["$defs"].values():
        table = ["| parameter | allowed | default | meaning |", "| --- | --- | --- | --- |"]
        table += [row(name, described) for name, described in group["properties"].items()]
        where = " " + PER_SAMPLE if group.get("per_sample") else ""
        parts.append(f"## {group['title']}\n\n{group['description']}{where}\n\n" + "\n".join(table) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(json.loads((ROOT / "nextflow_schema.json").read_text())))
