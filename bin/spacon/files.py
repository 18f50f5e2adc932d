"""Files between processes: plain and open, written under a temporary name and renamed when they are whole."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, renamed to it on success and removed on failure.

    The suffix is kept, because several writers choose their format by it.
    """
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield temporary
        # Some writers make files that only their owner can read; results are for collaborators too.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_notes(path: Path | None, notes: Iterable[str]) -> None:
    """Write notes, one per line, if there is a path."""
    if path is None:
        return
    with replacing(path) as temporary:
        temporary.write_text("".join(f"{' '.join(note.split())}\n" for note in notes), encoding="utf-8")
