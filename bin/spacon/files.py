"""Files between processes: plain and open, written under a temporary name and renamed when they are whole."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for its name alone: scripts show their help without importing pandas
    import pandas as pd


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


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_in(path: Path) -> list[Path]:
    """Return a file itself, or all files in a folder and those within it."""
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def facts_of(role: str, path: Path, folder: Path | None = None) -> dict[str, Any]:
    """Return what a file is brought for, and what identifies it: its name (in a folder), size in bytes and SHA-256."""
    name = str(path.relative_to(folder)) if folder else path.name
    return {"role": role, "name": name, "size": path.stat().st_size, "sha256": digest_of(path)}


def facts_of_all(role: str, paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Return `facts_of` each file, and of those in folders, which are named in their folder."""
    return [facts_of(role, file, path.parent) for path in paths for file in files_in(path)]


def read_json(path: Path) -> Any:
    """Read a file of JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, told: Any) -> None:
    """Write a file of JSON that people can read."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def write_table(path: Path | None, table: "pd.DataFrame", **how: Any) -> None:
    """Write a table as CSV, without its index, if there is a path."""
    if path is None:
        return
    with replacing(path) as temporary:
        table.to_csv(temporary, index=False, **how)


def write_notes(path: Path | None, notes: Iterable[str]) -> None:
    """Write notes, one per line, if there is a path."""
    if path is None:
        return
    with replacing(path) as temporary:
        temporary.write_text("".join(f"{' '.join(note.split())}\n" for note in notes), encoding="utf-8")
