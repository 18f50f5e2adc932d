"""Tables of places: every form gives the same places, and what is none is refused in one line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spacon.alignment.places import read_places
from spacon.errors import InputError

POSITIONS = np.array([[0.5, 1, 2], [3, 4, 5.25], [6, 7, 8]])
LONG = "1019171907102340387021063550404"  # as a number, another


def table(**more) -> pd.DataFrame:
    return pd.DataFrame({"x": POSITIONS[:, 0], "y": POSITIONS[:, 1], "z": POSITIONS[:, 2], **more})


def write(folder: Path, form: str, frame: pd.DataFrame) -> Path:
    path = folder / f"places.{form}"
    match form:
        case "parquet":
            frame.to_parquet(path)
        case "npy":
            np.save(path, frame[["x", "y", "z"]].to_numpy())
        case _:
            frame.to_csv(path, sep="\t" if form.startswith("tsv") else ",", index=False)
    return path


@pytest.mark.parametrize("form", ["csv", "csv.gz", "tsv", "tsv.gz", "parquet", "npy"])
def test_every_form_gives_the_same_places(form, tmp_path):
    found = read_places(write(tmp_path, form, table()))
    np.testing.assert_array_equal(found.positions, POSITIONS)
    assert found.names.tolist() == ["0", "1", "2"]
    assert found.section is None


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_names_and_sections_are_text(form, tmp_path):
    frame = table(Name=[LONG, " b", "c"], brain_section_label=[7, 8, 8])
    found = read_places(write(tmp_path, form, frame), "brain_section_label")
    assert found.names.tolist() == [LONG, "b", "c"]
    assert found.section.tolist() == ["7", "8", "8"]


def test_an_index_that_pandas_wrote_names_the_places(tmp_path):
    table().set_axis([5, 6, 7]).to_csv(tmp_path / "places.csv")
    assert read_places(tmp_path / "places.csv").names.tolist() == ["5", "6", "7"]


@pytest.mark.parametrize("name", ["id", None])
def test_an_index_in_parquet_names_the_places(name, tmp_path):
    table().set_axis(pd.Index(["r", "s", "t"], name=name)).to_parquet(tmp_path / "places.parquet")
    assert read_places(tmp_path / "places.parquet").names.tolist() == ["r", "s", "t"]


def test_two_coordinates_and_a_section_by_its_usual_name(tmp_path):
    frame = table(section=["a", "b", "c"]).drop(columns="z")
    found = read_places(write(tmp_path, "csv", frame), "another")
    np.testing.assert_array_equal(found.positions, POSITIONS[:, :2])
    assert found.section.tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_only_columns_of_numbers_are_the_coordinates(form, tmp_path):
    frame = table().set_axis(["A_P", "D_V", "M_L"], axis=1).assign(id=["r1", "r2", "r3"], color=["red", "blue", ""])
    np.testing.assert_array_equal(read_places(write(tmp_path, form, frame)).positions, POSITIONS)


REFUSED = {
    "no coordinates": (
        table().set_axis(["a", "b", "c"], axis=1).assign(volume=1.0),
        "which columns are the coordinates? Name them x, y and, if there are three, z; found a, b, c, volume",
    ),
    "a word among numbers": (table().assign(y=["1", "two", "3"]), "the coordinates of place 1 (from 0) are not finite"),
    "an empty cell": (table().assign(z=[1, 2, np.nan]), "the coordinates of place 2 (from 0) are not finite numbers"),
    "names that repeat": (table(name=["a", "b", "a"]), "place 2 (from 0) has the name 'a' of an earlier one"),
    "no name": (
        table(name=["a", "", "c"]),
        "place 1 (from 0) has no name; each needs its own: leave out the column 'name'",
    ),
    "no section": (table(section=["a", "", "c"]), "place '1' has no section in 'section'"),
    "no rows": (table().head(0), "has no places"),
    "a column twice": (table(X=1.0), "two columns have the same name: x, y, z, X"),
}


@pytest.mark.parametrize(("frame", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(frame, words, tmp_path):
    with pytest.raises(InputError) as raised:
        read_places(write(tmp_path, "csv", frame))
    assert str(raised.value).startswith(f"places.csv: {words}")
    assert "\n" not in str(raised.value)


TEXTS = {
    "places.xlsx": (b"PK", "places must be a file of one of these kinds: .csv, .csv.gz, .tsv, .tsv.gz, .parquet, .npy"),
    "places.csv": (b"x,y\n1,2\n3\n", "row 3 has 1 cells, the first 2"),
    "places.csv.gz": (b"x,y\n1,2\n", "not a table of places that can be read (Not a gzipped file"),
    "places.parquet": (b"x,y\n1,2\n", "not a table of places that can be read ("),
    "places.npy": (b"x,y\n1,2\n", "not a table of places that can be read ("),
    "empty.csv": (b"", "which columns are the coordinates?"),
}


@pytest.mark.parametrize(("name", "content", "words"), [(key, *value) for key, value in TEXTS.items()], ids=TEXTS)
def test_files_that_are_no_tables_are_refused_in_one_line(name, content, words, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as raised:
        read_places(tmp_path / name)
    assert str(raised.value).startswith(f"{name}: {words}")
    assert "\n" not in str(raised.value)


def test_an_archive_named_npy_is_refused(tmp_path):
    with (tmp_path / "p.npy").open("wb") as file:
        np.savez(file, positions=POSITIONS)
    with pytest.raises(InputError, match=r"^p\.npy: not a NumPy array file but an archive of arrays$"):
        read_places(tmp_path / "p.npy")


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (np.zeros(3), "float64 (3,)"),
        (np.zeros((3, 4)), "float64 (3, 4)"),
        (np.zeros((3, 2), complex), "complex128 (3, 2)"),
    ],
)
def test_arrays_of_other_shapes_are_refused(values, found, tmp_path):
    np.save(tmp_path / "p.npy", values)
    with pytest.raises(InputError) as raised:
        read_places(tmp_path / "p.npy")
    assert str(raised.value) == f"p.npy: places must be numbers of shape (m, 2) or (m, 3), found {found}"
