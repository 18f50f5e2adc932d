"""Data files out of a wheel, which is a zip file: nothing of the package is installed or run."""

import zipfile
import zlib
from pathlib import Path

from spacon.errors import InputError


def extract(wheel: Path, members: tuple[str, ...], folder: Path) -> None:
    """Unpack `members` of the wheel into `folder`, or say which one is missing or damaged."""
    if not zipfile.is_zipfile(wheel):
        raise InputError(f"{wheel}: not a wheel (not a zip file), so it has no member '{members[0]}'")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for member in members:
            if member not in names:
                raise InputError(f"{wheel}: has no member '{member}'; expected the wheel of wormneuroatlas 0.0.7.3")
            try:
                archive.extract(member, folder)
            except (zipfile.BadZipFile, EOFError, zlib.error) as error:
                raise InputError(f"{wheel}: member '{member}' is damaged ({error})") from error
