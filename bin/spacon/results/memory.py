"""How much memory gathering the results takes."""

from spacon.memory import GB, Size


def results_need(size: Size) -> int:
    """Return the need of gathering all results: the expression, and both graphs with their distances."""
    return int(0.5 * GB + 1.5 * size.expression + 1000 * size.spots + 60 * (size.spatial_edges + size.connections))
