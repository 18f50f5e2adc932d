"""The nervous system of C. elegans, read from the data files of the registry wheel `wormneuroatlas` 0.0.7.3.

Sources, as the wheel's own description names them: gene expression from CeNGEN (Taylor et al., Cell 2021); synapses
from White et al., Phil. Trans. R. Soc. 1986 and Witvliet et al., Nature 2021; put together by the Leifer lab's
wormneuroatlas (Randi et al.), GPL version 3 or later. Only data files are read: nothing of the package is run or kept.
"""

import csv
import json
import re
from collections.abc import Iterable
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

from spacon.data import keys

FOLDER = "wormneuroatlas/data/"
NAMES = FOLDER + "funatlas.h5"
EXPRESSION = FOLDER + "cengen.h5"
POSITIONS = FOLDER + "anatlas_neuron_positions.txt"
GANGLIA = FOLDER + "aconnectome_ids_ganglia.json"
# The four counts that the wheel's own matrix, aconnectome_default.h5, is the sum of. That matrix is not used: every
# name that its makers' code did not know (AWCL, AWCR, muscles, glia) was counted for the last neuron, VD9, so that VD9
# is its greatest hub and AWC has no synapse at all. Elsewhere both agree to the last synapse, which a test holds.
SYNAPSES = (
    FOLDER + "aconnectome_white_1986_whole.csv",
    FOLDER + "aconnectome_white_1986_L4.csv",
    FOLDER + "aconnectome_witvliet_2020_7.csv",
    FOLDER + "aconnectome_witvliet_2020_8.csv",
)
MEMBERS = (NAMES, EXPRESSION, POSITIONS, GANGLIA, *SYNAPSES)

SOURCES = (
    "wormneuroatlas 0.0.7.3, Leifer lab (Randi et al., arXiv 2208.04790), GPL-3.0-or-later: the files read",
    "CeNGEN, Taylor et al., Cell 2021, threshold 2: gene expression per neuron class",
    "White et al., Phil. Trans. R. Soc. 1986 (whole animal, L4): synapses",
    "Witvliet et al., Nature 2021 (animals 7 and 8): synapses",
)

# The wheel names the two AWC by their expression, cut to five letters, at the places where anatomy has left and right.
ANATOMICAL = {"AWCOF": "AWCL", "AWCON": "AWCR"}
# CeNGEN's classes that a neuron's name alone does not tell.
SPECIAL_CLASSES = {
    r"AWCL": "AWC_OFF",
    r"AWCR": "AWC_ON",
    r"DB1": "DB01",
    r"VB1": "VB01",
    r"VB2": "VB02",
    r"VC[45]": "VC_4_5",
    r"[VD]D\d+": "VD_DD",
    r"IL2[LR]": "IL2_LR",
    r"IL2[DV][LR]": "IL2_DV",
    r"RMD[LR]": "RMD_LR",
    r"RMD[DV][LR]": "RMD_DV",
    r"RME[LR]": "RME_LR",
    r"RME[DV]": "RME_DV",
}
THRESHOLD = 2  # of CeNGEN's four, from liberal (1) to stringent (4)
GROUPS_OF_GANGLIA = ("head", "pharynx")  # lists of ganglia, not of neurons, in the same file


def neuron_names(path: Path) -> list[str]:
    """Return the anatomical names of the 300 neurons (CANL and CANR are left out) in the order used throughout."""
    with h5py.File(path) as file:
        names = [name.decode() for name in file["neuron_ids"][:]]
    return [ANATOMICAL.get(name, name) for name in names]


def neuron_class(name: str, classes: Iterable[str]) -> str:
    """Return the CeNGEN class of one neuron: a special one, else the longest class whose rest is a side or a number.

    `SMDVL` is `SMD` and the side `VL`, `VA10` is `VA` and a number, but `VA12` and `ASEL` are classes of their own.
    """
    for pattern, known in SPECIAL_CLASSES.items():
        if re.fullmatch(pattern, name):
            return known
    fitting = [known for known in classes if re.fullmatch(re.escape(known) + r"([DV]?[LR]?|\d+)", name)]
    if not fitting:
        raise ValueError(f"neuron '{name}' belongs to no class of the expression data")
    return max(fitting, key=len)


