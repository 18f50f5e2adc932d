#!/usr/bin/env python3
"""Write one sample's clusters onto the vertices of its surface, as GIfTI and CIFTI labels."""

from pathlib import Path
from typing import Annotated

import click

from spacon.cli.options import InputFile, script
from spacon.files import replacing

OutputFolder = Annotated[Path, click.Path(file_okay=False, path_type=Path)]


@script
def main(spots: InputFile, surfaces: tuple[InputFile, ...], region_key: str | None, folder: OutputFolder) -> None:
    """Write labels of the parcels of a surface."""
    from spacon.progress import say
    from spacon.surfaces.file import read_surface
    from spacon.surfaces.labels import files_of
    from spacon.surfaces.maps import read_maps
    from spacon.surfaces.matching import parcels_of, spot_of_vertex

    surface = read_surface(surfaces)
    obs, maps = read_maps(spots)
    vertices = spot_of_vertex(parcels_of(obs, region_key, spots.name), surface)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files_of(maps, surface, vertices):
        with replacing(folder / name) as temporary:
            temporary.write_bytes(content)
    say(f"{len(maps)} clusterings on {sum(map(len, vertices)):,} vertices")


if __name__ == "__main__":
    main()
