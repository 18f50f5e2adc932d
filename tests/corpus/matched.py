"""Connectivity of text files, matched to spots by names, numbers or order: what is refused, and what is noted."""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.corpus.case import Case
from tests.corpus.sample import STRENGTH, N, matrix, spots
from tests.corpus.truth import connected, connections_are

BOTH = ("validate", "connection_graph")
TABLE = {"connectivity": "matrix.csv"}
NAMES = [f"s{number}" for number in range(N)]
AREAS = ["V1", "V2", "V3"]
BETWEEN = np.array([[0, 0.5, 0.125], [0.25, 0, 1], [0.75, 0.125, 0]])
# The area of each spot; spots 0 to 4 are in none.
AREA = np.array([None] * 5 + [AREAS[number % 3] for number in range(5, N)], dtype=object)
ROW = np.array([-1] * 5 + [number % 3 for number in range(5, N)])
# Entry by entry: nothing from or to spots without an area.
within = BETWEEN[ROW][:, ROW] * ((ROW >= 0)[:, None] & (ROW >= 0))


def table(values: np.ndarray, names: list[str] | None, order: np.ndarray | None = None):
    """Return what writes matrix.csv, with names if there are any, its rows in another order if one is given."""

    def make(folder: Path) -> None:
        written = pd.DataFrame(values.astype(np.float64), index=names, columns=names)
        written = written if order is None else written.iloc[order]
        written.to_csv(folder / "matrix.csv", header=names is not None, index=names is not None)

    return make


def hemispheres(folder: Path) -> None:
    """Write matrix.csv in the layout of Allen's regional model: what is between areas of one side, and to the other."""
    sides = {"contra": 1 - BETWEEN[:, :2], "ipsi": BETWEEN}
    tables = [pd.DataFrame(values, AREAS, AREAS[: values.shape[1]]) for values in sides.values()]
    pd.concat(tables, axis=1, keys=sides).to_csv(folder / "matrix.csv")


def text(content: str):
    """Return what writes matrix.csv."""
    return lambda folder: (folder / "matrix.csv").write_text(content)


def both(*makers):
    """Return what does all of these."""

    def make(folder: Path) -> None:
        for maker in makers:
            maker(folder)

    return make


def with_column(values: object):
    """Return what gives the spots a column `area`."""
    return spots(lambda sample: sample.obs.insert(0, "area", values))


def with_areas(values: object):
    """Return what gives both files of spots a column `area`."""
    return both(
        with_column(values), spots(lambda sample: sample.obs.insert(0, "area", values), file="preprocessed.h5ad")
    )


def refused(name: str, make, *words: str, cure: str = "", **given: object) -> Case:
    """Return a case of matrix.csv and the words of its line."""
    return Case(name, make, TABLE | given, refused=(words,), cure=cure)


