"""Files of connectivity in the layouts that other programs write: the same matrix from all, or one line that says why.

MATLAB's version 7.3 is made by hand, byte for byte in its layout: no library writes it.
"""

import gzip
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anndata as ad
import h5py
import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import zarr
from nibabel.cifti2 import cifti2_axes
from numcodecs import Blosc
from scipy.io import savemat

from spacon.errors import InputError
from spacon.readers import cifti
from spacon.readers.file import read_table
from spacon.readers.table import Table

Writer = Callable[[Path], Any]
# Not symmetric, with a zero row, negative numbers and 300.5, which no byte holds; exact in single precision.
MATRIX = np.array([[0, 1.5, 0, -2], [0.25, 0, 300.5, 0], [0, 0, 0, 0], [7, 0, 4, 1]])
NAMES = ("V1", "Area 2", "são", "M1 左")
ATLAS = "atlas_Brainnetome246Ext_sift_invnodevol_radius2_count_connectivity"


def labels(encoding: str, names=NAMES) -> np.ndarray:
    """Texts as savemat takes them to write an array of characters, or a cell array as a row or as a column."""
    if encoding == "characters":
        return np.array(names)
    cells = np.empty(len(names), dtype=object)
    cells[:] = list(names)
    return cells[None, :] if encoding == "row of cells" else cells[:, None]


def write_73(path: Path, **variables: Any) -> None:
    """Write a file of MATLAB 7.3: a header of 512 bytes, then HDF5 with axes in the opposite order and classes."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in variables.items():
            write_variable(file, name, value)
    with path.open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116) + bytes(8) + b"\x00\x02IM")


def write_variable(group: h5py.Group, name: str, value: Any) -> h5py.Dataset | h5py.Group:
    if isinstance(value, str):
        units = np.frombuffer(value.encode("utf-16-le"), dtype="<u2")
        entry = group.create_dataset(name, data=units[:, None] if len(units) else np.zeros(2, dtype=np.uint64))
        entry.attrs["MATLAB_class"] = np.bytes_("char")
        entry.attrs["MATLAB_int_decode"] = np.int32(2)
        if not len(units):
            entry.attrs["MATLAB_empty"] = np.uint8(1)
    elif sp.issparse(value):
        value = sp.csc_matrix(value)
        entry = group.create_group(name)
        entry.attrs["MATLAB_class"] = np.bytes_("double")
        entry.attrs["MATLAB_sparse"] = np.uint64(value.shape[0])
        entry["jc"] = value.indptr.astype(np.uint64)
        if value.nnz:
            entry["data"], entry["ir"] = value.data, value.indices.astype(np.uint64)
    elif value.dtype == object:
        cells = group.require_group("#refs#")
        cell = [write_variable(cells, f"{name}{number}", text).ref for number, text in enumerate(value.ravel())]
        entry = group.create_dataset(name, (value.T.shape), dtype=h5py.ref_dtype)
        entry[...] = np.array(cell, dtype=h5py.ref_dtype).reshape(value.T.shape)
        entry.attrs["MATLAB_class"] = np.bytes_("cell")
    elif value.dtype.kind == "U":
        width = max(map(len, value))
        characters = np.array([[ord(letter) for letter in text.ljust(width)] for text in value], dtype=np.uint16)
        entry = group.create_dataset(name, data=characters.T)
        entry.attrs["MATLAB_class"] = np.bytes_("char")
    else:
        entry = group.create_dataset(name, data=value.T)
        entry.attrs["MATLAB_class"] = np.bytes_({"f8": "double", "f4": "single"}.get(value.dtype.str[1:], "int32"))
    return entry


def write_h5(path: Path, matrix=MATRIX, at: str = "m", names: Any = None, **others: Any) -> None:
    with h5py.File(path, "w") as file:
        file[at] = matrix
        if names is not None:
            file[at].parent["names"] = names
        for key, value in others.items():
            file[key] = value


def write_h5ad(path: Path, names=NAMES, **obsp: Any) -> None:
    spots = ad.AnnData(np.ones((len(names), 1), dtype=np.float32), obs=pd.DataFrame(index=list(names)))
    spots.obsp.update(obsp)
    with warnings.catch_warnings(action="ignore"):  # of zarr, on what its next version will do
        (spots.write_zarr if path.suffix == ".zarr" else spots.write_h5ad)(path)


def write_zarr(path: Path, matrix=MATRIX, at: str = "m", names: Any = None, version: int = 3, **how: Any) -> None:
    """Write an array of zarr's and, as an array beside it, names; without a place, as an array that is the folder."""
    with warnings.catch_warnings(action="ignore"):  # of zarr, that some types of texts may be read by no other program
        if not at:
            zarr.create_array(path, data=np.asarray(matrix), zarr_format=version, **how)
            return
        root = zarr.open_group(path, mode="a", zarr_format=version)
        root.create_array(at, data=np.asarray(matrix), overwrite=True, **how)
        if names is not None:
            place = at.rpartition("/")[0]
            root.create_array(f"{place}/names".strip("/"), data=np.asarray(names), overwrite=True)


