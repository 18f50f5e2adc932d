"""What validation finds of one sample: problems, which end its run, and notes, which do not."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from spacon.errors import InputError


@dataclass
class Findings:
    """What was found of one sample: problems, which end the run, and notes, which do not."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Note an InputError that is raised inside as a problem, and go on behind."""
        try:
            yield
        except InputError as error:
            line = " ".join(str(error).split())
            if line not in self.problems:
                self.problems.append(line)
