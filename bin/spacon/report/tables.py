"""Tables and lists of the report as HTML, and what they are read from; every text from the user is escaped."""

import re
from collections.abc import Collection, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import HTML

from spacon.files import read_json

# Names such as NA and 001 are text in all tables; only an empty field of numbers is missing.
TEXT = dict.fromkeys(("sample", "clustering", "method", "device"), str)
# What no page may hold: control characters, halves of surrogate pairs, noncharacters.
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
LISTED = 10  # of many sections

# What was done with the values of the expression.
EXPRESSION = {
    "counts": "raw counts, scaled to 10,000 per spot, log(1 + x)",
    "lognormalised": "log-normalised as brought",
}
# How rows of the connectivity were matched to spots.
MATCHED = {
    "names of spots": "matched to spots by name",
    "names of regions": "matched by name to the regions of obs['{region_key}']",
    "index of places": "matched by number, from 0, to obs['{region_key}']",
    "order": "taken to be the spots in the order of the expression: nothing in the files tells whether they are",
}


def safe(text: object) -> str:
    """Return a text escaped for HTML; what is no text in a page is shown as a replacement character."""
    return escape(NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", str(text)))


def heading(text: str, level: int = 2) -> HTML:
    """Return a heading."""
    return HTML(f"<h{level}>{safe(text)}</h{level}>")


def paragraph(text: str) -> HTML:
    """Return a paragraph of plain text."""
    return HTML(f"<p>{safe(text)}</p>")


def links(targets: Mapping[str, str]) -> HTML:
    """Return a list of links: what is shown, and the path relative to the page, quoted as in a URL."""
    items = (f'<li><a href="{safe(path)}">{safe(name)}</a></li>' for name, path in targets.items())
    return HTML(f"<ul>{''.join(items)}</ul>")


def preformatted(text: str) -> HTML:
    """Return text as it stands, such as a command."""
    return HTML(f"<pre>{safe(text.strip())}</pre>")


def table(frame: pd.DataFrame) -> HTML:
    """Return a table; fractions are shown with three digits, texts in full, and nothing where a value is missing."""
    head = "".join(f"<th>{safe(name)}</th>" for name in frame.columns)
    rows = ("".join(f"<td>{safe(_shown(value))}</td>" for value in row) for row in frame.itertuples(index=False))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return HTML(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def _shown(value: object) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return str(value)


# Short headings, so that the table fits a page.
COLUMNS = {
    "n_clusters": "clusters",
    "n_clusters_wanted": "asked for",
    "smallest_cluster": "smallest",
    "spatial_coherence": "spatial coherence",
    "connection_coherence": "connection coherence",
    "adjusted_rand_index": "ARI",
    "normalized_mutual_information": "NMI",
}


def read_metrics(files: Sequence[str]) -> pd.DataFrame:
    """Read the metrics of some samples, one row per clustering; without files, an empty table."""
    tables = [pd.read_csv(file, dtype=TEXT, keep_default_na=False, na_values=[""]) for file in files]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(TEXT))


def read_texts(file: str, columns: Sequence[str]) -> pd.DataFrame:
    """Read a table of text alone, such as the notes; without a file, an empty one of these columns."""
    return pd.read_csv(file, dtype=str, keep_default_na=False) if file else pd.DataFrame(columns=list(columns))


def metric_table(metrics: pd.DataFrame) -> HTML:
    """Return the metrics, one row per clustering; columns without any value are left out."""
    shown = metrics.drop(columns=["clustering", "device"]).dropna(axis="columns", how="all")
    shown = shown.assign(
        refined=metrics["refined"].map({True: "yes", False: "no"}),
        resolution=metrics["resolution"].map("{:g}".format),  # in full, as it names the clustering
    )
    return table(shown.rename(columns=COLUMNS))


def notes_list(notes: pd.DataFrame) -> HTML:
    """Return what the stages have to say of a sample (columns stage, note)."""
    if notes.empty:
        return paragraph("Nothing unusual was found.")
    items = (
        f"<li>{safe(note)} <small>({safe(stage)})</small></li>"
        for stage, note in notes[["stage", "note"]].itertuples(index=False)
    )
    return HTML(f'<ul class="notes">{"".join(items)}</ul>')


def full_names(names: Mapping[int, str]) -> HTML:
    """Return the names that a figure shows in short, by their number there; folded if they are many, "" if none."""
    if not names:
        return HTML("")
    rows = [
        {"in the figure": f"#{number}", "name": name if name.strip() else "(blank)"} for number, name in names.items()
    ]
    opened = " open" if len(names) <= LISTED else ""
    return HTML(f"<details{opened}><summary>Names in full</summary>{table(pd.DataFrame(rows)).data}</details>")


def cut_list(names: Sequence[str]) -> str:
    """Return names with commas between them, the first `LISTED` of many."""
    more = f" and {len(names) - LISTED:,} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


def source_lines(value: Any) -> list[str]:
    """Return the lines of a source: a text or a list of texts; none if it is anything else."""
    found = np.asarray(value, dtype=object)
    lines = found.ravel().tolist()
    return lines if found.ndim < 2 and all(isinstance(line, str) for line in lines) else []


def values_of(listed: Any) -> list[str]:
    """Return a parameter's values: of a list, or of text with commas."""
    texts = map(str, listed) if isinstance(listed, list) else str(listed).split(",")
    return [text.strip() for text in texts]


def in_order_of(metrics: pd.DataFrame, column: str, listed: Any) -> pd.DataFrame:
    """Return the rows of metrics in the order in which a parameter lists the numbers of a column."""
    place = {float(value): number for number, value in enumerate(values_of(listed))}
    return metrics.sort_values(column, key=lambda found: found.map(place), kind="stable", ignore_index=True)


def facts(pairs: dict[str, Any], doubtful: Collection[str] = ()) -> HTML:
    """Return a table of two columns: what, and its value; in red where it is doubtful."""
    doubt = ' class="doubtful"'
    rows = (
        f"<tr{doubt if name in doubtful else ''}><th>{safe(name)}</th><td>{safe(value)}</td></tr>"
        for name, value in pairs.items()
    )
    return HTML(f'<table class="facts">{"".join(rows)}</table>')


def parameter_table(values: dict[str, Any], schema: Path, own: Collection[str] = ()) -> HTML:
    """Return every parameter by group of the schema; those that differ from their default stand out.

    A group of which no value is given is left out: where a run was computed. The sample's own parameters are marked.
    """
    rows = []
    for group in read_json(schema)["$defs"].values():
        if not group["properties"].keys() & values.keys():
            continue
        rows.append(f'<tr class="group"><th colspan="3">{safe(group["title"])}</th></tr>')
        for name, described in group["properties"].items():
            if name not in values:
                continue
            value, default = values[name], described.get("default")
            value = ",".join(map(str, value)) if isinstance(value, list) else value
            changed = ' class="changed"' if value != default else ""
            shown = safe(setting(value)) + (" <small>(for this sample)</small>" if name in own else "")
            rows.append(
                f"<tr{changed}><th>{safe(name)}</th><td>{shown}</td><td>{safe(described['description'])}</td></tr>"
            )
    return HTML(f'<table class="facts">{"".join(rows)}</table>')


def setting(value: Any) -> str:
    """Return the value of a parameter as it is shown."""
    return "not set" if value is None else str(value)


def own_parameter_table(own: Mapping[str, Mapping[str, Any]]) -> HTML:
    """Return the parameters that samples have of their own, a row per sample; nothing where a sample has the run's."""
    shown = {sample: {name: setting(value) for name, value in found.items()} for sample, found in own.items()}
    return table(pd.DataFrame([{"sample": sample} | values for sample, values in shown.items()]))


def clustering_title(row: pd.Series) -> str:
    """Return what a map shows, in words, from its row of the metrics."""
    refined = ", refined" if row["refined"] else ""
    return (
        f"alpha {row['alpha']:g}, {row['method']} at resolution {row['resolution']:g}, seed {row['seed']}{refined}: "
        f"{row['n_clusters']} clusters"
    )
