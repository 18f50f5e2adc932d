"""Fuzz what reads the user's files: whatever their bytes, a reader returns or refuses in one line.

    python tests/fuzz/readers.py SEEDS -max_total_time=1200 -fork=1 -ignore_crashes=1

needs atheris, which is not among the tests' packages, and the project's bin on PYTHONPATH. SEEDS is a folder of inputs;
where it is empty, small good files are put there. An input is a file behind one byte that tells its reader.
"""

import sys
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path

import anndata as ad
import atheris
import numpy as np
import scipy.sparse as sp

with atheris.instrument_imports(include=["spacon"]):
    from spacon.connectivity.forms import check_finite
    from spacon.connectivity.matching import in_order
    from spacon.data.columns import carried, labels, sections
    from spacon.data.expression import values_kind
    from spacon.data.spots import find_coordinates
    from spacon.data.spots_file import read_spots
    from spacon.errors import InputError
    from spacon.readers.file import read_table

IN_MEMORY = Path("/dev/shm")
PLACE = Path(tempfile.mkdtemp(dir=IN_MEMORY if IN_MEMORY.is_dir() else None))
SUFFIXES = (".h5ad", ".npy", ".npz")


def read(path: Path) -> None:
    """Do what validation does first with a file."""
    if path.suffix == ".h5ad":
        spots = read_spots(path)
        carried(spots.obs, "one")
        for key in list(spots.obs)[:3]:
            for column in (labels, sections):
                with suppress(InputError):
                    column(spots, key, path.name)
        find_coordinates(spots, None, path.name)
        values_kind(spots, "auto", path.name)
    else:
        matrix = in_order(read_table(path))
        check_finite(matrix, path.name)
        matrix.largest()


def one_input(data: bytes) -> None:
    if len(data) < 2:
        return
    path = PLACE / f"f{SUFFIXES[data[0] % len(SUFFIXES)]}"
    path.write_bytes(data[1:])
    with warnings.catch_warnings(action="ignore"):
        try:
            read(path)
        except InputError as error:
            assert "\n" not in str(error), error
            assert len(str(error)) < 2000, error


def make_seeds(folder: Path) -> None:
    random = np.random.default_rng(0)
    x = random.poisson(2, (5, 4)).astype(np.float32)
    obs = {"section": ["a", "b", "a", "b", "a"], "x": random.random(5), "y": random.random(5)}
    for number, form in enumerate((np.asarray, sp.csr_matrix, sp.csc_matrix)):
        spots = ad.AnnData(form(x), obs=obs, obsm={"spatial": random.random((5, 2))})
        spots.uns["log1p"] = {"base": 2.0}
        spots.write_h5ad(PLACE / "seed.h5ad", compression=["gzip", None, "lzf"][number])
        (folder / f"h5ad{number}").write_bytes(b"\0" + (PLACE / "seed.h5ad").read_bytes())
    matrix = random.normal(size=(5, 5))
    for number, kind in enumerate(("f4", ">f8", "u1", "bool", "f2")):
        np.save(PLACE / "seed.npy", matrix.astype(kind))
        (folder / f"npy{number}").write_bytes(b"\1" + (PLACE / "seed.npy").read_bytes())
    np.savez(PLACE / "factored.npz", values=matrix, index=np.arange(5))
    np.savez_compressed(PLACE / "packed.npz", values=matrix, index=np.arange(5))
    for form in ("csr", "coo", "dia", "bsr"):
        sp.save_npz(PLACE / f"{form}.npz", sp.csr_matrix(matrix).asformat(form))
    for file in PLACE.glob("*.npz"):
        (folder / file.name).write_bytes(b"\2" + file.read_bytes())


if __name__ == "__main__":
    seeds = Path(sys.argv[1])
    seeds.mkdir(exist_ok=True)
    if not any(seeds.iterdir()):
        make_seeds(seeds)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
