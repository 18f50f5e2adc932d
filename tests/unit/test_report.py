"""Texts of the user stay texts in the report's HTML."""

import json
import re
from html.parser import HTMLParser

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from spacon.report import texts
from spacon.report.tables import (
    clustering_title,
    cut_list,
    facts,
    full_names,
    heading,
    in_order_of,
    links,
    metric_table,
    notes_list,
    own_parameter_table,
    paragraph,
    parameter_table,
    preformatted,
    read_metrics,
    read_texts,
    source_lines,
    table,
    values_of,
)

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
        preformatted(EVIL),
        links({EVIL: EVIL}),
        notes_list(pd.DataFrame({"stage": [EVIL], "note": [EVIL]})),
        full_names({1: EVIL}),
        parameter_table({"key": EVIL}, schema),
    ]
    for page in pages:
        assert "<script" not in page.data
        assert "&lt;script&gt;" in page.data
        assert "</script>&amp;" not in page.data
        assert "&amp;" in page.data


def test_table_shows_three_digits_and_nothing_for_missing():
    found = table(pd.DataFrame({"a": [0.123456, float("nan")], "b": [3, 4]})).data
    assert "<td>0.123</td>" in found
    assert "<td></td>" in found
    assert "<td>3</td>" in found


def changed_names(page):
    return [row.split("<th>")[1].split("</th>")[0] for row in page.data.split("<tr") if 'class="changed"' in row]


def test_changed_parameters_stand_out(schema):
    assert changed_names(parameter_table({"epochs": 20, "threshold": 0.0, "key": "area"}, schema)) == ["epochs", "key"]
    assert changed_names(parameter_table({"epochs": 10, "threshold": 0.0, "key": None}, schema)) == []
    assert "<td>not set</td>" in parameter_table({"epochs": 10, "threshold": 0.0, "key": None}, schema).data


def test_a_sample_s_own_parameters_are_marked(schema):
    page = parameter_table({"epochs": 20, "threshold": 0.0, "key": None}, schema, ["threshold", "key"]).data
    marked = re.findall(r"<th>(\w+)</th><td>([^<]*) <small>\(for this sample\)</small></td>", page)
    assert marked == [("threshold", "0.0"), ("key", "not set")]
    assert page.count("for this sample") == 2


def test_the_parameters_of_single_samples_are_a_table():
    own = {"a": {"threshold": 0.3, "key": None}, "001": {"other": EVIL, "threshold": 2}}
    rows = re.findall(r"<t[hd]>(.*?)</t[hd]>", own_parameter_table(own).data)
    assert rows == [
        *("sample", "threshold", "key", "other"),
        *("a", "0.3", "not set", ""),
        *("001", "2", "", "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&amp;"),
    ]


def test_zero_written_otherwise_is_no_change(schema):
    assert changed_names(parameter_table({"epochs": 10, "threshold": 0, "key": None}, schema)) == []


def test_title_of_a_map():
    row = pd.Series({"alpha": 0.5, "method": "leiden", "resolution": 0.6, "seed": 1, "refined": True, "n_clusters": 12})
    assert clustering_title(row) == "alpha 0.5, leiden at resolution 0.6, seed 1, refined: 12 clusters"


