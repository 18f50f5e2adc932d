"""What is found of one sample: problems, which are gathered so that one run names them all, and notes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from spacon.errors import CombinedInputError, InputError


@dataclass
class Findings:
    """What was found of one sample: problems, which end the run, and notes, which do not."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Note an InputError that is raised inside as a problem, or several at once as these, and go on behind."""
        try:
            yield
        except CombinedInputError as errors:
            self._add(*str(errors).splitlines())
        except InputError as error:
            self._add(str(error))

    def _add(self, *problems: str) -> None:
        lines = (" ".join(problem.split()) for problem in problems)
        self.problems += [line for line in lines if line not in self.problems]

    def error(self) -> CombinedInputError:
        """Return all problems as one error, a line each."""
        return CombinedInputError("\n".join(self.problems))