shuffled = np.random.default_rng(3).permutation(N)
REFUSED = [
    refused("text: not square", text("1,2\n3,4\n5,6\n7,8\n"), "square", "(4, 2)"),
    refused(
        "text: two rows of names",
        text(",ipsi,ipsi,contra,contra\n,V1,V2,V1,V2\nV1,0,1,2,3\nV2,4,0,5,6\n"),
        *("2 blocks of columns", "--connectivity_variable", "'contra', 'ipsi'"),
        cure="As the Allen regional model has it: [data.md](data.md#allen-regional-model). Name the block to take.",
    ),
    refused(
        "text: lines of different length",
        text("1,2\n3,4\n5,6,7\n"),
        "line 3",
        "3 cells",
        "2",
        cure="The file is cut off or edited by hand: write it again.",
    ),
    refused(
        "text: semicolons",
        text("1;2\n3;4\n"),
        "semicolons",
        "commas",
        cure="Save it as CSV with commas and decimal points.",
    ),
    refused("text: a word", text("1,2\n3,x\n"), "matrix.csv", "x", cure="Every cell but the names must be a number."),
    refused(
        "text: a name twice",
        text(",a,a\na,1,2\na,3,4\n"),
        "'a'",
        "2 times",
        cure="Give each row and each column a name of its own.",
    ),
    refused("text: a row without a column", text(",a,b\na,1,2\nc,3,4\n"), "'c'", "no column"),
    refused(
        "edges: two weights",
        text("pre,post,weight,count\na,b,1,2\n"),
        "weight, count",
        "--connectivity_variable",
        cure="Name the column of weights.",
    ),
    refused("edges: no end", text("pre,post,weight\ns0,,1\n"), "line 2", "'post'"),
    refused(
        "names of no spot",
        table(STRENGTH, [f"x{number}" for number in range(N)]),
        "'x0'",
        "'s0'",
        "--region_key",
        cure="Rows with names are matched by name alone: [usage.md](usage.md#which-row-is-which-spot).",
    ),
    refused(
        "names of another column",
        both(table(BETWEEN, AREAS), with_column(AREA)),
        "did you mean --region_key area?",
        cure="Name the column of `obs` that has the names of the rows.",
    ),
    refused("no such column", table(BETWEEN, AREAS), "no column 'aera'", region_key="aera"),
    refused(
        "regions of other names",
        both(table(BETWEEN, ["A", "B", "C"]), with_column(AREA)),
        "no spot lies in any of its 3 regions",
        region_key="area",
        cure="The names of both sides must be the same to the letter.",
    ),
    refused(
        "rows counted from 1",
        both(table(BETWEEN, None), with_column(ROW + 1)),
        "counted from 1",
        region_key="area",
        cure="Without names, the first row is 0.",
    ),
    refused(
        "a region's own entry is no number",
        both(table(BETWEEN + np.diag([np.nan] * 3), AREAS), with_column(AREA)),
        "[0, 0]",
        "--region_diagonal",
        region_key="area",
        cure="Decide what spots of one region are to each other.",
    ),
    refused(
        "a negative threshold with spots in no region",
        both(table(BETWEEN, AREAS), with_column(AREA)),
        "5 spots have no row",
        region_key="area",
        connectivity_threshold=-1.0,
        cure="Entries of 0 would lie above it.",
    ),
]
NOTED = [
    Case(
        "spots in no region",
        both(table(BETWEEN, AREAS), with_areas(AREA)),
        TABLE | {"region_key": "area"},
        BOTH,
        notes=(("5 of 30 spots have no row in matrix.csv", "5 without a label"), ("says little",)),
        cure="They stay in the run, without connections. Remove them from the file if they are not wanted.",
        right=connections_are(connected(within, 0.125)),
    ),
    Case(
        "a name spelt otherwise",
        both(table(BETWEEN, AREAS), with_areas(np.where(AREA == "V3", "v3", AREA))),
        TABLE | {"region_key": "area"},
        notes=(
            ("have no row", "5 without a label", "9 of 'v3' (did you mean 'V3'?)"),
            ("1 of 3 rows of matrix.csv is of no region here", "'V3'"),
        ),
    ),
    Case(
        "reference labels that are the regions",
        both(table(BETWEEN, AREAS), with_column(np.array(AREAS)[np.maximum(ROW, 0)])),
        TABLE | {"region_key": "area", "reference_key": "area"},
        notes=(("agree with these labels shows nothing",),),
        cure="Spots of one region have the same connections, so clusters follow regions by construction.",
    ),
]
READ = [
    Case(
        "a block of columns under two rows of names",
        both(hemispheres, with_areas(AREA)),
        TABLE | {"region_key": "area", "connectivity_variable": "ipsi"},
        BOTH,
        right=connections_are(connected(within, 0.125)),
    ),
    Case(
        "names of spots, in another order",
        table(STRENGTH, NAMES, shuffled),
        TABLE,
        BOTH,
        right=connections_are(connected(STRENGTH.astype(np.float64), 0.125)),
    ),
    Case(
        "the same without names, as numbers alone",
        table(STRENGTH, None),
        TABLE,
        BOTH,
        right=connections_are(connected(STRENGTH.astype(np.float64), 0.125)),
    ),
    Case(
        "numbers of rows",
        both(matrix(BETWEEN), with_areas(ROW)),
        {"region_key": "area"},
        BOTH,
        right=connections_are(connected(within, 0.125)),
    ),
]
