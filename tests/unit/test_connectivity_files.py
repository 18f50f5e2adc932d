"""Files of connectivity in the layouts that other programs write: the same matrix from all, or one line that says why.

MATLAB's version 7.3 is made by hand, byte for byte in its layout: no library writes it.
"""

import gzip
import shutil
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
from nibabel.cifti2 import cifti2_axes
from scipy.io import savemat

from spacon.connectivity import cifti
from spacon.connectivity.file import read_table
from spacon.connectivity.table import Table
from spacon.errors import InputError

# Not symmetric, with a zero row, negative numbers and 300.5, which no byte holds; exact in single precision.
MATRIX = np.array([[0, 1.5, 0, -2], [0.25, 0, 300.5, 0], [0, 0, 0, 0], [7, 0, 4, 1]])
NAMES = ("V1", "Area 2", "são", "M1 左")
ATLAS = "atlas_Brainnetome246Ext_sift_invnodevol_radius2_count_connectivity"


def labels(encoding: str, names=NAMES) -> np.ndarray:
    """Texts as savemat takes them to write an array of characters, or a cell array as a row or as a column."""
    if encoding == "characters":
        return np.array(names)
    cells = np.empty(len(names), dtype=object)
    cells[:] = names
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
    spots.write_h5ad(path)


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


FORMS: dict[str, tuple[str, Callable[[Path], None], str | None, tuple[str, ...] | None]] = {
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
    "h5": ("c.h5", lambda path: write_h5(path), None, None),
    "h5 other bytes": ("c.hdf5", lambda path: write_h5(path, MATRIX.astype(">f4")), "/m", None),
    "h5 group": ("c.h5", lambda path: write_h5(path, at="a/b/m", names=NAMES, other=np.eye(3)), "/a/b/m", NAMES),
    "h5 fixed texts": ("c.h5", lambda path: write_h5(path, labels=np.array([n.encode() for n in NAMES])), None, NAMES),
    "h5ad": ("c.h5ad", lambda path: write_h5ad(path, c=MATRIX), None, NAMES),
    "h5ad csr": ("c.h5ad", lambda path: write_h5ad(path, c=sp.csr_matrix(MATRIX), d=MATRIX * 2), "c", NAMES),
    "h5ad csc": ("c.h5ad", lambda path: write_h5ad(path, c=sp.csc_matrix(MATRIX), d=MATRIX * 2), "obsp/c", NAMES),
    "pconn": ("c.pconn.nii", lambda path: write_cifti(path), None, NAMES),
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
@pytest.mark.parametrize(
    "write", [lambda path, file: savemat(path, file), lambda path, file: write_73(path, **file)], ids=["5", "7.3"]
)
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


def test_of_names_and_labels_those_that_are_as_many_as_rows(tmp_path):
    savemat(tmp_path / "c.mat", {"m": MATRIX, "names": labels("characters", "ab"), "labels": labels("characters")})
    assert read_table(tmp_path / "c.mat").names == NAMES
    savemat(tmp_path / "c.mat", {"m": MATRIX, "labels": np.arange(4.0)})  # numbers are no names
    assert read_table(tmp_path / "c.mat").names is None


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


def cut(path: Path, part: float = 0.6) -> None:
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
