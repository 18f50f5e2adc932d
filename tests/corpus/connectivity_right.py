"""Connectivity in every type and form: the graph is that of plain numbers, worked out entry by entry."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import anndata as ad
import numpy as np
import scipy.sparse as sp
import zarr

from tests.corpus.case import Case
from tests.corpus.sample import STRENGTH, N, archive, matrix
from tests.corpus.truth import connected, connections_are, edges_of

RANDOM = np.random.default_rng(7)
INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
FLOATS = ["float16", "float32", "float64", "longdouble"]
BIG_ENDIAN = [">f2", ">f4", ">f8", ">i2", ">i4", ">i8", ">u2", ">u4", ">u8"]
KINDS = ["bool", *FLOATS, *INTEGERS, *BIG_ENDIAN]
SCRIPTS = ("validate", "connection_graph")


def graph(
    name: str,
    make: Callable[[Path], object],
    strength: np.ndarray,
    threshold: float = 0.125,
    fraction: float = 1.0,
    decay: float | None = None,
    file: str = "matrix.npz",
    **expected: object,
) -> Case:
    """Return a case of connectivity in some form, whose graph must be that of these plain numbers."""
    given = {"connectivity": file, "connectivity_threshold": threshold, "retained_fraction": fraction}
    truth = connected(strength.astype(np.float64), threshold, fraction, decay or 0.0)
    return Case(name, make, given | {"distance_decay": decay}, SCRIPTS, right=connections_are(truth), **expected)


plain = partial(graph, file="matrix.npy")


def entries(kind: str, m: int = N) -> np.ndarray:
    """Return m x m entries of a type that span its range, some of them equal; half of them 0."""
    kind = np.dtype(kind)
    if kind.kind == "b":
        return RANDOM.random((m, m)) < 0.3
    least, largest = (np.iinfo(kind).min, np.iinfo(kind).max) if kind.kind in "iu" else (-1000, 1000)
    values = np.linspace(max(float(least), -(2.0**52)), min(float(largest), 2.0**52) - 1, 40).astype(kind)
    drawn = RANDOM.choice(values, (m, m))
    return np.where(RANDOM.random((m, m)) < 0.5, drawn, np.zeros(1, kind)).astype(kind)


def dense_types() -> list[Case]:
    """Return a dense matrix of every type, with thresholds on both sides of 0 and a share of each row."""
    return [
        plain(
            f"dense {kind}: threshold {threshold:g}, fraction {fraction:g}", matrix(values), values, threshold, fraction
        )
        for kind in KINDS
        for values in [entries(kind)]
        for threshold, fraction in ((0.5, 1.0), (-0.5, 0.25))
    ]


def diagonals() -> list[Case]:
    """Return matrices whose diagonal is no strength; a row's own NaN is not among its largest, its infinity is."""
    cases = []
    for name, value in {"NaN": np.nan, "infinite": np.inf, "-infinite": -np.inf, "far above": 1e30}.items():
        values = STRENGTH.copy()
        np.fill_diagonal(values, value)
        stored = sp.csr_matrix(values)
        cases += [
            plain(f"diagonal {name}", matrix(values), values, 0.5),
            plain(f"diagonal {name}, a tenth of each row", matrix(values), values, 0.5, 0.1),
            plain(f"diagonal {name}, weighted by distance", matrix(values), values, 0.5, 0.5, 0.7),
            graph(f"diagonal {name}, sparse", partial(save, values=stored), values, 0.5, 0.1),
        ]
    return cases


def save(folder: Path, values: object) -> None:
    """Store a sparse matrix with scipy."""
    sp.save_npz(folder / "matrix.npz", values)


def in_zarr(values: np.ndarray, **how: object) -> Callable[[Path], None]:
    """Return what stores an array as `wires` in matrix.zarr; `how` as zarr takes it."""

    def make(folder: Path) -> None:
        zarr.create_array(folder / "matrix.zarr", name="wires", data=values, **how)

    return make


