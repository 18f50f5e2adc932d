"""Tables of the report as HTML; every text from the user is escaped."""

import json
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import HTML


def heading(text: str, level: int = 2) -> HTML:
    """Return a heading."""
    return HTML(f"<h{level}>{escape(text)}</h{level}>")


def paragraph(text: str) -> HTML:
    """Return a paragraph of plain text."""
    return HTML(f"<p>{escape(text)}</p>")


def table(frame: pd.DataFrame) -> HTML:
    """Return a table; numbers are shown with three digits."""
    return HTML(frame.to_html(index=False, escape=True, border=0, na_rep="", float_format="{:.3g}".format))


# Short headings, so that the table fits a page.
COLUMNS = {
    "n_clusters": "clusters",
    "smallest_cluster": "smallest",
    "spatial_coherence": "spatial coherence",
    "connection_coherence": "connection coherence",
    "adjusted_rand_index": "ARI",
    "normalized_mutual_information": "NMI",
}


def metric_table(metrics: pd.DataFrame) -> HTML:
    """Return the metrics, one row a clustering."""
    shown = metrics.drop(columns=["clustering", "device"]).assign(
        refined=metrics["refined"].map({True: "yes", False: "no"}),
        resolution=metrics["resolution"].map("{:g}".format),  # in full, as it names the clustering
    )
    return table(shown.rename(columns=COLUMNS))


def facts(pairs: dict[str, Any]) -> HTML:
    """Return a table of two columns: what, and its value."""
    rows = (f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in pairs.items())
    return HTML(f'<table class="facts">{"".join(rows)}</table>')


def parameter_table(values: dict[str, Any], schema: Path) -> HTML:
    """Return every parameter by group of the schema; those that differ from their default stand out.

    A group of which no value is given is left out: where a run was computed.
    """
    rows = []
    for group in json.loads(schema.read_text())["$defs"].values():
        if not group["properties"].keys() & values.keys():
            continue
        rows.append(f'<tr class="group"><th colspan="3">{escape(group["title"])}</th></tr>')
        for name, described in group["properties"].items():
            if name not in values:
                continue
            value, default = values.get(name), described.get("default")
            changed = ' class="changed"' if value != default else ""
            shown = "not set" if value is None else str(value)
            rows.append(
                f"<tr{changed}><th>{escape(name)}</th><td>{escape(shown)}</td><td>{escape(described['description'])}</td></tr>"
            )
    return HTML(f'<table class="facts">{"".join(rows)}</table>')


def clustering_title(row: pd.Series) -> str:
    """Return what a map shows, in words, from its row of the metrics."""
    refined = ", refined" if row["refined"] else ""
    return (
        f"alpha {row['alpha']:g}, {row['method']} at resolution {row['resolution']:g}, seed {row['seed']}{refined}: "
        f"{row['n_clusters']} clusters"
    )
