"""Connectivity that cannot be used: of another shape, size or type, damaged, or with entries that are no numbers."""

import pickle
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numcodecs import Blosc

from tests.corpus.case import Case
from tests.corpus.connectivity_right import in_zarr, save
from tests.corpus.sample import STRENGTH, N, archive, matrix

ARCHIVE = {"connectivity": "matrix.npz"}
INDEX = np.arange(N) % 4


def with_entry(value: float) -> np.ndarray:
    """Return the good matrix with another number from spot 4 to spot 6."""
    changed = STRENGTH.copy()
    changed[4, 6] = value
    return changed


def content(data: bytes, name: str = "matrix.npy"):
    """Return what gives a file such content."""
    return lambda folder: (folder / name).write_bytes(data)


def archive_named_npy(folder: Path) -> None:
    """Give an archive of arrays the name of one array."""
    np.savez(folder / "other.npz", a=1)
    (folder / "other.npz").rename(folder / "matrix.npy")


def array_named_npz(folder: Path) -> None:
    """Give one array the name of an archive."""
    with (folder / "matrix.npz").open("wb") as file:
        np.save(file, STRENGTH)


def cut(name: str, write):
    """Return what keeps half of a file."""

    def make(folder: Path) -> None:
        write(folder)
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: len(whole) // 2])

    return make


def flipped(folder: Path) -> None:
    """Change one byte of an array in an archive, which its checksum tells."""
    archive(values=np.eye(4), index=INDEX)(folder)
    changed = bytearray((folder / "matrix.npz").read_bytes())
    changed[180] ^= 1
    (folder / "matrix.npz").write_bytes(changed)


def dense(name: str, make, *words: str, cure: str = "") -> Case:
    """Return a case of matrix.npy and the words of its line."""
    return Case(name, make, refused=(("matrix.npy", *words),), cure=cure)


def archived(name: str, make, *words: str, cure: str = "") -> Case:
    """Return a case of matrix.npz and the words of its line."""
    return Case(name, make, ARCHIVE, refused=(("matrix.npz", *words),), cure=cure)


def arrays(**changed: object):
    """Return what stores the arrays of a sparse matrix of one entry, some of them changed or, if None, left out."""
    parts = {
        "format": b"csr",
        "shape": np.array([N, N]),
        "data": np.ones(1),
        "indices": np.array([5]),
        "indptr": np.array([0] + [1] * N),
    }
    return archive(**{name: values for name, values in (parts | changed).items() if values is not None})


