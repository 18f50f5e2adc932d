#!/usr/bin/env python3
"""Compare what two runs made."""

import tempfile
from pathlib import Path

from spacon.cli.options import InputFile, OutputFile, script

COLUMNS = ("output", "verdict", "adjusted_rand_index", "largest_difference", "reason")


@script
def main(before: InputFile, after: InputFile, output: OutputFile) -> None:
    """Write how far apart each result of two runs is, and why."""
    import pandas as pd

    from spacon.crate.comparison import SAME_BYTES, Distance, distance_of
    from spacon.crate.reading import Crate
    from spacon.crate.reasons import reasons_of
    from spacon.files import write_table

    old, new = Crate(before), Crate(after)
    rows = []
    for name in sorted(old.results.keys() | new.results.keys()):
        reason = ""
        if not (name in old.results and name in new.results):
            distance = Distance("missing" if name in old.results else "new")
        elif old.results[name]["sha256"] == new.results[name]["sha256"]:
            distance = SAME_BYTES
        else:
            with tempfile.TemporaryDirectory(dir=".") as one, tempfile.TemporaryDirectory(dir=".") as two:
                distance = distance_of(old.take_out(name, Path(one)), new.take_out(name, Path(two)))
            reason = reasons_of(old.results[name], old, new)
        rows.append([name, distance.verdict, distance.adjusted_rand_index, distance.largest_difference, reason])
    write_table(output, pd.DataFrame(rows, columns=COLUMNS))


if __name__ == "__main__":
    main()
