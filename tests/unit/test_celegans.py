"""The C. elegans sample: made from the real wheel, and held against what is known of the worm."""

import fcntl
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import anndata
import h5py
import numpy as np
import pytest

from spacon.examples import celegans

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "bin" / "celegans.py"
# One-way chemical synapses of White et al. 1986, each between neurons that have no synapse the other way round.
ONE_WAY = {
    "AIYL": ["AIZL", "RIAL"],
    "AIYR": ["RIAR"],
    "AWCL": ["AIBL"],
    "AWCR": ["AIYR", "AIBR"],
    "ASHL": ["AVAL", "AIBL"],
    "ASHR": ["AIBR"],
    "AIZL": ["RIAL"],
    "AIZR": ["RIAR"],
    "AIAR": ["AIBR"],
    "PVCL": ["AVBL"],
    "PHAL": ["PHBL"],
    "PHBL": ["AVAL", "PVCL"],
    "RIAL": ["RMDVL"],
    "RIAR": ["RMDVR"],
    "VA3": ["DD2"],
    "VB4": ["DD3"],
    "AVM": ["AVBL"],
    "ADLL": ["AVAL"],
    "AUAL": ["RIAL"],
    "DVA": ["AVAL"],
    "RIBL": ["AVEL"],
    "BAGL": ["RIAR"],
}
# These tell their partners more than they are told.
MOSTLY_ONE_WAY = {
    "ASEL": ["AIYL"],
    "ASER": ["AIYR"],
    "AWCL": ["AIYL"],
    "AFDL": ["AIYL"],
    "AFDR": ["AIYR"],
    "AWAL": ["AIZL"],
    "ASKL": ["AIAL"],
    "AVDL": ["AVAL"],
    "AVDR": ["AVAR"],
}
GANGLIA = {
    "anterior ganglion": 38,
    "anterior pharyngeal bulb": 13,
    "dorsal ganglion": 6,
    "dorsorectal ganglion": 3,
    "lateral ganglion": 73,
    "lumbar ganglion": 24,
    "midbody neurons": 14,
    "posterior pharyngeal bulb": 7,
    "preanal ganglion": 12,
    "retrovesicular ganglion": 20,
    "ventral ganglion": 31,
    "ventral nerve cord": 56,
}


def pairs(partners: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(pre, post) for pre, posts in partners.items() for post in posts]


@pytest.fixture(scope="session")
def wheel() -> Path:
    """Return the wheel, downloaded once; the lock keeps parallel workers from downloading it over one another."""
    cache = Path(os.environ.get("SPACON_TEST_CACHE", ROOT / "tests" / ".cache"))
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "celegans.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = sorted(cache.glob("wormneuroatlas-0.0.7.3-*.whl"))
        if not found:
            hashed = ROOT / "containers" / "celegans.lock"
            options = ["--no-deps", "--require-hashes", "--requirement", str(hashed), "--dest", str(cache)]
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", *options], check=True)
            found = sorted(cache.glob("wormneuroatlas-0.0.7.3-*.whl"))
    return found[0]


