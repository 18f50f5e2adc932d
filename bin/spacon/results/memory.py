"""How much memory gathering the results takes."""

from spacon.memory import GB, Size, require

# Measured: 1,122 MB at 100,000 spots x 1,122 genes.
START, COPIES, PER_SPOT, PER_EDGE = 0.5 * GB, 1.5, 1000, 60


def results_need(size: Size) -> int:
    """Return the need of gathering all results: the expression, and both graphs with their distances."""
    edges = size.spatial_edges + size.connections
    return int(START + COPIES * size.expression + PER_SPOT * size.spots + PER_EDGE * edges)


def require_results(size: Size) -> None:
    """Refuse to gather results that do not fit into memory."""
    require(
        f"gathering the results of {size.spots:,} spots",
        results_need(size),
        "lower n_top_genes or retained_fraction",
    )
