"""Connectivity as text: which cells are names, and what is refused rather than guessed."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spacon.errors import InputError
from spacon.readers.file import read_table

AB = ("a", "b")
# What a file says, and the matrix and names that are read: [[1, 2], [3, 4]] unless another stands here.
RIGHT = {
    "numbers alone": ("c.csv", "1,2\n3,4\n", None),
    "tabs": ("c.tsv", "1\t2\n3\t4\n", None),
    "with blanks": ("c.csv", "1, 2\n 3,4\n", None),
    "an empty line": ("c.csv", "1,2\n\n3,4\n", None),
    "line ends of Windows, no last one": ("c.csv", "1,2\r\n3,4", None),
    "a mark before UTF-8": ("c.csv", "\ufeff1,2\n3,4\n", None),
    "names on both sides": ("c.csv", ",a,b\na,1,2\nb,3,4\n", AB),
    "a word in the corner": ("c.tsv", "Node\ta\tb\na\t1\t2\nb\t3\t4\n", AB),
    "no corner, as R writes it": ("c.csv", "a,b\na,1,2\nb,3,4\n", AB),
    "names above alone": ("c.csv", "a,b\n1,2\n3,4\n", AB),
    "names of rows alone": ("c.csv", "a,1,2\nb,3,4\n", AB),
    "columns in another order": ("c.csv", ",b,a\na,2,1\nb,4,3\n", AB),
    "names that are numbers": ("c.csv", ",0,1\n0,1,2\n1,3,4\n", ("0", "1")),
    "the same under a word": ("c.csv", "region,7,8\n7,1,2\n8,3,4\n", ("7", "8")),
    "a region named NA": ("c.csv", ",NA,b\nNA,1,2\nb,3,4\n", ("NA", "b")),
    "quoted names with commas": (
        "c.csv",
        ',"a, left","b, left"\n"a, left",1,2\n"b, left",3,4\n',
        ("a, left", "b, left"),
    ),
    "names in Chinese": ("c.csv", ",额叶,顶叶\n额叶,1,2\n顶叶,3,4\n", ("额叶", "顶叶")),
    "edges": ("c.csv", "pre,post,weight\na,a,1\na,b,2\nb,a,3\nb,b,4\n", AB),
    "edges in disorder, other columns": (
        "c.tsv",
        "nt\tTarget\tsyn_count\tSource\nx\tb\t4\tb\nx\ta\t3\tb\nx\tb\t2\ta\nx\ta\t1\ta\n",
        AB,
    ),
    "repeated edges": ("c.csv", "from,to,value\na,a,0.5\na,b,2\nb,a,3\nb,b,4\na,a,0.5\n", AB),
}


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    content = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


def read(path: Path, variable: str | None = None) -> tuple[list[list[float]], tuple[str, ...] | None]:
    table = read_table(path, variable)
    values = table.values if isinstance(table.values, np.ndarray) else table.values.toarray()
    return values.tolist(), table.names


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize(("name", "text", "names"), RIGHT.values(), ids=RIGHT)
def test_numbers_and_names(name, text, names, packed, tmp_path):
    assert read(written(tmp_path, name + packed, text)) == ([[1, 2], [3, 4]], names)


def test_edges_without_weights_are_counted(tmp_path):
    path = written(tmp_path, "c.csv", "pre,post\na,b\na,b\nb,a\n")
    assert read(path) == ([[0, 2], [1, 0]], AB)


def test_one_of_several_weights_is_chosen(tmp_path):
    path = written(tmp_path, "c.csv", "pre,post,count,strength\na,b,2,0.5\nb,a,3,0.25\n")
    assert read(path, "strength") == ([[0, 0.5], [0.25, 0]], AB)


@pytest.mark.parametrize("text", [",2\n3,\n", ",a,b\na,,2\nb,3,\n", "nan,2\n3,NaN\n"])
def test_an_empty_diagonal_is_no_corner(text, tmp_path):
    values, names = read(written(tmp_path, "c.csv", text))
    np.testing.assert_array_equal(values, [[np.nan, 2], [3, np.nan]])
    assert names == (AB if "b" in text else None)


def test_numbers_are_read_to_the_last_bit(tmp_path):
    random = np.random.default_rng(0).normal(size=(40, 40)) * 10.0 ** np.arange(-20, 20)
    text = "\n".join(",".join(map(repr, row)) for row in random.tolist())
    assert read(written(tmp_path, "c.csv", text))[0] == random.tolist()


WRONG = {
    "nothing": ("", "its first line is empty"),
    "not square": ("1,2\n3,4\n5,6\n7,8\n", "must be square, found shape (4, 2); if these are time series"),
    "names that are numbers, above alone": ("1,2\n3,4\n5,6\n", "3 rows of 2 numbers: if the first holds names, name"),
    "semicolons and a name with a comma": (
        "a, l;b\n1;2\n3;4\n",
        "the next 1; are its columns separated by semicolons? Commas are needed",
    ),
    "a longer line": ("1,2\n3,4\n5,6,7\n", "line 3 has 3 cells, those above 2"),
    "a shorter line": ("1,2,3\n4,5,6\n7,8\n", "line 3 has 2 cells, those above 3"),
    "a first line that is longer": ("1,2,3\n4,5\n", "its first line has 3 cells, the next 2"),
    "semicolons": ("1;2\n3;4\n", "its columns are separated by semicolons; commas are needed"),
    "tabs in .csv": ("1\t2\n3\t4\n", "its columns are separated by tabs; commas are needed"),
    "a word among numbers": ("1,2\n3,x\n", "could not convert string to float: 'x'"),
    "a name that repeats": (",a,a\na,1,2\nb,3,4\n", "column name 'a' appears 2 times; each needs its own"),
    "a name with no column": (",axx,b\naxy,1,2\nb,3,4\n", "row 'axy' has no column of its name; did you mean 'axx'?"),
    "an empty name": (",a,\na,1,2\n ,3,4\n", "row 1 has no name"),
    "edges with a longer line": ("pre,post,weight\na,b,1,2\n", "not a table of numbers that can be read"),
    "edges with a shorter line": ("pre,post,weight\na,b\n", "line 2 has '' for 'weight'; a number is needed"),
    "an edge without an end": ("pre,post,weight\na,b,1\na,,2\n", "line 3 has no 'post'"),
    "an edge of no number": ("pre,post,weight\na,b,strong\n", "line 2 has 'strong' for 'weight'; a number is needed"),
    "two weights": ("pre,post,weight,count\na,b,1,1\n", "(weight, count): choose by --connectivity_variable"),
    "edges and none": ("pre,post,weight\n", "connectivity has no rows"),
    "Latin letters of Windows": (",é,b\né,1,2\nb,3,4\n".encode("latin-1"), "not a table of numbers that can be read"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "not a table of numbers that can be read"),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG)
def test_refused_in_one_line(text, words, tmp_path):
    with pytest.raises(InputError) as raised:
        read(written(tmp_path, "c.csv", text))
    line = str(raised.value)
    assert line.startswith("c.csv: ")
    assert words in line
    assert "\n" not in line


def test_a_variable_of_a_matrix_or_of_no_column_is_refused(tmp_path):
    matrix, edges = written(tmp_path, "m.csv", "1,2\n3,4\n"), written(tmp_path, "e.csv", "pre,post,weight\na,b,1\n")
    with pytest.raises(InputError, match=r"m\.csv: holds one matrix: leave out --connectivity_variable"):
        read(matrix, "weight")
    with pytest.raises(InputError, match=r"e\.csv: has no column 'weigth'; did you mean 'weight'\?"):
        read(edges, "weigth")


def test_a_file_that_is_not_gzipped_is_refused(tmp_path):
    path = tmp_path / "c.csv.gz"
    path.write_text("1,2\n3,4\n")
    with pytest.raises(InputError, match=r"c\.csv\.gz: not a table of numbers that can be read \(Not a gzipped file"):
        read(path)


def regional(
    folder: Path, name: str, levels=(None, None), index=None, regions=("FRP", "MOp", "SSp"), lacking=()
) -> Path:
    """A table in the layout of Allen's regional model: from each region, to those of each hemisphere; made up."""
    columns = [("ipsi", region) for region in regions]
    columns += [("contra", region) for region in regions if region not in lacking]
    values = np.arange(len(regions) * len(columns)).reshape(len(regions), -1) / 8
    header = pd.MultiIndex.from_tuples(columns, names=levels)
    table = pd.DataFrame(values, pd.Index(regions, name=index), header)
    table.to_csv(folder / name, sep="\t" if ".tsv" in name else ",")
    return folder / name


