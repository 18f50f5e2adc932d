#!/usr/bin/env python3
"""Make the example `abc`: made-up cells and a voxel model in files as the Allen Brain Cell atlas publishes them."""

from pathlib import Path
from typing import Annotated

import click

from spacon.cli.options import script

OutputFolder = Annotated[Path, click.Path(file_okay=False, path_type=Path)]


@script
def main(simulation_seed: int, folder: OutputFolder) -> None:
    """Make the files of one sample."""
    from spacon.examples import abc_files
    from spacon.progress import say

    abc_files.write(folder, simulation_seed)
    say(f"made-up cells and connectivity of the example abc (seed {simulation_seed}) are in {folder}")


if __name__ == "__main__":
    main()
