"""Groups and arrays of an HDF5 file or a zarr folder, told from their headers; refused where a part is elsewhere."""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import h5py
import zarr

from spacon.counts import of_all
from spacon.errors import InputError

DEEPEST = 4  # groups within groups; a loop of links has no end
BLOSC_HEADER = 16  # bytes, of which the last four tell how many there are in all


def is_group(entry: Any) -> bool:
    """Return whether an entry of HDF5 or zarr is a group."""
    return hasattr(entry, "keys")


def datasets(group: Any, wanted: Iterable[str], name: str, depth: int = 0) -> Iterator[Any]:
    """Yield the arrays below some entries of a group; raise InputError for one that is kept in another file."""
    for key in wanted:
        if key not in group:
            continue
        entry = None if depth > DEEPEST else _own(group, key) if isinstance(group, h5py.Group) else group[key]
        if entry is None:
            raise InputError(
                f"{name}: '{group.name.rstrip('/')}/{key}' does not lie in this file; bring one whole file"
            )
        if is_group(entry):
            yield from datasets(entry, sorted(entry), name, depth + 1)
        else:
            yield entry


def _own(group: h5py.Group, key: str) -> h5py.Group | h5py.Dataset | None:
    """Return an entry of an HDF5 file; None where it, or what it holds, is kept in another."""
    if isinstance(group.get(key, getlink=True), h5py.ExternalLink):
        return None
    entry = group[key]
    outside = entry.file.filename != group.file.filename  # by way of a link on the path
    outside = outside or (isinstance(entry, h5py.Dataset) and bool(entry.external or entry.is_virtual))
    return None if outside else entry


def zeros_notes(entry: Any, name: str) -> tuple[str, ...]:
    """Return a note where chunks of a dense matrix of zarr's are not there: those of zeros alone may be left out.

    Raises:
        InputError: none is there, or they would not be read as zeros.
    """
    absent = _absent(entry)
    if not absent:
        return ()
    if absent == entry.nchunks or entry.fill_value not in (0, None):
        check_whole(entry, name)
    those = "is read as zeros: if it holds" if absent == 1 else "are read as zeros: if they hold"
    return (f"{name}: {_absent_of(entry)} not there and {those} anything else, copy it again",)


def check_whole(entry: Any, name: str) -> None:
    """Raise InputError where chunks of a zarr's array are not there or cut off; names and sparse entries need all."""
    if _absent(entry):
        raise InputError(f"{name}: {_absent_of(entry)} not there: copy it again")
    check_ends(entry, name)


def _absent(entry: Any) -> int:
    return int(entry.nchunks - entry.nchunks_initialized) if _is_zarr(entry) else 0


def _absent_of(entry: Any) -> str:
    called = _called(entry)
    return of_all(_absent(entry), entry.nchunks, "chunk", f"of {called} is", f"of {called} are")


def _is_zarr(entry: Any) -> bool:
    return isinstance(entry, zarr.Array)


def _called(entry: Any) -> str:
    """Return what messages call an array; one that is the whole folder has no name."""
    return entry.path or "its array"


def check_ends(entry: Any, name: str) -> None:
    """Raise InputError where a chunk of a zarr's array is cut off, which Blosc, alone among codecs, does not see."""
    if not _is_zarr(entry) or entry.shards is not None:
        return
    if not any("Blosc" in type(codec).__name__ for codec in entry.compressors):
        return
    folder = Path(entry.store_path.store.root) / entry.path
    for chunk in sorted(file for file in folder.rglob("*") if file.is_file()):
        if not chunk.name.startswith(".") and chunk.name != "zarr.json" and _is_cut(chunk):
            place = chunk.relative_to(folder)
            raise InputError(f"{name}: chunk {place} of {_called(entry)} is cut off: copy it again")


def _is_cut(chunk: Path) -> bool:
    with chunk.open("rb") as stream:
        header = stream.read(BLOSC_HEADER)
    return len(header) < BLOSC_HEADER or struct.unpack("<I", header[-4:])[0] != chunk.stat().st_size
