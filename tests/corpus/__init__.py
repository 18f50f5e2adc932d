"""The corpus of bad and odd inputs, by subject: what tests/unit/test_corpus.py runs and docs/troubleshooting.md shows."""

from dataclasses import dataclass

from tests.corpus import connectivity_refused, connectivity_right, expression_refused, expression_right, marks, names, places, sections
from tests.corpus.case import Case


@dataclass(frozen=True)
class Subject:
    """Cases of one kind, and what docs/troubleshooting.md says above their messages; without, it has none of them."""

    title: str
    cases: list[Case]
    introduction: str = ""


SUBJECTS = (
    Subject("Expression that is read", expression_right.CASES),
    Subject("Marks that are read", marks.READ),
    Subject("Names and columns that are kept", names.CASES),
    Subject("Coordinates that are read", places.READ),
    Subject("Sections and labels that are read", sections.READ),
    Subject("Connectivity that is read", connectivity_right.CASES),
    Subject("Expression", expression_refused.CASES, "intro"),
    Subject("Counts or logarithms", marks.REFUSED, "intro"),
    Subject("Coordinates", places.REFUSED, "intro"),
    Subject("Sections and labels", sections.REFUSED, "intro"),
    Subject("Connectivity", connectivity_refused.CASES, "intro"),
)
