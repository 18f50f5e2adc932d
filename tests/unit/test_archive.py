"""Arrays written to .npz: what is read is what was written, and the bytes follow from the arrays alone."""

import hashlib
import zipfile

import numpy as np
import pytest
import scipy.sparse as sp
from conftest import ROOT

from spacon.archive import write_arrays, write_sparse


def test_arrays_come_back_as_they_were(tmp_path):
    arrays = {"n": 3, "name": "leiden", "values": np.arange(6.0, dtype=np.float32).reshape(2, 3), "none": np.zeros(0)}
    write_arrays(tmp_path / "a.npz", **arrays)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert file.files == list(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(file[name], array)
        assert file["values"].dtype == np.float32


def test_a_sparse_matrix_comes_back_as_it_was(tmp_path):
    matrix = sp.csr_matrix(np.array([[0, 2, 0], [1, 0, 0]], dtype=np.float32))
    write_sparse(tmp_path / "m.npz", matrix)
    read = sp.load_npz(tmp_path / "m.npz")
    np.testing.assert_array_equal(read.toarray(), matrix.toarray())
    assert read.format == "csr"
    assert read.dtype == np.float32


def test_the_bytes_are_the_same_with_every_python(tmp_path):
    """Worked out once with Python 3.11.7; the image has another, and machines of users yet others."""
    write_arrays(tmp_path / "a.npz", x=np.arange(4, dtype=np.int64))
    content = (tmp_path / "a.npz").read_bytes()
    assert hashlib.sha256(content).hexdigest() == "29824e00aab38218cb2d87b56146483330b8fde6c58be675ffc0de9d56d8bde3"
    entry = zipfile.ZipFile(tmp_path / "a.npz").infolist()[0]
    assert (entry.extract_version, entry.date_time, entry.extra) == (20, (1980, 1, 1, 0, 0, 0), b"")


def test_objects_are_refused(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        write_arrays(tmp_path / "a.npz", x=np.array([{}], dtype=object))


def test_nothing_else_writes_archives():
    for file in (ROOT / "bin").rglob("*.py"):
        code = file.read_text(encoding="utf-8")
        assert "np.savez" not in code, file
        assert "sp.save_npz" not in code, file
