"""How much memory the report takes."""

from spacon.memory import GB, Size


def report_need(size: Size) -> int:
    """Return the need of the report: what was gathered, and the figures."""
    return int(0.8 * GB + 1.5 * size.expression + 1500 * size.spots + 40 * (size.spatial_edges + size.connections))
