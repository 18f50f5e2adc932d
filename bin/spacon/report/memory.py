"""How much memory the report takes."""

from spacon.memory import GB, Size

# Measured: 1,528 MB at 100,000 spots x 1,122 genes.
START, COPIES, PER_SPOT, PER_EDGE = 0.8 * GB, 1.5, 1500, 40


def report_need(size: Size) -> int:
    """Return the need of the report: what was gathered, and the figures."""
    edges = size.spatial_edges + size.connections
    return int(START + COPIES * size.expression + PER_SPOT * size.spots + PER_EDGE * edges)
