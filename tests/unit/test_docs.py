"""The documentation says what is so: parameters, links, and the example of a sample of one's own."""

import importlib
import json
import re
import runpy
import subprocess
import sys

import pytest
import yaml
from tests.unit.conftest import ROOT

PAGES = sorted(
    [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")), *(ROOT / "docs").glob("*.md")]
)
SCHEMA = json.loads((ROOT / "nextflow_schema.json").read_text())
NAMES = {name for group in SCHEMA["$defs"].values() for name in group["properties"]}
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def blocks(text, *languages):
    """The fenced blocks in one of the languages."""
    return [block for language, block in FENCE.findall(text) if language in languages]


def anchors(text):
    """The anchors that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.*)", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_page_of_parameters_is_what_the_schema_gives():
    made = runpy.run_path(str(ROOT / "docs" / "make_parameters.py"))["page"](SCHEMA)
    assert (ROOT / "docs" / "parameters.md").read_text() == made, "run: python docs/make_parameters.py"


def test_the_page_of_troubleshooting_is_what_the_corpus_gives():
    made = runpy.run_path(str(ROOT / "docs" / "make_troubleshooting.py"))["page"]()
    assert (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8") == made, (
        "run: python docs/make_troubleshooting.py"
    )


def test_the_table_of_columns_is_what_the_providers_layouts_give():
    text = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    made = runpy.run_path(str(ROOT / "docs" / "make_data.py"))["page"](text)
    assert text == made, "run: python docs/make_data.py"
    assert "| Xenium | `cells.*` | `cell_id` | `x_centroid`, `y_centroid` | µm |" in made


@each_page
def test_relative_links_lead_somewhere(page):
    text = FENCE.sub("", page.read_text())
    for link in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"(?:src|href)=\"([^\"]+)\"", text):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        file = page.parent / target if target else page
        assert file.exists(), link
        assert not (anchor and file.suffix == ".md") or anchor in anchors(file.read_text()), link


@each_page
def test_parameters_that_are_named_exist(page):
    text = page.read_text()
    # Pages also speak of the options of these scripts.
    build = {
        name
        for script in ("build", "tag")
        for name in re.findall(r"--([a-z-]+)", (ROOT / "containers" / script).read_text())
    }
    commands = [
        line for block in blocks(text, "", "bash", "sh", "console") for line in block.replace("\\\n", " ").splitlines()
    ]
    code = [line for line in commands if "nextflow run" in line] + re.findall(r"`([^`\n]*)`", FENCE.sub("", text))
    named = {name for piece in code for name in re.findall(r"(?<!\S)--([A-Za-z][\w-]*)", piece)}
    # Quoted as an example of a wrong name, by the message that corrects it.
    wrong = set(re.findall(r"unknown parameter --([\w-]+);", text))
    assert named - wrong - build <= NAMES
    for block in blocks(text, "yaml"):
        assert set(yaml.safe_load(block)) <= NAMES


@each_page
def test_messages_that_are_quoted_stand_in_the_code(page):
    """Those of files are held by the corpus, from which their page is made; others are in tables of messages."""
    if page.name == "troubleshooting.md":
        return
    code = "".join(file.read_text() for file in (ROOT / "modules" / "functions").glob("*.nf"))
    table = re.search(r"^\| message \|.*\n\|[ -|]+\n((?:\|.*\n)+)", page.read_text(), re.MULTILINE)
    rows = re.findall(r"^\| `([^`]+)` \|", table[1], re.MULTILINE) if table else []
    assert page.name != "usage.md" or len(rows) >= 2
    for message in rows:
        words = [part.strip() for part in re.split(r"\.\.\.|--\w+", message) if len(part.strip()) > 8]
        assert words, message
        assert all(part in code for part in words), message


def test_the_example_makes_a_valid_sample(tmp_path):
    (example,) = blocks((ROOT / "docs" / "usage.md").read_text(), "python")
    subprocess.run([sys.executable, "-c", example], cwd=tmp_path, check=True)
    header, row = (tmp_path / "samples.csv").read_text().splitlines()
    sample = dict(zip(header.split(","), row.split(","), strict=True))
    defaults = {
        name: each.get("default") for group in SCHEMA["$defs"].values() for name, each in group["properties"].items()
    }
    required = [option.name for option in importlib.import_module("validate").main.params if option.required]
    named = {name: defaults[name] for name in required if name in defaults}
    options = ["--no-reconstruction"] if named.pop("reconstruction") is False else ["--reconstruction"]
    options += [part for name, value in named.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    files = [
        "--expression",
        sample["expression"],
        "--connectivity",
        sample["connectivity"],
        "--output",
        "validated.json",
    ]
    command = [sys.executable, ROOT / "bin" / "validate.py", *files, *options]
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    found = json.loads((tmp_path / "validated.json").read_text())
    assert (found["expression_values"], found["coordinates"], found["connectivity"]) == ("counts", "spatial", "dense")


def test_every_statement_of_what_this_is_says_the_same():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    deposit = json.loads((ROOT / ".zenodo.json").read_text())
    assert {name: deposit[name] for name in ("title", "version", "license")} == {
        name: citation[name] for name in ("title", "version", "license")
    }
    assert [author["name"] for author in deposit["creators"]] == [author["name"] for author in citation["authors"]]
    manifest = (ROOT / "nextflow.config").read_text()
    assert f"version = '{citation['version']}'" in manifest
    project = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{citation["version"]}"' in project
