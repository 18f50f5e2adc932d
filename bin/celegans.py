#!/usr/bin/env python3
"""Make one sample, expression and connectivity of C. elegans' neurons, from the registry wheel of wormneuroatlas."""

import tempfile
from pathlib import Path

from spacon.cli.options import InputFile, OutputFile, script
from spacon.files import replacing


@script
def main(wheel: InputFile, expression: OutputFile, connectivity: OutputFile) -> None:
    """Make the C. elegans sample: gene expression with positions and ganglia, and the matrix of synapses."""
    import numpy as np

    from spacon.data.spots_file import write_spots
    from spacon.errors import InputError
    from spacon.examples import celegans
    from spacon.examples.wheel import extract
    from spacon.progress import say

    with tempfile.TemporaryDirectory() as folder:
        extract(wheel, celegans.MEMBERS, Path(folder))
        try:
            spots, strength = celegans.sample(Path(folder))
        except (KeyError, IndexError, TypeError, ValueError, OSError) as error:
            reason = " ".join(str(error).split())
            raise InputError(f"{wheel}: not the data of wormneuroatlas 0.0.7.3 ({reason})") from error
    write_spots(spots, expression, compression="gzip")
    with replacing(connectivity) as temporary:
        np.save(temporary, strength)
    say(f"{spots.n_obs} neurons, {spots.n_vars} genes, {int((strength > 0).sum())} directed connections")


if __name__ == "__main__":
    main()
