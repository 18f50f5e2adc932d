"""What the report says in words and small tables, from a sample's results."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import yaml
from IPython.display import HTML

from spacon.graphs.graph import Graph, edge_count, out_degrees, self_loop_count
from spacon.report import tables
from spacon.report.training import late_fall


def introduction(spots: ad.AnnData, brought: int, clusterings: int) -> HTML:
    """Return what was clustered, of how many genes brought, and what alpha means."""
    return tables.paragraph(
        f"{spots.n_obs:,} spots, {spots.n_vars:,} genes used of {brought:,} brought, {clusterings} "
        f"{'clustering' if clusterings == 1 else 'clusterings'} by SpaCon. Each spot is described twice, by its genes "
        "together with those of its neighbours in space, and by its genes together with those of the spots it is wired "
        "to; clusters are of a mix of the two, alpha (0: neighbours in space only, 1: connections only)."
    )


def agreement(reference: pd.Series, key: str) -> HTML:
    """Return what the agreement with reference labels (text, some missing) of a column is."""
    return tables.paragraph(
        f"Agreement with the reference labels '{key}' is over the {reference.notna().sum():,} spots that have one: "
        "adjusted Rand index (0: chance, 1: the same) and normalised mutual information (0 to 1)."
    )


def data_facts(
    spots: ad.AnnData, found: Mapping[str, Any], parameters: Mapping[str, Any], reference: pd.Series | None
) -> HTML:
    """Return what was brought, from the spots, what validation found, the parameters and the reference labels."""
    facts = {
        "spots": f"{spots.n_obs:,}",
        "genes": f"{found['genes']:,}, of which {spots.n_vars:,} went into the model",
        "expression": f"from {found['expression_from']}: {tables.EXPRESSION[found['expression_values']]}",
        "coordinates": f"{found['coordinates']} ({found['dimensions']}-D)",
        "connectivity": found["connectivity"],
        "rows of connectivity": tables.MATCHED[found["connectivity_matched_by"]].format(**parameters),
    }
    if found["regions_within"] is not None:
        within, regions = found["regions_within"]
        facts["connectivity"] = f"between {regions:,} regions that have spots"
        facts["spots of one region"] = f"connected with each other in {within:,} of {regions:,} regions"
    if found["spots_without_connectivity"]:
        facts["spots without a row"] = f"{found['spots_without_connectivity']:,}, which have no connections"
    if parameters["section_key"]:
        names = found["sections"]
        facts["sections"] = f"{len(names):,}, by {parameters['section_key']}, in this order: {tables.cut_list(names)}"
    if reference is not None:
        facts["reference labels"] = (
            f"{parameters['reference_key']}: {reference.notna().sum():,} of {spots.n_obs:,} spots have one of "
            f"{len(reference.cat.categories):,} labels"
        )
    assumed = found["connectivity_matched_by"] == "order" and not parameters["example"]
    return tables.facts(facts, ["rows of connectivity"] if assumed else [])


def graph_table(graphs: Mapping[str, Graph]) -> HTML:
    """Return how many edges each graph has, and how many run out of a spot."""
    rows = []
    for name, graph in graphs.items():
        degree = out_degrees(graph)
        rows.append(
            {
                "graph": name,
                "edges": f"{edge_count(graph):,}",
                "self-loops": f"{self_loop_count(graph):,}",
                "edges out of a spot: median": np.median(degree),
                "fewest": degree.min(),
                "most": degree.max(),
            }
        )
    return tables.table(pd.DataFrame(rows))


def kept_fraction(kept: float) -> HTML:
    """Return how much of the connectivity became connections."""
    return tables.paragraph(
        f"Fraction of the connectivity's entries kept as connections, before self-loops were added: {kept:.6g}."
    )


def training(history: pd.DataFrame) -> list[HTML]:
    """Return how long training went on, and whether for long enough; one row of history per seed and epoch."""
    steps = int(history.groupby("seed")["steps"].sum().iloc[0])
    first, seeds = history.iloc[0], history["seed"].nunique()
    lines = [
        f"{history['epoch'].max()} epochs of {first['steps']} steps, {steps:,} in all, for each of "
        f"{seeds} {'seed' if seeds == 1 else 'seeds'}, on {first['device']} with {first['threads']} "
        f"{'thread' if first['threads'] == 1 else 'threads'}."
    ]
    fall = late_fall(history)
    if fall is not None:
        lines.append(
            f"Over the last tenth of the epochs the error fell by {fall:.1%} of its whole fall (the largest of all "
            "seeds). The curve should have flattened: if this is above some 5%, train longer (--epochs)."
        )
    return [tables.paragraph(line) for line in lines]


def versions(file: str) -> HTML:
    """Return the packages of all processes that a file of versions names, sorted."""
    packages: dict[str, str] = {}
    for of_process in yaml.safe_load(Path(file).read_text(encoding="utf-8")).values():
        packages.update(of_process)
    return tables.facts(dict(sorted(packages.items())))
