"""Bad input is an `InputError` whose one line names what was found, what is allowed and the nearest valid name."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise


class InputError(ValueError):
    """What the user brought cannot be used. The message is one line, fit to be shown as it is."""


class CombinedInputError(InputError):
    """Several such problems at once, one line each."""


@contextmanager
def about(what: str) -> Iterator[None]:
    """Put `what` (a file, a section) before the message of every InputError raised inside."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{what}: {error}") from error


@contextmanager
def unreadable(what: str, kinds: tuple[type[BaseException], ...]) -> Iterator[None]:
    """Turn what libraries raise inside, errors of such kinds, into the one line `what (their words)`."""
    try:
        yield
    except InputError:
        raise
    except kinds as error:
        raise InputError(f"{what} ({shortened(error)})") from error


def suggestion(name: str, allowed: Iterable[str]) -> str:
    """Return `did you mean 'x'? available: 'x', 'y'` for a name that is not among the allowed ones."""
    names = sorted(map(str, allowed))
    if not names:
        return "there are none"
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean '{close[0]}'? " if close else ""
    shown = ", ".join(f"'{known}'" for known in names[:12])
    return f"{hint}available: {shown}{', ...' if len(names) > 12 else ''}"


def shortened(error: BaseException, most: int = 200) -> str:
    """Return an error's words in one line of at most so many characters; libraries print whole arrays."""
    line = " ".join(str(error).split()) or type(error).__name__
    return line if len(line) <= most else f"{line[:most]}..."


def check_neighbors(parameter: str, neighbors: int, n: int, least: int = 1) -> None:
    """Raise InputError unless `neighbors` is at least `least`, and a spot has as many others among n."""
    if neighbors < least:
        raise InputError(f"{parameter} is {neighbors}; at least {least} is needed: write --{parameter} {least}")
    if neighbors >= n:
        others = f"at most {n - 1} is possible" if n > 1 else "it has no other spot"
        raise InputError(
            f"{parameter} is {neighbors}, but there {'are' if n != 1 else 'is'} {n} spot{'s' * (n != 1)}: {others}"
        )


def check_widths(widths: list[int], genes: int) -> None:
    """Raise InputError unless the layer widths are three, descend and stay below the number of genes."""
    if len(widths) != 3:
        raise InputError(f"widths must be three numbers, found {widths}")
    if any(wide <= narrow for wide, narrow in pairwise([genes, *widths])) or widths[-1] < 1:
        raise InputError(
            f"widths must descend from below the {genes} genes to at least 1, found {widths}{fitting(genes)}"
        )


def fitting(genes: int) -> str:
    """Return, as it must be typed, widths that fit so many genes; nothing where none do."""
    first = 4 * genes // 5
    second = first // 2
    return f"; write for example --widths {first},{second},{second // 2}" if second // 2 >= 1 else ""
