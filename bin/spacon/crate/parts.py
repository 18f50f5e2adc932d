"""The files of a crate: where each lies, where it goes, its size and its digest."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from spacon.files import digest_of

# By suffix, as IANA has them; what it does not know is bytes, or text where it is a program's source.
FORMATS = {
    ".cff": "application/yaml",
    ".csv": "text/csv",
    ".gii": "application/xml",
    ".h5ad": "application/x-hdf5",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".md": "text/markdown",
    ".nii": "application/octet-stream",
    ".npy": "application/octet-stream",
    ".npz": "application/zip",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".safetensors": "application/octet-stream",
    ".sif": "application/octet-stream",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
    ".yml": "application/yaml",
}


@dataclass(frozen=True)
class Part:
    """One file of a crate."""

    name: str  # its path in the crate, with slashes
    path: Path
    size: int
    sha256: str

    @property
    def format(self) -> str:
        """Return its media type."""
        return format_of(self.name)


def format_of(name: str) -> str:
    """Return the media type of a file by its name."""
    return FORMATS.get(PurePosixPath(name).suffix, "text/plain")


def parts_of(files: Mapping[str, Path]) -> list[Part]:
    """Return the parts of a crate, sorted by name, from what lies where; of a folder, every file in it.

    Digests are computed side by side: a file is read at the speed of the disk.
    """
    flat = sorted(_flat(files))
    with ThreadPoolExecutor() as pool:
        digests = pool.map(digest_of, [path for _, path in flat])
        return [
            Part(name, path, path.stat().st_size, digest) for (name, path), digest in zip(flat, digests, strict=True)
        ]


def _flat(files: Mapping[str, Path]) -> Iterable[tuple[str, Path]]:
    for name, path in files.items():
        if not path.is_dir():
            yield name, path
            continue
        for file in path.rglob("*"):
            inner = file.relative_to(path)
            if file.is_file() and "__pycache__" not in inner.parts:
                yield f"{name}/{inner.as_posix()}", file