def expression_of_neurons(path: Path, names: list[str]) -> tuple[np.ndarray, list[str], list[str]]:
    """Return expression in transcripts per million, its genes and each neuron's class.

    Shapes: float32 (neurons, genes), genes, neurons. CeNGEN measured classes: all neurons of a class have equal rows.
    """
    with h5py.File(path) as file:
        classes = [name.decode() for name in file["neuron_ids"][:]]
        genes = [name.decode() for name in file[f"gene_names_th{THRESHOLD}"][:]]
        by_class = file[f"tpm_th{THRESHOLD}"][:]
    of_neuron = [neuron_class(name, classes) for name in names]
    row_of_class = {name: row for row, name in enumerate(classes)}
    return by_class[[row_of_class[name] for name in of_neuron]], genes, of_neuron


def expressed(tpm: np.ndarray, min_neurons: int = 3) -> np.ndarray:
    """Return which genes (bool, one per column of `tpm`) are found in at least `min_neurons` neurons."""
    return (tpm > 0).sum(axis=0) >= min_neurons


def synapse_counts(paths: Iterable[Path], names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return chemical and gap-junction synapses, summed over the sources; entry [i, j] counts from neuron i to j.

    Shapes: two float64 (neurons, neurons). Partners that are not among `names` (muscles, glia, CAN) are left out. Some
    sources list a gap junction once and some in both directions: the larger of the two counts stands for both.
    """
    index = {name: row for row, name in enumerate(names)}
    chemical = np.zeros((len(names), len(names)))
    gap = np.zeros_like(chemical)
    for path in paths:
        gap_of_source = np.zeros_like(gap)
        with path.open(newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if row["pre"] in index and row["post"] in index:
                    counts = {"chemical": chemical, "electrical": gap_of_source}[row["type"]]
                    counts[index[row["pre"]], index[row["post"]]] += int(row["synapses"])
        gap += np.maximum(gap_of_source, gap_of_source.T)
    return chemical, gap


def positions(path: Path, names: list[str]) -> np.ndarray:
    """Return the neurons' places, float64 (neurons, 3): left (+), towards the tail (+), dorsal (+).

    The file names no unit. Its worm is 7.2 long, which fits units of about 100 micrometres.
    """
    lines = path.read_text().splitlines()
    rows = dict(zip(lines[0].lstrip("# ").split(), lines[1:], strict=True))
    return np.array([[float(value) for value in rows[name].split()] for name in names])


def ganglia(path: Path, names: list[str]) -> list[str | None]:
    """Return each neuron's ganglion, one of 12, or None where the source names none (DB7, RMHR and VA11)."""
    lists = json.loads(path.read_text())
    of_neuron = {name: key for key, members in lists.items() if key not in GROUPS_OF_GANGLIA for name in members}
    return [of_neuron.get(name) for name in names]


def sample(folder: Path) -> tuple[ad.AnnData, np.ndarray]:
    """Return the sample of the wheel's files, unpacked into `folder`.

    Returns:
        Log-normalised expression of 300 neurons with positions, ganglia and classes; and log(1 + synapses), chemical
        and gap junctions, from neuron to neuron, float32 (300, 300).

    Raises:
        KeyError, IndexError, TypeError, ValueError, OSError: the files are not those of version 0.0.7.3.
    """
    names = neuron_names(folder / NAMES)
    tpm, genes, classes = expression_of_neurons(folder / EXPRESSION, names)
    chemical, gap = synapse_counts([folder / member for member in SYNAPSES], names)
    places = positions(folder / POSITIONS, names)
    kept = expressed(tpm)
    spots = ad.AnnData(
        X=sp.csr_matrix(np.log1p(tpm[:, kept]), dtype=np.float32),
        # Plain objects: text columns of other kinds make files that older versions of anndata cannot read.
        obs=pd.DataFrame(
            {"ganglion": pd.Categorical(ganglia(folder / GANGLIA, names)), "neuron_class": pd.Categorical(classes)},
            index=pd.Index(names, dtype=object),
        ),
        var=pd.DataFrame(index=pd.Index(np.array(genes, dtype=object)[kept], dtype=object)),
    )
    spots.obsm[keys.SPATIAL_3D] = places
    spots.obsm[keys.SPATIAL] = places[:, [1, 2]]  # head left, tail right, dorsal up
    spots.uns["log1p"] = {}  # marks X as log-normalised
    spots.uns[keys.SOURCE] = np.array(SOURCES, dtype=object)
    return spots, np.log1p(chemical + gap).astype(np.float32)