class Texts(HTMLParser):
    """What a browser shows of a page: its texts and the names of its tags."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


@given(st.text())
def test_any_text_comes_back_from_the_page(text):
    found = Texts(paragraph(text).data)
    assert found.tags == ["p"]
    shown = "".join(found.texts)
    assert len(shown) == len(text)
    assert all(one in (other, "\N{REPLACEMENT CHARACTER}") for one, other in zip(shown, text, strict=True))


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800", "\ufffe", "\uffff"])
def test_what_no_page_may_hold_is_replaced(character):
    assert paragraph(f"a{character}b").data == "<p>a\N{REPLACEMENT CHARACTER}b</p>"


def test_long_texts_and_long_tables_are_shown_in_full():
    frame = pd.DataFrame({"reason": ["y" * 4000] * 200, "stage": ["train\nx"] * 200})
    found = Texts(table(frame).data)
    assert found.texts.count("y" * 4000) == 200
    assert found.tags.count("tr") == 201


def test_large_fractions_are_no_powers_of_ten():
    assert "<td>1,707</td><td>12</td>" in table(pd.DataFrame({"a": [1707.0], "b": [12.0]})).data


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("a text", ["a text"]),
        ("", [""]),
        (["one", "two"], ["one", "two"]),
        (np.array(["one", "two"], dtype=object), ["one", "two"]),
        (np.array(["one"]), ["one"]),
        (np.array("scalar"), ["scalar"]),
        (pd.array(["one", "two"], dtype="string"), ["one", "two"]),
        ([], []),
        (5, []),
        (2.5, []),
        (True, []),
        (None, []),
        (b"bytes", []),
        ([1, 2], []),
        (["one", 2], []),
        (["one", None], []),
        ([["one"], ["two", "three"]], []),
        ({"one": "two"}, []),
        (np.array([["one"]]), []),
        (sp.identity(2), []),
        (pd.DataFrame({"a": ["one"]}), []),
    ],
    ids=str,
)
def test_a_source_is_a_text_or_a_list_of_texts_or_ignored(value, lines):
    assert source_lines(value) == lines


METRICS = """sample,clustering,seed,alpha,method,resolution,refined,n_clusters,n_clusters_wanted,smallest_cluster,device
{sample},a,1,0.5,leiden,0.6,False,4,{wanted},1,cpu
{sample},b,1,0.5,leiden,0.6,True,3,{wanted},2,cpu
"""


def test_names_of_samples_stay_text(tmp_path):
    names = ["NA", "null", "001", "1e3", "True", "None", "nan", "-"]
    for name in names:
        (tmp_path / f"{name}.csv").write_text(METRICS.format(sample=name, wanted=""))
    metrics = read_metrics([str(tmp_path / f"{name}.csv") for name in names])
    assert metrics["sample"].tolist() == [name for name in names for _ in range(2)]
    assert metrics["refined"].tolist() == [False, True] * 8
    shown = Texts(metric_table(metrics).data).texts
    assert [text for text in shown if text in names] == [name for name in names for _ in range(2)]
    assert "asked for" not in shown


def test_the_number_of_clusters_asked_for_stands_beside_the_number_found(tmp_path):
    (tmp_path / "one.csv").write_text(METRICS.format(sample="one", wanted="12"))
    (tmp_path / "two.csv").write_text(METRICS.format(sample="two", wanted=""))
    page = metric_table(read_metrics([str(tmp_path / "one.csv"), str(tmp_path / "two.csv")])).data
    assert "<th>clusters</th><th>asked for</th>" in page
    assert "<td>4</td><td>12</td><td>1</td>" in page
    assert "<td>4</td><td></td><td>1</td>" in page


def test_without_files_there_are_no_metrics_and_no_texts():
    assert len(read_metrics([])) == 0
    assert read_texts("", ["sample", "stage"]).columns.tolist() == ["sample", "stage"]


def test_notes_are_a_list_or_a_word(tmp_path):
    (tmp_path / "notes.csv").write_text('stage,note\ntrain,"say ""hello"", now"\nNA,007\n')
    notes = read_texts(str(tmp_path / "notes.csv"), ["stage", "note"])
    found = Texts(notes_list(notes).data)
    assert found.tags == ["ul", "li", "small", "li", "small"]
    assert found.texts == ['say "hello", now ', "(train)", "007 ", "(NA)"]
    (tmp_path / "notes.csv").write_text("stage,note\n")
    assert notes_list(read_texts(str(tmp_path / "notes.csv"), ["stage", "note"])).data == (
        "<p>Nothing unusual was found.</p>"
    )


def test_names_in_full_are_folded_when_many():
    assert full_names({}).data == ""
    assert full_names({3: "long", 4: ""}).data.startswith("<details open>")
    assert Texts(full_names({3: "long", 4: ""}).data).texts[-4:] == ["#3", "long", "#4", "(blank)"]
    assert full_names(dict.fromkeys(range(11), "long")).data.startswith("<details><summary>")


@pytest.mark.parametrize(
    ("names", "shown"), [([], ""), (["a"], "a"), ([*"abcdefghij"], "a, b, c, d, e, f, g, h, i, j")]
)
def test_few_names_are_listed(names, shown):
    assert cut_list(names) == shown


def test_of_many_names_the_first_are_listed():
    assert cut_list([str(number) for number in range(1234)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 1,224 more"


@pytest.mark.parametrize("value", ["7,8", " 7 , 8", [7, 8], ["7", "8"]])
def test_the_values_of_a_parameter(value):
    assert values_of(value) == ["7", "8"]
    assert values_of(7) == ["7"]


def test_rows_come_in_the_order_of_a_parameter():
    metrics = pd.DataFrame({"alpha": [0.0, 0.5, 1.0, 0.5], "clustering": list("abcd")})
    assert in_order_of(metrics, "alpha", "0.50,0,1")["clustering"].tolist() == ["b", "d", "a", "c"]


def test_a_list_is_shown_as_it_is_typed(tmp_path):
    described = {"type": "string", "default": "0.5,1", "description": "Mixes."}
    path = tmp_path / "schema.json"
    path.write_text(json.dumps({"$defs": {"group": {"title": "Group", "properties": {"alphas": described}}}}))
    assert changed_names(parameter_table({"alphas": [0.5, 1]}, path)) == []
    assert "<td>0,1</td>" in parameter_table({"alphas": [0, 1]}, path).data


@pytest.mark.parametrize(
    ("matched", "example", "words", "is_red"),
    [
        ("names of spots", None, "matched to spots by name", False),
        ("names of regions", None, "matched by name to the regions of obs[&#x27;a&lt;b&#x27;]", False),
        ("index of places", None, "matched by number, from 0, to obs[&#x27;a&lt;b&#x27;]", False),
        ("order", None, "taken to be the spots in the order of the expression", True),
        ("order", "celegans", "taken to be the spots in the order of the expression", False),
    ],
)
def test_an_order_that_nothing_confirms_is_said_in_red(matched, example, words, is_red):
    found = {"genes": 3, "expression_from": "X", "expression_values": "counts", "coordinates": "x,y", "dimensions": 2}
    found |= {"connectivity": "dense", "connectivity_matched_by": matched, "spots_without_connectivity": 1200}
    found["regions_within"] = (2, 3000) if "regions" in matched else None
    parameters = {"section_key": None, "region_key": "a<b", "example": example}
    page = texts.data_facts(ad.AnnData(np.ones((2, 2))), found, parameters, None).data
    red = ' class="doubtful"' if is_red else ""
    assert f"<tr{red}><th>rows of connectivity</th><td>{words}" in page
    assert page.count("doubtful") == is_red
    assert "<td>1,200, which have no connections</td>" in page
    assert ("<td>connected with each other in 2 of 3,000 regions</td>" in page) == ("regions" in matched)