# By hand: eighths counted along the rows of six columns, of which the first three are ipsi.
IPSI = [[0, 0.125, 0.25], [0.75, 0.875, 1], [1.5, 1.625, 1.75]]
CONTRA = [[0.375, 0.5, 0.625], [1.125, 1.25, 1.375], [1.875, 2, 2.125]]
REGIONS = ("FRP", "MOp", "SSp")


@pytest.mark.parametrize("name", ["c.csv", "c.tsv.gz"])
@pytest.mark.parametrize("levels", [(None, None), ("hemisphere", "acronym")])
@pytest.mark.parametrize("index", [None, "source"])
def test_a_block_under_two_rows_of_names(name, levels, index, tmp_path):
    path = regional(tmp_path, name, levels, index)
    assert read(path, "ipsi") == (IPSI, REGIONS)
    assert read(path, "contra") == (CONTRA, REGIONS)


def test_a_block_whose_regions_are_numbers_or_in_another_order(tmp_path):
    path = regional(tmp_path, "c.csv", regions=("184", "985", "322"))
    assert read(path, "contra") == (CONTRA, ("184", "985", "322"))
    path.write_text(",ipsi,contra,ipsi,contra\n,b,b,a,a\na,2,0,1,9\nb,4,9,3,0\n")
    assert read(path, "ipsi") == ([[1, 2], [3, 4]], AB)


