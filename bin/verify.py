#!/usr/bin/env python3
"""Is every file of a crate what the crate says?

CRATE is the zip file of a run, or the folder of its results. Prints one line per difference. Exit status: 0 if there is
none, 1 if there are some, 2 if CRATE is no crate. Needs Python 3.8 or newer and no package; reads every byte once and
writes nothing.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

METADATA = "ro-crate-metadata.json"
BLOCK = 2**20
NO_CRATE = (OSError, KeyError, ValueError, TypeError, AttributeError, zipfile.BadZipFile)
UNREADABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


class Zipped:
    """The files of a zip file."""

    def __init__(self, path: Path) -> None:
        self.archive = zipfile.ZipFile(path)
        self.names = [name for name in self.archive.namelist() if not name.endswith("/")]

    def open(self, name: str) -> IO[bytes]:
        return self.archive.open(name)

    def size(self, name: str) -> int:
        return self.archive.getinfo(name).file_size


class Unpacked:
    """The files of a folder. Others than the crate's may lie beside them: the engine's own reports do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.names: list[str] = []

    def open(self, name: str) -> IO[bytes]:
        return self._path(name).open("rb")

    def size(self, name: str) -> int:
        return self._path(name).stat().st_size

    def _path(self, name: str) -> Path:
        found = (self.folder / name).resolve()
        if self.folder not in found.parents:
            raise KeyError(name)
        return found


def said_files(crate: Zipped | Unpacked) -> tuple[dict[str, tuple[int, str]], str]:
    """Return what the crate says: by name, the size and the SHA-256 of each file, and the digest of that statement."""
    with crate.open(METADATA) as file:
        text = file.read()
    said = {}
    for entity in json.loads(text.decode("utf-8"))["@graph"]:
        here = ":/" not in entity["@id"] and entity["@id"] != METADATA
        if here and "File" in as_list(entity.get("@type")):
            said[unquote(entity["@id"])] = (int(entity["contentSize"]), entity["sha256"])
    return said, hashlib.sha256(text).hexdigest()


def as_list(value: Any) -> list[Any]:
    """Return the values of a property, of which JSON-LD writes one without a list."""
    return value if isinstance(value, list) else [value]


def difference(crate: Zipped | Unpacked, name: str, size: int, sha256: str) -> str | None:
    """Return what is wrong with a file in words, or None."""
    digest = hashlib.sha256()
    try:
        found = crate.size(name)
        if found != size:
            return f"has {found} bytes; the crate says {size}"
        with crate.open(name) as file:
            for block in iter(lambda: file.read(BLOCK), b""):
                digest.update(block)
    except (KeyError, FileNotFoundError):
        return "is missing"
    except UNREADABLE as error:
        return f"cannot be read: {error}"
    if digest.hexdigest() == sha256:
        return None
    return f"has other bytes: SHA-256 {digest.hexdigest()}; the crate says {sha256}"


def differences(crate: Zipped | Unpacked, said: dict[str, tuple[int, str]]) -> list[str]:
    """Return a line for each file that is not what the crate says."""
    with ThreadPoolExecutor() as pool:
        wrong = dict(zip(said, pool.map(lambda name: difference(crate, name, *said[name]), said)))  # noqa: B905 (of 3.10)
    lines = [f"{name} {words}" for name, words in wrong.items() if words]
    lines += [f"{name} appears twice" for name, times in Counter(crate.names).items() if times > 1]
    lines += [f"{name} is not of the crate" for name in crate.names if name not in said and name != METADATA]
    return sorted(lines)


def main(arguments: list[str]) -> int:
    """Verify one crate; return the exit status."""
    if arguments in (["--help"], ["-h"]):
        print(f"Usage: python3 verify.py [--help] CRATE\n\n{(__doc__ or '').strip()}")
        return 0
    if len(arguments) != 1:
        print("error: name one crate: python3 verify.py results.crate.zip", file=sys.stderr)
        return 2
    path = Path(arguments[0])
    try:
        crate = Unpacked(path) if path.is_dir() else Zipped(path)
        said, digest = said_files(crate)
    except NO_CRATE as error:
        print(f"error: {path} is no crate of SpaCon-nf: {error}", file=sys.stderr)
        return 2
    lines = differences(crate, said)
    for line in lines:
        print(json.dumps(line, ensure_ascii=False)[1:-1])  # a name may hold what a terminal would take for a command
    total = sum(size for size, _ in said.values())
    print(f"{len(said)} files, {total} bytes: {len(lines) or 'no'} difference{'' if len(lines) == 1 else 's'}")
    print(f"{METADATA} has SHA-256 {digest}")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
