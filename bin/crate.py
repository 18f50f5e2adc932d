#!/usr/bin/env python3
"""Pack the results of a run with what they were made from."""

import shutil
from pathlib import Path
from typing import Annotated

import click

from spacon.cli.options import InputFile, OutputFile, script
from spacon.files import read_json, replacing

InputFolder = Annotated[Path, click.Path(exists=True, file_okay=False, path_type=Path)]
OutputFolder = Annotated[Path, click.Path(path_type=Path)]


@script
def main(
    record: InputFile,
    made: InputFolder,
    pipeline: InputFolder,
    source: OutputFolder,
    crate: OutputFile,
    metadata: OutputFile,
    readme: OutputFile,
    verifier: OutputFile,
) -> None:
    """Write the crate of a run, and beside it what it holds that is not among the results yet."""
    from spacon.crate.metadata import metadata_text
    from spacon.crate.parts import parts_of
    from spacon.crate.record import linked
    from spacon.crate.words import readme_text
    from spacon.crate.zipped import write_zip

    told = read_json(record)
    shutil.copytree(pipeline, source, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(source / "bin" / "verify.py", verifier)
    readme.write_text(readme_text(told, crate.name), encoding="utf-8")
    files = {place: made / str(number) / Path(path).name for number, (place, path) in enumerate(told["files"], 1)}
    for place in files:
        if place.startswith(("inputs/", "image/")):
            Path(place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(files[place], place)
    files |= {"source": source, "README.md": readme, "verify.py": verifier}
    parts = parts_of(files)
    text = metadata_text(linked(told, parts), parts, read_json(source / "nextflow_schema.json"))
    metadata.write_text(text, encoding="utf-8")
    with replacing(crate) as temporary:
        write_zip(temporary, [(metadata.name, text)], parts)


if __name__ == "__main__":
    main()
