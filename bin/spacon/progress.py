"""Progress of long work: a bar on a terminal, plain lines in a log, both with the remaining time."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

SECONDS_BETWEEN_LINES = 10.0


def say(line: str) -> None:
    """Write one line to the log at once."""
    print(line, file=sys.stderr, flush=True)


class Lines:
    """Counts steps and writes a line at most every few seconds and at the end."""

    def __init__(self, what: str, total: int, done: int = 0) -> None:
        self.what, self.total, self.done, self.before = what, total, done, done
        self.started = self.written = time.monotonic()

    def advance(self) -> None:
        self.done += 1
        now = time.monotonic()
        if self.done == self.total or now - self.written >= SECONDS_BETWEEN_LINES:
            elapsed = now - self.started
            remaining = elapsed / (self.done - self.before) * (self.total - self.done)
            say(f"{self.what}: {self.done}/{self.total}, {elapsed:.0f} s, about {remaining:.0f} s remaining")
            self.written = now


class Bar:
    """Counts steps on a terminal."""

    def __init__(self, progress: Progress, what: str, total: int, done: int = 0) -> None:
        self.progress, self.task = progress, progress.add_task(what, total=total, completed=done)

    def advance(self) -> None:
        self.progress.advance(self.task)


T = TypeVar("T")


def counted(what: str, items: Iterable[T], total: int) -> Iterator[T]:
    """Yield the items, counting them."""
    with counting(what, total) as counter:
        for item in items:
            yield item
            counter.advance()


@contextmanager
def counting(what: str, total: int, done: int = 0) -> Iterator[Lines | Bar]:
    """Yield a counter whose `advance()` is called after each of `total` steps, but for those done before."""
    if not sys.stderr.isatty():
        yield Lines(what, total, done)
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield Bar(progress, what, total, done)