def parcels(names=NAMES) -> cifti2_axes.ParcelsAxis:
    all_places = places(len(names))
    return cifti2_axes.ParcelsAxis.from_brain_models(
        [(name, all_places[place : place + 1]) for place, name in enumerate(names)]
    )


def places(number: int = 4) -> cifti2_axes.BrainModelAxis:
    voxels = np.array([[place, 0, 0] for place in range(number)])
    return cifti2_axes.BrainModelAxis(
        ["CIFTI_STRUCTURE_THALAMUS_LEFT"] * number, voxel=voxels, affine=np.eye(4), volume_shape=(9, 9, 9)
    )


def write_cifti(path: Path, matrix=MATRIX, rows=None, columns=None, kind="float32") -> None:
    rows = parcels() if rows is None else rows
    image = nib.Cifti2Image(matrix.astype(kind), (rows, rows if columns is None else columns), dtype=kind)
    image.to_filename(path)


FORMS: dict[str, tuple[str, Writer, str | None, tuple[str, ...] | None]] = {
    "npy": ("c.npy", lambda path: np.save(path, MATRIX), None, None),
    "npz csr": ("c.npz", lambda path: sp.save_npz(path, sp.csr_matrix(MATRIX)), None, None),
    "mat 4": ("c.mat", lambda path: savemat(path, {"m": MATRIX}, format="4"), None, None),
    "mat 5": ("c.mat", lambda path: savemat(path, {"m": MATRIX}), None, None),
    "mat 7": ("c.mat", lambda path: savemat(path, {"m": MATRIX}, do_compression=True), "m", None),
    "mat 5 sparse": ("c.mat", lambda path: savemat(path, {"m": sp.csc_matrix(MATRIX)}), None, None),
    "mat 4 sparse": ("c.mat", lambda path: savemat(path, {"m": sp.coo_matrix(MATRIX)}, format="4"), None, None),
    "mat 5 names": ("c.MAT", lambda path: savemat(path, {"m": MATRIX, "names": labels("column")}), None, NAMES),
    "mat 7.3": ("c.mat", lambda path: write_73(path, m=MATRIX), None, None),
    "mat 7.3 sparse": ("c.mat", lambda path: write_73(path, m=sp.csc_matrix(MATRIX)), "m", None),
    "mat 7.3 names": ("c.mat", lambda path: write_73(path, m=MATRIX, labels=labels("column")), None, NAMES),
    "h5": ("c.h5", write_h5, None, None),
    "h5 other bytes": ("c.hdf5", lambda path: write_h5(path, MATRIX.astype(">f4")), "/m", None),
    "h5 group": ("c.h5", lambda path: write_h5(path, at="a/b/m", names=NAMES, other=np.eye(3)), "/a/b/m", NAMES),
    "h5 fixed texts": ("c.h5", lambda path: write_h5(path, labels=np.array([n.encode() for n in NAMES])), None, NAMES),
    "h5ad": ("c.h5ad", lambda path: write_h5ad(path, c=MATRIX), None, NAMES),
    "h5ad csr": ("c.h5ad", lambda path: write_h5ad(path, c=sp.csr_matrix(MATRIX), d=MATRIX * 2), "c", NAMES),
    "h5ad csc": ("c.h5ad", lambda path: write_h5ad(path, c=sp.csc_matrix(MATRIX), d=MATRIX * 2), "obsp/c", NAMES),
    "zarr": ("c.zarr", write_zarr, None, None),
    "zarr 2": ("c.zarr", lambda path: write_zarr(path, version=2, chunks=(3, 2)), "m", None),
    "zarr other bytes": ("C.ZARR", lambda path: write_zarr(path, MATRIX.astype(">f4"), version=2), "/m", None),
    "zarr group": ("c.zarr", lambda path: write_zarr(path, at="a/b/m", names=list(NAMES)), "/a/b/m", NAMES),
    "zarr 2 group": ("c.zarr", lambda path: write_zarr(path, at="a/m", names=list(NAMES), version=2), None, NAMES),
    "zarr fixed texts": (
        "c.zarr",
        lambda path: write_zarr(path, names=np.array([name.encode() for name in NAMES])),
        None,
        NAMES,
    ),
    "zarr shards": ("c.zarr", lambda path: write_zarr(path, chunks=(1, 2), shards=(2, 4)), None, None),
    "zarr Blosc": ("c.zarr", lambda path: write_zarr(path, compressors=zarr.codecs.BloscCodec()), None, None),
    "zarr of one array": (
        "c.zarr",
        lambda path: write_zarr(path, at="", attributes={"labels": list(NAMES)}),
        None,
        NAMES,
    ),
    "zarr 2 of one array": ("c.zarr", lambda path: write_zarr(path, at="", version=2), None, None),
    "zarr of AnnData": ("c.zarr", lambda path: write_h5ad(path, c=MATRIX), None, NAMES),
    "zarr of AnnData csr": ("c.zarr", lambda path: write_h5ad(path, c=CSR, d=MATRIX * 2), "c", NAMES),
    "zarr of AnnData csc": ("c.zarr", lambda path: write_h5ad(path, c=CSR.tocsc(), d=MATRIX * 2), "obsp/c", NAMES),
    "pconn": ("c.pconn.nii", write_cifti, None, NAMES),
    "pconn, columns in another order": (
        "c.pconn.nii",
        lambda path: write_cifti(path, MATRIX[:, [2, 0, 3, 1]], columns=parcels([NAMES[i] for i in (2, 0, 3, 1)])),
        None,
        NAMES,
    ),
    "dconn": ("sub-1.dconn.nii", lambda path: write_cifti(path, rows=places()), None, None),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_matrix(tmp_path, form):
    name, write, variable, names = FORMS[form]
    write(tmp_path / name)
    found = read_table(tmp_path / name, variable)
    assert isinstance(found, Table)
    assert found.names == names
    assert found.values.dtype.isnative
    assert sp.issparse(found.values) == any(word in form for word in ("sparse", "csr", "csc"))
    if sp.issparse(found.values):
        assert (found.values.format, found.values.nnz) == ("csr", 7)
        assert found.values.has_canonical_format
        np.testing.assert_array_equal(found.values.toarray(), MATRIX)
    else:
        np.testing.assert_array_equal(found.values, MATRIX)


@pytest.mark.parametrize("encoding", ["characters", "row of cells", "column of cells"])
@pytest.mark.parametrize("write", [savemat, lambda path, file: write_73(path, **file)], ids=["5", "7.3"])
def test_labels_of_qsirecon(tmp_path, write, encoding):
    others = tuple(f"other {name}" for name in NAMES)
    write(
        tmp_path / "c.mat",
        {
            ATLAS: MATRIX,
            "atlas_Brainnetome246Ext_region_ids": np.arange(1.0, 5.0)[None],
            "atlas_Brainnetome246Ext_region_labels": labels(encoding, [f" {name}  " for name in NAMES]),
            "atlas_Brain_region_labels": labels(encoding, others),  # starts the same; no atlas of this matrix
            "atlas_region_labels": labels(encoding, others),  # would fit, but is shorter
            "atlas_Brain_count_connectivity": MATRIX.T * 2,
        },
    )
    found = read_table(tmp_path / "c.mat", ATLAS)
    assert found.names == NAMES
    np.testing.assert_array_equal(found.values, MATRIX)
    other = read_table(tmp_path / "c.mat", "atlas_Brain_count_connectivity")
    assert other.names == others
    np.testing.assert_array_equal(other.values, MATRIX.T * 2)


def test_names_as_attributes_of_the_array_and_of_its_group(tmp_path):
    write_h5(tmp_path / "c.h5", at="g/m")
    with h5py.File(tmp_path / "c.h5", "a") as file:
        file["g"].attrs["labels"] = ["a", "b", "c", "d"]
        file["g/m"].attrs["labels"] = "correlation"  # one text names no rows
    assert read_table(tmp_path / "c.h5").names == ("a", "b", "c", "d")
    with h5py.File(tmp_path / "c.h5", "a") as file:
        file["g/m"].attrs["names"] = ["e", "f", "g", "h"]
    assert read_table(tmp_path / "c.h5").names == ("e", "f", "g", "h")


def test_names_as_attributes_of_a_zarr(tmp_path):
    write_zarr(tmp_path / "c.zarr", at="g/m", attributes={"labels": "correlation", "names": [1, 2, 3, 4]})
    zarr.open_group(tmp_path / "c.zarr")["g"].attrs["labels"] = ["a", "b", "c", "d"]
    assert read_table(tmp_path / "c.zarr").names == ("1", "2", "3", "4")  # one text names no rows


def test_chunks_of_zeros_that_are_not_there_are_noted(tmp_path):
    write_zarr(tmp_path / "c.zarr", chunks=(1, 4))  # a row is of zeros alone
    found = read_table(tmp_path / "c.zarr")
    np.testing.assert_array_equal(found.values, MATRIX)
    assert found.notes == (
        "c.zarr: 1 of 4 chunks of m is not there and is read as zeros: if it holds anything else, copy it again",
    )
    write_zarr(tmp_path / "d.zarr", chunks=(1, 4), config={"write_empty_chunks": True})
    assert read_table(tmp_path / "d.zarr").notes == ()


def test_of_names_and_labels_those_that_are_as_many_as_rows(tmp_path):
    savemat(tmp_path / "c.mat", {"m": MATRIX, "names": labels("characters", "ab"), "labels": labels("characters")})
    assert read_table(tmp_path / "c.mat").names == NAMES


def in_cells(numbers: np.ndarray) -> np.ndarray:
    cells = np.empty((len(numbers), 1), dtype=object)
    cells[:, 0] = [np.array([[float(number)]]) for number in numbers]
    return cells


OF_NUMBERS = {
    "mat": ("c.mat", lambda path, numbers: savemat(path, {"m": MATRIX, "names": numbers.astype(float)})),
    "mat, a column": ("c.mat", lambda path, numbers: savemat(path, {"m": MATRIX, "labels": numbers[:, None]})),
    "mat, cells": ("c.mat", lambda path, numbers: savemat(path, {"m": MATRIX, "labels": in_cells(numbers)})),
    "mat 7.3": ("c.mat", lambda path, numbers: write_73(path, m=MATRIX, labels=numbers.astype(float)[:, None])),
    "mat 7.3, cells": ("c.mat", lambda path, numbers: write_73(path, m=MATRIX, labels=in_cells(numbers))),
    "h5": ("c.h5", lambda path, numbers: write_h5(path, names=numbers)),
    "h5, 16 bits": ("c.h5", lambda path, numbers: write_h5(path, labels=numbers.astype(np.uint16))),
    "zarr": ("c.zarr", lambda path, numbers: write_zarr(path, at="g/m", names=numbers)),
    "zarr, attribute": ("c.zarr", lambda path, numbers: write_zarr(path, attributes={"labels": numbers.tolist()})),
}


@pytest.mark.parametrize(
    ("numbers", "names"),
    [([30, 1, 4, 2], ("30", "1", "4", "2")), ([1, 1, 2, 2], None), ([1, 2, 3], None)],
    ids=["names", "communities", "too few"],
)
@pytest.mark.parametrize("form", OF_NUMBERS)
def test_numbers_beside_a_matrix_are_names(tmp_path, form, numbers, names):
    """As Allen's identifiers of regions are; those that repeat, or are not as many as rows, are something else."""
    name, write = OF_NUMBERS[form]
    write(tmp_path / name, np.array(numbers))
    assert read_table(tmp_path / name).names == names


def test_sparse_of_version_73_without_entries(tmp_path):
    write_73(tmp_path / "c.mat", m=sp.csc_matrix((3, 3)))
    values = read_table(tmp_path / "c.mat").values
    assert (values.shape, values.nnz) == ((3, 3), 0)


def test_a_struct_however_deep_is_no_matter(tmp_path):
    write_73(tmp_path / "c.mat", m=MATRIX)
    with h5py.File(tmp_path / "c.mat", "a") as file:
        file["cfg/previous/previous/previous/previous/previous/previous/x"] = np.eye(5)
    np.testing.assert_array_equal(read_table(tmp_path / "c.mat").values, MATRIX)


def test_scaled_numbers_of_cifti(tmp_path):
    """As a header says: stored number x factor + addend."""
    write_cifti(tmp_path / "c.pconn.nii", np.arange(16.0).reshape(4, 4), kind="int16")
    with (tmp_path / "c.pconn.nii").open("r+b") as file:
        file.seek(176)  # scl_slope and scl_inter of NIfTI-2
        file.write(np.array([0.5, -3], dtype="<f8").tobytes())
    values = read_table(tmp_path / "c.pconn.nii").values
    np.testing.assert_array_equal(values, np.arange(16).reshape(4, 4) * 0.5 - 3)


def test_cifti_as_it_is_stored_stays_on_disk(tmp_path):
    write_cifti(tmp_path / "c.dconn.nii", rows=places())
    values = cifti.read_cifti(tmp_path / "c.dconn.nii").values
    assert values.dtype == np.float32
    assert isinstance(values, np.memmap) or isinstance(values.base, np.memmap)


def cut(write: Writer, stop: int) -> Writer:
    """Write a file up to a byte, from the end where it is negative."""

    def write_part(path: Path) -> None:
        write(path)
        path.write_bytes(path.read_bytes()[:stop])

    return write_part


def replaced(write: Writer, old: str, new: str) -> Writer:
    """Write a file with other bytes, in hexadecimal digits, in one place."""

    def write_and_replace(path: Path) -> None:
        write(path)
        content = path.read_bytes()
        assert content.count(bytes.fromhex(old)) == 1
        path.write_bytes(content.replace(bytes.fromhex(old), bytes.fromhex(new)))

    return write_and_replace


def damaged_inside(path: Path) -> None:
    """Change a byte in the middle of a compressed array."""
    savemat(path, {"m": np.random.default_rng(0).random((9, 9))}, do_compression=True)
    content = bytearray(path.read_bytes())
    content[400] ^= 0xFF
    path.write_bytes(content)


def edited(write: Writer, edit: Callable[[h5py.File], Any]) -> Writer:
    def write_and_edit(path: Path) -> None:
        write(path)
        with h5py.File(path, "a") as file:
            edit(file)

    return write_and_edit


def put(key: str, value: Any) -> Callable[[h5py.File], None]:
    """Replace an entry of an HDF5 file, or take it away."""

    def edit(file: h5py.File) -> None:
        if key in file:
            del file[key]
        if value is not None:
            file[key] = value

    return edit


link = h5py.ExternalLink("other.h5", "/m")


def huge(file: h5py.File) -> None:
    """Of 800 TB, of which none is written."""
    file.create_dataset("m", (10**7, 10**7), "f8", chunks=(1000, 1000))


def complex_73(file: h5py.File) -> None:
    file.create_dataset("m", (4, 4), [("real", "f8"), ("imag", "f8")])


def null_references(file: h5py.File) -> None:
    file.create_dataset("names", (4, 1), h5py.ref_dtype)


def frame(file: h5py.File) -> None:
    file["obsp/c"].attrs["encoding-type"] = "dataframe"


def long_shape(file: h5py.File) -> None:
    file["obsp/c"].attrs["shape"] = [10**12, 10**12]


def virtual(path: Path) -> None:
    write_h5(path.with_name("other.h5"))
    layout = h5py.VirtualLayout((4, 4), "f8")
    layout[...] = h5py.VirtualSource(str(path.with_name("other.h5")), "m", (4, 4))
    with h5py.File(path, "w") as file:
        file.create_virtual_dataset("m", layout)


def raw(path: Path) -> None:
    """Write an array whose numbers lie in another file."""
    path.with_name("numbers").write_bytes(MATRIX.tobytes())
    with h5py.File(path, "w") as file:
        file.create_dataset("m", (4, 4), "f8", external=[(str(path.with_name("numbers")), 0, 128)])


def ordinary(path: Path) -> None:
    nib.Nifti1Image(MATRIX.astype("f4"), np.eye(4)).to_filename(path)


def zipped(path: Path) -> None:
    whole = path.with_name("whole.pconn.nii")
    write_cifti(whole)
    path.write_bytes(gzip.compress(whole.read_bytes()))


def spoilt_xml(path: Path) -> None:
    write_cifti(path)
    path.write_bytes(path.read_bytes().replace(b"</CIFTI>", b"<//IFTI>"))


def changed(write: Writer, change: Callable[[Path], Any]) -> Writer:
    """Write a zarr and change its files."""

    def write_and_change(path: Path) -> None:
        write(path)
        change(path)

    return write_and_change


def linked(path: Path) -> None:
    """Put a chunk elsewhere, as tools for large data do."""
    (path / "m" / "c" / "0" / "0").rename(path.with_name("chunk"))
    (path / "m" / "c" / "0" / "0").symlink_to(path.with_name("chunk"))


def cut_chunk(path: Path) -> None:
    """Cut off the end of a chunk, as a copy does that was broken off."""
    chunk = path / "m" / "0.0"
    chunk.write_bytes(chunk.read_bytes()[:-3])


def huge_zarr(path: Path) -> None:
    """Of 800 TB, of which none is written."""
    zarr.create_array(path, name="m", shape=(10**7, 10**7), chunks=(1000, 1000), dtype="f8")


SQUARES = {"first": MATRIX, "second": MATRIX.T, "long": np.ones((3, 1)), "one": np.ones((1, 1))}
TWO = "has 2 square matrices: choose one by --connectivity_variable NAME; available: 'first', 'second'"
COMPLEX = "connectivity must be real numbers, found complex128"
TEXT_ASKED = "has no matrix of numbers 'labels'; available: 'm'"
ELSEWHERE = "does not lie in this file; bring one whole file"
KINDS = ".npy, .npz, .pconn.nii, .dconn.nii, .csv, .csv.gz, .tsv, .tsv.gz, .parquet, .mat, .h5, .hdf5, .h5ad, .zarr"
NO_ZARR = "not a zarr that can be read"
UNREADABLE = "not a MATLAB file that can be read"
# Of the matrix in a file of version 5: its shape; the tags of its numbers, its flags (with its class) and its shape.
SHAPE, NUMBERS = "04000000 04000000", "09000000 80000000"
FLAGS, DIMENSIONS = "06000000 08000000 06", "05000000 08000000"
CSR = sp.csr_matrix(MATRIX)
CELLS_OF_NUMBERS = np.array([[np.ones(2)], [np.ones(3)], [np.ones(2)], [np.ones(3)]], dtype=object)


def mat(**variables: Any) -> Writer:
    return lambda path: savemat(path, variables)


def mat_73(**variables: Any) -> Writer:
    return lambda path: write_73(path, **variables)


def h5(*matrix: Any, **others: Any) -> Writer:
    return lambda path: write_h5(path, *matrix, **others)


def zarred(*matrix: Any, **how: Any) -> Writer:
    return lambda path: write_zarr(path, *matrix, **how)


def h5ad(*names: Any, **obsp: Any) -> Writer:
    return lambda path: write_h5ad(path, *names, **obsp)


def pconn(*matrix: Any, **axes: Any) -> Writer:
    return lambda path: write_cifti(path, *matrix, **axes)


# The file's name, how it is written, the variable asked for, and the line that follows the name (or its beginning).
WRONG: list[tuple[str, Writer, str | None, str]] = [
    ("c.mat", mat(**SQUARES), "secnd", "has no matrix of numbers 'secnd'; did you mean 'second'? available: 'first'"),
    ("c.mat", mat(**SQUARES), None, TWO),
    ("c.mat", mat(a=np.ones((3, 1))), None, "has no square matrix of at least 2 x 2 numbers; found 'a' (3, 1)"),
    ("c.mat", mat(a=labels("characters")), None, "has no square matrix of at least 2 x 2 numbers; found no numbers"),
    ("c.mat", mat(m=MATRIX, labels=labels("characters")), "labels", TEXT_ASKED),
    ("c.mat", mat(m=MATRIX * 1j), None, COMPLEX),
    ("c.mat", mat(m=CSR * 1j), None, COMPLEX),
    ("c.mat", mat(m=np.ones((3, 3, 3))), "m", "connectivity must be square, found shape (3, 3, 3)"),
    ("c.mat", mat(m=np.ones((3, 4))), "m", "connectivity must be square, found shape (3, 4)"),
    ("c.mat", mat(m=np.zeros((0, 0))), "m", "connectivity has no rows"),
    ("c.mat", mat(m=MATRIX, names=labels("column", "abca")), None, "row name 'a' appears 2 times"),
    ("c.mat", mat(m=MATRIX, names=labels("column", "abcde")), None, "there are 5 names of rows for 4 rows"),
    ("c.mat", mat(m=MATRIX, names=labels("column", "a bc")), None, "row 1 has no name"),
    ("c.mat", mat(a_m=MATRIX, a_region_labels=labels("column", "abc")), None, "there are 3 names of rows for 4 rows"),
    ("c.mat", mat(a_m=MATRIX, a_region_labels=CELLS_OF_NUMBERS), None, "'a_region_labels' must be texts or whole"),
    (
        "c.mat",
        mat(a_m=MATRIX, a_region_labels=np.arange(3.0)),
        None,
        "'a_region_labels' must be texts or whole numbers",
    ),
    ("c.mat", mat(a_m=MATRIX, a_region_labels=np.ones(4)), None, "'a_region_labels' must be texts or whole numbers"),
    ("c.mat", cut(mat(m=MATRIX), 260), None, f"{UNREADABLE} (a part of type 14 and 1"),
    ("c.mat", replaced(mat(m=MATRIX), NUMBERS, "0A000000 80000000"), None, f"{UNREADABLE} (a part of type 10 and 128"),
    ("c.mat", replaced(mat(m=MATRIX), NUMBERS, "09000000 80010000"), None, f"{UNREADABLE} (a part of type 9 and 384"),
    (
        "c.mat",
        replaced(mat(m=MATRIX, names=labels("characters")), "06000000 08000000 04", "06000000 08000000 13"),
        None,
        f"{UNREADABLE} (",
    ),
    (
        "c.mat",
        replaced(mat(m=MATRIX), FLAGS, "06000000 08000000 05"),
        None,
        f"{UNREADABLE} (the array at byte 136 has 4",
    ),
    (
        "c.mat",
        replaced(mat(m=MATRIX), DIMENSIONS, "05000000 01000000"),
        None,
        f"{UNREADABLE} (the array at byte 136 has n",
    ),
    ("c.mat", damaged_inside, None, f"{UNREADABLE} (Error -3 while decompressing data"),
    (
        "c.mat",
        cut(lambda path: savemat(path, {"m": MATRIX}, do_compression=True), 180),
        None,
        f"{UNREADABLE} (a part of",
    ),
    ("c.mat", cut(mat(m=MATRIX), 0), None, f"{UNREADABLE} (Mat file appears to be truncated)"),
    ("c.mat", lambda path: path.write_text("a,b\n" * 100), None, f"{UNREADABLE} (Unknown mat"),
    ("c.mat", lambda path: path.write_bytes(gzip.compress(bytes(999))), None, f"{UNREADABLE} ("),
    (
        "c.mat",
        replaced(mat(m=MATRIX), SHAPE, "00000040 00000040"),
        None,
        "a matrix of 1,073,741,824 rows needs about 9,223,372,036.9 GB of memory, but only",
    ),
    ("c.mat", mat_73(**SQUARES), "frst", "has no matrix of numbers 'frst'; did you mean 'first'? available: 'first'"),
    ("c.mat", mat_73(**SQUARES), None, TWO),
    ("c.mat", mat_73(m=MATRIX, labels=labels("characters")), "labels", TEXT_ASKED),
    ("c.mat", mat_73(m=MATRIX, names=labels("column", "abca")), None, "row name 'a' appears 2 times"),
    ("c.mat", mat_73(m=MATRIX, names=labels("row", ["a", "", "b", "c"])), None, "row 1 has no name"),
    ("c.mat", mat_73(a_m=MATRIX, a_region_labels=np.ones(4)), None, "'a_region_labels' must be texts or whole numbers"),
    ("c.mat", edited(mat_73(), complex_73), None, "connectivity must be real numbers, found [('real', '<f8')"),
    ("c.mat", edited(mat_73(), huge), None, "a matrix of 10,000,000 rows needs about 800,000.0 GB of memory"),
    ("c.mat", edited(mat_73(m=MATRIX), null_references), None, f"{UNREADABLE} (Invalid HDF5 obj"),
    ("c.mat", edited(mat_73(m=CSR), put("m/ir", [9] * 7)), None, f"{UNREADABLE} (indices must be"),
    (
        "c.mat",
        edited(mat_73(m=CSR), put("m/jc", [0, 3, 1, 5, 7])),
        None,
        f"{UNREADABLE} (its poin",
    ),
    ("c.mat", edited(mat_73(m=CSR), put("m/ir", [0.5] * 7)), None, "'/m/ir' must be whole numbers, found float64"),
    ("c.mat", edited(mat_73(m=CSR), put("m/data", None)), None, f"{UNREADABLE} ("),
    ("c.mat", edited(mat_73(), put("m", link)), "m", "has no matrix of numbers 'm'; there are none"),
    ("c.mat", cut(mat_73(m=MATRIX), 1500), None, f"{UNREADABLE} (Unable to"),
    ("c.h5", h5(at="g/matrix"), "g/matrx", "has no matrix of numbers 'g/matrx'; did you mean 'g/matrix'? available:"),
    ("c.h5", h5(at="g/matrix"), "g", "has no matrix of numbers 'g'; available: 'g/matrix'"),
    ("c.h5", h5(), "", "has no matrix of numbers ''; available: 'm'"),
    ("c.h5", h5(at="first", second=MATRIX), None, TWO),
    ("c.h5", h5(np.ones((3, 2))), None, "has no square matrix of at least 2 x 2 numbers; found 'm' (3, 2)"),
    ("c.h5", h5(labels=list("abcd")), "labels", TEXT_ASKED),
    ("c.h5", h5(MATRIX * 1j), None, COMPLEX),
    ("c.h5", h5(np.ones((3, 3, 3))), "m", "connectivity must be square, found shape (3, 3, 3)"),
    ("c.h5", h5(np.ones((0, 0))), "m", "connectivity has no rows"),
    ("c.h5", h5(h5py.Empty("f8")), "m", "has no matrix of numbers 'm'; there are none"),
    ("c.h5", h5(names=list("abca")), None, "row name 'a' appears 2 times; each needs its own"),
    ("c.h5", h5(names=list("abcde")), None, "there are 5 names of rows for 4 rows"),
    ("c.h5", edited(h5(), put("x", link)), None, f"'/x' {ELSEWHERE}"),
    ("c.h5", edited(h5(), put("x", link)), "x", f"'/x' {ELSEWHERE}"),
    ("c.h5", edited(h5(), put("names", link)), "m", f"'/names' {ELSEWHERE}"),
    ("c.h5", virtual, None, f"'/m' {ELSEWHERE}"),
    ("c.h5", raw, "m", f"'/m' {ELSEWHERE}"),
    ("c.h5", edited(h5(at="small"), huge), "m", "a matrix of 10,000,000 rows needs about 800,000.0 GB of memory"),
    ("c.h5", cut(h5(), 1000), None, "not an HDF5 file that can be read (Unable to"),
    ("c.hdf5", lambda path: np.save(path.open("wb"), MATRIX), None, "not an HDF5 file (it is not HDF5, or it is cut"),
    ("c.h5ad", h5ad(), "c", "has nothing in obsp, where an h5ad file has its connectivity"),
    ("c.h5ad", h5ad(weights=CSR), "wieghts", "has no obsp['wieghts']; did you mean 'weights'? available: 'weights'"),
    ("c.h5ad", h5ad(a=CSR, b=CSR), None, "has 2 matrices in obsp: choose one by --connectivity_variable NAME; avail"),
    ("c.h5ad", h5ad("abca", c=CSR), None, "row name 'a' appears 2 times; each needs its own"),
    ("c.h5ad", edited(h5ad(c=MATRIX), put("obsp/c", np.eye(3))), None, "there are 4 names of rows for 3 rows"),
    ("c.h5ad", edited(h5ad(c=MATRIX), put("obsp/c", MATRIX * 1j)), None, COMPLEX),
    ("c.h5ad", edited(h5ad(c=CSR), put("obsp/c", link)), None, f"'/obsp/c' {ELSEWHERE}"),
    ("c.h5ad", edited(h5ad(c=CSR), put("obsp/c/indices", [9] * 7)), None, "not an h5ad file that can be read (ind"),
    ("c.h5ad", edited(h5ad(c=CSR), put("obsp", np.ones(3))), None, "has nothing in obsp"),
    (
        "c.h5ad",
        edited(h5ad(c=CSR), frame),
        None,
        "obsp['c'] is of the kind 'dataframe'; an array, CSR or CSC is needed",
    ),
    ("c.h5ad", edited(h5ad(c=CSR), long_shape), None, "a sparse matrix of 1,000,000,000,000 rows needs about 40,000.0"),
    ("c.h5ad", h5(at="obsp/c"), None, "not an h5ad file of anndata 0.7 or newer (it has no group obs)"),
    ("c.zarr", zarred(at="g/matrix"), "g/matrx", "has no matrix of numbers 'g/matrx'; did you mean 'g/matrix'? avail"),
    ("c.zarr", zarred(at="g/matrix"), "g", "has no matrix of numbers 'g'; available: 'g/matrix'"),
    ("c.zarr", zarred(), "", "has no matrix of numbers ''; available: 'm'"),
    ("c.zarr", changed(zarred(at="first"), zarred(at="second")), None, TWO),
    ("c.zarr", zarred(np.ones((3, 2))), None, "has no square matrix of at least 2 x 2 numbers; found 'm' (3, 2)"),
    ("c.zarr", zarred(at="labels", matrix=np.array(list("abcd"))), None, "has no square matrix of at least 2 x 2 numb"),
    ("c.zarr", zarred(MATRIX * 1j), None, COMPLEX),
    ("c.zarr", zarred(np.ones((3, 3, 3))), "m", "connectivity must be square, found shape (3, 3, 3)"),
    ("c.zarr", zarred(np.ones((0, 0))), "m", "connectivity has no rows"),
    ("c.zarr", zarred(at=""), "m", "holds one matrix: leave out --connectivity_variable"),
    ("c.zarr", zarred(np.ones((3, 2)), at=""), None, "connectivity must be square, found shape (3, 2); if these are"),
    ("c.zarr", zarred(names=list("abca")), None, "row name 'a' appears 2 times; each needs its own"),
    ("c.zarr", zarred(names=list("abcde")), None, "there are 5 names of rows for 4 rows"),
    ("c.zarr", huge_zarr, None, "a matrix of 10,000,000 rows needs about 800,000.0 GB of memory"),
    ("c.zarr", lambda path: path.mkdir(), None, "not a zarr (a folder with one of zarr.json, .zgroup, .zarray)"),
    ("c.zarr", lambda path: path.write_text("zip"), None, "not a zarr (a folder with one of zarr.json, .zgroup, .zarr"),
    ("c.zarr", changed(zarred(), linked), None, "m/c/0/0 is a link: copy the folder with what it points at"),
    (
        "c.zarr",
        changed(zarred(version=2, compressors=Blosc()), cut_chunk),
        None,
        "chunk 0.0 of m is cut off: copy it again",
    ),
    ("c.zarr", changed(zarred(), lambda path: (path / "m/c/0/0").write_bytes(b"x")), None, f"{NO_ZARR} (Zstd decompr"),
    ("c.zarr", changed(zarred(), lambda path: (path / "m/zarr.json").write_text("{")), None, f"{NO_ZARR} (Expecting"),
    ("c.zarr", changed(zarred(), lambda path: shutil.rmtree(path / "m/c")), None, "1 of 1 chunk of m is not there"),
    (
        "c.zarr",
        changed(zarred(fill_value=np.nan, chunks=(2, 2)), lambda path: (path / "m/c/1/0").unlink()),
        None,
        "1 of 4 chunks of m is not there: copy it again",
    ),
    (
        "c.zarr",
        changed(zarred(names=list("abcd")), lambda path: shutil.rmtree(path / "names/c")),
        None,
        "1 of 1 chunk of names is not there: copy it again",
    ),
    ("c.zarr", h5ad(), None, "has nothing in obsp, where an h5ad file has its connectivity"),
    ("c.zarr", h5ad(a=CSR, b=CSR), None, "has 2 matrices in obsp: choose one by --connectivity_variable NAME; avail"),
    ("c.zarr", h5ad("abca", c=CSR), None, "row name 'a' appears 2 times; each needs its own"),
    (
        "c.zarr",
        changed(h5ad(c=CSR), lambda path: (path / "obsp/c/data/0").unlink()),
        None,
        "1 of 1 chunk of obsp/c/data is not there: copy it again",
    ),
    ("c.pconn.nii", ordinary, None, "not a CIFTI-2 file but an image of another kind (Nifti1Image)"),
    ("c.dconn.nii", zipped, None, "not a CIFTI-2 file that can be read (Cannot work out file type"),
    ("brain.nii", ordinary, None, f"connectivity must be a file of one of these kinds: {KINDS}"),
    ("c.pconn.nii.gz", zipped, None, f"connectivity must be a file of one of these kinds: {KINDS}"),
    ("c.pconn.nii", cut(pconn(), -8), None, "not a CIFTI-2 file that can be read (Expected 64 bytes, got 56 bytes"),
    ("c.pconn.nii", cut(pconn(), 545), None, "not a CIFTI-2 file that can be read (failed to read extension header)"),
    ("c.pconn.nii", spoilt_xml, None, "not a CIFTI-2 file that can be read (not well-formed (invalid token): line"),
    ("c.pconn.nii", pconn(rows=parcels("abca")), None, "row name 'a' appears 2 times; each needs its own"),
    ("c.pconn.nii", pconn(rows=parcels("abcd"), columns=parcels("abce")), None, "row 'd' has no column of its name; "),
    ("c.pconn.nii", pconn(np.ones((4, 3)), columns=parcels("abc")), None, "connectivity must be square, found shape"),
]


@pytest.mark.parametrize(("name", "write", "variable", "line"), WRONG, ids=[f"{case[0]}: {case[3]}" for case in WRONG])
def test_a_wrong_file_is_refused_in_one_line(tmp_path, name, write, variable, line):
    write(tmp_path / name)
    with pytest.raises(InputError) as refusal:
        read_table(tmp_path / name, variable)
    assert str(refusal.value).startswith(f"{name}: {line}")
    assert "\n" not in str(refusal.value)
