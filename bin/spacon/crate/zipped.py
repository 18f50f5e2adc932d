"""A zip file whose bytes depend on nothing but the names and the content of what is in it."""

import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

from spacon.crate.parts import Part

FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the earliest that the format can hold
PLAIN_FILE = 0o100644 << 16
UNIX = 3


def write_zip(path: Path, texts: Iterable[tuple[str, str]], parts: Iterable[Part]) -> None:
    """Write texts, then files, each in the given order, as they are: most are compressed already.

    Memory does not grow with the files.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, text in texts:
            archive.writestr(_entry(name), text.encode("utf-8"))
        for part in parts:
            entry = _entry(part.name)
            entry.file_size = part.size  # a file above 2 GB needs the larger header, which is written before it
            with part.path.open("rb") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target, 2**20)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, FIRST_DAY)
    entry.create_system, entry.external_attr = UNIX, PLAIN_FILE
    return entry
