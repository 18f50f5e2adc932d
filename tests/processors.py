"""A whole run again with every task on another, emulated processor: python tests/processors.py EPYC-Rome Haswell

Runs a small example with portable numbers here, and repeats it from its crate with the Python of each task in QEMU
(tests/containers/setup emulator). Prints what differs; exit status 1 if anything does. A processor takes half an hour.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

PROJECT = Path(__file__).parents[1]
# Few areas: QEMU 7 crashes where NumPy sorts more integers, as it lets masked gathers read what is masked.
SMALL = "--example cortex --n_spots 150 --n_genes 64 --n_areas 4 --widths 48,24,12 --epochs 1 --alphas 0.5,0"
# Its threads crash now and then where a machine is busy: a script that a signal ended starts again.
SHIM = """#!/bin/sh
for attempt in 1 2 3 4 5; do
    qemu-x86_64 -cpu {processor} {python} "$@"
    status=$?
    [ $status -gt 128 ] || break
done
exit $status
"""
CONFIG = "process.beforeScript = 'export PATH={path}:$PATH'\n"


def run(folder: Path, *arguments: str | Path) -> None:
    """Start the pipeline in a folder."""
    command = [PROJECT / "nextflow", "-q", "run", PROJECT, "-ansi-log", "false", *arguments]
    subprocess.run(list(map(str, command)), cwd=folder, check=True)


def repeated(folder: Path, processor: str) -> pd.DataFrame:
    """Return a row per output of the run in this folder, repeated on such a processor."""
    place = folder / processor
    place.mkdir()
    shim = place / "python3"
    shim.write_text(SHIM.format(processor=processor, python=sys.executable))
    shim.chmod(0o755)
    (place / "emulated.config").write_text(CONFIG.format(path=f"{place}:{Path(sys.executable).parent}"))
    run(place, "-c", "emulated.config", "-profile", "replay", "--from", folder / "results" / "results.crate.zip")
    return pd.read_csv(place / "replay" / "replay.csv", keep_default_na=False)


def main(processors: list[str]) -> int:
    """Compare each processor with this one; return the exit status."""
    if not processors or processors[0].startswith("-"):
        print(__doc__)
        return 2
    differing = 0
    with TemporaryDirectory() as name:
        folder = Path(name)
        run(folder, *SMALL.split(), "--numerics", "portable")
        for processor in processors:
            table = repeated(folder, processor)
            others = table[table["verdict"] != "same bytes"]
            print(f"{processor}: {len(table) - len(others)} of {len(table)} outputs have the same bytes")
            print(others.to_string(index=False) if len(others) else "", end="\n" if len(others) else "")
            differing += len(others)
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
