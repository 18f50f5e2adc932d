"""Notes on graphs that say little or nothing. One line each: a number, and what to change."""

import numpy as np

from spacon.connectivity.forms import Connectivity, Factored
from spacon.counts import of_all
from spacon.graphs.graph import Graph, edge_count, in_degrees, out_degrees, self_loops
from spacon.parameters import ConnectionRule

# From these shares on a graph is called out: so many spots without an edge, so many of all pairs joined.
LONELY, FULL = 0.1, 0.5
# Fewer connections than this, in the median, say little of a spot.
FEW = 2
# Rows of connectivity that are looked at to suggest a threshold, and entries of all of them at most, evenly spaced.
SAMPLED_ROWS, SAMPLED_ENTRIES = 200, 2_000_000
# From exp of this on, weights by distance alone decide what is kept.
STEEP = 20.0


def spatial_notes(graph: Graph, rule: str) -> list[str]:
    """Return notes on a spatial graph, (n, n); `rule` is the parameter that decides how far it reaches."""
    n, lonely = len(out_degrees(graph)), int(isolated(graph).sum())
    notes = []
    if lonely >= LONELY * n:
        share = f"({lonely / n:.0%})"
        have = of_all(lonely, n, "spot", f"{share} has", f"{share} have")
        known = "it is known by its own genes" if lonely == 1 else "they are known by their own genes"
        notes.append(f"{have} no neighbour in the spatial graph: at alpha near 0 {known} alone; raise --{rule}")
    return notes + full_note(graph, "spatial graph", f"lower --{rule}")


def connection_notes(graph: Graph, connectivity: Connectivity, rule: ConnectionRule) -> list[str]:
    """Return notes on a connection graph, (n, n), made of connectivity by a rule."""
    threshold = rule.connectivity_threshold
    n, lonely = len(out_degrees(graph)), int(isolated(graph).sum())
    middle = float(np.median(out_degrees(graph) - self_loops(graph)))
    tenth = "" if rule.distance_decay is not None else upper_tenth(connectivity)
    notes = []
    if lonely >= LONELY * n or middle < FEW:
        share = f"({lonely / n:.0%})"
        have = of_all(lonely, n, "spot", f"{share} has", f"{share} have")
        notes.append(
            f"the connection graph says little: {have} no connection to another spot, and the median spot projects to "
            f"{middle:g}; at alpha near 1 clusters rest on connections alone; "
            f"lower --connectivity_threshold ({threshold:g} now{tenth})"
        )
    cure = f"raise --connectivity_threshold ({threshold:g} now{tenth})"
    if not isinstance(connectivity, Factored):  # whose spots of a region have equal entries, which it would cut among
        cure += " or set --retained_fraction 0.1"
    return notes + full_note(graph, "connection graph", cure)


def isolated(graph: Graph) -> np.ndarray:
    """Return which spots have no edge from or to another spot: a mask, (n,)."""
    return in_degrees(graph) + out_degrees(graph) == 2 * self_loops(graph)


def full_note(graph: Graph, name: str, cure: str) -> list[str]:
    """Return a note where a graph joins so many pairs that it tells no spot from another."""
    loops = self_loops(graph)
    n, joined = len(loops), edge_count(graph) - int(loops.sum())
    if joined <= FULL * n * (n - 1):
        return []
    return [f"the {name} joins {joined / (n * (n - 1)):.0%} of all pairs of spots and hardly tells them apart; {cure}"]


def upper_tenth(connectivity: Connectivity) -> str:
    """Return, in words, the number that a tenth of the entries lie above, of evenly spaced rows; nothing if none do."""
    n = connectivity.n
    rows = np.unique(np.linspace(0, n - 1, min(n, SAMPLED_ROWS)).astype(int))
    step = -(-len(rows) * n // SAMPLED_ENTRIES)
    values = np.concatenate([np.delete(connectivity.rows(row, row + 1)[0], row)[::step] for row in rows.tolist()])
    tenth = float(np.quantile(values.astype(np.float64), 0.9))
    if tenth >= values.max():  # as among zeros and ones
        return ""
    return f"; a tenth of the entries lie above {tenth:.3g}"


def weight_notes(coordinates: np.ndarray, decay: float | None, sections: np.ndarray | None) -> list[str]:
    """Return notes on weights by distance between spots at (n, 2 or 3), in sections (n,) or in one."""
    if decay is None:
        return []
    exponent = abs(decay) * float(np.linalg.norm(np.ptp(coordinates, axis=0)))
    notes = []
    if exponent > STEEP:
        notes.append(
            f"--distance_decay {decay:g} weighs the farthest pairs by e^{exponent:.0f}: distance alone decides which "
            "connections are kept; it is per unit of the coordinates: check theirs"
        )
    if sections is not None and coordinates.shape[1] == 2:
        notes.append(
            "--distance_decay takes distances between spots of different sections as if all sections lay in one plane: "
            "set --section_spacing, bring three coordinates per spot, or leave it out"
        )
    return notes
