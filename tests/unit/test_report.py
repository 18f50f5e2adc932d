"""Texts of the user stay texts in the report's HTML."""

import json

import pandas as pd
import pytest

from spacon.report import clustering_title, facts, heading, paragraph, parameter_table, table

EVIL = "<script>alert('x')</script>&"


@pytest.fixture
def schema(tmp_path):
    properties = {
        "epochs": {"type": "integer", "default": 10, "description": "Passes."},
        "threshold": {"type": "number", "default": 0.0, "description": "Above it."},
        "key": {"type": "string", "description": f"A column {EVIL}."},
    }
    path = tmp_path / "schema.json"
    path.write_text(json.dumps({"$defs": {"group": {"title": f"Group {EVIL}", "properties": properties}}}))
    return path


def test_every_text_is_escaped(schema):
    pages = [
        heading(EVIL),
        paragraph(EVIL),
        table(pd.DataFrame({EVIL: [EVIL]})),
        facts({EVIL: EVIL}),
        parameter_table({"key": EVIL}, schema),
    ]
    for page in pages:
        assert "<script" not in page.data and "&lt;script&gt;" in page.data
        assert "</script>&amp;" not in page.data and "&amp;" in page.data


def test_table_shows_three_digits_and_nothing_for_missing():
    found = table(pd.DataFrame({"a": [0.123456, float("nan")], "b": [3, 4]})).data
    assert "<td>0.123</td>" in found and "<td></td>" in found and "<td>3</td>" in found


def changed_names(page):
    return [row.split("<th>")[1].split("</th>")[0] for row in page.data.split("<tr") if 'class="changed"' in row]


def test_changed_parameters_stand_out(schema):
    assert changed_names(parameter_table({"epochs": 20, "threshold": 0.0, "key": "area"}, schema)) == ["epochs", "key"]
    assert changed_names(parameter_table({"epochs": 10, "threshold": 0.0, "key": None}, schema)) == []
    assert "<td>not set</td>" in parameter_table({"epochs": 10, "threshold": 0.0, "key": None}, schema).data


def test_zero_written_otherwise_is_no_change(schema):
    assert changed_names(parameter_table({"epochs": 10, "threshold": 0, "key": None}, schema)) == []


def test_title_of_a_map():
    row = pd.Series({"alpha": 0.5, "method": "leiden", "resolution": 0.6, "seed": 1, "refined": True, "n_clusters": 12})
    assert clustering_title(row) == "alpha 0.5, leiden at resolution 0.6, seed 1, refined: 12 clusters"
