"""Columns of the table of spots."""

import anndata
import numpy as np
import pandas as pd
import pytest

from spacon.cli.options import list_of
from spacon.data.columns import sections
from spacon.errors import InputError


def test_a_spot_without_a_section_is_named():
    obs = pd.DataFrame({"slice": ["1", None, "2"]}, index=["a", "b", "c"])
    spots = anndata.AnnData(np.ones((3, 2), dtype=np.float32), obs=obs)
    with pytest.raises(InputError, match=r"^x\.h5ad: spot 'b' has no section in obs\['slice'\]$"):
        sections(spots, "slice", "x.h5ad")


def test_sections_are_text_whatever_their_type():
    obs = pd.DataFrame({"slice": [10, 9, 10]}, index=["a", "b", "c"])
    spots = anndata.AnnData(np.ones((3, 2), dtype=np.float32), obs=obs)
    assert sections(spots, "slice", "x.h5ad").tolist() == ["10", "9", "10"]


def test_a_list_may_have_spaces_after_its_commas():
    assert list_of(str)(None, None, "b, a ,c") == ["b", "a", "c"]
    assert list_of(int)(None, None, "256, 128,32") == [256, 128, 32]
