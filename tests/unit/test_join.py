"""Cells joined with tables: by identifiers, never by order; what is dropped is counted, what repeats is told."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from spacon.errors import InputError
from spacon.sources.cells import Cells, whole
from spacon.sources.join import joined, typed
from spacon.sources.tables import read_cell_table

NAMES = ["10", "9", "008", "a"]
COUNTS = sp.csr_matrix(np.diag([1.0, 2, 3, 4]).astype(np.float32))


def cells(**columns) -> Cells:
    """Return four cells whose expression is 1, 2, 3 and 4, each in a gene of its own."""
    obs = pd.DataFrame(columns, index=pd.Index(NAMES, dtype=object))
    return Cells(obs, tuple("ABCD"), {}, {}, lambda: iter([COUNTS[:3], COUNTS[3:]]), stored=100)


def table(folder: Path, content: str | pd.DataFrame, name: str = "t.csv"):
    if isinstance(content, pd.DataFrame):
        content.to_parquet(folder / name, index=False)
    else:
        (folder / name).write_text(content)
    return read_cell_table(folder / name)


def test_rows_are_found_by_name_and_what_lacks_one_is_counted(tmp_path):
    found = joined(cells(), [table(tmp_path, "cell_id,x,area\n9,0.5,V1\nb,9,V3\n10,1.5,V2\na,2,\n")])
    assert list(found.obs.index) == ["10", "9", "a"]
    assert found.obs["x"].tolist() == [1.5, 0.5, 2]
    assert found.obs["area"].tolist()[:2] == ["V2", "V1"]
    assert found.obs["area"].isna().tolist() == [False, False, True]
    assert whole(found, "x").toarray().tolist() == [[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 0, 4]]
    assert found.notes == (
        "t.csv: 1 of 4 cells has no row and is left out",
        "t.csv: 1 of 4 rows has no cell",
        "3 of 4 cells have a row in every table and are kept",
    )


def test_every_table_must_have_a_row(tmp_path):
    tables = [
        table(tmp_path, "cell_id,x\n10,1\n9,2\n008,3\n", "one.csv"),
        table(tmp_path, "cell_id,y\na,4\n9,2\n008,3\n", "two.csv"),
    ]
    found = joined(cells(), tables)
    assert list(found.obs.index) == ["9", "008"]
    assert found.obs.to_numpy().tolist() == [[2, 2], [3, 3]]
    assert found.notes[-1] == "2 of 4 cells have a row in every table and are kept"


def test_without_tables_nothing_changes():
    assert joined(one := cells(), []) == one


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("cell_label,x", "10,1\n9,2\n008,3\na,4\n"),
        ("Barcode,x", "10,1\n9,2\n008,3\na,4\n"),
        (",x", "10,1\n9,2\n008,3\na,4\n"),  # as pandas writes an index
        ("x,EntityID", "1,10\n2,9\n3,008\n4,a\n"),
        ("x,whatever", "1,10\n2,9\n3,008\n4,a\n"),  # no known name: the first column whose values match
    ],
)
def test_the_column_of_identifiers_is_found(tmp_path, header, body):
    found = joined(cells(), [table(tmp_path, f"{header}\n{body}")])
    assert found.obs.to_dict("list") == {"x": [1, 2, 3, 4]}
    assert found.notes == ()


@pytest.mark.parametrize(
    ("first", "second"), [("cell_id", "barcode"), ("barcode", "cell_id")], ids=["in order", "the other way round"]
)
def test_of_two_columns_with_known_names_the_one_that_matches_is_taken(tmp_path, first, second):
    found = joined(cells(), [table(tmp_path, f"{first},{second}\nu,10\nv,9\nw,008\nz,a\n")])
    assert found.obs.to_dict("list") == {first: list("uvwz")}


@pytest.mark.parametrize(
    "ids",
    [
        pd.Series(NAMES),
        pd.Series([name.encode() for name in NAMES]),
        pd.Series(NAMES, dtype="category"),
    ],
    ids=["text", "bytes", "categories"],
)
def test_identifiers_of_parquet_are_text(tmp_path, ids):
    content = pd.DataFrame({"cell_id": ids, "x": [1, 2, 3, 4], "area": [b"V1", b"V2", b"V1", b"V2"]})
    found = joined(cells(), [table(tmp_path, content, "t.parquet")])
    assert found.obs.to_dict("list") == {"x": [1, 2, 3, 4], "area": ["V1", "V2", "V1", "V2"]}


def test_a_column_with_other_values_gets_the_name_of_its_file(tmp_path):
    tables = [
        table(tmp_path, "cell_id,x,area\n10,1,V1\n9,2,V2\n008,3,V1\na,4,V2\n", "first.csv"),
        table(tmp_path, "cell_id,x,area\n10,1,V1\n9,2,V2\n008,3,V1\na,5,V2\n", "second.v2.csv"),
    ]
    found = joined(cells(area=["V1", "V2", "V1", "V2"]), tables)
    assert found.obs["x"].tolist() == [1, 2, 3, 4]
    assert found.obs["x_second.v2"].tolist() == [1, 2, 3, 5]
    assert list(found.obs) == ["area", "x", "x_second.v2"]
    assert found.notes == ("second.v2.csv: columns are kept under other names: 'x' as 'x_second.v2'",)


def test_a_name_that_is_taken_too_gets_a_number(tmp_path):
    found = joined(cells(x=0, x_t=0), [table(tmp_path, "cell_id,x\n10,1\n9,2\n008,3\na,4\n")])
    assert found.obs["x_t_2"].tolist() == [1, 2, 3, 4]


def test_only_cells_that_are_kept_decide_whether_columns_are_the_same(tmp_path):
    found = joined(cells(x=[1, 2, 3, 9]), [table(tmp_path, "cell_id,x\n10,1\n9,2\n008,3\n")])
    assert list(found.obs) == ["x"]


def test_numbers_that_may_be_missing_are_compared(tmp_path):
    before = cells(x=pd.array([1, 2, None, 4], dtype="Int64"))
    same, other = "cell_id,x\n10,1\n9,2\n008,\na,4\n", "cell_id,x\n10,1\n9,2\n008,3\na,4\n"
    assert list(joined(before, [table(tmp_path, same)]).obs) == ["x"]
    assert list(joined(before, [table(tmp_path, other)]).obs) == ["x", "x_t"]


@pytest.mark.parametrize(("name", "place"), [("ccf_coordinates.csv", "spatial_3d"), ("cell_metadata.csv", "spatial")])
def test_coordinates_that_are_there_already_are_replaced_and_that_is_said(tmp_path, name, place):
    content = "cell_label,x,y,z\n10,1,2,3\n9,1,2,4\n008,1,2,5\na,1,3,5\n"
    before = cells()
    before.obsm[place] = np.zeros((4, 2))
    found = joined(before, [table(tmp_path, content, name)])
    width = 3 if place == "spatial_3d" else 2
    assert found.obsm[place].tolist() == [[1, 2, 3][:width], [1, 2, 4][:width], [1, 2, 5][:width], [1, 3, 5][:width]]
    assert found.notes[0] == f"obsm['{place}'] held other coordinates; those of {name} take their place"
    assert before.obsm[place].tolist() == [[0, 0]] * 4


@pytest.mark.parametrize(
    ("texts", "expected", "kind"),
    [
        (["1", "2", "10"], [1, 2, 10], "i"),
        (["1", "2.5", "1e3"], [1, 2.5, 1000], "f"),
        (["1", "NA", "3"], [1, np.nan, 3], "f"),
        (["1", None, "3"], [1, np.nan, 3], "f"),
        (["1", "x", "3"], ["1", "x", "3"], "O"),
        (["NA", "NA", "NA"], ["NA", "NA", "NA"], "O"),  # three of one area, not three that are missing
        (["1_0", "2", "3"], ["1_0", "2", "3"], "O"),
        (["1" * 16, "2", "3"], ["1" * 16, "2", "3"], "O"),
        (["0.7123456789012345", "NA", "2"], [0.7123456789012345, np.nan, 2], "f"),
    ],
)
def test_texts_are_numbers_where_all_are(texts, expected, kind):
    found = typed(pd.Series(texts, dtype=object))
    assert getattr(found.dtype, "categories", found).dtype.kind == kind
    np.testing.assert_array_equal(found.to_numpy(dtype=object if kind == "O" else float), expected)


def test_long_identifiers_in_other_columns_are_not_rounded(tmp_path):
    content = "cell_id,donor\n10,12345678901234567\n9,\n008,12345678901234568\na,12345678901234567\n"
    found = joined(cells(), [table(tmp_path, content)]).obs["donor"]
    assert found.dropna().tolist() == ["12345678901234567", "12345678901234568", "12345678901234567"]


@given(order=st.permutations(range(6)), other=st.permutations(range(5)), columns=st.permutations(["a", "b", "id"]))
def test_the_order_of_rows_and_columns_changes_nothing(tmp_path_factory, order, other, columns):
    folder = tmp_path_factory.mktemp("tables")
    # Rows 4 and 5 have no cell; the second table lacks cell "9".
    one = pd.DataFrame({"id": [*NAMES, "u", "v"], "a": range(6), "b": list("pqrstu")})
    two = pd.DataFrame({"id": ["10", "008", "a", "u", "v"], "a": [0, 7, 3, 4, 5]})

    def together(first: pd.DataFrame, second: pd.DataFrame) -> Cells:
        first.to_csv(folder / "one.csv", index=False)
        second.to_csv(folder / "two.csv", index=False)
        return joined(cells(), [read_cell_table(folder / name) for name in ("one.csv", "two.csv")])

    expected, found = together(one, two), together(one.iloc[order][columns], two.iloc[other])
    pd.testing.assert_frame_equal(found.obs[["a", "b", "a_two"]], expected.obs)
    assert expected.obs["a_two"].tolist() == [0, 7, 3]
    assert (whole(found, "x") != whole(expected, "x")).nnz == 0
    assert found.notes == expected.notes


REFUSED = {
    "no match": (
        "cell_id,x\nu,1\nv,2\n",
        "none of its rows names one of the 4 cells, which are called '10'; looked at 'cell_id', as in 'u'",
    ),
    "no match in any column": (
        "some,x\nu,1\nv,2\n",
        "none of its rows names one of the 4 cells, which are called '10'; looked at 'some', 'x', as in 'u'",
    ),
    "zeros in front lost": (
        "cell_id,x\n8,3\n",
        "none of its rows names one of the 4 cells, which are called '10'; looked at 'cell_id', as in '8'",
    ),
    "twice": ("cell_id,x\n10,1\n9,2\n10,3\n", "cell_id '10' appears 2 times; each cell needs one row"),
    "without an identifier": ("cell_id,x\n10,1\n,2\n", "row 1 has no cell_id"),
    "no rows": ("cell_id,x\n", "the table has no rows"),
    "empty": ("", "the file is empty"),
    "semicolons": ("cell_id;x\n10;1\n", "its columns are separated by semicolons; commas are needed"),
    "a column twice": ("cell_id,x,x\n10,1,2\n", "column 'x' appears 2 times; each needs its own name"),
    "more cells than columns": ("cell_id,x\n10,1\n9,2,3\n", "not a table that can be read ("),
}


@pytest.mark.parametrize(("content", "line"), REFUSED.values(), ids=REFUSED)
def test_tables_that_are_wrong(tmp_path, content, line):
    with pytest.raises(InputError) as error:
        joined(cells(), [table(tmp_path, content)])
    found = str(error.value)
    assert found == f"t.csv: {line}" or (line.endswith("(") and found.startswith(f"t.csv: {line}"))


def test_tables_of_another_kind_are_refused(tmp_path):
    (tmp_path / "t.xlsx").write_text("x")
    line = "^t.xlsx: a table must be a file of one of these kinds: .csv, .csv.gz, .tsv, .tsv.gz, .parquet$"
    with pytest.raises(InputError, match=line):
        read_cell_table(tmp_path / "t.xlsx")


def test_tables_without_a_common_cell_are_refused(tmp_path):
    tables = [table(tmp_path, f"cell_id,x\n{name},1\n", f"{name}.csv") for name in ("10", "9")]
    with pytest.raises(InputError, match=r"^no cell has a row in each of 10\.csv, 9\.csv$"):
        joined(cells(), tables)


def test_fractions_are_no_identifiers(tmp_path):
    content = pd.DataFrame({"cell_id": [10.0, 9.0], "x": [1, 2]})
    line = r"^t\.parquet: column 'cell_id' holds fractions \(double\); identifiers must be text or whole numbers$"
    with pytest.raises(InputError, match=line):
        table(tmp_path, content, "t.parquet")


def test_a_table_larger_than_the_memory_is_refused(tmp_path, monkeypatch):
    from spacon import memory

    monkeypatch.setattr(memory, "available", lambda: 50)
    line = (
        r"^t\.csv: a table of 0 MB needs about 0\.0 GB of memory, but only 0\.0 GB is available here: leave out columns"
    )
    with pytest.raises(InputError, match=line):
        table(tmp_path, "cell_id,x\n10,1\n9,2\n008,3\na,4\n")
