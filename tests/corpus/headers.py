"""Files that declare more than they hold, or more than any machine does, and files that point elsewhere."""

import json
import struct
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import h5py
import numpy as np

from tests.corpus.case import GB, Case
from tests.corpus.connectivity_refused import archived, arrays, dense
from tests.corpus.sample import COUNTS, GENES, STRENGTH, N, archive, array_entry, encoded, hdf5
from tests.corpus.truth import counts_are

HUGE = 10**12


def header(text: str, version: tuple[int, int] = (1, 0)) -> bytes:
    """Return the beginning of a .npy file with such a header."""
    size = struct.pack("<H" if version == (1, 0) else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + size + text.encode("latin1")


def described(shape: object, kind: str = "<f4", fortran: bool = False) -> bytes:
    """Return the beginning of a .npy file that declares an array."""
    return header(json.dumps({"descr": kind}).rstrip("}") + f", 'fortran_order': {fortran}, 'shape': {shape}}}\n")


def npy(start: bytes, data: bytes = STRENGTH.tobytes()):
    """Return what writes a .npy file of such a beginning and data."""
    return lambda folder: (folder / "matrix.npy").write_bytes(start + data)


def member(start: bytes, data: bytes = b"", sized: int | None = None, name: str = "values.npy"):
    """Return what writes factored connectivity, one array of which is such, and is said to have so many bytes."""

    def make(folder: Path) -> None:
        archive(index=np.arange(N) % 4, values=np.eye(4))(folder)
        with ZipFile(folder / "matrix.npz") as whole:
            kept = {each: whole.read(each) for each in whole.namelist() if each != name}
        with ZipFile(folder / "matrix.npz", "w", ZIP_DEFLATED) as changed:
            for each, content in (kept | {name: start + data}).items():
                changed.writestr(each, content)
            if sized is not None:
                changed.getinfo(name).file_size = sized  # the directory behind all arrays, which readers go by

    return make


def huge_entry(name: str, shape: tuple[int, ...], kind: str = "array"):
    """Return what declares an array of which nothing is stored."""

    def change(file: h5py.File) -> None:
        if name in file:
            del file[name]
        chunks = tuple(min(length, 1000) for length in shape)
        encoded(file.create_dataset(name, shape=shape, chunks=chunks, dtype="f4"), kind)

    return hdf5(change)


def huge_sparse(file: h5py.File) -> None:
    """Declare a sparse matrix of more entries than there are disks."""
    del file["X"]
    group = encoded(file.create_group("X"), "csr_matrix", "0.1.0", shape=(N, GENES))
    group["indptr"] = np.zeros(N + 1, np.int64)
    for name, kind in (("data", "f4"), ("indices", "i4")):
        group.create_dataset(name, shape=(HUGE,), chunks=(1000,), dtype=kind)


def other_file(folder: Path) -> None:
    """Make a second file with the same expression, on which the first must not draw; its mark would mislead."""
    (folder / "other.h5ad").write_bytes((folder / "spots.h5ad").read_bytes())
    with h5py.File(folder / "other.h5ad", "a") as file:
        encoded(file["uns"].create_group("log1p"), "dict", "0.1.0")


def linked(name: str):
    """Return what makes an entry a link into another file."""

    def make(folder: Path) -> None:
        other_file(folder)
        with h5py.File(folder / "spots.h5ad", "a") as file:
            if name in file:
                del file[name]
            file[name] = h5py.ExternalLink("other.h5ad", f"/{name}")

    return make


def linked_by_way(folder: Path) -> None:
    """Make an entry a link inside the file to a link into another one."""
    other_file(folder)
    with h5py.File(folder / "spots.h5ad", "a") as file:
        del file["X"]
        file["far"] = h5py.ExternalLink("other.h5ad", "/")
        file["X"] = h5py.SoftLink("/far/X")


def raw_storage(folder: Path) -> None:
    """Keep the numbers of X in a file of bytes."""
    (folder / "numbers.bin").write_bytes(COUNTS.astype("f4").tobytes())
    with h5py.File(folder / "spots.h5ad", "a") as file:
        del file["X"]
        stored = [(str(folder / "numbers.bin"), 0, COUNTS.size * 4)]
        encoded(file.create_dataset("X", shape=COUNTS.shape, dtype="f4", external=stored), "array")


def virtual(folder: Path) -> None:
    """Make X a view of another file."""
    other_file(folder)
    layout = h5py.VirtualLayout(shape=COUNTS.shape, dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5ad", "X", shape=COUNTS.shape)
    with h5py.File(folder / "spots.h5ad", "a") as file:
        del file["X"]
        encoded(file.create_virtual_dataset("X", layout), "array")


def around(name: str, target: str):
    """Return what makes an entry a link to a group that it lies in."""

    def change(file: h5py.File) -> None:
        if name in file:
            del file[name]
        file[name] = h5py.SoftLink(target)

    return hdf5(change)


def inside(file: h5py.File) -> None:
    """Keep X elsewhere in the same file, as a link tells."""
    array_entry(file, "uns/kept", COUNTS.astype(np.float32))
    del file["X"]
    file["X"] = h5py.SoftLink("/uns/kept")


def spots_case(name: str, make, *words: str, cure: str = "") -> Case:
    """Return a case of spots.h5ad and the words of its line."""
    return Case(name, make, refused=(("spots.h5ad", *words),), cure=cure)


MORE = "Bring fewer spots or genes, or use a machine with more memory: [running.md](running.md#memory-and-time)."
ELSEWHERE = "Only what lies in the file itself is read. With anndata: read it where it works, and write it anew."
BROKEN = [
    "",
    "{",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (30, 30",
    "(" * 300,
    "-" * 9000 + "1",
    "[1]",
    "\x00",
]
ZEROS = described((8 * 10**9,), "<f4")
CASES = [
    spots_case("X of 10^12 spots", huge_entry("X", (HUGE, 1000)), "GB of memory", "fewer spots", cure=MORE),
    spots_case("X of 10^12 entries, sparse", hdf5(huge_sparse), "GB of memory"),
    spots_case("names of 10^12 spots", huge_entry("obs/_index", (HUGE,), "string-array"), "GB of memory"),
    spots_case("a column of 10^12 spots", huge_entry("obs/ganglion", (HUGE,)), "GB of memory"),
    spots_case("coordinates of 10^12 spots", huge_entry("obsm/spatial", (HUGE, 2)), "GB of memory"),
    spots_case("X in another file", linked("X"), "'/X' does not lie in this file", cure=ELSEWHERE),
    *(
        spots_case(f"{name} in another file", linked(name), "does not lie in this file")
        for name in ("obs", "var", "obsm", "obsm/spatial", "obs/ganglion", "uns/log1p", "uns")
    ),
    spots_case("X in another file, by way of a link", linked_by_way, "does not lie in this file"),
    spots_case("the numbers of X in another file", raw_storage, "'/X' does not lie in this file"),
    spots_case("X a view of another file", virtual, "'/X' does not lie in this file"),
    spots_case("obs in itself", around("obs/all", "/obs"), "spots.h5ad"),
    spots_case("obsm in itself", around("obsm/all", "/obsm"), "spots.h5ad"),
    spots_case("X a link to itself", around("X", "/X"), "h5ad"),
    spots_case("coordinates that are a link to nowhere", around("obsm/spatial", "/nowhere"), "h5ad"),
    Case(
        "X elsewhere in the same file",
        hdf5(inside),
        scripts=("validate", "preprocess"),
        right=counts_are(COUNTS),
    ),
    dense(
        "a header of more rows than the file has",
        npy(described((30, 10**6))),
        "NumPy array",
        cure="The file was copied in part, or its header is damaged: write or copy it again.",
    ),
    dense("a header of 10^12 x 10^12", npy(described((HUGE, HUGE))), "NumPy array"),
    dense("a header of 10^30 rows", npy(described((10**30, 10**30))), "NumPy array"),
    dense("a header of rows below 0", npy(described((-30, -30))), "matrix.npy"),
    dense("a header of a shape of words", npy(described("('a', 'b')")), "NumPy array"),
    dense("a header of an unknown type", npy(described((30, 30), "<q99")), "NumPy array"),
    dense("an unknown version", npy(header("{}", (9, 9))), "NumPy array"),
    dense("a header longer than the file", npy(b"\x93NUMPY\x02\x00\xff\xff\xff\xff"), "NumPy array"),
    *(dense(f"a broken header: {text[:12]!r}", npy(header(text)), "NumPy array") for text in BROKEN),
    archived(
        "an archive of 32 GB of zeros",
        member(ZEROS, sized=32 * GB + len(ZEROS)),
        *("an archive of 32.0 GB", "GB of memory"),
        cure="It would not fit into memory once it is unpacked. If it is what you mean: fewer regions, or more memory.",
    ),
    archived(
        "an array of more than the archive has",
        member(described((10**5, 10**5))),
        *("'values.npy' declares 40,000,000,000 bytes", "damaged"),
        cure="The file is damaged, or made by a faulty tool: write it again.",
    ),
    archived("an array of 10^30", member(described((10**30, 10**30))), "declares"),
    archived("an array a little longer than the archive has", member(described((4, 4), "<f8"), bytes(120)), ".npz"),
    archived("an array of less than nothing", member(described((-4, -4), "<f8"), np.eye(4).tobytes()), "matrix.npz"),
    archived("an array of an unknown version", member(header("{}", (9, 9))), "unknown version"),
    archived("an array that is none", member(b"abc"), ".npz"),
    *(archived(f"an array with a broken header: {text[:12]!r}", member(header(text)), ".npz") for text in BROKEN),
    archived(
        "sparse, of 10^12 x 10^12",
        arrays(shape=np.array([HUGE, HUGE])),
        *("a sparse matrix of 1,000,000,000,000 rows", "GB of memory"),
        cure="The shape in the file is wrong, or the matrix is of more spots than a machine holds.",
    ),
    archived(
        "sparse, of 10^12 x 10^12, coo",
        archive(format=b"coo", shape=np.array([HUGE, HUGE]), data=np.ones(1), row=np.array([0]), col=np.array([5])),
        *("a sparse matrix of 1,000,000,000,000 rows", "GB of memory"),
    ),
    archived(
        "sparse, coo: a column out of range",
        archive(format=b"coo", shape=np.array([N, N]), data=np.ones(1), row=np.array([0]), col=np.array([N])),
        ".npz",
    ),
    archived(
        "sparse, of blocks larger than it",
        archive(
            **{"format": b"bsr", "shape": np.array([N, N]), "indices": np.array([0]), "indptr": np.array([0, 1])},
            data=np.ones((1, 7, 7)),
        ),
        ".npz",
    ),
    archived(
        "sparse, of 10^9 diagonals",
        archive(format=b"dia", shape=np.array([N, N]), data=np.ones((2, N)), offsets=np.array([0])),
        ".npz",
    ),
]
