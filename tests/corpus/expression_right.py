"""Expression in every type, order, form and compression that files have: the result is that of plain counts."""

from functools import partial
from itertools import pairwise

import hdf5plugin
import numpy as np

from tests.corpus.case import Case
from tests.corpus.sample import COUNTS, GENES, N, compressed, dense, encoded, hdf5, parts
from tests.corpus.truth import counts_are

RANDOM = np.random.default_rng(4)
INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
FLOATS = ["float16", "float32", "float64", "longdouble"]
BIG_ENDIAN = [">f2", ">f4", ">f8", ">i2", ">i4", ">i8", ">u2", ">u4", ">u8"]
PREPARED = ("validate", "preprocess")
passes = partial(Case, scripts=PREPARED)


def as_kind(kind: str) -> np.ndarray:
    """Return counts in a type, up to the largest that it holds exactly: sums of them overflow the narrow ones."""
    kind = np.dtype(kind)
    if kind.kind == "b":
        return COUNTS > 3
    largest = min(np.iinfo(kind).max, 2**62) if kind.kind in "iu" else min(float(np.finfo(kind).max), 2.0**40)
    # Few bits each: exact in every type.
    return (COUNTS * (int(largest) // (2 * COUNTS.max()) if kind.kind in "iu" else 2.0)).astype(kind)


def narrow_sums() -> list[Case]:
    """Return cases whose counts are exact in a narrow type, and the sums of which are not."""
    half = (COUNTS * 4096).clip(0, 61440).astype(np.float16)
    full = np.where(COUNTS > 2, 255, 0).astype(np.uint8)
    deep = np.where(COUNTS > 2, 65535, COUNTS).astype(np.uint16)
    return [
        passes("float16: sums above 65,504", dense(half), right=counts_are(half)),
        passes("uint8: every sum above 255", dense(full), right=counts_are(full)),
        passes("uint16: every sum above 65,535", dense(deep), right=counts_are(deep)),
    ]


def in_types() -> list[Case]:
    """Return a dense and a sparse file of counts in every numeric type."""
    cases = []
    for kind in ["bool", *FLOATS, *INTEGERS, *BIG_ENDIAN]:
        counts = as_kind(kind)
        cases += [
            passes(f"X of {kind}", dense(counts), right=counts_are(counts)),
            passes(f"X of {kind}, sparse", compressed(*parts(counts)), right=counts_are(counts)),
        ]
    return cases


def above_2_to_24() -> list[Case]:
    """Return counts that single precision would round: one more than 2^24, and far larger ones."""
    cases = []
    for kind in ("float64", "int32", "int64", "uint32", "uint64"):
        counts = (COUNTS * 2**24 + 1).astype(kind)
        cases.append(passes(f"counts above 2^24 of {kind}", dense(counts), right=counts_are(counts)))
    return cases


def shuffled(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the arrays of a sparse matrix whose indices are in no order."""
    data, indices, pointer = parts(COUNTS.astype(np.float32), kind)
    for start, stop in pairwise(pointer):
        order = start + RANDOM.permutation(stop - start)
        data[start:stop], indices[start:stop] = data[order], indices[order]
    return data, indices, pointer


def repeated(kind: str, value: int, number_type: type) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the arrays of a sparse matrix in which a count of c is c entries of one value."""
    counts = COUNTS if kind == "csr" else COUNTS.T
    indices = np.concatenate([np.repeat(np.arange(len(row)), row) for row in counts]).astype(np.int32)
    pointer = np.concatenate([[0], np.cumsum(counts.sum(axis=1))]).astype(np.int32)
    return np.full(len(indices), value, dtype=number_type), indices, pointer


def full(kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the arrays of a sparse matrix that stores its zeros too."""
    counts = COUNTS.astype(np.float32) if kind == "csr" else COUNTS.T.astype(np.float32)
    rows, columns = counts.shape
    pointer = np.arange(0, counts.size + 1, columns, dtype=np.int32)
    return counts.ravel(), np.tile(np.arange(columns, dtype=np.int32), rows), pointer


def sparse_forms() -> list[Case]:
    """Return sparse files that are valid, but not in the form that arithmetic expects."""
    plain, cases = counts_are(COUNTS), []
    for kind in ("csr", "csc"):
        data, indices, pointer = parts(COUNTS.astype(np.float32), kind)
        long = data, indices.astype(np.int64), pointer.astype(np.int64)
        mixed = data, indices, pointer.astype(np.int64)
        unsigned = data, indices.astype(np.uint32), pointer.astype(np.uint32)
        twice, overflowing = repeated(kind, 1, np.float32), repeated(kind, 100, np.uint8)
        cases += [
            passes(f"{kind}", compressed(data, indices, pointer, kind), right=plain),
            passes(f"{kind}: unsorted", compressed(*shuffled(kind), kind), right=plain),
            passes(f"{kind}: repeated entries", compressed(*twice, kind), right=plain),
            passes(f"{kind}: repeated entries, sums above uint8", compressed(*overflowing, kind), right=plain),
            passes(f"{kind}: stored zeros", compressed(*full(kind), kind), right=plain),
            passes(f"{kind}: 64-bit indices", compressed(*long, kind), right=plain),
            passes(f"{kind}: 64-bit pointers alone", compressed(*mixed, kind), right=plain),
            passes(f"{kind}: unsigned indices", compressed(*unsigned, kind), right=plain),
        ]
    return cases


def storages() -> list[Case]:
    """Return files in every compression that people use, dense and sparse."""
    plain, cases = counts_are(COUNTS), []
    ways = {
        "gzip": {"compression": "gzip"},
        "gzip after shuffle, with checksums": {"compression": "gzip", "shuffle": True, "fletcher32": True},
        "lzf": {"compression": "lzf"},
        "Zstandard": dict(hdf5plugin.Zstd()),
        "Blosc": dict(hdf5plugin.Blosc()),
        "LZ4": dict(hdf5plugin.LZ4()),
        "chunked": {"chunks": True},
    }
    for name, way in ways.items():
        cases += [
            passes(f"{name}, dense", dense(COUNTS.astype(np.float32), **way), right=plain),
            passes(f"{name}, sparse", compressed(*parts(COUNTS.astype(np.float32)), **way), right=plain),
        ]
    return cases


def grown(file):
    """Store X in an array that may grow, as streaming writers leave it."""
    del file["X"]
    entry = file.create_dataset("X", shape=(N, GENES), maxshape=(None, None), chunks=(7, 3), dtype="f4")
    entry[:] = COUNTS
    encoded(entry, "array")


def without_marks(file):
    """Drop the marks of the encoding, as anndata before 0.8 had none for arrays."""
    for name in list(file["X"].attrs):
        del file["X"].attrs[name]


def older_sparse(file):
    """Mark the sparse form as anndata 0.6 did."""
    for name in list(file["X"].attrs):
        del file["X"].attrs[name]
    file["X"].attrs.update({"h5sparse_format": "csr", "h5sparse_shape": (N, GENES)})


CASES = [
    *in_types(),
    *narrow_sums(),
    *above_2_to_24(),
    *sparse_forms(),
    *storages(),
    passes("an array that may grow", hdf5(grown), right=counts_are(COUNTS)),
    passes("an array without marks of its encoding", hdf5(without_marks), right=counts_are(COUNTS)),
    passes(
        "a sparse matrix marked as anndata 0.6 did",
        hdf5(older_sparse, compressed(*parts(COUNTS.astype(np.float32)))),
        right=counts_are(COUNTS),
    ),
]
