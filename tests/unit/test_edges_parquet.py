"""Lists of edges in Parquet: the same matrix as from text, names of neurons to their last digit."""

import numpy as np
import pandas as pd
import pytest

from spacon.errors import InputError
from spacon.readers.file import read_table

# Numbers as FlyWire has them, which no fraction tells apart.
ONE, TWO, THREE = 720575940600000001, 720575940600000002, 720575940600000003
EDGES = pd.DataFrame(
    {
        "pre_root_id": [ONE, TWO, ONE, THREE],
        "post_root_id": [TWO, ONE, TWO, THREE],
        "syn_count": [5, 1, 2, 9],
        "side": "l",
    }
)
NAMES = tuple(str(number) for number in (ONE, TWO, THREE))
MATRIX = [[0, 7, 0], [1, 0, 0], [0, 0, 9]]
CHANGED = {
    "numbers": lambda table: table,
    "numbers, some of which could be missing": lambda table: table.astype({"pre_root_id": "Int64"}),
    "texts": lambda table: table.astype({"pre_root_id": str, "post_root_id": str}),
    "categories": lambda table: table.astype(str).astype({"pre_root_id": "category", "post_root_id": "category"}),
    "weights as texts": lambda table: table.astype({"syn_count": str}),
    "small weights": lambda table: table.astype({"syn_count": np.int8}),
    "columns in another order": lambda table: table[["side", "syn_count", "post_root_id", "pre_root_id"]],
    "named rows": lambda table: table.set_index("pre_root_id").rename_axis("pre_root_id").reset_index(),
}


@pytest.mark.parametrize("change", CHANGED)
def test_repeated_pairs_are_summed(change, tmp_path):
    CHANGED[change](EDGES).to_parquet(tmp_path / "c.parquet", engine="pyarrow")
    found = read_table(tmp_path / "c.parquet")
    assert found.names == NAMES
    np.testing.assert_array_equal(found.values.toarray(), MATRIX)
    assert found.values.nnz == 3


def test_the_weight_is_chosen_or_1(tmp_path):
    EDGES.assign(area=0.5).to_parquet(tmp_path / "c.parquet")
    np.testing.assert_array_equal(
        read_table(tmp_path / "c.parquet", "area").values.toarray(), [[0, 1, 0], [0.5, 0, 0], [0, 0, 0.5]]
    )
    EDGES[["pre_root_id", "post_root_id"]].to_parquet(tmp_path / "c.parquet")
    np.testing.assert_array_equal(
        read_table(tmp_path / "c.parquet").values.toarray(), [[0, 2, 0], [1, 0, 0], [0, 0, 1]]
    )


REFUSED = {
    "no target": (EDGES[["pre_root_id", "side"]], None, "has no columns of sources and targets, such as source and"),
    "several weights": (EDGES.assign(weight=1), None, "several columns may be the weight (syn_count, weight): choose"),
    "no such weight": (EDGES, "syn_cuont", "has no column 'syn_cuont'; did you mean 'syn_count'?"),
    "no source": (EDGES.astype({"pre_root_id": "Int64"}).replace(THREE, pd.NA), None, "row 3 has no 'pre_root_id'"),
    "no weight": (EDGES.astype({"syn_count": "Int64"}).replace(9, pd.NA), None, "row 3 has '<NA>' for 'syn_count'"),
    "words": (EDGES.assign(syn_count=["1", "2", "many", "3"]), None, "row 2 has 'many' for 'syn_count'; a number is"),
}


@pytest.mark.parametrize(("table", "variable", "words"), REFUSED.values(), ids=REFUSED)
def test_refused_in_one_line(table, variable, words, tmp_path):
    table.to_parquet(tmp_path / "c.parquet")
    with pytest.raises(InputError) as raised:
        read_table(tmp_path / "c.parquet", variable)
    assert words in str(raised.value)
    assert str(raised.value).startswith("c.parquet: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "damage", [lambda content: b"", lambda content: content[:99], lambda content: b"PAR1" + content[9:]]
)
def test_a_damaged_file_is_refused_in_one_line(damage, tmp_path):
    EDGES.to_parquet(tmp_path / "whole.parquet")
    (tmp_path / "c.parquet").write_bytes(damage((tmp_path / "whole.parquet").read_bytes()))
    with pytest.raises(InputError, match=r"^c\.parquet: not a Parquet file that can be read \(.*\)$"):
        read_table(tmp_path / "c.parquet")