def run(wheel: Path, folder: Path) -> subprocess.CompletedProcess:
    """Run the script on `wheel`, with outputs `neurons.h5ad` and `synapses.npy` in `folder`."""
    outputs = ["--expression", str(folder / "neurons.h5ad"), "--connectivity", str(folder / "synapses.npy")]
    command = [sys.executable, str(SCRIPT), "--wheel", str(wheel), *outputs]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def made(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("celegans")
    done = run(wheel, folder)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["neurons.h5ad", "synapses.npy"]
    return folder


@pytest.fixture(scope="session")
def neurons(made: Path) -> anndata.AnnData:
    return anndata.read_h5ad(made / "neurons.h5ad")


@pytest.fixture(scope="session")
def synapses(made: Path) -> np.ndarray:
    return np.load(made / "synapses.npy", allow_pickle=False)


@pytest.fixture(scope="session")
def row(neurons: anndata.AnnData) -> dict[str, int]:
    return {name: index for index, name in enumerate(neurons.obs_names)}


def test_sizes_and_names(neurons: anndata.AnnData, synapses: np.ndarray) -> None:
    assert neurons.shape == (300, 13172)
    assert neurons.obs_names.is_unique
    assert neurons.var_names.is_unique
    assert {"AWCL", "AWCR", "AVAL", "VD13"} < set(neurons.obs_names)
    assert not {"AWCOF", "AWCON", "CANL", "CANR"} & set(neurons.obs_names)
    assert (synapses.shape, synapses.dtype) == ((300, 300), np.dtype("float32"))
    assert np.isfinite(synapses).all()
    assert (synapses >= 0).all()


def test_expression_is_log_normalised_and_never_negative(neurons: anndata.AnnData) -> None:
    assert neurons.X.dtype == np.float32
    assert neurons.X.format == "csr"
    assert np.isfinite(neurons.X.data).all()
    assert (neurons.X.data > 0).all()
    assert dict(neurons.uns["log1p"]) == {}
    assert (neurons.X.getnnz(axis=0) >= 3).all()


@pytest.mark.parametrize(
    ("gene", "positive", "negative"),
    [
        ("tph-1", "NSML ADFR HSNL", "AVAL ASEL"),  # serotonin
        ("mec-17", "ALML PLMR AVM PVM", "AVAL ASEL"),  # touch
        ("unc-25", "DD2 VD9 RMED DVB", "AVAL ASEL"),  # GABA
        ("str-2", "AWCR", "AWCL AWAL"),  # the AWC that is on
        ("srsx-3", "AWCL", "AWCR AWAL"),  # the AWC that is off
    ],
)
def test_markers_stand_in_their_neurons(neurons: anndata.AnnData, gene: str, positive: str, negative: str) -> None:
    assert (neurons[positive.split(), gene].X.toarray() > 3).all()
    assert (neurons[negative.split(), gene].X.toarray() == 0).all()


def test_twins_are_equal_and_others_are_not(neurons: anndata.AnnData, row: dict[str, int]) -> None:
    dense = neurons.X.toarray()
    twins = {"AVAL": "AVAR", "ADEL": "ADER", "CEPDL": "CEPVR", "IL2DL": "IL2VR", "VC4": "VC5", "VD3": "DD2"}
    for one, other in twins.items():
        assert (dense[row[one]] == dense[row[other]]).all(), (one, other)
    others = {"ASEL": "ASER", "AWCL": "AWCR", "IL2L": "IL2DL", "VB1": "VB2", "DA8": "DA9", "RMED": "RMEL"}
    for one, other in others.items():
        assert (dense[row[one]] != dense[row[other]]).any(), (one, other)


def test_every_neuron_has_the_class_that_fits(neurons: anndata.AnnData) -> None:
    of_neuron = neurons.obs["neuron_class"].astype(str)
    assert of_neuron.nunique() == 127  # CeNGEN's 128 without CAN
    expected = {"SABD": "SAB", "SABVL": "SAB", "AVL": "AVL", "AVDL": "AVD", "VA12": "VA12", "VA11": "VA", "DB1": "DB01"}
    assert of_neuron[list(expected)].to_dict() == expected
    with pytest.raises(ValueError, match="XYZL"):
        celegans.neuron_class("XYZL", ["XY", "AVA"])


@pytest.mark.parametrize(("pre", "post"), pairs(ONE_WAY))
def test_synapses_run_from_row_to_column(pre: str, post: str, row: dict[str, int], synapses: np.ndarray) -> None:
    assert np.expm1(synapses[row[pre], row[post]]) >= 4.9
    assert synapses[row[post], row[pre]] == 0


@pytest.mark.parametrize(("pre", "post"), pairs(MOSTLY_ONE_WAY))
def test_strong_synapses_outweigh_the_way_back(pre: str, post: str, row: dict[str, int], synapses: np.ndarray) -> None:
    assert np.expm1(synapses[row[pre], row[post]]) > 5 * np.expm1(synapses[row[post], row[pre]])


def test_matrix_is_the_wheels_own_where_that_is_sound(
    wheel: Path, row: dict[str, int], synapses: np.ndarray, tmp_path: Path
) -> None:
    """The wheel's matrix [post, pre] lacks AWC and has everything without a name in VD9."""
    with zipfile.ZipFile(wheel) as archive:
        stored = archive.extract("wormneuroatlas/data/aconnectome_default.h5", tmp_path)
    with h5py.File(stored) as file:
        expected = np.log1p(file["chem"][:] + file["gap"][:]).T
    unsound = [row["AWCL"], row["AWCR"], row["VD9"]]
    sound = np.delete(np.arange(300), unsound)
    np.testing.assert_allclose(synapses[np.ix_(sound, sound)], expected[np.ix_(sound, sound)], rtol=1e-6)
    degree = (synapses > 0).sum(axis=0) + (synapses > 0).sum(axis=1)
    assert degree[row["AWCL"]] > 10
    assert degree[row["AWCR"]] > 10
    assert degree[row["VD9"]] < 20
    assert [name for name, index in row.items() if degree[index] == 0] == ["VC6"]  # it speaks to muscles alone


def test_ganglia(neurons: anndata.AnnData) -> None:
    ganglion = neurons.obs["ganglion"]
    assert ganglion.value_counts().to_dict() == GANGLIA
    assert sorted(neurons.obs_names[ganglion.isna()]) == ["DB7", "RMHR", "VA11"]


def test_positions_run_from_head_to_tail_and_from_ventral_to_dorsal(
    neurons: anndata.AnnData, row: dict[str, int]
) -> None:
    places = neurons.obsm["spatial_3d"]
    assert places.shape == (300, 3)
    assert np.isfinite(places).all()
    assert len(np.unique(places, axis=0)) == 300
    left, back, up = places.T
    head_to_tail = [row[name] for name in ("I1L", "M5", "AVG", "VA2", "VB5", "ALML", "VA8", "PVT", "PLML")]
    assert (np.diff(back[head_to_tail]) > 0).all()
    assert all(up[row[dorsal]] > up[row[ventral]] for dorsal, ventral in [("RMED", "RMEV"), ("ALA", "AVG")])
    assert all(left[row[name + "L"]] > left[row[name + "R"]] for name in ("ASE", "AVA", "AWC", "PLM"))
    np.testing.assert_array_equal(neurons.obsm["spatial"], places[:, [1, 2]])


def bad_wheel(kind: str, folder: Path) -> tuple[Path, str]:
    """Return a wheel that is no good and the member that the message has to name."""
    path = folder / "bad.whl"
    if kind == "text":
        path.write_text("not a wheel")
        return path, celegans.MEMBERS[0]
    missing = {"empty": celegans.MEMBERS[0], "one missing": celegans.GANGLIA, "not the data": None}[kind]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.txt", "other")
        for member in () if kind == "empty" else celegans.MEMBERS:
            if member != missing:
                archive.writestr(member, "nothing of use")
    return path, missing or "wormneuroatlas 0.0.7.3"


@pytest.mark.parametrize("kind", ["text", "empty", "one missing", "not the data"])
def test_bad_wheel_is_one_line_and_leaves_nothing(kind: str, tmp_path: Path) -> None:
    wheel, named = bad_wheel(kind, tmp_path)
    done = run(wheel, tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(wheel) in done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bad.whl"]