def zarr_of_anndata(folder: Path) -> None:
    """Store a sparse matrix in AnnData's zarr, whose spots have the names and not the order of the sample."""
    order = np.random.default_rng(3).permutation(N)
    sample = ad.AnnData(np.ones((N, 1), np.float32))
    sample.obs_names = [f"s{number}" for number in order]
    sample.obsp["wires"] = sp.csr_matrix(WIRED[order][:, order])
    sample.write_zarr(folder / "matrix.zarr")


def zarr_forms() -> list[Case]:
    """Return arrays of zarr's, of both versions, in several types and in chunks that do not end with the matrix."""
    in_file = partial(graph, file="matrix.zarr", threshold=0.5, fraction=0.5)
    kinds = [(kind, version) for version in (2, 3) for kind in ("<f2", ">f4", "<f8", "|u1", ">i8", "|b1")]
    stored = {(kind, version): entries(kind).astype(kind) for kind, version in kinds}
    return [
        *(
            in_file(f"zarr {version}: {kind}", in_zarr(values, zarr_format=version, chunks=(7, 11)), values)
            for (kind, version), values in stored.items()
        ),
        in_file("zarr of AnnData, by name", zarr_of_anndata, WIRED),
    ]


def raw_sparse(values: np.ndarray, index_type: type = np.int32, kind: bytes = b"csr") -> Callable[[Path], None]:
    """Return what stores the arrays of a sparse matrix of any type, as they are."""
    row, column = np.nonzero(values)
    pointer = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(values)))])
    parts = {"indices": column.astype(index_type), "indptr": pointer.astype(index_type), "data": values[row, column]}
    return archive(format=kind, shape=np.array(values.shape), **parts)


def twice(values: np.ndarray) -> sp.coo_matrix:
    """Return a matrix in bytes each entry of which is stored as two, whose sum is beyond bytes."""
    row, column = np.nonzero(values)
    data = np.full(2 * len(row), 200, dtype=np.uint8)
    return sp.coo_matrix((data, (np.tile(row, 2), np.tile(column, 2))), shape=values.shape)


def stored_zeros() -> sp.csr_matrix:
    """Return a matrix all of whose entries are stored, the zeros too."""
    values = sp.csr_matrix(np.ones((N, N), dtype=np.float32))
    values.data[:] = WIRED.ravel()
    return values


def unsorted() -> Callable[[Path], None]:
    """Return what stores a matrix whose columns fall in every row."""
    row, column = np.nonzero(WIRED)
    order = np.lexsort((-column, row))
    pointer = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=N))])
    data = WIRED[row, column][order]
    return archive(format=b"csr", shape=np.array([N, N]), indices=column[order], indptr=pointer, data=data)


WIRED = np.where(RANDOM.random((N, N)) < 0.4, STRENGTH, 0).astype(np.float32)
FORMATS = {"coo": sp.coo_matrix, "csc": sp.csc_matrix, "csr": sp.csr_matrix, "bsr": sp.bsr_matrix, "dia": sp.dia_matrix}
ARRAYS = {"coo": sp.coo_array, "csc": sp.csc_array, "csr": sp.csr_array, "bsr": sp.bsr_array, "dia": sp.dia_array}


def sparse_forms() -> list[Case]:
    """Return a sparse matrix in every form and type, with thresholds on both sides of 0."""
    cases = []
    for threshold, fraction in ((0.5, 1.0), (0.0, 0.1), (-0.5, 0.5)):
        how = f"threshold {threshold:g}, fraction {fraction:g}"
        for word, forms in (("matrix", FORMATS), ("array", ARRAYS)):
            for form, kind in forms.items():
                make = partial(save, values=kind(WIRED))
                cases.append(graph(f"sparse {form}_{word}: {how}", make, WIRED, threshold, fraction))
        cases += [
            graph(f"sparse, stored zeros: {how}", partial(save, values=stored_zeros()), WIRED, threshold, fraction),
            graph(f"sparse, unsorted: {how}", unsorted(), WIRED, threshold, fraction),
            graph(f"sparse, 64-bit indices: {how}", raw_sparse(WIRED, np.int64), WIRED, threshold, fraction),
        ]
    counted = np.where(WIRED > 0, 400, 0)
    for form in ("coo", "csr"):
        make = partial(save, values=twice(WIRED).asformat(form) if form == "coo" else twice_csr())
        cases.append(graph(f"sparse {form}: repeated bytes, sums above 255", make, counted, 300))
    for kind in KINDS:
        values = entries(kind)
        cases.append(graph(f"sparse {kind}", raw_sparse(values), values, 0.5, 0.25))
    return cases


