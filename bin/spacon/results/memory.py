"""How much memory gathering the results takes."""

from spacon.memory import GB, Size, require


def results_need(size: Size) -> int:
    """Return the need of gathering all results: the expression, and both graphs with their distances."""
    return int(0.5 * GB + 1.5 * size.expression + 1000 * size.spots + 60 * (size.spatial_edges + size.connections))


def require_results(size: Size) -> None:
    """Refuse to gather results that do not fit into memory."""
    require(
        f"gathering the results of {size.spots:,} spots",
        results_need(size),
        "lower n_top_genes or retained_fraction",
    )