def test_the_only_block_needs_no_name(tmp_path):
    path = written(tmp_path, "c.csv", ",ipsi,ipsi\n,a,b\na,1,2\nb,3,4\n")
    assert read(path) == read(path, "ipsi") == ([[1, 2], [3, 4]], AB)


def test_a_block_that_is_not_named_or_not_square_is_refused(tmp_path):
    path = regional(tmp_path, "c.csv", lacking=["MOp"])
    with pytest.raises(InputError) as raised:
        read(path)
    assert str(raised.value) == (
        "c.csv: has 2 blocks of columns under two rows of names: choose one by --connectivity_variable NAME; "
        "available: 'contra', 'ipsi'"
    )
    with pytest.raises(InputError, match=r"^c\.csv: has no columns under 'ispi'; did you mean 'ipsi'\? available: 'co"):
        read(path, "ispi")
    with pytest.raises(InputError, match=r"^c\.csv: has 2 columns under 'contra', but 3 rows: as many are needed$"):
        read(path, "contra")
    path.write_text(",ipsi,ipsi\n,a,c\na,1,2\nb,3,4\n")
    with pytest.raises(InputError, match=r"^c\.csv: row 'b' has no column of its name; "):
        read(path)
    path.write_text(",ipsi,ipsi\n,a,b\na,1,x\nb,3,4\n")
    with pytest.raises(InputError, match=r"^c\.csv: not a table of numbers that can be read \("):
        read(path)


@pytest.mark.parametrize("text", ["1,1,1\n1,1,1\n1,1,1\n", "0,1,1\n1,0,1\n1,1,0\n", ",1,1\n1,,1\n1,1,\n"])
def test_numbers_that_repeat_head_no_blocks(text, tmp_path):
    values, names = read(written(tmp_path, "c.csv", text))
    assert names is None
    assert np.nansum(values) == text.count("1")