def twice_csr() -> sp.csr_matrix:
    """Return the matrix of `twice` in compressed form, still with its repeated entries."""
    row, column = np.nonzero(WIRED)
    pointer = 2 * np.concatenate([[0], np.cumsum(np.bincount(row, minlength=N))])
    return sp.csr_matrix((np.full(2 * len(row), 200, np.uint8), np.repeat(column, 2), pointer), shape=(N, N))


def factored() -> list[Case]:
    """Return factored connectivity of every type, which retention sorts, with regions that no spot lies in."""
    cases = []
    index = RANDOM.integers(0, 6, N)
    for kind in KINDS:
        values = entries(kind, 7)
        for threshold, fraction in ((0.5, 1.0), (-0.5, 0.25)):
            name = f"factored {kind}: threshold {threshold:g}, fraction {fraction:g}"
            full = values[index][:, index]
            cases.append(graph(name, archive(values=values, index=index), full, threshold, fraction))
    strength = RANDOM.normal(size=(8, 8))
    unused = strength.copy()
    unused[7], unused[:, 7] = np.nan, np.inf  # no spot lies there
    alone, own = np.where(np.arange(N) == 4, 6, index), strength.copy()
    own[6, 6] = np.nan  # of the one spot there: the diagonal
    for name, values, of in (("NaN where no spot lies", unused, index), ("a spot's own NaN", own, alone)):
        full = values[of][:, of]
        for decay in (None, 0.7):
            how = "" if decay is None else ", weighted by distance"
            make = archive(values=values, index=of)
            cases.append(graph(f"factored: {name}{how}", make, full, 0.0, 0.4, decay))
    for kind in ("uint8", "int64", ">i4"):
        full = strength[index][:, index]
        cases.append(graph(f"factored: index of {kind}", archive(values=strength, index=index.astype(kind)), full, 0.0))
    return cases


def hundred(folder: Path) -> None:
    """Make a sample of 100 spots, and connectivity whose diagonal is never kept."""
    random = np.random.default_rng(8)
    sample = ad.AnnData(random.poisson(3, (100, 20)).astype(np.float32), obsm={"spatial": random.random((100, 2))})
    for name in ("spots.h5ad", "preprocessed.h5ad"):
        sample.write_h5ad(folder / name)
    np.save(folder / "matrix.npy", random.random((100, 100)) - 2 * np.eye(100))


def row_has_28(folder: Path) -> None:
    """Assert that 0.29 of 100 entries are 28, by the published floor of binary fractions; self-loops come on top."""
    assert edges_of(folder / "connections.npz").sum(axis=1).tolist() == [29] * 100


def version_2(folder: Path) -> None:
    """Store connectivity in the newer version of NumPy's format."""
    with (folder / "matrix.npy").open("wb") as file:
        np.lib.format.write_array(file, STRENGTH, version=(2, 0))


equal_to_bound = np.where(RANDOM.random((N, N)) < 0.5, 0.1, 0.7).astype(np.float32)
CASES = [
    *dense_types(),
    plain("dense, Fortran order", matrix(np.asfortranarray(STRENGTH)), STRENGTH, 0.5, 0.2),
    plain("dense, version 2 of the format", version_2, STRENGTH, 0.5),
    plain("single precision: an entry written as the threshold", matrix(equal_to_bound), equal_to_bound > 0.5, 0.1),
    plain("weighted by distance, near ones favoured", matrix(STRENGTH), STRENGTH, 0.3, 0.3, -2.0),
    plain("weighted by distance, negative threshold", matrix(STRENGTH - 0.5), STRENGTH - 0.5, -0.2, 1.0, 1.5),
    Case(
        "0.29 of 100 entries",
        hundred,
        {"connectivity_threshold": -0.5, "retained_fraction": 0.29},
        SCRIPTS,
        right=row_has_28,
    ),
    *diagonals(),
    *sparse_forms(),
    *factored(),
    *zarr_forms(),
]