ORDER = (
    "Both files need the same spots in the same order, which only you can check, or names: "
    "[usage.md](usage.md#which-row-is-which-spot)."
)
DECIDE = (
    "Decide what a missing connection is (0: none) and write the file again. On the diagonal NaN and infinity are "
    "allowed. Rows and columns are counted from 0."
)
FORMS = "The kinds of files: [usage.md](usage.md#3-connectivity)."
COPY = "The file is damaged, or was not copied whole: compare its size, and copy or write it again."
DENSE = [
    dense("not square", matrix(np.ones((30, 29))), "square", "(30, 29)", cure="Rows and columns are both all spots."),
    dense("three dimensions", matrix(np.ones((30, 30, 2))), "square", "(30, 30, 2)"),
    dense("no dimension", matrix(np.float64(1)), "square", "()"),
    dense("other size", matrix(np.ones((29, 29))), "29", "spots.h5ad", "30", cure=ORDER),
    dense("no spot", matrix(np.ones((0, 0))), "no rows"),
    dense("NaN", matrix(with_entry(np.nan)), "[4, 6]", "nan", cure=DECIDE),
    dense("infinite", matrix(with_entry(-np.inf)), "[4, 6]", "-inf"),
    dense("NaN, half precision", matrix(with_entry(np.nan).astype(np.float16)), "[4, 6]", "nan"),
    dense("NaN, big-endian", matrix(with_entry(np.nan).astype(">f8")), "[4, 6]", "nan"),
    dense(
        "text", matrix(np.full((30, 30), "a")), "real numbers", "<U1", cure="Convert it: `matrix.astype('float32')`."
    ),
    dense("durations", matrix(np.zeros((30, 30), "m8[s]")), "real numbers", "timedelta"),
    dense("complex numbers", matrix(np.ones((30, 30), complex)), "real numbers", "complex128"),
    dense("fields", matrix(np.zeros((30, 30), [("a", "f4")])), "real numbers"),
    dense(
        "objects",
        matrix(np.full((30, 30), None)),
        "NumPy array",
        cure='Write one array of numbers: `np.save("matrix.npy", matrix.astype("float32"))`.',
    ),
    dense("a pickle", content(pickle.dumps([1])), "NumPy array"),
    dense("a text file", content(b"1 2 3"), "NumPy array"),
    dense("nothing", content(b""), "NumPy array"),
    dense("half a file", cut("matrix.npy", matrix(STRENGTH)), "NumPy array"),
    dense("an archive called .npy", archive_named_npy, "archive", ".npz", cure=f"Rename it. {FORMS}"),
    Case(
        "another kind of file",
        content(b"1,2", "matrix.xlsx"),
        {"connectivity": "matrix.xlsx"},
        refused=(("matrix.xlsx", ".npy", ".npz"),),
        cure=f"Read it, with pandas for example, and save it anew. {FORMS}",
    ),
]
SPARSE = [
    archived("sparse: NaN", partial(save, values=sp.csr_matrix(with_entry(np.nan))), "[4, 6]", "nan"),
    archived(
        "sparse: repeated entries to infinity",
        arrays(data=np.array([3e38, 3e38], np.float32), indices=np.array([5, 5]), indptr=np.array([0] + [2] * N)),
        "[0, 5]",
        "inf",
    ),
    archived("sparse: not square", partial(save, values=sp.csr_matrix((30, 29))), "square", "(30, 29)"),
    archived("sparse: other size", partial(save, values=sp.eye(29, format="csr")), "of 29 spots", "30"),
    archived("sparse: complex", partial(save, values=sp.csr_matrix(STRENGTH * 1j)), "real numbers", "complex"),
    archived("sparse: column out of range", arrays(indices=np.array([10**9])), "30"),
    archived("sparse: column below 0", arrays(indices=np.array([-1])), ".npz"),
    archived("sparse: rows end before they begin", arrays(indptr=np.array([0, 5] + [1] * (N - 1))), ".npz"),
    archived("sparse: too few rows", arrays(indptr=np.array([0, 1])), ".npz"),
    archived("sparse: fewer numbers than columns", arrays(indices=np.array([5, 6])), ".npz"),
    archived("sparse: an unknown form", arrays(format=b"abc"), ".npz", "abc"),
    archived("sparse: no numbers", arrays(data=None), ".npz", "data"),
    archived("sparse: no shape", arrays(shape=None), ".npz", "shape"),
    archived("sparse: a shape of words", arrays(shape=np.array(["a", "b"])), ".npz"),
    archived("sparse: a shape below 0", arrays(shape=np.array([-30, -30])), ".npz"),
    archived("sparse: text", arrays(data=np.array(["a"])), ".npz"),
    archived("sparse: fractions as columns", arrays(indices=np.array([1.5])), ".npz"),
]
FACTORED = [
    archived("nothing, .npz", content(b"", "matrix.npz"), ".npz", cure=COPY),
    archived("an array called .npz", array_named_npz, ".npz"),
    archived("half an archive", cut("matrix.npz", archive(values=np.eye(4), index=INDEX)), ".npz"),
    archived("one byte changed", flipped, ".npz", "CRC"),
    archived("an archive of other arrays", archive(a=INDEX, b=INDEX), "['a', 'b']", "'values' and 'index'", cure=FORMS),
    archived("an archive without an array", archive(), "[]", "'values' and 'index'"),
    archived("objects, factored", archive(values=np.full((4, 4), None), index=INDEX), ".npz"),
    archived("text, factored", archive(values=np.full((4, 4), "a"), index=INDEX), "real numbers"),
    archived("not square, factored", archive(values=np.ones((4, 5)), index=INDEX), "square", "(4, 5)"),
    archived("NaN, factored", archive(values=np.full((4, 4), np.nan), index=INDEX), "[0, 0]", "nan"),
    archived(
        "index too high",
        archive(values=np.eye(3), index=INDEX),
        *("'index'", "spot 3 is 3", "0 to 2"),
        cure="`index` counts the rows of `values` from 0; MATLAB counts from 1: subtract 1.",
    ),
    archived("index below 0", archive(values=np.eye(4), index=INDEX - 1), "'index'", "spot 0 is -1", "0 to 3"),
    archived(
        "index of fractions",
        archive(values=np.eye(4), index=INDEX / 2),
        *("'index'", "whole", "float64"),
        cure='Store it as whole numbers: `index.astype("int64")`.',
    ),
    archived("index of two columns", archive(values=np.eye(4), index=np.zeros((N, 1), int)), "'index'", "(30, 1)"),
    archived("index of truth values", archive(values=np.eye(4), index=INDEX > 1), "'index'", "bool"),
    archived("index of another length", archive(values=np.eye(4), index=INDEX[1:]), "of 29 spots", "30"),
    archived("no region", archive(values=np.ones((0, 0)), index=INDEX), "no rows"),
]


def wired(name: str, change, *words: str, cure: str = "", **how: object) -> Case:
    """Return a case of the good matrix in matrix.zarr, whose folder is changed, and the words of its line."""

    def make(folder: Path) -> None:
        in_zarr(STRENGTH, chunks=(20, 20), **how)(folder)
        change(folder / "matrix.zarr")

    return Case(name, make, {"connectivity": "matrix.zarr"}, refused=(("matrix.zarr", *words),), cure=cure)


def link_to_nothing(folder: Path) -> None:
    """Put a link in place of a chunk."""
    (folder / "wires/c/0/1").unlink()
    (folder / "wires/c/0/1").symlink_to("/nowhere")


def cut_chunk(folder: Path) -> None:
    """Leave the end of a chunk out."""
    whole = (folder / "wires/0.1").read_bytes()
    (folder / "wires/0.1").write_bytes(whole[:-5])


FOLDERS = [
    wired("zarr: no metadata", lambda folder: (folder / "zarr.json").unlink(), "not a zarr", "zarr.json", cure=FORMS),
    wired("zarr: a link", link_to_nothing, "wires/c/0/1", "is a link", cure="`cp -rL` copies what links point at."),
    wired(
        "zarr: the end of a chunk is missing",
        cut_chunk,
        *("chunk 0.1 of wires", "is cut off"),
        zarr_format=2,
        compressors=Blosc(),
        cure=COPY,
    ),
    wired("zarr: no chunk", lambda folder: shutil.rmtree(folder / "wires/c"), "4 of 4 chunks of wires", "not there"),
    wired(
        "zarr: a chunk of NaN is left out",
        lambda folder: (folder / "wires/c/1/0").unlink(),
        *("1 of 4 chunks of wires", "not there"),
        fill_value=np.nan,
        cure="The folder was not copied whole: compare the number of files, and copy it again.",
    ),
]
CASES = [*DENSE, *SPARSE, *FACTORED, *FOLDERS]
