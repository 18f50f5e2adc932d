"""The corpus of bad and odd inputs, by subject: tests/unit/test_corpus.py runs it, docs/troubleshooting.md shows it."""

from dataclasses import dataclass

from tests.corpus import (
    connectivity_refused,
    connectivity_right,
    expression_refused,
    expression_right,
    headers,
    marks,
    matched,
    names,
    noted,
    parameters,
    places,
    products,
    sections,
    surfaces,
)
from tests.corpus.case import Case


@dataclass(frozen=True)
class Subject:
    """Cases of one kind, and what docs/troubleshooting.md says above those of their messages that have a cure."""

    title: str
    cases: list[Case]
    introduction: str = ""


SUBJECTS = (
    Subject("Expression", expression_refused.CASES, "The file named by the samplesheet's column `expression`."),
    Subject(
        "Counts or logarithms",
        marks.REFUSED,
        "X holds raw counts or logarithms of normalised counts; where that cannot be told, nothing is guessed.",
    ),
    Subject("Coordinates", places.REFUSED, "Two or three numbers per spot, in `obsm` or in columns of `obs`."),
    Subject("Sections and labels", sections.REFUSED, "Columns of `obs`, named by `section_key` and `reference_key`."),
    Subject("Connectivity", connectivity_refused.CASES, "The file named by the samplesheet's column `connectivity`."),
    Subject(
        "Connectivity and spots",
        matched.REFUSED,
        "Rows of connectivity belong to spots by name, by number or, without either, by order.",
    ),
    Subject("What connectivity means", products.REFUSED),
    Subject("Surfaces", surfaces.CASES, "The files named by the samplesheet's column `surfaces`."),
    Subject(
        "Damaged, oversized and linked files",
        headers.CASES,
        "The sizes that a file declares are looked at before its content is read.",
    ),
    Subject(
        "Parameters",
        parameters.CASES,
        "Parameters that do not fit the data; their names and ranges are in [parameters.md](parameters.md).",
    ),
    Subject(
        "Notes",
        noted.CASES,
        "The run goes on. Notes stand in the log, in `notes.csv` and in the report, as do those further below.",
    ),
    Subject("Notes on columns", names.CASES, "No column of yours is lost."),
    Subject("Notes on connectivity and spots", matched.NOTED),
    Subject("Notes on coordinates", places.READ),
    Subject("Notes on sections and labels", sections.READ),
    Subject("Expression that is read", expression_right.CASES),
    Subject("Marks that are read", marks.READ),
    Subject("Connectivity that is read", connectivity_right.CASES),
    Subject("Connectivity that is matched", matched.READ),
    Subject("Connectivity that is understood", products.READ),
)
